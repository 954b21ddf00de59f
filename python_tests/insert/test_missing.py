"""`insert_all` may create the rows that natural keys name and that are not there."""

import csv
from collections.abc import Sequence

import numpy as np
import pytest
from hasmany import Change, DuplicateError, FieldError, Many, Model, NotFoundError, Store, belongs_to, field, has_many

from ..places import ROOT
from .keyed import Doctor, Patient, Person, Visit, numbering, pairs

SOUTHERN_WOMEN = ROOT / "examples" / "southern_women.csv"


class Woman(Model):
    name: str = field(unique=True)
    attendances: Many["Attendance"] = has_many()
    events: Many["Event"] = has_many(through="attendances")


class Event(Model):
    code: str = field(unique=True)
    attendances: Many["Attendance"] = has_many()
    women: Many["Woman"] = has_many(through="attendances")


class Attendance(Model, unique=("woman", "event")):
    woman: Woman
    event: Event


def test_missing_rows_are_created_once_in_the_order_in_which_they_are_named(doctors, patients):
    visits = Visit.insert_all(
        {"doctor.name": ["Zoe", "House", "Amy", "Zoe"], "patient.name": ["Ben", "New", "New", "Newer"]},
        create_missing=True,
    )
    assert pairs(visits) == [("Zoe", "Ben"), ("House", "New"), ("Amy", "New"), ("Zoe", "Newer")]
    assert Doctor.all().values("name") == ["House", "Wilson", "Cuddy", "Zoe", "Amy"]
    assert Patient.all().values("name") == ["Ann", "Ben", "Cid", "New", "Newer"]
    assert Doctor.find(name="Zoe").patients.values("name") == ["Ben", "Newer"]


def test_missing_rows_are_not_created_unless_asked(doctors, patients):
    with pytest.raises(NotFoundError, match=r"\brow 1\b"):
        Visit.insert_all({"doctor.name": ["House", "Zoe"]}, patient=patients[:2])
    assert Doctor.all() == doctors
    assert Visit.all() == []


def test_created_rows_have_their_defaults(patients):
    first = next(numbering) + 1
    Visit.insert_all({"doctor.name": ["Zoe", "Amy", "Zoe"]}, patient=patients, create_missing=True)
    assert [(d.name, d.city, d.number) for d in Doctor.all()] == [
        ("Zoe", "Leiden", first),
        ("Amy", "Leiden", first + 1),
    ]


def test_a_factory_is_asked_only_for_what_is_created(doctors, patients):
    first = next(numbering) + 1
    Visit.insert_all({"doctor.name": ["House", "Zoe", "House"]}, patient=patients, create_missing=True)
    assert Doctor.find(name="Zoe").number == first
    assert next(numbering) == first + 1


