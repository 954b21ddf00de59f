"""A model with a field of every type."""

from datetime import date, datetime

from hasmany import Model


class Sample(Model):
    """A field of every type."""

    whole: int | None
    real: float | None
    flag: bool | None
    text: str | None
    raw: bytes | None
    at: datetime | None
    day: date | None
