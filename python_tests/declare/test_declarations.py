"""Declarations are read, not evaluated; what cannot work is a SchemaError."""
# ruff: noqa: UP007, UP045, RUF036, S102 - Optional, Union and source texts are among what is declared here

import itertools
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import ModuleType
from typing import Any, Optional, Union

import pytest
from hasmany import (
    DuplicateError,
    HasManyError,
    Many,
    Model,
    RestrictError,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

from . import models_with_future_annotations as harbour


class Everything(Model):
    whole: int
    real: float
    flag: bool
    text: str
    raw: bytes
    at: datetime
    day: date
    maybe_whole: int | None = None
    maybe_real: Optional[float] = None
    maybe_flag: Union[bool, None] = None
    maybe_text: "str | None" = None
    maybe_raw: "Optional[bytes]" = None
    maybe_at: None | datetime = None
    maybe_day: Optional["date"] = None


class Garden(Model):
    name: str
    beds: Many["Bed"] = has_many(init=False)
    plants: "Many[Plant]" = has_many(through="beds")


class Bed(Model):
    """Refers to one model before it and one model after it, and to itself."""

    garden: Garden
    plant: "Plant"
    beside: "Bed | None" = belongs_to(on_delete="nullify", default=None)
    after: Optional["Bed"] = belongs_to(default=None)
    under: "Optional[Bed]" = None


class Plant(Model):
    name: str = field(default="moss", unique=True)
    beds: Many[Bed] = has_many()
    gardens: Many[Garden] = has_many(through="beds")


class Bookmark(Model, unique=("user", "tweet")):
    user: User
    tweet: Tweet = belongs_to(on_delete="cascade")
    note: str | None = None


class Empty(Model):
    """A model may have no fields."""


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "values",
    [
        (0, 0.0, False, "", b"", datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1)),
        (2**63 - 1, 1e308, True, "x" * 100_000, bytes(range(256)), datetime(9999, 12, 31, tzinfo=UTC), date.max),
        (-(2**63), float("-inf"), True, "\x00", b"\x00", datetime(1, 1, 1, tzinfo=UTC), date.min),
        (
            -1,
            5e-324,
            False,
            "\U0001f600 e\u0301",
            b"\xff",
            datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC),
            date(1969, 12, 31),
        ),
    ],
)
def test_every_type_of_field_keeps_its_values(values):
    row = Everything(*values, *values)
    names = ("whole", "real", "flag", "text", "raw", "at", "day")
    for name, value in zip(names, values, strict=True):
        for kept in (getattr(row, name), getattr(row, f"maybe_{name}")):
            assert kept == value, name
            assert type(kept) is type(value), name


def test_optional_fields_keep_none():
    row = Everything(1, 1.0, True, "", b"", datetime(2024, 5, 1, tzinfo=UTC), date(2024, 5, 1))
    names = ("whole", "real", "flag", "text", "raw", "at", "day")
    assert [getattr(row, f"maybe_{name}") for name in names] == [None] * 7
    row.maybe_whole = 3
    row.maybe_whole = None
    assert row.maybe_whole is None


def test_an_int_fits_a_float_field():
    row = Everything(1, 2, True, "", b"", datetime(2024, 5, 1, tzinfo=UTC), date(2024, 5, 1))
    assert row.real == 2.0
    assert type(row.real) is float


def test_a_time_of_any_zone_is_kept_as_utc():
    at = datetime.fromisoformat("2024-05-01T23:30:00.000001-05:00")
    row = Everything(1, 2, True, "", b"", at, date(2024, 5, 1))
    assert row.at == at
    assert row.at.isoformat() == "2024-05-02T04:30:00.000001+00:00"


def test_a_model_may_have_no_fields():
    assert [Empty().id, Empty().id] == [1, 2]
    assert repr(Empty.find(1)) == "Empty(1)"


# ── defaults ──────────────────────────────────────────────────────────────────────────────────────


