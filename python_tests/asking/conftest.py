"""A small cinema, whose every answer can be counted by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from .cinema import Country, Film, Follow, Person, Rating, Studio


@pytest.fixture
def cinema(store) -> SimpleNamespace:
    denmark, sweden = Country("DK"), Country("SE")
    zentropa, svensk = Studio("Zentropa", denmark), Studio("Svensk", sweden)
    waves = Film("Breaking the Waves", 1996, Decimal("9.50"), zentropa)
    seal = Film("The Seventh Seal", 1957, Decimal("7.25"), svensk)
    lost = Film(None, None, None, None)
    ann, ben, eve = Person("Ann", 30, 1.5, date(1990, 5, 1)), Person("Ben", None, 1.75), Person("Eve", 20)
    at = datetime(2024, 2, 29, 12, tzinfo=UTC)
    rows = [
        Rating(ann, waves, 5, 1.0, at, True),
        Rating(ben, waves, 3, 0.5, None, False),
        Rating(ann, seal, 4, None, at, None),
        Rating(ann, waves, 2, 2.0, at, True),  # again
        Rating(eve, None, None, None),
    ]
    Follow(ann, ben), Follow(ben, eve), Follow(ann, eve)
    return SimpleNamespace(
        denmark=denmark,
        zentropa=zentropa,
        waves=waves,
        seal=seal,
        lost=lost,
        ann=ann,
        ben=ben,
        eve=eve,
        ratings=rows,
        at=at,
    )
