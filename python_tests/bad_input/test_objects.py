"""Objects that raise, or act on the store, while they are read."""

from collections.abc import Iterator

import pytest
from hasmany import DeletedError, Store, Tweet

from .world import refused


class Unequal:
    """Raises when it is compared or hashed."""

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    def __hash__(self) -> int:
        raise ZeroDivisionError


def test_membership_asks_nothing_of_a_stranger(w):
    assert Unequal() not in w.alice.tweets
    assert Unequal() not in w.alice.tweets[:]
    assert w.alice.tweets.count(Unequal()) == 0
    assert Unequal() not in Store.current()


def test_an_iterable_that_raises_is_raised_on(w):
    def broken() -> Iterator[Tweet]:
        yield w.other
        raise ZeroDivisionError

    for use in (
        lambda: w.bob.liked_tweets.replace(broken()),
        lambda: w.bob.liked_tweets & broken(),
        lambda: w.bob.liked_tweets | broken(),
        lambda: w.bob.liked_tweets - broken(),
        lambda: w.bob.liked_tweets ^ broken(),
        lambda: w.bob.liked_tweets <= broken(),
        lambda: w.bob.liked_tweets.isdisjoint(broken()),
    ):
        with refused(ZeroDivisionError):
            use()


def test_an_iterable_may_use_the_store_while_it_is_read(w):
    def writing() -> Iterator[Tweet]:
        yield w.other
        yield w.alice.post_tweet("made meanwhile")

    assert w.bob.liked_tweets.replace(writing()).values("message") == ["two", "made meanwhile"]
    assert (w.alice.liked_tweets | writing()).values("message") == ["two", "made meanwhile"]
    Store.current().check()


def test_an_iterable_may_delete_what_it_gave(w):
    def deleting() -> Iterator[Tweet]:
        yield w.other
        w.other.delete()

    with pytest.raises(DeletedError):
        w.bob.liked_tweets.replace(deleting())
    assert w.bob.liked_tweets == [w.tweet]
    Store.current().check()
