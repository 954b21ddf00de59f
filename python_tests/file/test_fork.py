"""A forked child may read a store that its parent has open in a file; it never writes to it, whatever it does."""

import gc
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from hasmany import Like, Model, ReadOnlyError, Store, StoreLockedError, Tweet, User

from .files import assert_sound, beside, columns, forked, rows, run_python

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")


def is_locked(path: Path) -> bool:
    """Whether somebody else has the file open for writing; asked in a process of its own."""
    try:
        Store(path)
    except StoreLockedError:
        return True
    return False


def test_a_child_reads_and_the_parent_goes_on(path):
    with Store(path):
        alice = User("alice")
        alice.like_tweet(alice.post_tweet("hi"))

        def read() -> list[Any]:
            return [alice.username, alice.liked_tweets.values("message"), columns(Like, "user", "tweet")]

        assert forked(read) == ["alice", ["hi"], [(1, 1, 1)]]
        alice.post_tweet("later")
        assert forked(lambda: Tweet.all().values("message")) == ["hi", "later"]
    assert rows(path, "select message from tweets") == [("hi",), ("later",)]
    assert beside(path) == []


def test_every_write_of_a_child_is_refused_and_changes_nothing(path):
    class Note(Model):
        text: str

    with Store(path) as store:
        alice = User("alice")
        tweet = alice.post_tweet("hi")
        like = alice.like_tweet(tweet)

        def write() -> list[Any]:
            for refused in (
                lambda: User("bob"),
                lambda: setattr(alice, "username", "x"),
                lambda: alice.update(username="x"),
                lambda: alice.post_tweet("x"),
                lambda: alice.unlike_tweet(tweet),
                lambda: alice.liked_tweets.clear(),
                lambda: User.insert_all(username=["x"]),
                lambda: Tweet.all().update_all(message="x"),
                like.delete,
                alice.delete,
                lambda: Note("x"),
            ):
                with pytest.raises(ReadOnlyError, match=r"fork|process|child"):
                    refused()
            with pytest.raises(ReadOnlyError), store.transaction():
                User("bob")
            return [columns(User, "username"), columns(Tweet, "message"), columns(Like, "user", "tweet")]

        assert forked(write) == [[(1, "alice")], [(1, "hi")], [(1, 1, 1)]]
        User("bob")
        store.check()
    assert rows(path, "select username from users") == [("alice",), ("bob",)]


def test_a_child_that_closes_or_drops_the_store_takes_nothing_from_the_parent(path):
    store = Store(path).__enter__()
    stores = [store]
    alice = User("alice")

    def close() -> None:
        Store.of(alice).close()

    def leave() -> None:
        Store.of(alice).__exit__(None, None, None)
        assert alice.username == "alice"

    def drop() -> None:
        nonlocal alice, store
        Store().use()
        stores.clear()
        del alice, store
        gc.collect()

    try:
        for work in (close, leave, drop):
            forked(work)
            assert beside(path)
            alice.post_tweet(work.__name__)
            assert forked(lambda: rows(path, "select message from tweets"))[-1] == (work.__name__,)
            assert forked(lambda: is_locked(path))
    finally:
        store.__exit__(None, None, None)
    assert rows(path, "select count(*) from tweets") == [(3,)]
    assert_sound(path)


def test_a_child_that_is_forked_in_a_transaction_cannot_end_it(path):
    with Store(path) as store:
        alice = User("alice")
        with store.transaction():
            alice.username = "alicia"

            def end() -> str:
                try:
                    with pytest.raises(ReadOnlyError):
                        alice.post_tweet("from the child")
                finally:
                    with pytest.raises(RuntimeError):
                        store.close()
                return alice.username

            assert forked(end) == "alicia"
            alice.post_tweet("hi")
        assert rows(path, "select username, message from users join tweets") == [("alicia", "hi")]

        def leave_the_block() -> None:
            block.__exit__(None, None, None)

        block = store.transaction()
        block.__enter__()
        User("bob")
        with pytest.raises(AssertionError, match="ReadOnlyError"):
            forked(leave_the_block)
        assert rows(path, "select username from users") == [("alicia",)]
        block.__exit__(None, None, None)
        assert rows(path, "select username from users") == [("alicia",), ("bob",)]
        store.check()


