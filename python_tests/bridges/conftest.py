"""Tweets that are liked, and books."""

from datetime import UTC, date, datetime

import pytest
from hasmany import Tweet, User

from .books import NOON, Book, Shelf


@pytest.fixture
def tweets(alice) -> list[Tweet]:
    return [alice.post_tweet(f"tweet {n}") for n in range(6)]


@pytest.fixture
def tweet(tweets) -> Tweet:
    """A tweet with three likers, not in the order of their ids."""
    users = [User(name) for name in ("bob", "carol", "dave", "eve")]
    for user in (users[2], users[0], users[3]):
        user.like_tweet(tweets[0])
    return tweets[0]


@pytest.fixture
def books() -> list[Book]:
    top = Shelf("top")
    first = Book("One", top, 3, 0.5, True, b"\x00\xff", NOON, date(1969, 12, 31))
    second = Book("", None, -(2**63), float("inf"), False, b"", datetime(1, 1, 1, tzinfo=UTC), date.min, first)
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
    return [first, second, Book("\U0001f600", Shelf("low"), 2**63 - 1, -0.0, True, b"x", last, date.max, second)]