def test_a_default_fills_what_was_left_out():
    assert Plant().name == "moss"
    with pytest.raises(DuplicateError):
        Plant()


def test_a_default_factory_is_called_once_for_each_row_that_needs_it():
    calls = []

    def count() -> int:
        calls.append(1)
        return len(calls)

    class Ticket(Model):
        number: int = field(default_factory=count)
        name: str = ""

    assert [Ticket().number, Ticket().number] == [1, 2]
    assert Ticket(9).number == 9
    assert Ticket(number=8, name="x").number == 8
    assert len(calls) == 2


def test_a_default_factory_may_use_the_store():
    class Queued(Model):
        place: int = field(default_factory=lambda: len(Queued.all()) + 1)

    assert [Queued().place for _ in range(3)] == [1, 2, 3]


def test_a_default_factory_that_raises_makes_no_row():
    def fail() -> int:
        raise ZeroDivisionError

    class Fragile(Model):
        number: int = field(default_factory=fail)

    with pytest.raises(ZeroDivisionError):
        Fragile()
    assert Fragile.all() == []


def test_fields_are_keyword_or_positional_in_the_order_of_the_body():
    garden, plant = Garden("G"), Plant("fern")
    first, second = Bed(garden, plant), Bed(plant=plant, garden=garden)
    third = Bed(garden, plant, first, second)
    assert (third.beside, third.after, third.under) == (first, second, None)
    assert garden.beds == [first, second, third]


# ── names that are looked up later ────────────────────────────────────────────────────────────────


def test_references_may_be_text_and_models_may_come_later():
    garden, plant = Garden("G"), Plant("fern")
    bed = Bed(garden, plant)
    assert (bed.garden, bed.plant) == (garden, plant)
    assert garden.plants == [plant]
    assert plant.gardens == [garden]


def test_an_optional_reference_may_be_written_in_every_form():
    bed = Bed(Garden("G"), Plant("fern"))
    other = Bed(bed.garden, bed.plant, bed, bed, bed)
    assert (other.beside, other.after, other.under) == (bed, bed, bed)
    other.update(beside=None, after=None, under=None)
    assert (other.beside, other.after, other.under) == (None, None, None)
    assert (bed.beside, bed.after, bed.under) == (None, None, None)


def test_models_of_a_module_with_future_annotations():
    ann = harbour.Sailor("Ann")
    seen, built = datetime(2024, 5, 1, 9, tzinfo=UTC), date(1921, 3, 4)
    old = harbour.Ship("Old")
    ship = harbour.Ship("Argo", 30, built, seen, seen, captain=ann, previous=old)
    assert (ship.length, ship.built, ship.seen, ship.left) == (30.0, built, seen, seen)
    assert (ship.captain, ship.mate, ship.previous) == (ann, None, old)
    assert ann.commands == [ship]
    assert ann.serves == []
    oslo = ship.ports.create("Oslo")
    assert oslo.ships == [ship]
    assert harbour.Voyage.find_by(ship=ship, port=oslo) is not None
    with pytest.raises(DuplicateError):
        harbour.Ship("Argo")


def test_models_of_a_function_with_future_annotations():
    deck_model, cabin_model = harbour.declared_in_a_function()
    ship = harbour.Ship("Argo")
    deck = deck_model(1, ship)
    cabin = cabin_model(deck)
    assert deck.vessel == ship
    assert deck.cabins == [cabin]


def test_a_seed_class_may_be_named_in_text():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    assert harbour.Pinned(alice, tweet).user == alice


def test_models_of_one_function_see_each_other():
    class Hive(Model):
        name: str
        bees: Many["Bee"] = has_many()
        flowers: Many["Flower"] = has_many(through="bees")

    class Bee(Model):
        hive: "Hive"
        flower: "Flower | None" = belongs_to(default=None)

    class Flower(Model):
        name: str

    hive, rose = Hive("H"), Flower("rose")
    bee = Bee(hive, rose)
    assert hive.bees == [bee]
    assert hive.flowers == [rose]


