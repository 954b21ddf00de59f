"""Django's ORM: `Like.objects.create(...)` for a like, `bulk_create` for many; it has SQLite check foreign keys."""

from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection, models, transaction
from peers import Ids

from files.schema import PRAGMAS, InSqlite

BATCH = 100_000

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"transaction_mode": "IMMEDIATE"}}}
)
django.setup()


class User(models.Model):
    username = models.TextField()

    class Meta:
        app_label, db_table, managed = "likes", "users", False


class Tweet(models.Model):
    message = models.TextField()
    user = models.ForeignKey(User, models.CASCADE)

    class Meta:
        app_label, db_table, managed = "likes", "tweets", False


class Like(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    tweet = models.ForeignKey(Tweet, models.CASCADE)

    class Meta:
        app_label, db_table, managed = "likes", "likes", False


class Peer(InSqlite):
    packages = ("django",)

    def __init__(self, path: Path, durability: str) -> None:
        connection.settings_dict["NAME"] = path
        connection.settings_dict["OPTIONS"]["init_command"] = ";".join(PRAGMAS).format(durability=durability)
        self.users: list[Any] = [None, *User.objects.order_by("id")]
        self.tweets: list[Any] = [None, *Tweet.objects.order_by("id")]

    def like(self, users: list[User], tweets: list[Tweet]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            Like.objects.create(user=user, tweet=tweet)

    def loop(self, users: list[User], tweets: list[Tweet]) -> None:
        with transaction.atomic():
            self.like(users, tweets)

    def batch(self, users: Ids, tweets: Ids) -> None:
        with transaction.atomic():
            for start in range(0, len(users), BATCH):
                some = slice(start, start + BATCH)
                pairs = zip(users[some].tolist(), tweets[some].tolist(), strict=True)
                Like.objects.bulk_create([Like(user_id=user, tweet_id=tweet) for user, tweet in pairs])

    def close(self) -> None:
        connection.close()
