"""A model for each type of field, and whether a column fits it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hasmany import FieldError, Model, Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAN = float("nan")
MISFIT = (FieldError, TypeError)  # a value that does not fit; a none where one is needed


class Whole(Model):
    value: int
    maybe: int | None = None


class Real(Model):
    value: float
    maybe: float | None = None


class Flag(Model):
    value: bool
    maybe: bool | None = None


class Text(Model):
    value: str
    maybe: str | None = None


class Raw(Model):
    value: bytes
    maybe: bytes | None = None


class Moment(Model):
    value: datetime
    maybe: datetime | None = None


class Day(Model):
    value: date
    maybe: date | None = None


class Span(Model):
    value: timedelta
    maybe: timedelta | None = None


class Hour(Model):
    value: time
    maybe: time | None = None


class Code(Model):
    value: UUID
    maybe: UUID | None = None


KINDS = {
    Whole: int,
    Real: float,
    Flag: bool,
    Text: str,
    Raw: bytes,
    Moment: datetime,
    Day: date,
    Span: timedelta,
    Hour: time,
    Code: UUID,
}
SOME: dict[type[Model], list[Any]] = {
    Whole: [3, -1, 0],
    Real: [0.5, -1.0, 1e300],
    Flag: [True, False, True],
    Text: ["Ann", "", "a longer text than fits a view \U0001f600"],
    Raw: [b"x", b"", b"\x00\xff and more bytes than fit a view"],
    Moment: [EPOCH + timedelta(days=19_844, hours=1, microseconds=1), EPOCH, EPOCH - timedelta(seconds=1)],
    Day: [date(2024, 5, 1), date(1969, 12, 31), date(1, 1, 1)],
    Code: [UUID(int=7), UUID(int=0), UUID(int=2**128 - 1)],
    Hour: [time(9, 30, 0, 1), time.min, time.max],
    Span: [timedelta(hours=36, microseconds=1), timedelta(0), timedelta(microseconds=-1)],
}


def same(read: list[Any], expected: list[Any], of: type) -> None:
    """Equal, of exactly the field's type, and moments in UTC."""
    assert read == expected
    for value in read:
        assert value is None or type(value) is of
        if type(value) is datetime:
            assert value.tzinfo == UTC


def fits(model: type[Model], column: Any, expected: list[Any]) -> None:
    """The column fits the model's field, required and optional, and what was kept is found again."""
    of = KINDS[model]
    required = model.insert_all(value=column() if callable(column) else column)
    same(required.values("value"), expected, of)
    for row, value in zip(required, expected, strict=True):
        assert row in model.where(value=value)
    optional = model.insert_all(value=expected, maybe=column() if callable(column) else column)
    same(optional.values("maybe"), expected, of)
    Store.current().check()


def fits_with_gaps(model: type[Model], column: Any, expected: list[Any]) -> None:
    """The column has nulls: it fits the optional field, and the required one refuses it and names the row."""
    model.all().delete_all()
    gap = expected.index(None)
    made = model.insert_all(value=SOME[model][0], maybe=column)
    same(made.values("maybe"), expected, KINDS[model])
    assert model.where(maybe=None) == [row for row, value in zip(made, expected, strict=True) if value is None]
    with pytest.raises(MISFIT, match=rf"\brow {gap}\b") as caught:
        model.insert_all(value=column)
    assert f"{model.__name__}.value" in str(caught.value)
    assert model.all() == made
    Store.current().check()


def refused(model: type[Model], column: Any, error: Any = TypeError, match: str | None = None) -> None:
    """The column fits neither field, and the error names the field."""
    for name in ("value", "maybe"):
        given = {"value": SOME[model][0]} if name == "maybe" else {}
        with pytest.raises(error, match=match) as caught:
            model.insert_all({**given, name: column})
        assert f"{model.__name__}.{name}" in str(caught.value)
    assert model.all() == []
    Store.current().check()


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def strided(array: Any) -> Any:
    wide = np.zeros(len(array) * 3, array.dtype)
    wide[::3] = array
    return wide[::3]
