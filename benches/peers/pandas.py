"""pandas: a frame of likes without repeats, merged with what comes; only what is a bulk operation there."""

import pandas as pd

from peers import Ids

PAIR = ["user", "tweet"]


class Peer:
    packages = ("pandas",)

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.likes = pd.DataFrame(columns=PAIR, dtype="int64")
        self.ratings = pd.DataFrame(columns=[*PAIR, "stars"], dtype="int64")

    def build(self, users: Ids, tweets: Ids) -> None:
        self.likes = pd.DataFrame({"user": users, "tweet": tweets}).drop_duplicates()

    def more(self, users: Ids, tweets: Ids) -> None:
        new = pd.DataFrame({"user": users, "tweet": tweets})
        self.likes = pd.concat([self.likes, new]).drop_duplicates()

    def rate(self, users: Ids, tweets: Ids, stars: Ids) -> None:
        new = pd.DataFrame({"user": users, "tweet": tweets, "stars": stars})
        both = self.ratings.merge(new, on=PAIR, how="outer", suffixes=("_before", ""))
        both["stars"] = both["stars"].fillna(both["stars_before"]).astype("int64")
        self.ratings = both.drop(columns="stars_before")

    def stars(self, users: list[int], tweets: list[int]) -> list[int]:
        asked = pd.DataFrame({"user": users, "tweet": tweets})
        return [int(stars) for stars in asked.merge(self.ratings, on=PAIR, how="left")["stars"]]

    def top(self, k: int) -> list[tuple[int, int]]:
        return list(self.likes["tweet"].value_counts().head(k).items())

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        likers = self.likes.loc[self.likes["tweet"] == tweet, ["user"]]
        others = self.likes.merge(likers, on="user")
        return list(others.loc[others["tweet"] != tweet, "tweet"].value_counts().head(k).items())
