"""`Schema.describe()` is all that a lake without classes knows: what it says, said again of the classes made of it, is the same."""

import json
from enum import Enum, IntEnum
from typing import Any

import pytest
from hasmany import Many, Model, Store, col, field, has_many, has_one
from hasmany.described import SchemaDescription
from hasmany.lake import Lake

from ..asking import cinema
from ..terms import library


class Kind(Enum):
    NEW = "it's <Kind.OLD: 'old'>"
    OLD = "old"


class Level(IntEnum):
    LOW = -1
    HIGH = 3


class Shelf(Model, key=("room", "place")):
    room: str
    place: int
    things: Many["Thing"] = has_many()
    new: Many["Thing"] = has_many(where={"kind": Kind.NEW})
    some: Many["Thing"] = has_many(
        where={"kind": [Kind.NEW, Kind.OLD], "level": Level.LOW}, order_by=col("name").desc()
    )
    high: Many["Thing"] = has_many(where=(col("level") == Level.HIGH) | (col("name") == "<Kind.OLD: 'old'>"))
    label: "Label | None" = has_one()
    by_level: Many["Thing"] = has_many(order_by=("level", "name"))


class Thing(Model):
    name: str
    shelf: Shelf | None = None
    kind: Kind = Kind.OLD
    level: Level | None = field(default=None, index=True)


class Label(Model, unique=("text", "shelf")):
    text: str
    shelf: Shelf | None = field(default=None, unique=True)


WORLDS = {
    "shelves": [Shelf, Thing, Label],
    "library": [library.Member, library.Film, library.Loan, library.Card, library.Reader, library.Book, library.Rental],
    "cinema": [getattr(cinema, name) for name in ("Country", "Studio", "Film", "Person", "Rating", "Follow")],
}


def said(description: SchemaDescription, *, as_made: bool) -> list[dict[str, Any]]:
    """By table; of a class that was declared, what the class of a lake can have of it."""
    from hasmany.reread import with_values

    models: Any = sorted(description["models"], key=lambda model: model["table"])
    for model in models:
        for each in model["fields"]:
            if as_made and each["values"] is not None:
                each["type"], each["values"] = type(each["values"][0]).__name__, None
        for each in model["collections"]:
            if as_made and each["where"] is not None:
                each["where"] = with_values(each["where"])
            if as_made:
                each["order_by"] = [with_values(key) for key in each["order_by"]]
    return models


@pytest.mark.parametrize("models", WORLDS.values(), ids=WORLDS)
def test_what_is_made_of_a_description_has_the_same(models, store, tmp_path):
    for model in models:
        len(model.all())
    description = store.schema.describe()
    assert json.loads(json.dumps(description)) == description
    store.to_parquet(tmp_path / "one")
    wanted = said(description, as_made=True)
    with Lake(tmp_path / "one") as lake:
        assert said(lake.schema.describe(), as_made=False) == wanted
        again = lake.load()
    assert said(again.schema.describe(), as_made=False) == wanted
    again.to_parquet(tmp_path / "two")
    with Lake(tmp_path / "two") as lake:
        assert said(lake.schema.describe(), as_made=False) == wanted


def test_members_of_enums_are_their_values(store: Store, tmp_path):
    hall, room = Shelf("hall", 1), Shelf("room", 1)
    for name, shelf, kind, level in (
        ("a", hall, Kind.NEW, Level.LOW),
        ("b", hall, Kind.OLD, Level.LOW),
        ("c", hall, Kind.NEW, Level.HIGH),
        ("<Kind.OLD: 'old'>", room, Kind.OLD, None),
    ):
        Thing(name, shelf, kind, level)
    Label("x", hall)
    names = ["things", "new", "some", "high", "by_level"]
    columns = {name: col(f"{name}.name").list() for name in names}
    wanted = Shelf.all().select(**columns, label=col("label.text")).to_dicts()
    assert wanted[0]["some"] == ["b", "a"] and wanted[1]["high"] == ["<Kind.OLD: 'old'>"]
    store.to_parquet(tmp_path / "one")
    for models in (None, [Shelf, Thing, Label]):
        with Lake(tmp_path / "one", models=models) as lake:
            shelves = lake["Shelf"] if models is None else lake[Shelf]
            assert shelves.order_by("id").select(**columns, label=col("label.text")).to_dicts() == wanted
