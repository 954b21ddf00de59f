"""Links over more steps than one join row: customers, orders, lines and products, beside matrices."""

from typing import Any

import numpy as np
import pytest
from hasmany import Many, Model, SchemaError, Store, col, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

from python_tests.rank.links import Links, agree, walked
from python_tests.rank.people import Appointment, Doctor, Patient
from python_tests.rank.test_chosen import DAMPING


class Customer(Model):
    name: str
    orders: Many["Order"] = has_many()
    lines: Many["Line"] = has_many(through="orders")
    products: Many["Product"] = has_many(through="lines")
    kept: Many["Product"] = has_many(through="lines", source="product", where=col("lines.quantity") > 0)
    paid: Many["Product"] = has_many(through="done", source="products")
    done: Many["Order"] = has_many(where={"is_paid": True})
    kinds: Many["Kind"] = has_many(through="products", source="kind")
    by_price: Many["Product"] = has_many(through="lines", source="product", order_by="price")


class Order(Model):
    customer: Customer | None
    is_paid: bool = True
    lines: Many["Line"] = has_many()
    products: Many["Product"] = has_many(through="lines")


class Kind(Model):
    name: str
    products: Many["Product"] = has_many()


class Product(Model):
    title: str
    price: int = 1
    kind: Kind | None = None
    lines: Many["Line"] = has_many()
    orders: Many["Order"] = has_many(through="lines")
    customers: Many["Customer"] = has_many(through="orders", source="customer")


class Line(Model):
    order: Order
    product: Product | None
    quantity: int = 1


CUSTOMERS, ORDERS, PRODUCTS = 6, 9, 7
LINES = st.lists(st.tuples(st.integers(1, ORDERS), st.integers(0, PRODUCTS), st.integers(0, 2)), max_size=40)
OWNERS = st.lists(st.tuples(st.integers(0, CUSTOMERS), st.booleans()), min_size=ORDERS, max_size=ORDERS)


def shop(owners: list[tuple[int, bool]], lines: list[tuple[int, int, int]]) -> None:
    Customer.insert_all(name=["x"] * CUSTOMERS)
    Kind.insert_all(name=["x"] * 3)
    Product.insert_all(title=["x"] * PRODUCTS, kind=[at % 4 or None for at in range(PRODUCTS)])
    Order.insert_all(customer=[owner or None for owner, _ in owners], is_paid=[paid for _, paid in owners])
    if lines:
        orders, products, quantities = zip(*lines, strict=True)
        Line.insert_all(order=orders, product=[at or None for at in products], quantity=quantities)


def pairs(owners: list[tuple[int, bool]], lines: list[tuple[int, int, int]], name: str) -> set[tuple[int, int]]:
    def counts(order: int, quantity: int) -> bool:
        return {"kept": quantity > 0, "paid": owners[order - 1][1]}.get(name, True)

    return {
        (owners[order - 1][0] - 1, (product - 1) % 4 - 1 if name == "kinds" else product - 1)
        for order, product, quantity in lines
        if owners[order - 1][0] and product and counts(order, quantity)
        if name != "kinds" or (product - 1) % 4
    }


@settings(deadline=None)
@given(OWNERS, LINES, st.sampled_from(["products", "kept", "paid", "kinds", "by_price"]), DAMPING, st.data())
def test_a_longer_path_is_a_set_of_pairs(
    owners: list[tuple[int, bool]], lines: list[tuple[int, int, int]], name: str, damping: Any, data: st.DataObject
) -> None:
    measure = data.draw(st.sampled_from(["cosine", "jaccard", "overlap", "count"]))
    with Store():
        shop(owners, lines)
        far = 3 if name == "kinds" else PRODUCTS
        links = Links.of(pairs(owners, lines, name), CUSTOMERS, far)
        rankings, alike = (
            Customer.all().recommend(name, 4, damping=damping),
            Customer.all().similar(name, 4, measure=measure),
        )
        for at, customer in enumerate(Customer.all()):
            found = customer.recommend(name, 4, damping=damping)
            agree(found, links.recommend(at, damping), 4)
            agree(customer.similar(name, 4, measure=measure), links.similar(at, measure), 4)
            assert list(rankings[customer]) == list(found)
            assert list(alike[customer]) == list(customer.similar(name, 4, measure=measure))
            adds = links.contributions(at, damping)
            for product, _score in found:
                by = adds[:, product.id - 1]
                np.testing.assert_allclose(by[found.why(product).ids - 1], np.sort(by[by > 0])[::-1][:3], rtol=1e-9)
        table = rankings.select("owner", "rank", "score", member="id").to_dicts()
        assert [(row["owner"], row["member"]) for row in table] == [
            (customer.id, member.id)
            for customer in Customer.all()
            for member, _ in customer.recommend(name, 4, damping=damping)
        ]
        assert [row["weight"] for row in Customer.projection(name).to_dicts()] == [
            shared
            for one in range(CUSTOMERS)
            for other, shared in enumerate(links.shared(one))
            if other > one and shared
        ]


