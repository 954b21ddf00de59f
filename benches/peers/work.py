"""The likes and what is asked about them: made once, kept in a directory, read by every peer's process.

Likes are different pairs of a user and a tweet, in the order they arrive; ids are 1, 2, 3 ...
"""

import lzma
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from peers import Ids

SEED = 1
SKEW = 0.8  # the n-th most frequent user is drawn in proportion to n ** -0.8; so are tweets
LIKES_A_USER = 25
SAMPLE = 100_000  # pairs to ask about, at most
OWNERS = 10_000  # users and tweets to ask about, at most
LARGE = 10_000  # likers of a large tweet, about


@dataclass(frozen=True)
class Work:
    users: Ids  # of each like
    tweets: Ids  # of each like
    present: Ids  # two columns: some of the likes, in random order
    absent: Ids  # as many pairs that are no likes: users and tweets of random likes, put together again
    owners: Ids  # random users
    topics: Ids  # random tweets that are liked, each once
    most: Ids  # the two most liked tweets
    large: Ids  # two tweets with about 10,000 likers, or none
    typical: Ids  # tweets with as many likers as the tweet in the middle
    people: Ids  # how many users and how many tweets

    def save(self, directory: Path) -> None:
        for field in fields(self):
            np.save(directory / f"{field.name}.npy", getattr(self, field.name))

    @staticmethod
    def load(directory: Path) -> "Work":
        paths = {field.name: directory / f"{field.name}.npy" for field in fields(Work)}
        return Work(**{name: np.asarray(np.load(path, mmap_mode="r")) for name, path in paths.items()})


def prepare(users: Ids, tweets: Ids) -> Work:
    rng = np.random.default_rng(SEED)
    people = int(users.max()), int(tweets.max())
    pairs = np.column_stack([users, tweets])
    likers = np.bincount(tweets, minlength=people[1] + 1)
    order = np.argsort(-likers[1:], kind="stable") + 1  # tweets, most liked first
    size = min(len(pairs) // 4, SAMPLE)
    return Work(
        users=users,
        tweets=tweets,
        present=rng.permutation(pairs)[: min(len(pairs), SAMPLE)],
        absent=absent_pairs(pairs, people[1] + 1, size, rng),
        owners=rng.integers(1, people[0] + 1, OWNERS),
        topics=rng.permutation(np.unique(tweets))[:OWNERS],
        most=order[:2],
        large=large_pair(order, likers),
        typical=np.flatnonzero(likers == likers[order[len(order) // 2]])[:OWNERS],
        people=np.array(people),
    )


def absent_pairs(pairs: Ids, width: int, size: int, rng: np.random.Generator) -> Ids:
    taken, found = pairs[:, 0] * width + pairs[:, 1], np.empty(0, dtype=np.int64)
    while len(found) < size:
        users, tweets = rng.choice(pairs[:, 0], 2 * size), rng.choice(pairs[:, 1], 2 * size)
        keys = np.concatenate([found, users * width + tweets])
        found = in_order(keys[~np.isin(keys, taken)])
    return np.column_stack(np.divmod(found[:size], width))


def large_pair(order: Ids, likers: Ids) -> Ids:
    nearest = order[np.argsort(np.abs(likers[order] - LARGE), kind="stable")][:2]
    return nearest if likers[nearest].min() >= LARGE // 2 and likers[nearest].max() <= LARGE * 2 else nearest[:0]


def in_order(keys: Ids) -> Ids:
    """Each key once, in the order of its first place."""
    _, first = np.unique(keys, return_index=True)
    return keys[np.sort(first)]


def zipf(size: int, people: int | None = None) -> Work:
    """`size` likes of `people` (size / 25) users and as many tweets, both drawn by Zipf with a fixed seed."""
    rng = np.random.default_rng(SEED)
    people = people or size // LIKES_A_USER
    chances = np.cumsum(np.arange(1, people + 1) ** -SKEW)
    chances /= chances[-1]
    keys = np.empty(0, dtype=np.int64)
    while len(keys) < size:
        users, tweets = (np.searchsorted(chances, rng.random(size)) for _ in range(2))
        keys = in_order(np.concatenate([keys, users * people + tweets]))
    users, tweets = np.divmod(keys[:size], people)
    names = rng.permutation(people) + 1, rng.permutation(people) + 1  # an id says nothing about how frequent it is
    return prepare(names[0][users], names[1][tweets])


def gowalla(directory: Path) -> Work:
    """The check-ins of train.txt.xz: lines of a user and her places, from 0, in random order with a fixed seed."""
    with lzma.open(directory / "train.txt.xz", "rt", encoding="ascii") as lines:
        rows = [np.array(line.split(), dtype=np.int64) for line in lines]
    users = np.concatenate([np.full(len(row) - 1, row[0]) for row in rows if len(row)])
    tweets = np.concatenate([row[1:] for row in rows])
    keys = np.random.default_rng(SEED).permutation(np.unique(users * (tweets.max() + 1) + tweets))
    users, tweets = np.divmod(keys, tweets.max() + 1)
    return prepare(users + 1, tweets + 1)
