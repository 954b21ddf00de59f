"""Models that rows are inserted into: a clinic, and a few that are unique, copied or of themselves."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from hasmany import Many, Model, Tweet, User, belongs_to, field, has_many

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
numbering = count()


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    age: int | None = None
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments", source="doctor")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    reason: str = "check-up"
    number: int = field(default_factory=lambda: next(numbering))
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Guest(Model):
    """As User, for rows that are copied."""

    username: str


class Favourite(Model, unique=("user", "tweet")):
    """As Like, for rows that are copied."""

    user: User
    tweet: Tweet
    stars: int = 5


class Seat(Model, unique=(("hall", "number"), ("hall", "guest"))):
    hall: str
    number: int
    guest: int | None = None


class Person(Model):
    name: str
    boss: "Person | None" = belongs_to(default=None)
    staff: Many["Person"] = has_many()


def pairs(likes: Any) -> list[tuple[User, Tweet]]:
    return [(like.user, like.tweet) for like in likes]
