"""Executors, workers and engines that die while they are asked."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hasmany import FieldError, Store, Tweet, User, col
from hasmany.lake import Lake

from .. import servers
from ..conftest import WHY_NOT
from .likes import MODELS, SIZE, filled, rows

pytest.importorskip(
    "pyspark", reason="the client of Spark Connect is not installed; .ci/cluster makes an environment that has it"
)

SOON = 90
"""Seconds in which an error is there, on a machine that is busy."""


@pytest.fixture(scope="module")
def likes(tmp_path_factory) -> Iterator[tuple[Store, Any]]:
    place = tmp_path_factory.mktemp("cluster") / "likes"
    store = Store()
    filled(store, place)
    yield store, place


def questions(store: Store) -> dict[str, tuple[Callable[[Lake], Any], Any]]:
    """What is asked of a lake, and what memory says."""
    some = col("id") <= SIZE.asked
    with store:
        top = [(scored.record.id, scored.score) for scored in Tweet.all().top(20, by="likers")]
        recommended = rows(User.where(some).recommend("liked_tweets", 10))
        similar = rows(User.all().similar("liked_tweets", 10))
    return {
        "top": (lambda lake: [(row["id"], row["score"]) for row in lake[Tweet].top(20, by="likers").to_dicts()], top),
        "recommend": (
            lambda lake: rows(lake[User].where(some).recommend("liked_tweets", 10, way="tasks")),
            recommended,
        ),
        "similar": (lambda lake: rows(lake[User].similar("liked_tweets", 10, way="tasks")), similar),
    }


def started(name: str) -> Any:
    if (why := WHY_NOT[name]()) is not None:
        pytest.skip(why)
    return getattr(servers, name)()


def test_rankings_are_those_of_memory(likes, engine):
    if engine == "duckdb":
        pytest.skip("DuckDB has no tasks")
    store, place = likes
    with Lake(place, models=MODELS, engine=engine) as lake:
        for name, (ask, wanted) in questions(store).items():
            assert ask(lake) == wanted, name
        assert lake[User].similar("liked_tweets", 10).cost().way == "tasks"


def test_links_that_are_chosen_and_weighed_are_those_of_memory(likes, engine):
    if engine == "duckdb":
        pytest.skip("DuckDB has no tasks")
    store, place = likes
    some = col("id") <= 5
    how: dict[str, Any] = {"where": col("id") > 100, "weight": col("id") * 0.001 + 1}
    with store:
        wanted = rows(User.where(some).recommend("liked_tweets", 10, **how))
        alike = rows(User.where(some).similar("liked_tweets", 10, measure="jaccard", **how))
        best = [(scored.record.id, scored.score) for scored in Tweet.all().top(20, by="likers", **how)]
    with Lake(place, models=MODELS, engine=engine) as lake:
        for way in ("tasks", "sql"):
            found = rows(lake[User].where(some).recommend("liked_tweets", 10, way=way, **how))
            assert [row[:3] for row in found] == [row[:3] for row in wanted], way
            assert [row[3] for row in found] == pytest.approx([row[3] for row in wanted], rel=1e-12), way
            found = rows(lake[User].where(some).similar("liked_tweets", 10, measure="jaccard", way=way, **how))
            assert [row[:3] for row in found] == [row[:3] for row in alike], way
        table = lake[Tweet].top(20, by="likers", **how).to_dicts()
        assert [row["id"] for row in table] == [tweet for tweet, _ in best]
        assert [row["score"] for row in table] == pytest.approx([score for _, score in best], rel=1e-12)
        with pytest.raises(FieldError, match="a weight is a number above 0"):
            lake[User].similar("liked_tweets", weight=col("id") - 1).to_dicts()


def test_an_executor_and_then_a_worker_die(likes):
    store, place = likes
    wanted = questions(store)
    with (
        started("spark") as server,
        Lake(place, models=MODELS, engine=server.url) as lake,
        ThreadPoolExecutor() as pool,
    ):
        assert wanted["top"][0](lake) == wanted["top"][1]
        for name, kill in (("similar", _an_executor), ("recommend", _an_executor), ("similar", _a_worker)):
            ask, expected = wanted[name]
            answer = pool.submit(ask, lake)
            time.sleep(1)
            assert not answer.done()
            kill(server)
            assert answer.result() == expected, name
        assert wanted["top"][0](lake) == wanted["top"][1]


def _an_executor(server: servers.Server) -> None:
    found = [process for worker in ("worker0", "worker1") for process in servers.executors(server, worker)]
    assert found, server.said("worker0")
    os.kill(found[0], signal.SIGKILL)


def _a_worker(server: servers.Server) -> None:
    server.kill("worker0")


def test_an_engine_that_is_not_there(likes):
    _, place = likes
    begun = time.monotonic()
    with pytest.raises(ConnectionError, match=r"no engine answers at sc://127.0.0.1:[0-9]+: .*is it started"):
        Lake(place, models=MODELS, engine=f"sc://127.0.0.1:{servers.free_port()}/;token=secret")
    assert time.monotonic() - begun < SOON


def test_an_engine_that_goes_away_gives_no_part_of_an_answer(likes):
    _, place = likes
    with started("sail") as server, Lake(place, models=MODELS, engine=server.url) as lake, ThreadPoolExecutor() as pool:
        assert len(lake[User]) == SIZE.users
        # Longer than it lives.
        likers = lake[Tweet].expr.select(a="id").cross_join(lake[User].expr.select(b="id"))
        long = likers.cross_join(lake[User].expr.select(c="id")).cross_join(lake[Tweet].expr.select(d="id"))
        answer = pool.submit(lake._opened.run, long.aggregate(n=(long["a"] * long["b"] + long["c"] * long["d"]).max()))
        time.sleep(1)
        assert not answer.done()
        begun = time.monotonic()
        server.kill("sail")
        with pytest.raises(ConnectionError, match="there is no answer"):
            answer.result()
        with pytest.raises(ConnectionError):
            len(lake[User])
        assert time.monotonic() - begun < SOON
