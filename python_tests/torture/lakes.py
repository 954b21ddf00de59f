"""Asks a lake more than fits: how much memory a process has that has nothing but the lake open, question by question.

    python -m python_tests.torture.lakes [--links 10_000_000] [--limit 700MB] [--most 1.5] [--beyond] [--questions top ...]

Needs Linux. Links are pairs of a user and a tweet, both drawn by Zipf(0.8) with a fixed seed; another process exports them. Each
question is asked in a process of its own, with the limit and without one: answers are to be equal, and what a process had
resident at most is to be less than `--most` times the limit. It fails otherwise; lists may be a MemoryError. The libraries alone take some 170 MB, which small limits are less than: `--beyond` leaves them out.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hasmany import Many, Model, Store, col, has_many

LINKS, LIMIT, MOST = 10_000_000, "700MB", 1.5
SKEW, SEED, LINKS_A_USER, OWNERS = 0.8, 1, 25, 100


class Account(Model):
    name: str
    visits: Many["Visit"] = has_many()
    places: Many["Spot"] = has_many(through="visits")


class Spot(Model):
    name: str
    visits: Many["Visit"] = has_many()
    visitors: Many[Account] = has_many(through="visits", source="account")


class Visit(Model):
    account: Account
    spot: Spot
    stars: int


def export(links: int, place: Path) -> None:
    rng = np.random.default_rng(SEED)
    people = max(links // LINKS_A_USER, 2)
    chances = np.cumsum(np.arange(1, people + 1) ** -SKEW)
    chances /= chances[-1]
    ends = [rng.permutation(people)[np.searchsorted(chances, rng.random(links))] + 1 for _ in range(2)]
    with Store() as store:
        Account.insert_all(name=[f"account {at}" for at in range(people)])
        Spot.insert_all(name=[f"spot {at}" for at in range(people)])
        Visit.insert_all(account=ends[0], spot=ends[1], stars=rng.integers(1, 6, links))
        store.to_parquet(place)


# ── what is asked ────────────────────────────────────────────────────────────────────────────────


def top(lake: Any, _: Path) -> Any:
    return lake[Spot].top(10, by="visitors").to_dicts()


def aggregates(lake: Any, out: Path) -> Any:
    asked = lake[Spot].select(
        "name", n=col("visits").count(), stars=col("visits.stars").sum(), who=col("visitors").count()
    )
    return written(asked, out)


def through(lake: Any, _: Path) -> Any:
    return len(lake[Spot].where(col("id") <= OWNERS).through("visitors").through("places"))


def distinct(lake: Any, out: Path) -> Any:
    return written(lake[Account].where(col("places").count() > 3).select("id", n=col("places").n_unique()), out)


def lists(lake: Any, out: Path) -> Any:
    return written(lake[Account].select("id", places=col("places").list()), out)


def pairs(lake: Any, _: Path) -> Any:
    """Which places have most visitors in common: what all pairs of some have, by ibis alone."""
    import ibis

    visits = lake[Visit].expr
    some = visits.filter(visits.spot_id <= OWNERS).select(one="spot_id", who="account_id").distinct()
    others = visits.select(two="spot_id", who="account_id").distinct()
    both = some.join(others, "who").filter(lambda rows: rows.one != rows.two)
    counted = both.group_by(["one", "two"]).agg(n=both.count())
    best = counted.order_by([ibis.desc("n"), "one", "two"]).limit(20)
    return lake._opened.run(best).to_pylist()


QUESTIONS: dict[str, Callable[[Any, Path], Any]] = {
    each.__name__: each for each in (top, aggregates, through, distinct, lists, pairs)
}
MAY_NOT_FIT = {"lists"}
"""DuckDB keeps lists in memory: an answer, or a MemoryError."""


def written(asked: Any, out: Path) -> Any:
    """What identifies rows that go out as a file, in whatever order: read a piece at a time."""
    from pyarrow import parquet

    asked.to_parquet(out)
    rows, digest = 0, 0
    with parquet.ParquetFile(out) as file:
        for batch in file.iter_batches(10_000):
            rows += len(batch)
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                digest ^= int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=8).digest())
    return rows, digest


# ── in processes of their own ────────────────────────────────────────────────────────────────────


class Said(NamedTuple):
    answer: str
    seconds: float
    before: int
    """Bytes that were resident at most before the question."""
    resident: int
    """And with it."""


def ask(question: str, place: Path, limit: str | None) -> None:
    """Prints an answer, how long it took, and how much memory."""
    from hasmany.lake import Lake

    with (
        tempfile.TemporaryDirectory() as folder,
        Lake(place, models=[Account, Spot, Visit], memory_limit=limit) as lake,
    ):
        assert len(lake[Account]) > 0
        before = resident()
        began = time.perf_counter()
        asked = QUESTIONS[question](lake, Path(folder, "out.parquet"))
        seconds = time.perf_counter() - began
    print(f"{seconds}\n{before}\n{resident()}\n{asked}")


def resident() -> int:
    """What this process had in memory at most, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


