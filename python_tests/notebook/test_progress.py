"""The bar of a long call says how far it is of how much."""

from typing import Any

import numpy as np
import pytest
from hasmany import Like, Tweet, User

from ..libraries import pandas, polars, pyarrow


@pytest.fixture
def bars(monkeypatch) -> list[Any]:
    """All that were made."""
    made: list[Any] = []

    class Bar:
        def __init__(self, total: int | None, unit: str) -> None:
            self.total, self.unit, self.done, self.is_open = total, unit, 0, True
            made.append(self)

        def update(self, by: int) -> None:
            self.done += by

        def close(self) -> None:
            self.is_open = False

    monkeypatch.setattr("hasmany._notebook.progress", Bar)
    return made


def tables() -> list[Any]:
    columns = {"message": ["a", "b", "c"], "user": [1, 1, 1]}
    rows = [{"message": "a", "user": 1}, {"message": "b", "user": 1}, {"message": "c", "user": 1}]
    return [
        columns,
        rows,
        pandas().DataFrame(columns),
        polars().DataFrame(columns),
        pyarrow().table(columns),
        {"message": ("a", "b", "c"), "user": np.array([1, 1, 1])},
    ]


def test_insert_all_knows_its_total(bars):
    ann = User("ann")
    for table in tables():
        Tweet.insert_all(table, progress=True)
        bar = bars.pop()
        assert (bar.total, bar.done, bar.unit, bar.is_open) == (6, 6, " values", False)
    tweets = Tweet.insert_all(message=["a", "b"], user=ann, progress=True)
    assert (bars[-1].total, bars[-1].done) == (3, 3)
    Like.insert_all(user=ann, tweet=tweets, progress=True)
    assert (bars[-1].total, bars[-1].done) == (3, 3)


def test_what_is_not_known_before_has_no_total(bars):
    ann = User("ann")
    Tweet.insert_all(message=(text for text in "abc"), user=ann, progress=True)
    Tweet.insert_all(pyarrow().table({"message": ["a"], "user": [1]}).to_reader(), progress=True)
    assert [(bar.total, bar.done) for bar in bars] == [(None, 4), (None, 2)]


def test_without_it_there_is_no_bar(bars):
    User.insert_all(username=["a", "b"])
    assert bars == []
