"""DuckDB: a file of its own, in columns, whose indexes must fit in memory; each commit waits for the disk."""

from pathlib import Path
from typing import Any

import duckdb
from peers import Ids

SCHEMA = """
CREATE SEQUENCE like_ids;
CREATE TABLE users (id BIGINT PRIMARY KEY, username VARCHAR NOT NULL);
CREATE TABLE tweets (id BIGINT PRIMARY KEY, message VARCHAR NOT NULL, user_id BIGINT NOT NULL);
CREATE TABLE likes (
    id BIGINT PRIMARY KEY DEFAULT nextval('like_ids'),
    user_id BIGINT NOT NULL,
    tweet_id BIGINT NOT NULL,
    UNIQUE (user_id, tweet_id)
);
CREATE INDEX likes_by_tweet ON likes (tweet_id);
"""
LIKE = "INSERT INTO likes (user_id, tweet_id) VALUES (?, ?)"
USERS = "INSERT INTO users SELECT id, 'user' || id FROM range(1, ?) AS t(id)"
TWEETS = "INSERT INTO tweets SELECT id, 'Hello, world', (id - 1) % ? + 1 FROM range(1, ?) AS t(id)"


class Peer:
    packages = ("duckdb",)
    durabilities = ("full",)

    @staticmethod
    def create(path: Path, users: int, tweets: int) -> None:
        with duckdb.connect(path) as database:
            database.execute(SCHEMA)
            database.execute(USERS, [users + 1]).fetchall()
            database.execute(TWEETS, [users, tweets + 1]).fetchall()

    def __init__(self, path: Path, durability: str) -> None:
        self.database: Any = duckdb.connect(path)
        self.users = range(self._count("users") + 1)
        self.tweets = range(self._count("tweets") + 1)

    def _count(self, table: str) -> int:
        ((count,),) = self.database.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(count)

    def like(self, users: list[int], tweets: list[int]) -> None:
        for pair in zip(users, tweets, strict=True):
            self.database.execute(LIKE, pair).fetchall()

    def batch(self, users: Ids, tweets: Ids) -> None:
        likes = {"user_id": users, "tweet_id": tweets}
        self.database.register("new", likes)
        self.database.execute("INSERT INTO likes (user_id, tweet_id) SELECT user_id, tweet_id FROM new").fetchall()
        self.database.unregister("new")

    def close(self) -> None:
        self.database.close()

    @staticmethod
    def likes(path: Path) -> list[Any]:
        with duckdb.connect(path) as database:
            return database.execute("SELECT user_id, tweet_id FROM likes ORDER BY id").fetchall()
