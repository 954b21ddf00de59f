"""A value of another type than its field says what to write, in a field, a condition and a column; and that is then taken."""

import enum
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hasmany import Many, Model, SchemaError, Store, col, field, has_many

from ..libraries import pandas


class Status(enum.Enum):
    NEW = "new"
    PAID = "paid"


class Size(enum.IntEnum):
    SMALL = 1


class Customer(Model):
    name: str
    orders: Many["Order"] = has_many()


class Tag(Model, key="name"):
    name: str


class Number(Model, key="number"):
    number: int


class Place(Model, key=("city", "street")):
    city: str
    street: str


class Order(Model):
    customer: Customer
    price: Decimal = field(scale=2)
    status: Status = Status.NEW
    size: Size = Size.SMALL
    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    day: date = date(2026, 1, 1)
    took: timedelta | None = None
    token: UUID | None = None
    tag: Tag | None = None
    number: Number | None = None
    place: Place | None = None


WORDS = {
    "Decimal": Decimal,
    "Status": Status,
    "Size": Size,
    "datetime": datetime,
    "date": date,
    "UTC": UTC,
    "UUID": UUID,
    "timedelta": timedelta,
    "Tag": Tag,
    "Number": Number,
    "Customer": Customer,
}
TOKEN = "12345678-1234-5678-1234-567812345678"


@pytest.fixture
def order(store: Store) -> Order:
    Tag("x"), Number(5)
    return Order(Customer("ann"), Decimal("1.00"))


# A field, what was given, and what the message says to write.
VALUES: list[tuple[str, Any, str]] = [
    ("price", 19.99, 'Decimal("19.99")'),
    ("price", np.float64(19.99), 'Decimal("19.99")'),
    ("price", " 59.50 ", 'Decimal("59.50")'),
    ("status", "paid", 'Status("paid")'),
    ("size", 1, "Size(1)"),
    ("at", "2026-01-15", "datetime(2026, 1, 15, tzinfo=UTC)"),
    ("at", "2026-01-15 10:30", 'datetime.fromisoformat("2026-01-15T10:30:00+00:00")'),
    ("at", date(2026, 1, 15), "datetime(2026, 1, 15, tzinfo=UTC)"),
    ("at", 1767225600, "datetime.fromtimestamp(1767225600, UTC)"),
    ("at", "tomorrow", "datetime(2026, 1, 31, tzinfo=UTC)"),
    ("day", "2026-01-15", "date(2026, 1, 15)"),
    ("day", datetime(2026, 1, 15, 10, tzinfo=UTC), "date(2026, 1, 15)"),
    ("took", 90, "timedelta(seconds=90)"),
    ("token", TOKEN, f'UUID("{TOKEN}")'),
]


@pytest.mark.parametrize(("name", "given", "way"), VALUES)
def test_a_single_value(order, name, given, way):
    ann = order.customer
    calls = [
        lambda: Order(**{"customer": ann, "price": Decimal(1), name: given}),
        lambda: order.update(**{name: given}),
        lambda: setattr(order, name, given),
        lambda: Order.where(**{name: given}),
        lambda: Order.where(**{name: [given]}),
        lambda: Order.find_by(**{name: given}),
    ]
    for call in calls:
        with pytest.raises(TypeError) as caught:
            call()
        assert f"Order.{name} takes " in str(caught.value)
        assert way in str(caught.value)
    setattr(order, name, eval(way, WORDS))


@pytest.mark.parametrize(("name", "given", "way"), [case for case in VALUES if not isinstance(case[1], np.generic)])
def test_in_an_expression(order, name, given, way):
    path = col(name)
    for condition in (path == given, given != path, path.is_in([given]), path.between(given, None)):
        with pytest.raises(SchemaError) as caught:
            Order.where(condition)
        assert way in str(caught.value) or "between" in str(condition)
    Order.where(path == eval(way, WORDS))


def test_what_is_no_value_of_an_enum_is_told_which_there_are(order):
    with pytest.raises(
        TypeError, match=r"takes Status, not str; \"PAID\" is no Status, whose values are 'new', 'paid'"
    ):
        order.status = "PAID"


def test_what_says_nothing_is_told_nothing(order):
    for given in (True, "x", b"1", [1.5], object()):
        with pytest.raises(TypeError, match=r"takes Decimal\(2\), not \w+$"):
            order.price = given


def test_an_object_of_a_class_of_its_own_is_not_looked_at(order):
    class Odd(str):
        def __str__(self) -> str:
            raise KeyError

        __repr__ = __str__

    with pytest.raises(TypeError, match=r"takes Decimal\(2\), not Odd$"):
        order.price = Odd("1.5")


@pytest.mark.parametrize("prices", [[19.99], np.array([19.99]), 19.99], ids=["list", "array", "one"])
def test_a_column_of_floats_for_decimals(order, prices):
    with pytest.raises(TypeError, match=r"pass Decimals, or text, which is read, as \.astype\(str\) makes it"):
        Order.insert_all(customer=[1], price=prices)
    assert Order.insert_all(customer=[1], price=["19.99"]).values("price") == [Decimal("19.99")]


def test_a_data_frame_of_floats_for_decimals(order):
    frame = pandas().DataFrame({"customer": [1], "price": [19.99]})
    with pytest.raises(TypeError, match=r"takes Decimal\(2\), not Float64; .*\.astype\(str\)"):
        Order.insert_all(frame)
    frame["price"] = frame["price"].astype(str)
    assert Order.insert_all(frame).values("price") == [Decimal("19.99")]


@pytest.mark.parametrize("times", [[1767225600], np.array([1767225600]), [1767225600.5]])
def test_a_column_of_numbers_for_times(order, times):
    for name in ("at", "took"):
        with pytest.raises(TypeError, match='unit="s"') as caught:
            Order.insert_all(customer=[1], price=["1"], **{name: times})
        assert str(caught.value).count('unit="s"') == 1
    assert len(Order.insert_all(customer=[1], price=["1"], at=times, unit="s")) == 1


# ── records of a model with a key ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "given", "ways"),
    [
        ("tag", 1, ["the record of an id is Tag.find(id=1)"]),
        ("tag", "x", ["the record of this name is Tag.find('x')"]),
        ("number", 5, ["the record of this number is Number.find(5)", "that of an id Number.find(id=5)"]),
        ("number", "x", []),
        ("place", 1, ["the record of an id is Place.find(id=1)"]),
        ("customer", 1, ["the record of an id is Customer.find(1)"]),
        ("customer", "ann", []),
    ],
)
def test_what_stands_for_a_record(order, name, given, ways):
    with pytest.raises(TypeError, match=f"Order.{name} takes ") as caught:
        setattr(order, name, given)
    assert all(way in str(caught.value) for way in ways)
    assert ways or ";" not in str(caught.value)
    if ways and name != "place":
        setattr(order, name, eval(ways[0].split(" is ")[1], WORDS))


# ── what is to be mended first ────────────────────────────────────────────────────────────────────


def test_a_collection_in_the_path_is_said_before_the_type(order):
    wrong = col("orders.status") == "paid"
    for condition in (wrong, ~wrong, wrong & (col("name") == "ann"), (col("name") == "ann") | wrong):
        with pytest.raises(SchemaError, match=r"says something of each member, not of each Customer; write .any\(\)"):
            Customer.where(condition)
    with pytest.raises(SchemaError, match=r"says something of each member"):
        Customer.where(**{"orders.status": "paid"})
    with pytest.raises(SchemaError, match=r"Status\(\"paid\"\)"):
        Customer.where(wrong.any())
    assert list(Customer.where((col("orders.status") == Status("new")).any())) == [order.customer]
