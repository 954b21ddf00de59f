"""Visits, which are asked in columns and by one user's list: made of the likes, one for each, numbered from 1.

A peer that has `log(visits)` keeps them in a table of its own, with an index by user and time where it has indexes, and
then has `totals` and what else `ASKED` names. Which visits an answer holds, `numbers` says.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from peers import Ids
from peers.questions import Questions, each
from peers.work import SEED, Work

ASKED = ("totals", "above", "ordered", "between", "equal", "newest", "page")
STARS = 3  # more than these
SIZE = 20  # visits of a page, or in a time
BUSY = 10  # users who are asked about: those with most visits


@dataclass(frozen=True)
class Visits:
    users: Ids
    stars: Ids  # 1 to 5
    weights: Ids  # each another one, in random order
    times: Ids  # ascending, as times do


def visits(work: Work) -> Visits:
    size = len(work.users)
    return Visits(
        users=work.users,
        stars=(work.users * 7 + work.tweets * 13) % 5 + 1,
        weights=np.random.default_rng(SEED).permutation(size),
        times=np.arange(size) * 10,
    )


def asked(peer: Any, of: Visits) -> dict[str, Questions]:
    """The rows that this peer can do, by name; the peer has logged these visits."""
    busy = np.argsort(-np.bincount(of.users), kind="stable")[:BUSY].tolist()
    lists = [np.flatnonzero(of.users == user) for user in busy]
    middles = [rows[len(rows) // 2 :] for rows in lists]
    # From a visit in the middle to the one that is a page later, which is not among them.
    times = [of.times[rows[[0, min(SIZE, len(rows) - 1)]]].tolist() for rows in middles]
    low, high = ([pair[end] for pair in times] for end in (0, 1))
    one, sizes = [1], [SIZE] * len(busy)
    owners = [peer.visitor(user) for user in busy]
    places = [peer.place(owner, len(rows) // 2) for owner, rows in zip(owners, lists, strict=True)]
    rows: dict[str, tuple[list[Any], ...]] = {
        "totals": ([SIZE],),
        "above": ([STARS],),
        "ordered": (["weight"],),
        "between": (owners, low, high),
        "equal": (owners, low),
        "newest": (owners, sizes),
        "page": (owners, sizes, places),
    }
    loops = {row: each(peer, row) for row in rows}
    return {row: Questions(loop, rows[row], one) for row, loop in loops.items() if loop}


def answered(peer: Any, work: Work) -> Iterator[tuple[str, Any]]:
    """What the peer answers, as JSON can hold it."""
    of = visits(work)
    peer.log(of)
    for row, questions in asked(peer, of).items():
        answers = [getattr(peer, row)(*question) for question in zip(*questions.sides, strict=True)]
        if row == "totals":
            yield row, [[int(count), round(mean or 0, 9)] for count, mean in peer.pairs(answers[0])]
        elif row == "above":
            yield row, sorted(peer.numbers(answers[0]))
        else:
            yield row, [peer.numbers(answer) for answer in answers]
