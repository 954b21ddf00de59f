"""A file that is deleted, moved or replaced while it is open: the store says so. One writer a file, whatever its name."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hasmany import CorruptStoreError, Model, Store, User

from .elsewhere import close_there, create_user_there, open_there
from .files import Raised, beside, names, raw, rows


class Note(Model):
    text: str


def delete(path: Path) -> None:
    path.unlink()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.db"))


def replace(path: Path) -> None:
    other = path.with_name("other.db")
    with raw(other) as connection:
        connection.execute("create table theirs (a)")
    os.replace(other, path)


def replace_by_a_copy(path: Path) -> None:
    shutil.copy(path, path.with_name("other.db"))
    os.replace(path.with_name("other.db"), path)


def move_the_folder(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


WAYS = [delete, move, replace, replace_by_a_copy, move_the_folder]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def away(request):
    return request.param


@pytest.fixture
def path(tmp_path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "likes.db"


def test_the_next_commit_says_so_and_changes_nothing(path, away):
    store = Store(path)
    with pytest.raises(CorruptStoreError, match=r"likes\.db"), store:  # closing it says so, too
        alice = User("alice")
        away(path)
        for write in (
            lambda: User("bob"),
            lambda: setattr(alice, "username", "x"),
            alice.delete,
            lambda: User.insert_all(username=["x", "y"]),
            lambda: Note("a new table"),
        ):
            with pytest.raises(CorruptStoreError, match=r"likes\.db"):
                write()
        with pytest.raises(CorruptStoreError, match=r"likes\.db"), store.transaction():
            User("bob")
        assert names() == ["alice"]


def test_check_says_so(path, away):
    store = Store(path)
    with pytest.raises(CorruptStoreError), store:
        User("alice")
        away(path)
        with pytest.raises(CorruptStoreError, match=r"likes\.db"):
            store.check()


def test_closing_says_so_and_closes(path, away):
    with Store(path):
        User("alice")
    again = Store(path)
    away(path)
    with pytest.raises(CorruptStoreError, match=r"likes\.db"):
        again.close()
    again.close()


def test_what_was_committed_can_be_saved_elsewhere(path, away, tmp_path):
    store = Store(path)
    with pytest.raises(CorruptStoreError), store:
        User("alice")
        away(path)
        store.save(tmp_path / "saved.db")
    assert rows(tmp_path / "saved.db", "select username from users") == [("alice",)]


def test_a_moved_file_holds_everything_once_it_is_closed(path):
    with pytest.raises(CorruptStoreError), Store(path):
        User("alice")
        move(path)
    assert os.listdir(path.parent) == ["moved.db"]
    with Store(path.with_name("moved.db")) as store:
        assert names() == ["alice"]
        store.check()


def test_a_file_that_is_put_back_is_as_it_was(path):
    with Store(path) as store:
        User("alice")
        move(path)
        with pytest.raises(CorruptStoreError):
            User("bob")
        path.with_name("moved.db").rename(path)
        User("carol")
        store.check()
    assert rows(path, "select username from users") == [("alice",), ("carol",)]
    assert beside(path) == []


def test_a_store_can_be_made_anew_where_one_was_deleted(path):
    with pytest.raises(CorruptStoreError), Store(path):
        User("alice")
        delete(path)
    assert os.listdir(path.parent) == []
    with Store(path):
        User("new")
    assert rows(path, "select username from users") == [("new",)]


def test_the_log_of_the_file_that_is_there_now_stays(path):
    with pytest.raises(CorruptStoreError), Store(path):
        User("alice")
        for name in [path.name, *beside(path)]:
            path.with_name(name).unlink()
        for suffix in ("", "-wal", "-shm", "-lock"):
            path.with_name(path.name + suffix).write_text("theirs")
    assert {path.with_name(name).read_text() for name in os.listdir(path.parent)} == {"theirs"}
    assert len(os.listdir(path.parent)) == 4


def test_a_reader_says_so_when_it_reads_on(path, away):
    with Store(path):
        User("alice")
    with Store(path, read_only=True) as store:
        away(path)
        with pytest.raises(CorruptStoreError, match=r"likes\.db"):
            store.refresh()
        with pytest.raises(CorruptStoreError, match=r"likes\.db"):
            store.check()
        assert names() == ["alice"]


# ── the exception of a block ──────────────────────────────────────────────────────────────────────


def test_a_close_that_fails_does_not_hide_the_exception_of_the_block(path):
    with pytest.raises(ZeroDivisionError) as caught, Store(path) as store:
        User("alice")
        delete(path)
        raise ZeroDivisionError
    assert any("likes.db" in note for note in caught.value.__notes__)
    with pytest.raises(RuntimeError), store:
        pass


# ── one writer a file ─────────────────────────────────────────────────────────────────────────────


def link(path: Path) -> Path:
    other = path.with_name("second.db")
    os.link(path, other)
    return other


def moved(path: Path) -> Path:
    move(path)
    return path.with_name("moved.db")


def unlocked(path: Path) -> Path:
    path.with_name("likes.db-lock").unlink()
    return path


@pytest.mark.parametrize("way", [link, moved, unlocked], ids=lambda way: way.__name__)
def test_a_file_has_one_writer_whatever_its_name(path, other, way):
    store = Store(path)
    with suppress(CorruptStoreError), store:
        User("alice")
        name = way(path)
        before = sorted(os.listdir(path.parent))
        with pytest.raises(Raised, match="StoreLockedError"):
            other(open_there, name)
        assert sorted(os.listdir(path.parent)) == before
    other(open_there, name)
    other(create_user_there, "bob")
    other(close_there)
    assert rows(name, "select username from users") == [("alice",), ("bob",)]


def test_a_program_that_reads_the_file_does_not_take_the_lock_away(path, other):
    with Store(path):
        User("alice")
        path.with_name("likes.db-lock").unlink()
        assert rows(path, "select username from users") == [("alice",)]
        path.read_bytes()
        with pytest.raises(Raised, match="StoreLockedError"):
            other(open_there, path)
