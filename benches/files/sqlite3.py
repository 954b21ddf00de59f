"""SQLite by hand: `execute` and `commit()` for a like; `executemany` and `commit()` for many, the indexes being there."""

import sqlite3
from pathlib import Path

from peers import Ids

from files.schema import PRAGMAS, InSqlite

LIKE = "INSERT INTO likes (user_id, tweet_id) VALUES (?, ?)"


class Peer(InSqlite):
    packages = ()
    version = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, path: Path, durability: str) -> None:
        self.database = sqlite3.connect(path)
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
            self.database.commit()

    def loop(self, users: list[int], tweets: list[int]) -> None:
        for pair in zip(users, tweets, strict=True):
            self.database.execute(LIKE, pair)
        self.database.commit()

    def batch(self, users: Ids, tweets: Ids) -> None:
        self.database.executemany(LIKE, zip(users.tolist(), tweets.tolist(), strict=True))
        self.database.commit()

    def copy(self, path: Path) -> None:
        self.database.execute("VACUUM INTO ?", (str(path),))

    def close(self) -> None:
        self.database.close()

    @staticmethod
    def read(path: Path) -> None:
        database = sqlite3.connect(path)
        database.execute("SELECT id, user_id, tweet_id FROM likes").fetchall()
        database.close()
