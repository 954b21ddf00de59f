"""Recommendations with the defaults are as good as promised, on splits that others report on."""

import lzma

import numpy as np
import numpy.typing as npt
import pytest
from hasmany import Many, Model, Store, _hasmany, evaluate, has_many

from ..places import SHARED, needs

K = 20
# NDCG@20 at least, all items ranked, training links left out; and of how many users a debug build asks one.
FLOORS = [
    pytest.param(name, floor, every, marks=needs(SHARED / "data" / name / "train.txt.xz", name))
    for name, floor, every in (
        ("amazon_electronics", 0.085, 1),
        ("amazon_sports", 0.055, 10),
        ("lastfm_2k", 0.25, 1),
        ("gowalla", 0.150, 30),
    )
]

Ids = npt.NDArray[np.int64]


class Person(Model):
    name: str
    uses: Many["Use"] = has_many()
    items: Many["Item"] = has_many(through="uses")


class Item(Model):
    name: str
    uses: Many["Use"] = has_many()


class Use(Model, unique=("person", "item")):
    person: Person
    item: Item


def read(name: str, part: str) -> tuple[Ids, Ids]:
    """People and items, numbered from 1."""
    with lzma.open(SHARED / "data" / name / f"{part}.txt.xz", "rt", encoding="ascii") as lines:
        rows = [np.array(line.split(), dtype=np.int64) + 1 for line in lines if line.strip()]
    people = np.repeat([row[0] for row in rows], [len(row) - 1 for row in rows])
    return people, np.concatenate([row[1:] for row in rows])


@pytest.mark.parametrize(("name", "floor", "every"), FLOORS)
def test_the_defaults_are_as_good_as_promised(name: str, floor: float, every: int):
    train, test = read(name, "train"), read(name, "test")
    owners = np.unique(test[0])
    asked = owners[:: every if _hasmany.__debug_build__ else 1]
    is_asked = np.isin(test[0], asked)
    with Store():
        Person.insert_all(name=["p"] * int(max(train[0].max(), test[0].max())))
        Item.insert_all(name=["i"] * int(max(train[1].max(), test[1].max())))
        Use.insert_all(person=train[0], item=train[1])
        found = evaluate(Person.all(), "items", (test[0][is_asked], test[1][is_asked]), K).to_dicts()[0]
    assert found["owners"] == len(asked)
    # Of a part of the users, the mean of all may be so much more.
    slack = 0 if len(asked) == len(owners) else 3 * found["ndcg_error"]
    assert found["ndcg"] + slack >= floor
