"""A store's file is ordinary SQL: what its tables, keys and indexes look like."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hasmany import Many, Model, Store, belongs_to, field, has_many

from .files import assert_sound, raw, rows, tables
from .keys import foreign_keys, indexes


class Doctor(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many(by="doctor")


class ClinicRoom(Model):
    number: int
    floor: int | None = None


class Appointment(Model, unique=(("doctor", "at"), ("room", "at"))):
    doctor: Doctor
    at: datetime
    room: ClinicRoom | None = belongs_to(on_delete="nullify", default=None)
    stand_in: Doctor | None = belongs_to(on_delete="cascade", default=None)
    paid: bool = False


class Named(Model, table="other name"):
    name: str


@pytest.fixture
def clinic(path) -> Path:
    with Store(path):
        Appointment(Doctor("Meredith"), datetime(2026, 3, 1, 9, tzinfo=UTC), ClinicRoom(1))
    return path


def test_the_readme_s_query_answers(seed):
    sql = "select u.username from likes l join users u on u.id = l.user_id where l.tweet_id = 1"
    assert rows(seed, sql) == [("bob",)]


def test_the_seed_world_is_three_tables(seed):
    assert tables(seed) == {
        "users": [(1, "alice"), (2, "bob")],
        "tweets": [(1, "one", 1), (2, "two", 2)],
        "likes": [(1, 2, 1), (2, 1, 2), (3, 2, 2)],
    }


def test_each_model_has_a_table_named_as_it_says(path):
    with Store(path):
        for model in (Appointment, Named):
            model.all()
    assert set(tables(path)) == {"doctors", "clinic_rooms", "appointments", "other name"}


def test_tables_are_strict_and_their_columns_typed(clinic):
    strict = {
        name: bool(strict) for _, name, kind, _, _, strict in rows(clinic, "pragma table_list") if kind == "table"
    }
    assert all(strict[table] for table in tables(clinic))
    columns = [(name, kind, bool(key)) for _, name, kind, _, _, key in rows(clinic, "pragma table_info(appointments)")]
    assert columns == [
        ("id", "INTEGER", True),
        ("doctor_id", "INTEGER", False),
        ("at", "TEXT", False),
        ("room_id", "INTEGER", False),
        ("stand_in_id", "INTEGER", False),
        ("paid", "INTEGER", False),
    ]


def test_what_is_required_is_not_null(clinic):
    needed = {name: bool(needed) for _, name, _, needed, *_ in rows(clinic, "pragma table_info(appointments)")}
    assert [name for name, is_needed in needed.items() if is_needed and name != "id"] == ["doctor_id", "at", "paid"]


def test_references_are_foreign_keys_with_their_on_delete(clinic, seed):
    keys = foreign_keys(clinic, "appointments")
    assert {column: (parent, on_delete) for column, (parent, _, on_delete) in keys.items()} == {
        "doctor_id": ("doctors", keys["doctor_id"][2]),
        "room_id": ("clinic_rooms", "SET NULL"),
        "stand_in_id": ("doctors", "CASCADE"),
    }
    assert keys["doctor_id"][2] in ("RESTRICT", "NO ACTION")
    assert {on_delete for *_, on_delete in foreign_keys(seed, "likes").values()} == {"CASCADE"}


def test_unique_fields_and_tuples_are_unique_in_sql(clinic):
    assert (True, ("name",)) in indexes(clinic, "doctors")
    unique = {columns for is_unique, columns in indexes(clinic, "appointments") if is_unique}
    assert unique == {("doctor_id", "at"), ("room_id", "at")}


def test_every_reference_has_an_index(clinic, seed):
    for table, references in (("appointments", ("doctor_id", "room_id", "stand_in_id")), ("likes", ("user_id",))):
        firsts = {columns[0] for _, columns in indexes(clinic if table == "appointments" else seed, table)}
        assert firsts >= set(references)
    assert {columns[0] for _, columns in indexes(seed, "likes")} == {"user_id", "tweet_id"}
    assert indexes(seed, "tweets") == [(False, ("user_id",))]


def test_the_file_is_marked_as_ours(seed):
    ((mark,),) = rows(seed, "pragma application_id")
    ((version,),) = rows(seed, "pragma user_version")
    assert (mark, version) == (int.from_bytes(b"hmny", "big"), 1)


def test_sql_holds_to_the_rules_too(seed):
    for sql in (
        "insert into likes (user_id, tweet_id) values (2, 1)",
        "insert into likes (user_id, tweet_id) values (1, 99)",
        "insert into tweets (message, user_id) values (null, 1)",
        "insert into tweets (message, user_id) values ('x', null)",
    ):
        with pytest.raises(sqlite3.IntegrityError), raw(seed) as connection:
            connection.execute("pragma foreign_keys = on")
            connection.execute(sql)
    assert_sound(seed)
