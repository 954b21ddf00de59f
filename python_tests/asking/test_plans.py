"""The planner's rules: what an index knows is not scanned. Told by the time of many questions, in a store where a scan is long."""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pytest
from hasmany import Many, Model, between, col, field, has_many

ROWS = 30_000


class Town(Model):
    name: str = field(unique=True)
    shops: Many["Shop"] = has_many()


class Shop(Model):
    code: int = field(unique=True)
    town: Town
    size: int = 0
    sales: Many["Sale"] = has_many()
    buyers: Many["Buyer"] = has_many(through="sales")


class Buyer(Model):
    name: str = field(unique=True)
    sales: Many["Sale"] = has_many()


class Sale(Model, unique=("shop", "buyer")):
    shop: Shop
    buyer: Buyer
    at: int = 0
    price: int = field(default=0, index=True)


@pytest.fixture
def trade(store) -> None:
    Town.insert_all(name=[f"t{number}" for number in range(ROWS // 10)])
    numbers = np.arange(1, ROWS + 1)
    Shop.insert_all(code=numbers, town=(numbers - 1) // 10 + 1, size=numbers % 7)
    Buyer.insert_all(name=[f"b{number}" for number in range(1, ROWS + 1)])
    Sale.insert_all(shop=np.ones(ROWS, int), buyer=numbers, at=numbers // 2, price=numbers * 7919 % ROWS)


def time_of(question: Callable[[], object]) -> float:
    def once() -> float:
        begun = perf_counter()
        question()
        return perf_counter() - begun

    return min(once() for _ in range(5))


@pytest.mark.parametrize(
    ("question", "count"),
    [
        (lambda: Shop.where(col("code") == 777), 1),
        (lambda: Shop.where((col("code") == 777) & (col("size") >= 0)), 1),
        (lambda: Shop.where(col("code") == 777, col("size") >= 0), 1),
        (lambda: Shop.where(col("code").is_in([7, 777, -1])), 2),
        (lambda: Shop.where(col("id") == 777), 1),
        (lambda: Shop.where(col("id").is_in([7, 777])), 2),
        (lambda: Shop.where(col("town") == 77), 10),
        (lambda: Shop.where(col("town").is_in([77, 78])), 20),
        (lambda: Shop.where(col("town.name") == "t77"), 10),
        (lambda: Shop.where(**{"town.name": "t77"}), 10),
        (lambda: Sale.where(col("shop.town.name") == "t77"), 0),
        (lambda: Sale.where(**{"buyer.name": "b77"}), 1),
        (lambda: Shop.find(1).buyers.where(name="b77"), 1),
        (lambda: Shop.find(1).buyers.where(col("name") == "b77"), 1),
        (lambda: Shop.find(1).buyers.where(name="nobody"), 0),
        (lambda: [Shop.find(1).buyers.find_by(name="b77")], 1),
        (lambda: [Shop.find(1).sales.find_by(buyer=Buyer.find(77), shop=Shop.find(1))], 1),
        # Ranges of ids, of what rises with age, and of what has an index: of all rows and of a list.
        (lambda: Shop.where(col("id") > ROWS - 5), 5),
        (lambda: Shop.where(id=between(77, 80)), 3),
        (lambda: Shop.where(col("code").between(77, 80)), 3),
        (lambda: Shop.where(col("id") + 0 >= col("code"), col("code") <= 7), 7),
        (lambda: Sale.where(at=77), 2),
        (lambda: Sale.where(col("price") < 5), 5),
        (lambda: Sale.where((col("price") < 5) & (col("at") > 0) & (col("id") > 0)), 5),
        (lambda: Sale.where(price=77), 1),
        (lambda: [Sale.find_by(price=77)], 1),
        (lambda: Sale.where(shop=1, price=between(77, 80)), 3),
        (lambda: Shop.find(1).sales.where(col("id") <= 5), 5),
        (lambda: Shop.find(1).sales.where(at=between(77, 80)), 6),
        (lambda: Shop.find(1).sales.where(col("at") >= ROWS // 2), 1),
        (lambda: Shop.find(1).sales.where(col("price").between(77, 80)), 3),
        (lambda: [Shop.find(1).sales.find_by(price=77)], 1),
        # Orders: what is shown of them.
        (lambda: Sale.all().order_by("id", reverse=True)[:5], 5),
        (lambda: Sale.all().order_by("at")[7000:7005], 5),
        (lambda: Sale.all().order_by(col("at").desc())[7000:7005], 5),
        (lambda: Sale.all().order_by("price")[-5:], 5),
        (lambda: [Sale.all().order_by("price", reverse=True)[-1]], 1),
        (lambda: Shop.find(1).sales.order_by("at", reverse=True)[:5], 5),
        (lambda: Shop.find(1).sales.order_by("price")[7000:7010:2], 5),
        (lambda: [Shop.find(1).sales.order_by("price")[0]], 1),
        (lambda: repr(Shop.find(1).sales.order_by("price"))[:8], 8),
        (lambda: "x" * len(Shop.find(1).sales.order_by("price")), ROWS),
    ],
)
def test_what_an_index_knows_is_not_scanned(trade, question, count):
    assert len(question()) == count
    scan = time_of(lambda: Shop.where(col("size") * 1 == -1))
    assert time_of(question) < scan / 3


def test_what_no_index_knows_is_scanned_right(trade):
    assert len(Shop.where(col("code") == 777.0)) == 1
    assert len(Shop.where(col("code").is_in([777.0, 778.5]))) == 1
    assert len(Shop.where((col("code") == 777) | (col("code") == 778))) == 2
    assert len(Shop.where(~(col("code") == 777))) == ROWS - 1
    assert len(Shop.find(1).buyers.where(col("name").is_in(["b77", "b78", "nobody"]))) == 2
    assert Shop.find(2).buyers.where(name="b77") == []
