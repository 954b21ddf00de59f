"""A clinic, all that can be read of it, and what a refusal leaves as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hasmany import FieldError, Like, Many, Model, Store, Tweet, User, belongs_to, field, has_many

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NAN = float("nan")
NONE_OR_MISFIT = (FieldError, TypeError)
BAD_CALL = (ValueError, TypeError)


class Doctor(Model):
    name: str
    city: str = "Leiden"
    visits: Many["Visit"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="visits")


class Patient(Model):
    name: str = field(unique=True)
    age: int | None = None
    visits: Many["Visit"] = has_many()


class Visit(Model, unique=("doctor", "patient")):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    cost: int = 0
    note: str | None = None
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Nickname(Model):
    username: str
    short: str


def dump() -> list[Any]:
    """Every row with its fields, and every collection of every row: the relationships from both ends."""
    return [
        [(d.id, d.name, list(d.visits), list(d.patients)) for d in Doctor.all()],
        [list(Visit.where(referrer=d)) for d in Doctor.all()],
        [(p.id, p.name, p.age, list(p.visits)) for p in Patient.all()],
        [(v.id, v.doctor, v.patient, v.at, v.cost, v.note, v.referrer) for v in Visit.all()],
        [(u.id, u.username, list(u.tweets), list(u.liked_tweets)) for u in User.all()],
        [(t.id, t.message, list(t.likers)) for t in Tweet.all()],
        [(x.id, x.user, x.tweet) for x in Like.all()],
        [Patient.find_by(name=name) for name in ("Ann", "Ben", "Cid", "Dee", "Dead", "New")],
        [Visit.find_by(doctor=d, patient=p) for d in Doctor.all() for p in Patient.all()],
        {name: rows for name, rows in Store.current().stats().rows.items() if rows},
    ]


@contextmanager
def refused(error: Any, *words: str, row: int | None = None) -> Iterator[Any]:
    """The block raises this error, its message has these words and names the row, and the store is as before."""
    before, heard = dump(), []
    stop = Store.current().on_commit(heard.append)
    with pytest.raises(error, match=None if row is None else rf"\brow {row}\b") as caught:
        yield caught
    stop()
    for word in words:
        assert word in str(caught.value)
    assert dump() == before
    assert heard == []
    Store.current().check()
