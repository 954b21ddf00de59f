"""A lake beside SQL that is written by hand for the same questions: the same files, the same DuckDB, in turns.

    pip install ".[bench,lake]" && python benches/lake.py                # 10,000,000 likes, some minutes
    python benches/lake.py --links 100000 --check                       # are the answers the same?
    python benches/lake.py --write                                       # puts the tables into docs/past-one-machine.md

Likes are different pairs of a user and a tweet, both drawn by Zipf(0.8) with a fixed seed, 25 a user, with stars and a
time; `to_parquet` exports them once, into --directory. A number is the median of several runs, in which one is asked after
the other; with --processor it is processor time of all threads, which others on the machine disturb less. "in words" is what comes before DuckDB is asked: expressions are made, checked and written as SQL. It is the same
for any number of rows.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Self

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import report
from hasmany import Many, Model, Store, _hasmany, between, col, has_many
from hasmany.lake import Lake
from hasmany.lake import duck as asked
from peers.work import LIKES_A_USER, SEED, SKEW, zipf

LINKS = 10_000_000
LIMIT = "4GB"
START = datetime(2024, 1, 1, tzinfo=UTC)
FEW = 0.01  # a part of the users or tweets


class User(Model):
    name: str
    age: int | None = None
    likes: Many["Like"] = has_many()
    liked_tweets: Many["Tweet"] = has_many(through="likes")


class Tweet(Model):
    message: str
    length: int
    likes: Many["Like"] = has_many()
    likers: Many[User] = has_many(through="likes")


class Like(Model, unique=("user", "tweet")):
    user: User
    tweet: Tweet
    stars: int
    seen: datetime


MODELS = [User, Tweet, Like]


class Question(NamedTuple):
    """One question, as a lake is asked and as SQL is written by hand."""

    title: str
    asked: Callable[[Lake], Any]
    sql: str
    read: Callable[[Any], Any]
    """What is read of the hand's answer, a relation."""


def number(relation: Any) -> Any:
    return relation.fetchall()[0][0]


def table(relation: Any) -> Any:
    return relation.to_arrow_table()


def listed(relation: Any) -> Any:
    return [row[0] for row in relation.fetchall()]


YOUNG = col("age").between(20, 25)
SHORT = col("length") < 60
LIKED_BY_YOUNG = "SELECT tweet_id FROM likes WHERE user_id IN (SELECT id FROM users WHERE age >= 20 AND age < 25)"
LIKED_BY_OLD = "SELECT tweet_id FROM likes WHERE user_id IN (SELECT id FROM users WHERE age >= 70)"


def liked_by_young(lake: Lake) -> Any:
    return lake[User].where(YOUNG).through("liked_tweets")


def liked_by_old(lake: Lake) -> Any:
    return lake[User].where(col("age") >= 70).through("liked_tweets")


