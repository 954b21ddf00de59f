"""Somebody's tables that are not as the models say: each is an error that names the column, what is in it, and how many."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hasmany import (
    DuplicateError,
    FieldError,
    Json,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    col,
    field,
    has_many,
    has_one,
)
from hasmany.lake import Lake

ibis = pytest.importorskip("ibis")
pa = pytest.importorskip("pyarrow")

MARK = "00000000-0000-0000-0000-00000000000A"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Maker(Model):
    name: str
    goods: Many["Good"] = has_many()
    best: "Prize | None" = has_one()


class Good(Model):
    maker: Maker | None = None
    number: int | None = None
    price: Decimal | None = field(default=None, scale=2)
    colour: Colour | None = None
    mark: UUID | None = None
    at: datetime | None = None
    day: date | None = None
    hour: time | None = None
    size: float | None = None
    fine: bool | None = None
    raw: bytes | None = None


class Prize(Model, unique=("name", "year")):
    name: str
    year: int | None = None
    maker: Maker | None = field(default=None, unique=True)


class Noted(Model):
    said: Json = None


MAKERS = pa.table({"id": [1, 2], "name": ["a", "b"]})
PRIZES = pa.table({"id": [1, 2], "name": ["x", "x"], "year": [1, 2], "maker": [1, None]})
GOODS: dict[str, Any] = {
    "id": [1, 2],
    "maker_id": [2, None],
    "number": [5, None],
    "price": pa.array([Decimal("1.50"), None]),
    "colour": ["red", None],
    "mark": [MARK, None],
    "at": pa.array([NOON, None], pa.timestamp("us", "UTC")),
    "day": pa.array([date(2026, 3, 1), None]),
    "hour": pa.array([time(1, 2, 3), None]),
    "size": [0.5, None],
    "fine": [True, None],
    "raw": pa.array([b"x", None]),
}


def opened(goods: dict[str, Any] | None = None, prizes: Any = PRIZES, makers: Any = MAKERS, **options: Any) -> Lake:
    tables = {Maker: makers, Good: pa.table(GOODS | (goods or {})), Prize: prizes}
    return Lake(tables={model: ibis.memtable(table) for model, table in tables.items()}, **options)


def test_what_fits():
    lake = opened()
    assert lake[Good].order_by("id").to_dicts()[0] == {
        "id": 1,
        "maker": 2,
        "number": 5,
        "price": Decimal("1.50"),
        "colour": Colour.RED,
        "mark": UUID(MARK),
        "at": NOON,
        "day": date(2026, 3, 1),
        "hour": time(1, 2, 3),
        "size": 0.5,
        "fine": True,
        "raw": b"x",
    }
    assert lake[Good].where(mark=UUID(MARK), colour=Colour.RED, at=NOON).values("id") == [1]
    assert lake[Maker].order_by("id").values("best.year") == [1, None]
    with lake.load(Maker=lake[Maker], Good=lake[Good].where(id=1), Prize=lake[Prize]) as part:
        assert Good.all().to_dicts() == [row for row in lake[Good].to_dicts() if row["id"] == 1]
        assert (Maker.find(1).best, Good(Maker.find(2)).id) == (Prize.find(1), 3)
        part.check()


@pytest.mark.parametrize(
    "columns",
    [
        {"number": pa.array([5, None], pa.int8()), "maker_id": pa.array([2, None], pa.uint16())},
        {"number": pa.array([2**63 - 1, None], pa.uint64()), "id": pa.array([1, 2], pa.uint64())},
        {"price": pa.array([150, None])},
        {"price": pa.array([Decimal("1.5"), None], pa.decimal128(38, 1))},
        {"size": pa.array([1, None])},
        {"size": pa.array([0.5, float("nan")], pa.float32())},
        {"at": pa.array([NOON, None], pa.timestamp("s", "Europe/Paris"))},
        {"colour": pa.array(["blue", None]).dictionary_encode()},
        {"mark": [MARK.lower(), None]},
        {"raw": pa.array([b"y", None], pa.large_binary())},
    ],
    ids=lambda columns: " ".join(f"{name} {getattr(of, 'type', '')}" for name, of in columns.items()),
)
def test_types_that_hold_less_are_fine(columns):
    assert len(opened(columns)[Good].to_dicts()) == 2


NAIVE = datetime(2026, 3, 1)
MISFITS: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"number": pa.array([2**63, None], pa.uint64())},
        FieldError,
        r"Good\.number, column 'number': 1 values are over 2\^63 - 1",
    ),
    ({"id": pa.array([1, 2**64 - 1], pa.uint64())}, FieldError, r"Good: 1 ids are over 2\^63 - 1"),
    ({"maker_id": pa.array([2**63, None], pa.uint64())}, FieldError, r"Good\.maker, column 'maker_id': 1 ids are over"),
    ({"number": [1.5, None]}, SchemaError, r"Good\.number, column 'number', is float64, and the field is int"),
    ({"number": ["5", None]}, SchemaError, "is string, and the field is int"),
    ({"number": [True, None]}, SchemaError, "is boolean, and the field is int"),
    ({"price": pa.array([Decimal("1.505"), None])}, SchemaError, r"decimal\(4, 3\), and the field is Decimal\(2\)"),
    ({"price": [1.5, None]}, SchemaError, r"float64, and the field is Decimal\(2\)"),
    (
        {"price": pa.array([Decimal(10**37), None], pa.decimal128(38, 0))},
        FieldError,
        "1 values have more than 36 digits before",
    ),
    ({"colour": ["green", "red"]}, FieldError, r"Good\.colour, column 'colour': 1 values are of no member of the enum"),
    ({"colour": [1, 2]}, SchemaError, "is int64"),
    ({"mark": ["x", MARK]}, FieldError, "1 values are no UUID"),
    ({"at": pa.array([NAIVE, None])}, SchemaError, r"a time without a zone.*\.cast\(\"timestamp\('UTC'\)\"\)"),
    (
        {"at": pa.array([NOON, None], pa.timestamp("ns", "UTC"))},
        SchemaError,
        r"nanoseconds.*\.cast\(\"timestamp\('UTC', 6\)\"\)",
    ),
    ({"at": pa.array([date(2026, 3, 1), None])}, SchemaError, "is date, and the field is datetime"),
    ({"day": pa.array([NOON, None])}, SchemaError, "and the field is date"),
    ({"hour": ["12:00", None]}, SchemaError, "and the field is time"),
    ({"fine": [1, 0]}, SchemaError, "and the field is bool"),
    ({"raw": ["x", None]}, SchemaError, "and the field is bytes"),
    ({"size": ["x", None]}, SchemaError, "and the field is float"),
    ({"size": [2**53 + 1, -(2**53)]}, FieldError, r"Good\.size, column 'size': 1 values are beyond 2\^53"),
    ({"id": [1, None]}, FieldError, r"Good\.id is null in 1 rows"),
    ({"id": [1, 1]}, DuplicateError, r"Good: 1 values of \(id\) are there more than once"),
    ({"id": ["a", "b"]}, SchemaError, "ids are string"),
    ({"maker_id": [2, 3]}, NotFoundError, r"1 of Good\.maker; dangling=\"warn\""),
    ({"maker_id": ["2", None]}, SchemaError, r"Good\.maker is string, and ids of Maker is int64"),
]


@pytest.mark.parametrize(("goods", "error", "message"), MISFITS, ids=[message[:40] for _, _, message in MISFITS])
def test_what_does_not_fit(goods, error, message):
    with pytest.raises(error, match=message):
        opened(goods)


def test_times_without_a_zone_are_said_to_be_of_one():
    naive = ibis.memtable(pa.table(GOODS | {"at": pa.array([NAIVE, None])}))
    tables = {Maker: ibis.memtable(MAKERS), Prize: ibis.memtable(PRIZES)}
    lake = Lake(tables={**tables, Good: naive.mutate(at=naive["at"].cast("timestamp('UTC')"))})
    assert lake[Good].where(id=1).values("at") == [NAIVE.replace(tzinfo=UTC)]


def test_pairs_and_references_that_are_there_twice():
    with pytest.raises(DuplicateError, match=r"Prize: 1 values of \(name, year\)"):
        opened(prizes=PRIZES.set_column(2, "year", pa.array([1, 1])))
    # None is never a repeat.
    assert len(opened(prizes=PRIZES.set_column(2, "year", pa.array([None, None], pa.int64())))[Prize]) == 2
    # What has_one leads to is one.
    with pytest.raises(DuplicateError, match=r"Prize: 1 values of \(maker\)"):
        opened(prizes=PRIZES.set_column(3, "maker", pa.array([1, 1])))


def test_what_leads_nowhere_is_left_out_where_that_is_said():
    with pytest.warns(UserWarning, match=r"2 of Good\.maker, 1 of Prize\.maker"):
        lake = opened({"maker_id": [7, 8]}, PRIZES.set_column(3, "maker", pa.array([9, 2])), dangling="warn")
    assert lake[Good].order_by("id").values("maker") == [None, None]
    assert lake[Maker].order_by("id").values("best.id") == [None, 2]
    assert lake[Maker].column(col("goods").count()).tolist() == [0, 0]


def test_json_is_refused_with_the_reason():
    with pytest.raises(SchemaError, match=r"Noted\.said.*Json is not read of somebody's tables"):
        Lake(tables={Noted: ibis.memtable({"id": [1], "said": ["{}"]})})


@pytest.fixture
def empty() -> Callable[[Any], Any]:
    return lambda table: table.schema.empty_table()


def test_tables_without_rows(empty):
    lake = opened({name: empty(pa.table(GOODS))[name] for name in GOODS}, empty(PRIZES), empty(MAKERS))
    assert lake[Maker].to_dicts() == lake[Good].to_dicts() == []
    assert lake[Maker].select("best.year", x=col("goods.price").sum()).to_dicts() == []
    assert lake[Maker].top(3, by="goods").to_dicts() == []
    with lake.load(Maker=lake[Maker], Good=lake[Good]) as part:
        assert Maker("x").id == 1
        part.check()


def test_ids_that_no_store_has_are_not_loaded():
    lake = opened(
        {"maker_id": [0, None]}, makers=pa.table({"id": [0, -1], "name": ["a", "b"]}), prizes=PRIZES.slice(0, 0)
    )
    assert lake[Maker].order_by("id").values("id") == [-1, 0]
    with pytest.raises(SchemaError, match=r"Maker has the id -1, and a store's are 1 or more"):
        lake.load(Maker=lake[Maker])
