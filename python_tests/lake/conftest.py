"""The cinema of the tests on asking, in memory and as a lake beside it, on each engine that can be had here."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hasmany import Store

from ..asking.cinema import Country, Film, Follow, Person, Rating, Studio
from ..asking.conftest import cinema
from . import servers

pytest.importorskip("ibis", reason="hasmany.lake needs ibis")

__all__ = ["cinema"]

MODELS = [Country, Studio, Film, Person, Rating, Follow]
ENGINES = os.environ.get("HASMANY_ENGINES", "duckdb").split()
"""What the tests ask: "duckdb", "sail" and "spark", which they start, or addresses. `.ci/cluster` names them."""
WHY_NOT: dict[str, Callable[[], str | None]] = {
    "sail": servers.why_no_sail,
    "spark": servers.why_no_spark,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What asks for an engine is asked of each."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES, indirect=True, scope="session")


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What Lake takes as engine=."""
    if request.param == "duckdb" or "://" in request.param:
        yield request.param
        return
    if (why := WHY_NOT[request.param]()) is not None:
        pytest.skip(why)
    with getattr(servers, request.param)() as server:
        yield server.url


@pytest.fixture
def lake_of(engine: str) -> Iterator[Callable[[Store], Any]]:
    """Makes a lake of a store's rows."""
    from hasmany.lake import Lake

    lakes: list[Lake] = []
    with TemporaryDirectory() as folder:

        def make(store: Store) -> Lake:
            place = Path(folder, str(len(lakes)))
            store.to_parquet(place)
            lakes.append(Lake(place, models=MODELS, engine=engine))
            return lakes[-1]

        yield make
        for lake in lakes:
            lake.close()


@pytest.fixture
def lake(cinema, store, lake_of) -> Any:
    """The small cinema as a lake."""
    return lake_of(store)