def test_a_child_may_open_the_file_to_read_and_others_to_write(path):
    with Store(path) as store:
        User("alice")

        def work() -> list[list[str]]:
            with pytest.raises(StoreLockedError):
                Store(path)
            with Store(path, read_only=True) as reader:
                assert reader.refresh() is False
                first = User.all().values("username")
            with Store(path.with_name("mine.db")):
                User("mine")
            with Store():
                User("in memory")
            return [first, User.all().values("username")]

        assert forked(work) == [["alice"], ["alice"]]
        User("bob")
        store.check()
    assert rows(path.with_name("mine.db"), "select username from users") == [("mine",)]
    assert sorted(os.listdir(path.parent)) == ["likes.db", "mine.db"]


def test_a_child_that_lives_on_does_not_keep_the_file(path):
    with Store(path):
        User("alice")
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)
            os._exit(0)
        os.close(reading)
    try:
        assert beside(path) == []
        with Store(path):
            User("bob")
            assert forked(lambda: is_locked(path))
    finally:
        os.close(writing)
        assert os.waitpid(child, 0)[1] == 0
    assert rows(path, "select username from users") == [("alice",), ("bob",)]


def test_a_child_of_a_reader_reads_and_the_reader_goes_on(path):
    with Store(path) as store:
        User("alice")
        with Store(path, read_only=True) as reader:
            assert forked(lambda: User.all().values("username")) == ["alice"]
            with store:
                User("bob")
            assert reader.refresh() is True
            assert User.all().values("username") == ["alice", "bob"]


def test_a_child_may_check_what_it_has(path):
    with Store(path) as store:
        User("alice")
        forked(store.check)


def test_a_grandchild_reads_too(path):
    with Store(path):
        User("alice")
        assert forked(lambda: forked(lambda: User.all().values("username"))) == ["alice"]
        User("bob")
    assert rows(path, "select count(*) from users") == [(2,)]


def test_a_child_that_opens_what_its_parent_had_open_has_locks_of_its_own(path):
    """A reader elsewhere that comes and goes must not take the child for gone, and its log along."""
    store = Store(path)
    with store:
        User("parent")
    told, tell = os.pipe()
    went, go = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with Store(path):
                User("child")
                os.write(tell, b".")
                os.read(went, 1)
                for n in range(50):
                    User(f"{n}")
                os.kill(os.getpid(), signal.SIGKILL)
        finally:
            os._exit(1)
    os.read(told, 1)
    count = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute('select count(*) from users'))"
    assert run_python(count, path).stdout == "(2,)\n"
    os.write(go, b".")
    os.waitpid(child, 0)
    for end in (told, tell, went, go):
        os.close(end)
    with Store(path) as store:
        assert len(User.all()) == 52
        store.check()


def test_a_child_reads_on_beside_its_writing_parent(path):
    with Store(path):
        alice = User("alice")
        tweets = Tweet.insert_all(message=["t"] * 40, user=alice)
        child = os.fork()
        if child == 0:
            try:
                with Store(path, read_only=True) as reader:
                    for _ in range(60):
                        reader.refresh()
                        reader.check()
                        liked = User.all()[0].liked_tweets
                        assert all(like.tweet in liked for like in Like.all())
                os._exit(0)
            finally:
                os._exit(1)
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            for tweet in tweets:
                alice.like_tweet(tweet)
            alice.liked_tweets.clear()
        assert ended[1] == 0


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_a_child_that_is_forked_while_a_thread_writes_can_read(path, kind):
    with Store(path) if kind == "file" else Store() as store:
        alice = User("alice")
        stop = threading.Event()

        def write() -> None:
            with store:
                while not stop.is_set():
                    User.insert_all(username=["x"] * 50)

        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(20):
                assert forked(lambda: (signal.alarm(20), alice.username, len(User.all()) > 0)[1:]) == ("alice", True)
        finally:
            stop.set()
            for writer in writers:
                writer.join()
