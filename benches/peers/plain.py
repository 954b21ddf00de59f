"""Python classes with `__slots__`; a like stands in a dict of its user and in a dict of its tweet."""

from collections import Counter
from heapq import nlargest
from itertools import chain
from typing import Any

import numpy as np

from peers import Ids


class User:
    __slots__ = ("_likes", "id", "username")

    def __init__(self, id: int, username: str) -> None:
        self.id = id
        self.username = username
        self._likes: dict[Tweet, Like] = {}

    @property
    def liked_tweets(self) -> "dict[Tweet, Like]":
        return self._likes

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
    __slots__ = ("_likes", "id")

    def __init__(self, id: int) -> None:
        self.id = id
        self._likes: dict[User, Like] = {}

    @property
    def likers(self) -> "dict[User, Like]":
        return self._likes


class Like:
    __slots__ = ("tweet", "user")

    def __init__(self, user: User, tweet: Tweet) -> None:
        self.user = user
        self.tweet = tweet


class Peer:
    packages = ()

    def __init__(self, users: int, tweets: int) -> None:
        self.users: list[Any] = [None, *(User(id, f"user{id}") for id in range(1, users + 1))]
        self.tweets: list[Any] = [None, *(Tweet(id) for id in range(1, tweets + 1))]

    def build(self, users: Ids, tweets: Ids) -> None:
        for user, tweet in zip(users.tolist(), tweets.tolist(), strict=True):
            self.users[user].like_tweet(self.tweets[tweet])

    more = build

    def like(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            user.like_tweet(tweet)

    def unlike(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            user.unlike_tweet(tweet)

    def contains(self, users: list[User], tweets: list[Tweet]) -> list[bool]:
        return [tweet in user.liked_tweets for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[Tweet]) -> list[int]:
        return [len(tweet.likers) for tweet in tweets]

    def members(self, tweets: list[Tweet]) -> None:
        for tweet in tweets:
            for _user in tweet.likers:
                pass

    def arrays(self, users: list[User]) -> list[Ids]:
        return [np.array([tweet.id for tweet in user.liked_tweets], dtype=np.int64) for user in users]

    def usernames(self, tweet: Tweet) -> list[str]:
        return [user.username for user in tweet.likers]

    def both(self, tweet: Tweet, other: Tweet) -> set[User]:
        return tweet.likers.keys() & other.likers.keys()

    def overlap(self, tweet: Tweet, other: Tweet) -> int:
        return len(tweet.likers.keys() & other.likers.keys())

    def top(self, k: int) -> list[tuple[Tweet, int]]:
        return nlargest(k, ((tweet, len(tweet.likers)) for tweet in self.tweets[1:]), key=lambda pair: pair[1])

    def colikes(self, tweet: Tweet, k: int) -> list[tuple[Tweet, int]]:
        shared = Counter(chain.from_iterable(user.liked_tweets for user in tweet.likers))
        del shared[tweet]
        return shared.most_common(k)
