"""The Arrow stream of a collection: its batches, the schema that a reader wants, and what a collection is not."""

import operator
from datetime import UTC, date, datetime
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


class Kinds(Model):
    value: float | None = None
    note: str | None = None
    raw: bytes | None = None
    at: datetime | None = None
    day: date | None = None
    flag: bool | None = None


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


WANTED = {
    "id": [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()],
    "value": [pa.float16(), pa.float32(), pa.float64()],
    "note": [pa.string(), pa.large_string(), pa.string_view()],
    "raw": [pa.binary(), pa.large_binary(), pa.binary_view()],
    "at": [pa.timestamp(unit, zone) for unit in ("s", "ms", "us", "ns") for zone in ("UTC", "Asia/Tokyo", None)],
    "day": [pa.date32(), pa.date64()],
    "flag": [pa.bool_()],
}


def wanting(many: Many[Any], fields: Any) -> Any:
    return pa.RecordBatchReader.from_stream(many, pa.schema(fields))


@pytest.mark.parametrize(("name", "wanted"), [(name, wanted) for name in WANTED for wanted in WANTED[name]], ids=str)
def test_a_column_comes_in_any_width_unit_or_layout_of_its_kind(name, wanted):
    Kinds(1.5, "a", b"\x00", datetime(2024, 5, 1, 1, 2, 3, tzinfo=UTC), date(2024, 5, 1), True)
    Kinds()
    Kinds(-0.25, "", b"", datetime(1960, 1, 1, tzinfo=UTC), date(1960, 1, 1), False)
    own = stream(Kinds.all()).read_all()
    out = wanting(Kinds.all(), {name: wanted}).read_all()
    out.validate(full=True)
    assert out.schema.names == own.schema.names
    assert out.schema.field(name).type == wanted
    assert out[name].equals(own[name].cast(wanted))
    assert out.drop_columns([name]).equals(own.drop_columns([name]))


def test_digits_beyond_a_wanted_unit_are_dropped():
    Kinds(at=datetime(1960, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
    (at,) = wanting(Kinds.all(), {"at": pa.timestamp("s", "UTC")}).read_all()["at"].to_pylist()
    assert at == datetime(1960, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "wanted", [pa.string(), pa.dictionary(pa.int8(), pa.int64()), pa.list_(pa.int64()), pa.float64()]
)
def test_what_is_no_type_of_a_column_s_kind_is_left_to_the_reader(wanted):
    Kinds()
    assert wanting(Kinds.all(), {"id": wanted, "nothing": pa.int8()}).schema == stream(Kinds.all()).schema


def test_a_reader_casts_the_rest_itself():
    station = Station("Kew")
    Reading(station)
    Reading(station)
    wanted = pa.schema([pa.field("id", pa.string()), *list(stream(Reading.all()).schema)[1:]])
    assert pa.table(station.readings, schema=wanted)["id"].to_pylist() == ["1", "2"]


def test_a_value_that_does_not_fit_a_wanted_type_is_an_error_that_names_it():
    for _ in range(128):
        Kinds(at=datetime(9999, 1, 1, tzinfo=UTC))
    assert wanting(Kinds.all()[:127], {"id": pa.int8()}).read_all()["id"].to_pylist()[-1] == 127
    with pytest.raises(pa.ArrowInvalid, match="id: 128 does not fit Int8"):
        wanting(Kinds.all(), {"id": pa.int8()}).read_all()
    with pytest.raises(pa.ArrowInvalid, match=r"at: .* do not fit 64 bits of nanoseconds"):
        wanting(Kinds.all(), {"at": pa.timestamp("ns")}).read_all()


def test_after_an_error_a_stream_has_ended():
    for _ in range(128):
        Kinds()
    reader = wanting(Kinds.all(), {"id": pa.int8()})
    with pytest.raises(pa.ArrowInvalid):
        reader.read_next_batch()
    with pytest.raises(StopIteration):
        reader.read_next_batch()


def test_a_capsule_of_another_name_is_no_wanted_schema():
    _, wrong = pa.array([1]).__arrow_c_array__()
    with pytest.raises(ValueError, match="incorrect name"):
        User.all().__arrow_c_stream__(wrong)


def test_a_wanted_schema_that_is_no_table_or_not_known_is_left_to_the_reader():
    User("alice")
    for wanted in (pa.int64(), pa.field("id", pa.int32())):
        assert User.all().__arrow_c_stream__(wanted.__arrow_c_schema__()) is not None


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
