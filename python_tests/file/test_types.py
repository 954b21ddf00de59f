"""Every value comes back from the file as it went in, and Python's SQLite reads what a person would have written."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hasmany import DuplicateError, FieldError, Model, Store, field
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ..samples import Sample
from .files import raw, rows

NAMES = ("whole", "real", "flag", "text", "raw", "at", "day")


class Strict(Model):
    """As Sample, all of it required."""

    whole: int
    real: float
    flag: bool
    text: str
    raw: bytes
    at: datetime
    day: date


class Tagged(Model):
    word: str | None = field(default=None, unique=True)
    blob: bytes | None = field(default=None, unique=True)
    number: float | None = field(default=None, unique=True)
    at: datetime | None = field(default=None, unique=True)


TYPES = {
    "whole": st.integers(-(2**63), 2**63 - 1) | st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1, 0, -1]),
    "real": st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1e300, 5e-324, float("inf"), float("-inf"), 2.0]),
    "flag": st.booleans(),
    "text": st.text(max_size=20) | st.sampled_from(["", "\x00", "a\x00b", "1", "1e5", "null", "\ufeff", "e\u0301"]),
    "raw": st.binary(max_size=20) | st.sampled_from([b"", b"\x00", b"text", bytes(range(256))]),
    "at": st.datetimes(timezones=st.just(UTC)) | st.sampled_from([datetime(1, 1, 1, tzinfo=UTC)]),
    "day": st.dates() | st.sampled_from([date.min, date.max]),
}
required = st.fixed_dictionaries(TYPES)
optional = st.fixed_dictionaries({name: st.none() | values for name, values in TYPES.items()})

LEAST = dict(
    zip(NAMES, (-(2**63), float("-inf"), False, "", b"", datetime(1, 1, 1, tzinfo=UTC), date.min), strict=True)
)
MOST = dict(
    zip(
        NAMES,
        (2**63 - 1, 1.7976931348623157e308, True, "\U0010ffff", b"\xff", datetime.max.replace(tzinfo=UTC), date.max),
        strict=True,
    )
)
NONE = dict.fromkeys(NAMES)


def as_sql(value: Any) -> Any:
    """What the column of a value holds."""
    if isinstance(value, datetime):
        return value.strftime(f"{value.year:04}-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}-{value.day:02}"
    return int(value) if isinstance(value, bool) else value


def same(kept: Any, value: Any) -> None:
    assert kept == value
    assert type(kept) is type(value)


def one_by_one(model: type[Model], values: list[dict[str, Any]]) -> None:
    for row in values:
        model(**row)


def set_later(model: type[Model], values: list[dict[str, Any]]) -> None:
    for row in values:
        model(**LEAST).update(**row)


def in_bulk(model: type[Model], values: list[dict[str, Any]]) -> None:
    model.insert_all({name: [row[name] for row in values] for name in NAMES})


PATHS = count()


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(optional, min_size=1, max_size=6),
    st.lists(required, min_size=1, max_size=6),
    st.sampled_from([one_by_one, set_later, in_bulk]),
)
@example([NONE, MOST], [LEAST, MOST], one_by_one)
@example([NONE, MOST], [LEAST, MOST], set_later)
@example([NONE, MOST], [LEAST, MOST], in_bulk)
def test_values_of_every_type_are_read_back(tmp_path_factory, samples, stricts, write):
    path = tmp_path_factory.getbasetemp() / f"types{next(PATHS)}.db"
    given_rows = {Sample: samples, Strict: stricts}
    with Store(path):
        for model, values in given_rows.items():
            write(model, values)
    for model, table in ((Sample, "samples"), (Strict, "stricts")):
        expected = [tuple(as_sql(row[name]) for name in NAMES) for row in given_rows[model]]
        assert rows(path, f"select {', '.join(NAMES)} from {table} order by id") == expected
    with Store(path, read_only=True):
        for model, values in given_rows.items():
            for record, row in zip(model.all(), values, strict=True):
                for name, value in row.items():
                    same(getattr(record, name), value)
    path.unlink()


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "values.db"


def test_columns_have_the_types_that_sql_has_for_them(path):
    with Store(path):
        Sample.all()
        Strict.all()
    expected = ["INTEGER", "REAL", "INTEGER", "TEXT", "BLOB", "TEXT", "TEXT"]
    for table, required in (("samples", 0), ("stricts", 1)):
        columns = {name: (kind, not_null) for _, name, kind, not_null, *_ in rows(path, f"pragma table_info({table})")}
        assert [columns[name] for name in NAMES] == [(kind, required) for kind in expected]


def test_a_table_refuses_what_is_of_another_type(path):
    with Store(path):
        Strict(**LEAST)
    for column, value in (("whole", "'many'"), ("real", "x'00'"), ("flag", "'yes'"), ("text", "x'ff'"), ("flag", "2")):
        with pytest.raises(sqlite3.IntegrityError), raw(path) as connection:
            connection.execute(f"update stricts set {column} = {value}")


def test_times_and_dates_are_what_the_functions_of_sqlite_read(path):
    with Store(path):
        Sample(None, None, None, None, None, datetime(2026, 3, 1, 9, 30, tzinfo=UTC), date(2024, 2, 29))
    assert rows(path, "select at, day from samples") == [("2026-03-01T09:30:00.000000Z", "2024-02-29")]
    functions = "select unixepoch(at), strftime('%H:%M', at), date(day, '+1 day') from samples"
    assert rows(path, functions) == [(1772357400, "09:30", "2024-03-01")]


def test_a_time_of_any_zone_is_kept_as_utc(path):
    at = datetime(2026, 3, 1, 1, 0, 0, 1, timezone(timedelta(hours=5, minutes=30)))
    with Store(path):
        Sample(None, None, None, None, None, at, None)
    assert rows(path, "select at from samples") == [("2026-02-28T19:30:00.000001Z",)]
    with Store(path):
        assert Sample.find(1).at == at


def test_large_values_are_kept(path):
    text, blob = "\u00e9" * 700_000, bytes(range(256)) * 5000
    with Store(path):
        Sample(None, None, None, text, blob, None, None)
    with Store(path):
        assert (Sample.find(1).text, Sample.find(1).raw) == (text, blob)


def test_a_value_that_does_not_fit_its_field_leaves_the_file_alone(path):
    with Store(path):
        sample = Sample(**MOST)
        for name, value in (("real", float("nan")), ("whole", 2**63), ("at", datetime(2026, 1, 1)), ("text", "\ud800")):
            with pytest.raises((FieldError, ValueError)):
                setattr(sample, name, value)
    with Store(path):
        assert {name: getattr(Sample.find(1), name) for name in NAMES} == MOST


def kept(name: str, values: list[Any]) -> Callable[[Path], None]:
    def hold(path: Path) -> None:
        with Store(path):
            for value in values:
                Tagged(**{name: value})
        with Store(path):
            assert Tagged.all().values(name) == values
            for at, value in enumerate(values, 1):
                if value is not None:
                    assert Tagged.find(**{name: value}).id == at
                    with pytest.raises(DuplicateError):
                        Tagged(**{name: value})

    return hold


@pytest.mark.parametrize(
    "hold",
    [
        kept("word", ["a", "A", "a ", "a\x00", "a\x00b", "", "\x00", "\u00e9", "e\u0301", None, None]),
        kept("blob", [b"a", b"a\x00", b"", b"\x00", None, None]),
        kept("number", [0.0, 1.0, 1.0000000000000002, float("inf"), -1e308, 1e16, 9007199254740993.0, None, None]),
        kept("at", [datetime(2026, 3, 1, 9, 0, 0, micro, UTC) for micro in (0, 1, 10, 100_000)]),
    ],
    ids=["text", "bytes", "floats", "times"],
)
def test_what_is_unique_in_memory_is_unique_in_the_file(path, hold):
    hold(path)
    hold(path.with_name("again.db"))


def test_no_two_zeros_are_unique(path):
    with Store(path):
        Tagged(number=0.0)
        with pytest.raises(DuplicateError):
            Tagged(number=-0.0)
    with Store(path):
        assert Tagged.all().values("number") == [0.0]
