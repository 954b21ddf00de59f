"""User, Tweet and Like, through the public interface, in a store in a file."""

from pathlib import Path
from typing import Any

import numpy as np
from hasmany import Like, Store, Tweet, User
from peers import Ids

from files.schema import InSqlite


class Peer(InSqlite):
    packages = ("hasmany",)

    @staticmethod
    def create(path: Path, users: int, tweets: int) -> None:
        with Store(path):
            User.insert_all(username=[f"user{id}" for id in range(1, users + 1)])
            Tweet.insert_all(message="Hello, world", user=np.arange(tweets) % users + 1)

    def __init__(self, path: Path, durability: Any) -> None:
        self.store = Store(path, durability=durability).use()
        self.users: list[Any] = [None, *User.all()]
        self.tweets: list[Any] = [None, *Tweet.all()]

    def like(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            user.like_tweet(tweet)

    def loop(self, users: list[User], tweets: list[Tweet]) -> None:
        with self.store.transaction():
            for user, tweet in zip(users, tweets, strict=True):
                user.like_tweet(tweet)

    def batch(self, users: Ids, tweets: Ids) -> None:
        Like.insert_all(user=users, tweet=tweets)

    def copy(self, path: Path) -> None:
        self.store.save(path)

    def close(self) -> None:
        self.store.close()

    @staticmethod
    def read(path: Path) -> None:
        Store(path).close()
