"""Expressions print as they were written: what is printed, read again, is the same, whatever stands in it and however long."""

import datetime as dt
import operator
from decimal import Decimal
from enum import Enum, IntEnum
from functools import reduce
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hasmany import Expr, Json, SchemaError, Store, User, col
from hasmany.reread import reread
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = {"datetime": dt, "Decimal": Decimal, "UUID": UUID, "Json": Json, "col": col}


def again(expr: Expr) -> Expr:
    """What Python, and what a description, makes of what is printed."""
    (by_python, by_us), text = (eval(repr(expr), dict(NAMES)), reread(repr(expr))), repr(expr)
    assert repr(by_python) == repr(by_us) == str(expr) == text
    return by_us


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        ((col("a") + col("b")).desc(), '(col("a") + col("b")).desc()'),
        ((~(col("a") == 1)).desc(), '(~(col("a") == 1)).desc()'),
        (((col("a") == 1) & (col("b") == 2)).desc(), '((col("a") == 1) & (col("b") == 2)).desc()'),
        (col("a").count().desc(), 'col("a").count().desc()'),
        ((col("a") / 2).alias("it's"), '(col("a") / 2).alias("it\'s")'),
        ((-1 * col("a")).alias("a").desc(), "(-1 * col(\"a\")).alias('a').desc()"),
        ((col("a") + 1).abs(), '(col("a") + 1).abs()'),
        (col("a") - (col("b") - 1), 'col("a") - (col("b") - 1)'),
        ((col("a") == 1) | ((col("b") == 1) | (col("c") == 1)), '(col("a") == 1) | ((col("b") == 1) | (col("c") == 1))'),
        (col("a") < float("-inf"), "col(\"a\") < float('-inf')"),
        (col("a").is_in(range(3)), 'col("a").is_in([0, 1, 2])'),
        (col("a").is_in(n for n in (1,)), 'col("a").is_in([1])'),
        (col("a").is_in((1,)), 'col("a").is_in((1,))'),
        (col("a").is_in(np.array([1, 2])), 'col("a").is_in([1, 2])'),
        (col("a") == np.float64(0.5), 'col("a") == 0.5'),
        (col("a") == Json({"b": 1, "a": [True]}), "col(\"a\") == Json({'b': 1, 'a': [True]})"),
    ],
)  # fmt: skip
def test_it_prints_as_it_was_written(expr, text):
    assert repr(expr) == text
    again(expr)


def test_a_time_of_a_zone_is_that_of_utc():
    noon = dt.datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Copenhagen"))
    assert repr(col("at") < noon) == 'col("at") < datetime.datetime(2024, 7, 1, 10, 0, tzinfo=datetime.timezone.utc)'
    far = dt.timezone(dt.timedelta(hours=-9, minutes=-30), "far")
    again(col("at") < noon.astimezone(far))


class Odd(Enum):
    ONE = "it's"

    def __repr__(self) -> str:
        return "odd"


Unnamed: Any = IntEnum("Unnamed", {"not a name": 3})


def test_members_of_enums():
    assert repr(col("a") == Odd.ONE) == 'col("a") == <Odd.ONE: "it\'s">'
    assert repr(reread(repr(col("a") == Odd.ONE))) == 'col("a") == "it\'s"'
    assert repr(col("a") == Unnamed(3)) == 'col("a") == 3'


def test_long_values_are_whole_and_cut_in_messages():
    long = "x" * 5000
    again(col("a") == long)
    again(col("a").is_in(range(5000)))
    again(reduce(operator.or_, [col("a") == n for n in range(1000)]))
    with pytest.raises(SchemaError) as caught:
        (col("a") == long).alias("b") + 1  # type: ignore[operator]
    assert "x…).alias('b'): alias() comes last" in str(caught.value) and len(str(caught.value)) < 200
    with pytest.raises(TypeError, match="neither true nor false") as of_bool:
        bool(col("a").is_in(range(5000)))
    assert len(str(of_bool.value)) < 400


def test_columns_of_different_long_values_have_different_names(store: Store):
    User("ann")
    columns = [col("username") == "x" * 200 + "1", col("username") == "x" * 200 + "2"]
    table = User.all().select(*columns)
    assert list(table.to_dicts()[0]) == [f"username == '{'x' * 200}{n}'" for n in (1, 2)]
    assert max(map(len, repr(table).splitlines())) < 200


values: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.binary(max_size=300),
    st.datetimes(
        dt.datetime(1900, 1, 1),
        timezones=st.integers(-1439, 1439).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))),
    ),
    st.dates(),
    st.times(),
    st.timedeltas(dt.timedelta(days=-100_000), dt.timedelta(days=100_000)),
    st.uuids(),
    st.decimals(-(10**9), 10**9, places=2),
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    ).map(Json),
)
paths = st.sampled_from(["", "a", "b.c", "é_1"]).map(col)
BINARY = [
    operator.eq,
    operator.ne,
    operator.lt,
    operator.ge,
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
]
METHODS = ["count", "mean", "first", "list", "is_none", "abs", "lower", "year"]


def combined(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        st.builds(lambda of, left, right: of(left, right), st.sampled_from(BINARY), inner, inner | values),
        st.builds(lambda of, left, right: of(left, right), st.sampled_from(BINARY[4:]), st.integers(-9, 9), inner),
        st.builds(
            lambda of, left, right: of(left, right), st.sampled_from([operator.and_, operator.or_]), inner, inner
        ),
        inner.map(operator.invert),
        st.builds(lambda of, name: getattr(of, name)(), inner, st.sampled_from(METHODS)),
        st.builds(lambda of, digits: of.round(digits), inner, st.integers(-3, 3)),
        st.builds(lambda of, condition: of.filter(condition).any(condition), inner, inner),
        st.builds(lambda of, several: of.is_in(several), inner, st.lists(values) | st.lists(values).map(tuple)),
        st.builds(lambda of, low, high: of.between(low, high), inner, values, inner),
    )


exprs = st.recursive(paths, combined, max_leaves=8)


@settings(deadline=None)
@given(exprs, st.none() | st.text(st.characters(exclude_categories=["Cs"])), st.booleans())
def test_whatever_is_printed_is_read_again(expr, alias, falls):
    if alias is not None:
        expr = expr.alias(alias)
    again(expr.desc() if falls else expr)