def test_equal_names_in_two_functions_are_two_models():
    def first() -> Any:
        class Leaf(Model, table="first_leaves"):
            name: str

        class Branch(Model, table="first_branches"):
            leaf: "Leaf"

        return Leaf, Branch

    def second() -> Any:
        class Leaf(Model, table="second_leaves"):
            name: str

        class Branch(Model, table="second_branches"):
            leaf: "Leaf"

        return Leaf, Branch

    (leaf, branch), (other_leaf, other_branch) = first(), second()
    assert leaf is not other_leaf
    one, other = leaf("one"), other_leaf("other")
    assert branch(one).leaf == one
    assert other_branch(other).leaf == other
    with pytest.raises(TypeError):
        branch(other)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are deferred from Python 3.14 on")
def test_deferred_annotations_are_looked_up_when_needed(declare):
    module = declare(
        """
        class Garden(Model):
            beds: Many[Bed] = has_many()

        class Bed(Model):
            garden: Garden
            beside: Bed | None = belongs_to(default=None)
        """
    )
    garden = module.Garden()
    bed = module.Bed(garden)
    assert module.Bed(garden, bed).beside == bed
    assert len(garden.beds) == 2


# ── the seed classes as targets ───────────────────────────────────────────────────────────────────


def test_a_declared_model_may_refer_to_the_seed_classes():
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    mark = Bookmark(bob, tweet, "later")
    assert (mark.user, mark.tweet, mark.note) == (bob, tweet, "later")
    assert Bookmark.where(user=bob) == Bookmark.where(tweet=tweet) == [mark]
    assert Bookmark.all().values("tweet.user.username") == ["alice"]
    with pytest.raises(DuplicateError):
        Bookmark(bob, tweet)


def test_references_to_the_seed_classes_are_honoured_when_rows_are_deleted(store):
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    mark = Bookmark(bob, tweet)
    with pytest.raises(RestrictError) as caught:
        bob.delete()
    assert caught.value.blockers == {"Bookmark": 1}
    assert alice.delete() == {"User": 1, "Tweet": 1, "Bookmark": 1}
    assert mark not in store
    assert bob.delete() == {"User": 1}


def test_the_seed_names_are_free_where_the_seed_is_not_used(declare):
    module = declare(
        """
        class User(Model):
            email: str
        """
    )
    assert module.User("a@b.c").email == "a@b.c"


# ── SchemaErrors ──────────────────────────────────────────────────────────────────────────────────

MODULES = itertools.count()


@pytest.fixture
def declare(monkeypatch) -> Iterator[Any]:
    """Runs a source text in a new module and gives the module."""

    def run(source: str, module: ModuleType | None = None) -> ModuleType:
        if module is None:
            module = ModuleType(f"declared_{next(MODULES)}")
            monkeypatch.setitem(sys.modules, module.__name__, module)
            exec("from hasmany import Many, Model, User, belongs_to, field, has_many", module.__dict__)
        exec(textwrap.dedent(source), module.__dict__)
        return module

    return run


DOCTORS = """
        class Doctor(Model):
            name: str
            appointments: Many["Appointment"] = has_many()
            patients: Many["Patient"] = has_many(through={through!r}, source={source!r})

        class Patient(Model):
            name: str

        class Appointment(Model):
            doctor: Doctor
            patient: Patient

        len(Doctor("House").patients)
"""


@pytest.mark.parametrize("source", [None, "patient"])
def test_the_pattern_of_the_following_tests_is_right(declare, source):
    declare(DOCTORS.format(through="appointments", source=source))


@pytest.mark.parametrize("name", ["id", "all", "find", "find_by", "find_or_create", "where", "update", "delete"])
def test_a_reserved_name_is_no_field(declare, name):
    for annotation in ("str", "int | None = None"):
        with pytest.raises(SchemaError, match=name):
            declare(
                f"""
                class Thing(Model):
                    {name}: {annotation}
                """
            )


