"""Members are picked and ordered by what is in their fields."""

from datetime import UTC, date, datetime

from hasmany import User

from .library import Book, Sample, Shelf


def test_where_keeps_the_order_of_the_collection(alice, tweets):
    tweets[2].message = tweets[7].message = "same"
    assert alice.liked_tweets.where(message="same") == [tweets[2], tweets[7]]
    assert alice.liked_tweets[::-1].where(message="same") == [tweets[7], tweets[2]]
    assert alice.liked_tweets.where(message="none") == []


def test_where_looks_at_members_only(alice, tweets):
    bob = User("bob")
    his = bob.post_tweet("tweet 1")
    assert alice.tweets.where(message="tweet 1") == [tweets[1]]
    assert alice.tweets.where(user=bob) == []
    assert bob.tweets.where(user=bob) == [his]


def test_where_with_nothing_is_everything(alice, tweets):
    assert alice.tweets.where() == tweets


def test_find_by_gives_the_first_or_none(alice, tweets):
    tweets[2].message = tweets[7].message = "same"
    assert alice.liked_tweets.find_by(message="same") == tweets[2]
    assert alice.liked_tweets[::-1].find_by(message="same") == tweets[7]
    assert alice.liked_tweets.find_by(message="none") is None
    assert User("bob").tweets.find_by(message="same") is None


def test_order_by_is_stable_and_puts_none_last_both_ways():
    shelf = Shelf("top")
    books = [Book(title, pages, shelf) for title, pages in zip("abcdef", (3, None, 1, 3, None, 2), strict=True)]
    a, b, c, d, e, f = books
    assert shelf.books.order_by("pages") == [c, f, a, d, b, e]
    assert shelf.books.order_by("pages", reverse=True) == [a, d, f, c, b, e]
    assert shelf.books == books


def test_order_by_a_field_of_a_reference():
    low, high = Shelf("low"), Shelf("high")
    one, two, three, four = Book("1", shelf=low), Book("2"), Book("3", shelf=high), Book("4", shelf=low)
    assert Book.all().order_by("shelf.name") == [three, one, four, two]
    assert Book.all().order_by("shelf.name", reverse=True) == [one, four, three, two]


def test_order_by_id(alice, tweets):
    assert alice.tweets.order_by("id", reverse=True) == tweets[::-1]
    assert alice.tweets[::-1].order_by("id") == tweets


def test_order_by_every_type():
    days = [date(2024, 5, day) for day in (2, 3, 1)]
    for place, day in enumerate(days):
        at = datetime(2024, 1, 1, place, tzinfo=UTC)
        Sample((5, -5, 0)[place], (0.5, -0.5, 0.0)[place], place == 1, "bca"[place], bytes([2 - place]), at, day)
    order = {
        "whole": [2, 3, 1],
        "real": [2, 3, 1],
        "flag": [1, 3, 2],
        "text": [3, 1, 2],
        "raw": [3, 2, 1],
        "at": [1, 2, 3],
        "day": [3, 1, 2],
    }
    for name, ids in order.items():
        assert Sample.all().order_by(name).ids.tolist() == ids, name
