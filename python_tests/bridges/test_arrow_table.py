"""Every collection is a table: an Arrow stream of its members."""

import gc
import threading
from datetime import date

import pytest
from hasmany import Like, Store, Tweet, User, between

from ..libraries import pyarrow
from .books import FIELDS, NOON, Book, Maybe, Shelf, rows, table

# ── the table ─────────────────────────────────────────────────────────────────────────────────────


def test_the_columns_are_the_id_and_the_fields_as_declared(books):
    assert table(Book.all()).column_names == ["id", *FIELDS]
    assert table(User.all()).column_names == ["id", "username"]
    assert table(Tweet.all()).column_names == ["id", "message", "user"]
    assert table(Like.all()).column_names == ["id", "user", "tweet"]


def test_the_columns_have_the_types_of_their_fields(books):
    pa = pyarrow()
    expected = {
        "id": pa.int64(),
        "title": pa.large_string(),
        "shelf": pa.int64(),
        "pages": pa.int64(),
        "price": pa.float64(),
        "lent": pa.bool_(),
        "cover": pa.large_binary(),
        "added": pa.timestamp("us", "UTC"),
        "printed": pa.date32(),
        "sequel_to": pa.int64(),
    }
    for collection in (Book.all(), Book.all()[:2], Book.where(title="none"), Shelf.all()[0].books):
        schema = table(collection).schema
        assert dict(zip(schema.names, schema.types, strict=True)) == expected


def test_the_types_are_the_same_where_values_are_none():
    pa = pyarrow()
    Maybe(), Maybe()
    schema = table(Maybe.all()).schema
    assert schema.types == [
        pa.int64(),
        pa.int64(),
        pa.float64(),
        pa.bool_(),
        pa.large_string(),
        pa.large_binary(),
        pa.timestamp("us", "UTC"),
        pa.date32(),
        pa.int64(),
    ]


def test_the_values_are_those_of_the_records(books):
    assert table(Book.all()).to_pylist() == rows(books)


def test_none_is_null():
    Maybe()
    Maybe(1, 0.5, False, "", b"", NOON, date(2024, 5, 1), Shelf("top"))
    Maybe(0, None, True)
    out = table(Maybe.all())
    assert [column.null_count for column in out.columns] == [0, 1, 2, 1, 2, 2, 2, 2, 2]
    assert out.to_pylist()[0] == dict.fromkeys(out.column_names, None) | {"id": 1}
    assert out.to_pylist()[1] == {
        "id": 2,
        "whole": 1,
        "real": 0.5,
        "flag": False,
        "text": "",
        "raw": b"",
        "at": NOON,
        "day": date(2024, 5, 1),
        "shelf": 1,
    }


def test_a_table_of_no_rows_has_its_columns():
    out = table(Book.all())
    assert (out.num_rows, out.column_names) == (0, ["id", *FIELDS])


def test_every_value_passes_validation(books):
    table(Book.all()).validate(full=True)
    Maybe.insert_all(text=["x" * n if n % 3 else None for n in range(100)], flag=[None, True] * 50)
    table(Maybe.all()).validate(full=True)
    table(Maybe.all()[5:77]).validate(full=True)


def test_the_stream_is_a_capsule(books):
    capsule = Book.all().__arrow_c_stream__()
    assert type(capsule).__name__ == "PyCapsule"
    assert "arrow_array_stream" in repr(capsule)


def test_a_stream_that_nobody_reads_is_dropped(books):
    for _ in range(100):
        Book.all().__arrow_c_stream__()
    gc.collect()
    assert table(Book.all()).num_rows == 3


def test_a_collection_gives_as_many_streams_as_are_asked_for(tweet):
    likers = tweet.likers
    assert table(likers) == table(likers)
    User("late").like_tweet(tweet)
    assert table(likers).num_rows == 4


def test_a_wanted_schema_is_no_error(books):
    schema = pyarrow().schema({"id": pyarrow().int32()})
    for wanted in (None, schema.__arrow_c_schema__()):
        assert Book.all().__arrow_c_stream__(wanted) is not None
        assert Book.all().__arrow_c_stream__(requested_schema=wanted) is not None


