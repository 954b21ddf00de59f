"""Declarations are read, not evaluated: what they name is looked up later."""

import sys
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hasmany import DuplicateError, Many, Model, RestrictError, Tweet, User, belongs_to, has_many

from . import models_with_future_annotations as harbour
from .garden import Bed, Garden, Plant


class Bookmark(Model, unique=("user", "tweet")):
    user: User
    tweet: Tweet = belongs_to(on_delete="cascade")
    note: str | None = None


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
