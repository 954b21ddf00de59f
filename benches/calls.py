"""What one call costs: plain Python classes beside hasmany, in one run.

    python benches/calls.py                  # prints the table, in a few minutes
    python benches/calls.py --size 100000    # with a smaller second half
    python benches/calls.py --write          # also puts it into docs/benchmarks.md

docs/benchmarks.md tells how it measures. Needs an installed release build, and nothing else.
"""

import argparse
import gc
import os
import platform
import random
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from types import FunctionType
from typing import Any

import hasmany
from hasmany import _hasmany
from report import write

SEED = 1
SAMPLE = 200_000  # calls in one loop, at most, where not every like is needed


# The plain contender: what a careful engineer writes, with each like under both its ends.


class User:
    __slots__ = ("_likes", "tweets", "username")

    def __init__(self, username: str) -> None:
        self.username = username
        self.tweets: list[Tweet] = []
        self._likes: dict[Tweet, Like] = {}

    @property
    def liked_tweets(self) -> "dict[Tweet, Like]":
        return self._likes

    def post_tweet(self, message: str) -> "Tweet":
        tweet = Tweet(message, self)
        self.tweets.append(tweet)
        return tweet

    def like_tweet(self, tweet: "Tweet") -> "Like":
        like = self._likes.get(tweet)
        if like is None:
            like = self._likes[tweet] = tweet._likes[self] = Like(self, tweet)
        return like

    def unlike_tweet(self, tweet: "Tweet") -> bool:
        if self._likes.pop(tweet, None) is None:
            return False
        del tweet._likes[self]
        return True


class Tweet:
    __slots__ = ("_likes", "message", "user")

    def __init__(self, message: str, user: User) -> None:
        self.message = message
        self.user = user
        self._likes: dict[User, Like] = {}

    @property
    def likers(self) -> "dict[User, Like]":
        return self._likes


class Like:
    __slots__ = ("tweet", "user")

    def __init__(self, user: User, tweet: Tweet) -> None:
        self.user = user
        self.tweet = tweet


# A contender whose relations nobody can write by accident, as hasmany's cannot be.


class CarefulUser(User):
    __slots__ = ()

    @property
    def liked_tweets(self) -> Any:
        return self._likes.keys()

    def post_tweet(self, message: str) -> "Tweet":
        tweet = CarefulTweet(message, self)
        self.tweets.append(tweet)
        return tweet


class CarefulTweet(Tweet):
    __slots__ = ()

    @property
    def likers(self) -> Any:
        return self._likes.keys()


# The loops. Each takes users and tweets side by side; all but one serve both contenders.

Loop = Callable[[list[Any], list[Any]], None]


def nothing(users: list[Any], tweets: list[Any]) -> None:
    for _user, _tweet in zip(users, tweets, strict=True):
        pass


def like(users: list[Any], tweets: list[Any]) -> None:
    for user, tweet in zip(users, tweets, strict=True):
        user.like_tweet(tweet)


def unlike(users: list[Any], tweets: list[Any]) -> None:
    for user, tweet in zip(users, tweets, strict=True):
        user.unlike_tweet(tweet)


def contains(users: list[Any], tweets: list[Any]) -> None:
    for user, tweet in zip(users, tweets, strict=True):
        _ = tweet in user.liked_tweets


def length(users: list[Any], tweets: list[Any]) -> None:
    for _user, tweet in zip(users, tweets, strict=True):
        len(tweet.likers)


def records(users: list[Any], tweets: list[Any]) -> None:
    for _user, tweet in zip(users, tweets, strict=True):
        for _liker in tweet.likers:
            pass


def values_plain(users: list[Any], tweets: list[Any]) -> None:
    for _user, tweet in zip(users, tweets, strict=True):
        [liker.username for liker in tweet.likers]


def values_hasmany(users: list[Any], tweets: list[Any]) -> None:
    for _user, tweet in zip(users, tweets, strict=True):
        tweet.likers.values("username")


@dataclass(frozen=True)
class Contender:
    name: str
    user: Callable[[str], Any]
    world: Callable[[], AbstractContextManager[Any]]  # where its rows live
    values: Loop


PLAIN = Contender("dict", User, nullcontext, values_plain)
CAREFUL = Contender("view", CarefulUser, nullcontext, values_plain)
HASMANY = Contender("hasmany", hasmany.User, hasmany.Store, values_hasmany)

# The likes.

Pair = tuple[int, int]  # the numbers of a user and a tweet


