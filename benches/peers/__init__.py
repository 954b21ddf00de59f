"""What hasmany is measured beside: one module a library, each with one class `Peer`.

    python -m peers measure scipy DIRECTORY     # from benches/; what compare.py starts, once a peer

A peer is made for a number of users and of tweets, who are there from then on, with ids from 1. `users[id]` and
`tweets[id]` are what its own users would hold in their hands: an object, an id, the number of a node. Its methods are
the rows of the table, and take those. A method that is not there, or is None, is a "-" in the table.

| method | does |
|---|---|
| `build(users, tweets)` | all likes from two arrays of ids; afterwards both directions and uniqueness are ready |
| `more(users, tweets)` | as many likes as are given, besides those that are built: as `build`, and at once |
| `rate(users, tweets, stars)` | gives as many pairs at once so many stars: those that have some get others, the rest is added; afterwards as with `build`. It is a table of its own, beside the likes |
| `like(users, tweets)`, `unlike(users, tweets)` | one like after another, each complete when its turn ends |
| `stars(users, tweets)` | how many stars each pair has: a list |
| `contains(users, tweets)` | whether each is liked: a list of what is true or false |
| `count(tweets)` | how many like each: a list |
| `members(tweets)` | goes through who likes each, and drops them |
| `arrays(users)` | what each user likes: a list of NumPy arrays of ids |
| `usernames(tweet)` | the names of those who like it |
| `both(tweet, other)` | who likes both: anything with a length |
| `overlap(tweet, other)` | how many like both |
| `top(k)` | the k most liked tweets: pairs of a tweet and a number |
| `colikes(tweet, k)` | the k other tweets that share most likers with it, likewise |
| `log(visits)` | keeps a visit for each like, as `visits.py` has them, in a table of its own |
| `visitor(id)`, `place(user, number)` | how the rows below call a user, and the place behind so many of a user's visits; not measured |
| `totals(_)` | how many visits each user has, and the mean of their stars, users without any too: anything; `pairs` makes pairs of it, by user |
| `above(stars)` | the visits with more stars: anything; `numbers` says which |
| `ordered(field)` | all visits by `weight`, likewise |
| `between(user, low, high)`, `equal(user, time)` | the user's visits in a time, without its end; at a time |
| `newest(user, k)` | the user's latest visits, the last one first |
| `page(user, k, place)` | the user's next visits, oldest first |
| `recommend(user, k)` | k tweets that the user does not like yet, best first, by the peer's own measure: anything |

Those that take lists are given many questions and loop themselves, since calling them once a question would be a large part
of what some of them cost. None may answer two questions with one call of its library.

The first line of a module's docstring stands below the table.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]

NAMES = (
    "hasmany",
    "plain",
    "sets",
    "scipy",
    "implicit",
    "pyroaring",
    "networkx",
    "rustworkx",
    "igraph",
    "sqlite3",
    "sqlalchemy",
    "duckdb",
    "ladybug",
    "overgraph",
    "kglite",
    "polars",
    "pandas",
)


class Peer(Protocol):
    """What every peer has; the rest as above."""

    users: Sequence[Any]
    tweets: Sequence[Any]

    def __init__(self, users: int, tweets: int) -> None: ...

    def build(self, users: Ids, tweets: Ids) -> None: ...


def load(name: str) -> type[Peer]:
    """The class of a peer. ImportError where its library is not installed."""
    peer: type[Peer] = import_module(f"peers.{name}").Peer
    return peer
