"""scipy.sparse: a matrix of users by tweets as CSR and as CSC; frozen, so no single like."""

import math
from typing import Any

import numpy as np
from scipy.sparse import coo_array

from peers import Ids
from peers.counts import largest


class Peer:
    packages = ("scipy",)

    def __init__(self, users: int, tweets: int) -> None:
        self.shape = (users + 1, tweets + 1)  # row 0 and column 0 stay empty: ids begin at 1
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.username = np.array([f"user{id}" for id in self.users], dtype=object)

    def build(self, users: Ids, tweets: Ids) -> None:
        self._hold(self._matrix(users, tweets))

    def more(self, users: Ids, tweets: Ids) -> None:
        self._hold(self.by_user + self._matrix(users, tweets))

    def _matrix(self, users: Ids, tweets: Ids) -> Any:
        likes = np.ones(len(users), dtype=bool)
        return coo_array((likes, (users, tweets)), shape=self.shape).tocsr()  # adds up what is there twice

    def _hold(self, by_user: Any) -> None:
        self.by_user = by_user
        self.by_tweet = self.by_user.tocsc()
        self.likers = self.by_tweet.T  # shares its arrays
        self.active = np.diff(self.by_user.indptr)
        self.popular = np.maximum(np.diff(self.by_tweet.indptr), 1).astype(float)
        self.held = self.popular**-0.6

    def _liked(self, user: int) -> Any:
        pointers = self.by_user.indptr
        return self.by_user.indices[pointers[user] : pointers[user + 1]]

    def _likers(self, tweet: int) -> Any:
        pointers = self.by_tweet.indptr
        return self.by_tweet.indices[pointers[tweet] : pointers[tweet + 1]]

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        found = []
        for user, tweet in zip(users, tweets, strict=True):
            liked = self._liked(user)
            place = liked.searchsorted(tweet)
            found.append(place < len(liked) and liked[place] == tweet)
        return found

    def count(self, tweets: list[int]) -> list[int]:
        pointers = self.by_tweet.indptr
        return [pointers[tweet + 1] - pointers[tweet] for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        for tweet in tweets:
            for _user in self._likers(tweet).tolist():
                pass

    def arrays(self, users: list[int]) -> list[Ids]:
        return [self._liked(user) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        names: list[str] = self.username[self._likers(tweet)].tolist()
        return names

    def both(self, tweet: int, other: int) -> Any:
        return np.intersect1d(self._likers(tweet), self._likers(other), assume_unique=True)

    def overlap(self, tweet: int, other: int) -> int:
        return len(self.both(tweet, other))

    def top(self, k: int) -> list[tuple[int, int]]:
        return largest(np.diff(self.by_tweet.indptr), k)

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        shared = np.bincount(self.by_user[self._likers(tweet)].indices, minlength=self.shape[1])
        shared[tweet] = 0
        return largest(shared, k)

    def recommend(self, user: int, k: int) -> list[tuple[int, float]]:
        """The formula of hasmany's `recommend`, with its defaults."""
        own = self._liked(user)
        votes = self.held[own] @ self.likers[own]
        votes[user] = 0
        others = np.flatnonzero(votes)
        walks = self.by_user[others]
        scores = (votes[others] / self.active[others]) @ walks
        scores[own] = 0
        owners = np.bincount(walks.indices, minlength=self.shape[1])
        paths, touched = self.active[others].sum(), max(np.count_nonzero(scores), 1)
        exponent = round(min(max(0.05 + 0.25 * math.log(max(paths, 1) / touched), 0), 0.8) * 64) / 64
        return largest(scores * self.popular**-exponent * (owners / (owners + 3)), k)
