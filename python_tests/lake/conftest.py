"""The cinema of the tests on asking, in memory and as a lake beside it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hasmany import Store

from ..asking.cinema import Country, Film, Follow, Person, Rating, Studio
from ..asking.conftest import cinema

pytest.importorskip("ibis", reason="hasmany.lake needs ibis")

__all__ = ["cinema"]

MODELS = [Country, Studio, Film, Person, Rating, Follow]


@pytest.fixture
def lake_of() -> Iterator[Callable[[Store], Any]]:
    """Makes a lake of a store's rows."""
    from hasmany.lake import Lake

    lakes: list[Lake] = []
    with TemporaryDirectory() as folder:

        def make(store: Store) -> Lake:
            place = Path(folder, str(len(lakes)))
            store.to_parquet(place)
            lakes.append(Lake(place, models=MODELS))
            return lakes[-1]

        yield make
        for lake in lakes:
            lake.close()


@pytest.fixture
def lake(cinema, store, lake_of) -> Any:
    """The small cinema as a lake."""
    return lake_of(store)