def test_a_factory_may_use_the_store_and_what_it_raises_is_raised_on(store, patients):
    class Nurse(Model):
        name: str = field(unique=True)
        known: int = field(default_factory=lambda: len(Patient.all()))

    class Desk(Model):
        name: str = field(unique=True)
        number: int = field(default_factory=lambda: 1 // 0)

    class Shift(Model):
        nurse: Nurse | None = belongs_to(default=None)
        desk: Desk | None = belongs_to(default=None)

    shifts = Shift.insert_all({"nurse.name": ["Joy", "May"]}, create_missing=True)
    assert shifts.values("nurse.known") == [3, 3]
    with pytest.raises(ZeroDivisionError):
        Shift.insert_all({"nurse.name": ["New"], "desk.name": ["New"]}, create_missing=True)
    assert (len(Nurse.all()), len(Desk.all()), len(Shift.all())) == (2, 0, 2)


def test_a_model_that_needs_more_than_its_key_cannot_be_created(store):
    class Ward(Model):
        name: str = field(unique=True)
        beds: int

    class Bed(Model):
        ward: Ward

    for call in (
        lambda: Bed.insert_all({"ward.name": ["A"]}, create_missing=True),
        lambda: Bed.insert_all({"ward.name": "A"}, create_missing=True),
    ):
        with pytest.raises((TypeError, NotFoundError), match="beds"):
            call()
    assert (Ward.all(), Bed.all()) == ([], [])
    ward = Ward("A", 3)
    assert Bed.insert_all({"ward.name": ["A", "A"]}, create_missing=True).values("ward") == [ward, ward]


def test_nothing_is_created_where_there_are_no_rows():
    assert Visit.insert_all({"doctor.name": [], "patient.name": []}, create_missing=True) == []
    assert (Doctor.all(), Patient.all()) == ([], [])


def test_creating_what_is_missing_is_one_transaction(store, doctors, patients):
    heard: list[Sequence[Change]] = []
    store.on_commit(heard.append)
    visits = Visit.insert_all({"doctor.name": ["House", "Zoe"], "patient.name": ["New", "Ann"]}, create_missing=True)
    (changes,) = heard
    assert {change.kind for change in changes} == {"create"}
    made = [change.record for change in changes]
    assert set(made) == {Doctor.find(name="Zoe"), Patient.find(name="New"), *visits}
    assert [record for record in made if type(record) is Visit] == list(visits)
    assert made.index(Doctor.find(name="Zoe")) < made.index(visits[1])
    assert made.index(Patient.find(name="New")) < made.index(visits[0])


def test_an_error_undoes_what_was_created_on_the_way(store, doctors, patients):
    Visit(doctors[0], patients[0])
    for columns in (
        {"doctor.name": ["Zoe", "House"], "patient.name": ["New", "Ann"]},
        {"doctor.name": ["Zoe", "Zoe"], "patient.name": ["New", "New"]},
    ):
        with pytest.raises(DuplicateError, match=r"\brow 1\b"):
            Visit.insert_all(columns, create_missing=True)
    with pytest.raises(FieldError, match=r"\brow 1\b"):
        Visit.insert_all(
            {"doctor.name": ["Zoe", "Amy"], "patient.name": "New", "cost": [1, 2**63]}, create_missing=True
        )
    assert Doctor.all() == doctors
    assert Patient.all() == patients
    assert Doctor.find_by(name="Zoe") is None
    store.check()
    Visit.insert_all({"doctor.name": ["Zoe"], "patient.name": ["New"]}, create_missing=True)
    assert Doctor.find(name="Zoe").patients.values("name") == ["New"]


def test_an_outer_transaction_undoes_what_was_created(store, doctors, patients):
    with pytest.raises(ZeroDivisionError), store.transaction():
        Visit.insert_all({"doctor.name": ["Zoe"], "patient.name": ["New"]}, create_missing=True)
        assert Doctor.find(name="Zoe").patients.values("name") == ["New"]
        raise ZeroDivisionError
    assert (Doctor.all(), Patient.all(), Visit.all()) == (doctors, patients, [])


def test_skip_and_create_missing_together(doctors, patients):
    Visit(doctors[0], patients[0])
    columns = {
        "doctor.name": ["House", "Zoe", "Zoe", "House", "Zoe"],
        "patient.name": ["Ann", "Ann", "New", "New", "Ann"],
    }
    made = Visit.insert_all(columns, create_missing=True, on_conflict="skip")
    assert pairs(made) == [("Zoe", "Ann"), ("Zoe", "New"), ("House", "New")]
    assert Visit.insert_all(columns, create_missing=True, on_conflict="skip") == []
    assert (len(Doctor.all()), len(Patient.all())) == (4, 4)


def test_create_missing_changes_nothing_where_there_is_no_dotted_column(doctors, patients):
    visits = Visit.insert_all(doctor=doctors, patient=patients, create_missing=True)
    assert pairs(visits) == [("House", "Ann"), ("Wilson", "Ben"), ("Cuddy", "Cid")]
    with pytest.raises(NotFoundError):
        Visit.insert_all(doctor=[99], patient=[1], create_missing=True)


def test_keys_are_compared_exactly():
    names = ["ann", "Ann", "ann ", "", "\x00", "a\x00", "e\u0301", "\u00e9", "x" * 10_000]
    people = Person.insert_all(
        {"name": [f"under {n}" for n in range(len(names))], "boss.name": names}, create_missing=True
    )
    assert people.values("boss.name") == names
    assert len(set(people.values("boss"))) == len(names)


def test_many_keys_of_which_some_are_there():
    rng = np.random.default_rng(5)
    known = [Doctor(f"doctor {n}") for n in range(0, 500, 3)]
    names = [f"doctor {n}" for n in rng.integers(0, 500, 5000)]
    patients = Patient.insert_all(name=[f"patient {n}" for n in range(5000)])
    visits = Visit.insert_all({"doctor.name": np.array(names)}, patient=patients, create_missing=True)
    assert visits.values("doctor.name") == names
    new = [name for name in dict.fromkeys(names) if int(name.split()[1]) % 3]
    assert Doctor.all().values("name") == [doctor.name for doctor in known] + new


def test_the_southern_women_are_loaded_in_one_call():
    with SOUTHERN_WOMEN.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with Store():
        for row in rows:
            Woman.find_or_create(name=row["woman"]).events.add(Event.find_or_create(code=row["event"]))
        expected = [
            [(woman.id, woman.name, woman.events.values("code")) for woman in Woman.all()],
            [(event.id, event.code, event.women.values("name")) for event in Event.all()],
        ]
    columns = {"woman.name": [row["woman"] for row in rows], "event.code": [row["event"] for row in rows]}
    made = Attendance.insert_all(columns, create_missing=True)
    assert len(made) == 89
    assert [
        [(woman.id, woman.name, woman.events.values("code")) for woman in Woman.all()],
        [(event.id, event.code, event.women.values("name")) for event in Event.all()],
    ] == expected


def test_a_csv_file_is_loaded_as_it_is_read():
    pl = pytest.importorskip("polars")
    frame = pl.read_csv(SOUTHERN_WOMEN).rename({"woman": "woman.name", "event": "event.code"})
    Attendance.insert_all(frame, create_missing=True)
    assert (len(Woman.all()), len(Event.all()), len(Attendance.all())) == (18, 14, 89)
    assert Attendance.insert_all(frame, create_missing=True, on_conflict="skip") == []
