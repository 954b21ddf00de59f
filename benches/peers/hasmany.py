"""User, Tweet and Like, through the public interface, in a store in memory."""

from typing import Any

import hasmany
import numpy as np
from hasmany import Like, Many, Model, Table, Tweet, User, between, col, has_many

from peers import Ids
from peers.visits import Visits


class Rating(Model, unique=("user", "tweet")):
    user: User
    tweet: Tweet
    stars: int


class Person(Model):
    number: int
    visits: Many["Visit"] = has_many()


class Visit(Model):
    person: Person
    stars: int
    weight: int
    at: int


class Peer:
    packages = ("hasmany",)

    def __init__(self, users: int, tweets: int) -> None:
        self.store = hasmany.Store().use()
        User.insert_all(username=[f"user{id}" for id in range(1, users + 1)])
        Tweet.insert_all(message="Hello, world", user=np.arange(tweets) % users + 1)
        self.users: list[Any] = [None, *User.all()]
        self.tweets: list[Any] = [None, *Tweet.all()]

    def build(self, users: Ids, tweets: Ids) -> None:
        Like.insert_all(user=users, tweet=tweets)

    more = build

    def rate(self, users: Ids, tweets: Ids, stars: Ids) -> None:
        Rating.insert_all(user=users, tweet=tweets, stars=stars, on_conflict="update")

    def stars(self, users: list[User], tweets: list[Tweet]) -> list[int]:
        return Rating.find_all(user=users, tweet=tweets).values("stars")

    def like(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            user.like_tweet(tweet)

    def unlike(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            user.unlike_tweet(tweet)

    def contains(self, users: list[User], tweets: list[Tweet]) -> list[bool]:
        return [tweet in user.liked_tweets for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[Tweet]) -> list[int]:
        return [len(tweet.likers) for tweet in tweets]

    def members(self, tweets: list[Tweet]) -> None:
        for tweet in tweets:
            for _user in tweet.likers:
                pass

    def arrays(self, users: list[User]) -> list[Ids]:
        return [user.liked_tweets.ids for user in users]

    def usernames(self, tweet: Tweet) -> list[str]:
        return tweet.likers.values("username")

    def both(self, tweet: Tweet, other: Tweet) -> Many[User]:
        return tweet.likers & other.likers

    def overlap(self, tweet: Tweet, other: Tweet) -> int:
        return tweet.likers.overlap(other.likers)

    def top(self, k: int) -> list[Any]:
        return list(Tweet.all().top(k, by="likers"))

    def colikes(self, tweet: Tweet, k: int) -> list[Any]:
        return list(tweet.similar("likers", k, measure="count"))

    def recommend(self, user: User, k: int) -> list[Any]:
        return list(user.recommend("liked_tweets", k))

    def log(self, visits: Visits) -> None:
        Person.insert_all(number=np.arange(1, len(self.users)))
        Visit.insert_all(person=visits.users, stars=visits.stars, weight=visits.weights, at=visits.times)

    def visitor(self, id: int) -> Person:
        return Person.find(id)

    def place(self, person: Person, number: int) -> str | None:
        return person.visits.page(number).next

    def totals(self, _: int) -> Table:
        return Person.all().select("id", count=col("visits").count(), mean=col("visits.stars").mean())

    def pairs(self, table: Table) -> list[tuple[int, float | None]]:
        return [(row["count"], row["mean"]) for row in table.to_dicts()]

    def above(self, stars: int) -> Many[Visit]:
        return Visit.all().where(col("stars") > stars)

    def ordered(self, field: str) -> Many[Visit]:
        return Visit.all().order_by(field)

    def between(self, person: Person, low: int, high: int) -> Many[Visit]:
        return person.visits.where(at=between(low, high))

    def equal(self, person: Person, time: int) -> Many[Visit]:
        return person.visits.where(at=time)

    def newest(self, person: Person, k: int) -> Any:
        return person.visits.order_by("at", reverse=True)[:k]

    def page(self, person: Person, k: int, place: str) -> Many[Visit]:
        return person.visits.page(k, after=place).items

    def numbers(self, visits: Any) -> list[int]:
        return [visit.id for visit in visits]
