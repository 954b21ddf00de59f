"""Writers that change or delete the members themselves, and collections that refuse to be written."""

import pytest
from hasmany import DuplicateError, RestrictError, SchemaError, User

from .clinic import Appointment, Doctor, Patient, pairs
from .refusing import WRITERS

# ── delete_all and update_all ─────────────────────────────────────────────────────────────────────


def test_delete_all_deletes_the_records_themselves(house, patients):
    house.patients.add(*patients)
    assert house.appointments.delete_all() == {"Appointment": 4}
    assert house.patients == []
    assert Patient.all() == patients
    assert Patient.where(name=["Ann", "Dee"]).delete_all() == {"Patient": 2}
    assert Patient.all() == patients[1:3]
    assert patients[0] not in Patient.all()


def test_delete_all_takes_along_what_cascades(house, patients):
    house.patients.add(*patients)
    assert Doctor.all().delete_all() == {"Doctor": 1, "Appointment": 4}
    assert pairs() == []


def test_delete_all_of_nothing_deletes_nothing(house):
    assert sum(house.appointments.delete_all().values()) == 0
    assert Doctor.all() == [house]


def test_delete_all_is_all_or_nothing(house, patients):
    Appointment(house, patients[3])
    with pytest.raises(RestrictError) as caught:
        Patient.all().delete_all()
    assert caught.value.blockers == {"Appointment": 1}
    assert Patient.all() == patients


def test_update_all_sets_fields_of_every_member_and_counts_them(house, patients):
    house.patients.add(*patients[:3])
    assert house.patients.update_all(age=40) == 3
    assert Patient.all().values("age") == [40, 40, 40, 0]
    assert Patient.all()[:2].update_all(age=41) == 2
    assert Patient.all().update_all(age=42) == 4
    assert Patient.where(age=1).update_all(age=2) == 0
    assert Patient.all().values("age") == [42] * 4


def test_update_all_moves_references(house, patients):
    wilson = Doctor("Wilson")
    house.patients.add(*patients)
    assert house.appointments.update_all(doctor=wilson, reason="moved") == 4
    assert house.patients == []
    assert wilson.patients == patients


def test_update_all_is_all_or_nothing(patients):
    with pytest.raises(DuplicateError):
        Patient.all().update_all(age=1, name="Same")
    with pytest.raises(TypeError):
        Patient.all().update_all(age="old")
    assert Patient.all().values("name") == ["Ann", "Ben", "Cid", "Dee"]
    assert Patient.all().values("age") == [0, 0, 0, 0]


# ── where there is nothing to write ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("write", WRITERS)
def test_the_writers_of_all_raise(patients, write):
    with pytest.raises(SchemaError):
        write(Patient.all(), patients[0])
    assert Patient.all() == patients


@pytest.mark.parametrize("write", WRITERS)
def test_the_writers_of_a_fixed_collection_raise(house, patients, write):
    house.patients.add(*patients[:2])
    with pytest.raises(TypeError):
        write(house.patients[:1], patients[0])
    assert house.patients == patients[:2]
    assert Patient.all() == patients


def test_assigning_to_a_collection_says_to_use_replace(house, patients):
    house.patients.add(*patients[:2])
    for assign in (
        lambda: setattr(house, "patients", patients),
        lambda: setattr(house, "patients", house.patients),
        lambda: setattr(house, "appointments", []),
    ):
        with pytest.raises(AttributeError, match=r"replace\(\)"):
            assign()
    assert house.patients == patients[:2]


def test_assigning_to_a_seed_collection_says_to_use_replace():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    for name in ("tweets", "likes", "liked_tweets"):
        with pytest.raises(AttributeError, match=r"replace\(\)"):
            setattr(alice, name, [])
    with pytest.raises(AttributeError, match=r"replace\(\)"):
        tweet.likers = [alice]
    assert alice.tweets == [tweet]
