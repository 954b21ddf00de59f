"""Every error is the builtin that it specialises, and a few cases that stand alone."""

import hasmany
import numpy as np
import pytest
from hasmany import HasManyError, Like, Record, Tweet, User

from .world import Appointment, Doctor, Patient, Reading, dump, refused


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("SchemaError", TypeError),
        ("FieldError", ValueError),
        ("NotFoundError", LookupError),
        ("DeletedError", LookupError),
        ("DuplicateError", ValueError),
        ("RestrictError", ValueError),
        ("ForeignStoreError", ValueError),
        ("ReadOnlyError", RuntimeError),
        ("StoreClosedError", RuntimeError),
        ("StoreLockedError", OSError),
        ("CorruptStoreError", OSError),
    ],
)
def test_every_error_is_the_builtin_it_specialises(name, builtin):
    error = getattr(hasmany, name)
    assert issubclass(error, HasManyError)
    assert issubclass(error, builtin)
    assert issubclass(HasManyError, Exception)


def test_the_world_of_these_tests_is_as_it_should_be(w):
    assert all(isinstance(record, Record) for record in (w.alice, w.tweet, w.like, w.house, w.visit, w.reading))
    assert (len(User.all()), len(Tweet.all()), len(Like.all())) == (2, 2, 1)
    assert (len(Doctor.all()), len(Patient.all()), len(Appointment.all())) == (1, 3, 2)
    assert dump() == dump()


def test_numpy_scalars_fit_as_what_they_stand_for():
    reading = Reading(count=np.int16(3), level=np.float32(0.5), valid=np.True_, label=np.str_("x"), raw=np.bytes_(b"y"))
    assert (reading.count, reading.level, reading.valid, reading.label, reading.raw) == (3, 0.5, True, "x", b"y")
    assert [type(value) for value in (reading.count, reading.level, reading.valid)] == [int, float, bool]
    assert Reading.find_by(level=np.float32(0.5)) == reading


@pytest.mark.parametrize("several", [[1, 2], (1,)])
def test_find_takes_one_id(several):
    with refused(TypeError, "User", "id", "int"):
        User.find(several)


def test_a_collection_in_the_place_of_a_field_is_named_as_such():
    for use in (
        lambda: Doctor("Eve", patients=[]),
        lambda: Doctor.where(patients=[]),
        lambda: Doctor.all().order_by("patients"),
        lambda: Doctor.all().values("patients"),
    ):
        with refused(TypeError, "Doctor.patients", "collection"):
            use()
