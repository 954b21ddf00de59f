"""Writers: on a join path they create and delete join rows, on an inverse they set or clear the reference."""

from typing import Any

import pytest
from hasmany import (
    DeletedError,
    DuplicateError,
    Many,
    Model,
    RestrictError,
    SchemaError,
    User,
    belongs_to,
    field,
    has_many,
)


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    age: int = 0
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor = belongs_to(on_delete="cascade")
    patient: Patient
    reason: str | None = None


class Invoice(Model):
    appointment: Appointment


class Kennel(Model):
    name: str
    dogs: Many["Dog"] = has_many()


class Dog(Model):
    name: str
    kennel: Kennel | None = belongs_to(default=None)


@pytest.fixture
def house() -> Doctor:
    return Doctor("House")


@pytest.fixture
def patients() -> list[Patient]:
    return [Patient(name) for name in ("Ann", "Ben", "Cid", "Dee")]


def pairs() -> list[tuple[int, int, int, str | None]]:
    return [(row.id, row.doctor.id, row.patient.id, row.reason) for row in Appointment.all()]


# ── add ───────────────────────────────────────────────────────────────────────────────────────────


def test_add_makes_join_rows_in_the_order_given(house, patients):
    ann, ben, cid, _ = patients
    house.patients.add(cid, ann, ben)
    assert house.patients == [cid, ann, ben]
    assert house.appointments.values("patient.name") == ["Cid", "Ann", "Ben"]
    assert ann.doctors == [house]


def test_add_gives_the_collection(house, patients):
    assert house.patients.add(patients[0]).add(patients[1]) == patients[:2]
    assert house.patients.add() == patients[:2]


def test_added_fields_land_on_the_join_rows(house, patients):
    house.patients.add(*patients[:2], reason="flu")
    assert house.appointments.values("reason") == ["flu", "flu"]


def test_add_does_nothing_where_the_pair_is_there(house, patients):
    ann = patients[0]
    Appointment(house, ann, "flu")
    before = pairs()
    house.patients.add(ann, reason="check-up")
    house.patients.add(ann, ann)
    ann.doctors.add(house)
    assert pairs() == before


def test_add_of_one_member_twice_links_it_once(house, patients):
    ann = patients[0]
    house.patients.add(ann, ann)
    assert len(house.appointments) == 1


def test_add_is_all_or_nothing(house, patients):
    ann, ben, *_ = patients
    ben.delete()
    with pytest.raises(DeletedError):
        house.patients.add(ann, ben)
    with pytest.raises(TypeError):
        house.patients.add(ann, house)
    assert pairs() == []


def test_add_on_an_inverse_sets_the_reference():
    old, new = Kennel("old"), Kennel("new")
    rex, fido = Dog("rex", old), Dog("fido")
    assert new.dogs.add(fido, rex) == [rex, fido]
    assert (rex.kennel, fido.kennel) == (new, new)
    assert old.dogs == []


def test_add_on_an_inverse_takes_no_fields():
    kennel, dog = Kennel("k"), Dog("rex")
    with pytest.raises(SchemaError):
        kennel.dogs.add(dog, name="fido")
    assert dog.kennel is None
    assert dog.name == "rex"


# ── create ────────────────────────────────────────────────────────────────────────────────────────


def test_create_on_a_join_path_makes_a_linked_member(house):
    eve = house.patients.create("Eve", 33, reason="flu")
    assert (eve.name, eve.age) == ("Eve", 33)
    assert house.patients == [eve]
    assert house.appointments.values("reason") == ["flu"]


def test_create_on_an_inverse_leaves_this_reference_out(house, patients):
    visit = house.appointments.create(patients[0], "flu")
    assert (visit.doctor, visit.patient, visit.reason) == (house, patients[0], "flu")
    later = patients[0].appointments.create(house, reason="again")
    assert house.appointments == [visit, later]
    dog = Kennel("k").dogs.create("rex")
    assert dog.kennel.dogs == [dog]


def test_create_that_fails_leaves_neither_member_nor_link(house, patients):
    with pytest.raises(DuplicateError) as caught:
        house.patients.create("Ann")
    assert caught.value.existing == patients[0]
    with pytest.raises(TypeError):
        house.patients.create("Eve", reason=3)
    assert Patient.all() == patients
    assert pairs() == []


# ── remove and clear ──────────────────────────────────────────────────────────────────────────────


def test_remove_unlinks_every_join_row_of_the_pair_and_deletes_no_member(house, patients):
    ann, ben, *_ = patients
    for patient in (ann, ben, ann):
        Appointment(house, patient)
    assert house.patients.remove(ann) == [ben]
    assert len(house.appointments) == 1
    assert ann in Patient.all()


def test_remove_of_what_is_not_there_does_nothing(house, patients):
    ann, ben, cid, _ = patients
    Appointment(house, ann)
    before = pairs()
    cid.delete()
    assert house.patients.remove(ben, cid) == [ann]
    assert house.patients.remove() == [ann]
    assert pairs() == before