def test_a_reserved_name_is_no_collection_and_no_reference(declare):
    for line in ("find: Many['Thing'] = has_many()", "all: User"):
        with pytest.raises(SchemaError):
            declare(
                f"""
                class Thing(Model):
                    {line}
                """
            )


@pytest.mark.parametrize("name", ["__init__", "__new__"])
def test_a_body_has_no_constructor(declare, name):
    with pytest.raises(SchemaError, match=name):
        declare(
            f"""
            class Thing(Model):
                name: str

                def {name}(self, *args):
                    pass
            """
        )


def test_a_concrete_model_is_no_base(declare):
    with pytest.raises(SchemaError, match="Animal"):
        declare(
            """
            class Animal(Model):
                name: str

            class Dog(Animal):
                tricks: int = 0
            """
        )


@pytest.mark.parametrize(
    "body",
    [
        "first: int = 0\n    second: str",
        "first: str | None = None\n    second: User",
        "first: int = field(default=0)\n    second: str = field(unique=True)",
        "first: int = field(default_factory=int)\n    second: User = belongs_to(on_delete='cascade')",
        "first: User | None = belongs_to(default=None)\n    second: int",
    ],
)
def test_a_required_field_does_not_follow_an_optional_one(declare, body):
    with pytest.raises(SchemaError, match="second"):
        declare(f"class Thing(Model):\n    {body}")


def test_a_collection_may_stand_anywhere_in_a_body(declare):
    module = declare(
        """
        class Box(Model):
            things: Many["Thing"] = has_many()
            name: str

        class Thing(Model):
            box: Box
        """
    )
    assert module.Box("b").things == []


def test_only_an_optional_reference_can_be_nullified(declare):
    with pytest.raises(SchemaError, match="user"):
        declare(
            """
            class Thing(Model):
                user: User = belongs_to(on_delete="nullify")

            Thing(User("alice"))
            """
        )


@pytest.mark.parametrize("unique", ["('name', 'sise')", "(('name',), ('sise', 'name'))", "('sise',)"])
def test_a_unique_tuple_names_fields(declare, unique):
    with pytest.raises(SchemaError, match="size"):
        declare(
            f"""
            class Thing(Model, unique={unique}):
                name: str
                size: int = 0

            Thing("x")
            """
        )


@pytest.mark.parametrize("annotation", ["complex", "list[int]", "object", "dict", "int | str", "'Missing'", "None"])
def test_a_field_has_one_of_the_types_or_a_model(declare, annotation):
    with pytest.raises(SchemaError, match="odd"):
        declare(
            f"""
            class Thing(Model):
                odd: {annotation}

            Thing(None)
            """
        )


def test_belongs_to_stands_at_a_reference_and_has_many_at_a_collection(declare):
    for line in ("odd: str = belongs_to()", "odd: str = has_many()", "odd: User = has_many()"):
        with pytest.raises(SchemaError, match="odd"):
            declare(
                f"""
                class Thing(Model):
                    {line}

                Thing("x").odd
                """
            )


@pytest.mark.parametrize(
    ("through", "source", "word"),
    [
        ("apointments", None, "appointments"),
        ("name", None, "name"),
        ("patients", None, "patients"),
        ("appointments", "pacient", "patient"),
    ],
)
def test_a_path_of_wrong_names_is_refused(declare, through, source, word):
    with pytest.raises(SchemaError, match=rf"\b{word}\b"):
        declare(DOCTORS.format(through=through, source=source))


def test_paths_that_go_through_each_other_are_refused(declare):
    with pytest.raises(SchemaError):
        declare(
            """
            class Thing(Model):
                ones: Many["Thing"] = has_many(through="others")
                others: Many["Thing"] = has_many(through="ones")

            Thing().ones
            """
        )


