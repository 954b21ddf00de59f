"""Pages of expressions that are computed anew while rows come, go and change: what stays where it is is seen once."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hasmany import Many, Store, Tweet, User
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from .expressions import Placed, made, specs, stand

MESSAGES = ["a", "b", "c", "", "x" * 70, "x" * 70 + "y", "x" * 69, "é%.~"]


def write(store: Store, act: tuple[Any, ...]) -> None:
    """One write, or none where what it is about is gone."""
    tweets, users = list(Tweet.all()), list(User.all())
    kind, one, two, text = act
    tweet = tweets[one % len(tweets)] if tweets else None
    user = users[two % len(users)]
    if kind == "post":
        user.post_tweet(text)
    elif kind == "compact":
        store.compact()
    elif kind == "name":
        user.username = f"{text[:3]}{user.id}"
    elif tweet is None:
        return
    elif kind == "like":
        user.like_tweet(tweet)
    elif kind == "unlike":
        user.unlike_tweet(tweet)
    elif kind == "delete":
        tweet.delete()
    elif kind == "edit":
        tweet.message = text
    elif kind == "give":
        tweet.user = user
    elif kind == "undo":
        with contextlib.suppress(KeyError), store.transaction():
            tweet.likers.clear()
            user.post_tweet(text)
            raise KeyError


KINDS = ["post", "like", "like", "unlike", "delete", "edit", "give", "name", "undo", "compact"]
acts = st.tuples(st.sampled_from(KINDS), st.integers(0, 50), st.integers(0, 2), st.sampled_from(MESSAGES))
worlds = st.lists(acts, max_size=20)
gaps = st.lists(st.lists(acts, max_size=3), max_size=6)


def filled(world: list[tuple[Any, ...]]) -> Store:
    store = Store()
    with store:
        people = [User(f"user {number}") for number in range(3)]
        tweets = [people[number % 3].post_tweet(MESSAGES[number % 7]) for number in range(9)]
        for number, user in enumerate(people):
            for tweet in tweets[: number - 4 : -1]:
                user.like_tweet(tweet)
        for act in world:
            write(store, act)
    return store


def pages(many: Many[Tweet], limit: int, *, reverse: bool) -> list[Tweet]:
    found, token = [], None
    for _ in range(1000):
        page = many.page(limit, token, reverse=reverse)
        assert len(page.items) == limit or page.next is None
        found += page.items
        token = page.next
        if token is None:
            return found
    raise AssertionError("no end")


@settings(max_examples=150, deadline=None)
@given(world=worlds, spec=specs, limit=st.integers(1, 5), reverse=st.booleans())
def test_pages_are_the_collection_cut_up(world, spec, limit, reverse):
    with filled(world):
        expected = [tweet for tweet, _ in stand(spec)]
        assert made(spec) == expected
        assert pages(made(spec), limit, reverse=reverse) == expected[:: -1 if reverse else 1]


@settings(max_examples=300, deadline=None)
@given(world=worlds, spec=specs, limit=st.integers(1, 4), reverse=st.booleans(), gaps=gaps, anew=st.booleans())
@example(
    world=[("edit", 0, 0, "x" * 70 + "y")],
    spec=("order", ("all",), (("message", False),)),
    limit=3,
    reverse=False,
    gaps=[[("delete", 20, 0, "a")], [("delete", 3, 0, "a")]],
    anew=True,
)
def test_what_keeps_its_place_is_seen_once(world, spec, limit, reverse, gaps, anew):
    with filled(world) as store:
        same, token, seen = made(spec), None, []
        kept = places(stand(spec))
        waiting = list(gaps)
        for _ in range(1000):
            page = (made(spec) if anew else same).page(limit, token, reverse=reverse)
            seen += page.items.ids.tolist()
            token = page.next
            if token is None:
                break
            for act in waiting.pop(0) if waiting else []:
                write(store, act)
            now = places(stand(spec))
            kept = {id: place for id, place in kept.items() if now.get(id) == place}
        assert token is None
        often = {id: seen.count(id) for id in kept}
        # Of a long text a token has the beginning: what begins alike may come again where the row it speaks of is gone.
        cut = {id for id, count in often.items() if count > 1 and len(Tweet.find(id).message.encode()) > 48}
        assert {id: count for id, count in often.items() if id not in cut} == dict.fromkeys(kept.keys() - cut, 1)
        store.check()


def places(placed: Placed) -> dict[int, Any]:
    return {tweet.id: place for tweet, place in placed}


@settings(max_examples=150, deadline=None)
@given(world=worlds, one=specs, two=specs, reverse=st.booleans())
def test_a_token_of_another_expression_is_refused(world, one, two, reverse):
    assume(one != two)
    with filled(world):
        token = made(one).page(1, reverse=reverse).next
        assume(token is not None)
        for other, turned in ((two, reverse), (one, not reverse)):
            with pytest.raises(ValueError, match="malformed or of another"):
                made(other).page(1, token, reverse=turned)


@settings(max_examples=200, deadline=None)
@given(world=worlds, spec=specs, data=st.data())
def test_a_token_that_was_changed_is_refused_or_of_another_place(world, spec, data):
    with filled(world):
        many, expected = made(spec), made(spec).ids.tolist()
        token = many.page(1).next
        assume(token is not None)
        at = data.draw(st.integers(0, len(token)))
        more = data.draw(st.sampled_from(["", ".", "~", "%", "9", "i5", "t", "n", "%ff", "\0", "é", "~0~1", "f", "w"]))
        for changed in (token[:at], token[:at] + more + token[at:], token[:at] + more + token[at + 1 :]):
            try:
                ids = many.page(3, changed).items.ids.tolist()
            except ValueError:
                continue
            assert any(expected[start : start + 3] == ids for start in range(len(expected) + 1))


@settings(max_examples=100, deadline=None)
@given(world=worlds, spec=specs, gap=st.lists(acts, min_size=1, max_size=4), limit=st.integers(1, 3))
def test_what_was_computed_before_a_write_goes_on_as_it_is_or_says_that_it_does_not(world, spec, gap, limit):
    with filled(world) as store:
        many = made(spec)
        for act in gap:
            write(store, act)
        token = many.page(limit).next
        rest = pages_from(many, limit, token)
        assert many.page(limit).items.ids.tolist() + rest == many.ids.tolist()
        with contextlib.suppress(ValueError):
            pages_from(made(spec), limit, token)


def pages_from(many: Many[Tweet], limit: int, token: str | None) -> list[int]:
    found: list[int] = []
    while token is not None:
        page = many.page(limit, token)
        found += page.items.ids.tolist()
        token = page.next
    return found
