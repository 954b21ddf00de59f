"""polars, pyarrow, pandas and DuckDB read collections as tables."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Many, Tweet, User

from ..libraries import pyarrow
from .books import NOON, Book, rows, table


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
