"""`to_dict` and `to_dicts`: rows as plain dicts, with what `values` gives in them."""

from typing import Any

import pytest
from hasmany import DeletedError, Many, Model, SchemaError, Store, Tweet, User, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

from ..libraries import pyarrow
from ..types.world import KINDS, Kind, same
from .books import Book, Maybe, Shelf, rows


class Author(Model, key="handle"):
    handle: str
    books: Many["Novel"] = has_many()


class Novel(Model, key=("author", "title")):
    author: Author
    title: str
    reviews: Many["Review"] = has_many()


class Review(Model):
    novel: Novel
    second: Novel | None = None
    stars: int = 3
    reader: User | None = None


class Cover(Model, key="novel"):
    novel: Novel


class Print(Model):
    cover: Cover | None


class Node(Model, key=("up", "n")):
    up: "Node"
    n: int


class Leaf(Model):
    node: Node | None = None


def test_a_record_says_its_id_and_its_fields(alice):
    tweet = alice.post_tweet("hello")
    assert alice.to_dict() == {"id": 1, "username": "alice"}
    assert tweet.to_dict() == {"id": 1, "message": "hello", "user": 1}
    assert list(tweet.to_dict()) == ["id", "message", "user"]


def test_names_choose_and_follow(alice):
    tweet = alice.post_tweet("hello")
    assert list(tweet.to_dict("user.username", "message", "user.id").items()) == [
        ("user.username", "alice"),
        ("message", "hello"),
        ("user.id", 1),
    ]
    assert Tweet.all().to_dicts("user") == [{"user": 1}]


def test_values_are_those_of_values(books):
    shown = Book.all().to_dicts()
    assert shown == rows(books)
    for name in ("title", "pages", "price", "lent", "cover", "added", "printed"):
        same([row[name] for row in shown], Book.all().values(name))
    assert [book.to_dict() for book in books] == shown
    assert Shelf.all().to_dicts() == rows(Shelf.all())
    assert Maybe().to_dict() == {"id": 1} | dict.fromkeys(
        ("whole", "real", "flag", "text", "raw", "at", "day", "shelf"), None
    )


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_every_type_comes_as_its_python_value(kind: Kind):
    for value in kind.values:
        kind.model(value, key=value)
    rows = kind.model.all().to_dicts()
    same([row["value"] for row in rows], kind.values)
    same([row["key"] for row in rows], kind.values)
    assert [row["maybe"] for row in rows] == [None] * len(rows)
    same([kind.model.find(value=value).to_dict("value")["value"] for value in kind.values], kind.values)


def test_references_are_the_keys_of_models_that_have_one(alice):
    ann, bob = Author("ann"), Author("bob")
    first, second = Novel(ann, "One"), Novel(bob, "Two")
    Review(first, second, 5, alice), Review(second)
    assert Novel.all().to_dicts() == [
        {"id": 1, "author": "ann", "title": "One"},
        {"id": 2, "author": "bob", "title": "Two"},
    ]
    wanted = {
        "id": 1,
        "novel.author": "ann",
        "novel.title": "One",
        "second.author": "bob",
        "second.title": "Two",
        "stars": 5,
        "reader": 1,
    }
    assert Review.find(1).to_dict() == wanted
    assert list(Review.find(1).to_dict()) == list(wanted)
    empty = {"second.author": None, "second.title": None, "stars": 3, "reader": None}
    assert Review.find(2).to_dict() == {"id": 2, "novel.author": "bob", "novel.title": "Two"} | empty
    assert Review.all().to_dicts("novel.author", "reader.username") == [
        {"novel.author": "ann", "reader.username": "alice"},
        {"novel.author": "bob", "reader.username": None},
    ]


def test_keys_of_keys_go_out_as_in_arrow():
    novel = Novel(Author("ann"), "One")
    Print(Cover(novel)), Print(None)
    Leaf()
    for model in (Cover, Print, Leaf):
        shown = model.all().to_dicts()
        assert shown == pyarrow().table(model.all()).to_pylist()
        assert [record.to_dict() for record in model.all()] == shown
    assert Print.all()[0].to_dict() == {"id": 1, "cover.novel.author": "ann", "cover.novel.title": "One"}
    assert list(Leaf.all()[0].to_dict()) == ["id", "node.up.up", "node.up.n", "node.n"]
    with pytest.raises(SchemaError, match=r"name them: 'cover\.novel\.author', 'cover\.novel\.title', or its id"):
        Print.all().select("cover")
    with pytest.raises(SchemaError, match=r"several fields: 'cover\.novel\.author', 'cover\.novel\.title'"):
        Print.all().column("cover")


def test_what_goes_out_comes_in(alice):
    Review(Novel(Author("ann"), "One"), None, 5, alice), Review(Novel.find(id=1), Novel.find(id=1))
    authors, novels, reviews = (model.all().to_dicts() for model in (Author, Novel, Review))
    with Store():
        User("somebody")

        def columns(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
            return {name: [row[name] for row in rows] for name in rows[0]}

        for model, rows in ((Author, authors), (Novel, novels), (Review, reviews)):
            model.insert_all(columns(rows))
            assert model.all().to_dicts() == rows


def test_names_that_lead_nowhere_are_told(alice):
    Review(Novel(Author("ann"), "One"))
    for asked, words in (
        (("nmae",), "Author has no field.* 'nmae'"),
        (("handle", "handle"), "'handle'"),
        (("books",), "is a collection"),
        (("handle.x",), "Author.handle is"),
    ):
        for call in (Author.find("ann").to_dict, Author.all().to_dicts):
            with pytest.raises(SchemaError, match=words):
                call(*asked)
    with pytest.raises(SchemaError, match=r"several fields.*'novel.author', 'novel.title'"):
        Review.all().to_dicts("novel")
    for call in (Review.find(1).to_dict, Review.all().to_dicts):
        with pytest.raises(TypeError, match=r"names of fields.*not int"):
            call(1)


def test_a_deleted_record_has_no_dict(alice):
    tweets = alice.tweets
    alice.delete()
    with pytest.raises(DeletedError):
        alice.to_dict()
    with pytest.raises(DeletedError):
        tweets.to_dicts()


def test_a_fixed_collection_leaves_out_what_was_deleted(alice):
    tweets = [alice.post_tweet(str(n)) for n in range(3)]
    fixed = alice.tweets[:]
    tweets[1].delete()
    assert [row["message"] for row in fixed.to_dicts()] == ["0", "2"]
    assert fixed.where(message="none").to_dicts() == []


def test_dicts_are_copies(alice):
    row = alice.to_dict()
    row["username"] = "bob"
    assert alice.username == "alice"
    alice.delete()
    assert row == {"id": 1, "username": "bob"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=5).filter(str.isprintable), st.one_of(st.none(), st.integers(0, 3)))))
def test_random_rows_are_what_their_fields_say(given_rows):
    class Leaf(Model):
        text: str
        parent: "Leaf | None" = None

    with Store():
        made: list[Any] = []
        for text, parent in given_rows:
            made.append(Leaf(text, made[parent] if parent is not None and parent < len(made) else None))
        if len(made) > 3:
            made[3].update(text="other")
        expected = [
            {"id": leaf.id, "text": leaf.text, "parent": leaf.parent.id if leaf.parent else None} for leaf in made
        ]
        assert Leaf.all().to_dicts() == expected
        assert [leaf.to_dict() for leaf in made] == expected
        assert Leaf.all().to_dicts("parent.text") == [
            {"parent.text": value} for value in Leaf.all().values("parent.text")
        ]
