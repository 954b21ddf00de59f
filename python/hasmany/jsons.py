"""`jsonable`: for `json.dumps`, what it cannot write by itself."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import Enum
from math import isnan
from typing import Any

import numpy as np

from ._hasmany import Many, Ranking, Record, Table
from .frozen import Json, JsonDict, JsonList


def jsonable(value: Any) -> Any:
    """For `json.dumps(..., default=jsonable)`: a value of any type that a store holds, as data that JSON has.

    A record is its `to_dict()`, a collection and a table a list of dicts, a ranking a list of `{"record": ..., "score": ...}`. A
    `Decimal` and a `UUID` are text, so that no digit is lost; a datetime, date and time ISO 8601 (`2026-03-01T09:00:00Z` in UTC); a
    timedelta an ISO 8601 duration of days and less (`P1DT2H`), which pydantic and Java's `Duration` read; a member of an enum its
    value; bytes base64 text. NumPy's scalars and arrays are numbers, texts and lists, with None for NaN and NaT, as a field holds it,
    and datetimes in UTC.

    Raises `TypeError` for anything else. O(what it holds).

    >>> import json
    >>> from hasmany import Store, User, jsonable
    >>> with Store():
    ...     alice = User("alice")
    ...     _ = alice.post_tweet("hello")
    ...     print(json.dumps({"user": alice, "tweets": alice.tweets, "ids": alice.tweets.ids}, default=jsonable))
    {"user": {"id": 1, "username": "alice"}, "tweets": [{"id": 1, "message": "hello", "user": 1}], "ids": [1]}
    """
    if not _WRITERS:
        _learn()
    if (write := _EXACTLY.get(type(value))) is not None:
        return write(value)
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    raise TypeError(
        f"{type(value).__name__} is nothing that jsonable makes JSON of; it takes records, collections, tables, rankings, the types of "
        "fields, and NumPy's scalars and arrays"
    )


def written(row: dict[str, Any]) -> dict[str, Any]:
    """A row's dict, its values as JSON has them."""
    return {name: value if type(value) in _PLAIN else jsonable(value) for name, value in row.items()}


_PLAIN = frozenset((str, int, float, bool, type(None), JsonDict, JsonList))


def _in_utc(text: str) -> str:
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _duration(value: timedelta) -> str:
    """Without years and months, which have no length of their own."""
    micros = value // timedelta(microseconds=1)
    seconds, micros_left = divmod(abs(micros), 1_000_000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    fraction = f".{micros_left:06}".rstrip("0") if micros_left else ""
    last = f"{second}{fraction}S" if second or fraction else ""
    clock = (f"{hour}H" if hour else "") + (f"{minute}M" if minute else "") + last
    text = (f"{day}D" if day else "") + (f"T{clock}" if clock else "")
    return ("-" if micros < 0 else "") + "P" + (text or "T0S")


def _array(given: Any) -> Any:
    array: Any = np.asarray(given)
    kind, unit = array.dtype.kind, np.datetime_data(array.dtype)[0] if array.dtype.kind in "mM" else ""
    if kind in "cSV" or unit in ("generic", "ns", "ps", "fs", "as") or (kind == "m" and unit in ("Y", "M")):
        raise TypeError(
            f"an array of {array.dtype} is nothing that jsonable makes JSON of; times are of microseconds or longer, as in "
            'array.astype("datetime64[us]")'
        )
    return _listed(array.tolist(), array.ndim)


def _listed(value: Any, depth: int) -> Any:
    """Plain values of lists in lists. A datetime of NumPy's has no zone, and means UTC here as everywhere."""
    if depth:
        return [_listed(each, depth - 1) for each in value]
    if isinstance(value, datetime) and value.tzinfo is None:
        return f"{value.isoformat()}Z"
    return None if isinstance(value, float) and isnan(value) else value


_WRITERS: list[tuple[tuple[Any, ...], Callable[[Any], Any]]] = []
_EXACTLY: dict[Any, Callable[[Any], Any]] = {}
"""json asks for each value: most are of these very classes."""


def _learn() -> None:
    # At the first call: most programs use none of these, and import hasmany.
    from base64 import b64encode
    from decimal import Decimal
    from uuid import UUID

    writers: list[tuple[tuple[Any, ...], Callable[[Any], Any]]] = [
        ((Record,), lambda record: record.to_dict()),
        ((Many, Table), lambda rows: rows.to_dicts()),
        ((Ranking,), lambda ranking: [scored._asdict() for scored in ranking]),
        ((Enum, Json), lambda holder: holder.value),
        ((Decimal, UUID), str),
        ((datetime, date, time), lambda when: _in_utc(when.isoformat())),
        ((timedelta,), _duration),
        ((bytes, bytearray), lambda raw: b64encode(raw).decode("ascii")),
        ((np.generic, np.ndarray), _array),
    ]
    _EXACTLY.update({kind: write for kinds, write in writers for kind in kinds})
    _WRITERS[:] = writers
