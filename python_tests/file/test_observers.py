"""Observers of a store in a file hear of what stands in it."""

import sqlite3
from contextlib import closing

import pytest
from hasmany import DeletedError, Store, User

from .files import forked, rows


def test_an_observer_hears_of_a_commit_that_stands(path):
    seen = []
    with Store(path) as store:
        store.on_commit(lambda changes: seen.append(forked(lambda: rows(path, "select username from users"))))
        User("alice")
        with store.transaction():
            User("bob")
            User("carol")
    assert seen == [[("alice",)], [("alice",), ("bob",), ("carol",)]]


def test_an_observer_may_write(path):
    with Store(path) as store:

        def welcome(changes) -> None:
            for change in changes:
                if isinstance(change.record, User):
                    change.record.post_tweet("hello")

        store.on_commit(welcome)
        User("alice")
        with store.transaction():
            User("bob")
    assert rows(path, "select message, user_id from tweets") == [("hello", 1), ("hello", 2)]


def test_what_an_observer_raises_changes_nothing(path, unraisable):
    with Store(path) as store:
        store.on_commit(lambda changes: 1 / 0)
        User("alice")
    assert isinstance(unraisable[0], ZeroDivisionError)
    assert rows(path, "select username from users") == [("alice",)]


def test_an_observer_does_not_hear_of_what_was_refused(path):
    heard = []
    with Store(path) as store:
        alice = User("alice")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("update users set username = 'from outside'")
        store.on_commit(heard.append)
        made = []
        with pytest.raises(OSError), store.transaction():
            made.append(User("bob"))
            alice.username = "x"
        assert alice.username == "alice"
        with pytest.raises(DeletedError):
            _ = made[0].username
    assert heard == []
