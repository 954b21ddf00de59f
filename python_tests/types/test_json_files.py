"""Fields of Json in files."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hasmany import CorruptStoreError, FieldError, Json, SchemaError, Store, field
from hypothesis import given
from hypothesis import strategies as st

from .documents import SAMPLES, VALUES, Note, shapes
from .world import model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


def sql(path: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def test_a_file_keeps_the_values_as_json_that_sql_reads(path):
    with Store(path) as store:
        for value in SAMPLES:
            Note(value)
        Note.insert_all(value=[Json(value) for value in SAMPLES])
        store.check()
    with Store(path) as store:
        assert shapes(Note.all().values("value")) == shapes(SAMPLES * 2)
        assert store.stats().changed_elsewhere is False
        store.check()
    assert sql(path, "select value from notes where id in (1, 4, 22)") == [
        ('["a","b"]',),
        ('{"":0,"a":{"b":[1,2.5,true,null,"x"]}}',),
        (None,),
    ]
    assert sql(path, "select count(*) from notes where value is not null and not json_valid(value)") == [(0,)]
    assert sql(path, "select json_extract(value, '$.a.b[1]') from notes where id = 4") == [(2.5,)]
    assert sql(path, "select field, type from hasmany_fields") == [("value", "Json"), ("maybe", "Json")]
    assert "TEXT" in sql(path, "select sql from sqlite_master where name = 'notes'")[0][0]


@given(values=st.lists(VALUES, min_size=1, max_size=4))
def test_every_value_comes_back_from_a_file(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("json") / "notes.db"
    with Store(path):
        Note.insert_all(value=[Json(value) for value in values])
        Note(values[-1], maybe=values[0]).value = values[0]
    with Store(path) as store:
        assert shapes(Note.all().values("value")) == shapes([*values, values[0]])
        store.check()


def test_what_sql_wrote_in_another_form_is_the_same_value(path):
    with Store(path):
        Note.insert_all(value=[{"b": 1}, {"b": [1]}, 3, 4])
    sql(path, "update notes set value = json_set(value, '$.a', json('[ 1, 2 ]')) where id <= 2")
    sql(path, "update notes set value = ' { \"z\" : null, \"a\" : 1e2 } ', maybe = 'null' where id = 3")
    with Store(path) as store:
        expected = [{"a": [1, 2], "b": 1}, {"a": [1, 2], "b": [1]}, {"a": 100.0, "z": None}, 4]
        assert shapes(Note.all().values("value")) == shapes(expected)
        assert Note.find(3).maybe is None
        assert Note.where(value=Json({"b": 1, "a": [1, 2]})).ids.tolist() == [1]
        store.check()
        Note.find(1).maybe = 5
    with Store(path, read_only=True) as store:
        assert Note.find(1).maybe == 5
        store.check()


@pytest.mark.parametrize("text", ["", "x", "{'a': 1}", "[1", '{"a":1,"a":2}', "NaN", "[" * 101 + "]" * 101])
def test_what_is_no_json_in_a_file_is_named_with_its_row(path, text):
    with Store(path):
        Note.insert_all(value=[1, 2])
    sql(path, "update notes set value = ? where id = 2", text)
    with pytest.raises(CorruptStoreError, match=r"notes.*2.*value|value.*2"):
        Store(path)


def test_a_reader_sees_what_was_written(path):
    with Store(path) as store:
        note = Note([1])
        reader = Store(path, read_only=True)
        note.value = {"a": [2]}
        Note("new")
        with reader:
            reader.refresh()
            assert Note.all().values("value") == [{"a": [2]}, "new"]
        store.check()


def test_a_transaction_that_fails_changes_nothing(path):
    with Store(path) as store:
        note = Note({"a": 1})
        with pytest.raises(ZeroDivisionError), store.transaction():
            note.value = [1]
            Note.insert_all(value=[[2]])
            raise ZeroDivisionError
        assert Note.all().values("value") == [{"a": 1}]
        store.check()


def test_a_field_vanishes_and_comes_back(path):
    def declare(*, whole: bool) -> Any:
        fields: dict[str, Any] = {"name": (str, ...)}
        if whole:
            fields["data"] = (Json, field(default_factory=lambda: ["new"]))
        return model("Returning", **fields)

    with Store(path):
        Returning = declare(whole=True)
        Returning.insert_all(name=["a", "b"], data=[{"x": [1]}, None])
    with Store(path):
        Returning = declare(whole=False)
        with pytest.warns(UserWarning, match="data"):
            Returning("c")
    with Store(path) as store:
        Returning = declare(whole=True)
        found = Returning.all().values("data")
        assert found[:2] == [{"x": [1]}, None]
        store.check()


def test_a_renamed_field_goes_on(path):
    with Store(path):
        model("Renamed", old=(Json, ...)).insert_all(old=[[1], {"a": 2}])
    with Store(path):
        assert model("Renamed", new=(Json, field(was="old"))).all().values("new") == [[1], {"a": 2}]


def test_a_field_of_text_becomes_one_of_json_where_all_of_it_is(path):
    def declare(of: Any) -> Any:
        return model("Texts", data=(of, ...), more=("str | None", None))

    with Store(path):
        declare(str).insert_all(data=['{"b": 1, "a": [ ]}', "null", "5"])
        declare(str)("no json")
    with Store(path), pytest.raises(SchemaError, match=r"Texts\.data.*4 holds 'no json', which no Json is"):
        declare(Json).all()
    with Store(path):
        declare(str).find(4).delete()
    for _ in range(2):
        with Store(path) as store:
            assert declare(Json).all().values("data") == [{"a": [], "b": 1}, None, 5]
            store.check()
    with Store(path), pytest.raises(SchemaError, match="they hold Json"):
        declare(str).all()


def test_a_file_without_its_program_has_classes(path):
    with Store(path):
        model("Lost", data=(Json, ...)).insert_all(data=[[1], None])
    with Store(path) as store:
        Lost = store.models()["Lost"]
        assert Lost.all().values("data") == [[1], None]
        Lost.find(2).data = {"a": 1}
        assert "    data: Json = None\n" in store.schema.to_python()
    with Store(path) as store:
        assert store.models()["Lost"].all().values("data") == [[1], {"a": 1}]


def test_a_copy_of_a_store_has_them(path, tmp_path):
    with Store() as store:
        Note.insert_all(value=[Json(value) for value in SAMPLES])
        store.save(path)
    with Store(path) as store:
        assert shapes(Note.all().values("value")) == shapes(SAMPLES)
        store.save(tmp_path / "again.db")
    with Store(tmp_path / "again.db"):
        assert shapes(Note.all().values("value")) == shapes(SAMPLES)


# Rows, CSV and Parquet


def test_rows_and_csv_files_bring_json(tmp_path):
    rows = [{"value": {"a": 1}, "maybe": '["x"]'}, {"value": None, "maybe": Json("x")}]
    assert Note.insert_all(rows).values("value") == [{"a": 1}, None]
    assert Note.all().values("maybe") == [["x"], "x"]
    path = tmp_path / "notes.csv"
    path.write_text('value,maybe\n"{""b"": [1, 2.5]}",5\n,"""text"""\n', "utf-8")
    made = Note.insert_all(path)
    assert made.values("value") == [{"b": [1, 2.5]}, None]
    assert made.values("maybe") == [5, "text"]
    path.write_text("value,maybe\n1,2\n{broken,3\n", "utf-8")
    with pytest.raises(FieldError, match=r"row 1: Note\.value.*'\{broken' is no JSON"):
        Note.insert_all(path)
    connection = sqlite3.connect(":memory:")
    found = connection.execute("select json_object('a', json_array(1, 'x')) as value")
    assert Note.insert_all(found).values("value") == [{"a": [1, "x"]}]


def test_a_folder_of_parquet_keeps_values_and_defaults(tmp_path):
    pytest.importorskip("pyarrow")
    Filed = model("Filed", data=(Json, ...), style=(Json, field(default={"a": [1]})))
    with Store() as store:
        Filed.insert_all(data=[Json(value) for value in SAMPLES])
        store.to_parquet(tmp_path / "notes")
    with Store.from_parquet(tmp_path / "notes") as store:
        Made = store.models()["Filed"]
        assert Made([2]).style == {"a": [1]}
        assert shapes(Made.all().values("data")) == shapes([*SAMPLES, [2]])
        assert Made.find(1).style == {"a": [1]}
