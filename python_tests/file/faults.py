"""Lets every write to a store's file fail in turn, or the process die in it, and looks at what is left.

    LD_PRELOAD=faults.so python -m python_tests.file.faults FOLDER WHAT [ERROR]

`faults.c` says how. What is done is a list of steps, each one call or one transaction. For n = 1, 2, 3 ... they are
done with the n-th write failing, until there are fewer writes than that.
"""

import ctypes
import errno
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from hasmany import Like, Model, Store, Tweet, User

from ..torture.workload import Account, Entry, prepare, state
from .files import assert_sound, beside, digest

shim = ctypes.CDLL(None)
for name in ("calls", "syncs", "failed"):
    getattr(shim, f"faults_{name}").restype = ctypes.c_long

DIE, DIE_HALF_WAY = -1, -2
LASTING = (errno.ENOSPC,)  # a disk that is full stays full


@contextmanager
def fault(folder: Path, n: int, error: int) -> Iterator[None]:
    """Within it the n-th write to a file in the folder fails."""
    shim.faults_arm(os.fsencode(folder), ctypes.c_long(n), error, error in LASTING)
    try:
        yield
    finally:
        shim.faults_disarm()


def reached() -> bool:
    """Whether a write failed since the last fault was set."""
    return bool(shim.faults_failed())


# ── the steps ─────────────────────────────────────────────────────────────────────────────────────


def several() -> None:
    """A transaction of creates, sets, deletes and a swap of unique values."""
    one, other = Account.all()[:2]
    with Store.current().transaction():
        User("in a transaction").like_tweet(Tweet.all()[0])
        one.name, other.name, one.name = "between", one.name, other.name
        one.entries.create(1, "x" * 9000)
        User.find(2).delete()
        with suppress(ZeroDivisionError), Store.current().transaction():
            Account("undone")
            raise ZeroDivisionError


def undone() -> None:
    with suppress(ZeroDivisionError), Store.current().transaction():
        User("undone")
        Account.all()[0].balance = 7
        raise ZeroDivisionError


