"""SQLite by hand, in autocommit for a like; for many in an empty table the indexes are made after the rows."""

import sqlite3
from pathlib import Path

from peers import Ids

from files.schema import INDEXES, PRAGMAS, InSqlite

LIKE = "INSERT INTO likes (user_id, tweet_id) VALUES (?, ?)"


class Peer(InSqlite):
    packages = ()
    version = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, path: Path, durability: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self.database.execute(pragma.format(durability=durability))
        self.users = range(self._count("users") + 1)
        self.tweets = range(self._count("tweets") + 1)

    def _count(self, table: str) -> int:
        count: int = self.database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count

    def like(self, users: list[int], tweets: list[int]) -> None:
        for pair in zip(users, tweets, strict=True):
            self.database.execute(LIKE, pair)

    def batch(self, users: Ids, tweets: Ids) -> None:
        self.database.execute("BEGIN")
        self.database.executemany(LIKE, zip(users.tolist(), tweets.tolist(), strict=True))
        self.database.execute("COMMIT")

    def bulk(self, users: Ids, tweets: Ids) -> None:
        self.database.execute("BEGIN")
        for name in INDEXES:
            self.database.execute(f"DROP INDEX {name}")
        self.database.executemany(LIKE, zip(users.tolist(), tweets.tolist(), strict=True))
        for sql in INDEXES.values():
            self.database.execute(sql)
        self.database.execute("COMMIT")

    def close(self) -> None:
        self.database.close()
