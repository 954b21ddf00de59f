"""Orders that are not sorted when they are asked for: loops over them, parts of them, and further keys, are those of a sorted list
of the moment, whatever is written meanwhile."""

import random
from typing import Any

import pytest
from hasmany import Many, Model, Store, col, field, has_many
from hypothesis import given, settings
from hypothesis import strategies as st


class Shop(Model):
    sales: Many["Sale"] = has_many()


class Sale(Model):
    """`at` rises with age."""

    shop: Shop
    at: int
    price: int | None = field(default=None, index=True)
    note: str | None = None


def fill(rows: int, prices: int = 50, times: int = 3) -> Shop:
    dice = random.Random(7)
    one, other = Shop(), Shop()
    Sale.insert_all(
        shop=[one if dice.random() < 0.8 else other for _ in range(rows)],
        at=[row // times for row in range(rows)],
        price=[dice.choice([None, *range(prices)]) for _ in range(rows)],
        note=[dice.choice([None, "a", "b", "c"]) for _ in range(rows)],
    )
    return one


KEYS: list[tuple[str, ...]] = [
    ("price",),
    ("at",),
    ("id",),
    ("at", "-note"),
    ("-price", "note", "-id"),
    ("price", "at"),
    ("-at", "note"),
]


def keys(names: tuple[str, ...]) -> list[Any]:
    return [col(name[1:]).desc() if name.startswith("-") else name for name in names]


def in_order(many: Many[Sale], names: tuple[str, ...]) -> list[int]:
    """By sorting, key by key, last one first."""
    rows = list(many)
    for name in reversed(names):
        own = [(getattr(row, name.lstrip("-")), row) for row in rows]
        with_value = [(value, row) for value, row in own if value is not None]
        falls = name.startswith("-")
        with_value = sorted(with_value, key=lambda pair: pair[0], reverse=falls)
        rows = [row for _, row in with_value] + [row for value, row in own if value is None]
    return [row.id for row in rows]


@pytest.mark.parametrize("gone", [0, 40])
@pytest.mark.parametrize("names", KEYS)
def test_loops_and_parts(store, names, gone):
    shop = fill(900)
    for row in Sale.all().sample(gone, seed=1):
        row.delete()
    for many in (Sale.all(), shop.sales):
        expected, order = in_order(many, names), lambda many=many: many.order_by(*keys(names))
        assert [row.id for row in order()] == expected
        assert [row.id for row in reversed(order())] == expected[::-1]
        assert next(iter(order())).id == expected[0] and next(reversed(order())).id == expected[-1]
        assert len(order()) == len(expected)
        for part in (
            slice(0, 20),
            slice(63, 66),
            slice(-5, None),
            slice(400, 401),
            slice(None, None, 50),
            slice(2000, 2010),
        ):
            assert order()[part].ids.tolist() == expected[part]
        assert order()[-1].id == expected[-1] and order()[7].id == expected[7]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("names", KEYS)
@pytest.mark.parametrize("after", [0, 1, 64, 65, 400, 899])
def test_a_loop_is_of_its_moment(store, names, after, backwards):
    shop = fill(900)
    expected = in_order(Sale.all(), names)
    expected = expected[::-1] if backwards else expected
    order = Sale.all().order_by(*keys(names))
    walk, found = reversed(order) if backwards else iter(order), []
    del order
    for _ in range(after):
        found.append(next(walk).id)
    gone = {Sale.all()[3].id, Sale.all()[700].id}
    Sale.where(at=5).update_all(at=-1, price=1000)
    Sale(shop, 0, -5), Sale(shop, 10**6, None)
    for row in gone:
        Sale.find(row).delete()
    found += [row.id for row in walk]
    assert found == [row for at, row in enumerate(expected) if at < after or row not in gone]


@pytest.mark.parametrize("names", [("price", "note"), ("-at", "-note"), ("price", "id")])
def test_large_groups(store, names):
    """More rows are equal by the first key than are sorted again and again."""
    fill(30_000, prices=2, times=12_000)
    expected, order = in_order(Sale.all(), names), Sale.all().order_by(*keys(names))
    assert order[:5].ids.tolist() == expected[:5] and order[15_000].id == expected[15_000]
    assert [row.id for row in Sale.all().order_by(*keys(names))] == expected
    assert [row.id for row in reversed(Sale.all().order_by(*keys(names)))] == expected[::-1]
    found, token = [], None
    for _ in range(3):
        page = Sale.all().order_by(*keys(names)).page(70, token)
        found += page.items.ids.tolist()
        token = page.next
    assert found == expected[:210]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_keys_and_places(data):
    with Store():
        shop = fill(
            data.draw(st.integers(0, 150)), prices=data.draw(st.integers(1, 30)), times=data.draw(st.integers(1, 40))
        )
        if len(Sale.all()) > 3 and data.draw(st.booleans()):
            Sale.all()[2].delete()
        own = st.sampled_from(["at", "price", "note", "id"]).flatmap(lambda name: st.sampled_from([name, f"-{name}"]))
        names = tuple(data.draw(st.lists(own, min_size=1, max_size=3, unique_by=lambda name: name.lstrip("-"))))
        many = data.draw(st.sampled_from([Sale.all(), shop.sales]))
        expected = in_order(many, names)
        start, stop = data.draw(st.integers(0, 160)), data.draw(st.integers(0, 160))
        order = many.order_by(*keys(names))
        assert order[start:stop].ids.tolist() == expected[start:stop]
        walk = iter(order)
        found = [row.id for row, _ in zip(walk, range(start), strict=False)]
        assert found == expected[: len(found)]
        Sale(shop, -1)
        assert order.ids.tolist() == expected
        turned = many.order_by(*keys(names), reverse=True)
        assert len(turned) == len(many)


@pytest.mark.parametrize("kind", [int, bool])
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_keys_of_which_few_are_different(kind, data):
    class Point(Model):
        value: int | None = None
        flag: bool | None = None

    values = st.none() | st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1, 70_000])
    with Store():
        rows = data.draw(st.lists(values, max_size=200))
        Point.insert_all(value=rows, flag=[None if row is None else row > 0 for row in rows])
        name = "value" if kind is int else "flag"
        for falls in (False, True):
            with_value = sorted(
                ((getattr(point, name), point.id) for point in Point.all() if getattr(point, name) is not None),
                key=lambda pair: (-pair[0] if falls else pair[0], pair[1]),
            )
            rest = [point.id for point in Point.all() if getattr(point, name) is None]
            expected = [id for _, id in with_value] + rest
            assert Point.all().order_by(name, reverse=falls).ids.tolist() == expected
            assert Point.all()[::-1][::-1].order_by(name, "id", reverse=falls).ids.tolist() == (
                expected if not falls else Point.all().order_by(col(name).desc(), col("id").desc()).ids.tolist()
            )