def test_remove_on_an_inverse_clears_an_optional_reference():
    kennel, other = Kennel("k"), Kennel("other")
    rex, fido, stray = Dog("rex", kennel), Dog("fido", kennel), Dog("stray", other)
    assert kennel.dogs.remove(rex, stray) == [fido]
    assert rex.kennel is None
    assert stray.kennel == other
    assert Dog.all() == [rex, fido, stray]


def test_remove_on_an_inverse_refuses_to_clear_a_required_reference(house, patients):
    visit = Appointment(house, patients[0])
    for write in (
        lambda: house.appointments.remove(visit),
        lambda: house.appointments.clear(),
        lambda: house.appointments.replace([]),
    ):
        with pytest.raises(SchemaError, match="delete"):
            write()
    assert house.appointments == [visit]


def test_a_required_inverse_with_nothing_to_unlink_can_be_cleared(house, patients):
    elsewhere = Appointment(Doctor("Wilson"), patients[0])
    assert house.appointments.clear() == []
    assert house.appointments.remove(elsewhere) == []
    assert house.appointments.replace([elsewhere]) == [elsewhere]
    assert house.appointments.replace([elsewhere]) == [elsewhere]


def test_clear_unlinks_everything_and_deletes_no_member(house, patients):
    wilson = Doctor("Wilson")
    for patient in (*patients, patients[0]):
        Appointment(house, patient)
    kept = Appointment(wilson, patients[0])
    assert house.patients.clear() == []
    assert Appointment.all() == [kept]
    assert Patient.all() == patients
    kennel = Kennel("k")
    dogs = [Dog("rex", kennel), Dog("fido", kennel)]
    assert kennel.dogs.clear() == []
    assert Dog.all() == dogs


def test_unlinking_is_all_or_nothing(house, patients):
    ann, ben, *_ = patients
    Appointment(house, ann)
    billed = Appointment(house, ben)
    Invoice(billed)
    before = pairs()
    for write in (
        lambda: house.patients.clear(),
        lambda: house.patients.remove(ann, ben),
        lambda: house.patients.replace([]),
        lambda: house.appointments.delete_all(),
    ):
        with pytest.raises(RestrictError) as caught:
            write()
        assert caught.value.blockers == {"Invoice": 1}
    assert pairs() == before


# ── replace ───────────────────────────────────────────────────────────────────────────────────────


def test_replace_keeps_the_rows_of_kept_links_and_makes_new_ones_in_order(house, patients):
    ann, ben, cid, dee = patients
    for patient in (ann, ben, cid):
        Appointment(house, patient, "old")
    kept = house.appointments[1]
    assert house.patients.replace([dee, ben, ann], reason="new") == [ann, ben, dee]
    assert house.appointments[1] == kept
    assert house.appointments.values("reason") == ["old", "old", "new"]
    assert cid.doctors == []


def test_replace_keeps_every_join_row_of_a_kept_pair(house, patients):
    ann, ben, *_ = patients
    visits = [Appointment(house, patient) for patient in (ann, ben, ann)]
    house.patients.replace([ann])
    assert house.appointments == [visits[0], visits[2]]


def test_replace_takes_any_iterable_and_each_member_once(house, patients):
    ann, ben, *_ = patients
    house.patients.replace(patient for patient in (ben, ann, ben))
    assert house.patients == [ben, ann]
    assert len(house.appointments) == 2
    house.patients.replace({ann})
    assert house.patients == [ann]
    house.patients.replace([])
    assert house.patients == []


def test_replace_reads_fully_before_anything_changes(house, patients):
    house.patients.add(*patients)
    house.patients.replace(patient for patient in house.patients if patient != patients[1])
    assert house.patients == [patients[0], *patients[2:]]
    house.patients.replace(house.patients)
    assert house.patients == [patients[0], *patients[2:]]

    def broken() -> Any:
        yield patients[1]
        raise ZeroDivisionError

    before = pairs()
    with pytest.raises(ZeroDivisionError):
        house.patients.replace(broken())
    assert pairs() == before


def test_replace_that_fails_changes_nothing(house, patients):
    ann, ben, cid, _ = patients
    house.patients.add(ann, ben)
    before = pairs()
    cid.delete()
    for members in ([cid], [ann, house], [ann, None], ["Ann"], 5, None):
        with pytest.raises((TypeError, DeletedError)):
            house.patients.replace(members)
        assert pairs() == before


def test_replace_on_an_inverse_sets_and_clears_the_reference():
    kennel, other = Kennel("k"), Kennel("other")
    rex, fido, lassie = Dog("rex", kennel), Dog("fido", kennel), Dog("lassie", other)
    assert kennel.dogs.replace([lassie, rex]) == [rex, lassie]
    assert fido.kennel is None
    assert other.dogs == []


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


WRITERS = [
    lambda collection, record: collection.add(record),
    lambda collection, record: collection.create("Eve"),
    lambda collection, record: collection.remove(record),
    lambda collection, record: collection.replace([record]),
    lambda collection, record: collection.clear(),
]


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
