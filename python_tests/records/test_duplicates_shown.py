"""What a DuplicateError says: the values, as what they mean, however the row came."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hasmany import DuplicateError, Model, NotFoundError, field

numbers = count()


class Room(Model):
    name: str


class Slot(Model, unique=(("room", "day"), ("room", "at"))):
    room: Room
    day: date
    at: datetime
    code: str = field(unique=True, default_factory=lambda: str(next(numbers)))
    size: float | None = field(unique=True, default=None)
    raw: bytes | None = field(unique=True, default=None)


DAY, NOON = date(2026, 3, 1), datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOWN = [
    ({"day": DAY}, f"room, day (1, {DAY.isoformat()})"),
    ({"at": NOON}, f"room, at (1, {NOON.isoformat()})"),
    ({"at": NOON.replace(microsecond=7)}, "room, at (1, 2026-03-01T12:00:00.000007+00:00)"),
    ({"code": "it's"}, "code ('it's')"),
    ({"size": 1.5}, "size (1.5)"),
    ({"raw": b"abc"}, "raw (3 bytes)"),
]


@pytest.mark.parametrize(("same", "shown"), SHOWN)
def test_a_duplicate_error_shows_the_values(same, shown):
    room = Room("a")

    def row(number: int) -> dict[str, object]:
        return {"room": room, "day": DAY + timedelta(number), "at": NOON + timedelta(number)} | same

    slot = Slot(**row(1))
    other = Slot(Room("b"), DAY, NOON)
    message = rf"Slot 1 already has this {re.escape(shown)}$"
    for again in (
        lambda: Slot(**row(2)),
        lambda: other.update(**row(2)),
        lambda: Slot.insert_all({name: [value] for name, value in row(2).items()}),
    ):
        with pytest.raises(DuplicateError, match=message) as caught:
            again()
        assert caught.value.existing == slot


def test_a_key_that_leads_nowhere_is_shown_as_what_it_means():
    class Day(Model):
        day: date = field(unique=True)

    class Entry(Model):
        of: Day

    with pytest.raises(NotFoundError, match=r"Entry.of: no Day has day 2026-03-01"):
        Entry.insert_all({"of.day": [DAY]})
