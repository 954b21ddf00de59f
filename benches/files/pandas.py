"""pandas: `read_sql` of the likes."""

import sqlite3
from pathlib import Path

import pandas


class Peer:
    packages = ("pandas",)
    durabilities = ()

    @staticmethod
    def read(path: Path) -> None:
        database = sqlite3.connect(path)
        pandas.read_sql("SELECT id, user_id, tweet_id FROM likes", database)
        database.close()
