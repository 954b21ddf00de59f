"""What rankings of many make for their first owners serves the next ones, until something is written."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hasmany import Store, col

from python_tests.rank.test_chosen import Fan, Film, Rating
from python_tests.rank.test_longer import Customer, Line, Order, Product

OWNERS = 1200
"""More than are asked at a time."""


def ratings() -> None:
    rng = np.random.default_rng(4)
    Fan.insert_all(name=["x"] * OWNERS)
    Film.insert_all(title=["x"] * 60)
    pairs = np.unique(rng.integers(0, OWNERS * 60, 9000))
    Rating.insert_all(fan=pairs // 60 + 1, film=pairs % 60 + 1, stars=rng.integers(1, 6, len(pairs)))


def shop() -> None:
    rng = np.random.default_rng(5)
    Customer.insert_all(name=["x"] * OWNERS)
    Product.insert_all(title=["x"] * 60)
    Order.insert_all(customer=rng.integers(1, OWNERS + 1, 3000))
    Line.insert_all(order=rng.integers(1, 3001, 9000), product=rng.integers(1, 61, 9000))


def updated() -> None:
    Rating.where(film=[3, 9, 20]).update_all(stars=1)


def deleted() -> None:
    Rating.where(stars=5).delete_all()


def inserted() -> None:
    for fan in Fan.all()[900:1000]:
        Rating.insert_all(fan=[fan.id] * 60, film=range(1, 61), stars=[5] * 60, on_conflict="skip")


def ordered() -> None:
    Order.where(customer=range(1, 300)).update_all(customer=Customer.find(1100))


@pytest.mark.parametrize("write", [updated, deleted, inserted, None])
@pytest.mark.parametrize(
    "how", [{}, {"where": col("stars") >= 4}, {"weight": "stars"}, {"where": col("film.title") == "x", "recent": True}]
)
def test_each_batch_is_of_its_moment(write: Any, how: dict[str, Any]) -> None:
    with Store():
        ratings()
        rankings = Fan.all().recommend("films", 3, **how)
        stream = pa.RecordBatchReader.from_stream(rankings)
        batches = [stream.read_next_batch()]
        first = batches[0].column("owner")[-1].as_py()
        before = [row for row in pa.table(Fan.all().recommend("films", 3, **how)).to_pylist() if row["owner"] <= first]
        if write is not None:
            write()
        batches += list(stream)
        after = [row for row in pa.table(Fan.all().recommend("films", 3, **how)).to_pylist() if row["owner"] > first]
        assert pa.Table.from_batches(batches).to_pylist() == before + after
        assert after[-1]["owner"] > 1000 > first


def test_so_are_those_of_a_longer_path() -> None:
    with Store():
        shop()
        stream = pa.RecordBatchReader.from_stream(Customer.all().recommend("products", 3))
        first = stream.read_next_batch()
        last = first.column("owner")[-1].as_py()
        ordered()
        rest = [row for batch in stream for row in batch.to_pylist()]
        assert rest == [
            {"owner": customer.id, "rank": at, "member": product.id, "score": score}
            for customer in Customer.all()
            if customer.id > last
            for at, (product, score) in enumerate(customer.recommend("products", 3), 1)
        ]
