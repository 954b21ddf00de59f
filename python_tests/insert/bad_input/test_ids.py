"""Ids and records that are not there, or are no ids."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hasmany import DeletedError, FieldError, NotFoundError

from ...libraries import pyarrow
from .world import NAN, NONE_OR_MISFIT, Doctor, Patient, Visit, refused

ID_COLUMNS: list[Callable[[list[Any]], Any]] = [
    lambda ids: ids,
    lambda ids: np.array(ids),
    lambda ids: np.array(ids, float),
    lambda ids: pyarrow().array(ids),
    lambda ids: pyarrow().chunked_array([ids[:2], ids[2:]]),
    lambda ids: pytest.importorskip("polars").Series(ids),
    lambda ids: pytest.importorskip("pandas", "3").Series(ids),
]
CARRIERS = ["list", "array", "floats", "arrow", "chunks", "polars", "pandas"]


@pytest.mark.parametrize("column", ID_COLUMNS, ids=CARRIERS)
@pytest.mark.parametrize("wrong", [0, -1, 6, 99, 2**31, 2**32 + 1, 2**40, -(2**40)])
def test_an_id_that_never_was_is_a_not_found_error(w, column, wrong):
    for name in ("doctor", "referrer"):
        given = {"doctor": w.wilson, "patient": w.patients, name: column([2, 1, 1, wrong])}
        with refused(NotFoundError, f"Visit.{name}", str(wrong), row=3) as caught:
            Visit.insert_all(given)
        assert not isinstance(caught.value, DeletedError)


@pytest.mark.parametrize("wrong", [2**63 - 1, -(2**63), 2**63, 2**64, -(2**64)])
def test_an_id_of_any_size_is_refused(w, wrong):
    with refused((NotFoundError, FieldError), row=1):
        Visit.insert_all(doctor=[1, wrong], patient=w.patients[1:3])
    if 0 <= wrong < 2**64:
        with refused((NotFoundError, FieldError), row=1):
            Visit.insert_all(doctor=np.array([1, wrong], np.uint64), patient=w.patients[1:3])


@pytest.mark.parametrize("column", ID_COLUMNS, ids=CARRIERS)
def test_the_id_of_a_deleted_row_is_a_deleted_error(w, column):
    for name in ("doctor", "referrer"):
        given = {"doctor": w.wilson, "patient": w.patients, name: column([2, 1, 1, 3])}
        with refused(DeletedError, "Doctor 3", row=3):
            Visit.insert_all(given)


def test_the_id_of_a_row_that_was_deleted_and_squeezed_out_is_a_deleted_error(w, store):
    crowd = [Doctor(f"crowd {n}") for n in range(400)]
    for doctor in crowd[:-1]:
        doctor.delete()
    store.compact()
    with refused(DeletedError, f"Doctor {crowd[100].id}", row=1):
        Visit.insert_all(doctor=[crowd[-1].id, crowd[100].id], patient=w.patients[1:3])
    with refused(NotFoundError, row=1) as caught:
        Visit.insert_all(doctor=[crowd[-1].id, crowd[-1].id + 1], patient=w.patients[1:3])
    assert not isinstance(caught.value, DeletedError)


def test_a_deleted_record_is_a_deleted_error(w):
    with refused(DeletedError, "Doctor 3", row=1):
        Visit.insert_all(doctor=[w.house, w.gone], patient=w.patients[1:3])
    with refused(DeletedError, "Patient 5", row=0):
        Visit.insert_all(doctor=w.house, patient=[w.dead])


def test_a_row_of_a_rolled_back_transaction_is_not_there(w, store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        doctor = Doctor("Undone")
        raise ZeroDivisionError
    with refused((DeletedError, NotFoundError), row=0):
        Visit.insert_all(doctor=[doctor], patient=[w.ben])
    with refused((DeletedError, NotFoundError), row=0):
        Visit.insert_all(doctor=[doctor.id], patient=[w.ben])


@pytest.mark.parametrize(
    "column",
    [
        [1, 2, NAN],
        np.array([1, 2, NAN]),
        np.array([1, 2, NAN], np.float32),
        [1, 2, None],
        [1, 2, np.float64("nan")],
        lambda: pyarrow().array([1, 2, None]),
        lambda: pyarrow().array([1.0, 2.0, NAN]),
        lambda: pytest.importorskip("polars").Series([1, 2, None]),
        lambda: pytest.importorskip("pandas", "3").Series([1, 2, None]),
    ],
)
def test_nan_or_none_where_an_id_belongs_is_refused(w, column):
    with refused(NONE_OR_MISFIT, "Visit.doctor", row=2):
        Visit.insert_all(doctor=column() if callable(column) else column, patient=w.patients[1:])


def test_nan_where_an_id_belongs_is_a_field_error(w):
    with refused(FieldError, "Visit.doctor", row=2):
        Visit.insert_all(doctor=np.array([1, 2, NAN]), patient=w.patients[1:])
    with refused(FieldError, "Visit.doctor", row=2):
        Visit.insert_all(doctor=[1, 2, NAN], patient=w.patients[1:])


@pytest.mark.parametrize("column", [["House", "Wilson"], [b"1", b"2"], [True, True], [[1], [2]], [{}, {}], [1j, 2j]])
def test_what_is_no_id_is_a_type_error(w, column):
    with refused(TypeError, "Visit.doctor"):
        Visit.insert_all(doctor=column, patient=w.patients[1:3])


def test_a_record_of_another_model_is_a_type_error_that_names_the_row(w):
    with refused(TypeError, "Visit.doctor", "Doctor", "Patient", row=1):
        Visit.insert_all(doctor=[w.house, w.ann], patient=w.patients[1:3])
    with refused(TypeError, "Visit.doctor", "Doctor", "Patient"):
        Visit.insert_all(doctor=Patient.all()[:2], patient=w.patients[1:3])