CALLS: list[Callable[[], Any]] = [
    lambda: User("alice"),
    lambda: Tweet("hi", User.all()[0]),
    lambda: User.all()[-1].like_tweet(Tweet.all()[0]),
    lambda: Tweet.all()[0].update(message="changed", user=User.all()[-1]),
    undone,
    several,
    lambda: User.all()[0].delete(),
]
BULK: list[Callable[[], Any]] = [
    lambda: Entry.insert_all(account=[1, 2] * 520, number=[n // 2 for n in range(1040)]),
    lambda: Entry.all()[5:].delete_all(),
]


class Wider(Model, table="accounts"):
    """What the next version of a program makes of accounts."""

    name: str
    balance: int | None = 0
    remark: str = "none"


SCHEMA: list[Callable[[], Any]] = [lambda: Wider("wide", remark="new"), lambda: Wider.all()[0].update(remark="set")]
STEPS = {"calls": CALLS, "bulk": BULK, "schema": SCHEMA}


# ── looking ───────────────────────────────────────────────────────────────────────────────────────


def look(kind: str) -> list[Any]:
    """What is in the current store. Where the schema is what changes, accounts are not looked at as what they were."""
    if kind == "schema":
        return [User.all().values("username"), Tweet.all().values("message")]
    return state()


def look_at(path: Path, kind: str) -> list[Any]:
    """What is in a file."""
    with Store(path) as store:
        store.check()
        seen = look(kind)
    assert os.listdir(path.parent) == [path.name], os.listdir(path.parent)
    assert_sound(path)
    return seen


def after_a_crash(path: Path, folder: Path, kind: str) -> list[Any]:
    """What the file would hold if the process ended now: in a copy."""
    folder.mkdir()
    for name in (path.name, *(name for name in beside(path) if name.endswith(("-wal", "-journal")))):
        shutil.copy(path.with_name(name), folder)
    return look_at(folder / path.name, kind)


class Walk:
    """A folder for each n, and in it a copy of one file to begin with."""

    def __init__(self, root: Path, kind: str, error: int) -> None:
        self.root, self.kind, self.error = root, kind, error
        self.base = root / "base" / "work.db"
        self.base.parent.mkdir()
        with Store(self.base):
            prepare()

    def fresh(self, n: int) -> Path:
        path = self.root / f"{n}" / "work.db"
        path.parent.mkdir()
        shutil.copy(self.base, path)
        return path

    def done_with(self, path: Path) -> None:
        shutil.rmtree(path.parent)

    # each of these does it once, and gives whether the fault was reached

    def writing(self, n: int, **options: Any) -> bool:
        """A write that fails changes neither memory nor the file; the next one goes on."""
        path = self.fresh(n)
        with Store(path, **options) as store:
            look(self.kind)  # classes are looked up in the file when they are first used
            with fault(path.parent, n, self.error):
                for step in STEPS[self.kind]:
                    before = look(self.kind)
                    try:
                        step()
                    except OSError as error:
                        assert reached(), error
                        assert look(self.kind) == before
            failed = reached()
            store.check()
            assert after_a_crash(path, path.parent / "crash", self.kind) == look(self.kind)
            shutil.rmtree(path.parent / "crash")
            User("there is space again").post_tweet("x")
            store.check()
            expected = look(self.kind)
        assert look_at(path, self.kind) == expected
        self.done_with(path)
        return failed

    def closing(self, n: int) -> bool:
        """Whatever closing comes to, the file holds everything and can be opened again."""
        path = self.fresh(n)
        with Store(path) as store:
            for step in CALLS:
                step()
            expected = look(self.kind)
            with fault(path.parent, n, self.error), suppress(OSError):
                store.close()
            failed = reached()
        assert look_at(path, self.kind) == expected
        self.done_with(path)
        return failed

    def opening(self, n: int) -> bool:
        """A file that could not be opened is what it was, and opens once it can be."""
        path = self.fresh(n)
        before = digest(path)
        with fault(path.parent, n, self.error):
            try:
                store = Store(path)
            except OSError as error:
                assert reached(), error
                assert digest(path) == before
                assert f"{path.name}-lock" not in beside(path)
            else:
                with suppress(OSError):
                    store.close()
            failed = reached()
        assert len(look_at(path, self.kind)[0]) == 4
        self.done_with(path)
        return failed

    def creating(self, n: int) -> bool:
        """A file that could not be made is not there, or can be opened once there is space."""
        path = self.fresh(n)
        path.unlink()
        with fault(path.parent, n, self.error):
            try:
                store = Store(path)
            except OSError as error:
                assert reached(), error
                left = os.listdir(path.parent)  # SQLite's own files may be: the next opening tidies up
                assert not {f"{path.name}-lock", f"{path.name}-new"} & set(left), left
            else:
                with suppress(OSError):
                    store.close()
            failed = reached()
        assert look_at(path, self.kind) == [[]] * 5
        self.done_with(path)
        return failed

    def saving(self, n: int) -> bool:
        """A copy that could not be made is not there, and the store goes on."""
        path = self.fresh(n)
        copy = path.parent / "copies" / "copy.db"
        copy.parent.mkdir()
        with Store(path) as store:
            with fault(copy.parent, n, self.error):
                try:
                    store.save(copy)
                except OSError as error:
                    assert reached(), error
                    assert os.listdir(copy.parent) == []
                failed = reached()
            User("goes on")
            if not copy.exists():
                store.save(copy)
                assert len(look_at(copy, self.kind)[0]) == 5
            else:
                assert len(look_at(copy, self.kind)[0]) == 4
        self.done_with(copy)
        assert len(look_at(path, self.kind)[0]) == 5
        self.done_with(path)
        return failed

    def dying(self, n: int) -> bool:
        """A process that dies in a write leaves what it had said was done, or that and the step it died in."""
        path = self.fresh(n)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                with fault(path.parent, n, self.error), Store(path):
                    for step in STEPS[self.kind]:
                        step()
                        os.write(writing, b".")
                status = 0
            except BaseException:  # noqa: BLE001 - told to the parent by the status
                traceback.print_exc()
            os._exit(status)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            done = len(pipe.read())
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or status == 0
        assert look_at(path, self.kind) in self.expected()[done : done + 2], f"after {done} steps"
        self.done_with(path)
        return status != 0

    def expected(self) -> list[list[Any]]:
        """What each of the steps leaves; the last one stands twice."""
        if not hasattr(self, "states"):
            path = self.fresh(0)
            with Store(path):
                self.states = [look(self.kind)]
                for step in STEPS[self.kind]:
                    step()
                    self.states.append(look(self.kind))
            self.done_with(path)
        return self.states


def main(folder: Path, what: str, kind: str, error: str) -> None:
    number = {"die": DIE, "die half-way": DIE_HALF_WAY}.get(error) or getattr(errno, error)
    walk = Walk(folder, kind, number)
    for n in count(1):
        try:
            if not getattr(walk, what)(n):
                break
        except BaseException:
            print(f"{what} {kind}, {error} in write {n}", file=sys.stderr)
            raise
    print(n - 1)


def syncs(folder: Path, durability: str) -> None:
    """Prints how often files were synced for ten calls."""
    with Store(folder / "work.db", durability=durability) as store:
        prepare()
        with fault(folder, 0, 0):
            for n in range(10):
                User(f"{n}")
            print(shim.faults_syncs(), shim.faults_calls())
        store.check()
        assert Like.all() == []


if __name__ == "__main__":
    if sys.argv[2] == "syncs":
        syncs(Path(sys.argv[1]), sys.argv[3])
    else:
        main(Path(sys.argv[1]), *sys.argv[2:])
