"""`insert_all` with natural keys: a dotted column names a reference by that model's unique field, and may create it."""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import numpy as np
import pytest
from hasmany import (
    Change,
    DuplicateError,
    FieldError,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    belongs_to,
    field,
    has_many,
)

from ..places import ROOT

SOUTHERN_WOMEN = ROOT / "examples" / "southern_women.csv"
numbering = count()


class Doctor(Model):
    name: str = field(unique=True)
    city: str = "Leiden"
    number: int = field(default_factory=lambda: next(numbering))
    visits: Many["Visit"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="visits")


class Patient(Model):
    name: str = field(unique=True)
    visits: Many["Visit"] = has_many()
    doctors: Many["Doctor"] = has_many(through="visits", source="doctor")


class Visit(Model, unique=("doctor", "patient")):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    cost: int = 0
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Town(Model, unique=("name", "country")):
    name: str
    country: str
    people: Many["Person"] = has_many()


class Person(Model):
    name: str = field(unique=True)
    town: Town | None = belongs_to(default=None)
    boss: "Person | None" = belongs_to(default=None)
    staff: Many["Person"] = has_many()


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


@pytest.fixture
def doctors() -> list[Doctor]:
    return [Doctor("House"), Doctor("Wilson"), Doctor("Cuddy")]


@pytest.fixture
def patients() -> list[Patient]:
    return [Patient("Ann"), Patient("Ben"), Patient("Cid")]


def pairs(visits: Any) -> list[tuple[str, str]]:
    return [(visit.doctor.name, visit.patient.name) for visit in visits]


# ── finding ───────────────────────────────────────────────────────────────────────────────────────


def test_a_dotted_column_names_rows_by_a_unique_field(doctors, patients):
    visits = Visit.insert_all({"doctor.name": ["Cuddy", "House", "Cuddy"], "patient.name": ["Ann", "Ben", "Cid"]})
    assert visits.values("doctor") == [doctors[2], doctors[0], doctors[2]]
    assert visits.values("patient") == patients
    assert doctors[2].patients == [patients[0], patients[2]]


def test_one_reference_may_be_dotted_and_another_not(doctors, patients):
    visits = Visit.insert_all({"doctor.name": ["Wilson", "House"]}, patient=patients[:2], cost=[1, 2])
    assert pairs(visits) == [("Wilson", "Ann"), ("House", "Ben")]
    assert visits.values("cost") == [1, 2]


def test_a_dotted_scalar_fills_all_rows(doctors, patients):
    visits = Visit.insert_all({"doctor.name": "Wilson"}, patient=patients)
    assert visits.values("doctor") == [doctors[1]] * 3
    (visit,) = Visit.insert_all({"doctor.name": "House", "patient.name": "Ann"})
    assert (visit.doctor, visit.patient) == (doctors[0], patients[0])


def test_dotted_columns_of_a_table(doctors, patients):
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"doctor.name": ["House", "Cuddy"], "patient.name": ["Ann", "Ann"], "cost": [3, 4]})
    assert pairs(Visit.insert_all(table)) == [("House", "Ann"), ("Cuddy", "Ann")]


def text_columns(values: list[str]) -> list[Any]:
    pa, pl = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    pd = pytest.importorskip("pandas", "3")
    return [
        values,
        np.array(values),
        np.array(values, object),
        pa.array(values),
        pa.array(values, pa.large_string()),
        pa.array(values, pa.string_view()),
        pa.array(values).dictionary_encode(),
        pa.chunked_array([pa.array(values[:1]).dictionary_encode(), pa.array(values[1:]).dictionary_encode()]),
        pl.Series(values),
        pl.Series(values, dtype=pl.Categorical),
        pd.Series(values),
        pd.Series(values, dtype="category"),
    ]


def test_a_natural_key_may_come_from_any_carrier(doctors, patients):
    for column in text_columns(["Cuddy", "House", "Cuddy"]):
        visits = Visit.insert_all({"doctor.name": column}, patient=patients)
        assert visits.values("doctor") == [doctors[2], doctors[0], doctors[2]], repr(column)
        visits.delete_all()
    for number, column in enumerate(text_columns(["New", "House", "New"])):
        visits = Visit.insert_all({"doctor.name": column}, patient=patients, create_missing=True)
        assert visits.values("doctor.name") == ["New", "House", "New"], repr(column)
        assert len(Doctor.all()) == 4, number
        visits.delete_all()
        Doctor.find(name="New").delete()


class Coded(Model):
    whole: int | None = field(default=None, unique=True)
    flag: bool | None = field(default=None, unique=True)
    raw: bytes | None = field(default=None, unique=True)
    at: datetime | None = field(default=None, unique=True)
    day: date | None = field(default=None, unique=True)
    real: float | None = field(default=None, unique=True)


class Pointer(Model):
    to: Coded | None = belongs_to(default=None)


KEYS: list[tuple[str, Any, Any]] = [
    ("whole", [7, -1, 7], [7, -1, 7]),
    ("whole", np.array([7, -1, 7], np.int16), [7, -1, 7]),
    ("whole", np.array([7.0, -1.0, 7.0]), [7, -1, 7]),
    ("flag", [True, False, True], [True, False, True]),
    ("raw", [b"x", b"", b"x"], [b"x", b"", b"x"]),
    ("at", np.array([0, 10**6, 0], "datetime64[us]"), [datetime(1970, 1, 1, 0, 0, s, tzinfo=UTC) for s in (0, 1, 0)]),
    (
        "at",
        [datetime(1970, 1, 1), datetime(1971, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)],
        [datetime(y, 1, 1, tzinfo=UTC) for y in (1970, 1971, 1970)],
    ),
    ("day", np.array([0, 1, 0], "datetime64[D]"), [date(1970, 1, d) for d in (1, 2, 1)]),
    ("real", [0.5, 2, 0.5], [0.5, 2.0, 0.5]),
    ("real", [0.0, 1.0, -0.0], [0.0, 1.0, 0.0]),
]


