"""Files of others that have names beside a store's are neither deleted nor written over."""

import os
import signal
import stat
import time
import traceback
from contextlib import suppress
from pathlib import Path

import pytest
from hasmany import CorruptStoreError, Store, User

from .files import beside, killed_after, names, raw, rows
from .test_one_writer import abandoned_journal

SUFFIXES = ["-new", "-journal", "-wal", "-shm", "-lock"]
CONTENTS = {"text": b"important", "short": b"x", "nothing": b"", "database": b"SQLite format 3\0" + bytes(84)}


@pytest.fixture(params=SUFFIXES)
def suffix(request) -> str:
    return request.param


@pytest.fixture(params=CONTENTS)
def theirs(request, path, suffix) -> Path:
    """Somebody else's file beside the store's."""
    file = path.with_name(path.name + suffix)
    file.write_bytes(CONTENTS[request.param])
    return file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_making_a_file_leaves_those_of_others_as_they_are(path, theirs):
    before = theirs.read_bytes()
    with suppress(OSError), Store(path):
        User("alice")
    assert theirs.read_bytes() == before
    assert set(os.listdir(path.parent)) - {path.name} == {theirs.name}


def test_saving_leaves_the_files_of_others_as_they_are(store, path, theirs):
    before = theirs.read_bytes()
    User("alice")
    with suppress(OSError):
        store.save(path)
    assert theirs.read_bytes() == before
    assert set(os.listdir(path.parent)) - {path.name} == {theirs.name}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("content", ["text", "short", "database"])
def test_opening_leaves_the_files_of_others_as_they_are(path, suffix, content, read_only):
    with Store(path):
        User("alice")
    theirs = path.with_name(path.name + suffix)
    theirs.write_bytes(CONTENTS[content])
    with suppress(OSError), Store(path, read_only=read_only):
        assert names() == ["alice"]
    assert theirs.read_bytes() == CONTENTS[content]
    theirs.unlink()
    with Store(path):
        assert names() == ["alice"]


def test_a_log_that_is_none_is_named(path):
    with Store(path):
        User("alice")
    theirs = path.with_name("likes.db-journal")
    theirs.write_text("important")
    with pytest.raises(CorruptStoreError, match=r"likes\.db-journal"):
        Store(path)


@pytest.mark.parametrize("link", [False, True])
def test_what_is_no_file_is_no_log_and_no_lock(path, suffix, link):
    with Store(path):
        User("alice")
    there = path.with_name(path.name + suffix)
    (path.parent / "precious").write_text("precious")
    there.symlink_to("precious") if link else os.mkfifo(there)
    with suppress(OSError), Store(path):
        User("bob")
    assert there.is_symlink() if link else there.is_fifo()
    assert (path.parent / "precious").read_text() == "precious"


def test_a_store_that_has_the_name_of_an_unfinished_one_stays(store, path):
    User("important")
    store.save(path.with_name("z.db-new"))
    store.save(path.with_name("z.db"))
    with Store(path.with_name("z.db-new")):
        assert names() == ["important"]


def test_the_log_of_a_database_that_is_away_is_not_lost(path):
    """Whoever moves likes.db away and not what lies beside it can put it back."""

    def work() -> None:
        Store(path).__enter__()
        User("old")

    killed_after(work)
    away = path.rename(path.with_name("away.db"))
    with pytest.raises(FileExistsError, match=r"likes\.db-(shm|wal)"):
        Store(path)
    with Store() as other, pytest.raises(FileExistsError, match=r"likes\.db-(shm|wal)"):
        other.save(path)
    away.rename(path)
    with Store(path):
        assert names() == ["old"]
    assert beside(path) == []


def test_a_rollback_journal_of_a_database_that_is_away_is_not_lost(path):
    abandoned_journal(path)
    before = path.with_name("likes.db-journal").read_bytes()
    path.unlink()
    with pytest.raises(FileExistsError, match=r"likes\.db-journal"):
        Store(path)
    assert path.with_name("likes.db-journal").read_bytes() == before
    assert os.listdir(path.parent) == ["likes.db-journal"]


# ── what a process leaves that is killed ──────────────────────────────────────────────────────────


def killed_while_saving(path: Path) -> list[str]:
    """What lies beside the copy then."""
    child = os.fork()
    if child == 0:
        try:
            with Store() as store:
                User.insert_all(username=["x" * 50] * 300_000)
                store.save(path)
        finally:
            traceback.print_exc()
            os._exit(1)
    end = time.monotonic() + 60
    while not any("-new-" in name for name in beside(path)):
        assert time.monotonic() < end
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not path.exists()
    return beside(path)


@pytest.mark.parametrize("way", ["save", "copy", "open"])
def test_a_killed_save_leaves_nothing_that_stays(path, tmp_path, way):
    assert any("-new-" in name for name in killed_while_saving(path))
    with Store() if way == "save" else Store(path if way == "open" else tmp_path / "other.db") as store:
        User("alice")
        if way != "open":
            store.save(path)
    assert beside(path) == []
    assert rows(path, "select username from users") == [("alice",)]


@pytest.mark.parametrize("note", ["../precious", "precious", "likes.db-new-x", "likes.db-new-0123456789abcdef/../../p"])
def test_a_lock_that_names_another_file_removes_none(path, tmp_path, note):
    (tmp_path / "precious").write_text("precious")
    with Store(path):
        User("alice")
    path.with_name("likes.db-lock").write_text(f"hasmany lock\n{note}")
    with Store(path):
        User("bob")
    assert (tmp_path / "precious").read_text() == "precious"
    assert beside(path) == []


# ── who may read and write ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_new_file_has_the_mode_that_the_process_gives(path, mask):
    old = os.umask(mask)
    try:
        with Store(path) as store:
            User("alice")
            modes = {mode(path.with_name(name)) for name in os.listdir(path.parent)}
        with Store() as store:
            store.save(path.with_name("copy.db"))
    finally:
        os.umask(old)
    assert modes == {0o666 & ~mask} == {mode(path), mode(path.with_name("copy.db"))}


@pytest.mark.parametrize("bits", [0o600, 0o660, 0o666])
def test_a_copy_and_the_lock_have_the_mode_of_the_store(path, bits):
    with Store(path):
        User("alice")
    path.chmod(bits)
    copy = path.with_name("copy.db")
    with Store(path) as store:
        assert {mode(path.with_name(name)) for name in beside(path)} == {bits}
        store.save(copy)
    with Store(path, read_only=True) as store:
        store.save(path.with_name("other.db"))
    assert mode(copy) == mode(path.with_name("other.db")) == bits
    with raw(copy) as connection:
        assert connection.execute("select username from users").fetchall() == [("alice",)]
