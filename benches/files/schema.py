"""The file that all peers with SQLite write to: the columns and indexes that hasmany has for User, Tweet and Like."""

import sqlite3
from pathlib import Path

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL) STRICT;
CREATE TABLE tweets (
    id INTEGER PRIMARY KEY,
    message TEXT NOT NULL,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX tweets_by_user ON tweets (user_id);
CREATE TABLE likes (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tweet_id INTEGER NOT NULL REFERENCES tweets (id) ON DELETE CASCADE
) STRICT;
"""
INDEXES = {
    "likes_by_pair": "CREATE UNIQUE INDEX likes_by_pair ON likes (user_id, tweet_id)",
    "likes_by_tweet": "CREATE INDEX likes_by_tweet ON likes (tweet_id)",
}
PRAGMAS = ("PRAGMA synchronous = {durability}", "PRAGMA cache_size = -16000")  # of each connection, as hasmany's


class InSqlite:
    """What peers with SQLite have in common: the file."""

    durabilities: tuple[str, ...] = ("normal", "full")

    @staticmethod
    def create(path: Path, users: int, tweets: int) -> None:
        database = sqlite3.connect(path)
        database.executescript("PRAGMA journal_mode = WAL;" + SCHEMA + ";".join(INDEXES.values()))
        database.executemany("INSERT INTO users VALUES (?, ?)", ((id, f"user{id}") for id in range(1, users + 1)))
        rows = ((id, "Hello, world", (id - 1) % users + 1) for id in range(1, tweets + 1))
        database.executemany("INSERT INTO tweets VALUES (?, ?, ?)", rows)
        database.commit()
        database.close()

    @staticmethod
    def likes(path: Path) -> list[tuple[int, int]]:
        database = sqlite3.connect(path)
        rows = database.execute("SELECT user_id, tweet_id FROM likes ORDER BY id").fetchall()
        database.close()
        return rows
