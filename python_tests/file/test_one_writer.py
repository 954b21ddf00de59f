"""One process writes a file: whoever else would is refused, until the writer is gone."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hasmany import Store, StoreLockedError, User

from .elsewhere import KEPT, close_there, create_user_there, leave_a_transaction_open_there, open_there, users_there
from .files import Other, Raised, beside, forked, killed_after, rows


def test_a_second_writer_in_another_process_is_refused(path, other):
    other(open_there, path)
    with pytest.raises(StoreLockedError) as caught:
        Store(path)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, OSError)
    other(create_user_there, "alice")
    other(close_there)
    with Store(path):
        User("bob")
        with pytest.raises(Raised, match="StoreLockedError"):
            other(open_there, path)
        User("carol")
    other(open_there, path)
    assert other(users_there) == ["alice", "bob", "carol"]
    other(close_there)
    assert beside(path) == []


@pytest.mark.parametrize("way", ["link", "folder", "dots", "relative"])
def test_another_name_of_the_file_is_no_way_around_the_lock(path, tmp_path, monkeypatch, other, way):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path)
    name = {"link": tmp_path / "link.db", "folder": tmp_path / "folder" / "likes.db"}.get(way) or {
        "dots": tmp_path / "folder" / ".." / tmp_path.name / "likes.db",
        "relative": Path("likes.db"),
    }[way]
    other(open_there, path)
    with pytest.raises(StoreLockedError):
        Store(name)
    other(close_there)
    with Store(name), pytest.raises(Raised, match="StoreLockedError"):
        other(open_there, path)


def test_a_killed_writer_leaves_no_lock(path, other):
    other(open_there, path)
    other(create_user_there, "alice")
    other(leave_a_transaction_open_there, "not committed")
    other.kill()
    with Store(path) as store:
        assert users_there() == ["alice"]
        store.check()
    assert beside(path) == []


def abandoned_journal(path: Path) -> None:
    """A database of somebody else's, in the middle of a transaction."""

    def work() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("pragma cache_size = 1")
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [("x" * 900,)] * 100)
        connection.execute("begin")
        connection.execute("update t set a = 'y'")

    killed_after(work)
    assert beside(path) == ["likes.db-journal"]


def test_the_files_of_a_killed_writer_do_not_make_it_into_a_new_file(path):
    """Whoever deletes likes.db deletes what lies beside it, too, or is told so."""

    def work() -> None:
        Store(path).__enter__()
        User("old")

    killed_after(work)
    path.unlink()
    with pytest.raises(FileExistsError, match=r"likes\.db-(shm|wal)"):
        Store(path)
    for name in beside(path):
        path.with_name(name).unlink()
    with Store(path) as store:
        assert User.all() == []
        User("new")
        store.check()
    assert rows(path, "select username from users") == [("new",)]
    assert beside(path) == []


def test_the_journal_of_another_database_does_not_make_it_into_a_new_file(path):
    abandoned_journal(path)
    path.unlink()
    with pytest.raises(FileExistsError, match=r"likes\.db-journal"):
        Store(path)
    path.with_name("likes.db-journal").unlink()
    with Store(path) as store:
        User("new")
        store.check()
    assert rows(path, "select username from users") == [("new",)]
    assert beside(path) == []


def hold_and_count(path: Path, rounds: int) -> int:
    """Opens and closes the file again and again; gives how often that went well. Alone, each time."""
    held = 0
    for _ in range(rounds):
        with suppress(StoreLockedError), Store(path):
            alone = os.open(path.with_name("held"), os.O_CREAT | os.O_EXCL)
            User(f"{os.getpid()}")
            held += 1
            os.close(alone)
            path.with_name("held").unlink()
    return held


def test_processes_that_open_and_close_one_file_never_hold_it_at_once(path):
    others = [Other() for _ in range(3)]
    for process in others:
        process.send(hold_and_count, path, 25)
    held = sum(process.receive() for process in others)
    for process in others:
        process.end()
    assert held > 0  # how often depends on who is given a core
    with Store(path) as store:
        assert len(User.all()) == held
        store.check()
    assert beside(path) == []


def open_or_say(path: Path) -> str:
    try:
        open_there(path)
    except StoreLockedError:
        return "locked"
    User("first")
    return "opened"


def close_if_open() -> None:
    if KEPT:
        close_there()


def test_of_processes_that_race_to_create_a_file_one_wins(tmp_path):
    others = [Other(), Other()]
    for number in range(10):
        path = tmp_path / f"{number}.db"
        for process in others:
            process.send(open_or_say, path)
        assert sorted(process.receive() for process in others) == ["locked", "opened"]
        for process in others:
            process(close_if_open)
        assert os.listdir(tmp_path) == [path.name]
        assert rows(path, "select id, username from users") == [(1, "first")]
        path.unlink()
    for process in others:
        process.end()


def test_a_refused_opening_leaves_the_writer_and_its_files_alone(path, other):
    with Store(path):
        User("alice")
        before = beside(path)
        with pytest.raises(Raised, match="StoreLockedError"):
            other(open_there, path)
        assert beside(path) == before
        User("bob")
        assert forked(lambda: rows(path, "select count(*) from users")) == [(2,)]
