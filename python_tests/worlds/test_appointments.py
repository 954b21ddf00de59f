"""Doctors have many patients through appointments; a pair may have several of them."""

from datetime import UTC, datetime

import pytest
from hasmany import DeletedError, DuplicateError, Many, Model, RestrictError, belongs_to, field, has_many

NINE = datetime(2024, 5, 1, 9, tzinfo=UTC)
TEN = datetime(2024, 5, 1, 10, tzinfo=UTC)


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None


def test_an_appointment_is_read_from_both_ends():
    house, ann = Doctor("House"), Patient("Ann")
    visit = Appointment(house, ann, NINE)
    assert (visit.doctor, visit.patient, visit.at) == (house, ann, NINE)
    assert house.appointments == ann.appointments == [visit]
    assert house.patients == [ann]
    assert ann.doctors == [house]


def test_an_appointment_may_have_no_time():
    assert Appointment(Doctor("House"), Patient("Ann")).at is None


def test_patients_are_in_the_order_of_their_appointments():
    house = Doctor("House")
    ann, ben, cid = Patient("Ann"), Patient("Ben"), Patient("Cid")
    for patient in (cid, ann, ben):
        Appointment(house, patient)
    assert house.patients == [cid, ann, ben]


def test_a_pair_may_have_several_appointments_and_is_listed_once():
    house, ann, ben = Doctor("House"), Patient("Ann"), Patient("Ben")
    visits = [Appointment(house, patient) for patient in (ann, ben, ann)]
    assert house.appointments == visits
    assert ann.appointments == [visits[0], visits[2]]
    assert house.patients == [ann, ben]
    assert len(house.patients) == 2
    assert ann.doctors == [house]


def test_a_pair_is_linked_while_one_appointment_is_left():
    house, ann = Doctor("House"), Patient("Ann")
    first, second = Appointment(house, ann), Appointment(house, ann)
    first.delete()
    assert ann in house.patients
    assert house.patients == [ann]
    second.delete()
    assert ann not in house.patients
    assert (house.patients, ann.doctors) == ([], [])


def test_a_member_stands_where_its_first_remaining_appointment_stands():
    house, ann, ben = Doctor("House"), Patient("Ann"), Patient("Ben")
    first = Appointment(house, ann)
    Appointment(house, ben)
    Appointment(house, ann)
    assert house.patients == [ann, ben]
    first.delete()
    assert house.patients == [ben, ann]


def test_a_moved_appointment_leaves_one_doctor_for_another():
    house, wilson, ann = Doctor("House"), Doctor("Wilson"), Patient("Ann")
    visit = Appointment(house, ann)
    visit.doctor = wilson
    assert (house.appointments, house.patients) == ([], [])
    assert wilson.appointments == [visit]
    assert wilson.patients == [ann]
    assert ann.doctors == [wilson]


def test_a_moved_appointment_takes_the_place_of_its_age():
    house, wilson = Doctor("House"), Doctor("Wilson")
    ann, ben, cid = Patient("Ann"), Patient("Ben"), Patient("Cid")
    first, second, third = Appointment(house, ann), Appointment(wilson, ben), Appointment(house, cid)
    second.doctor = house
    assert house.appointments == [first, second, third]
    assert house.patients == [ann, ben, cid]
    first.doctor = wilson
    second.doctor = wilson
    assert wilson.patients == [ann, ben]


def test_one_of_several_appointments_can_move():
    house, wilson, ann = Doctor("House"), Doctor("Wilson"), Patient("Ann")
    first, second = Appointment(house, ann), Appointment(house, ann)
    first.doctor = wilson
    assert house.appointments == [second]
    assert house.patients == [ann]
    assert ann.doctors == [wilson, house]


def test_both_references_of_an_appointment_can_move_in_one_update():
    house, wilson, ann, ben = Doctor("House"), Doctor("Wilson"), Patient("Ann"), Patient("Ben")
    visit = Appointment(house, ann, NINE)
    assert visit.update(doctor=wilson, patient=ben, at=TEN) == visit
    assert (visit.doctor, visit.patient, visit.at) == (wilson, ben, TEN)
    assert (house.patients, ann.doctors) == ([], [])
    assert wilson.patients == [ben]


def test_a_deleted_appointment_is_gone_from_both_ends():
    house, ann = Doctor("House"), Patient("Ann")
    visit = Appointment(house, ann)
    assert visit.delete() == {"Appointment": 1}
    assert (house.appointments, ann.appointments, house.patients, ann.doctors) == ([], [], [], [])
    with pytest.raises(DeletedError):
        _ = visit.at


def test_a_deleted_patient_takes_the_appointments_along():
    house, ann, ben = Doctor("House"), Patient("Ann"), Patient("Ben")
    for patient in (ann, ben, ann):
        Appointment(house, patient)
    assert ann.delete() == {"Patient": 1, "Appointment": 2}
    assert house.patients == [ben]


def test_a_doctor_with_appointments_is_not_deleted():
    house, ann = Doctor("House"), Patient("Ann")
    visits = [Appointment(house, ann), Appointment(house, ann)]
    with pytest.raises(RestrictError) as caught:
        house.delete()
    assert caught.value.blockers == {"Appointment": 2}
    assert house.appointments == visits


def test_adding_a_patient_makes_one_appointment_with_its_fields():
    house, ann = Doctor("House"), Patient("Ann")
    house.patients.add(ann, at=NINE)
    assert house.appointments.values("at") == [NINE]
    house.patients.add(ann, at=NINE)
    with pytest.raises(DuplicateError, match="update"):
        house.patients.add(ann, at=TEN)
    assert house.appointments.values("at") == [NINE]
    Appointment(house, ann, TEN)
    assert house.appointments.values("at") == [NINE, TEN]


def test_removing_a_patient_removes_every_appointment_of_the_pair():
    house, wilson, ann = Doctor("House"), Doctor("Wilson"), Patient("Ann")
    for doctor in (house, wilson, house):
        Appointment(doctor, ann)
    house.patients.remove(ann)
    assert house.appointments == []
    assert ann.doctors == [wilson]
    assert Patient.all() == [ann]


def test_time_is_kept_in_utc_to_the_microsecond():
    exact = datetime.fromisoformat("2024-05-01T11:30:00.123456+02:00")
    visit = Appointment(Doctor("House"), Patient("Ann"), exact)
    assert visit.at == exact
    assert visit.at.tzinfo is not None
    assert visit.at.isoformat() == "2024-05-01T09:30:00.123456+00:00"
