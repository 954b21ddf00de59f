"""Rows of one input that refer to each other: by keys and by given ids, in any order, in circles."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hasmany import (
    DuplicateError,
    FieldError,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    belongs_to,
    field,
    has_many,
)


class Person(Model):
    name: str = field(unique=True)
    code: int | None = field(default=None, unique=True)
    boss: "Person | None" = belongs_to(default=None)
    staff: Many["Person"] = has_many()


class Place(Model, key="name"):
    name: str
    inside: "Place | None" = None


class Kit(Model, key="name"):
    name: str


class Part(Model, key=("kit", "name")):
    kit: Kit
    name: str
    of: "Part | None" = None


class Ring(Model, key="name"):
    name: str
    next: "Ring"


class Folder(Model, unique=("parent", "name")):
    name: str
    parent: "Folder | None" = None


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") if request.param == "file" else Store() as store:
        yield store
        store.check()


def bosses() -> dict[str, str | None]:
    return dict(zip(Person.all().values("name"), Person.all().values("boss.name"), strict=True))


# ── by keys ───────────────────────────────────────────────────────────────────────────────────────


def test_a_key_leads_to_a_row_of_the_same_input_in_any_order() -> None:
    made = Person.insert_all({"name": ["a", "b", "c", "d"], "boss.name": ["c", "a", None, "a"]})
    assert made.values("boss.name") == ["c", "a", None, "a"]
    assert made.ids.tolist() == [1, 2, 3, 4]
    assert Person.find(name="a").staff == [made[1], made[3]]


def test_plain_values_of_a_keyed_model_lead_there_too() -> None:
    made = Place.insert_all(name=["Leiden", "Holland", "Europe"], inside=["Holland", "Europe", None])
    assert made.values("inside.name") == ["Holland", "Europe", None]
    more = Place.insert_all(pl.DataFrame({"name": ["Delft", "Rijn"], "inside": ["Holland", "Delft"]}))
    assert more.values("inside.name") == ["Holland", "Delft"]


def test_circles_and_loops() -> None:
    made = Person.insert_all({"name": ["a", "b", "c", "d"], "boss.name": ["b", "c", "a", "d"]})
    assert made.values("boss.name") == ["b", "c", "a", "d"]
    assert made[3].boss == made[3]
    rings = Ring.insert_all(name=["x", "y", "z"], next=["y", "x", "z"])
    assert rings.values("next.name") == ["y", "x", "z"]
    with pytest.raises(FieldError, match=r"row 1: Ring\.next may not be None"):
        Ring.insert_all({"name": ["u", "v"], "next": ["v", None]})


def test_any_unique_field_leads() -> None:
    made = Person.insert_all({"name": ["a", "b"], "code": [7, 8], "boss.code": [8, None]})
    assert made.values("boss.name") == ["b", None]
    made = Person.insert_all({"name": ["c", "d"], "code": [9, None], "boss.code": [8, 9]})
    assert made.values("boss.name") == ["b", "c"]


def test_key_names_what_plain_values_mean_for_a_call() -> None:
    made = Person.insert_all(name=["a", "b"], boss=["b", None], key="name")
    assert made.values("boss.name") == ["b", None]
    made = Person.insert_all(name=["c", "d"], code=[3, 4], boss=[4, 3], key="code")
    assert made.values("boss.name") == ["d", "c"]
    made = Person.insert_all({"name": ["e"], "boss.id": [1]}, key="name")
    assert made[0].boss.name == "a"
    assert Place.insert_all(name=["x", "y"], inside=["y", None], key="name").values("inside.name") == ["y", None]
    with pytest.raises(TypeError, match=r"Person\.boss"):
        Person.insert_all(name=["f"], boss=[1], key="name")
    with pytest.raises(SchemaError, match=r"'of\.kit', 'of\.name'"):
        Part.insert_all(kit=["k"], name=["x"], of=["y"], key=("kit", "name"))


def test_composite_keys() -> None:
    Kit.insert_all(name=["car", "bus"])
    made = Part.insert_all(
        {
            "kit": ["car", "bus", "car", "bus"],
            "name": ["wheel", "wheel", "tyre", "tyre"],
            "of.kit": ["car", None, "car", "bus"],
            "of.name": ["tyre", None, "tyre", "wheel"],
        }
    )
    assert made.values("of.name") == ["tyre", None, "tyre", "wheel"]
    assert made.values("of.kit.name") == ["car", None, "car", "bus"]
    with pytest.raises(
        NotFoundError, match=r"row 0: Part\.of: no Part has name 'tyre', kit\.name 'bus'|row 0: Part\.of"
    ):
        Part.insert_all({"kit": ["car"], "name": ["x"], "of.kit.name": ["bus"], "of.name": ["nut"]})


def test_a_key_with_a_reference_to_the_same_model_is_looked_for_in_the_table_alone() -> None:
    top, sub = Folder.insert_all(id=[1, 2], name=["top", "sub"], parent=[None, 1])
    made = Folder.insert_all({"name": ["a"], "parent.name": ["sub"], "parent.parent.id": [top.id]})
    assert made[0].parent == sub
    with pytest.raises(NotFoundError, match=r"row 1: Folder\.parent"):
        Folder.insert_all({"name": ["b", "c"], "parent.name": ["sub", "b"], "parent.parent.id": [1, 2]})


def test_the_store_stays_in_the_order_of_the_rows() -> None:
    Person.insert_all(name=["z"])
    Person.insert_all({"name": ["b", "a"], "boss.name": ["a", "z"]})
    assert Person.all().values("name") == ["z", "b", "a"] and Person.all().ids.tolist() == [1, 2, 3]


# ── with what is there ────────────────────────────────────────────────────────────────────────────


def test_what_the_input_does_not_bring_is_looked_for_in_the_table() -> None:
    Person.insert_all(name=["old"])
    made = Person.insert_all({"name": ["a", "b"], "boss.name": ["old", "a"]})
    assert made.values("boss.name") == ["old", "a"]


def test_skip_leads_to_the_row_that_is_there() -> None:
    Person.insert_all(name=["old"])
    made = Person.insert_all({"name": ["a", "old", "a"], "boss.name": ["old", "a", "old"]}, on_conflict="skip")
    assert made.values("name") == ["a"] and bosses() == {"old": None, "a": "old"}


def test_update_sets_near_references_of_rows_that_are_there() -> None:
    Person.insert_all({"name": ["a", "b"], "boss.name": ["b", None]})
    made = Person.insert_all({"name": ["b", "c", "a"], "boss.name": ["c", "c", None]}, on_conflict="update")
    assert made.values("name") == ["b", "c", "a"]
    assert bosses() == {"a": None, "b": "c", "c": "c"}


def test_a_key_that_the_input_gives_a_row_leads_to_that_row() -> None:
    Person.insert_all(name=["a", "b"], code=[1, 2])
    Person.insert_all(
        {"name": ["b", "a", "c"], "code": [1, 2, 3], "boss.name": ["a", None, "b"]}, key="code", on_conflict="update"
    )
    assert [(p.id, p.name, p.boss and p.boss.id) for p in Person.all()] == [(1, "b", 2), (2, "a", None), (3, "c", 1)]


def test_repeats_are_refused_with_their_row() -> None:
    with pytest.raises(DuplicateError, match=r"row 2: row 0 of the same input already has this name"):
        Person.insert_all({"name": ["a", "b", "a"], "boss.name": ["b", None, "b"]})
    Person.insert_all(name=["old"])
    with pytest.raises(DuplicateError, match=r"row 1: Person 1 already has this name"):
        Person.insert_all({"name": ["a", "old"], "boss.name": ["old", "a"]})
    assert bosses() == {"old": None}


# ── by given ids ──────────────────────────────────────────────────────────────────────────────────


def test_given_ids_and_keys_together() -> None:
    made = Person.insert_all({"id": [9, 4], "name": ["a", "b"], "boss.name": ["b", "a"]})
    assert made.values("boss.id") == [4, 9] and Person.all().values("name") == ["b", "a"]


def test_without_an_id_column_ids_are_of_rows_that_are_there() -> None:
    with pytest.raises(NotFoundError, match=r"row 1: Person\.boss: there is no Person 1"):
        Person.insert_all(name=["a", "b"], boss=[None, 1])


# ── what is created ───────────────────────────────────────────────────────────────────────────────


def test_a_key_that_the_input_brings_is_not_missing() -> None:
    made = Person.insert_all({"name": ["a", "b"], "boss.name": [None, "a"]}, create_missing=True)
    assert made.values("boss.name") == [None, "a"] and len(Person.all()) == 2
    made = Person.insert_all({"name": ["c", "d"], "boss.name": ["d", "x"]}, create_missing=True)
    assert made.values("boss.name") == ["d", "x"]
    assert Person.all().values("name") == ["a", "b", "x", "c", "d"]
    Kit.insert_all(name=["car"])
    made = Part.insert_all(
        {"kit": ["car", "bus"], "name": ["nut", "nut"], "of.kit": ["bus", "car"], "of.name": ["nut", "bolt"]},
        create_missing=True,
    )
    assert Kit.all().values("name") == ["car", "bus"]
    assert Part.all().values("kit.name") == ["car", "car", "bus"] and Part.all().values("name") == [
        "bolt",
        "nut",
        "nut",
    ]
    assert made.values("of") == [made[1], Part.all()[0]]


def test_with_ids_what_is_missing_of_the_same_model_is_not_created() -> None:
    with pytest.raises(NotFoundError, match=r"row 1: .*'x'.* id .*insert it first"):
        Person.insert_all({"id": [5, 6], "name": ["a", "b"], "boss.name": ["b", "x"]}, create_missing=True)
    assert len(Person.all()) == 0
    made = Person.insert_all({"id": [5, 6], "name": ["a", "b"], "boss.name": ["b", "a"]}, create_missing=True)
    assert made.values("boss.id") == [6, 5]


# ── many ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [50, 20_000])
def test_large_trees(store: Store, count: int) -> None:
    random = np.random.default_rng(count)
    parents = random.integers(0, np.arange(count) + 1)
    order = random.permutation(count)
    names = np.array([f"n{at}" for at in range(count)])
    given = np.where(parents == np.arange(count), None, names[parents].astype(object))
    made = Person.insert_all({"name": names[order], "boss.name": given[order]})
    assert made.values("boss.name") == given[order].tolist()
    ids = Place.insert_all({"id": order + 1, "name": names[order], "inside.id": (parents + 1)[order]})
    assert (ids.column("inside.id") == (parents + 1)[order]).all()
    with pytest.raises(ZeroDivisionError), store.transaction():
        Person.insert_all({"name": ["x", "y"], "boss.name": ["y", "n1"]})
        raise ZeroDivisionError
    assert len(Person.all()) == count
