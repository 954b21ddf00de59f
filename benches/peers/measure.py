"""One peer's times and memory, in a process of its own.

A row is the median of several runs. A run asks all questions of its row, over and over where that is less than about
20 milliseconds, and is divided by the number of answers; the loop is part of it. Where calls are slow a run asks fewer
questions, at least three, and there are fewer runs, at least one, so that a row takes about two seconds. The garbage
collector is on.

First comes the building, each time from new users and tweets, of all likes, of a part to which the rest is added, and of
stars for all pairs where every other has some, then the reading, then what visits are asked, then the writing: likes that are new,
likes that are there already, and taking the latter away. In between, untimed, all is put back.
"""

import ctypes
import gc
import logging
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from peers import Peer, load
from peers.questions import Loop, Questions, reading, sides, tweets
from peers.visits import ASKED, asked, visits
from peers.work import SEED, Work

RUN = 0.02  # seconds of a run, at least
BUDGET = 2.0  # seconds of a row, about
FEWEST = 3  # calls
WRITING = ("like", "again", "unlike")
UPSERT = "upsert"
MORE = {"more_tenth": 0.1, "more_hundredth": 0.01}  # of what is built, so much more

log = logging.getLogger(__name__)

Result = tuple[str, float | str]  # a row; its seconds or bytes, or why there are none


def times(name: str, directory: Path, rows: list[str], repeat: int) -> Iterator[Result]:
    """Yields each row as soon as it is measured."""
    work = Work.load(directory)
    for row, share in MORE.items():
        if row in rows and hasattr(load(name), "more"):
            yield row, added(load(name), work, share, repeat)
    if UPSERT in rows and hasattr(load(name), "rate"):
        yield UPSERT, upserted(load(name), work, repeat)
    peer, seconds = built(load(name), work, repeat if "build" in rows else 1)
    if "build" in rows:
        yield "build", seconds
    for row, questions in reading(peer, work).items():
        if row in rows:
            yield row, median(row, questions, repeat)
    if not set(ASKED).isdisjoint(rows) and hasattr(peer, "log"):
        peer.log(visits(work))
        for row, questions in asked(peer, visits(work)).items():
            if row in rows:
                yield row, median(row, questions, repeat)
    if not set(WRITING).isdisjoint(rows) and hasattr(peer, "like"):
        yield from (result for result in writing(peer, work, repeat) if result[0] in rows)
    if hasattr(peer, "count"):
        expect(peer, work)


def built(make: type[Peer], work: Work, repeat: int) -> tuple[Peer, float]:
    """A peer that holds the likes, and what one like took."""
    peer: Peer | None = None
    seconds: list[float] = []
    while peer is None or (len(seconds) < repeat and sum(seconds) < BUDGET):
        del peer  # two at a time may be too much for the memory
        gc.collect()
        peer = make(*work.people.tolist())
        seconds.append(clock(peer.build, work.users, work.tweets))
    return peer, statistics.median(seconds) / len(work.users)


def added(make: type[Any], work: Work, share: float, repeat: int) -> float | str:
    """What one like took of those that were added to the others."""
    first = round(len(work.users) / (1 + share))
    before, after = ((work.users[part], work.tweets[part]) for part in (slice(first), slice(first, None)))
    return on_top(make, work, repeat, ("build", before), ("more", after))


def upserted(make: type[Any], work: Work, repeat: int) -> float | str:
    """What one pair took of all that got stars, where every other pair had some."""
    stars = work.users % 5 + 1
    half = work.users[::2], work.tweets[::2], 6 - stars[::2]
    return on_top(make, work, repeat, ("rate", half), ("rate", (work.users, work.tweets, stars)))


Call = tuple[str, tuple[Any, ...]]  # a method of a peer, and what it takes


def on_top(make: type[Any], work: Work, repeat: int, before: Call, after: Call) -> float | str:
    """What one row took of the second call, each time with a new peer."""
    seconds: list[float] = []
    start = time.perf_counter()
    try:
        while not seconds or (len(seconds) < repeat and time.perf_counter() - start < BUDGET):
            peer = make(*work.people.tolist())
            getattr(peer, before[0])(*before[1])
            gc.collect()
            seconds.append(clock(getattr(peer, after[0]), *after[1]))
            del peer
            gc.collect()
    except Exception as error:
        log.exception(after[0])
        return reason(error)
    return statistics.median(seconds) / len(after[1][0])


