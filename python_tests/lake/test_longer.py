"""Rankings of a lake over longer paths, and of friends of friends, beside NumPy."""

from typing import Any

import numpy as np
import pytest
from hasmany import Many, Model, SchemaError, Store, has_many
from hasmany._hasmany import lake_way
from hasmany.lake import Lake, formulas
from hasmany.lake.choice import Choice
from hasmany.lake.links import LakeLinks, links_of
from hasmany.ranked import Question
from hypothesis import given, settings
from hypothesis import strategies as st

from ..rank.links import Damping, Links

ibis = pytest.importorskip("ibis")


class Customer(Model):
    name: str
    orders: Many["Order"] = has_many()
    lines: Many["Line"] = has_many(through="orders")
    products: Many["Product"] = has_many(through="lines")


class Order(Model):
    customer: Customer
    lines: Many["Line"] = has_many()


class Product(Model):
    name: str


class Line(Model):
    order: Order
    product: Product | None


CUSTOMERS, ORDERS, PRODUCTS = 6, 9, 7
LINES = st.lists(st.tuples(st.integers(1, ORDERS), st.none() | st.integers(1, PRODUCTS)), min_size=1, max_size=40)
OF_ORDERS = st.lists(st.integers(1, CUSTOMERS), min_size=ORDERS, max_size=ORDERS)


def shop(customers: list[int], lines: list[tuple[int, int | None]]) -> dict[Any, Any]:
    orders, products = zip(*lines, strict=True)
    return {
        Customer: ibis.memtable({"id": range(1, CUSTOMERS + 1), "name": ["x"] * CUSTOMERS}),
        Order: ibis.memtable({"id": range(1, ORDERS + 1), "customer": customers}),
        Product: ibis.memtable({"id": range(1, PRODUCTS + 1), "name": ["x"] * PRODUCTS}),
        Line: ibis.memtable({"id": range(len(lines)), "order": orders, "product": products}, schema=SCHEMA),
    }


SCHEMA = {"id": "int64", "order": "int64", "product": "int64"}


def agrees(found: list[dict[str, Any]], scores: Any, k: int) -> None:
    """By owner, the rankings are the k best of these scores, none of 0, and of equal ones the lesser first."""
    for owner, of in enumerate(scores, 1):
        ranked = [(row["member"], row["score"]) for row in found if row["owner"] == owner]
        wanted = [(at + 1, of[at]) for at in np.lexsort((np.arange(len(of)), -np.round(of, 12))) if of[at] > 0][:k]
        assert [member for member, _ in ranked] == [member for member, _ in wanted]
        np.testing.assert_allclose([score for _, score in ranked], [score for _, score in wanted], rtol=1e-9)


@settings(max_examples=10, deadline=None)
@given(OF_ORDERS, LINES, st.sampled_from(["auto", (0.8, 0.2), (1.0, 0.0)]), st.integers(1, 8))
def test_products_over_orders_and_lines(customers, lines, damping, k):
    with Lake(tables=shop(customers, lines)) as lake:
        links = links_of(
            lake._opened,
            lake_way(lake[Customer].__hasmany_collection__, "products"),
            (lake[Customer].expr, True),
            (),
            Choice(),
        )
        bought = [(customers[order - 1] - 1, product - 1) for order, product in lines if product]
        matrix = Links.of(bought, CUSTOMERS, PRODUCTS)
        similar = [matrix.similar(at, "cosine") for at in range(CUSTOMERS)]
        recommended = [matrix.recommend(at, damping) for at in range(CUSTOMERS)]
        assert links.counts()[0] == len(set(bought))
        agrees(lake._opened.run(formulas.similar(links.pairs, None, k, "cosine", None)).to_pylist(), similar, k)
        walks = formulas.Walks(links.pairs, damping, None, 0)
        had = formulas.Had(links.had, is_left_out=True, is_own=False)
        agrees(lake._opened.run(formulas.recommend(walks, None, k, within=None, had=had)).to_pylist(), recommended, k)
        for question, wanted in (
            (Question("similar", k), similar),
            (Question("recommend", k, {"damping": damping}), recommended),
        ):
            agrees(of_memory(links, question), wanted, k)


