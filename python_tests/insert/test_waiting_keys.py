"""The index of a pair is not built with the rows: whatever asks for pairs next finds them all the same."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hasmany import Model, Store

MANY = np.arange(2000)
PAIRS: dict[str, Any] = {"owner": MANY // 50 + 1, "thing": MANY % 50 + 1}


class Owner(Model):
    name: str


class Thing(Model):
    name: str


class Owned(Model, unique=(("owner", "thing"), ("code",))):
    owner: Owner
    thing: Thing
    code: int


ASKED: dict[str, Callable[[], Any]] = {
    "skip": lambda: len(Owned.insert_all(PAIRS, code=MANY + 9000, on_conflict="skip")) == 0,
    "skip some": lambda: len(Owned.insert_all(owner=[1, 50], thing=[1, 50], code=[8, 9000], on_conflict="skip")) == 1,
    "update": lambda: (
        Owned.insert_all(PAIRS, code=MANY + 9000, on_conflict="update", key=("owner", "thing")).ids.tolist()
        == (MANY + 1).tolist()
    ),
    "ids_of": lambda: Owned.ids_of(owner=[1, 50], thing=[2, 1]).tolist() == [2, 0],
    "ids_of many": lambda: (Owned.ids_of(**PAIRS) == MANY + 1).all(),
    "find_all": lambda: Owned.find_all(owner=[1, 50], thing=[2, 1]).ids.tolist() == [2],
    "find_by": lambda: Owned.find_by(owner=Owner.find(1), thing=Thing.find(2)).id == 2,
    "find_or_create": lambda: Owned.find_or_create(owner=Owner.find(1), thing=Thing.find(2), code=1).id == 2,
    "delete": lambda: Owned.find_all(**PAIRS).delete_all() == {"Owned": 2000},
    "update_all": lambda: Owned.all().update_all({"code": MANY[::-1]}) == 2000,
    "swap": lambda: (
        Owned.all().update_all({"thing": Owned.all().column("thing")[::-1].copy(), "owner": PAIRS["owner"][::-1]}) > 0
    ),
}


@pytest.mark.parametrize("asked", ASKED)
def test_whatever_asks_for_pairs_after_a_bulk_insert_finds_them(store: Store, asked: str) -> None:
    Owner.insert_all(name=["a"] * 50)
    Thing.insert_all(name=["b"] * 50)
    Owned.insert_all(PAIRS, code=MANY)
    assert ASKED[asked]()
    store.check()
    pairs = list(zip(Owned.all().column("owner").tolist(), Owned.all().column("thing").tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
