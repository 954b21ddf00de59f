"""Models whose annotations are text, in a module of their own."""
# ruff: noqa: UP007, UP045 - Optional and Union are among what is declared here

from __future__ import annotations

import datetime
import datetime as dt
from datetime import datetime as When
from typing import Optional, Union

from hasmany import Many, Model, Tweet, User, belongs_to, field, has_many


class Ship(Model):
    name: str = field(unique=True)
    length: float | None = None
    built: dt.date | None = None
    seen: datetime.datetime | None = None
    left: When | None = None
    captain: Optional[Sailor] = belongs_to(on_delete="nullify", default=None)
    mate: Union[Sailor, None] = belongs_to(on_delete="nullify", default=None)
    voyages: Many[Voyage] = has_many()
    ports: Many[Port] = has_many(through="voyages")
    previous: Ship | None = belongs_to(default=None)


class Port(Model):
    name: str
    voyages: Many[Voyage] = has_many()
    ships: Many[Ship] = has_many(through="voyages")


class Voyage(Model, unique=("ship", "port")):
    ship: Ship = belongs_to(on_delete="cascade")
    port: Port


class Sailor(Model):
    name: str
    commands: Many[Ship] = has_many(by="captain")
    serves: Many[Ship] = has_many(by="mate")


class Pinned(Model):
    user: User
    tweet: Tweet


def declared_in_a_function() -> tuple[type[Model], type[Model]]:
    """A model that refers to an alias among the function's names, and one that is declared after it."""
    Vessel = Ship

    class Deck(Model):
        number: int
        vessel: Vessel
        cabins: Many[Cabin] = has_many()

    class Cabin(Model):
        deck: Deck

    return Deck, Cabin
