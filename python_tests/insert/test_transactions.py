"""An insert is one transaction, may be part of another, and is heard of once."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hasmany import DeletedError, DuplicateError, Like, NotFoundError, Tweet, User

from .clinic import NOON, Appointment, Doctor, Guest, Patient, pairs

# ── transactions ──────────────────────────────────────────────────────────────────────────────────


def test_what_an_outer_transaction_undoes_is_gone(store, users, tweets):
    users[0].like_tweet(tweets[0])
    with pytest.raises(ZeroDivisionError), store.transaction():
        made = Like.insert_all(user=users, tweet=tweets[1])
        people = User.insert_all(username=["x", "y"])
        assert len(tweets[1].likers) == 4
        raise ZeroDivisionError
    assert list(made) == []
    assert (len(Like.all()), len(User.all())) == (1, 4)
    assert tweets[1].likers == []
    assert people == []
    store.check()
    assert users[1].like_tweet(tweets[1]).id > 5
    assert User("z").id == 7


def test_what_is_undone_may_be_inserted_again(store, users, tweets):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), store.transaction():
            Like.insert_all(user=users, tweet=tweets)
            raise ZeroDivisionError
    likes = Like.insert_all(user=users, tweet=tweets)
    assert likes.ids.tolist() == [13, 14, 15, 16]
    assert tweets[3].likers == [users[3]]


def test_a_handle_to_an_undone_row_is_deleted(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        (user,) = User.insert_all(username=["ann"])
        raise ZeroDivisionError
    User.insert_all(username=["ben"])
    with pytest.raises(DeletedError):
        _ = user.username


def test_a_transaction_goes_on_after_an_insert_that_failed(store, users, tweets):
    with store.transaction():
        first = Like.insert_all(user=users[:2], tweet=tweets[0])
        with pytest.raises(DuplicateError):
            Like.insert_all(user=users[::-1], tweet=tweets[0])
        last = Like.insert_all(user=users[2:], tweet=tweets[0])
    assert tweets[0].likes == [*first, *last]
    assert tweets[0].likers == users


def test_an_insert_sees_what_its_transaction_did(store, users, tweets):
    with store.transaction():
        like = users[0].like_tweet(tweets[0])
        with pytest.raises(DuplicateError) as caught:
            Like.insert_all(user=[users[0]], tweet=[tweets[0]])
        assert caught.value.existing == like
        like.delete()
        made = Like.insert_all(user=[users[0]], tweet=[tweets[0]])
        made[0].delete()
        assert len(Like.insert_all(user=[users[0]], tweet=[tweets[0]])) == 1
    assert tweets[0].likers == [users[0]]


def test_undoing_an_insert_brings_back_what_was_deleted_before_it(store, users, tweets):
    likes = Like.insert_all(user=users, tweet=tweets[0])
    with pytest.raises(ZeroDivisionError), store.transaction():
        users[1].delete()
        Like.insert_all(user=[users[0]], tweet=[tweets[1]])
        likes[2].delete()
        raise ZeroDivisionError
    assert tweets[0].likes == likes
    assert tweets[0].likers == users
    assert users[0].liked_tweets == [tweets[0]]


def test_an_inner_transaction_undoes_its_own_insert(store, alice):
    with store.transaction():
        User.insert_all(username=["kept"])
        with pytest.raises(ZeroDivisionError), store.transaction():
            User.insert_all(username=["undone"])
            raise ZeroDivisionError
        User.insert_all(username=["kept too"])
    assert User.all().values("username") == ["alice", "kept", "kept too"]


def test_inserted_rows_that_are_deleted_in_the_same_transaction(store, users, tweets):
    with store.transaction():
        likes = Like.insert_all(user=users, tweet=tweets[0])
        users[1].unlike_tweet(tweets[0])
        tweets[0].delete()
    assert list(likes) == []
    assert all(user.liked_tweets == [] for user in users)


def test_an_insert_of_another_task_on_the_same_thread_is_a_runtime_error(store):
    async def insert() -> None:
        with pytest.raises(RuntimeError):
            User.insert_all(username=["ann"])

    async def hold() -> None:
        with store.transaction():
            await asyncio.create_task(insert())

    asyncio.run(hold())
    assert User.all() == []


# ── observers ─────────────────────────────────────────────────────────────────────────────────────


def test_an_observer_hears_one_commit_with_a_change_for_every_row(users, tweets, heard):
    likes = Like.insert_all(user=users, tweet=tweets)
    (changes,) = heard
    assert [(c.kind, c.record, c.field, c.old) for c in changes] == [("create", like, None, None) for like in likes]
    assert [(c.new["user"], c.new["tweet"]) for c in changes] == pairs(likes)


def test_a_change_has_the_values_that_were_kept(heard):
    house, ann = Doctor("House"), Patient("Ann")
    heard.clear()
    (visit,) = Appointment.insert_all(doctor=[1], patient=[ann], at=[datetime(2024, 5, 1, 12)], number=[3.0])
    ((change,),) = heard
    assert change.record == visit
    new = change.new
    assert (new["doctor"], new["patient"], new["at"], new["number"]) == (house, ann, NOON, 3)
    assert (new["reason"], new["referrer"]) == ("check-up", None)


def test_an_observer_hears_only_what_skip_created(users, tweets, heard):
    users[0].like_tweet(tweets[0])
    heard.clear()
    made = Like.insert_all(user=users, tweet=tweets[0], on_conflict="skip")
    ((*changes,),) = heard
    assert [change.record for change in changes] == list(made)


def test_an_observer_hears_an_outer_transaction_once(store, users, tweets, heard):
    with store.transaction():
        Like.insert_all(user=users[:2], tweet=tweets[0])
        User("new")
        Like.insert_all(user=users[2:], tweet=tweets[0])
        assert heard == []
    ((*changes,),) = heard
    assert [type(change.record) for change in changes] == [Like, Like, User, Like, Like]


def test_an_observer_hears_nothing_of_an_insert_that_failed(users, tweets, heard):
    users[0].like_tweet(tweets[0])
    heard.clear()
    with pytest.raises(DuplicateError):
        Like.insert_all(user=users, tweet=tweets[0])
    with pytest.raises(NotFoundError):
        Like.insert_all(user=[1, 77], tweet=tweets[:2])
    assert heard == []


def test_an_observer_may_insert(store, heard):
    copies = []

    def copy(changes: Any) -> None:
        names = [change.new["username"] for change in changes if type(change.record) is User]
        if names:
            copies.extend(Guest.insert_all(username=names))

    store.on_commit(copy)
    User.insert_all(username=["ann", "ben"])
    assert Guest.all() == copies
    assert [guest.username for guest in copies] == ["ann", "ben"]


# ── rows that come and go ─────────────────────────────────────────────────────────────────────────


def likes_by_hand(links: Any) -> Iterator[tuple[int, list[int]]]:
    by_tweet: dict[int, list[int]] = {}
    for user, tweet in links:
        by_tweet.setdefault(tweet, []).append(user)
    yield from by_tweet.items()


def test_inserts_between_deletes_and_packing_keep_every_order(store):
    rng = np.random.default_rng(3)
    users = User.insert_all(username=[str(n) for n in range(60)])
    tweets = Tweet.insert_all(message=[str(n) for n in range(40)], user=users[0])
    links: dict[tuple[int, int], None] = {}
    for step in range(12):
        pairs = {
            (int(u), int(t)): None for u, t in zip(rng.integers(1, 61, 300), rng.integers(1, 41, 300), strict=True)
        }
        new = [pair for pair in pairs if pair not in links]
        made = Like.insert_all(
            user=np.array([user for user, _ in pairs]),
            tweet=np.array([tweet for _, tweet in pairs]),
            on_conflict="skip",
        )
        assert list(zip(made.column("user").tolist(), made.column("tweet").tolist(), strict=True)) == new
        links.update(dict.fromkeys(new))
        for user, tweet in list(links)[:: 3 if step % 2 else 2]:
            assert users[user - 1].unlike_tweet(tweets[tweet - 1])
            del links[user, tweet]
        if step % 3 == 0:
            store.compact()
        store.check()
        for tweet, likers in likes_by_hand(links):
            assert tweets[tweet - 1].likers.ids.tolist() == likers
        for user, liked in likes_by_hand((tweet, user) for user, tweet in links):
            assert users[user - 1].liked_tweets.ids.tolist() == liked
    assert len(Like.all()) == len(links)
