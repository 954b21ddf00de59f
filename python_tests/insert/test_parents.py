"""`insert_all(create_missing=True)`: what keys name is created with all that is said of it, and what its own keys name."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hasmany import (
    DuplicateError,
    FieldError,
    Like,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
)

from .trees import rows_of

numbering = count()


class Country(Model, key="code"):
    code: str
    name: str | None = field(default=None, unique=True)
    area: int = 0
    number: int = field(default_factory=lambda: next(numbering))


class City(Model, unique=("country", "name")):
    name: str
    country: Country | None = None
    twin: Country | None = belongs_to(default=None)


class Author(Model, key="name"):
    name: str
    born: int


class Book(Model, key=("author", "title")):
    author: Author
    title: str
    isbn: str | None = field(default=None, unique=True)


class Loan(Model):
    book: Book
    days: int = 7


class Person(Model):
    name: str = field(unique=True)
    home: City | None = None
    boss: "Person | None" = None
    age: int = 0


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") if request.param == "file" else Store() as store:
        yield store
        store.check()


def countries() -> list[tuple]:
    return rows_of(Country.all(), "code", "name", "area")


# ── fills ─────────────────────────────────────────────────────────────────────────────────────────


def test_more_columns_of_a_parent_fill_those_that_are_created() -> None:
    made = City.insert_all(
        {"name": ["Rome", "Oslo", "Bari"], "country.code": ["it", "no", "it"], "country.area": [3, 4, 3]},
        create_missing=True,
    )
    assert countries() == [("it", None, 3), ("no", None, 4)]
    assert made.values("country.code") == ["it", "no", "it"]


def test_parents_that_are_there_are_left_as_they_are() -> None:
    Country.insert_all(code=["it"], area=[1])
    City.insert_all(
        {"name": ["Rome", "Oslo"], "country.code": ["it", "no"], "country.area": [3, 4]}, on_missing="create"
    )
    assert countries() == [("it", None, 1), ("no", None, 4)]


def test_a_parent_without_what_it_needs_is_refused_and_one_with_it_is_not() -> None:
    with pytest.raises(TypeError, match=r"row 0: a new Author needs born, too"):
        Book.insert_all({"author": ["ann"], "title": ["A"]}, create_missing=True)
    made = Book.insert_all({"author.name": ["ann"], "author.born": [1900], "title": ["A"]}, create_missing=True)
    assert made[0].author.born == 1900


def test_one_new_parent_said_in_two_ways_is_an_error_that_names_both_rows() -> None:
    with pytest.raises(
        DuplicateError, match=r"row 2: a new Country would have .*area 5.* row 0 of the same input .*area 3"
    ):
        City.insert_all(
            {"name": ["a", "b", "c"], "country.code": ["it", "no", "it"], "country.area": [3, 3, 5]},
            create_missing=True,
        )
    with pytest.raises(DuplicateError, match=r"row 1: .*area 4.*row 0 of the same input.*area 3"):
        City.insert_all(
            {
                "name": ["a", "b"],
                "country.code": ["it", None],
                "country.area": [3, None],
                "twin.code": [None, "it"],
                "twin.area": [None, 4],
            },
            create_missing=True,
        )
    assert (len(City.all()), len(Country.all())) == (0, 0)


def test_two_references_may_name_one_new_parent() -> None:
    made = City.insert_all(
        {"name": ["a", "b"], "country.code": ["it", "no"], "twin.code": ["no", "se"]}, create_missing=True
    )
    assert [row[0] for row in countries()] == ["it", "no", "se"]
    assert made.values("twin.code") == ["no", "se"]


def test_fills_without_create_are_refused() -> None:
    Country.insert_all(code=["it"])
    for how in ({}, {"on_missing": "skip"}, {"on_missing": {"twin": "create"}}):
        with pytest.raises(SchemaError, match=r"Country\.area is in no key .* create_missing=True"):
            City.insert_all({"name": ["a"], "country.code": ["it"], "country.area": [3]}, **how)


def test_a_fill_without_a_key_is_an_error() -> None:
    with pytest.raises(FieldError, match=r"row 1: Country\.area is 4, and the row has no whole key"):
        City.insert_all({"name": ["a", "b"], "country.code": ["it", None], "country.area": [3, 4]}, create_missing=True)
    made = City.insert_all(
        {"name": ["a", "b"], "country.code": ["it", None], "country.area": [3, None]}, create_missing=True
    )
    assert made.values("country.code") == ["it", None]


def test_a_none_in_a_required_fill_is_refused_with_its_row() -> None:
    with pytest.raises(FieldError, match=r"row 1: Country\.area may not be None"):
        City.insert_all(
            {"name": ["a", "b"], "country.code": ["it", "no"], "country.area": [3, None]}, create_missing=True
        )
    assert len(Country.all()) == 0


# ── several unique fields ─────────────────────────────────────────────────────────────────────────


def test_all_unique_fields_find() -> None:
    Country.insert_all(code=["it", "no"], name=["Italy", "Norway"])
    made = City.insert_all({"name": ["a", "b"], "country.code": ["it", "no"], "country.name": ["Italy", "Norway"]})
    assert made.values("country.code") == ["it", "no"]
    made = City.insert_all({"name": ["c", "d"], "country.code": ["it", None], "country.name": [None, "Norway"]})
    assert made.values("country.code") == ["it", "no"]
    made = City.insert_all(
        {"name": ["e", "f"], "country.code": ["se", "it"], "country.name": ["Sweden", "Italy"]}, create_missing=True
    )
    assert made.values("country.name") == ["Sweden", "Italy"] and len(countries()) == 3


@pytest.mark.parametrize("how", ["error", "create", "skip", "none"])
def test_unique_fields_that_disagree_are_an_error(how: str) -> None:
    it = Country("it", "Italy")
    Country("no", "Norway")
    with pytest.raises(
        DuplicateError,
        match=r"row 1: .*'no'.*'Italy'.* one Country: .*Country 2, another of Country 1|1, another of Country 2",
    ):
        City.insert_all(
            {"name": ["a", "b"], "country.code": ["it", "no"], "country.name": ["Italy", "Italy"]}, on_missing=how
        )
    with pytest.raises(DuplicateError, match=r"of Country 1, another of none|of none, another of Country 1") as caught:
        City.insert_all({"name": ["a"], "country.code": ["it"], "country.name": ["Italia"]}, on_missing=how)
    assert caught.value.existing == it
    assert len(City.all()) == 0


def test_new_parents_that_share_one_of_two_unique_fields_are_an_error() -> None:
    for codes, names in (
        (["it", "it"], ["Italy", "Italia"]),
        (["it", "no"], ["Italy", "Italy"]),
        ([None, "it"], ["Italy", "Italy"]),
    ):
        with pytest.raises(DuplicateError, match=r"row 1: .*row 0 of the same input"):
            City.insert_all({"name": ["a", "b"], "twin.code": codes, "twin.name": names}, create_missing=True)
    assert len(Country.all()) == 0


# ── chains ────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_that_contains_a_reference_creates_the_chain() -> None:
    loans = Loan.insert_all(
        {
            "book.author.name": ["ann", "bob", "ann"],
            "book.author.born": [1900, 1950, 1900],
            "book.title": ["A", "A", "B"],
            "days": [1, 2, 3],
        },
        create_missing=True,
    )
    assert rows_of(Author.all(), "name", "born") == [("ann", 1900), ("bob", 1950)]
    assert rows_of(Book.all(), "author.name", "title") == [("ann", "A"), ("bob", "A"), ("ann", "B")]
    assert loans.values("book") == list(Book.all())
    again = Loan.insert_all({"book.author": ["bob", "ann"], "book.title": ["A", "C"]}, create_missing=True)
    assert rows_of(again, "book.author.name", "book.title") == [("bob", "A"), ("ann", "C")]
    assert len(Author.all()) == 2


def test_what_only_fills_is_created_for_new_parents_alone() -> None:
    Author("ann", 1900)
    Book(Author.find("ann"), "A", "1")
    Loan.insert_all(
        {
            "book.isbn": ["1", "2"],
            "book.author.name": ["ann", "bob"],
            "book.author.born": [1900, 1950],
            "book.title": ["A", "B"],
        },
        create_missing=True,
    )
    assert rows_of(Book.all(), "author.name", "isbn") == [("ann", "1"), ("bob", "2")]
    people = Person.insert_all(
        {
            "name": ["x", "y"],
            "home.name": ["Rome", "Bari"],
            "home.country.code": ["it", "it"],
            "home.twin.code": ["no", "it"],
        },
        create_missing=True,
    )
    assert people.values("home.twin.code") == ["no", "it"]
    Person.insert_all(
        {"name": ["z"], "home.name": ["Rome"], "home.country.code": ["it"], "home.twin.code": ["xx"]},
        create_missing=True,
    )
    assert [row[0] for row in countries()] == ["it", "no"]


def test_an_id_in_a_key_cannot_be_created() -> None:
    with pytest.raises(NotFoundError, match=r"row 0: Book\.author: there is no Author 7"):
        Loan.insert_all({"book.author.id": [7], "book.title": ["A"]}, create_missing=True)
    Author("ann", 1900)
    assert (
        Loan.insert_all({"book.author.id": [1], "book.title": ["A"]}, create_missing=True)[0].book.author.name == "ann"
    )


def test_a_factory_is_asked_once_a_new_parent() -> None:
    first = next(numbering) + 1
    City.insert_all({"name": ["a", "b", "c"], "country.code": ["it", "no", "it"]}, create_missing=True)
    assert Country.all().values("number") == [first, first + 1]


def test_rows_of_the_model_itself_are_created_with_fills() -> None:
    made = Person.insert_all(
        {"name": ["a", "b"], "boss.name": ["x", "a"], "boss.age": [50, None]}, on_missing={"boss": "create"}
    )
    assert made.values("boss.name") == ["x", "a"] and Person.find(name="x").age == 50


@pytest.mark.parametrize("wrong", [{"days": [1, 2**70]}, {"days": [1, "x"]}])
def test_an_error_elsewhere_creates_no_parent(store: Store, wrong: dict) -> None:
    columns = {"book.author.name": ["ann", "bob"], "book.author.born": 1900, "book.title": "A"}
    with pytest.raises((FieldError, TypeError)):
        Loan.insert_all({**columns, **wrong}, create_missing=True)
    with pytest.raises(ZeroDivisionError), store.transaction():
        Loan.insert_all(columns, create_missing=True)
        assert len(Book.all()) == 2
        raise ZeroDivisionError
    assert (len(Author.all()), len(Book.all()), len(Loan.all())) == (0, 0, 0)


def test_many_parents_at_once() -> None:
    size = 20_000
    random = np.random.default_rng(0)
    names = np.array([f"n{at}" for at in random.integers(0, size // 3, size)])
    titles = np.array([f"t{at}" for at in random.integers(0, 3, size)])
    loans = Loan.insert_all(
        {"book.author.name": names, "book.author.born": 1, "book.title": titles}, create_missing=True
    )
    assert loans.values("book.author.name") == names.tolist() and loans.values("book.title") == titles.tolist()
    pairs = list(dict.fromkeys(zip(names.tolist(), titles.tolist(), strict=True)))
    assert rows_of(Book.all(), "author.name", "title") == pairs
    assert Author.all().values("name") == list(dict.fromkeys(names.tolist()))


def test_the_seed_world_has_no_keys_to_create() -> None:
    with pytest.raises(SchemaError, match="not unique"):
        Tweet.insert_all({"message": ["m"], "user.username": ["ann"]}, create_missing=True)
    user = User("ann")
    assert Like.insert_all(user=[user], tweet=[user.post_tweet("m")], create_missing=True)[0].user == user