def clock(loop: Loop, *arguments: Any) -> float:
    start = time.perf_counter()
    loop(*arguments)
    return time.perf_counter() - start


def median(row: str, questions: Questions, repeat: int) -> float | str:
    gc.collect()  # the garbage of what went before is not this row's
    try:
        return statistics.median(runs(questions, repeat))
    except Exception as error:
        log.exception(row)
        return reason(error)


def runs(questions: Questions, repeat: int) -> list[float]:
    calls = FEWEST
    while (seconds := clock(questions.ask, *questions.first(calls))) < RUN / 4:
        calls *= 4
    wanted = max(len(questions.sides[0]), calls * RUN / seconds)
    affordable = calls * BUDGET / repeat / seconds
    calls = max(FEWEST, int(min(wanted, affordable)))
    asked = questions.first(calls)
    spent: list[float] = []
    while not spent or (len(spent) < repeat and sum(spent) < BUDGET):
        spent.append(clock(questions.ask, *asked))
    return [seconds / questions.count(calls) for seconds in spent]


def writing(peer: Any, work: Work, repeat: int) -> Iterator[Result]:
    gc.collect()
    try:
        found = written(Writing(peer, work), repeat)
    except Exception as error:
        log.exception("writing")
        yield from ((row, reason(error)) for row in WRITING)
    else:
        yield from ((row, statistics.median(run[row] for run in found)) for row in WRITING)


class Writing:
    """Likes and takes away, here and there, and puts back."""

    def __init__(self, peer: Any, work: Work) -> None:
        self.peer = peer
        self.absent, self.present = sides(peer, work.absent), sides(peer, work.present)
        self.size = len(work.absent)
        self.rng = random.Random(SEED)

    def round(self, calls: int) -> dict[str, float]:
        """The seconds of that many calls of each kind."""
        new, old = self.some(self.absent, calls), self.some(self.present, calls)
        spent = {
            "like": clock(self.peer.like, *new),
            "again": clock(self.peer.like, *old),
            "unlike": clock(self.peer.unlike, *old),
        }
        self.peer.unlike(*self.some(new, calls))
        self.peer.like(*self.some(old, calls))
        return spent

    def some(self, pairs: tuple[list[Any], ...], calls: int) -> tuple[list[Any], ...]:
        """Neighbouring pairs from a random place, in random order."""
        start = self.rng.randrange(len(pairs[0]) - calls + 1)
        order = self.rng.sample(range(start, start + calls), calls)
        return tuple([side[place] for place in order] for side in pairs)


def written(writing: Writing, repeat: int) -> list[dict[str, float]]:
    slowest = max(writing.round(FEWEST).values()) / FEWEST
    calls = max(FEWEST, min(writing.size, int(RUN / slowest)))
    found: list[dict[str, float]] = []
    total = 0.0
    while not found or (len(found) < repeat and total < BUDGET):
        spent, asked = Counter(writing.round(calls)), calls
        while min(spent.values()) < RUN and max(spent.values()) < BUDGET / repeat:
            spent.update(writing.round(calls))
            asked += calls
        found.append({row: seconds / asked for row, seconds in spent.items()})
        total += max(spent.values())
    return found


def expect(peer: Any, work: Work) -> None:
    """RuntimeError where the numbers of likers are not what they were."""
    likers = np.bincount(work.tweets, minlength=work.people[1] + 1)[work.topics].tolist()
    found = [int(count) for count in peer.count(tweets(peer, work.topics))]
    if found != likers:
        raise RuntimeError("likes are missing or too many: what was measured is wrong")


def reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def memory(name: str, directory: Path) -> Iterator[Result]:
    """What the process holds more for one like once it has built. Linux only: elsewhere nothing."""
    work = Work.load(directory)
    peer = load(name)(*work.people.tolist())
    if (before := held()) is not None:
        peer.build(work.users, work.tweets)
        yield "memory", ((held() or 0) - before) / len(work.users)


def held() -> int | None:
    """Bytes of this process that are no file's, less what the C library keeps for later."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    found = re.search(r"^RssAnon:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None
