"""`insert_all` keeps random values of every type, from every kind of column."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

import numpy as np
import pytest
from hasmany import Store
from hypothesis import given
from hypothesis import strategies as st

from ..samples import Sample
from .thorough import SETTINGS

values = st.fixed_dictionaries(
    {
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "real": st.none() | st.floats(allow_nan=False),
        "flag": st.none() | st.booleans(),
        "text": st.none() | st.text(max_size=20),
        "raw": st.none() | st.binary(max_size=20),
        "at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "day": st.none() | st.dates(),
    }
)
TYPES = {"whole": "int64", "real": "float64", "flag": "bool", "text": "string", "raw": "binary", "day": "date32"}


def as_objects(name: str, column: list[Any]) -> Any:
    array = np.empty(len(column), object)
    array[:] = column
    return array


def as_arrow(name: str, column: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    of = pa.timestamp("us", "UTC") if name == "at" else getattr(pa, TYPES[name] + "_" * (TYPES[name] == "bool"))()
    return pa.array(column, of)


def as_views(name: str, column: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    views = {"text": pa.string_view(), "raw": pa.binary_view()}
    return pa.array(column, views[name]) if name in views else as_arrow(name, column)


def as_chunks(name: str, column: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    whole = as_arrow(name, [None, *column])
    half = len(whole) // 2
    return pa.chunked_array([whole[1:half], whole[max(half, 1) :]], whole.type)


def as_polars(name: str, column: list[Any]) -> Any:
    pl = pytest.importorskip("polars")
    types = {"float64": pl.Float64, "int64": pl.Int64, "bool": pl.Boolean, "string": pl.String, "binary": pl.Binary}
    of = {"at": pl.Datetime("us", "UTC"), "day": pl.Date}.get(name) or types[TYPES[name]]
    return pl.Series(column, dtype=of)


CARRIERS: list[Callable[[str, list[Any]], Any]] = [
    lambda name, column: column,
    as_objects,
    as_arrow,
    as_views,
    as_chunks,
    as_polars,
]


@SETTINGS
@given(st.lists(values, max_size=12), st.permutations(range(len(CARRIERS))))
def test_values_of_every_type_in_every_carrier(rows, order):
    with Store() as store:
        loop = [Sample(**row) for row in rows]
        given_columns = {
            name: CARRIERS[order[place % len(CARRIERS)]](name, [row[name] for row in rows])
            for place, name in enumerate(("whole", "real", "flag", "text", "raw", "at", "day"))
        }
        made = Sample.insert_all(given_columns)
        assert made == list(Sample.all())[len(loop) :]
        for one, other, row in zip(loop, made, rows, strict=True):
            for name, value in row.items():
                assert getattr(one, name) == getattr(other, name) == value
                assert type(getattr(other, name)) is type(value)
        store.check()


@SETTINGS
@given(st.lists(values, max_size=12))
def test_rows_copied_through_arrow_are_the_same(rows):
    pa = pytest.importorskip("pyarrow")
    with Store() as store:
        first = Sample.insert_all({name: [row[name] for row in rows] for name in rows[0]}) if rows else Sample.all()[:0]
        second = Sample.insert_all(first)
        third = Sample.insert_all(pa.table(first).drop_columns("id"))
        for name in (*TYPES, "at"):
            assert first.values(name) == second.values(name) == third.values(name) == [row[name] for row in rows]
        store.check()