QUESTIONS = [
    Question("`len(lake[Like])`", lambda lake: len(lake[Like]), "SELECT count(*) FROM likes", number),
    Question(
        '`lake[Like].where(col("stars") > 3, seen=between(...))`, `len`',
        lambda lake: len(lake[Like].where(col("stars") > 3, seen=between(START, START + timedelta(100)))),
        "SELECT count(*) FROM likes WHERE stars > 3 AND seen >= '2024-01-01 00:00:00+00' AND seen < '2024-04-10 00:00:00+00'",
        number,
    ),
    Question(
        '`lake[Like].where(col("user.age") < 30)`, `len`',
        lambda lake: len(lake[Like].where(col("user.age") < 30)),
        "SELECT count(*) FROM likes JOIN users ON user_id = users.id WHERE age < 30",
        number,
    ),
    Question(
        '`users.where(...).through("liked_tweets")`, `len`',
        lambda lake: len(liked_by_young(lake)),
        f"SELECT count(*) FROM tweets WHERE id IN ({LIKED_BY_YOUNG})",
        number,
    ),
    Question(
        '`tweets.where(...).through("likers").through("liked_tweets")`, `len`',
        lambda lake: len(lake[Tweet].where(col("id") < 50).through("likers").through("liked_tweets")),
        "SELECT count(*) FROM tweets WHERE id IN (SELECT tweet_id FROM likes WHERE user_id IN (SELECT user_id FROM likes "
        "WHERE tweet_id < 50))",
        number,
    ),
    Question(
        '`lake[Tweet].select("message", n=col("likes").count(), stars=col("likes.stars").mean())`',
        lambda lake: pa.table(
            lake[Tweet].select("message", n=col("likes").count(), stars=col("likes.stars").mean()).table()
        ),
        "SELECT message, coalesce(n, 0) AS n, stars FROM tweets LEFT JOIN (SELECT tweet_id, count(*) AS n, avg(stars) AS "
        "stars FROM likes GROUP BY tweet_id) ON tweet_id = id",
        table,
    ),
    Question(
        '`users.where(...).select("name", last=col("likes.seen").max(), short=col("liked_tweets").filter(...).count())`',
        lambda lake: pa.table(
            lake[User]
            .where(YOUNG)
            .select("name", last=col("likes.seen").max(), short=col("liked_tweets").filter(SHORT).count())
            .table()
        ),
        "WITH young AS (SELECT id, name FROM users WHERE age >= 20 AND age < 25) SELECT name, last, coalesce(short, 0) AS "
        "short FROM young LEFT JOIN (SELECT user_id, max(seen) AS last, count(*) FILTER (length < 60) AS short FROM likes JOIN "
        "tweets ON tweet_id = tweets.id WHERE user_id IN (SELECT id FROM young) GROUP BY user_id) ON user_id = id",
        table,
    ),
    Question(
        '`tweets.where(col("likes").any(col("stars") == 5))`, `len`',
        lambda lake: len(lake[Tweet].where(col("likes").any(col("stars") == 5))),
        "SELECT count(*) FROM tweets WHERE id IN (SELECT tweet_id FROM likes WHERE stars = 5)",
        number,
    ),
    Question(
        '`tweets.where(col("likes").all(col("stars") > 1))`, `len`',
        lambda lake: len(lake[Tweet].where(col("likes").all(col("stars") > 1))),
        "SELECT count(*) FROM tweets WHERE NOT EXISTS (FROM likes WHERE tweet_id = tweets.id AND stars <= 1)",
        number,
    ),
    Question(
        '`tweets.where(col("likes").count() > 50)`, `len`',
        lambda lake: len(lake[Tweet].where(col("likes").count() > 50)),
        "SELECT count(*) FROM (SELECT tweet_id FROM likes GROUP BY tweet_id HAVING count(*) > 50)",
        number,
    ),
    Question(
        '`likes.where(stars=5, seen=between(...)).order_by("seen").column("id")`',
        lambda lake: (
            lake[Like].where(stars=5, seen=between(START, START + timedelta(100))).order_by("seen").column("id")
        ),
        "SELECT id FROM likes WHERE stars = 5 AND seen >= '2024-01-01 00:00:00+00' AND seen < '2024-04-10 00:00:00+00' ORDER BY seen, id",
        lambda relation: relation.fetchnumpy()["id"],
    ),
    Question(
        '`lake[Tweet].top(10, by=col("length"))`',
        lambda lake: lake[Tweet].top(10, by=col("length")).column("id").tolist(),
        "SELECT id FROM tweets ORDER BY length DESC, id LIMIT 10",
        listed,
    ),
    Question(
        '`lake[Tweet].top(10, by="likers")`',
        lambda lake: lake[Tweet].top(10, by="likers").column("id").tolist(),
        "SELECT tweet_id FROM likes GROUP BY tweet_id ORDER BY count(*) DESC, tweet_id LIMIT 10",
        listed,
    ),
    Question(
        "`a & b`, of two `through`, `len`",
        lambda lake: len(liked_by_young(lake) & liked_by_old(lake)),
        f"SELECT count(*) FROM tweets WHERE id IN ({LIKED_BY_YOUNG}) AND id IN ({LIKED_BY_OLD})",
        number,
    ),
    Question(
        "`a - b`, likewise",
        lambda lake: len(liked_by_young(lake) - liked_by_old(lake)),
        f"SELECT count(*) FROM tweets WHERE id IN ({LIKED_BY_YOUNG}) AND id NOT IN ({LIKED_BY_OLD})",
        number,
    ),
    Question(
        "`a | b`, likewise",
        lambda lake: len(liked_by_young(lake) | liked_by_old(lake)),
        f"SELECT count(*) FROM tweets WHERE id IN ({LIKED_BY_YOUNG} UNION ALL {LIKED_BY_OLD})",
        number,
    ),
    Question(
        "`a.overlap(b)`, likes of two `where`",
        lambda lake: lake[Like].where(stars=5).overlap(lake[Like].where(seen=between(START, START + timedelta(100)))),
        "SELECT count(*) FROM likes WHERE stars = 5 AND seen >= '2024-01-01 00:00:00+00' AND seen < '2024-04-10 00:00:00+00'",
        number,
    ),
    Question(
        '`lake[Tweet].where(...).values("message")`',
        lambda lake: lake[Tweet].where(SHORT).values("message"),
        "SELECT message FROM tweets WHERE length < 60",
        listed,
    ),
]


