"""Natural keys that lead nowhere, or are none."""

import numpy as np
from hasmany import DuplicateError, FieldError, NotFoundError, SchemaError

from ...libraries import pyarrow
from .world import NAN, NONE_OR_MISFIT, Visit, refused


def test_a_natural_key_that_is_not_there_is_a_not_found_error(w):
    with refused(NotFoundError, "patient", "name", "Zoe", row=1):
        Visit.insert_all({"doctor": [1, 1], "patient.name": ["Ben", "Zoe"]})


def test_a_natural_key_of_a_deleted_row_is_not_found(w):
    with refused(NotFoundError, "Dead", row=0):
        Visit.insert_all({"doctor": [1], "patient.name": ["Dead"]})


def test_a_natural_key_that_is_not_unique_is_a_schema_error(w):
    with refused(SchemaError, "Doctor.name", "unique"):
        Visit.insert_all({"doctor.name": ["House"], "patient": [2]})
    with refused(SchemaError, "Doctor.name", "unique"):
        Visit.insert_all({"doctor.name": ["New"], "patient": [2]}, create_missing=True)


def test_a_reference_and_its_natural_key_are_refused(w):
    for call in (
        lambda: Visit.insert_all({"doctor": [1], "patient": [2], "patient.name": ["Ben"]}),
        lambda: Visit.insert_all({"doctor": [1], "patient.name": ["Ben"]}, patient=[2]),
        lambda: Visit.insert_all({"doctor": [1], "patient.name": ["New"]}, patient=2, create_missing=True),
    ):
        with refused(TypeError, "patient", "patient.name"):
            call()


def test_a_natural_key_of_the_wrong_type_is_a_type_error(w):
    with refused(TypeError, "atient.name", "str", "int", row=1):
        Visit.insert_all({"doctor": [1, 1], "patient.name": ["Ben", 7]})
    with refused(TypeError, "atient.name"):
        Visit.insert_all({"doctor": [1, 1], "patient.name": np.array([1, 2])}, create_missing=True)


def test_none_as_the_natural_key_of_a_required_reference_is_refused(w):
    for column in (["Ben", None], pyarrow().array(["Ben", None]), ["Ben", NAN]):
        for create_missing in (False, True):
            with refused(NONE_OR_MISFIT, "patient", row=1):
                Visit.insert_all({"doctor": [1, 1], "patient.name": column}, create_missing=create_missing)


def test_an_error_elsewhere_creates_no_missing_row(w):
    with refused(NotFoundError, row=1):
        Visit.insert_all({"doctor": [1, 99], "patient.name": ["New", "Newer"]}, create_missing=True)
    with refused(TypeError, row=2):
        Visit.insert_all({"doctor": 1, "patient.name": ["New", "Newer", 5]}, create_missing=True)
    with refused(DuplicateError, row=2):
        Visit.insert_all({"doctor": 1, "patient.name": ["New", "Newer", "New"]}, create_missing=True)
    with refused(FieldError, row=1):
        Visit.insert_all({"doctor": 1, "patient.name": ["New", "Newer"], "cost": [1, "x"]}, create_missing=True)
