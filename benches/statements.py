"""What one call changes in many rows of a file, beside the set statement that one would write for it in sqlite3.

    pip install . && python benches/statements.py --rows 100000 1000000

Each call and each statement is of one transaction and of a copy of the same file, in the mode with a log, synced as
often and with as many pages kept; the first column has hasmany's time (memory and file, until the call returns), the
second that of sqlite3 divided by it: above 1 hasmany is faster. Values of its own for each row sqlite3 takes from a
temporary table, which is filled before the clock runs.
"""

import argparse
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import report
from compare import refuse_debug
from hasmany import Like, Model, Store, Tweet, User, field

LIKES_A_USER = 25
SETTINGS = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000"


class Part(Model):
    number: int = field(unique=True)
    name: str
    price: float


class Work:
    """What is changed: the rows of a file, and which of them."""

    def __init__(self, rows: int) -> None:
        rng = np.random.default_rng(1)
        self.rows = rows
        people = rows // LIKES_A_USER
        pairs = rng.choice(people * people, rows, replace=False)
        self.users, self.tweets = pairs // people + 1, pairs % people + 1
        self.some = np.sort(rng.choice(rows, rows // 10, replace=False)) + 1
        self.half = np.sort(rng.choice(rows, rows // 2, replace=False)) + 1
        self.prices = rng.random(rows)
        self.order = rng.permutation(rows) + 1
        self.people = people

    def make(self, path: Path) -> None:
        with Store(path):
            User.insert_all(username=[f"user{id}" for id in range(1, self.people + 1)])
            Tweet.insert_all(message="Hello, world", user=np.arange(self.people) % self.people + 1)
            Like.insert_all(user=self.users, tweet=self.tweets)
            numbers = np.arange(1, self.rows + 1)
            Part.insert_all(number=numbers, name=[f"part {number}" for number in numbers], price=1.0)


Call = Callable[[Work], object]
Plain = tuple[str, Callable[[Work], list[tuple[Any, ...]]] | None]


def listed(ids: Callable[[Work], Any]) -> Callable[[Work], list[tuple[Any, ...]]]:
    return lambda work: [(id,) for id in ids(work).tolist()]


CALLS: dict[str, tuple[Call, Plain]] = {
    "Like.all().delete_all()": (lambda _: Like.all().delete_all(), ("DELETE FROM likes", None)),
    "Like.all()[: n // 10].delete_all()": (
        lambda work: Like.all()[: work.rows // 10].delete_all(),
        ("DELETE FROM likes WHERE id <= (SELECT count(*) / 10 FROM likes)", None),
    ),
    "Like.where(id=ids).delete_all(), a tenth": (
        lambda work: Like.where(id=work.some).delete_all(),
        ("DELETE FROM likes WHERE id IN (SELECT one FROM given)", listed(lambda work: work.some)),
    ),
    "Like.where(id=ids).delete_all(), half": (
        lambda work: Like.where(id=work.half).delete_all(),
        ("DELETE FROM likes WHERE id IN (SELECT one FROM given)", listed(lambda work: work.half)),
    ),
    "Like.find_all(user=, tweet=).delete_all(), half": (
        lambda work: Like.find_all(user=work.users[work.half - 1], tweet=work.tweets[work.half - 1]).delete_all(),
        (
            "DELETE FROM likes WHERE (user_id, tweet_id) IN (SELECT one, two FROM given)",
            lambda work: list(
                zip(work.users[work.half - 1].tolist(), work.tweets[work.half - 1].tolist(), strict=True)
            ),
        ),
    ),
    "Part.all().update_all(price=2.0)": (
        lambda _: Part.all().update_all(price=2.0),
        ("UPDATE parts SET price = 2.0", None),
    ),
    "Part.where(id=ids).update_all(price=2.0), a tenth": (
        lambda work: Part.where(id=work.some).update_all(price=2.0),
        ("UPDATE parts SET price = 2.0 WHERE id IN (SELECT one FROM given)", listed(lambda work: work.some)),
    ),
    "Part.all().update_all({price: prices})": (
        lambda work: Part.all().update_all({"price": work.prices}),
        (
            "UPDATE parts SET price = given.two FROM given WHERE given.one = parts.id",
            lambda work: list(enumerate(work.prices.tolist(), 1)),
        ),
    ),
    "Part.where(id=ids).update_all({price: prices}), a tenth": (
        lambda work: Part.where(id=work.some).update_all({"price": work.prices[: len(work.some)]}),
        (
            "UPDATE parts SET price = given.two FROM given WHERE given.one = parts.id",
            lambda work: list(zip(work.some.tolist(), work.prices.tolist(), strict=False)),
        ),
    ),
    # Under a unique index SQLite can only shift keys to free ones.
    "Part.all().update_all({number: numbers})": (
        lambda work: Part.all().update_all({"number": work.order + work.rows}),
        (
            "UPDATE parts SET number = given.two FROM given WHERE given.one = parts.id",
            lambda work: list(enumerate((work.order + work.rows).tolist(), 1)),
        ),
    ),
    "User.where(id=ids).delete_all(), with tweets and likes": (
        lambda work: User.where(id=list(range(1, work.people, 10))).delete_all(),
        ("DELETE FROM users WHERE id % 10 = 1", None),
    ),
}


def hasmany(path: Path, call: Call, work: Work) -> float:
    with Store(path) as store:
        User("before")  # the first write of a session also puts the file in the mode with a log
        start = time.perf_counter()
        call(work)
        seconds = time.perf_counter() - start
        store.check()
    return seconds


def plain(path: Path, statement: Plain, work: Work) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(f"{SETTINGS}; PRAGMA foreign_keys = {'users' in statement[0]:d}")
        connection.execute("CREATE TEMP TABLE given (one INTEGER PRIMARY KEY, two)")
        sql, given = statement
        if given is not None:
            rows = given(work)
            if "SELECT one, two" in sql:
                connection.executescript("DROP TABLE given; CREATE TEMP TABLE given (one, two)")
            marks = ", ".join("?" * len(rows[0]))
            names = ", ".join(("one", "two")[: len(rows[0])])
            connection.execute("BEGIN")
            connection.executemany(f"INSERT INTO given ({names}) VALUES ({marks})", rows)
            connection.execute("COMMIT")
        start = time.perf_counter()
        connection.execute(sql)
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--directory", type=Path, help="where files are made; else where the system keeps such")
    arguments = parser.parse_args()
    refuse_debug()
    for rows in arguments.rows:
        work = Work(rows)
        print(f"**{rows:,} rows**; {report.machine()}, SQLite {sqlite3.sqlite_version}\n")
        with TemporaryDirectory(dir=arguments.directory) as directory:
            made = Path(directory, "made.db")
            work.make(made)
            for name, (call, statement) in CALLS.items():
                ours, theirs = [], []
                for _ in range(arguments.repeat):
                    for found, measure, what in ((ours, hasmany, call), (theirs, plain, statement)):
                        copy = Path(directory, "copy.db")
                        shutil.copy(made, copy)
                        found.append(measure(copy, what, work))
                        for left in Path(directory).glob("copy.db*"):
                            left.unlink()
                mine, other = statistics.median(ours), statistics.median(theirs)
                print(f"{name:58} {mine * 1e3:8.1f} ms {other / mine:8.2f}", flush=True)


if __name__ == "__main__":
    main()
