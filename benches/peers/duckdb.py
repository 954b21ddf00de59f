"""DuckDB in memory: likes with a primary key of user and tweet, and an index on the tweet; each like commits."""

from typing import Any

import duckdb
import numpy as np

from peers import Ids
from peers.visits import Visits

SCHEMA = """
CREATE TABLE users (id BIGINT PRIMARY KEY, username VARCHAR NOT NULL);
CREATE TABLE tweets (id BIGINT PRIMARY KEY, message VARCHAR NOT NULL);
CREATE TABLE likes (user_id BIGINT NOT NULL, tweet_id BIGINT NOT NULL, PRIMARY KEY (user_id, tweet_id));
CREATE TABLE ratings (
    user_id BIGINT NOT NULL, tweet_id BIGINT NOT NULL, stars BIGINT NOT NULL, PRIMARY KEY (user_id, tweet_id)
);
CREATE INDEX ratings_by_tweet ON ratings (tweet_id);
CREATE TABLE visits (
    id BIGINT NOT NULL, user_id BIGINT NOT NULL, stars BIGINT NOT NULL, weight BIGINT NOT NULL, moment BIGINT NOT NULL
);
"""
RATE = "INSERT INTO ratings SELECT user_id, tweet_id, stars FROM pairs ON CONFLICT DO UPDATE SET stars = excluded.stars"
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
WHERE likes.tweet_id = $1 AND others.tweet_id <> $1 GROUP BY others.tweet_id ORDER BY shared DESC LIMIT $2
"""

TOTALS = """
SELECT coalesce(visits, 0) AS visits, mean FROM users
LEFT JOIN (SELECT user_id, count(*) AS visits, avg(stars) AS mean FROM visits GROUP BY user_id) ON user_id = id
ORDER BY id
"""
ABOVE = "SELECT id FROM visits WHERE stars > ?"
ORDERED = "SELECT id FROM visits ORDER BY weight"
BETWEEN = "SELECT id, stars, moment FROM visits WHERE user_id = ? AND moment >= ? AND moment < ? ORDER BY moment"
EQUAL = "SELECT id, stars, moment FROM visits WHERE user_id = ? AND moment = ?"
NEWEST = "SELECT id, stars, moment FROM visits WHERE user_id = ? ORDER BY moment DESC LIMIT ?"
PAGE = "SELECT id, stars, moment FROM visits WHERE user_id = $1 AND id > $3 ORDER BY id LIMIT $2"
PLACE = "SELECT id FROM visits WHERE user_id = ? ORDER BY id LIMIT 1 OFFSET ?"


class Peer:
    packages = ("duckdb",)

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.database: Any = duckdb.connect()
        self.database.execute(SCHEMA)
        self.database.execute("INSERT INTO users SELECT id, 'user' || id FROM range(1, ?) AS t(id)", [users + 1])
        self.database.execute("INSERT INTO tweets SELECT id, 'Hello, world' FROM range(1, ?) AS t(id)", [tweets + 1])

    def build(self, users: Ids, tweets: Ids) -> None:
        self.more(users, tweets)
        self.database.execute("CREATE INDEX likes_by_tweet ON likes (tweet_id)")

    def more(self, users: Ids, tweets: Ids) -> None:
        self.database.register("pairs", {"user_id": users, "tweet_id": tweets})
        self.database.execute("INSERT INTO likes SELECT user_id, tweet_id FROM pairs")
        self.database.unregister("pairs")

    def rate(self, users: Ids, tweets: Ids, stars: Ids) -> None:
        self.database.register("pairs", {"user_id": users, "tweet_id": tweets, "stars": stars})
        self.database.execute(RATE)
        self.database.unregister("pairs")

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
            for (_user,) in self.database.execute(LIKERS, (tweet,)).fetchall():
                pass

    def arrays(self, users: list[int]) -> list[Any]:
        ask = self.database.execute
        return [ask(LIKED, (user,)).fetchnumpy()["tweet_id"] for user in users]

    def usernames(self, tweet: int) -> list[str]:
        return [username for (username,) in self.database.execute(USERNAMES, (tweet,)).fetchall()]

    def both(self, tweet: int, other: int) -> Any:
        return self.database.execute(BOTH, (tweet, other)).fetchnumpy()["user_id"]

    def overlap(self, tweet: int, other: int) -> int:
        count: int = self.database.execute(OVERLAP, (tweet, other)).fetchone()[0]
        return count

    def top(self, k: int) -> list[Any]:
        rows: list[Any] = self.database.execute(TOP, (k,)).fetchall()
        return rows

    def colikes(self, tweet: int, k: int) -> list[Any]:
        rows: list[Any] = self.database.execute(COLIKES, (tweet, k)).fetchall()
        return rows

    def log(self, visits: Visits) -> None:
        columns = {"user_id": visits.users, "stars": visits.stars, "weight": visits.weights, "moment": visits.times}
        self.database.execute("BEGIN").fetchall()  # of what was asked before nothing may be unread
        self.database.register("logged", {"id": np.arange(1, len(visits.users) + 1), **columns})
        self.database.execute("INSERT INTO visits SELECT id, user_id, stars, weight, moment FROM logged")
        self.database.unregister("logged")
        self.database.execute("COMMIT")

    def visitor(self, id: int) -> int:
        return id

    def place(self, user: int, number: int) -> int:
        place: int = self.database.execute(PLACE, (user, number - 1)).fetchone()[0]
        return place

    def totals(self, _: int) -> Any:
        return self.database.execute(TOTALS).fetchnumpy()

    def pairs(self, table: Any) -> list[tuple[int, float]]:
        return list(zip(table["visits"].tolist(), table["mean"].tolist(), strict=True))

    def above(self, stars: int) -> Any:
        return self.database.execute(ABOVE, (stars,)).fetchnumpy()["id"]

    def ordered(self, _field: str) -> Any:
        return self.database.execute(ORDERED).fetchnumpy()["id"]

    def between(self, user: int, low: int, high: int) -> list[Any]:
        return list(self.database.execute(BETWEEN, (user, low, high)).fetchall())

    def equal(self, user: int, time: int) -> list[Any]:
        return list(self.database.execute(EQUAL, (user, time)).fetchall())

    def newest(self, user: int, k: int) -> list[Any]:
        return list(self.database.execute(NEWEST, (user, k)).fetchall())

    def page(self, user: int, k: int, place: int) -> list[Any]:
        return list(self.database.execute(PAGE, (user, k, place)).fetchall())

    def numbers(self, visits: Any) -> list[int]:
        return [visit[0] for visit in visits] if isinstance(visits, list) else visits.tolist()