@pytest.mark.parametrize(("name", "column", "values"), KEYS, ids=range(len(KEYS)))
def test_a_natural_key_may_have_any_type(name, column, values):
    made = Pointer.insert_all({f"to.{name}": column}, create_missing=True)
    first, second = Coded.all()
    assert made.values("to") == [first, second, first]
    assert made.values(f"to.{name}") == values
    found = Pointer.insert_all({f"to.{name}": column})
    assert found.values("to") == [first, second, first]
    assert len(Coded.all()) == 2


def test_none_is_no_reference():
    for column in (["Ann", None, "Ann"], ["Ann", float("nan"), "Ann"], np.array(["Ann", None, "Ann"], object)):
        for create_missing in (True, False):
            made = Person.insert_all(
                {"name": [f"{len(Person.all())} {n}" for n in range(3)], "boss.name": column},
                create_missing=create_missing,
            )
            assert made.values("boss.name") == ["Ann", None, "Ann"]
    assert len(Person.where(name="Ann")) == 1


def test_the_rows_that_are_named_may_be_of_the_same_model():
    eve = Person("Eve")
    staff = Person.insert_all({"name": ["Ann", "Ben"], "boss.name": ["Eve", "Eve"]})
    assert eve.staff == staff
    assert staff.values("boss") == [eve, eve]


def test_two_references_to_one_model_are_named_apart(doctors, patients):
    visits = Visit.insert_all(
        {"doctor.name": ["House", "Wilson"], "referrer.name": ["Cuddy", None]}, patient=patients[:2]
    )
    assert visits.values("doctor") == doctors[:2]
    assert visits.values("referrer") == [doctors[2], None]


def test_a_natural_key_is_found_after_deletes_and_packing(store, patients):
    for n in range(300):
        Doctor(f"crowd {n}")
    Doctor.all()[:290].delete_all()
    store.compact()
    Doctor("crowd 5")
    visits = Visit.insert_all({"doctor.name": ["crowd 299", "crowd 5", "crowd 290"]}, patient=patients)
    assert visits.values("doctor.name") == ["crowd 299", "crowd 5", "crowd 290"]


# ── creating what is missing ──────────────────────────────────────────────────────────────────────


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


# ── unique tuples ─────────────────────────────────────────────────────────────────────────────────


def test_a_unique_tuple_is_named_by_all_of_its_columns():
    here, there = Town("Paris", "France"), Town("Paris", "Texas")
    people = Person.insert_all(
        {"name": ["Ann", "Ben", "Cid"], "town.name": "Paris", "town.country": ["Texas", "France", "Texas"]}
    )
    assert people.values("town") == [there, here, there]
    assert there.people == [people[0], people[2]]


def test_the_columns_of_a_unique_tuple_may_stand_in_any_order():
    town = Town("Paris", "France")
    people = Person.insert_all({"town.country": ["France"], "name": ["Ann"], "town.name": ["Paris"]})
    assert people.values("town") == [town]


def test_a_missing_row_of_a_unique_tuple_is_created():
    here = Town("Paris", "France")
    people = Person.insert_all(
        {
            "name": ["Ann", "Ben", "Cid", "Dee"],
            "town.name": ["Paris", "Paris", "Rome", "Paris"],
            "town.country": ["Texas", "France", "Texas", "Texas"],
        },
        create_missing=True,
    )
    assert [(town.name, town.country) for town in Town.all()] == [
        ("Paris", "France"),
        ("Paris", "Texas"),
        ("Rome", "Texas"),
    ]
    towns = list(Town.all())
    assert people.values("town") == [towns[1], here, towns[2], towns[1]]


def test_a_row_of_a_unique_tuple_that_is_not_there_is_a_not_found_error():
    Town("Paris", "France")
    with pytest.raises(NotFoundError, match=r"\brow 1\b"):
        Person.insert_all({"name": ["Ann", "Ben"], "town.name": "Paris", "town.country": ["France", "Texas"]})
    assert Person.all() == []


def test_a_part_of_a_unique_tuple_is_no_key():
    Town("Paris", "France")
    for columns in (
        {"name": ["Ann"], "town.name": ["Paris"]},
        {"name": ["Ann"], "town.country": ["France"]},
    ):
        for create_missing in (False, True):
            with pytest.raises(SchemaError, match="unique"):
                Person.insert_all(columns, create_missing=create_missing)
    assert Person.all() == []


def test_none_in_all_of_a_unique_tuple_is_no_reference():
    Town("Paris", "France")
    people = Person.insert_all(
        {"name": ["Ann", "Ben"], "town.name": ["Paris", None], "town.country": ["France", None]}, create_missing=True
    )
    assert people.values("town.name") == ["Paris", None]
    assert len(Town.all()) == 1


def test_a_unique_tuple_of_references_is_read_right_or_refused():
    class Note(Model):
        visit: Visit
        text: str

    house, ann, ben = Doctor("House"), Patient("Ann"), Patient("Ben")
    visits = [Visit(house, ann), Visit(house, ben)]
    try:
        notes = Note.insert_all({"visit.doctor": [1, 1], "visit.patient": [ben.id, ann.id], "text": "x"})
    except SchemaError:
        assert Note.all() == []
    else:
        assert notes.values("visit") == visits[::-1]
