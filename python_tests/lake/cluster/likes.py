"""Likes, of which a few tweets have many: in memory, and as a folder."""

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from hasmany import Like, Store, Tweet, User

MODELS = [User, Tweet, Like]


class Size(NamedTuple):
    users: int
    tweets: int
    likes: int
    asked: int
    """Users that are recommended to."""


SIZE = {"small": Size(400, 300, 6_000, 300), "nightly": Size(30_000, 20_000, 800_000, 3_000)}[
    os.environ.get("HASMANY_CLUSTER", "small")
]


def filled(store: Store, place: Path) -> None:
    """The likes in a store, and exported."""
    draw = np.random.default_rng(7)
    with store:
        User.insert_all(username=[f"u{at}" for at in range(SIZE.users)])
        Tweet.insert_all(
            message=[f"m{at}" for at in range(SIZE.tweets)], user=draw.integers(1, SIZE.users + 1, SIZE.tweets)
        )
        pairs = draw.integers(1, SIZE.users + 1, SIZE.likes) * (SIZE.tweets + 1)
        pairs += np.minimum(draw.zipf(1.3, SIZE.likes), 10**9) % SIZE.tweets + 1
        pairs = draw.permutation(np.unique(pairs))
        Like.insert_all(user=pairs // (SIZE.tweets + 1), tweet=pairs % (SIZE.tweets + 1))
        store.to_parquet(place)


def rows(rankings: Any) -> list[tuple[Any, ...]]:
    """Rankings as tuples of owner, rank, member and score."""
    import pyarrow as pa

    return list(zip(*pa.table(rankings).to_pydict().values(), strict=True))
