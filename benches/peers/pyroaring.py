"""CRoaring through pyroaring: a `BitMap` of tweet ids a user, and one of user ids a tweet."""

from array import array
from collections.abc import Iterator
from heapq import nlargest
from typing import Any

import numpy as np
from pyroaring import BitMap

from peers import Ids
from peers.counts import largest


class Peer:
    packages = ("pyroaring",)

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.username = [f"user{id}" for id in self.users]

    def build(self, users: Ids, tweets: Ids) -> None:
        self.liked = list(bitmaps(users, tweets, len(self.users)))
        self.likers = list(bitmaps(tweets, users, len(self.tweets)))

    def more(self, users: Ids, tweets: Ids) -> None:
        for held, owners, members in ((self.liked, users, tweets), (self.likers, tweets, users)):
            order = np.argsort(owners, kind="stable")
            found, starts = np.unique(owners[order], return_index=True)
            for owner, some in zip(found.tolist(), np.split(members[order], starts[1:]), strict=True):
                held[owner].update(some.tolist())

    def like(self, users: list[int], tweets: list[int]) -> None:
        liked, likers = self.liked, self.likers
        for user, tweet in zip(users, tweets, strict=True):
            liked[user].add(tweet)
            likers[tweet].add(user)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        liked, likers = self.liked, self.likers
        for user, tweet in zip(users, tweets, strict=True):
            liked[user].discard(tweet)
            likers[tweet].discard(user)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        liked = self.liked
        return [tweet in liked[user] for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        likers = self.likers
        return [len(likers[tweet]) for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        likers = self.likers
        for tweet in tweets:
            for _user in likers[tweet]:
                pass

    def arrays(self, users: list[int]) -> list[Any]:
        liked = self.liked
        return [np.asarray(liked[user].to_array()) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        username = self.username
        return [username[user] for user in self.likers[tweet]]

    def both(self, tweet: int, other: int) -> Any:
        return self.likers[tweet] & self.likers[other]

    def overlap(self, tweet: int, other: int) -> int:
        count: int = self.likers[tweet].intersection_cardinality(self.likers[other])
        return count

    def top(self, k: int) -> list[tuple[int, int]]:
        return nlargest(k, enumerate(map(len, self.likers)), key=lambda pair: pair[1])

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        shared = np.bincount(np.concatenate(self.arrays(list(self.likers[tweet]))), minlength=len(self.tweets))
        shared[tweet] = 0
        return largest(shared, k)


def bitmaps(owners: Ids, members: Ids, ids: int) -> Iterator[Any]:
    """One bitmap for each id of an owner, those without members included."""
    grouped = array("I", members[np.argsort(owners, kind="stable")].astype(np.uint32).tobytes())
    ends = np.cumsum(np.bincount(owners, minlength=ids)).tolist()
    for start, end in zip([0, *ends], ends, strict=False):
        yield BitMap(grouped[start:end])