def asked(question: str, place: Path, limit: str | None) -> Said:
    command = [sys.executable, "-m", __spec__.name, "--place", str(place), "--ask", question]
    done = subprocess.run(
        [*command, *(["--limit", limit] if limit else ["--limit", ""])], capture_output=True, text=True, check=False
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.split(":")[0].endswith("Error")]
        return Said(errors[-1] if errors else done.stderr[-300:], 0.0, 0, 0)
    seconds, before, most, answer = done.stdout.split("\n", 3)
    return Said(answer, float(seconds), int(before), int(most))


def bytes_of(limit: str) -> int:
    units = {"MB": 10**6, "GB": 10**9, "MIB": 1 << 20, "GIB": 1 << 30}
    number = limit.rstrip("MGiIB")
    return int(float(number) * units[limit[len(number) :].upper()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=LINKS, help=f"how many, {LINKS:,} if not given")
    parser.add_argument("--limit", default=LIMIT, help=f"memory_limit, {LIMIT} if not given")
    parser.add_argument("--most", type=float, default=MOST, help=f"how often it may be resident, {MOST} if not given")
    parser.add_argument("--beyond", action="store_true", help="not counting what an open lake has before it is asked")
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=[*QUESTIONS], help="all if not given")
    parser.add_argument("--place", type=Path, help="the export, which is made where it is not there")
    parser.add_argument("--ask", choices=QUESTIONS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.ask:
        ask(arguments.ask, arguments.place, arguments.limit or None)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = arguments.place or Path(folder, "export")
        if not place.exists():
            code = f"from {__spec__.name} import export, Path; export({arguments.links}, Path({str(place)!r}))"
            subprocess.run([sys.executable, "-c", code], check=True)
        most, failures = bytes_of(arguments.limit), []
        print(f"{'':12} {'limited':>9} {'resident':>9} {'times':>6} {'without':>9} {'resident':>9}")
        for question in arguments.questions:
            limited, free = asked(question, place, arguments.limit), asked(question, place, None)
            times = (limited.resident - (limited.before if arguments.beyond else 0)) / most
            print(
                f"{question:12} {limited.seconds:7.2f} s {limited.resident >> 20:6} MB {times:6.2f} "
                f"{free.seconds:7.2f} s {free.resident >> 20:6} MB",
                flush=True,
            )
            if question in MAY_NOT_FIT and limited.answer.startswith("MemoryError"):
                print(" " * 12, limited.answer)
            elif limited.answer != free.answer or not free.resident:
                failures.append(f"{question}: {limited.answer[:300]} and without a limit {free.answer[:300]}")
            if times > arguments.most:
                failures.append(f"{question}: {times:.2f} times the limit")
    print(*failures, sep="\n", file=sys.stderr)
    print(f"{len(failures)} of {len(arguments.questions)} questions fail")
    sys.exit(len(failures) > 0)


if __name__ == "__main__":
    main()
