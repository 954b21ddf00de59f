"""A model for each of these types, and what is said of it."""

import types
from dataclasses import dataclass, field
from datetime import UTC, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any
from uuid import UUID

import hasmany
from hasmany import FieldError, Model


class Alarm(Model):
    value: time
    maybe: time | None = None
    key: time | None = hasmany.field(default=None, unique=True)


class Color(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    CRIMSON = "red"  # noqa: PIE796 - an alias


class Size(StrEnum):
    LARGE = "l"
    MEDIUM = "m"
    SMALL = "s"
    ANY = ""


class Level(IntEnum):
    HIGH = 3
    LOW = -1
    MIDDLE = 2
    EVEN = 0


class Wall(Model):
    value: Color
    maybe: Color | None = None
    key: Color | None = hasmany.field(default=None, unique=True)


class Shirt(Model):
    value: Size
    maybe: Size | None = None
    key: Size | None = hasmany.field(default=None, unique=True)


class Alert(Model):
    value: Level
    maybe: Level | None = None
    key: Level | None = hasmany.field(default=None, unique=True)


class Price(Model):
    value: Decimal = hasmany.field(scale=2)
    maybe: Decimal | None = hasmany.field(default=None, scale=2)
    key: Decimal | None = hasmany.field(default=None, scale=2, unique=True)


class Ticket(Model):
    value: UUID
    maybe: UUID | None = None
    key: UUID | None = hasmany.field(default=None, unique=True)


class Lap(Model):
    value: timedelta
    maybe: timedelta | None = None
    key: timedelta | None = hasmany.field(default=None, unique=True)


@dataclass
class Kind:
    """A type of field."""

    model: type[Any]
    of: Any
    name: str
    """How schemas show it."""
    values: list[Any]
    """Ascending, all different."""
    sql: list[Any]
    """What the file holds of them."""
    sql_type: str
    wrong: list[tuple[Any, type[Exception]]]
    """What the constructor does not take."""
    texts: list[str]
    """Texts that columns read as these values."""
    dtype: str = "object"
    """Of an array of them."""
    arrow: str = ""
    """The Arrow type that they go out as."""
    damaged: list[Any] = field(default_factory=list)
    """What their column in a file may not hold."""

    options: dict[str, Any] = field(default_factory=dict)
    """Of `field()`."""

    def __repr__(self) -> str:
        return self.name


MICRO = timedelta(microseconds=1)
LONGEST = timedelta(days=106_751_991)
DURATIONS = [-LONGEST, timedelta(days=-1), -MICRO, timedelta(0), MICRO, timedelta(hours=36, microseconds=5), LONGEST]
CLOCKS = [time.min, time(0, 0, 0, 1), time(9, 30), time(12, 0, 0, 500_000), time.max]
UUIDS = [UUID(int=number) for number in (0, 1, 2**64, 0x018F3A5C1C5E7B3A9D2E0123456789AB, 2**127, 2**128 - 1)]
COLORS = [Color.BLUE, Color.GREEN, Color.RED]

MOST = Decimal("9" * 36 + ".99")
PRICES = [
    MOST.copy_negate(),
    Decimal("-2.00"),
    Decimal("-0.05"),
    Decimal("0.00"),
    Decimal("0.10"),
    Decimal("12.50"),
    MOST,
]

KINDS = [
    Kind(
        Lap,
        timedelta,
        "timedelta",
        DURATIONS,
        [value // MICRO for value in DURATIONS],
        "INTEGER",
        [(1, TypeError), ("1:00:00", TypeError), (timedelta.max, FieldError), (LONGEST + MICRO, FieldError)],
        [str(value) for value in DURATIONS],
        "timedelta64[us]",
        "duration[us]",
        [2**63 - 1, -(2**63)],
    ),
    Kind(
        Alarm,
        time,
        "time",
        CLOCKS,
        ["00:00:00.000000", "00:00:00.000001", "09:30:00.000000", "12:00:00.500000", "23:59:59.999999"],
        "TEXT",
        [(1, TypeError), ("09:30", TypeError), (timedelta(hours=1), TypeError), (time(9, tzinfo=UTC), FieldError)],
        [str(value) for value in CLOCKS],
        arrow="time64[us]",
        damaged=["09:30", "24:00:00.000000", "9:30:00.000000", "09:60:00.000000", "", "x"],
    ),
    Kind(
        Ticket,
        UUID,
        "UUID",
        UUIDS,
        [str(value) for value in UUIDS],
        "TEXT",
        [(1, TypeError), (str(UUIDS[0]), TypeError)],
        [str(value) for value in UUIDS],
        arrow="large_string",
        damaged=[str(UUIDS[-1]).upper(), UUIDS[0].hex, "", "x"],
    ),
    Kind(
        Wall,
        Color,
        "Color",
        COLORS,
        ["blue", "green", "red"],
        "TEXT",
        [("red", TypeError), (Size.SMALL, TypeError), (Level.LOW, TypeError), ("RED", TypeError)],
        ["blue", "green", "red"],
        arrow="dictionary<values=large_string, indices=uint32, ordered=0>",
    ),
    Kind(
        Shirt,
        Size,
        "Size",
        sorted(Size),
        ["", "l", "m", "s"],
        "TEXT",
        [("s", TypeError), (Color.RED, TypeError)],
        ["", "l", "m", "s"],
        arrow="dictionary<values=large_string, indices=uint32, ordered=0>",
    ),
    Kind(
        Alert,
        Level,
        "Level",
        sorted(Level),
        [-1, 0, 2, 3],
        "INTEGER",
        [(Color.RED, TypeError), (7, TypeError)],
        ["-1", "0", "2", "3"],
        arrow="int64",
    ),
    Kind(
        Price,
        Decimal,
        "Decimal(2)",
        PRICES,
        [str(value) for value in PRICES],
        "TEXT",
        [
            ("1.50", TypeError),
            (Decimal("0.005"), FieldError),
            (Decimal("NaN"), FieldError),
            (Decimal("sNaN"), FieldError),
            (Decimal("-Infinity"), FieldError),
            (MOST + 1, FieldError),
            (Decimal("1e999999"), FieldError),
            (Decimal("1e-999999"), FieldError),
            (10**36, FieldError),
        ],
        [str(value) for value in PRICES],
        arrow="decimal128(38, 2)",
        damaged=["1", "1.5", "1.500", "+1.00", "01.00", "-0.00", "1e2", "", ".50"],
        options={"scale": 2},
    ),
]


def model(name: str, base: Any = Model, /, *, abstract: bool = False, **fields: tuple[Any, Any]) -> Any:
    """A class of this name, with these fields: their types and what is assigned to them (... for nothing)."""

    def fill(body: dict[str, Any]) -> None:
        body["__module__"] = __name__
        body["__annotations__"] = {name: of for name, (of, _) in fields.items()}
        body.update({name: given for name, (_, given) in fields.items() if given is not ...})

    return types.new_class(name, (base,), {"abstract": True} if abstract else {}, fill)


def same(read: list[Any], expected: list[Any]) -> None:
    """Equal, and of exactly the same types."""
    assert read == expected
    assert [type(value) for value in read] == [type(value) for value in expected]
