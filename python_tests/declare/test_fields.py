"""Fields of every type, required or optional, and their defaults."""
# ruff: noqa: UP007, UP045, RUF036 - Optional and Union are among what is declared here

from datetime import UTC, date, datetime
from typing import Optional, Union

import pytest
from hasmany import DuplicateError, Model, field

from .garden import Bed, Garden, Plant


class Everything(Model):
    whole: int
    real: float
    flag: bool
    text: str
    raw: bytes
    at: datetime
    day: date
    maybe_whole: int | None = None
    maybe_real: Optional[float] = None
    maybe_flag: Union[bool, None] = None
    maybe_text: "str | None" = None
    maybe_raw: "Optional[bytes]" = None
    maybe_at: None | datetime = None
    maybe_day: Optional["date"] = None


class Empty(Model):
    """A model may have no fields."""


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "values",
    [
        (0, 0.0, False, "", b"", datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1)),
        (2**63 - 1, 1e308, True, "x" * 100_000, bytes(range(256)), datetime(9999, 12, 31, tzinfo=UTC), date.max),
        (-(2**63), float("-inf"), True, "\x00", b"\x00", datetime(1, 1, 1, tzinfo=UTC), date.min),
        (
            -1,
            5e-324,
            False,
            "\U0001f600 e\u0301",
            b"\xff",
            datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
            date(1969, 12, 31),
        ),
    ],
)
def test_every_type_of_field_keeps_its_values(values):
    row = Everything(*values, *values)
    names = ("whole", "real", "flag", "text", "raw", "at", "day")
    for name, value in zip(names, values, strict=True):
        for kept in (getattr(row, name), getattr(row, f"maybe_{name}")):
            assert kept == value, name
            assert type(kept) is type(value), name


def test_optional_fields_keep_none():
    row = Everything(1, 1.0, True, "", b"", datetime(2024, 5, 1, tzinfo=UTC), date(2024, 5, 1))
    names = ("whole", "real", "flag", "text", "raw", "at", "day")
    assert [getattr(row, f"maybe_{name}") for name in names] == [None] * 7
    row.maybe_whole = 3
    row.maybe_whole = None
    assert row.maybe_whole is None


def test_an_int_fits_a_float_field():
    row = Everything(1, 2, True, "", b"", datetime(2024, 5, 1, tzinfo=UTC), date(2024, 5, 1))
    assert row.real == 2.0
    assert type(row.real) is float


def test_a_time_of_any_zone_is_kept_as_utc():
    at = datetime.fromisoformat("2024-05-01T23:30:00.000001-05:00")
    row = Everything(1, 2, True, "", b"", at, date(2024, 5, 1))
    assert row.at == at
    assert row.at.isoformat() == "2024-05-02T04:30:00.000001+00:00"


def test_a_model_may_have_no_fields():
    assert [Empty().id, Empty().id] == [1, 2]
    assert repr(Empty.find(1)) == "Empty(1)"


# ── defaults ──────────────────────────────────────────────────────────────────────────────────────


def test_a_default_fills_what_was_left_out():
    assert Plant().name == "moss"
    with pytest.raises(DuplicateError):
        Plant()


def test_a_default_factory_is_called_once_for_each_row_that_needs_it():
    calls = []

    def count() -> int:
        calls.append(1)
        return len(calls)

    class Ticket(Model):
        number: int = field(default_factory=count)
        name: str = ""

    assert [Ticket().number, Ticket().number] == [1, 2]
    assert Ticket(9).number == 9
    assert Ticket(number=8, name="x").number == 8
    assert len(calls) == 2


def test_a_default_factory_may_use_the_store():
    class Queued(Model):
        place: int = field(default_factory=lambda: len(Queued.all()) + 1)

    assert [Queued().place for _ in range(3)] == [1, 2, 3]


def test_a_default_factory_that_raises_makes_no_row():
    def fail() -> int:
        raise ZeroDivisionError

    class Fragile(Model):
        number: int = field(default_factory=fail)

    with pytest.raises(ZeroDivisionError):
        Fragile()
    assert Fragile.all() == []


def test_fields_are_keyword_or_positional_in_the_order_of_the_body():
    garden, plant = Garden("G"), Plant("fern")
    first, second = Bed(garden, plant), Bed(plant=plant, garden=garden)
    third = Bed(garden, plant, first, second)
    assert (third.beside, third.after, third.under) == (first, second, None)
    assert garden.beds == [first, second, third]
