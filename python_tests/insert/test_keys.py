"""`insert_all` with natural keys: a dotted column names a reference by that model's unique field."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hasmany import Model, NotFoundError, SchemaError, belongs_to, field

from .keyed import Doctor, Patient, Person, Town, Visit, pairs

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
