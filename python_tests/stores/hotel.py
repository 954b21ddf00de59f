"""Guests who stay in rooms."""

from datetime import datetime

from hasmany import Many, Model, belongs_to, field, has_many


class Room(Model):
    name: str
    stays: Many["Stay"] = has_many()
    guests: Many["Guest"] = has_many(through="stays")


class Guest(Model):
    name: str
    stays: Many["Stay"] = has_many()


class Stay(Model):
    room: Room
    guest: Guest = belongs_to(on_delete="cascade")
    note: str = ""
    since: datetime | None = None
    code: int | None = field(default=None, unique=True)
