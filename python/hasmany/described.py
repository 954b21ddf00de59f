"""What `Schema.describe()` gives: its types, and how a default is written in it."""

import math
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Any, Literal, TypedDict, cast


class FieldDescription(TypedDict):
    """A field or a reference, in a `ModelDescription`."""

    name: str
    type: str
    """The name of its type, "int" or "str", "Decimal(2)" with its scale, or of an enum; "reference"."""
    values: list[str] | list[int] | None
    """Of an enum: the values of its members."""
    to: str | None
    """Of a reference: the `name` of the model that it refers to."""
    on_delete: Literal["restrict", "cascade", "nullify"] | None
    """Of a reference: what becomes of this row when that one is deleted."""
    optional: bool
    """Whether it may be None."""
    unique: bool
    """Whether it is by itself unique."""
    index: bool
    """Whether rows are kept in its order."""
    required: bool
    """Whether the constructor needs it: there is no default."""
    default: Any
    """The default: a number, text, bool or None; dates and times as ISO text, bytes as hexadecimal text, a timedelta as
    microseconds, a UUID or Decimal as text, a member of an enum as its value, Json as it is."""
    default_factory: str | None
    """The function that makes it, if there is one, as "module:name"."""
    kw_only: bool
    """Whether the constructor takes it by name only."""


class CollectionDescription(TypedDict):
    """A collection, in a `ModelDescription`."""

    name: str
    of: str
    """The `name` of its members' model."""
    through: str | None
    source: str | None
    by: str | None
    one: bool
    """Whether it is `has_one()`: the one row of a unique reference."""
    where: str | None
    """The condition, as it was written, however long; members of enums as Python shows them, `<Kind.NEW: 'new'>`."""
    order_by: list[str]
    """The keys of the order, as they are written."""
    hops: list[list[str]] | None
    """The steps from a row to the members: "down" an inverse or "up" a reference, the model that has the reference, the reference's
    name. None where the collection cannot work."""
    unique_pair: bool
    """Whether it leads down and up over a join model whose pair is unique: a pair is linked once."""
    problem: str | None
    """Why it cannot work."""


class ModelDescription(TypedDict):
    """A model, in a `SchemaDescription`."""

    name: str
    """Of its class; where two have the same, with the table: "Pet (pets)"."""
    table: str
    is_declared: bool
    """False: no class declares it, only the store's file knows it."""
    in_store: bool
    """False: it is only on the way of a collection, and none of its rows are here."""
    fields: list[FieldDescription]
    """In their order."""
    unique: list[list[str]]
    """The fields and tuples of fields that no two rows share."""
    key: list[str]
    """The fields whose values stand for a row outside, of a model with `key=`."""
    collections: list[CollectionDescription]


class SchemaDescription(TypedDict):
    """What `Schema.describe()` gives: plain data, as JSON has it."""

    models: list[ModelDescription]
    """Those of the store in the order in which they came, then those that only its collections lead over."""


def plain(value: Any) -> Any:
    """A default, or the function that makes it, as JSON can say it."""
    # Of the type itself: an int may be an enumeration's.
    if value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, (dict, list)):  # of Json
        return deepcopy(cast("object", value))
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    if isinstance(value, Enum):
        return value.value
    if callable(value):
        return f"{getattr(value, '__module__', None) or '?'}:{getattr(value, '__qualname__', repr(value))}"
    return str(value)


def value(of: Any, default: Any) -> Any:
    """A default of this type, from what `plain` made of it."""
    if default is None or type(default) is of:
        return default
    if of is bytes:
        return bytes.fromhex(default)
    if of is timedelta:
        return timedelta(microseconds=default)
    return of.fromisoformat(default) if of in (date, datetime, time) else of(default)