# ── what is asked of ────────────────────────────────────────────────────────────────────────────


def make(links: int, directory: Path, clock: Callable[[], float]) -> None:
    """Exports likes, and says how long that took beside polars, which is given the columns."""
    work = zipf(links)
    rng = np.random.default_rng(SEED)
    people = int(work.people.max())
    ages = rng.integers(13, 90, people)
    lengths = rng.integers(10, 280, people)
    with Store() as store:
        User.insert_all(
            name=[f"user {id}" for id in range(people)],
            age=[None if age > 85 else age for age in ages.tolist()],
        )
        Tweet.insert_all(message=[f"tweet {id} {'x' * (id % 100)}" for id in range(people)], length=lengths)
        moments = np.datetime64("2024-01-01T00:00:00", "us") + rng.integers(0, 365 * 86_400_000_000, links)
        Like.insert_all(
            user=work.users,
            tweet=work.tweets,
            stars=rng.integers(1, 6, links),
            seen=pa.array(moments, pa.timestamp("us", "UTC")),
        )
        began = clock()
        store.to_parquet(directory / "export")
        ours = clock() - began
    theirs = 0.0
    for name in ("users", "tweets", "likes"):
        frame = pl.read_parquet(directory / "export" / name / "*.parquet")
        began = clock()
        frame.write_parquet(directory / f"{name}.parquet", compression=COMPRESSION)
        theirs += clock() - began
    (directory / "export.json").write_text(json.dumps({"ours": ours, "theirs": theirs}))


COMPRESSION = "zstd"


def by_hand(directory: Path, limit: str) -> Any:
    """A connection of somebody who writes SQL."""
    connection = duckdb.connect(config={"preserve_insertion_order": False, "memory_limit": limit})
    connection.execute("SET TimeZone = 'UTC'")
    for name in ("users", "tweets", "likes"):
        connection.execute(f"CREATE VIEW {name} AS FROM read_parquet('{directory}/export/{name}/*.parquet')")
    return connection


def compare(lake: Lake, hand: Any) -> int:
    wrong = 0
    for question in QUESTIONS:
        ours, theirs = plain(question.asked(lake)), plain(question.read(hand.sql(question.sql)))
        if ours != theirs:
            wrong += 1
            print(f"{question.title}: {ours!s:.200} and {theirs!s:.200}", file=sys.stderr)
    print(f"{len(QUESTIONS)} questions, {wrong} answers differ")
    return wrong


def plain(answer: Any) -> Any:
    """An answer, in an order of its own where it has none."""
    if isinstance(answer, pa.Table):
        columns = [column.to_pylist() for column in answer.columns]
        return sorted(
            zip(
                *[[round(x, 9) if isinstance(x, float) else str(x) for x in column] for column in columns], strict=True
            ),
            key=repr,
        )
    if isinstance(answer, np.ndarray):
        return answer.tolist()
    return sorted(answer) if isinstance(answer, list) and answer and isinstance(answer[0], str) else answer


# ── how long it takes ───────────────────────────────────────────────────────────────────────────


clock = time.perf_counter


class Took(NamedTuple):
    hand: float
    lake: float
    words: float


