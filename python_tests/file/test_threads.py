"""Threads and tasks share one file."""

import asyncio
import threading

import pytest
from hasmany import Like, Store, Tweet, User

from .files import assert_sound, columns, rows


def test_threads_write_to_one_file(path, in_threads):
    with Store(path) as store:
        alice = User("alice")
        tweets = [alice.post_tweet(str(n)) for n in range(20)]
        users = [User(str(n)) for n in range(4)]
        start = threading.Barrier(4)

        def like(user: User) -> None:
            start.wait(60)
            for tweet in tweets:
                user.like_tweet(tweet)
            with store.transaction():
                user.unlike_tweet(tweets[0])
                user.post_tweet("done")
            with pytest.raises(ZeroDivisionError), store.transaction():
                user.liked_tweets.clear()
                raise ZeroDivisionError

        in_threads(*(lambda user=user: like(user) for user in users))
        expected = columns(Like, "user", "tweet"), columns(Tweet, "message", "user")
        store.check()
    with Store(path) as store:
        assert (columns(Like, "user", "tweet"), columns(Tweet, "message", "user")) == expected
        assert len(expected[0]) == 4 * 19
        store.check()
    assert_sound(path)


def test_threads_read_while_another_writes(path, in_threads):
    with Store(path):
        alice = User("alice")
        done = threading.Event()

        def write() -> None:
            try:
                for n in range(100):
                    alice.like_tweet(alice.post_tweet(str(n)))
            finally:
                done.set()

        def read() -> None:
            while not done.is_set():
                messages = alice.liked_tweets.values("message")
                assert messages == [str(n) for n in range(len(messages))]

        in_threads(write, read, read)
    assert rows(path, "select count(*) from likes") == [(100,)]


def test_a_file_may_be_closed_by_another_thread(path, in_threads):
    store = Store(path)

    def write() -> None:
        with store:
            User("alice")

    in_threads(write)
    with Store(path):
        assert columns(User, "username") == [(1, "alice")]


def test_tasks_write_in_turn_and_refuse_each_other_s_transactions(path):
    with Store(path) as store:
        alice = User("alice")

        async def owner(entered: asyncio.Event, leave: asyncio.Event) -> None:
            with store.transaction():
                alice.post_tweet("owner")
                entered.set()
                await leave.wait()
                alice.post_tweet("owner again")

        async def other(entered: asyncio.Event, leave: asyncio.Event) -> None:
            await entered.wait()
            try:
                with pytest.raises(RuntimeError):
                    alice.post_tweet("other")
            finally:
                leave.set()

        async def main() -> None:
            entered, leave = asyncio.Event(), asyncio.Event()
            await asyncio.wait_for(asyncio.gather(owner(entered, leave), other(entered, leave)), 60)
            await asyncio.gather(*(asyncio.to_thread(alice.post_tweet, "late") for _ in range(3)))

        asyncio.run(main())
    assert [message for (message,) in rows(path, "select message from tweets order by id")] == [
        "owner",
        "owner again",
        *["late"] * 3,
    ]
