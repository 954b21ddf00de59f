"""A small world of every model, all that can be read of it, and what a refusal leaves as it was."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from datetime import UTC, date, datetime
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from hasmany import Like, Many, Model, Store, Tweet, User, belongs_to, field, has_many

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NAIVE = datetime(2024, 5, 1, 12)
DAY = date(2024, 5, 1)


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    reason: str | None = None
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Reading(Model):
    """A field of every type."""

    count: int = 0
    level: float = 0.0
    valid: bool = False
    label: str = ""
    raw: bytes = b""
    at: datetime = NOON
    day: date = DAY
    note: str | None = None


def dump() -> list[Any]:
    """Every row with its fields, and every collection of every row: the relationships from both ends."""
    readings = ("count", "level", "valid", "label", "raw", "at", "day", "note")
    return [
        [(u.id, u.username, list(u.tweets), list(u.likes), list(u.liked_tweets)) for u in User.all()],
        [(t.id, t.message, t.user, t.username, list(t.likes), list(t.likers)) for t in Tweet.all()],
        [(x.id, x.user, x.tweet) for x in Like.all()],
        [(d.id, d.name, list(d.patients)) for d in Doctor.all()],
        [list(Appointment.where(doctor=d)) for d in Doctor.all()],
        [list(Appointment.where(referrer=d)) for d in Doctor.all()],
        [(p.id, p.name, list(p.appointments), list(p.doctors)) for p in Patient.all()],
        [(a.id, a.doctor, a.patient, a.at, a.reason, a.referrer) for a in Appointment.all()],
        [(r.id, *(getattr(r, name) for name in readings)) for r in Reading.all()],
        [Patient.find_by(name=name) for name in ("Ann", "Ben", "Cid", "Dead", "New")],
        [Like.find_by(user=u, tweet=t) for u in User.all() for t in Tweet.all()],
    ]


@contextmanager
def refused(error: type[BaseException], *words: str) -> Iterator[None]:
    """The block raises this error, what Python prints of it has these words, and the store is as before."""
    before = dump()
    with pytest.raises(error) as caught:
        yield
    with redirect_stderr(StringIO()) as shown:
        sys.__excepthook__(caught.type, caught.value, None)
    for word in words:
        assert word in shown.getvalue()
    assert dump() == before
    Store.current().check()


def case(name: str, use: Callable[[SimpleNamespace], Any], *words: str) -> Any:
    return pytest.param(use, words, id=name)