@settings(deadline=None)
@given(OWNERS, LINES, st.sets(st.integers(1, PRODUCTS)), DAMPING)
def test_baskets_of_them(
    owners: list[tuple[int, bool]], lines: list[tuple[int, int, int]], basket: set[int], damping: Any
) -> None:
    with Store():
        shop(owners, lines)
        weights = Links.of(pairs(owners, lines, "products"), CUSTOMERS, PRODUCTS).matrix.toarray()
        own = np.array([float(at + 1 in basket) for at in range(PRODUCTS)])
        found = Product.where(id=sorted(basket)).also("customers", damping=damping)
        agree(found, walked(weights, own, damping).sum(axis=0) * (own == 0), 10)


def test_of_a_model_with_itself_they_are_friends() -> None:
    """Patients who share a doctor: their colleagues' colleagues."""
    with Store():
        patients, doctors = [Patient(name) for name in "abcde"], [Doctor(name) for name in "xyz"]
        for doctor, patient in [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3)]:
            Appointment(doctors[doctor], patients[patient])
        assert patients[0].recommend("colleagues").records == [patients[2]]
        assert patients[0].recommend("colleagues").why(patients[2]) == [patients[1]]


def test_sampled_where_they_are_many() -> None:
    rng = np.random.default_rng(3)
    with Store():
        shop([(1 + at % CUSTOMERS, True) for at in range(ORDERS)], [])
        Line.insert_all(order=rng.integers(1, ORDERS + 1, 500), product=rng.integers(1, PRODUCTS + 1, 500))
        Customer("new").orders.create().lines.create(product=Product.find(1))
        customer = Customer.all()[-1]
        found = customer.recommend("products", max_links=3, seed=1)
        assert found.sampled and found == customer.recommend("products", max_links=3, seed=1)
        assert not customer.recommend("products").sampled


def test_they_follow_writes() -> None:
    with Store() as store:
        shop([(1, True), (2, True)] + [(0, True)] * 7, [(1, 1, 1), (2, 1, 1), (2, 2, 1)])
        customer = Customer.find(1)
        assert customer.recommend("products").records.ids.tolist() == [2]
        Order.find(2).customer = None
        assert customer.recommend("products") == []
        Order.find(2).customer = Customer.find(3)
        assert customer.recommend("products").records.ids.tolist() == [2]
        Line.find(2).delete()
        store.compact()
        assert customer.recommend("products") == []


def test_what_is_of_a_join_row_cannot_be_asked_of_them() -> None:
    with Store():
        shop([(1, True)] * ORDERS, [])
        customer = Customer.find(1)
        for how in ({"where": col("quantity") > 1}, {"weight": "quantity"}, {"recent": True}):
            with pytest.raises(SchemaError, match=r"Customer.products leads to Product in 3 steps"):
                customer.recommend("products", **how)  # type: ignore[arg-type]
        with pytest.raises(SchemaError, match="no links to walk"):
            customer.similar("lines")


@pytest.mark.parametrize("most", [3, 10, 40])
def test_a_sample_is_the_same_alone_and_in_a_batch(most: int) -> None:
    """Whether links are walked or were put into lists."""
    with Store():
        rng = np.random.default_rng(3)
        Customer.insert_all(name=[str(at) for at in range(30)])
        Product.insert_all(title=[str(at) for at in range(15)])
        Order.insert_all(customer=rng.integers(1, 31, 60))
        Line.insert_all(order=rng.integers(1, 61, 240), product=rng.integers(1, 16, 240))
        whole = Customer.all().recommend("products", max_links=most)
        for customer in Customer.all():
            alone = customer.recommend("products", max_links=most)
            batch = Customer.where(id=customer.id).recommend("products", max_links=most)
            for found in (batch, whole):
                rows = [row for row in found.select("owner", "id", "score").to_dicts() if row["owner"] == customer.id]
                assert [(row["id"], row["score"]) for row in rows] == [(record.id, score) for record, score in alone]