def test_reading_changes_nothing(store, tweet):
    before = rows(User.all())
    table(tweet.likers), table(Like.all())
    assert rows(User.all()) == before
    store.check()


# ── every collection ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "collection",
    [
        lambda tweet: User.all(),
        lambda tweet: Like.all(),
        lambda tweet: tweet.likers,
        lambda tweet: tweet.likes,
        lambda tweet: tweet.user.tweets,
        lambda tweet: User.all()[3].liked_tweets,
        lambda tweet: tweet.likers[::-1],
        lambda tweet: tweet.likers[:2],
        lambda tweet: User.where(username=["eve", "bob"]),
        lambda tweet: User.where(username=between("b", "d")),
        lambda tweet: User.all().order_by("username", reverse=True),
        lambda tweet: tweet.likers.order_by("username"),
        lambda tweet: tweet.likers & User.all()[:4],
        lambda tweet: User.all() - tweet.likers,
        lambda tweet: tweet.likers[:1] | User.all(),
        lambda tweet: tweet.likers ^ User.all(),
        lambda tweet: tweet.likers.through("liked_tweets"),
        lambda tweet: Tweet.all().page(2).items,
        lambda tweet: User.all().sample(3, seed=1),
        lambda tweet: User.insert_all(username=["x", "y"]),
        lambda tweet: User.where(username="nobody"),
    ],
)
def test_every_collection_is_a_table_in_its_own_order(tweet, collection):
    many = collection(tweet)
    assert table(many).to_pylist() == rows(many)


def test_a_table_of_a_fixed_collection_leaves_out_what_was_deleted(tweet):
    fixed = tweet.likers[:]
    User.find(username="bob").delete()
    assert table(fixed)["username"].to_pylist() == ["dave", "eve"]


def test_a_table_after_deletes_and_packing(store, tweet):
    for n in range(300):
        User(f"crowd {n}").like_tweet(tweet)
    for user in User.all()[5:200]:
        user.delete()
    for _ in range(2):
        assert table(tweet.likers).to_pylist() == rows(tweet.likers)
        assert table(Like.all()).to_pylist() == rows(Like.all())
        store.compact()


def test_a_table_shows_what_its_transaction_did(store, tweet):
    with pytest.raises(ZeroDivisionError), store.transaction():
        User("new").like_tweet(tweet)
        tweet.likers[0].delete()
        assert table(tweet.likers)["username"].to_pylist() == ["bob", "eve", "new"]
        raise ZeroDivisionError
    assert table(tweet.likers)["username"].to_pylist() == ["dave", "bob", "eve"]


def test_a_reader_keeps_what_the_collection_was(tweet):
    reader = pyarrow().RecordBatchReader.from_stream(tweet.likers)
    expected = rows(tweet.likers)
    tweet.likers[0].delete()
    User("late").like_tweet(tweet)
    assert reader.read_all().to_pylist() == expected


def test_a_table_outlives_its_store():
    with Store() as other:
        Book.insert_all(title=[f"book {n}" for n in range(1000)], cover=[b"x" * n for n in range(1000)])
        reader = pyarrow().RecordBatchReader.from_stream(Book.all())
        out = table(Book.all())
    del other
    gc.collect()
    assert out["title"].to_pylist() == reader.read_all()["title"].to_pylist() == [f"book {n}" for n in range(1000)]
    assert out["cover"][999].as_py() == b"x" * 999


def test_a_large_table():
    count = 150_000
    texts = [f"tweet {n}" for n in range(count)]
    alice = User("alice")
    made = Tweet.insert_all(message=texts, user=alice)
    out = table(made)
    assert out.num_rows == count
    assert out["message"].to_pylist() == texts
    assert out["id"].to_numpy().tolist() == list(range(1, count + 1))
    assert set(out["user"].to_pylist()) == {alice.id}
    assert table(made[::-1000])["message"].to_pylist() == texts[::-1000]


def test_a_table_is_read_in_another_thread(tweet):
    likers, seen = tweet.likers, []
    thread = threading.Thread(target=lambda: seen.append(table(likers).to_pylist()))
    thread.start()
    thread.join()
    assert seen == [rows(likers)]
