"""One peer's writing, reading and opening of files, in a process of its own.

All rows go through the same likes, in the same order. After each file is closed its likes are read back, untimed, and
must be these likes. Times are of one run; durable.py lets the peers take turns and takes medians.
"""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hasmany
from peers.hasmany import Peer as InMemory
from peers.questions import reading
from peers.work import Work

from files import load

Result = tuple[str, float]  # a row; its seconds or bytes
READING = ("hit", "miss", "count", "members", "usernames")


@dataclass(frozen=True)
class Likes:
    """So many likes, and some more to come after them."""

    work: Work
    size: int

    @property
    def people(self) -> tuple[int, int]:
        users, tweets = self.work.people.tolist()
        return users, tweets

    def parts(self) -> dict[str, slice]:
        """Of the likes: the first ones, and one part after the other that comes on top of them."""
        many, single = self.size // 10, self.size // 50
        found, start = {"bulk": slice(0, self.size)}, self.size
        for name, length in (("like", single), ("loop_more", many), ("batch_more", many), ("full", single // 40)):
            found[name] = slice(start, start := start + length)
        found["less"] = slice(start, start + single)
        return found | {"first": slice(0, single), "loop": slice(0, many), "batch": slice(0, many)}


def size_of_all(size: int) -> int:
    """How many likes there must be."""
    return size + 2 * (size // 10) + 3 * (size // 50)


class Run:
    """One peer's files."""

    def __init__(self, name: str, likes: Likes, directory: Path) -> None:
        self.make, self.likes, self.directory = load(name), likes, directory
        # What cannot lose the last moments with the machine writes many likes like that, too.
        self.usual = "normal" if "normal" in self.make.durabilities else "full"
        self.peer: Any = None

    def begin(self, name: str) -> Path:
        path = self.directory / name
        self.make.create(path, *self.likes.people)
        self.peer = self.make(path, self.usual)
        return path

    def write(self, row: str, method: str) -> Iterator[Result]:
        """Seconds a like of a part of the likes."""
        part = self.likes.parts()[row]
        users, tweets = self.likes.work.users[part], self.likes.work.tweets[part]
        if not hasattr(self.peer, method):
            return
        sides: tuple[Any, ...] = (users, tweets)
        if method in ("like", "loop"):
            sides = [self.peer.users[id] for id in users.tolist()], [self.peer.tweets[id] for id in tweets.tolist()]
        yield row, clock(getattr(self.peer, method), *sides) / len(users)

    def end(self, path: Path, *parts: str) -> float:
        """The seconds of closing; then the file must hold these parts."""
        seconds = clock(self.peer.close)
        self.peer = None
        slices = [self.likes.parts()[part] for part in parts]
        pairs = [
            pair
            for part in slices
            for pair in zip(self.likes.work.users[part].tolist(), self.likes.work.tweets[part].tolist(), strict=True)
        ]
        if self.make.likes(path) != pairs:
            raise RuntimeError(f"{path.name} has not the likes that were written")
        return seconds


def writes(name: str, directory: Path, size: int) -> Iterator[Result]:
    if not load(name).durabilities:
        return
    with TemporaryDirectory() as made:
        run = Run(name, Likes(Work.load(directory), size), Path(made))
        yield from in_empty_tables(run)
        yield from in_large_table(run)


def in_empty_tables(run: Run) -> Iterator[Result]:
    for row, method in (("first", "like"), ("loop", "loop"), ("batch", "batch")):
        if row != "first" or run.usual == "normal":
            path = run.begin(row)
            written = list(run.write(row, method))
            run.end(path, *(row for row, _seconds in written))
            yield from written


def in_large_table(run: Run) -> Iterator[Result]:
    path = run.begin("large")
    run.peer.close()
    before = bytes_of(path)
    run.peer = run.make(path, run.usual)
    yield from run.write("bulk", "bulk" if hasattr(run.peer, "bulk") else "batch")
    yield "close", run.end(path, "bulk")
    yield "size", (bytes_of(path) - before) / run.likes.size
    there = ["bulk"]
    for durability, rows in (
        ("normal", {"like": "like"}),
        (run.usual, {"loop_more": "loop", "batch_more": "batch"}),
        ("full", {"full": "like"}),
        ("less", {"less": "like"}),
    ):
        if durability in run.make.durabilities:
            run.peer = run.make(path, durability)
            for row, method in rows.items():
                written = list(run.write(row, method))
                there += [row for row, _seconds in written]
                yield from written
            run.end(path, *there)
    if hasattr(run.make, "copy"):
        yield "copy", copied(run, path)


def copied(run: Run, path: Path) -> float:
    run.peer = run.make(path, run.usual)
    seconds = clock(run.peer.copy, path.with_name("copy"))
    run.peer.close()
    return seconds


def clock(do: Callable[..., object], *arguments: Any) -> float:
    gc.collect()  # the garbage of what went before is not this row's
    start = time.perf_counter()
    do(*arguments)
    return time.perf_counter() - start


def bytes_of(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else path.parent.glob(f"{path.name}*")
    return sum(file.stat().st_size for file in files if file.is_file())


def opening(name: str, path: Path) -> Iterator[Result]:
    peer = load(name)
    if hasattr(peer, "read"):
        yield "open", clock(peer.read, path)


class InFile(InMemory):
    """A peer in a store that is opened."""

    def __init__(self, path: Path) -> None:
        self.store = hasmany.Store(path).use()
        self.users = [None, *hasmany.User.all()]
        self.tweets = [None, *hasmany.Tweet.all()]


def reads(directory: Path, repeat: int) -> Iterator[tuple[str, Any]]:
    """Seconds of each question, in memory and in a file, which take turns; and of saving the former as the latter."""
    work = Work.load(directory)
    memory = InMemory(*work.people.tolist())
    memory.build(work.users, work.tweets)
    with TemporaryDirectory() as made:
        path = Path(made, "saved")
        yield "save", clock(memory.store.save, path)
        peers = {"memory": memory, "hasmany": InFile(path)}
        for row in READING:
            spent = answered({name: reading(peer, work)[row] for name, peer in peers.items()}, repeat)
            yield row, {name: statistics.median(seconds) for name, seconds in spent.items()}


def answered(questions: dict[str, Any], repeat: int) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = {name: [] for name in questions}
    for turn in range(2 * repeat):
        for name in sorted(questions, reverse=turn % 2 == 0):
            asked = questions[name]
            calls = len(asked.sides[0])
            spent[name].append(clock(asked.ask, *asked.sides) / asked.count(calls))
    return spent
