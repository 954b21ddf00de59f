"""A transaction belongs to its thread and its async task."""

import asyncio
import threading

import pytest
from hasmany import User

from .stop import Stop


def test_a_write_in_another_thread_waits_for_the_transaction(store):
    alice = User("alice")
    begun, written = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        alice.post_tweet("from the other thread")
        written.set()

    thread = threading.Thread(target=write, daemon=True)
    with store.transaction():
        alice.post_tweet("first")
        thread.start()
        assert begun.wait(60)
        assert not written.wait(0.2)  # this thread runs on: the waiting one does not hold the interpreter
        alice.post_tweet("second")
        assert alice.tweets.values("message") == ["first", "second"]
    assert written.wait(60)
    thread.join(60)
    assert alice.tweets.values("message") == ["first", "second", "from the other thread"]


def test_a_write_in_another_thread_goes_on_after_a_rollback(store):
    alice = User("alice")
    written = threading.Event()

    def write() -> None:
        alice.post_tweet("kept")
        written.set()

    thread = threading.Thread(target=write, daemon=True)
    with pytest.raises(Stop), store.transaction():
        alice.post_tweet("undone")
        thread.start()
        raise Stop
    assert written.wait(60)
    thread.join(60)
    assert alice.tweets.values("message") == ["kept"]


def test_reads_in_another_thread_see_uncommitted_changes(store, in_threads):
    alice = User("alice")
    with pytest.raises(Stop), store.transaction():
        alice.post_tweet("hi")
        alice.username = "alicia"
        assert in_threads(lambda: (alice.username, len(alice.tweets))) == [("alicia", 1)]
        raise Stop
    assert in_threads(lambda: (alice.username, len(alice.tweets))) == [("alice", 0)]


def test_a_write_of_another_task_on_the_same_thread_is_an_error(store):
    alice = User("alice")

    async def owner(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with store.transaction():
            alice.post_tweet("owner")
            entered.set()
            await leave.wait()
            alice.post_tweet("owner again")

    async def other(entered: asyncio.Event, leave: asyncio.Event) -> list[str]:
        await entered.wait()
        try:
            for write in (lambda: alice.post_tweet("other"), lambda: setattr(alice, "username", "x"), alice.delete):
                with pytest.raises(RuntimeError):
                    write()
            return alice.tweets.values("message")
        finally:
            leave.set()

    async def main() -> list[str]:
        entered, leave = asyncio.Event(), asyncio.Event()
        _, seen = await asyncio.wait_for(asyncio.gather(owner(entered, leave), other(entered, leave)), 60)
        return seen

    assert asyncio.run(main()) == ["owner"]
    assert alice.tweets.values("message") == ["owner", "owner again"]
    assert alice.username == "alice"


def test_a_task_started_inside_is_another_task(store):
    alice = User("alice")

    async def write() -> None:
        alice.post_tweet("from the task")

    async def main() -> None:
        with store.transaction():
            alice.post_tweet("inside")
            with pytest.raises(RuntimeError):
                await asyncio.create_task(write())
        await asyncio.create_task(write())

    asyncio.run(main())
    assert alice.tweets.values("message") == ["inside", "from the task"]


def test_a_transaction_may_wait_for_other_work_of_its_task(store):
    alice = User("alice")

    async def post(message: str) -> None:
        await asyncio.sleep(0)
        alice.post_tweet(message)

    async def main() -> None:
        with store.transaction():
            await post("one")
            await post("two")

    asyncio.run(main())
    assert alice.tweets.values("message") == ["one", "two"]


def test_close_inside_a_transaction_is_an_error(store):
    with store.transaction():
        alice = User("alice")
        with pytest.raises(RuntimeError):
            store.close()
        alice.post_tweet("still open")
    assert alice.tweets.values("message") == ["still open"]
