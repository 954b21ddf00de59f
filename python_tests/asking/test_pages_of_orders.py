"""Pages of an order that an index keeps, or that rows lie in: found by their keys, equal to those of the whole order."""

import random

import pytest
from hasmany import Many, Model, col, field, has_many


class Shop(Model):
    sales: Many["Sale"] = has_many()


class Sale(Model):
    shop: Shop
    at: int
    price: int | None = field(default=None, index=True)
    note: str | None = field(default=None, index=True)


def fill(rows: int) -> Shop:
    dice = random.Random(7)
    one, other = Shop(), Shop()
    Sale.insert_all(
        shop=[one if dice.random() < 0.8 else other for _ in range(rows)],
        at=[row // 3 for row in range(rows)],
        price=[dice.choice([None, *range(50)]) for _ in range(rows)],
        note=[dice.choice([None, "", "é" * 60 + str(row % 7), "a" * 100]) for row in range(rows)],
    )
    return one


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("key", ["id", "at", "price", "note"])
def test_pages_are_the_parts_of_the_order(store, key, falls, backwards):
    shop = fill(700)
    for gone in Sale.all().sample(50, seed=1):
        gone.delete()
    for many in (Sale.all(), shop.sales):
        whole = many.order_by(key, reverse=falls).ids.tolist()
        if backwards:
            whole.reverse()
        found, token = [], None
        while True:
            page = many.order_by(key, reverse=falls).page(67, token, reverse=backwards)
            assert page.items.ids.tolist() == whole[len(found) : len(found) + 67]
            found += page.items.ids.tolist()
            if (token := page.next) is None:
                break
        assert found == whole


def test_between_pages_rows_come_and_go(store):
    shop = fill(700)
    page = shop.sales.order_by(col("price").desc()).page(100)
    passed, last = page.items.ids.tolist(), page.items[-1]
    rest = shop.sales.order_by(col("price").desc()).ids.tolist()[100:]
    last.delete()
    Sale.find(rest[0]).delete()
    Sale(shop, 1, price=10_000)
    late = Sale(shop, 1, price=-1)
    page = shop.sales.order_by(col("price").desc()).page(1000, page.next)
    found = page.items.ids.tolist()
    assert late.id in found and not {*found} & {*passed}
    assert [row for row in found if row != late.id] == rest[1:]


def test_a_token_of_another_order_is_refused(store):
    shop = fill(300)
    token = shop.sales.order_by("price").page(10).next
    others = [shop.sales.order_by("at"), shop.sales.order_by("price", reverse=True), Sale.all().order_by("price")]
    for other in others:
        with pytest.raises(ValueError, match="of another collection"):
            other.page(10, token)
    with pytest.raises(ValueError, match="of another collection"):
        shop.sales.order_by("price").page(10, token, reverse=True)


def test_an_order_that_is_read_has_the_same_pages(store):
    shop = fill(300)
    order = shop.sales.order_by("price")
    token = order.page(10).next
    unread = order.page(10, token).items.ids.tolist()
    assert len(order.values("at")) == len(order)
    assert order.page(10, token).items.ids.tolist() == unread == order.ids.tolist()[10:20]
