"""polars: a frame of likes without repeats, filtered anew for each question; one like at a time is not for it."""

from typing import Any

import polars as pl

from peers import Ids
from peers.visits import Visits


class Peer:
    packages = ("polars",)

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.names = pl.DataFrame({"user": self.users[1:], "username": [f"user{id}" for id in self.users[1:]]})
        self.likes = pl.DataFrame(schema={"user": pl.Int64, "tweet": pl.Int64})
        self.ratings = pl.DataFrame(schema={"user": pl.Int64, "tweet": pl.Int64, "stars": pl.Int64})

    def build(self, users: Ids, tweets: Ids) -> None:
        self.likes = pl.DataFrame({"user": users, "tweet": tweets}).unique(maintain_order=True)

    def more(self, users: Ids, tweets: Ids) -> None:
        new = pl.DataFrame({"user": users, "tweet": tweets})
        self.likes = pl.concat([self.likes, new]).unique(maintain_order=True)

    def rate(self, users: Ids, tweets: Ids, stars: Ids) -> None:
        new = pl.DataFrame({"user": users, "tweet": tweets, "stars": stars})
        self.ratings = self.ratings.update(new, on=["user", "tweet"], how="full")

    def stars(self, users: list[int], tweets: list[int]) -> list[int]:
        asked = pl.DataFrame({"user": users, "tweet": tweets})
        return asked.join(self.ratings, on=["user", "tweet"], how="left", maintain_order="left")["stars"].to_list()

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        user_is, tweet_is = pl.col("user"), pl.col("tweet")
        pairs = zip(users, tweets, strict=True)
        return [not self.likes.filter(user_is == user, tweet_is == tweet).is_empty() for user, tweet in pairs]

    def count(self, tweets: list[int]) -> list[int]:
        return [len(self._likers(tweet)) for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        for tweet in tweets:
            for _user in self._likers(tweet):
                pass

    def arrays(self, users: list[int]) -> list[Any]:
        return [self.likes.filter(pl.col("user") == user)["tweet"].to_numpy() for user in users]

    def usernames(self, tweet: int) -> list[str]:
        likers = self.likes.filter(pl.col("tweet") == tweet)
        return likers.join(self.names, on="user")["username"].to_list()

    def both(self, tweet: int, other: int) -> Any:
        return self._likers(tweet).to_frame().join(self._likers(other).to_frame(), on="user", how="semi")["user"]

    def overlap(self, tweet: int, other: int) -> int:
        return len(self.both(tweet, other))

    def top(self, k: int) -> list[Any]:
        return self.likes.group_by("tweet").len("likers").top_k(k, by="likers").rows()

    def colikes(self, tweet: int, k: int) -> list[Any]:
        likers = self.likes.filter(pl.col("tweet") == tweet).select("user")
        others = self.likes.join(likers, on="user").filter(pl.col("tweet") != tweet)
        return others.group_by("tweet").len("shared").top_k(k, by="shared").rows()

    def _likers(self, tweet: int) -> pl.Series:
        return self.likes.filter(pl.col("tweet") == tweet)["user"]

    def log(self, visits: Visits) -> None:
        columns = {"user": visits.users, "stars": visits.stars, "weight": visits.weights, "at": visits.times}
        self.visits = pl.DataFrame({"id": range(1, len(visits.users) + 1), **columns})

    def visitor(self, id: int) -> int:
        return id

    def place(self, user: int, number: int) -> int:
        return int(self.visits.filter(pl.col("user") == user)["id"][number - 1])

    def totals(self, _: int) -> pl.DataFrame:
        found = self.visits.group_by("user").agg(pl.len().alias("count"), pl.col("stars").mean().alias("mean"))
        users = self.names.select("user").join(found, on="user", how="left", maintain_order="left")
        return users.with_columns(pl.col("count").fill_null(0))

    def pairs(self, table: pl.DataFrame) -> list[Any]:
        return table.select("count", "mean").rows()

    def above(self, stars: int) -> pl.DataFrame:
        return self.visits.filter(pl.col("stars") > stars)

    def ordered(self, field: str) -> pl.DataFrame:
        return self.visits.sort(field)

    def between(self, user: int, low: int, high: int) -> pl.DataFrame:
        return self.visits.filter(pl.col("user") == user, pl.col("at") >= low, pl.col("at") < high)

    def equal(self, user: int, time: int) -> pl.DataFrame:
        return self.visits.filter(pl.col("user") == user, pl.col("at") == time)

    def newest(self, user: int, k: int) -> pl.DataFrame:
        return self.visits.filter(pl.col("user") == user).top_k(k, by="at").sort("at", descending=True)

    def page(self, user: int, k: int, place: int) -> pl.DataFrame:
        return self.visits.filter(pl.col("user") == user, pl.col("id") > place).head(k)

    def numbers(self, visits: pl.DataFrame) -> list[int]:
        return visits["id"].to_list()
