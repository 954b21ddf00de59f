"""Rows that lie side by side are read as slices, others one by one: the answers are the same, and those of plain Python."""

from datetime import date
from decimal import Decimal
from functools import cmp_to_key
from typing import Any
from uuid import UUID

import pytest
from hasmany import Model, Store, col, field
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text("a\0é", max_size=3) | st.text("ab", min_size=7, max_size=10)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-2, 2) | st.sampled_from([-(2**63), 2**63 - 1]),
    "real": st.sampled_from([-1.5, -0.0, 0.0, 2.5, float("inf"), float("-inf")]),
    "flag": st.booleans(),
    "text": TEXTS,
    "data": st.binary(max_size=2) | st.binary(min_size=8, max_size=9),
    "day": st.dates(date(1999, 12, 30), date(2000, 1, 2)),
    "price": st.sampled_from([Decimal("-1.00"), Decimal("0.01"), Decimal(10) ** 30, Decimal(10) ** 30 + 1]),
    "mark": st.sampled_from([UUID(int=0), UUID(int=1), UUID(int=2**64), UUID(int=2**127)]),
}


class Sample(Model):
    whole: int | None = None
    real: float | None = None
    flag: bool | None = None
    text: str | None = None
    data: bytes | None = None
    day: date | None = None
    price: Decimal | None = field(default=None, scale=2)
    mark: UUID | None = None


ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=90)


def of(data: st.DataObject) -> tuple[list[dict[str, Any]], list[int]]:
    """Rows in the current store, and the places of those that are left."""
    rows = data.draw(ROWS)
    if rows:
        Sample.insert_all(rows)
    gone = data.draw(st.sets(st.integers(0, 89), max_size=3))
    kept = [place for place in range(len(rows)) if place not in gone]
    for place in gone.intersection(range(len(rows))):
        Sample.find(place + 1).delete()
    return rows, kept


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_columns_and_conditions(data):
    with Store():
        rows, kept = of(data)
        name = data.draw(st.sampled_from(list(VALUES)))
        value = data.draw(VALUES[name])
        turned = Sample.all()[::-1]
        for members, places in [(Sample.all(), kept), (turned, kept[::-1])]:
            cells = [rows[place][name] for place in places]
            assert members.values(col(name)) == cells
            assert [row[name] for row in members.select(name).to_dicts()] == cells
            equal = [place + 1 for place in places if rows[place][name] == value]
            assert members.where(col(name) == value).ids.tolist() == equal
            assert members.where(col(name).is_none()).ids.tolist() == [
                place + 1 for place in places if rows[place][name] is None
            ]
            more = [place + 1 for place in places if rows[place][name] is not None and rows[place][name] > value]
            assert members.where(col(name) > value).ids.tolist() == more


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_orders(data):
    with Store():
        rows, kept = of(data)
        keys = data.draw(st.lists(st.tuples(st.sampled_from(list(VALUES)), st.booleans()), min_size=1, max_size=3))

        def compared(one: int, other: int) -> int:
            for name, falls in keys:
                a, b = rows[one][name], rows[other][name]
                if a is None or b is None:
                    if (a is None) != (b is None):
                        return 1 if a is None else -1
                elif a != b:
                    return 1 if (a > b) != falls else -1
            return 0

        orders = [col(name).desc() if falls else col(name) for name, falls in keys]
        for members, places in [(Sample.all(), kept), (Sample.all()[::-1], kept[::-1])]:
            wanted = sorted(places, key=cmp_to_key(compared))
            assert members.order_by(*orders).ids.tolist() == [place + 1 for place in wanted]


@pytest.mark.parametrize("gap", [False, True])
def test_many_rows(gap):
    """As many as are dealt out to several threads, in several blocks."""
    size = 600_000
    whole = [at * 7919 % 1000 for at in range(size)]
    with Store():
        Sample.insert_all(whole=whole, text=[f"text {value:03}" for value in whole])
        if gap:
            Sample.find(size // 2).delete()
        left = [at for at in range(size) if not (gap and at + 1 == size // 2)]
        found = Sample.all().where((col("whole") * 2 < 1000) & (col("text") != "text 007"))
        wanted = [at + 1 for at in left if whole[at] * 2 < 1000 and whole[at] != 7]
        assert found.ids.tolist() == wanted
        assert found.values(col("whole")) == [whole[id - 1] for id in wanted]
        by = sorted(left, key=lambda at: (whole[at], -at))
        assert Sample.all().order_by("text", col("id").desc()).ids.tolist() == [at + 1 for at in by]
        assert Sample.all().order_by("whole", col("id").desc()).ids.tolist() == [at + 1 for at in by]
        assert Sample.all().column(col("whole") + 1).tolist() == [whole[at] + 1 for at in left]


def test_ints_and_floats_that_are_the_same():
    with Store():
        Sample.insert_all(whole=[2**53, 2**53 + 1, -(2**53) - 1], real=[2.0**53, 2.5, -(2.0**53)])
        ids = lambda condition: Sample.all().where(condition).ids.tolist()
        assert ids(col("whole") == 2.0**53) == [1] and ids(col("whole") > 2.0**53) == [2]
        assert ids(col("real") == 2**53) == [1] and ids(col("real") < 2**53 + 1) == [1, 2, 3]
        assert ids(col("real") == 2**53 + 1) == [] and ids(col("real") < 3) == [2, 3]
        assert ids(col("real") > -(2**53) - 1) == [1, 2, 3] and ids(col("real") <= -(2**53) - 1) == []
