"""The bar of a long call says how far it is of how much."""

import sqlite3
import threading
from typing import Any

import numpy as np
import pytest
from hasmany import CorruptStoreError, Like, Store, Tweet, User

from ..libraries import pandas, polars, pyarrow


@pytest.fixture
def bars(monkeypatch) -> list[Any]:
    """All that were made."""
    made: list[Any] = []

    class Bar:
        def __init__(self, total: int | None, unit: str) -> None:
            self.total, self.unit, self.done, self.is_open = total, unit, 0, True
            self.moved: list[int] = []
            made.append(self)

        def update(self, by: int) -> None:
            self.moved.append(by)
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


# ── calls that hold the store's lock, and are watched ─────────────────────────────────────────────

ROWS = 100_000
"""More than a file's table has that is read by one thread."""


@pytest.fixture(scope="module")
def users() -> Store:
    with Store() as made:
        User.insert_all(username=[f"user {at}" for at in range(ROWS)])
        Tweet.insert_all(message=["a", "b"], user=[1, 2])
        Like.insert_all(user=[1, 2, 3], tweet=[1, 1, 2])
    return made


ALL = ROWS + 5


@pytest.fixture
def path(users, tmp_path):
    users.save(tmp_path / "users.db")
    return tmp_path / "users.db"


def only(bars: list[Any]) -> tuple[int, int, str]:
    """The total, what is done and the unit of the one bar that there was, which went no way back."""
    (bar,) = bars
    assert not bar.is_open and all(by >= 0 for by in bar.moved)
    assert not [thread for thread in threading.enumerate() if thread.name == "hasmany progress"]
    return bar.total, bar.done, bar.unit


SAVED = ROWS + 2 * 2 + 3 * 3
"""Rows written, and sorted into the indexes of a file: of the authors of tweets, of pairs, and of the tweets of likes."""


def test_save_counts_rows_and_a_file_bytes(bars, users, path, tmp_path):
    users.save(tmp_path / "one.db", progress=True)
    assert only(bars) == (SAVED, SAVED, " rows")
    bars.clear()
    with Store(path) as store:
        store.save(tmp_path / "two.db", progress=True)
    total, done, unit = only(bars)
    assert total == done == pytest.approx((tmp_path / "two.db").stat().st_size, rel=0.1) and unit == "B"


def test_check_counts_a_row_as_often_as_it_is_looked_at(bars, users, path):
    users.check(progress=True)
    total, done, unit = only(bars)
    # Users; tweets, and the lists of their authors; likes, and the lists of both ends, and the pairs.
    assert total == done == ROWS + 2 * 2 + 4 * 3 and unit == " rows"
    bars.clear()
    with Store(path) as store:
        store.check(progress=True)
    assert only(bars) == (total + 2 * ALL, total + 2 * ALL, " rows")


def test_opening_counts_the_rows_that_are_read_by_all_threads(bars, path):
    with Store(path, progress=True) as store:
        assert only(bars) == (ALL, ALL, " rows")
        with Store(path, progress=True) as again:
            assert again is store and len(bars) == 1
    with Store(path, read_only=True, progress=True) as reader:
        assert len(bars) == 2 and len(reader.models()) == 3


def test_refresh_counts_where_all_is_read_again(bars, path):
    with Store(path, read_only=True) as reader:
        assert not reader.refresh(progress=True) and bars == []
        with Store(path) as writer, writer:
            User.all()[0].username = "another"
        assert reader.refresh(progress=True)
    assert only(bars) == (ALL, ALL, " rows")


def test_what_others_wrote_is_counted(bars, users, tmp_path):
    pyarrow()
    users.to_parquet(tmp_path / "export")
    Store.from_parquet(tmp_path / "export", progress=True)
    assert only(bars) == (ALL, ALL, " rows")
    bars.clear()
    with sqlite3.connect(tmp_path / "others.db") as file:
        file.execute("create table notes (id integer primary key, text)")
        file.executemany("insert into notes (text) values (?)", [("a",)] * 1000)
        file.execute("create table tags (name text primary key, note integer references notes)")
        file.execute("insert into tags values ('x', 1)")
    store = Store.from_sqlite(tmp_path / "others.db", progress=True)
    assert store.stats().rows == {"Note": 1000, "Tag": 1}
    # Each is looked at to find the types of columns, and read.
    assert only(bars) == (2002, 2002, " rows")


def test_a_bar_moves_while_its_call_holds_the_store(bars, users, tmp_path, monkeypatch):
    monkeypatch.setattr("hasmany._notebook.MOMENT", 0.001)
    users.save(tmp_path / "users.db", progress=True)
    assert len([by for by in bars[0].moved if by]) > 2 and only(bars) == (SAVED, SAVED, " rows")


def test_what_fails_closes_its_bar_and_is_what_is_raised(bars, users, path, tmp_path):
    with pytest.raises(FileExistsError):
        users.save(path, progress=True)
    assert bars == []
    with sqlite3.connect(path) as file:
        file.execute("delete from users where id = 1")
    with pytest.raises(CorruptStoreError, match="User 1 was deleted"):
        Store(path, progress=True)
    assert only(bars)[0] == ALL - 1


def test_without_it_no_thread_is_started(bars, users, path, tmp_path, monkeypatch):
    monkeypatch.setattr("hasmany._notebook.watch", lambda seen: pytest.fail("watched"))
    users.save(tmp_path / "one.db")
    users.check()
    with Store(path):
        pass
    assert bars == []
