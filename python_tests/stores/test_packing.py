"""Packing changes nothing but memory."""

from contextlib import suppress
from datetime import UTC, datetime

import numpy as np
import pytest
from hasmany import Like, Store, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

from .hotel import Guest, Room, Stay

places = st.integers(0, 500)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("like"), places, places),
        st.tuples(st.just("unlike"), places, places),
        st.tuples(st.just("insert"), st.integers(0, 2**16), st.integers(1, 120)),
        st.tuples(st.just("delete user"), places, places),
        st.tuples(st.just("delete tweet"), places, places),
        st.tuples(st.just("move"), places, places),
        st.tuples(st.just("rename"), places, places),
        st.tuples(st.just("undo"), places, places),
        st.tuples(st.just("post"), places, places),
        st.tuples(st.just("unlike many"), st.integers(1, 5), places),
    ),
    max_size=25,
)


def step(store: Store, what: str, a: int, b: int) -> object:
    """One change; what it gives back, as plain values."""
    users, tweets = list(User.all()), list(Tweet.all())
    user, tweet = users[a % len(users)], tweets[b % len(tweets)]
    if what == "like":
        return user.like_tweet(tweet).id
    if what == "unlike":
        return user.unlike_tweet(tweet)
    if what == "insert":
        rng = np.random.default_rng(a)
        some = User.all().ids[rng.integers(0, len(users), b)], Tweet.all().ids[rng.integers(0, len(tweets), b)]
        return Like.insert_all(user=some[0], tweet=some[1], on_conflict="skip").ids.tolist()
    if what == "delete user" and len(users) > 5:
        return user.delete() if len(user.tweets) < len(tweets) - 5 else None
    if what == "delete tweet" and len(tweets) > 5:
        return tweet.delete()
    if what == "move":
        free = next((like for like in Like.all() if like.user not in tweet.likers), None)
        return free and free.update(tweet=tweet).id
    if what == "rename":
        tweet.message = f"{a} {b}"
    if what == "undo":
        with pytest.raises(ZeroDivisionError), store.transaction():
            for like in list(Like.all())[:: a % 3 + 1]:
                like.delete()
            user.like_tweet(tweet)
            raise ZeroDivisionError
    if what == "post":
        return user.post_tweet(str(b)).id
    if what == "unlike many":
        return [like.delete() for like in list(Like.all())[::a]]
    return None


def all_of_it() -> list[object]:
    return [
        [(user.id, user.username, user.tweets.ids.tolist(), user.liked_tweets.ids.tolist()) for user in User.all()],
        [(tweet.id, tweet.message, tweet.user.id, tweet.likers.ids.tolist()) for tweet in Tweet.all()],
        [(like.id, like.user.id, like.tweet.id) for like in Like.all()],
        [len(user.liked_tweets) for user in User.all()] + [len(tweet.likers) for tweet in Tweet.all()],
        [[user in tweet.likers for user in User.all()] for tweet in Tweet.all()],
        [user.liked_tweets.overlap(User.all()[0].liked_tweets) for user in User.all()],
    ]


@settings(max_examples=80, deadline=None, database=None)
@given(steps, st.sets(st.integers(0, 25)), st.sampled_from([0, 50, 400]))
def test_a_store_that_is_packed_at_times_is_as_one_that_is_not(changes, packed_after, links):
    stores = [Store(), Store()]
    for store in stores:
        with store:
            users = User.insert_all(username=[str(n) for n in range(12)])
            Tweet.insert_all(message=[str(n) for n in range(40)], user=[users[n % 12] for n in range(40)])
            rng = np.random.default_rng(0)
            Like.insert_all(user=rng.integers(1, 13, links), tweet=rng.integers(1, 41, links), on_conflict="skip")
    for number, change in enumerate([("rename", 0, 0), *changes]):
        results = []
        for store in stores:
            with store:
                results.append(step(store, *change))
        if number in packed_after:
            stores[0].compact()
        assert results[0] == results[1]
        states = []
        for store in stores:
            with store:
                states.append(all_of_it())
            store.check()
        assert states[0] == states[1]


def test_packing_twice_is_as_packing_once(store):
    users = User.insert_all(username=[str(n) for n in range(50)])
    tweets = Tweet.insert_all(message="x", user=[users[0]] * 50)
    Like.insert_all(user=users, tweet=tweets)
    before = all_of_it()  # asks so much that no index waits
    store.compact()
    held = store.stats().bytes
    store.compact()
    assert store.stats().bytes == held
    assert all_of_it() == before


def test_packing_an_empty_store_is_nothing(store):
    store.compact()
    assert User.all() == []
    User("alice")
    store.compact()
    assert User.all().values("username") == ["alice"]


def test_packed_text_and_values_are_kept(store):
    rooms = Room.insert_all(name=["", "x" * 1000, "h\u00e9", "\x00"])
    guests = Guest.insert_all(name=["a", "b", "c", "d"])
    start = datetime(2024, 5, 1, tzinfo=UTC)
    stays = Stay.insert_all(
        room=rooms,
        guest=guests,
        note=["", "one", "two", "one"],
        since=[None, start, None, start],
        code=[None, 3, -1, None],
    )
    stays[1].note = "changed"

    def values() -> list[object]:
        return [stays.values(name) for name in ("room.name", "guest.name", "note", "since", "code")]

    before = values()
    store.compact()
    assert values() == before
    assert Stay.find(code=-1) == stays[2]
    stays[2].update(note="new", code=None, room=rooms[0])
    store.compact()
    assert (stays[2].note, stays[2].code, rooms[0].stays.ids.tolist()) == ("new", None, [1, 3])
    assert Stay.find_by(code=-1) is None


def test_packing_inside_a_transaction_undoes_nothing_of_it(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(100)]
    alice.liked_tweets.add(*tweets)
    with pytest.raises(ZeroDivisionError), store.transaction():
        alice.liked_tweets.remove(*tweets[::2])
        with suppress(RuntimeError):  # it may be refused there
            store.compact()
        assert alice.liked_tweets == tweets[1::2]
        raise ZeroDivisionError
    assert alice.liked_tweets == tweets
    store.check()
