"""What it costs that flipped bits are noticed: a like, opening and closing, with the seal and without.

    python benches/seal.py                    # a file of 1,000,000 likes
    python benches/seal.py --likes 100000 --directory /var/tmp

A file is not sealed while somebody else has it open, and one whose seal was taken away is not compared with it: that is
what "without" measures. Medians of rounds that take turns.
"""

import argparse
import sqlite3
import statistics
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from compare import refuse_debug
from hasmany import Like, Store, Tweet, User

LIKES_A_USER = 20
MORE = 2_000  # likes that are written one by one
Times = dict[tuple[str, str], list[float]]


def make(path: Path, likes: int) -> None:
    people = likes // LIKES_A_USER
    random = np.random.default_rng(1)
    pairs = np.unique(random.integers(0, people * people, likes + likes // 100))
    pairs = random.permutation(pairs)[:likes]
    with Store(path):
        users = User.insert_all(username=[f"user {k}" for k in range(people)])
        Tweet.insert_all(message=[f"tweet {k}" for k in range(people)], user=users[0])
        Like.insert_all(user=pairs // people + 1, tweet=pairs % people + 1)


def unseal(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from hasmany_seal")


def timed(times: Times, what: str, how: str, begun: float, count: int = 1) -> None:
    times[what, how].append((time.perf_counter() - begun) / count)


def measure(path: Path, times: Times, round: int) -> None:
    for how in ("with", "without"):
        if how == "without":
            unseal(path)
        begun = time.perf_counter()
        store = Store(path)
        timed(times, "opening", how, begun)
        with store:
            known = store.stats().changed_elsewhere
            assert (known is None) == (how == "without"), known
        if how == "without":  # it was sealed again
            unseal(path)
        store = Store(path).use()
        begun = time.perf_counter()
        user = User(f"new {how} {round}")
        timed(times, "the first write", how, begun)
        tweets = Tweet.all()[:MORE]
        begun = time.perf_counter()
        for tweet in tweets:
            user.like_tweet(tweet)
        timed(times, "a like", how, begun, MORE)
        reader = Store(path, read_only=True) if how == "without" else None
        begun = time.perf_counter()
        store.close()
        timed(times, "closing", how, begun)
        if reader:
            reader.close()
        # So that the next begins with a sealed file.
        with Store(path):
            pass


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--likes", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", type=Path, help="where the file is made; else where the system keeps such")
    arguments = parser.parse_args()
    refuse_debug()
    times: Times = defaultdict(list)
    with TemporaryDirectory(prefix="seal-", dir=arguments.directory) as directory:
        path = Path(directory, "likes.db")
        make(path, arguments.likes)
        for round in range(arguments.rounds):
            measure(path, times, round)
    print(f"{arguments.likes:,} likes: with the seal, without it")
    for what in ("opening", "the first write", "a like", "closing"):
        one, two = (statistics.median(times[what, how]) * 1e3 for how in ("with", "without"))
        print(f"{what:15} {one:10.3f} ms {two:10.3f} ms")


if __name__ == "__main__":
    main()
