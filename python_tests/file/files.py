"""What the tests of stores in files share."""

import hashlib
import multiprocessing
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from hasmany import Record, User

PATIENCE = 60  # seconds after which another process counts as stuck
OURS = "hasmany_"  # how the names of the package's own tables begin


def beside(path: Path) -> list[str]:
    """The files beside a store's that belong to it: a journal, an index, a lock."""
    return sorted(name for name in os.listdir(path.parent) if name.startswith(path.name) and name != path.name)


def digest(path: Path) -> str:
    """Of the bytes of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The file as Python's own SQLite sees it; what is written is committed at the end."""
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection, connection:
        yield connection


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What Python's own SQLite reads."""
    with raw(path) as connection:
        return connection.execute(sql).fetchall()


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every model's table, oldest first."""
    with raw(path) as connection:
        names = connection.execute("select name from sqlite_schema where type = 'table' order by name").fetchall()
        models = [name for (name,) in names if not name.startswith((OURS, "sqlite_"))]
        return {name: connection.execute(f'select * from "{name}" order by id').fetchall() for name in models}


def assert_sound(path: Path) -> None:
    """SQLite finds no fault in the file."""
    with raw(path) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []


def plain(value: Any) -> Any:
    """A record as its id."""
    return value.id if isinstance(value, Record) else value


def columns(model: type[Record], *names: str) -> list[tuple[Any, ...]]:
    """The rows of a model, oldest first: the id, then these fields."""
    everything = model.all()
    values = [[plain(value) for value in everything.values(name)] for name in names]
    return list(zip(everything.ids.tolist(), *values, strict=True))


def names() -> list[str]:
    """Of the users in the current store."""
    return User.all().values("username")


def run_python(source: str, *args: object) -> subprocess.CompletedProcess[str]:
    """Runs a program in an interpreter of its own, which sees what this one imports from."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", source, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, env=environment, check=False)


def forked(work: Callable[[], Any]) -> Any:
    """What a forked child gives back (by pickling), or raises in it; whatever this process has open, it has too."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = True, work()
        except BaseException as error:  # noqa: BLE001 - what the child raises is raised in the parent
            answer = False, (type(error).__name__, str(error), traceback.format_exc())
        os.write(writing, pickle.dumps(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        sent = stream.read()
    _, status = os.waitpid(child, 0)
    assert sent, f"the child ended with status {status}"
    succeeded, answer = pickle.loads(sent)
    assert succeeded, f"in the child: {answer[2]}"
    return answer


def killed_after(work: Callable[[], Any]) -> None:
    """Runs it in a forked child, which is killed (SIGKILL) as soon as it is done."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os.kill(os.getpid(), signal.SIGKILL)
        finally:
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the child failed before it was killed"


class Other:
    """Another process, forked from this one, that calls functions of a module one after the other.

    `other(function, 1, 2)` gives back what the function does there; what it raises is a `Raised`.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def send(self, function: Callable[..., Any], *args: Any) -> None:
        self.pipe.send((function, args))

    def receive(self) -> Any:
        assert self.pipe.poll(PATIENCE), "the other process does not answer"
        error, answer = self.pipe.recv()
        if error is not None:
            raise Raised(error, answer)
        return answer

    def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        self.send(function, *args)
        return self.receive()

    def kill(self) -> None:
        """With SIGKILL."""
        self.process.kill()
        self.process.join(PATIENCE)

    def end(self) -> None:
        if self.process.is_alive():
            self.pipe.send(None)
        self.process.join(PATIENCE)
        assert not self.process.is_alive()


class Raised(Exception):
    """What was raised in another process: the name of its type, and its text."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


def serve(pipe: Any) -> None:
    """Runs in the other process until it is told to end."""
    while (call := pipe.recv()) is not None:
        function, args = call
        try:
            pipe.send((None, function(*args)))
        except BaseException as error:  # noqa: BLE001 - what this process raises is raised in the test
            pipe.send((type(error).__name__, str(error)))
