"""Books on shelves, with a field of every type, and what a table of a collection should hold."""

from datetime import UTC, date, datetime
from typing import Any

from hasmany import Like, Many, Model, Tweet, User, belongs_to, has_many

from ..libraries import pyarrow

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Shelf(Model):
    name: str
    books: Many["Book"] = has_many()


class Book(Model):
    """A field of every type, and references, in no order of types."""

    title: str
    shelf: Shelf | None = belongs_to(default=None)
    pages: int = 0
    price: float = 0.0
    lent: bool = False
    cover: bytes = b""
    added: datetime = NOON
    printed: date = date(2024, 5, 1)
    sequel_to: "Book | None" = belongs_to(default=None)
    sequels: Many["Book"] = has_many(by="sequel_to")


class Maybe(Model):
    """A field of every type that may be none."""

    whole: int | None = None
    real: float | None = None
    flag: bool | None = None
    text: str | None = None
    raw: bytes | None = None
    at: datetime | None = None
    day: date | None = None
    shelf: Shelf | None = belongs_to(default=None)


FIELDS = ["title", "shelf", "pages", "price", "lent", "cover", "added", "printed", "sequel_to"]


def table(many: Any) -> Any:
    return pyarrow().table(many)


def rows(many: Any) -> list[dict[str, Any]]:
    """What a collection's table should hold, read record by record."""
    return [
        {"id": record.id, **{name: plain(getattr(record, name)) for name in fields_of(type(record))}} for record in many
    ]


def fields_of(model: type) -> list[str]:
    names = {User: ["username"], Tweet: ["message", "user"], Like: ["user", "tweet"], Shelf: ["name"], Book: FIELDS}
    return names[model]


def plain(value: Any) -> Any:
    return getattr(value, "id", value)
