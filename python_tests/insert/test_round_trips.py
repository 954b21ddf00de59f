"""What goes out of a store under a name comes into another under it: as a collection, and by each library that reads Arrow."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID

import hasmany
import pytest
from hasmany import (
    ForeignStoreError,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

from ..libraries import pandas, polars, pyarrow


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = -1
    HIGH = 3


class Author(Model, key="handle"):
    handle: str


class Book(Model, key=("author", "title")):
    author: Author
    title: str


class Everything(Model):
    whole: int
    real: float
    flag: bool
    text: str
    raw: bytes
    at: datetime
    day: date
    span: timedelta
    clock: time
    code: UUID
    price: Decimal = field(scale=2)
    color: Color
    level: Level
    reader: User
    author: Author
    book: Book
    whole_: int | None = None
    real_: float | None = None
    flag_: bool | None = None
    text_: str | None = None
    raw_: bytes | None = None
    at_: datetime | None = None
    day_: date | None = None
    span_: timedelta | None = None
    clock_: time | None = None
    code_: UUID | None = None
    price_: Decimal | None = hasmany.field(default=None, scale=2)
    color_: Color | None = None
    level_: Level | None = None
    reader_: User | None = None
    author_: Author | None = None
    book_: Book | None = None
    next: "Everything | None" = belongs_to(default=None)
    before: Many["Everything"] = has_many(by="next")


FIELDS = [
    (2**53 - 1, 0.1, True, "é\0\U0001f600", b"\x00\xff", datetime(2026, 3, 1, 9, 0, 0, 1, tzinfo=UTC), date(2026, 3, 1),
     timedelta(days=-1, microseconds=1), time(9, 30, 0, 1), UUID(int=2**128 - 1), Decimal("-0.05"), Color.RED, Level.LOW),
    (-5, -0.5, False, "", b"", datetime(1970, 1, 1, tzinfo=UTC), date(1, 1, 1), timedelta(0), time.min, UUID(int=0),
     Decimal("12345678901234.56"), Color.BLUE, Level.HIGH),
]  # fmt: skip
NAMES = [name for name in Everything.__annotations__ if name != "before"]


def parents() -> dict[str, Any]:
    User.insert_all(id=[3, 9], username=["ann", "bob"])
    Author.insert_all(id=[4, 7], handle=["x", "7"])
    Book.insert_all({"id": [2, 5], "author": ["7", "x"], "title": ["A", "A"]})
    return {"reader": User.find(9), "author": Author.find("7"), "book": Book.find(("x", "A"))}


def library(count: int = 20) -> None:
    """Rows with every type, each with and without what may be None, ids with gaps, references to each other."""
    given = parents()
    rows: list[Any] = []
    for n in range(count):
        fields = dict(zip(NAMES, FIELDS[n % 2], strict=False)) | given
        rows.append(Everything(**fields, **({f"{name}_": value for name, value in fields.items()} if n % 3 else {})))
    if count > 4:
        rows[1].next, rows[0].next, rows[-1].next = rows[-1], rows[0], rows[1]
        rows[2].delete()
        rows[-2].delete()


def all_rows(of: Any) -> list[tuple[Any, ...]]:
    columns = [of.all().values(name) for name in NAMES]
    shown = [[(cell.id if hasattr(cell, "id") else cell) for cell in column] for column in columns]
    return list(zip(of.all().ids.tolist(), *shown, strict=True))


CARRIERS: list[Callable[[Any], Any]] = [
    lambda many: many,
    lambda many: pyarrow().table(many),
    lambda many: polars().DataFrame(many),
    lambda many: pandas().DataFrame.from_arrow(many),
    lambda many: pyarrow().table(many).to_pandas(types_mapper=pandas().ArrowDtype),
    lambda many: pyarrow().table(many).to_pandas(),
    lambda many: pyarrow().table(many).to_pylist(),
    lambda many: polars().DataFrame(many).to_dict(as_series=False),
    lambda many: duck(pyarrow().table(many)),
]
NAMES_OF_CARRIERS = [
    "collection", "pyarrow", "polars", "pandas of arrow", "pandas arrow types", "pandas", "dicts", "lists", "duckdb",
]  # fmt: skip


def duck(rows: Any) -> Any:
    duckdb = pytest.importorskip("duckdb")
    return duckdb.from_arrow(rows)


@pytest.mark.parametrize("carry", CARRIERS, ids=NAMES_OF_CARRIERS)
def test_rows_of_every_type_come_back_as_they_were(carry):
    with Store():
        library()
        before, rows = all_rows(Everything), carry(Everything.all())
        assert len({*map(type, before[0])}) > 10 and None in before[0]
    parents()
    made = Everything.insert_all(rows)
    assert all_rows(Everything) == before
    assert [type(cell) for cell in all_rows(Everything)[1]] == [type(cell) for cell in before[1]]
    assert made == Everything.all()


@pytest.mark.parametrize("carry", [CARRIERS[0], CARRIERS[1]], ids=["collection", "pyarrow"])
def test_a_whole_store_is_rebuilt_model_by_model(carry):
    with Store() as other:
        library()
        before, tables = all_rows(Everything), [carry(of.all()) for of in (User, Author, Book, Everything)]
    for of, table in zip((User, Author, Book, Everything), tables, strict=True):
        of.insert_all(table)
    assert all_rows(Everything) == before
    assert Book.all().values("author.handle") == ["7", "x"]
    other.check()


def test_no_rows_of_another_store_create_nothing():
    with Store():
        library()
        none = Everything.where(whole=1)
    assert Everything.insert_all(none) == []


def test_rows_that_a_collection_refers_to_must_be_there():
    with Store():
        library(1)
        rows = Everything.all()
    with pytest.raises(NotFoundError, match="row 0"):
        Everything.insert_all(rows)
    User.insert_all(id=[9], username=["bob"])
    with pytest.raises(NotFoundError, match=r"row 0.*(Author|Book)"):
        Everything.insert_all(rows)
    assert Everything.all() == [] and Author.all() == []


def test_a_column_of_another_stores_records_is_still_refused():
    with Store():
        strangers = User.insert_all(username=["x"])
    with pytest.raises(ForeignStoreError):
        Tweet.insert_all(message=["m"], user=strangers)


def test_ids_are_not_taken_for_keys_of_other_models():
    """Two stores may mean different things by a reference of one name."""
    with Store():

        class Reader(Model):
            name: str

        class Loan(Model):
            reader: Reader

        Reader.insert_all(name=["a", "b"])
        loans = Loan.insert_all(reader=[2, 1])

        class Visitor(Model):
            name: str

        class Visit(Model):
            reader: Visitor

        old = Loan

    def again() -> Any:
        class Reader(Model, key="number"):
            number: int

        class Loan(Model):
            reader: Reader

        Reader.insert_all(number=[1, 2])
        return Loan

    with pytest.raises(SchemaError, match=r"Loan\.reader and Loan\.reader are not of one model with one key"):
        again().insert_all(loans)
    with Store():
        Visitor.insert_all(name=["a", "b"])
        visits = Visit.insert_all(reader=[1, 2])
    with Store(), pytest.raises(SchemaError, match=r"Visit\.reader and Loan\.reader are not of one model"):
        old.insert_all(visits)


def test_extra_columns_of_a_collection_are_left_out():
    class Name(Model):
        username: str

    with Store():
        User.insert_all(username=["a", "b"])
        tweets = Tweet.insert_all(message=["m", "n"], user=[2, 1])
    with pytest.raises(SchemaError, match=r"no fields 'message', 'user' .*; extra"):
        Name.insert_all(tweets, username=["x", "y"])
    assert Name.insert_all(tweets, username=["x", "y"], extra="ignore").ids.tolist() == [1, 2]
