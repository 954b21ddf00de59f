"""A collection is an ordered set of records: its members, their places, loops, equality."""

import collections.abc

import numpy as np
import pytest
from hasmany import Many, Store, User

from .refusing import raises_type_error

# ── the protocols ─────────────────────────────────────────────────────────────────────────────────


def test_a_collection_is_a_collection_and_reversible_but_no_sequence(alice):
    assert isinstance(alice.tweets, Many)
    assert isinstance(alice.tweets, collections.abc.Collection)
    assert isinstance(alice.tweets, collections.abc.Reversible)
    assert not isinstance(alice.tweets, collections.abc.Sequence)


def test_a_collection_has_a_length_and_is_false_when_empty(alice):
    assert len(alice.tweets) == 0
    assert not alice.tweets
    alice.post_tweet("hi")
    assert len(alice.tweets) == 1
    assert alice.tweets


def test_a_loop_gives_the_members_in_order(alice, tweets):
    assert list(alice.liked_tweets) == tweets
    assert list(reversed(alice.liked_tweets)) == tweets[::-1]


def test_membership(alice, tweets):
    other = User("bob").post_tweet("mine")
    assert tweets[3] in alice.liked_tweets
    assert other not in alice.liked_tweets


@pytest.mark.parametrize("thing", [None, 1, "tweet", [], {}, object(), float("nan")])
def test_what_could_not_be_a_member_is_no_member(alice, tweets, thing):
    assert thing not in alice.liked_tweets
    assert thing not in alice.liked_tweets[:]
    assert alice.liked_tweets.count(thing) == 0


def test_records_of_other_models_and_stores_are_no_members(alice, tweets):
    with Store():
        foreign = User("alice").post_tweet("tweet 0")
    assert foreign.id == tweets[0].id
    assert foreign not in alice.tweets
    assert alice not in alice.tweets
    assert tweets[0] not in User.all()


def test_indexing(alice, tweets):
    liked = alice.liked_tweets
    assert liked[0] == tweets[0]
    assert liked[-1] == tweets[-1]
    assert liked[np.int64(3)] == tweets[3]
    for outside in (10, -11, 2**70):
        with pytest.raises(IndexError):
            _ = liked[outside]


@pytest.mark.parametrize("key", ["0", 1.0, None, (0, 1)])
def test_an_index_is_an_int_or_a_slice(alice, tweets, key):
    raises_type_error(lambda: alice.liked_tweets[key])


@pytest.mark.parametrize(
    "cut",
    [
        slice(None),
        slice(3),
        slice(7, None),
        slice(2, 8, 3),
        slice(None, None, -1),
        slice(8, 2, -2),
        slice(-3, None),
        slice(5, 5),
        slice(90, 99),
        slice(-99, 99),
    ],
)
def test_slices_are_those_of_a_list(alice, tweets, cut):
    assert list(alice.liked_tweets[cut]) == tweets[cut]
    assert len(alice.liked_tweets[cut]) == len(tweets[cut])


def test_a_slice_step_of_zero_is_a_value_error(alice, tweets):
    with pytest.raises(ValueError):
        _ = alice.liked_tweets[::0]


def test_index_and_count(alice, tweets):
    other = User("bob").post_tweet("mine")
    assert alice.liked_tweets.index(tweets[4]) == 4
    assert alice.liked_tweets.count(tweets[4]) == 1
    assert alice.liked_tweets.count(other) == 0
    with pytest.raises(ValueError):
        alice.liked_tweets.index(other)


def test_a_type_hint_can_name_the_members():
    assert Many[User] is not None
    assert Many["User"] is not None


# ── loops ─────────────────────────────────────────────────────────────────────────────────────────


def test_unliking_inside_the_loop_is_safe(alice, tweets):
    seen = []
    for tweet in alice.liked_tweets:
        alice.unlike_tweet(tweet)
        seen.append(tweet)
    assert seen == tweets
    assert alice.liked_tweets == []


def test_deleting_the_rows_inside_the_loop_is_safe(alice, tweets):
    for like in alice.likes:
        like.delete()
    assert alice.likes == []


def test_a_loop_walks_what_the_collection_was_when_it_began(alice, tweets):
    seen = []
    for tweet in alice.liked_tweets:
        seen.append(tweet)
        alice.like_tweet(alice.post_tweet("another"))
        alice.unlike_tweet(tweets[-1])
    assert seen == tweets
    assert len(alice.liked_tweets) == 19


def test_a_loop_skips_rows_deleted_meanwhile(alice, tweets):
    seen = []
    for tweet in alice.liked_tweets:
        seen.append(tweet)
        if tweet == tweets[0]:
            tweets[1].delete()
            tweets[5].delete()
    assert seen == [tweets[0], *tweets[2:5], *tweets[6:]]


def test_a_reversed_loop_is_as_safe(alice, tweets):
    seen = []
    for tweet in reversed(alice.liked_tweets):
        seen.append(tweet)
        alice.unlike_tweet(tweet)
    assert seen == tweets[::-1]


def test_loops_over_one_collection_do_not_disturb_each_other(alice, tweets):
    liked = alice.liked_tweets
    assert [(one, other) for one in liked for other in liked] == [(one, other) for one in tweets for other in tweets]


def test_an_ended_iterator_stays_ended(alice, tweets):
    walk = iter(alice.liked_tweets)
    assert iter(walk) is walk
    assert list(walk) == tweets
    assert list(walk) == []


# ── equality ──────────────────────────────────────────────────────────────────────────────────────


def test_a_collection_equals_lists_tuples_and_collections_in_order(alice, tweets):
    liked = alice.liked_tweets
    assert liked == tweets
    assert tweets == liked
    assert liked == tuple(tweets)
    assert liked == liked[:] == alice.tweets
    assert liked != tweets[::-1]
    assert liked != tuple(tweets[:-1])
    assert liked != [*tweets, tweets[0]]
    assert liked != liked[::-1]


def test_a_collection_equals_a_set_as_sets(alice, tweets):
    assert alice.liked_tweets == set(tweets)
    assert alice.liked_tweets == frozenset(tweets)
    assert alice.liked_tweets[::-1] == set(tweets)
    assert alice.liked_tweets != set(tweets[1:])
    assert alice.liked_tweets != {*tweets, alice}


@pytest.mark.parametrize("other", [None, 0, "", "tweets", {}, object(), [1, 2], {"a"}])
def test_a_collection_equals_nothing_else(alice, tweets, other):
    assert alice.liked_tweets != other
    assert (alice.liked_tweets == other) is False


def test_a_collection_does_not_equal_an_iterator_over_it(alice, tweets):
    assert alice.liked_tweets != iter(tweets)


def test_a_collection_has_no_hash(alice):
    raises_type_error(lambda: hash(alice.liked_tweets))
    raises_type_error(lambda: hash(alice.liked_tweets[:]))
    raises_type_error(lambda: {alice.liked_tweets})
