"""What a peer is asked in each row of the table that reads."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

import numpy as np

from peers import Ids, Peer
from peers.work import Work

K = 10

Loop = Callable[..., object]  # takes the sides of many questions


@dataclass(frozen=True)
class Questions:
    """Side by side what a peer's method takes; `answers` has how many answers each question has."""

    ask: Loop
    sides: tuple[list[Any], ...]
    answers: list[int]

    def first(self, calls: int) -> tuple[list[Any], ...]:
        """The sides of so many questions, from the beginning again where there are fewer."""
        return tuple(list(islice(cycle(side), calls)) for side in self.sides)

    def count(self, calls: int) -> int:
        """The answers of so many questions."""
        return sum(islice(cycle(self.answers), calls))


def reading(peer: Any, work: Work) -> dict[str, Questions]:
    """The rows that this peer can do, by name."""
    likers = np.bincount(work.tweets, minlength=work.people[1] + 1)
    present, absent = sides(peer, work.present), sides(peer, work.absent)
    owners = [peer.users[id] for id in work.owners.tolist()]
    topics, typical = tweets(peer, work.topics), tweets(peer, work.typical)
    of_topics, one = likers[work.topics].tolist(), [1]
    most, large = ([[tweet] for tweet in tweets(peer, pair)] for pair in (work.most, work.large))

    rows: dict[str, tuple[Any, tuple[list[Any], ...], list[int]]] = {
        "hit": (method(peer, "contains"), present, one),
        "miss": (method(peer, "contains"), absent, one),
        "count": (method(peer, "count"), present[1:], one),
        "members": (method(peer, "members"), (topics,), of_topics),
        "usernames": (each(peer, "usernames"), (topics,), of_topics),
        "arrays": (method(peer, "arrays"), (owners,), one),
        "both": (each(peer, "both"), tuple(most), one),
        "overlap": (each(peer, "overlap"), tuple(most), one),
        "both_large": (each(peer, "both"), tuple(large), one),
        "overlap_large": (each(peer, "overlap"), tuple(large), one),
        "top": (each(peer, "top"), ([K],), one),
        "colikes": (each(peer, "colikes"), (typical, [K] * len(typical)), one),
        "recommend": (each(peer, "recommend"), (owners, [K] * len(owners)), one),
    }
    return {row: Questions(*asked) for row, asked in rows.items() if asked[0] and asked[1]}


def method(peer: Any, name: str) -> Loop | None:
    return getattr(peer, name, None)


def each(peer: Any, name: str) -> Loop | None:
    """A loop over a method that takes one question."""
    ask = method(peer, name)
    if ask is None:
        return None

    def loop(*sides: list[Any]) -> None:
        for question in zip(*sides, strict=True):
            ask(*question)

    return loop


def sides(peer: Peer, pairs: Ids) -> tuple[list[Any], list[Any]]:
    """The users and the tweets of pairs of ids, as the peer knows them."""
    return [peer.users[id] for id in pairs[:, 0].tolist()], tweets(peer, pairs[:, 1])


def tweets(peer: Peer, ids: Ids) -> list[Any]:
    return [peer.tweets[id] for id in ids.tolist()]
