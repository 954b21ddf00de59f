"""`Schema.describe()`: what a schema says, as data."""

import json
import sqlite3
from datetime import UTC, date, datetime

import pytest
from hasmany import (
    CollectionDescription,
    FieldDescription,
    Like,
    Many,
    Model,
    ModelDescription,
    SchemaDescription,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

from python_tests.hops import assert_hops_hold


def models(store: Store) -> dict[str, ModelDescription]:
    return {model["name"]: model for model in store.schema.describe()["models"]}


def hops(store: Store) -> dict[str, list[list[str]] | None]:
    return {
        f"{name}.{collection['name']}": collection["hops"]
        for name, model in models(store).items()
        for collection in model["collections"]
    }


def test_the_seed_world_is_described(store):
    Like(User("a"), Tweet("x", User("b")))
    described = models(store)
    assert list(described) == ["User", "Tweet", "Like"]
    assert [each["name"] for each in described["Tweet"]["fields"]] == ["message", "user"]
    assert described["Like"]["unique"] == [["user", "tweet"]]
    assert hops(store) == {
        "User.tweets": [["down", "Tweet", "user"]],
        "User.likes": [["down", "Like", "user"]],
        "User.liked_tweets": [["down", "Like", "user"], ["up", "Like", "tweet"]],
        "Tweet.likes": [["down", "Like", "tweet"]],
        "Tweet.likers": [["down", "Like", "tweet"], ["up", "Like", "user"]],
    }
    pairs = {each["name"]: each["unique_pair"] for each in described["User"]["collections"]}
    assert pairs == {"tweets": False, "likes": False, "liked_tweets": True}
    assert assert_hops_hold(store) == 8


def test_a_description_is_json_and_has_the_keys_of_its_types(store):
    class Sample(Model, unique=("whole", "text")):
        whole: int = field(unique=True)
        text: str = "x"
        real: float = 1.5
        flag: bool = True
        raw: bytes = b"\x01\xff"
        day: date = date(2026, 3, 1)
        at: datetime = datetime(2026, 3, 1, 9, tzinfo=UTC)
        made: int = field(default_factory=int)
        user: User | None = belongs_to(on_delete="nullify", default=None)
        none: Many["Sample"] = has_many()

    Sample(1)
    description = store.schema.describe()
    assert json.loads(json.dumps(description, allow_nan=False)) == description
    assert description.keys() == SchemaDescription.__annotations__.keys()
    for model in description["models"]:
        assert model.keys() == ModelDescription.__annotations__.keys()
        assert all(each.keys() == FieldDescription.__annotations__.keys() for each in model["fields"])
        assert all(each.keys() == CollectionDescription.__annotations__.keys() for each in model["collections"])
    fields = {each["name"]: each for each in models(store)["Sample"]["fields"]}
    defaults = {name: each["default"] for name, each in fields.items()}
    assert defaults == {
        "whole": None,
        "text": "x",
        "real": 1.5,
        "flag": True,
        "raw": "01ff",
        "day": "2026-03-01",
        "at": "2026-03-01T09:00:00+00:00",
        "made": None,
        "user": None,
    }
    assert [name for name, each in fields.items() if each["required"]] == ["whole"]
    assert [name for name, each in fields.items() if each["unique"]] == ["whole"]
    assert [each["type"] for each in fields.values()] == [
        *("int", "str", "float", "bool", "bytes", "date", "datetime", "int", "reference")
    ]
    assert fields["made"]["default_factory"] == "builtins:int"
    assert (fields["user"]["to"], fields["user"]["on_delete"], fields["user"]["optional"]) == ("User", "nullify", True)


def test_a_collection_that_cannot_work_says_why(store, declare):
    module = declare(
        """
        class Owner(Model):
            name: str
            dogs: Many["Dog"] = has_many()
            cats: Many["Cat"] = has_many()
        class Cat(Model):
            name: str
        """
    )
    module.Owner("x")
    described = {each["name"]: each for each in models(store)["Owner"]["collections"]}
    assert described["dogs"]["hops"] is described["cats"]["hops"] is None
    assert "Dog" in str(described["dogs"]["problem"])
    assert "Cat has no reference to Owner" in str(described["cats"]["problem"])


def test_what_is_on_the_way_is_described_and_not_bound(tmp_path, declare):
    module = declare(
        """
        class Owner(Model):
            name: str
            pets: Many["Pet"] = has_many()
            vets: Many["Vet"] = has_many(through="pets")
        class Vet(Model):
            name: str
        class Pet(Model):
            owner: Owner
            vet: Vet
        """
    )
    with Store(tmp_path / "x.db") as store:
        module.Owner("x")
        before = store.schema.models
        described = models(store)
        assert {name: model["in_store"] for name, model in described.items()} == {
            "Owner": True,
            "Pet": False,
            "Vet": False,
        }
        assert hops(store)["Owner.vets"] == [["down", "Pet", "owner"], ["up", "Pet", "vet"]]
        assert store.schema.models == before == (module.Owner,)
    with sqlite3.connect(tmp_path / "x.db") as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}
    assert tables & {"owners", "pets", "vets"} == {"owners"}


def test_tables_of_a_file_that_nobody_declares_are_described(tmp_path, declare):
    source = "class Gizmo(Model):\n    size: int = field(unique=True)\n    user: User | None = None\n"
    with Store(tmp_path / "x.db"):
        declare(source).Gizmo(1, User("a"))
    with Store(tmp_path / "x.db") as store:
        described = models(store)
    assert described["Gizmo"]["is_declared"] is False
    assert [(each["name"], each["type"], each["to"]) for each in described["Gizmo"]["fields"]] == [
        ("size", "int", None),
        ("user", "reference", "User"),
    ]
    assert described["Gizmo"]["unique"] == [["size"]]


def test_models_of_one_name_are_told_apart_by_their_tables(store, declare):
    first = declare(
        "class Pet(Model, table='first'):\n    name: str\n    others: Many['Pet'] = has_many()\n    pet: 'Pet | None' = None\n"
    )
    second = declare("class Pet(Model, table='second'):\n    name: str\n")
    first.Pet("a"), second.Pet("b")
    assert list(models(store)) == ["Pet (first)", "Pet (second)"]
    assert hops(store) == {"Pet (first).others": [["down", "Pet (first)", "pet"]]}


def test_an_empty_store_has_no_models():
    assert Store().schema.describe() == {"models": []}


@pytest.mark.parametrize("name", ["SchemaDescription", "ModelDescription", "FieldDescription", "CollectionDescription"])
def test_the_types_of_a_description_are_public(name):
    import hasmany

    assert name in hasmany.__all__


def test_a_key_is_described_and_written_down() -> None:
    class Author(Model, key="name"):
        name: str

    class Book(Model, key=("author", "title"), unique=("title", "year")):
        author: Author
        title: str
        year: int

    with Store() as store:
        Book(Author("ann"), "one", 1999)
        described = {model["name"]: model for model in store.schema.describe()["models"]}
        assert described["Author"]["key"] == ["name"] and described["Book"]["key"] == ["author", "title"]
        written = store.schema.to_python()
    assert "class Author(Model, key='name'):\n    name: str\n" in written
    assert "class Book(Model, key=('author', 'title'), unique=('title', 'year'))" in written
