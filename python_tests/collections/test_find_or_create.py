"""`find_or_create` of a collection: a member, or a new one, linked."""

import threading

import pytest
from hasmany import (
    DeletedError,
    DuplicateError,
    FieldError,
    Many,
    Model,
    SchemaError,
    Store,
    Tweet,
    User,
    between,
    field,
    has_many,
)


class Doctor(Model):
    name: str
    visits: Many["Visit"] = has_many()
    patients: Many["Patient"] = has_many(through="visits")


class Patient(Model):
    name: str = field(unique=True)
    age: int | None = None


class Visit(Model, unique=("doctor", "patient")):
    doctor: Doctor
    patient: Patient
    note: str | None = None


class Crew(Model):
    people: Many["Sailor"] = has_many()
    captains: Many["Sailor"] = has_many(where={"role": "captain"})


class Sailor(Model):
    crew: Crew
    name: str
    role: str = "sailor"


def test_of_an_inverse(store):
    doctor, other, patient = Doctor("Who"), Doctor("No"), Patient("Ann")
    kept = other.visits.find_or_create(patient=patient)
    visit = doctor.visits.find_or_create(patient=patient, defaults={"note": "new"})
    assert (visit.doctor, visit.note) == (doctor, "new") and visit != kept
    assert doctor.visits.find_or_create(patient=patient, defaults={"note": "other"}) == visit
    assert visit.note == "new" and len(Visit.all()) == 2


def test_of_a_through(store):
    doctor = Doctor("Who")
    ann = doctor.patients.find_or_create(name="Ann", defaults={"age": 40})
    assert doctor.patients == [ann] and ann.age == 40
    assert doctor.patients.find_or_create(name="Ann", defaults={"age": 50}) == ann
    assert (ann.age, len(Visit.all())) == (40, 1)


def test_one_who_is_no_member_is_not_found(store):
    Patient("Ann")
    doctor = Doctor("Who")
    with pytest.raises(DuplicateError):
        doctor.patients.find_or_create(name="Ann")
    assert len(Patient.all()) == 1 and len(Visit.all()) == 0
    assert Patient("Bob") in Patient.all()  # what failed holds nothing


def test_of_a_condition(store):
    crew = Crew()
    sailor = crew.people.find_or_create(name="Ann")
    captain = crew.captains.find_or_create(name="Ann")
    assert captain != sailor and captain.role == "captain"
    assert crew.captains.find_or_create(name="Ann") == captain and len(crew.people) == 2


def test_what_is_refused(store):
    doctor = Doctor("Who")
    refused = [
        (lambda: doctor.visits[:].find_or_create(note="x"), SchemaError, "computed"),
        (lambda: Doctor.all().find_or_create(name="x"), SchemaError, "cannot be written"),
        (lambda: doctor.patients.find_or_create(nmae="x"), SchemaError, "name"),
        (lambda: doctor.patients.find_or_create(name=["a", "b"]), TypeError, "one value"),
        (lambda: doctor.patients.find_or_create(age=between(1, 2)), TypeError, "one value"),
        (lambda: doctor.patients.find_or_create(name="x", defaults=3), TypeError, "mapping"),
        (lambda: doctor.patients.find_or_create(name="x", defaults={"name": "y"}), TypeError, "twice"),
        (lambda: doctor.patients.find_or_create(name="x", defaults={"aeg": 3}), SchemaError, "age"),
        (lambda: doctor.patients.find_or_create(age=3), TypeError, "name"),
    ]
    for call, error, message in refused:
        with pytest.raises(error, match=message):
            call()
    assert len(Patient.all()) == len(Visit.all()) == 0
    with pytest.raises(FieldError):
        doctor.patients.find_or_create(name="x", defaults={"age": 2**70})
    patients = doctor.patients
    doctor.delete()
    with pytest.raises(DeletedError):
        patients.find_or_create(name="x")


def test_threads_make_one():
    with Store() as store:
        alice = User("alice")
        gate, found = threading.Barrier(8), []

        def make() -> None:
            with store:
                gate.wait()
                found.append(alice.tweets.find_or_create(message="hello"))

        threads = [threading.Thread(target=make) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8 and len({*found}) == len(Tweet.all()) == 1
