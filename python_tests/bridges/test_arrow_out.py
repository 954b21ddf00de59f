"""Every collection is a table: an Arrow stream of its members, and arrays of their ids and values."""

import gc
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Many, Model, Store, Tweet, User, belongs_to, between, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

from ..libraries import pyarrow

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Shelf(Model):
    name: str
    books: Many["Book"] = has_many()


class Book(Model):
    """A field of every type, and references, in no order of types."""

    title: str
    shelf: Shelf | None = belongs_to(default=None)
    pages: int = 0
    price: float = 0.0
    lent: bool = False
    cover: bytes = b""
    added: datetime = NOON
    printed: date = date(2024, 5, 1)
    sequel_to: "Book | None" = belongs_to(default=None)
    sequels: Many["Book"] = has_many(by="sequel_to")


class Maybe(Model):
    """A field of every type that may be none."""

    whole: int | None = None
    real: float | None = None
    flag: bool | None = None
    text: str | None = None
    raw: bytes | None = None
    at: datetime | None = None
    day: date | None = None
    shelf: Shelf | None = belongs_to(default=None)


FIELDS = ["title", "shelf", "pages", "price", "lent", "cover", "added", "printed", "sequel_to"]


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


def table(many: Any) -> Any:
    return pyarrow().table(many)


def rows(many: Any) -> list[dict[str, Any]]:
    """What a collection's table should hold, read record by record."""
    return [
        {"id": record.id, **{name: plain(getattr(record, name)) for name in fields_of(type(record))}} for record in many
    ]


def fields_of(model: type) -> list[str]:
    names = {User: ["username"], Tweet: ["message", "user"], Like: ["user", "tweet"], Shelf: ["name"], Book: FIELDS}
    return names[model]


def plain(value: Any) -> Any:
    return getattr(value, "id", value)


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


# ── the libraries ─────────────────────────────────────────────────────────────────────────────────


def test_polars_reads_a_collection(tweet, books):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(tweet.likers)
    assert frame.columns == ["id", "username"]
    assert frame["username"].to_list() == ["dave", "bob", "eve"]
    assert frame["id"].to_list() == tweet.likers.ids.tolist()
    frame = pl.DataFrame(Book.all())
    assert frame.to_dicts() == rows(books)
    assert frame.schema == {
        "id": pl.Int64,
        "title": pl.String,
        "shelf": pl.Int64,
        "pages": pl.Int64,
        "price": pl.Float64,
        "lent": pl.Boolean,
        "cover": pl.Binary,
        "added": pl.Datetime("us", "UTC"),
        "printed": pl.Date,
        "sequel_to": pl.Int64,
    }


def test_polars_reads_a_collection_of_no_rows():
    pl = pytest.importorskip("polars")
    assert pl.DataFrame(Tweet.all()).shape == (0, 3)


def test_polars_joins_two_collections(tweet):
    pl = pytest.importorskip("polars")
    joined = pl.DataFrame(Like.all()).join(pl.DataFrame(User.all()), left_on="user", right_on="id", how="left")
    assert joined["username"].to_list() == ["dave", "bob", "eve"]


def test_pyarrow_reads_a_collection(tweet):
    assert table(tweet.likers).to_pydict() == {"id": [4, 2, 5], "username": ["dave", "bob", "eve"]}


def test_pandas_reads_a_collection(tweet, books):
    pd = pytest.importorskip("pandas", "3")
    frame = pd.DataFrame.from_arrow(tweet.likers)
    assert list(frame.columns) == ["id", "username"]
    assert frame["username"].tolist() == ["dave", "bob", "eve"]
    assert frame["id"].dtype == np.int64
    frame = pd.DataFrame.from_arrow(Book.all()[:1])
    assert frame["added"].tolist() == [pd.Timestamp(NOON)]
    assert frame.loc[0, ["title", "pages", "price", "lent", "cover"]].tolist() == ["One", 3, 0.5, True, b"\x00\xff"]
    assert pd.DataFrame.from_arrow(Like.all()).groupby("tweet").size().to_dict() == {1: 3}


def test_duckdb_reads_a_collection(tweet, books):
    duckdb = pytest.importorskip("duckdb")
    likers = tweet.likers
    assert len(likers) == 3
    assert duckdb.sql("SELECT username FROM likers ORDER BY id DESC").fetchall() == [("eve",), ("dave",), ("bob",)]
    assert duckdb.sql("SELECT count(*) FROM likers").fetchall() == [(3,)]
    shelved = Book.all()
    assert shelved.ids.tolist() == [1, 2, 3]
    assert duckdb.sql("SELECT title FROM shelved WHERE shelf IS NULL").fetchall() == [("",)]
    assert duckdb.sql("SELECT sum(pages::HUGEINT) FROM shelved").fetchall() == [(2,)]
    assert duckdb.sql("SELECT epoch_us(added) FROM shelved WHERE id = 1").fetchall() == [
        (int(NOON.timestamp()) * 10**6,)
    ]


def test_duckdb_joins_collections(tweet):
    duckdb = pytest.importorskip("duckdb")
    likes, users = Like.all(), User.all()
    assert len(likes) < len(users)
    found = duckdb.sql('SELECT username FROM likes JOIN users ON likes."user" = users.id ORDER BY likes.id').fetchall()
    assert found == [("dave",), ("bob",), ("eve",)]