def measure(question: Question, lake: Lake, hand: Any, repeat: int) -> Took:
    """Medians, of all that is asked in turns."""
    took: list[Took] = []
    for _ in range(repeat):
        began = clock()
        question.read(hand.sql(question.sql))
        by_hand = clock() - began
        with InWords() as words:
            began = clock()
            question.asked(lake)
            ours = clock() - began
        took.append(Took(by_hand, ours, words.seconds(began)))
    return Took(*(statistics.median(column) for column in zip(*took, strict=True)))


class InWords:
    """How long it is until a question is SQL."""

    def __enter__(self) -> Self:
        self.ended = 0.0
        self.made = asked.sql

        def sql(connection: Any, expr: Any) -> str:
            text = self.made(connection, expr)
            self.ended = clock()
            return text

        asked.sql = sql
        return self

    def __exit__(self, *_exc: object) -> None:
        asked.sql = self.made

    def seconds(self, began: float) -> float:
        return self.ended - began


def told(found: dict[str, Took], exported: dict[str, float], arguments: argparse.Namespace) -> str:
    rows = [["", "by hand", "lake", "times", "of it in words", "times without"]]
    for title, took in found.items():
        times = took.lake / took.hand, (took.lake - took.words) / took.hand
        shown = [f"{took.hand * 1e3:.0f} ms", f"{took.lake * 1e3:.0f} ms", f"{times[0]:.2f}"]
        rows.append([title.replace("|", "\\|"), *shown, f"{took.words * 1e3:.0f} ms", f"{times[1]:.2f}"])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, "| --- " + "| ---: " * 5 + "|")
    export = (
        f"`store.to_parquet`: {exported['ours']:.1f} s; polars' `write_parquet` of the same columns {exported['theirs']:.1f} s: "
        f"{exported['ours'] / exported['theirs']:.2f} times."
    )
    about = (
        f"{report.machine()}; DuckDB {duckdb.__version__}, `memory_limit` {arguments.limit}; {date.today()}, load "
        f"{os.getloadavg()[0]:.1f} at the end; {arguments.links:,} likes of {arguments.links // LIKES_A_USER:,} users and as "
        f"many tweets, Zipf({SKEW}), seed {SEED}; median of {arguments.repeat}"
        f"{', in processor time of all threads' if arguments.processor else ''}."
    )
    return "\n".join([about, "", *lines, "", export])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--links", type=int, default=LINKS, help=f"how many likes, {LINKS:,} if not given")
    parser.add_argument("--repeat", type=int, default=7, help="how often each is asked")
    parser.add_argument("--limit", default=LIMIT, help=f"DuckDB's memory_limit, {LIMIT} if not given")
    parser.add_argument("--directory", type=Path, help="where the export is, or is made; a temporary one if not given")
    parser.add_argument("--check", action="store_true", help="compare answers instead of times")
    parser.add_argument("--only", help="questions with this in their title")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    parser.add_argument("--processor", action="store_true", help="count processor time, of all threads")
    arguments = parser.parse_args()
    if arguments.processor:
        global clock
        clock = time.process_time
    if _hasmany.__debug_build__ and not arguments.check:
        sys.exit("this is a debug build of hasmany: `pip install .` makes a release build")
    with TemporaryDirectory() as temporary:
        directory = (arguments.directory or Path(temporary)).resolve()
        if not (directory / "export.json").exists():
            directory.mkdir(parents=True, exist_ok=True)
            # In a process of its own, which takes its memory with it.
            process = multiprocessing.get_context("spawn").Process(
                target=make, args=(arguments.links, directory, clock)
            )
            process.start()
            process.join()
            if process.exitcode:
                sys.exit("the export failed")
        exported = json.loads((directory / "export.json").read_text())
        with Lake(directory / "export", models=MODELS, memory_limit=arguments.limit) as lake:
            hand = by_hand(directory, arguments.limit)
            if arguments.check:
                sys.exit(compare(lake, hand) > 0)
            found = {}
            for question in QUESTIONS:
                if arguments.only is None or arguments.only in question.title:
                    found[question.title] = took = measure(question, lake, hand, arguments.repeat)
                    print(f"{question.title}: {took.hand:.3f} {took.lake:.3f} {took.words:.3f}", file=sys.stderr)
        text = told(found, exported, arguments)
    print(text)
    if arguments.write:
        report.write("lake", text)


if __name__ == "__main__":
    main()
