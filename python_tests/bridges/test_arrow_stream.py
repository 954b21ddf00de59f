"""The Arrow stream of a collection: its batches, the schema that a reader wants, and what a collection is not."""

import operator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hasmany import DeletedError, Many, Model, SchemaError, User, has_many

pa = pytest.importorskip("pyarrow")


class Station(Model):
    name: str
    readings: Many["Reading"] = has_many()


class Reading(Model):
    station: Station
    value: float | None = None
    note: str | None = None
    at: datetime | None = None


class Orphan(Model):
    parts: Many["Nowhere"] = has_many()  # noqa: F821 - never declared


def stream(many: Many[Any]) -> Any:
    return pa.RecordBatchReader.from_stream(many)


def test_a_large_collection_comes_in_batches():
    count = (1 << 16) + 3
    for at in range(count):
        User(str(at))
    batches = list(stream(User.all()))
    assert [batch.num_rows for batch in batches] == [1 << 16, 3]
    assert [row for batch in batches for row in batch["username"].to_pylist()] == [str(at) for at in range(count)]


def test_a_field_is_nullable_where_it_is_optional():
    schema = stream(Reading.all()).schema
    assert [field.name for field in schema if field.nullable] == ["value", "note", "at"]


def test_columns_are_cast_to_a_wanted_schema():
    station = Station("Kew")
    Reading(station, 1.5, None, datetime(2024, 5, 1, tzinfo=UTC))
    wanted = pa.schema(
        [
            ("id", pa.int32()),
            ("station", pa.int16()),
            ("value", pa.float32()),
            ("note", pa.string()),
            ("at", pa.timestamp("ms", "UTC")),
        ]
    )
    out = pa.table(station.readings, schema=wanted)
    assert out.schema == wanted
    assert out.to_pylist() == [
        {"id": 1, "station": 1, "value": 1.5, "note": None, "at": datetime(2024, 5, 1, tzinfo=UTC)}
    ]


def test_only_a_capsule_is_a_wanted_schema():
    with pytest.raises(TypeError, match="PyCapsule"):
        User.all().__arrow_c_stream__(pa.schema([]))


def test_a_collection_of_a_deleted_record_has_no_stream():
    alice = User("alice")
    tweets = alice.tweets
    alice.delete()
    with pytest.raises(DeletedError):
        tweets.__arrow_c_stream__()


def test_a_collection_that_leads_nowhere_has_no_stream():
    with pytest.raises(SchemaError, match="Nowhere"):
        Orphan().parts.__arrow_c_stream__()


def test_a_closed_store_still_reads(store):
    User("alice")
    store.close()
    assert stream(User.all()).read_all().to_pylist() == [{"id": 1, "username": "alice"}]


# ── a collection is no array ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("make", [np.asarray, np.array, lambda many: np.asarray(many, dtype=object), np.unique])
def test_a_collection_is_no_array(make):
    User("alice")
    with pytest.raises(TypeError, match=r"\.ids, \.column\(name\) or \.values\(name\)"):
        make(User.all())


def test_pandas_makes_no_column_of_records():
    pd = pytest.importorskip("pandas")
    User("alice")
    with pytest.raises(TypeError, match="from_arrow"):
        pd.DataFrame(User.all())


def test_a_collection_compares_with_arrays_as_with_anything_else():
    alice = User("alice")
    records = np.array([alice], dtype=object)
    assert (User.all() == records) is False
    assert (records == User.all()) is False
    assert User.all() & records == records & User.all() == [alice]
    with pytest.raises(TypeError):
        operator.add(User.all(), np.array([1]))
