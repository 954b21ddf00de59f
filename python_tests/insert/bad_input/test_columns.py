"""Columns that do not fit together, or the model, and what is no columns at all."""

import numpy as np
import pytest
from hasmany import DuplicateError, FieldError, Like, SchemaError, User

from ...libraries import pyarrow
from .world import BAD_CALL, NOON, Doctor, Nickname, Patient, Visit, refused


def test_columns_of_unequal_length_are_refused_with_both_lengths(w):
    with refused(BAD_CALL, "3", "2"):
        Patient.insert_all(name=["x", "y", "z"], age=[1, 2])
    with refused(BAD_CALL, "4", "2"):
        Visit.insert_all(doctor=Doctor.all(), patient=np.array([1, 2, 3, 4]))
    with refused(BAD_CALL, "0", "2"):
        Patient.insert_all(name=["x", "y"], age=[])
    with refused(BAD_CALL, "1", "2"):
        Patient.insert_all(name=["x", "y"], age=[1])


def test_a_table_and_a_keyword_of_unequal_length_are_refused(w):
    with refused(BAD_CALL, "2", "3"):
        Patient.insert_all(pyarrow().table({"name": ["x", "y"]}), age=[1, 2, 3])
    with refused(BAD_CALL, "1", "3"):
        Nickname.insert_all(User.all(), short=["a", "b", "c"])


def test_an_unknown_column_is_a_schema_error_that_names_the_nearest(w):
    with refused(SchemaError, "nmae", "name"):
        Patient.insert_all(nmae=["x"])
    with refused(SchemaError, "aeg", "age"):
        Patient.insert_all({"name": ["x"], "aeg": [1]})
    with refused(SchemaError, "pateint", "patient"):
        Visit.insert_all(pyarrow().table({"doctor": [1], "pateint": [2]}))
    with refused(SchemaError, "usr", "user"):
        Like.insert_all(usr=[1], tweet=[1])


def test_an_unknown_column_is_refused_where_there_are_no_rows_too(w):
    with refused(SchemaError, "nmae", "name"):
        Patient.insert_all(nmae=[])


def test_an_unknown_dotted_column_is_a_schema_error_that_names_the_nearest(w):
    with refused(SchemaError, "pateint", "patient"):
        Visit.insert_all({"doctor": [1], "pateint.name": ["Ben"]})
    with refused(SchemaError, "nmae", "name"):
        Visit.insert_all({"doctor": [1], "patient.nmae": ["Ben"]})
    with refused(SchemaError, "name"):
        Patient.insert_all({"name.first": ["x"]})


@pytest.mark.parametrize("name", ["", ".", "patient.", ".name", "patient..name", "\x00", "\ud800", "x" * 10_000, "%s"])
def test_a_hostile_column_is_a_schema_error(w, name):
    with refused(SchemaError):
        Visit.insert_all({"doctor": [1], "patient": [2], name: ["x"]})


def test_a_column_that_is_a_collection_of_the_model_is_a_type_error(w):
    with refused(TypeError, "visits"):
        Patient.insert_all(name=["x"], visits=[[]])


def test_a_name_of_a_column_is_text(w):
    with refused(TypeError):
        Patient.insert_all({1: ["x"]})
    with refused(TypeError):
        Patient.insert_all({"name": ["x"], None: [1]})


def test_an_absent_required_column_is_a_type_error(w):
    with refused(TypeError, "Visit needs patient"):
        Visit.insert_all(doctor=[1])
    with refused(TypeError, "Patient needs name"):
        Patient.insert_all(age=[1, 2])


def test_ids_that_are_not_above_all_others_are_refused(w):
    for call in (
        lambda: Patient.insert_all(id=[0], name=["x"]),
        lambda: Patient.insert_all({"id": [-1], "name": ["x"]}),
        lambda: Patient.insert_all(pyarrow().table({"id": [1], "name": ["x"]})),
        lambda: Patient.insert_all({"name": ["x", "y"]}, id=9),
    ):
        with refused((FieldError, DuplicateError), "id", "key"):
            call()


def test_a_wrong_value_in_rows_is_named(w):
    with refused(FieldError, "Patient.age", "'old'", row=1):
        Patient.insert_all([{"name": "x", "age": 1}, {"name": "y", "age": "old"}])
    with refused(FieldError, "'age'", "None", row=1):
        Patient.insert_all([{"name": "x", "age": 1}, {"name": "y"}])


@pytest.mark.parametrize(
    "data", [5, "name", b"name", 1.5, object(), ["x"], ("x",), {"name"}, User, NOON, np.array([1, 2]), iter(["x"])]
)
def test_data_that_has_no_columns_is_a_type_error(w, data):
    with refused(TypeError):
        Patient.insert_all(data)


def test_a_record_is_no_data(w):
    with refused(TypeError):
        Patient.insert_all(w.ann)


def test_one_name_twice_in_a_table_is_a_type_error(w):
    pa = pyarrow()
    with refused(TypeError, "name"):
        Patient.insert_all(pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], ["name", "name"]))


@pytest.mark.parametrize("column", [{"x": 1}, object(), int, lambda: [1], 1j])
def test_what_is_no_column_and_no_value_is_a_type_error(w, column):
    with refused(TypeError, "age"):
        Patient.insert_all(name=["x", "y"], age=column)
