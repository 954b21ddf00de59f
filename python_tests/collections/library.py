"""Shelves of books, and a model with a field of every type."""

from datetime import date, datetime

from hasmany import Many, Model, belongs_to, has_many


class Shelf(Model):
    name: str
    books: Many["Book"] = has_many()


class Book(Model):
    title: str
    pages: int | None = None
    shelf: Shelf | None = belongs_to(default=None)


class Sample(Model):
    """A field of every type, required and optional."""

    whole: int
    real: float
    flag: bool
    text: str
    raw: bytes
    at: datetime
    day: date
    maybe_whole: int | None = None
    maybe_real: float | None = None
    maybe_at: datetime | None = None
    maybe_day: date | None = None