class Likes:
    """`size` different pairs of `people` users and as many tweets, both drawn by Zipf(0.8)."""

    def __init__(self, size: int, people: int) -> None:
        rng = random.Random(SEED)
        weights = list(accumulate((rank + 1) ** -0.8 for rank in range(people)))
        users, tweets = shuffled(range(people), rng), shuffled(range(people), rng)

        def draw() -> Iterable[Pair]:
            return zip(
                rng.choices(users, cum_weights=weights, k=size // 4),
                rng.choices(tweets, cum_weights=weights, k=size // 4),
                strict=True,
            )

        seen: dict[Pair, None] = {}
        while len(seen) < size:
            seen |= dict.fromkeys(draw())
        self.people = people
        self.pairs = list(seen)[:size]  # in the order they arrived
        self.some = rng.sample(self.pairs, min(size, SAMPLE))
        present, absent = set(self.pairs), set[Pair]()
        while len(absent) < len(self.some):
            absent |= set(draw()) - present
        self.absent = shuffled(sorted(absent), rng)[: len(self.some)]
        self.each_tweet = [(0, tweet) for tweet in shuffled(range(people), rng)]


def shuffled(items: Iterable[Any], rng: random.Random) -> list[Any]:
    copy = list(items)
    rng.shuffle(copy)
    return copy


# Measuring.

Costs = dict[str, float]  # what was asked to nanoseconds
BYTES = "bytes a like"


def measure(contender: Contender, likes: Likes) -> Costs:
    """One round of one contender, in a world of its own."""
    costs: Costs = {}
    all_likes = len(likes.pairs)

    def ask(title: str, loop: Loop, pairs: list[Pair], answers: int | None = None) -> None:
        sides = [users[user] for user, _ in pairs], [tweets[tweet] for _, tweet in pairs]
        spent = nanoseconds(loop, *sides) - nanoseconds(nothing, *sides)
        costs[title] = spent / (answers or len(pairs))

    with contender.world():
        users = [contender.user(f"user{number}") for number in range(likes.people)]
        tweets = [user.post_tweet("Hello, world") for user in users]
        ask("`user.like_tweet(tweet)`, new", like, likes.pairs)
        ask("`user.like_tweet(tweet)`, again", like, likes.some)
        ask("`tweet in user.liked_tweets`, true", contains, likes.some)
        ask("`tweet in user.liked_tweets`, false", contains, likes.absent)
        ask("`len(tweet.likers)`", length, likes.some)
        ask("`for user in tweet.likers`, a record", records, likes.each_tweet, all_likes)
        ask("`username` of the likers, a value", contender.values, likes.each_tweet, all_likes)
        expect(tweets, all_likes)
        if contender is HASMANY:
            costs[BYTES] = hasmany.Store.current().stats().bytes_total / all_likes
        ask("`user.unlike_tweet(tweet)`", unlike, likes.some)
        expect(tweets, all_likes - len(likes.some))
    return costs


def nanoseconds(loop: Loop, users: list[Any], tweets: list[Any]) -> int:
    # Python specialises a function's bytecode for the types it meets. A fresh copy of the code
    # meets one contender's only.
    fresh = FunctionType(loop.__code__.replace(), loop.__globals__)
    gc.collect()  # the garbage of what went before is not this loop's
    start = time.perf_counter_ns()
    fresh(users, tweets)
    return time.perf_counter_ns() - start


def expect(tweets: list[Any], likes: int) -> None:
    if (found := sum(len(tweet.likers) for tweet in tweets)) != likes:
        sys.exit(f"{found} likes where {likes} belong: what was measured is wrong")


def medians(likes: Likes, rounds: int) -> dict[str, Costs]:
    """Of each contender. They take turns, and take turns at being first."""
    contenders = [PLAIN, CAREFUL, HASMANY]
    runs: dict[str, list[Costs]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        for contender in contenders if number % 2 else reversed(contenders):
            runs[contender.name].append(measure(contender, likes))
    middle: dict[str, Costs] = {}
    for name, each in runs.items():
        middle[name] = {title: statistics.median(run[title] for run in each) for title in each[0]}
    return middle


# Telling.


def table(likes: Likes, rounds: int, costs: dict[str, Costs]) -> str:
    rows = [["ns", PLAIN.name, CAREFUL.name, HASMANY.name, "dict / ours", "view / ours"], ["---"] + ["---:"] * 5]
    held = costs[HASMANY.name].pop(BYTES)
    for title, ours in costs[HASMANY.name].items():
        plain = [costs[PLAIN.name][title], costs[CAREFUL.name][title]]
        ratios = [f"{cost / ours:.1f}" if ours > 0 else "-" for cost in plain]
        rows.append([title, *(f"{cost:,.0f}" for cost in (*plain, ours)), *ratios])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    title = f"**{len(likes.pairs):,} likes**, {likes.people:,} users and as many tweets"
    lines = [f"{title}, median of {rounds} rounds:", ""]
    for first, *rest in rows:
        cells = " | ".join(map(str.rjust, rest, widths[1:]))
        lines.append(f"| {first:<{widths[0]}} | {cells} |")
    lines += ["", f"hasmany's store held {held:.0f} bytes a like, all indexes and the users and tweets included."]
    return "\n".join(lines)


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = re.findall(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE)
        cpu = names[0] if names else cpu
    return (
        f"{cpu}, {os.cpu_count()} cores, {platform.system()}; "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"hasmany {version('hasmany')}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000, help="likes in the second table")
    parser.add_argument("--rounds", type=int, default=5, help="of the second; the first has 5x")
    parser.add_argument("--write", action="store_true", help="put the result into the docs")
    arguments = parser.parse_args()
    if arguments.size < 10_000:
        parser.error("--size: fewer than 10,000 likes would all be in cache")
    if _hasmany.__debug_build__:
        sys.exit("this is a debug build of hasmany: `pip install .` makes a release build")

    report = machine() + "."
    print(report)
    for likes, rounds in (
        (Likes(18_000, people=1_000), 5 * arguments.rounds),
        (Likes(arguments.size, people=arguments.size // 25), arguments.rounds),
    ):
        text = table(likes, rounds, medians(likes, rounds))
        print(f"\n{text}", flush=True)
        report += f"\n\n{text}"
    if arguments.write:
        write("calls", report)


if __name__ == "__main__":
    main()
