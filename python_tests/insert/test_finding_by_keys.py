"""`ids_of` and `find_all`: rows by their unique keys, many at once."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hasmany import Like, Model, SchemaError, Store, Tweet, User, field


class Author(Model, key="name"):
    name: str
    code: int | None = field(default=None, unique=True)


class Book(Model, key=("author", "title")):
    author: Author
    title: str


class Loan(Model, unique=("book", "day")):
    book: Book
    day: int


@pytest.fixture(autouse=True)
def store() -> Iterator[Store]:
    with Store() as store:
        Author.insert_all(name=["ann", "bob", "cat"], code=[10, None, 30])
        Book.insert_all(author=["bob", "ann", "bob"], title=["B", "A", "A"])
        Loan.insert_all({"book.id": [1, 2, 2], "day": [1, 1, 2]})
        yield store


def test_ids_are_as_long_as_the_input_and_0_where_there_is_none() -> None:
    ids = Author.ids_of(name=["cat", "zoe", "ann", "cat"])
    assert ids.tolist() == [3, 0, 1, 3] and ids.dtype == np.int64
    assert Author.ids_of(code=[None, 30, 11]).tolist() == [0, 3, 0]
    assert Author.ids_of(name=pl.Series([], dtype=pl.String)).tolist() == []
    assert Author.ids_of(name="bob").tolist() == [2]


def test_rows_are_found_each_once_at_their_first_place() -> None:
    assert Author.find_all(name=["cat", "zoe", "ann", "cat"]).values("name") == ["cat", "ann"]
    assert Author.find_all(name=["zoe"]) == []


def test_composite_keys() -> None:
    assert Book.ids_of(author=["bob", "bob", "zoe", "ann"], title=["A", "Z", "A", "A"]).tolist() == [3, 0, 0, 2]
    assert Book.ids_of(title="A", author=[Author.find("bob"), Author.find("ann")]).tolist() == [3, 2]
    keys = {"book.author.name": ["ann", "ann", "bob"], "book.title": ["A", "Z", "B"], "day": [2, 1, 1]}
    assert Loan.ids_of(**keys).tolist() == [3, 0, 1]
    assert Loan.find_all(**keys).ids.tolist() == [3, 1]


def test_pairs_are_unlinked_in_bulk() -> None:
    users = User.insert_all(username=[f"u{at}" for at in range(50)])
    tweets = Tweet.insert_all(message=[f"t{at}" for at in range(20)], user=users[0])
    at = np.arange(1000)
    Like.insert_all(user=at % 50 + 1, tweet=at // 50 + 1)
    gone = Like.find_all(user=at[::3] % 50 + 1, tweet=at[::3] // 50 + 1)
    assert gone.delete_all() == {"Like": 334}
    assert Like.ids_of(user=at % 50 + 1, tweet=at // 50 + 1).astype(bool).tolist() == (at % 3 != 0).tolist()
    assert Like.ids_of(user=[999, 1], tweet=[1, 999]).tolist() == [0, 0]
    assert len(tweets[0].likers) == 33


def test_what_is_no_unique_key_is_an_error() -> None:
    with pytest.raises(SchemaError, match="title is not unique"):
        Book.ids_of(title=["A"])
    with pytest.raises(SchemaError, match=r"Book\.where\(id="):
        Book.find_all(id=[1])
    with pytest.raises(SchemaError, match="nmae"):
        Author.ids_of(nmae=["a"])
    with pytest.raises(TypeError, match="takes a column for each field of a unique key"):
        Author.find_all()
    with pytest.raises(TypeError, match="row 1"):
        Author.ids_of(name=["a", 5])
    with pytest.raises(ValueError, match="rows"):
        Book.ids_of(author=["bob"], title=["A", "B"])
