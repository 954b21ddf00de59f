"""Orders and loops that are not read yet: in forked children, and while threads page and write."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hasmany import Many, Model, ReadOnlyError, Store, Tweet, User, col, field, has_many

from ..file.files import forked

needs_forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")


class Shop(Model):
    sales: Many[Sale] = has_many()
    dearest: Many[Sale] = has_many(order_by=(col("price").desc(), "at"))
    open: Many[Sale] = has_many(where={"note": None})


class Sale(Model):
    shop: Shop
    at: int
    price: int | None = field(default=None, index=True)
    note: str | None = None


def fill(rows: int) -> Shop:
    dice = random.Random(7)
    shop = Shop()
    prices = [dice.choice([None, *range(9)]) for _ in range(rows)]
    Sale.insert_all(shop=shop, at=range(rows), price=prices)
    return shop


def asked(shop: Shop) -> dict[str, Any]:
    """What is not read yet."""
    walk = iter(shop.sales)
    next(walk)
    return {
        "by id": Sale.all().order_by("id", reverse=True),
        "by age": shop.sales.order_by(col("at").desc()),
        "by an index": shop.sales.order_by("price"),
        "a loop": walk,
    }


def ids(question: Any) -> list[int]:
    return [sale.id for sale in question]


def write(shop: Shop, gone: int) -> None:
    Sale(shop, 5, 3)
    Sale.find(gone).delete()
    Sale.find(gone + 1).price = 100


@needs_forks
def test_parent_and_child_read_what_was_asked_before_the_fork(store):
    shop = fill(300)
    expected = {name: ids(question) for name, question in asked(shop).items()}
    waiting, again = asked(shop), asked(shop)

    def child() -> dict[str, list[int]]:
        write(shop, 200)
        store.check()
        return {name: ids(question) for name, question in waiting.items()}

    without = lambda gone: {name: [id for id in of if id != gone] for name, of in expected.items()}
    assert forked(child) == without(200)
    write(shop, 100)
    assert {name: ids(question) for name, question in waiting.items()} == without(100)
    assert forked(lambda: {name: ids(question) for name, question in again.items()}) == without(100)
    assert {name: ids(question) for name, question in again.items()} == without(100)
    store.check()


@needs_forks
def test_a_child_reads_what_was_asked_of_a_file_and_does_not_write(tmp_path: Path):
    with Store(tmp_path / "sales.db") as store:
        shop = fill(300)
        expected = {name: ids(question) for name, question in asked(shop).items()}
        waiting = asked(shop)
        token = waiting["by age"].page(100).next

        def child() -> Any:
            with pytest.raises(ReadOnlyError):
                Sale(shop, 5)
            rest = waiting["by age"].page(300, token).items.ids.tolist()
            return {name: ids(question) for name, question in waiting.items()}, rest

        assert forked(child) == (expected, expected["by age"][100:])
        write(shop, 100)
        assert {name: ids(question) for name, question in waiting.items()} == {
            name: [id for id in of if id != 100] for name, of in expected.items()
        }
        store.check()


@needs_forks
def test_what_was_asked_in_a_block_that_the_child_undoes_is_without_its_rows(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(number)) for number in range(100)]
    entered, end = threading.Event(), threading.Event()

    def other() -> None:
        with store.transaction():
            tweets[3].delete()
            alice.post_tweet("undone")
            entered.set()
            end.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    try:
        assert entered.wait(60)
        order = Tweet.all().order_by("id", reverse=True)
        assert forked(lambda: order.values("message")) == [str(n) for n in range(99, -1, -1) if n != 3]
        assert order.values("message")[:2] == ["undone", "99"]
    finally:
        end.set()
        thread.join(60)


PAGED: dict[str, Callable[[Shop], Many[Sale]]] = {
    "by id": lambda shop: Sale.all().order_by("id", reverse=True),
    "by an index": lambda shop: shop.sales.order_by("price"),
    "by age, falling": lambda shop: shop.sales.order_by(col("at").desc()),
    "by two keys": lambda shop: shop.sales.order_by("price", col("at").desc()),
    "of a declared order": lambda shop: shop.dearest,
    "of a condition": lambda shop: shop.open,
    "of two sides": lambda shop: shop.dearest[:0] | shop.sales.where(col("price") != 77),
}


@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
def test_threads_page_while_others_write(reverse):
    with Store() as store:
        shop = fill(400)
        kept = set(Sale.all().ids.tolist())
        failed: list[BaseException] = []
        stop = threading.Event()

        def guarded(work: Callable[[], None]) -> None:
            with store:
                try:
                    work()
                except BaseException as error:  # noqa: BLE001 - the test raises it
                    failed.append(error)
                    stop.set()

        def writes(seed: int) -> None:
            dice, own = random.Random(seed), []
            while not stop.is_set():
                own.append(Sale(shop, dice.randrange(500), dice.choice([None, *range(9)])))
                if len(own) > 20:
                    own.pop(dice.randrange(len(own))).delete()
                own[0].note = dice.choice([None, "late"])

        def reads(name: str) -> None:
            make = PAGED[name]
            for _ in range(3):
                seen: list[int] = []
                token = None
                while True:
                    page = make(shop).page(37, token, reverse=reverse)
                    seen += page.items.ids.tolist()
                    token = page.next
                    if token is None:
                        break
                assert sorted(id for id in seen if id in kept) == sorted(kept), name

        writers = [threading.Thread(target=guarded, args=(lambda seed=seed: writes(seed),)) for seed in range(2)]
        readers = [threading.Thread(target=guarded, args=(lambda name=name: reads(name),)) for name in PAGED]
        for thread in writers + readers:
            thread.start()
        for thread in readers:
            thread.join(120)
        stop.set()
        for thread in writers:
            thread.join(120)
        if failed:
            raise failed[0]
        assert not any(thread.is_alive() for thread in writers + readers)
        store.check()
