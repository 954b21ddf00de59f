"""SQLite in memory: a table of likes, unique by user and tweet, with an index the other way; each like commits."""

import sqlite3
from itertools import chain

import numpy as np

from peers import Ids
from peers.visits import Visits

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, username TEXT NOT NULL);
CREATE TABLE tweets (id INTEGER PRIMARY KEY, message TEXT NOT NULL);
CREATE TABLE likes (
    user_id INTEGER NOT NULL REFERENCES users,
    tweet_id INTEGER NOT NULL REFERENCES tweets,
    UNIQUE (user_id, tweet_id)
);
CREATE TABLE ratings (
    user_id INTEGER NOT NULL REFERENCES users,
    tweet_id INTEGER NOT NULL REFERENCES tweets,
    stars INTEGER NOT NULL,
    UNIQUE (user_id, tweet_id)
);
CREATE INDEX ratings_by_tweet ON ratings (tweet_id, user_id);
CREATE TABLE visits (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users,
    stars INTEGER NOT NULL,
    weight INTEGER NOT NULL,
    at INTEGER NOT NULL
);
"""
RATE = """
INSERT INTO ratings VALUES (?, ?, ?) ON CONFLICT (user_id, tweet_id) DO UPDATE SET stars = excluded.stars
"""
STARS = "SELECT stars FROM ratings WHERE user_id = ? AND tweet_id = ?"
LIKE = "INSERT OR IGNORE INTO likes VALUES (?, ?)"
UNLIKE = "DELETE FROM likes WHERE user_id = ? AND tweet_id = ?"
CONTAINS = "SELECT 1 FROM likes WHERE user_id = ? AND tweet_id = ?"
COUNT = "SELECT count(*) FROM likes WHERE tweet_id = ?"
LIKERS = "SELECT user_id FROM likes WHERE tweet_id = ?"
LIKED = "SELECT tweet_id FROM likes WHERE user_id = ?"
USERNAMES = "SELECT username FROM likes JOIN users ON users.id = user_id WHERE tweet_id = ?"
BOTH = "SELECT user_id FROM likes JOIN likes AS others USING (user_id) WHERE likes.tweet_id = ? AND others.tweet_id = ?"
OVERLAP = (
    "SELECT count(*) FROM likes JOIN likes AS others USING (user_id) WHERE likes.tweet_id = ? AND others.tweet_id = ?"
)
TOP = "SELECT tweet_id, count(*) AS likers FROM likes GROUP BY tweet_id ORDER BY likers DESC LIMIT ?"
COLIKES = """
SELECT others.tweet_id, count(*) AS shared FROM likes JOIN likes AS others USING (user_id)
WHERE likes.tweet_id = ?1 AND others.tweet_id <> ?1 GROUP BY others.tweet_id ORDER BY shared DESC LIMIT ?2
"""

TOTALS = """
SELECT count(visits.id), avg(stars) FROM users LEFT JOIN visits ON user_id = users.id GROUP BY users.id ORDER BY users.id
"""
ABOVE = "SELECT id FROM visits WHERE stars > ?"
ORDERED = "SELECT id FROM visits ORDER BY weight"
BETWEEN = "SELECT id, stars, at FROM visits WHERE user_id = ? AND at >= ? AND at < ? ORDER BY at"
EQUAL = "SELECT id, stars, at FROM visits WHERE user_id = ? AND at = ?"
NEWEST = "SELECT id, stars, at FROM visits WHERE user_id = ? ORDER BY at DESC LIMIT ?"
PAGE = "SELECT id, stars, at FROM visits WHERE user_id = ?1 AND id > ?3 ORDER BY id LIMIT ?2"
PLACE = "SELECT id FROM visits WHERE user_id = ? ORDER BY id LIMIT 1 OFFSET ? - 1"
INDEXES = "CREATE INDEX visits_by_at ON visits (user_id, at); CREATE INDEX visits_by_user ON visits (user_id); ANALYZE;"


class Peer:
    packages = ()
    version = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(SCHEMA)
        with self.database:
            self.database.execute("BEGIN")
            self.database.executemany("INSERT INTO users VALUES (?, ?)", ((id, f"user{id}") for id in self.users[1:]))
            self.database.executemany("INSERT INTO tweets VALUES (?, 'Hello, world')", zip(self.tweets[1:]))

    def build(self, users: Ids, tweets: Ids) -> None:
        with self.database:
            self.database.execute("BEGIN")
            self._insert(users, tweets)
            self.database.execute("CREATE INDEX likes_by_tweet ON likes (tweet_id, user_id)")

    def more(self, users: Ids, tweets: Ids) -> None:
        with self.database:
            self.database.execute("BEGIN")
            self._insert(users, tweets)

    def _insert(self, users: Ids, tweets: Ids) -> None:
        likes = zip(users.tolist(), tweets.tolist(), strict=True)
        self.database.executemany("INSERT INTO likes VALUES (?, ?)", likes)

    def rate(self, users: Ids, tweets: Ids, stars: Ids) -> None:
        with self.database:
            self.database.execute("BEGIN")
            rows = zip(users.tolist(), tweets.tolist(), stars.tolist(), strict=True)
            self.database.executemany(RATE, rows)

    def stars(self, users: list[int], tweets: list[int]) -> list[int]:
        ask = self.database.execute
        return [ask(STARS, pair).fetchone()[0] for pair in zip(users, tweets, strict=True)]

    def like(self, users: list[int], tweets: list[int]) -> None:
        for pair in zip(users, tweets, strict=True):
            self.database.execute(LIKE, pair)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        for pair in zip(users, tweets, strict=True):
            self.database.execute(UNLIKE, pair)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        ask = self.database.execute
        return [ask(CONTAINS, pair).fetchone() is not None for pair in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        ask = self.database.execute
        return [ask(COUNT, (tweet,)).fetchone()[0] for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        for tweet in tweets:
            for (_user,) in self.database.execute(LIKERS, (tweet,)):
                pass

    def arrays(self, users: list[int]) -> list[Ids]:
        ask = self.database.execute
        return [np.fromiter(chain.from_iterable(ask(LIKED, (user,))), np.int64) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        return [username for (username,) in self.database.execute(USERNAMES, (tweet,))]

    def both(self, tweet: int, other: int) -> list[int]:
        return [user for (user,) in self.database.execute(BOTH, (tweet, other))]

    def overlap(self, tweet: int, other: int) -> int:
        count: int = self.database.execute(OVERLAP, (tweet, other)).fetchone()[0]
        return count

    def top(self, k: int) -> list[tuple[int, int]]:
        return self.database.execute(TOP, (k,)).fetchall()

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        return self.database.execute(COLIKES, (tweet, k)).fetchall()

    def log(self, visits: Visits) -> None:
        columns = (visits.users, visits.stars, visits.weights, visits.times)
        with self.database:
            self.database.execute("BEGIN")
            rows = zip(*(column.tolist() for column in columns), strict=True)
            self.database.executemany("INSERT INTO visits (user_id, stars, weight, at) VALUES (?, ?, ?, ?)", rows)
        self.database.executescript(INDEXES)

    def visitor(self, id: int) -> int:
        return id

    def place(self, user: int, number: int) -> int:
        place: int = self.database.execute(PLACE, (user, number)).fetchone()[0]
        return place

    def totals(self, _: int) -> list[tuple[int, float | None]]:
        return self.database.execute(TOTALS).fetchall()

    def pairs(self, table: list[tuple[int, float | None]]) -> list[tuple[int, float | None]]:
        return table

    def above(self, stars: int) -> list[tuple[int, ...]]:
        return self.database.execute(ABOVE, (stars,)).fetchall()

    def ordered(self, _field: str) -> list[tuple[int, ...]]:
        return self.database.execute(ORDERED).fetchall()

    def between(self, user: int, low: int, high: int) -> list[tuple[int, ...]]:
        return self.database.execute(BETWEEN, (user, low, high)).fetchall()

    def equal(self, user: int, time: int) -> list[tuple[int, ...]]:
        return self.database.execute(EQUAL, (user, time)).fetchall()

    def newest(self, user: int, k: int) -> list[tuple[int, ...]]:
        return self.database.execute(NEWEST, (user, k)).fetchall()

    def page(self, user: int, k: int, place: int) -> list[tuple[int, ...]]:
        return self.database.execute(PAGE, (user, k, place)).fetchall()

    def numbers(self, visits: list[tuple[int, ...]]) -> list[int]:
        return [visit[0] for visit in visits]