def test_duckdb_reads_a_collection_again_after_it_changed(tweet):
    duckdb = pytest.importorskip("duckdb")
    likers = tweet.likers
    assert duckdb.sql("SELECT count(*) FROM likers").fetchall() == [(3,)]
    likers[0].unlike_tweet(tweet)
    assert duckdb.sql("SELECT count(*) FROM likers").fetchall() == [(2,)]


ROUND_TRIPS: list[Callable[[Many[Any]], Any]] = [
    lambda many: pytest.importorskip("polars").DataFrame(many).drop("id"),
    lambda many: pyarrow().table(many).drop_columns("id"),
    lambda many: pytest.importorskip("pandas", "3").DataFrame.from_arrow(many).drop(columns="id"),
    lambda many: pytest.importorskip("duckdb").sql("SELECT * EXCLUDE (id) FROM many"),
    lambda many: many,
]


@pytest.mark.parametrize("through", ROUND_TRIPS, ids=["polars", "pyarrow", "pandas", "duckdb", "hasmany"])
def test_what_goes_out_comes_in_again(books, through):
    books[2].update(added=NOON, printed=date(2024, 5, 1), pages=2**40)
    books[1].update(added=NOON - timedelta(days=40_000, microseconds=1), printed=date(1900, 1, 1), pages=-1)
    copies = Book.insert_all(through(Book.all()[:3]))
    assert [{**row, "id": None} for row in rows(copies)] == [{**row, "id": None} for row in rows(books)]


# ── arrays ────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_agrees_with_values_and_columns_and_ids(books, tweet):
    for many in (Book.all(), Book.all()[::-1], tweet.likers, Like.all(), tweet.user.tweets):
        out = table(many)
        assert out["id"].to_pylist() == many.ids.tolist() == many.values("id")
        for name in out.column_names[1:]:
            assert out[name].to_pylist() == [plain(value) for value in many.values(name)]
            if out[name].null_count == 0 and out[name].type not in (
                pyarrow().timestamp("us", "UTC"),
                pyarrow().date32(),
            ):
                assert many.column(name).tolist() == out[name].to_pylist()


numbers = st.none() | st.integers(-3, 3)


@settings(max_examples=100, deadline=None, database=None)
@given(
    st.lists(st.tuples(numbers, st.none() | st.sampled_from(["a", "b", ""]), st.none() | st.integers(1, 3))), st.data()
)
def test_questions_of_inserted_columns_are_those_of_a_list(given_rows, data):
    """where, order_by, values, ids, overlap and the table, against lists."""
    with Store() as store:
        Shelf.insert_all(name=["one", "two", "three"])
        wholes, texts, shelves = ([row[at] for row in given_rows] for at in range(3))
        made = Maybe.insert_all(whole=wholes, text=texts, shelf=shelves)
        ids = list(range(1, len(given_rows) + 1))
        assert made.ids.tolist() == made.values("id") == ids
        assert (made.values("whole"), made.values("text")) == (wholes, texts)
        assert made.values("shelf.name") == [shelf and ["one", "two", "three"][shelf - 1] for shelf in shelves]

        wanted = data.draw(numbers)
        low = data.draw(st.integers(-3, 3))
        same = [id for id, whole in zip(ids, wholes, strict=True) if whole == wanted]
        above = [id for id, whole in zip(ids, wholes, strict=True) if whole is not None and low <= whole]
        assert Maybe.where(whole=wanted).ids.tolist() == made.where(whole=wanted).ids.tolist() == same
        assert Maybe.where(whole=between(low, None)).ids.tolist() == above
        assert Maybe.where(shelf=Shelf.find(2)).ids.tolist() == [
            id for id, at in zip(ids, shelves, strict=True) if at == 2
        ]
        assert made.where(whole=wanted).overlap(Maybe.where(whole=between(low, None))) == len({*same} & {*above})

        for reverse in (False, True):
            some = [at for at, whole in enumerate(wholes) if whole is not None]
            none = [at for at, whole in enumerate(wholes) if whole is None]
            order = [*sorted(some, key=lambda at: wholes[at], reverse=reverse), *none]
            ordered = made.order_by("whole", reverse=reverse)
            assert ordered.values("whole") == [wholes[at] for at in order]
            if not reverse:
                assert ordered.ids.tolist() == [ids[at] for at in order]
            assert table(ordered)["id"].to_pylist() == ordered.ids.tolist()
        assert table(made).select(["whole", "text", "shelf"]).to_pylist() == [
            {"whole": whole, "text": text, "shelf": shelf} for whole, text, shelf in given_rows
        ]
        store.check()


def test_pages_and_samples_of_inserted_rows():
    made = User.insert_all(username=[str(n) for n in range(100)])
    seen, token = [], None
    while True:
        page = made.page(7, token)
        seen += table(page.items)["username"].to_pylist()
        token = page.next
        if token is None:
            break
    assert seen == made.values("username")
    sample = made.sample(30, seed=3)
    assert table(sample).num_rows == 30
    assert len(set(sample.ids.tolist())) == 30
    assert set(sample.ids.tolist()) <= set(made.ids.tolist())
    assert made.sample(30, seed=3) == sample