def test_a_collection_needs_a_reference_back(declare):
    with pytest.raises(SchemaError, match="Wheel"):
        declare(
            """
            class Car(Model):
                wheels: Many["Wheel"] = has_many()

            class Wheel(Model):
                size: int

            Car().wheels
            """
        )


@pytest.mark.parametrize(
    ("by", "word"), [("", r"\bby\b"), ("by='origen'", "origin"), ("by='length'", "length"), ("by='crew'", "crew")]
)
def test_a_collection_over_one_of_several_references_says_by_which(declare, by, word):
    with pytest.raises(SchemaError, match=word):
        declare(
            f"""
            class City(Model):
                flights: Many["Flight"] = has_many({by})

            class Crew(Model):
                name: str

            class Flight(Model):
                origin: City
                target: City
                crew: Crew
                length: int = 0

            City().flights
            """
        )


def test_a_path_that_could_go_two_ways_says_by_which_source(declare):
    with pytest.raises(SchemaError, match="source"):
        declare(
            """
            class Team(Model):
                games: Many["Game"] = has_many(by="team")
                people: Many["Person"] = has_many(through="games")

            class Person(Model):
                name: str

            class Game(Model):
                team: Team
                umpire: Person
                scorer: Person

            Team().people
            """
        )


def test_a_collection_holds_what_its_annotation_says(declare):
    with pytest.raises(SchemaError):
        declare(DOCTORS.format(through="appointments", source="doctor"))


def test_a_refused_class_can_be_declared_right(declare):
    module = declare("pass")
    with pytest.raises(SchemaError):
        declare("class Thing(Model):\n    id: int\n", module)
    declare("class Thing(Model):\n    name: str\n", module)
    assert module.Thing("x").name == "x"


def test_a_schema_error_is_a_type_error():
    assert issubclass(SchemaError, TypeError)
    assert issubclass(SchemaError, HasManyError)


# ── tables ────────────────────────────────────────────────────────────────────────────────────────


def test_two_models_with_one_table_do_not_share_a_store(declare):
    module = declare(
        """
        class One(Model, table="things"):
            name: str

        class Other(Model, table="things"):
            name: str
        """
    )
    one = module.One("x")
    with pytest.raises(SchemaError, match="things"):
        module.Other("y")
    assert module.One.all() == [one]
    with Store():
        assert module.Other("y").id == 1
        with pytest.raises(SchemaError, match="things"):
            module.One("x")


@pytest.mark.parametrize(
    ("name", "table"), [("Tree", "trees"), ("BlogPost", "blog_posts"), ("A", "as"), ("OldOakTree", "old_oak_trees")]
)
def test_the_default_table_is_snake_case_and_an_s(declare, name, table):
    module = declare(
        f"""
        class {name}(Model):
            name: str

        class Rival(Model, table={table!r}):
            name: str
        """
    )
    getattr(module, name)("x")
    with pytest.raises(SchemaError, match=table):
        module.Rival("y")


# ── the schema ────────────────────────────────────────────────────────────────────────────────────


def test_a_schema_names_its_models_and_their_fields(store):
    Bed(Garden("G"), Plant("fern"))
    assert {Garden, Bed, Plant} <= set(store.schema.models)
    text = str(store.schema)
    for word in ("Garden", "Bed", "Plant", "name", "garden", "beside"):
        assert word in text


def test_a_schema_is_drawn_as_a_diagram(store):
    Bed(Garden("G"), Plant("fern"))
    diagram = store.schema.to_mermaid()
    for word in ("Garden", "Bed", "Plant"):
        assert word in diagram


def test_a_descriptor_refuses_records_of_another_class():
    class Cat(Model):
        name: str

    class Mouse(Model):
        speed: int

    mouse = Mouse(3)
    with pytest.raises(TypeError, match="name is no field of this object"):
        Cat.name.__get__(mouse, Mouse)
    assert Mouse.speed.__get__(mouse, Mouse) == 3