def of_memory(links: LakeLinks, question: Question) -> list[dict[str, Any]]:
    store = links.read(question)
    return [row for batch in store.rankings(question, links.askers()) for row in batch.to_pylist()]


def test_a_lake_takes_the_paths_that_memory_takes():
    customers, lines = [1, 1, 2, 3, 4, 5, 6, 6, 2], [(at % 9 + 1, at % 7 + 1) for at in range(20)]
    with Store(), Lake(tables=shop(customers, lines)) as lake:
        Customer.insert_all(name=["x"] * CUSTOMERS)
        Order.insert_all(customer=customers)
        Product.insert_all(name=["x"] * PRODUCTS)
        Line.insert_all(order=[order for order, _ in lines], product=[product for _, product in lines])

        def asked(of: Any, ask: str, through: str) -> Any:
            try:
                found = getattr(of, ask)(through, 3).select("owner.id", "rank", "id", "score").to_dicts()
                return [{**row, "score": pytest.approx(row["score"])} for row in found]
            except SchemaError as refused:
                return str(refused)

        for ask in ("similar", "recommend"):
            for through in ("products", "lines", "orders"):
                assert asked(lake[Customer], ask, through) == asked(Customer.all(), ask, through)


# ── friends of friends ────────────────────────────────────────────────────────────────────────────

PEOPLE = 9


def friends(follows: Any, asker: int, damping: Damping) -> Any:
    """For whom each of two steps comes to: `follows` is a matrix of weights, from (rows) to (columns)."""
    out, into, has = follows.sum(axis=1), follows.sum(axis=0), follows > 0
    own = follows[asker].copy()
    own[asker] = 0
    own[out == 0] = 0
    p = damping[0] if isinstance(damping, tuple) else 0.6
    total = (own * np.where(out > 0, out, 1) ** -p) @ follows
    led = (own > 0) @ has.astype(int)
    if isinstance(damping, tuple):
        factor = np.where(into > 0, into, 1) ** -damping[1]
    else:
        touched = np.count_nonzero((led > 0) & ~has[asker])
        q = np.clip(0.05 + 0.25 * np.log(has[own > 0].sum() / touched), 0, 0.8) if touched else 0.0
        factor = np.where(into > 0, into, 1) ** -(np.round(q * 64) / 64) * led / (led + 3)
    scores = total * factor
    scores[asker] = 0
    return scores


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(1, PEOPLE), st.integers(1, PEOPLE)), st.integers(1, 4), min_size=1, max_size=35
    ),
    st.sampled_from(["auto", (0.8, 0.2), (1.0, 0.0), (0.5, 1.0)]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 9),
)
def test_friends_of_friends(follows, damping, is_weighed, known, k):
    matrix = np.zeros((PEOPLE, PEOPLE))
    for (one, other), weight in follows.items():
        matrix[one - 1, other - 1] = weight if is_weighed else 1
    table = {"owner": [one for one, _ in follows], "member": [other for _, other in follows]}
    pairs = ibis.memtable({**table, "weight": [float(weight) for weight in follows.values()]} if is_weighed else table)
    had = formulas.Had(None, is_left_out=not known, is_own=True)
    asked = ibis.memtable({"owner": [1, 2, 3, 4, 5]})
    found = formulas.recommend(formulas.Friends(pairs, damping, None, 0), asked, k, within=None, had=had)
    scores = [friends(matrix, at, damping) * (known | (matrix[at] == 0)) for at in range(5)]
    agrees(ibis.duckdb.connect().to_pyarrow(found).to_pylist(), scores, k)


def test_who_is_followed_by_nobody_else_is_two_steps_away():
    pairs = ibis.memtable({"owner": [1, 2], "member": [2, 3]})
    had = formulas.Had(None, is_left_out=True, is_own=True)
    options: Any = (pairs, (1, 0), None, 0)
    run = ibis.duckdb.connect().to_pyarrow
    # That others follow somebody with her is what walks of three steps need.
    assert run(formulas.recommend(formulas.Walks(*options), None, 5, within=None, had=had)).to_pylist() == []
    found = run(formulas.recommend(formulas.Friends(*options), None, 5, within=None, had=had)).to_pylist()
    assert found == [{"owner": 1, "rank": 1, "member": 3, "score": 1.0}]
