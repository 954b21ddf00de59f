"""What a longer path costs: customers, orders, lines and products, beside SciPy's matrices of the same pairs.

    python benches/shop.py                   # prints the table, in about a minute
    python benches/shop.py --lines 3000000
    python benches/shop.py --write           # also puts it into docs/benchmarks.md

A question reads the store as it is; the matrix is made of arrays that are there, and frozen: making it is a row of its own. Both
say the same: that is checked. Needs an installed release build, and SciPy.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from hasmany import Many, Model, has_many
from report import write
from scipy.sparse import csr_array, diags_array


class Customer(Model):
    name: str
    orders: Many["Order"] = has_many()
    lines: Many["Line"] = has_many(through="orders")
    products: Many["Product"] = has_many(through="lines")


class Order(Model):
    customer: Customer
    lines: Many["Line"] = has_many()


class Product(Model):
    title: str
    lines: Many["Line"] = has_many()
    orders: Many["Order"] = has_many(through="lines")
    buyers: Many["Customer"] = has_many(through="orders", source="customer")


class Line(Model):
    order: Order
    product: Product


ASKED = 30
MANY = 5000
PLAIN = (1.0, 0.0)


def fill(lines: int) -> tuple[Any, Any]:
    """A shop, a third as many orders, a tenth as many customers, a hundredth as many products, some bought far more than others."""
    rng = np.random.default_rng(1)
    customers, orders, products = lines // 10, lines // 3, lines // 100
    Customer.insert_all(name=[f"c{at}" for at in range(customers)])
    Product.insert_all(title=[f"p{at}" for at in range(products)])
    buyers = rng.integers(1, customers + 1, orders)
    Order.insert_all(customer=buyers)
    of = rng.integers(1, orders + 1, lines)
    bought = np.minimum((products * rng.random(lines) ** 3).astype(int), products - 1) + 1
    Line.insert_all(order=of, product=bought)
    return buyers[of - 1] - 1, bought - 1


def matrix(buyers: Any, bought: Any, customers: int, products: int) -> Any:
    made = csr_array((np.ones(len(buyers)), (buyers, bought)), shape=(customers, products))
    made.data[:] = 1
    return made


def best(scores: Any, k: int = 10) -> Any:
    top = np.argpartition(-scores, k)[:k]
    return np.sort(scores[top])[::-1]


def median(ask: Callable[[int], Any], asked: Any) -> tuple[float, list[Any]]:
    seconds, answers = [], []
    for at in asked:
        start = time.perf_counter()
        answers.append(ask(int(at)))
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1000, answers


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    buyers, bought = fill(given.lines)
    customers, products = len(Customer.all()), len(Product.all())
    start = time.perf_counter()
    links = matrix(buyers, bought, customers, products)
    turned = links.T.tocsr()
    made = (time.perf_counter() - start) * 1000
    by_owner, by_member = np.maximum(links.sum(axis=1), 1), np.maximum(links.sum(axis=0), 1)
    parts = diags_array(1 / by_owner) @ links

    def recommended(row: int) -> Any:
        own = links[[row]].toarray()[0]
        votes = links @ (own / by_member)
        votes[row] = 0
        return best((votes @ parts) * (own == 0))

    def alike(row: int) -> Any:
        shared = (turned[[row]] @ links).toarray()[0]
        shared[row] = 0
        return best(shared / (np.sqrt(by_member[row] * by_member) + 10))

    rng = np.random.default_rng(2)
    some, rare = rng.integers(0, customers, ASKED), rng.integers(products // 2, products, ASKED)
    popular = rng.integers(0, products // 100 + 1, ASKED)
    rows = []
    for name, asked, ours, peer in (
        (
            'customer.recommend("products")',
            some,
            lambda row: Customer.find(row + 1).recommend("products", damping=PLAIN).scores,
            recommended,
        ),
        (
            'product.similar("buyers"), rarely bought',
            rare,
            lambda row: Product.find(row + 1).similar("buyers").scores,
            alike,
        ),
        (
            'product.similar("buyers"), often bought',
            popular,
            lambda row: Product.find(row + 1).similar("buyers").scores,
            alike,
        ),
    ):
        (mine, found), (theirs, expected) = median(ours, asked), median(peer, asked)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other[: len(one)], rtol=1e-9)
        rows.append(f"| `{name}` | {mine:.1f} ms | {theirs:.1f} ms |")
    start = time.perf_counter()
    Customer.all()[:MANY].recommend("products", damping=PLAIN).select("score").column("score")
    everybody = time.perf_counter() - start
    text = "\n".join(
        [
            f"{given.lines:,} lines of {customers:,} customers and {products:,} products.",
            "",
            "| | hasmany | SciPy, frozen |",
            "| --- | --- | --- |",
            *rows,
            f"| the matrix and its transpose | none | {made:.0f} ms |",
            f'| `Customer.all()[:{MANY}].recommend("products")` | {everybody:.1f} s | |',
        ]
    )
    print(text)
    if given.write:
        write("shop", text)


if __name__ == "__main__":
    main()
