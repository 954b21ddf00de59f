"""Writers that link: on a join path they create and delete join rows, on an inverse they set or clear the reference."""

from typing import Any

import pytest
from hasmany import DeletedError, DuplicateError, RestrictError, SchemaError

from .clinic import Appointment, Doctor, Dog, Invoice, Kennel, Patient, pairs

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
    house.patients.add(ann, reason="flu")
    house.patients.add(ann, ann)
    ann.doctors.add(house)
    assert pairs() == before


def test_add_refuses_other_fields_where_the_pair_is_there(house, patients):
    ann = patients[0]
    visit = Appointment(house, ann, "flu")
    before = pairs()
    with pytest.raises(DuplicateError, match=r"reason.*update") as caught:
        house.patients.add(ann, reason="check-up")
    assert caught.value.existing == visit
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
    before = pairs()
    with pytest.raises(DuplicateError, match=r"reason.*update"):
        house.patients.replace([dee, ben, ann], reason="new")
    assert pairs() == before
    assert house.patients.replace([dee, ben, ann], reason="old") == [ann, ben, dee]
    assert house.appointments[1] == kept
    assert house.appointments.values("patient") == [ann, ben, dee]
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
