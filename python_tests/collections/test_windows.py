"""Parts of a collection by their places, beside slices of the same list; and walks while rows come and go."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hasmany import Like, Many, Store, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

# More than a walk reads at once, several times.
LONG = 1500

KINDS: dict[str, Callable[[User], Many[Any]]] = {
    "all": lambda user: Tweet.all(),
    "inverse": lambda user: user.tweets,
    "join": lambda user: user.liked_tweets,
    "two hops": lambda user: user.tweets.through("likers"),
    "every join": lambda user: User.all().through("liked_tweets"),
    "fixed": lambda user: user.liked_tweets[::-1],
    "created": lambda user: Tweet.insert_all(message=["new"] * 5, user=user),
}
KIND = pytest.mark.parametrize("kind", KINDS)


def filled(number: int) -> User:
    """A user with so many tweets, all liked by her and some by others."""
    users = User.insert_all(username=[f"user {at}" for at in range(5)])
    tweets = list(Tweet.insert_all(message=["hello"] * number, user=users[0]))
    Like.insert_all(user=users[0], tweet=tweets)
    for at, user in enumerate(users):
        if at:
            Like.insert_all(user=user, tweet=tweets[:: at + 1])
    return users[0]


places = st.one_of(st.none(), st.integers(-30, 30), st.sampled_from([2**62, -(2**62), 2**63 - 1, -(2**63), 2**70]))
holes = st.sets(st.integers(0, 24), max_size=24)
slices = st.lists(st.builds(slice, places, places, st.sampled_from([None, 1, 1, 2, 7, -1, -3, 2**70])), max_size=12)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(sorted(KINDS)), number=st.integers(0, 25), gone=holes, unliked=holes, cuts=slices)
def test_windows_are_slices_of_the_list(kind, number, gone, unliked, cuts):
    with Store() as store:
        user = filled(number)
        tweets = list(user.tweets)
        for at in unliked & set(range(number)):
            user.unlike_tweet(tweets[at])
        with store.transaction():  # inside, nothing is packed
            for at in gone & set(range(number)):
                tweets[at].delete()
            members = KINDS[kind](user)
            ids = members.ids.tolist()
            listed = list(members)
            assert [record.id for record in listed] == ids
            for cut in cuts:
                assert members[cut] == listed[cut], cut
            for place in range(-len(listed) - 1, len(listed) + 1):
                if -len(listed) <= place < len(listed):
                    assert members[place] == listed[place]
                else:
                    with pytest.raises(IndexError):
                        members[place]
            assert list(reversed(members)) == listed[::-1]
            assert repr(members).startswith(f"<Many of {len(listed)} ")
            assert all(repr(record) in repr(members) for record in listed[:5])


@KIND
def test_a_walk_is_of_the_moment_when_it_began(kind):
    with Store() as store:
        user = filled(LONG)
        for read in (iter, reversed):
            for taken in (0, 1, 64, 65, 700):
                members = KINDS[kind](user)
                expected = list(read(members))
                walk = read(members)
                left = max(0, len(expected) - taken)
                seen = [next(walk) for _ in range(min(taken, len(expected)))]
                assert walk.__length_hint__() == left
                with store.transaction():
                    for number in range(3):
                        user.like_tweet(user.post_tweet(f"later {number}"))
                if expected[taken + 1 :]:
                    last = expected[-1]
                    user.unlike_tweet(last) if isinstance(last, Tweet) else last.liked_tweets.clear()
                seen.extend(walk)
                assert seen == expected


@KIND
def test_a_walk_leaves_out_what_was_deleted_meanwhile(kind):
    with Store():
        user = filled(LONG)
        members = KINDS[kind](user)
        expected = list(members)
        walk = iter(members)
        first = [next(walk) for _ in range(min(2, len(expected)))]
        gone = [record for record in expected[2:] if record.id % 3 == 0 and isinstance(record, Tweet)]
        for record in gone:
            record.delete()
        assert first + list(walk) == [record for record in expected if record not in set(gone)]


def test_a_walk_goes_on_after_a_rollback_and_packing():
    with Store() as store:
        user = filled(LONG)
        expected = list(user.liked_tweets)
        walk = iter(user.liked_tweets)
        next(walk)
        with pytest.raises(KeyError), store.transaction():
            user.liked_tweets.clear()
            inner = iter(user.tweets)
            next(inner)
            raise KeyError
        assert [next(walk) for _ in range(100)] == expected[1:101]
        store.compact()
        assert list(walk) == expected[101:]
        assert len(list(inner)) == LONG - 1


def test_a_walk_that_a_rolled_back_write_began_with_is_of_that_moment():
    with Store() as store:
        user = filled(10)
        with pytest.raises(KeyError), store.transaction():
            Tweet.insert_all(message=["hello"] * LONG, user=user)
            inside = iter(user.tweets)
            next(inside)
            raise KeyError
        assert len(list(inside)) == 9  # the others are gone
        assert len(user.tweets) == 10


def test_walks_that_nobody_holds_cost_writes_nothing():
    with Store():
        user = filled(LONG)
        for _ in range(1000):
            next(iter(user.tweets))
        gc.collect()
        user.post_tweet("later")
        assert len(list(user.tweets)) == LONG + 1


def test_threads_share_a_walk_while_others_write():
    with Store() as store:
        user = filled(20_000)
        expected = set(user.tweets.ids.tolist())
        for _ in range(5):
            walk, found = iter(user.tweets), [[] for _ in range(4)]

            def read(into: list[int], walk: Any = walk) -> None:
                into.extend(record.id for record in walk)

            def write() -> None:
                with store:
                    for _ in range(50):
                        Tweet.insert_all(message=["later"] * 10, user=user)

            threads = [threading.Thread(target=read, args=(into,)) for into in found]
            threads.append(threading.Thread(target=write))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            ids = [one for into in found for one in into]
            assert len(ids) == len(set(ids))
            assert set(ids) >= expected
            expected = set(user.tweets.ids.tolist())


@pytest.mark.parametrize("k", [0, 1, 5, 40, 150])
def test_a_sample_is_the_same_whether_rows_left_or_not(k):
    def drawn(store: Store, packed: bool) -> list[list[int]]:
        with store:
            user = filled(150)
            extra = user.post_tweet("gone")
            user.like_tweet(extra)
            extra.delete()
            if packed:
                store.compact()
            kinds = (Tweet.all(), user.tweets, user.liked_tweets, user.liked_tweets[:], user.tweets.through("likers"))
            return [many.sample(min(k, len(many)), seed=7).ids.tolist() for many in kinds]

    clean, left = drawn(Store(), packed=True), drawn(Store(), packed=False)
    assert clean == left
    assert all(len(set(ids)) == len(ids) for ids in clean)
    assert clean[0] == clean[1] == clean[2] == clean[3]
