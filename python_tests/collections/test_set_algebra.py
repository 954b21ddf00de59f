"""Collections are compared and put together as sets, in the order of the left one."""

import operator

import pytest
from hasmany import User

from .refusing import raises_type_error


@pytest.mark.parametrize("form", ["collection", "list", "tuple", "set", "generator", "fixed"])
def test_set_algebra_is_in_the_order_of_the_left_operand(alice, tweets, form):
    bob = User("bob")
    for place in (8, 2, 5):
        bob.like_tweet(tweets[place])
    his = {
        "collection": lambda: bob.liked_tweets,
        "list": lambda: list(bob.liked_tweets),
        "tuple": lambda: tuple(bob.liked_tweets),
        "set": lambda: set(bob.liked_tweets),
        "generator": lambda: (tweet for tweet in bob.liked_tweets),
        "fixed": lambda: bob.liked_tweets[:],
    }[form]
    hers = alice.liked_tweets
    assert hers & his() == [tweets[2], tweets[5], tweets[8]]
    assert hers - his() == [tweets[n] for n in (0, 1, 3, 4, 6, 7, 9)]
    assert hers | his() == tweets
    assert hers ^ his() == [tweets[n] for n in (0, 1, 3, 4, 6, 7, 9)]


def test_a_union_appends_what_the_left_does_not_have(alice, tweets):
    left, right = alice.tweets[4:1:-1], [tweets[9], tweets[3], tweets[0]]
    assert left | right == [tweets[4], tweets[3], tweets[2], tweets[9], tweets[0]]
    assert left ^ right == [tweets[4], tweets[2], tweets[9], tweets[0]]


def test_results_hold_each_member_once(alice, tweets):
    twice = [tweets[1], tweets[1], tweets[0], tweets[1]]
    assert alice.tweets[:0] | twice == [tweets[1], tweets[0]]
    assert alice.tweets[:0] ^ twice == [tweets[1], tweets[0]]
    assert alice.tweets & twice == [tweets[0], tweets[1]]
    assert alice.tweets[:2] - twice == []


def test_operators_with_nothing(alice, tweets):
    assert alice.tweets & [] == []
    assert alice.tweets | [] == tweets
    assert alice.tweets - [] == tweets
    assert alice.tweets ^ [] == tweets


def test_operators_change_neither_operand(alice, tweets):
    hers, few = alice.liked_tweets, alice.liked_tweets[:2]
    for _ in (hers & few, hers | few, hers - few, hers ^ few):
        assert (hers, few) == (tweets, tweets[:2])


@pytest.mark.parametrize(
    "operate",
    [
        lambda left, right: left & right,
        lambda left, right: left | right,
        lambda left, right: left - right,
        lambda left, right: left ^ right,
    ],
    ids=["&", "|", "-", "^"],
)
def test_set_operators_refuse_what_is_no_collection_of_the_model(alice, tweets, operate):
    for other in (User.all(), alice.likes, [alice], [tweets[0], alice], [1], "tweet", 5, None):
        raises_type_error(lambda other=other: operate(alice.liked_tweets, other))
    assert alice.liked_tweets == tweets


@pytest.mark.parametrize("assign", [operator.ior, operator.iand, operator.isub, operator.ixor, operator.iadd])
def test_operators_that_assign_name_the_writers(alice, tweets, assign):
    for collection in (alice.liked_tweets, alice.liked_tweets[:2]):
        message = raises_type_error(lambda collection=collection: assign(collection, [tweets[0]]))
        assert "add" in message
        assert "replace" in message
    with pytest.raises(TypeError):
        alice.liked_tweets |= [tweets[0]]
    assert alice.liked_tweets == tweets


def test_subset_comparisons_are_those_of_sets(alice, tweets):
    liked, few = alice.liked_tweets, alice.liked_tweets[5:2:-1]
    assert few <= liked
    assert few < liked
    assert liked >= few
    assert liked > few
    assert liked <= alice.tweets
    assert liked >= alice.tweets
    assert not liked < alice.tweets
    assert not liked > alice.tweets
    assert not liked <= few
    assert not few >= liked
    assert few <= tweets
    assert few < set(tweets)
    assert liked >= tuple(tweets[:2])
    assert liked > []


def test_disjoint_and_overlapping_collections_are_neither_less_nor_greater(alice, tweets):
    one, other = alice.tweets[:5], alice.tweets[3:]
    assert not any((one <= other, one < other, one >= other, one > other))
    assert not one.isdisjoint(other)
    assert one.isdisjoint(alice.tweets[5:])
    assert one.isdisjoint([])
    assert not one.isdisjoint({tweets[0]})


def test_overlap_counts_what_both_hold(alice, tweets):
    bob = User("bob")
    bob.liked_tweets.add(*tweets[7:], bob.post_tweet("other"))
    assert alice.liked_tweets.overlap(bob.liked_tweets) == 3
    assert bob.liked_tweets.overlap(alice.liked_tweets) == 3
    assert alice.liked_tweets.overlap(alice.tweets) == 10
    assert alice.liked_tweets[:8].overlap(bob.liked_tweets) == 1
    assert alice.liked_tweets.overlap(User("carol").liked_tweets) == 0
