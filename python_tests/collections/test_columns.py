"""The ids and values of a collection, as a list or as an array."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hasmany import SchemaError, Tweet, User

from .library import Book, Sample, Shelf


def test_ids_are_an_array(alice, tweets):
    ids = alice.liked_tweets.ids
    assert ids.dtype == np.int64
    assert ids.shape == (10,)
    assert ids.tolist() == [tweet.id for tweet in tweets]
    assert alice.liked_tweets[::-1].ids.tolist() == [tweet.id for tweet in tweets[::-1]]
    assert User("bob").tweets.ids.shape == (0,)


def test_values_are_one_a_record_in_order(alice, tweets):
    assert alice.liked_tweets.values("message") == [f"tweet {n}" for n in range(10)]
    assert alice.liked_tweets[2:0:-1].values("message") == ["tweet 2", "tweet 1"]
    assert alice.liked_tweets.values("id") == [tweet.id for tweet in tweets]
    assert User("bob").tweets.values("message") == []


def test_values_follow_references(alice, tweets):
    User("bob").post_tweet("his")
    assert alice.likes.values("tweet.message") == [f"tweet {n}" for n in range(10)]
    assert Tweet.all().values("user.username") == ["alice"] * 10 + ["bob"]
    assert alice.likes.values("tweet.user.username") == ["alice"] * 10
    assert alice.likes.values("tweet.id") == [tweet.id for tweet in tweets]


def test_values_across_an_empty_reference_are_none():
    Book("on a shelf", shelf=Shelf("top"))
    Book("on the floor")
    assert Book.all().values("shelf.name") == ["top", None]


def test_columns_have_the_type_of_their_field():
    noon = datetime(2024, 5, 1, 12, 0, 0, 250, tzinfo=UTC)
    Sample(-3, 0.5, True, "é", b"\x00\xff", noon, date(2024, 5, 1))
    Sample(2**63 - 1, -1.0, False, "", b"", noon, date(1969, 12, 31))
    rows = Sample.all()
    expected = {
        "id": (np.dtype("int64"), [1, 2]),
        "whole": (np.dtype("int64"), [-3, 2**63 - 1]),
        "real": (np.dtype("float64"), [0.5, -1.0]),
        "flag": (np.dtype("bool"), [True, False]),
        "text": (np.dtype("object"), ["é", ""]),
        "raw": (np.dtype("object"), [b"\x00\xff", b""]),
        "at": (np.dtype("datetime64[us]"), [noon.replace(tzinfo=None)] * 2),
        "day": (np.dtype("datetime64[D]"), [date(2024, 5, 1), date(1969, 12, 31)]),
    }
    for name, (dtype, values) in expected.items():
        column = rows.column(name)
        assert (column.dtype, column.tolist()) == (dtype, values), name
        assert column.shape == (2,)


def test_columns_with_none_among_the_values():
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    for optional in ({}, {"maybe_whole": 7, "maybe_real": 1.5, "maybe_at": noon, "maybe_day": noon.date()}):
        Sample(1, 1.0, True, "", b"", noon, noon.date(), **optional)
    rows = Sample.all()
    whole, real = rows.column("maybe_whole"), rows.column("maybe_real")
    at, day = rows.column("maybe_at"), rows.column("maybe_day")
    assert (whole.dtype, whole.tolist()) == (np.dtype(object), [None, 7])
    assert real.dtype == np.float64
    assert np.isnan(real[0])
    assert real[1] == 1.5
    assert at.dtype == np.dtype("datetime64[us]")
    assert np.isnat(at[0])
    assert at[1] == np.datetime64("2024-05-01T12:00:00", "us")
    assert day.dtype == np.dtype("datetime64[D]")
    assert np.isnat(day[0])
    assert day[1] == np.datetime64("2024-05-01", "D")


def test_a_column_of_references_holds_ids(alice, tweets):
    column = alice.likes.column("tweet")
    assert column.dtype == np.int64
    assert column.tolist() == [tweet.id for tweet in tweets]
    Book("on a shelf", shelf=Shelf("top"))
    Book("on the floor")
    assert Book.all().column("shelf").tolist() == [1, None]


def test_a_column_follows_references(alice, tweets):
    assert alice.likes.column("tweet.message").tolist() == [f"tweet {n}" for n in range(10)]


@pytest.mark.parametrize("name", ["mesage", "user.usrname", "usr.username", "message.length", ""])
def test_an_unknown_column_is_a_schema_error(alice, tweets, name):
    for read in (alice.tweets.values, alice.tweets.column, alice.tweets.order_by):
        with pytest.raises(SchemaError):
            read(name)
