"""Values that do not fit their field are named with their row."""

import numpy as np
import pytest
from hasmany import DeletedError, FieldError, HasManyError, NotFoundError

from ...libraries import pyarrow
from .world import NAN, NONE_OR_MISFIT, Patient, Visit, refused


def test_a_wrong_value_is_named_with_its_row_and_field(w):
    names = [f"new {n}" for n in range(5)]
    with refused(FieldError, "Patient.age", "int", "'old'", row=3):
        Patient.insert_all(name=names, age=[1, 2, None, "old", 5])
    with refused(TypeError, "Patient.age", "int", "bytes", row=3) as caught:
        Patient.insert_all(name=names, age=[1, 2, None, b"old", 5])
    assert not isinstance(caught.value, HasManyError)
    with refused(FieldError, "Patient.age", str(2**63), row=3):
        Patient.insert_all(name=names, age=[1, 2, None, 2**63, 5])
    with refused(FieldError, "Patient.age", str(2**64 - 1), row=4):
        Patient.insert_all(name=names, age=np.array([1, 2, 3, 4, 2**64 - 1], np.uint64))
    with refused(NONE_OR_MISFIT, "Patient.age", "1.5", row=3):
        Patient.insert_all(name=names, age=[1, 2.0, None, 1.5, 5])
    with refused(FieldError, "Patient.name", "ud800", row=3):
        Patient.insert_all(name=["a", "b", "c", "\ud800", "e"])


def test_the_first_row_is_row_0(w):
    with refused(FieldError, row=0):
        Patient.insert_all(name=["x", "y"], age=["old", 1])
    with refused(NotFoundError, row=0):
        Visit.insert_all(doctor=[99], patient=[2])


def test_a_wrong_scalar_is_refused(w):
    with refused(FieldError, "Patient.age", "int", "'old'"):
        Patient.insert_all(name=["x", "y"], age="old")
    with refused(TypeError, "Patient.age", "bool"):
        Patient.insert_all(name=["x", "y"], age=True)
    with refused(FieldError, "Patient.age", str(2**63)):
        Patient.insert_all(name=["x", "y"], age=2**63)
    with refused(TypeError, "Visit.doctor", "Doctor", "Patient"):
        Visit.insert_all(doctor=w.ann, patient=w.patients)
    with refused(NotFoundError, "99"):
        Visit.insert_all(doctor=99, patient=w.patients)
    with refused(DeletedError, "Doctor 3"):
        Visit.insert_all(doctor=w.gone, patient=w.patients)


def test_a_long_value_is_not_shown_in_full(w):
    with refused(FieldError, row=1) as caught:
        Patient.insert_all(name=["x", "\ud800" * 100_000])
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    "column",
    [
        ["x", "y", "z", None],
        np.array(["x", "y", "z", None], object),
        lambda: pyarrow().array(["x", "y", "z", None]),
        lambda: pyarrow().chunked_array([["x", "y"], ["z", None]]),
        lambda: pyarrow().array(["x", "y", "z", None], pyarrow().string_view()),
        lambda: pyarrow().array(["x", "y", "z", None]).dictionary_encode(),
        lambda: pytest.importorskip("polars").Series(["x", "y", "z", None]),
        lambda: pytest.importorskip("pandas", "3").Series(["x", "y", "z", None]),
    ],
)
def test_none_in_a_required_field_is_refused_with_its_row(w, column):
    with refused(NONE_OR_MISFIT, "Patient.name", row=3):
        Patient.insert_all(name=column() if callable(column) else column)


def test_none_for_all_rows_of_a_required_field_is_refused(w):
    with refused(NONE_OR_MISFIT, "Patient.name"):
        Patient.insert_all(name=None, age=[1, 2])


def test_nan_in_a_required_field_is_a_field_error_with_its_row(w):
    with refused(FieldError, "Visit.cost", row=1):
        Visit.insert_all(doctor=w.house, patient=[2, 3], cost=[1, NAN])
    with refused(FieldError, "Visit.cost", row=1):
        Visit.insert_all(doctor=w.house, patient=[2, 3], cost=np.array([1, NAN]))
