"""A forked child has none of the other threads: it waits for none of them, and what they left open is undone in it."""

import asyncio
import os
import threading

import pytest
from hasmany import ReadOnlyError, Store, User

from ..file.files import forked

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")


@pytest.fixture
def left_open():
    """Opens a transaction in another thread, which creates a user and stays in it."""
    ends, threads = [], []

    def open_in(store: Store) -> None:
        entered, end = threading.Event(), threading.Event()

        def other():
            with store.transaction():
                User("uncommitted")
                entered.set()
                end.wait(60)

        ends.append(end)
        threads.append(threading.Thread(target=other))
        threads[-1].start()
        assert entered.wait(60)

    yield open_in
    for end, thread in zip(ends, threads, strict=True):
        end.set()
        thread.join(60)


def test_in_memory_the_child_goes_on_without_what_others_left_open(store, left_open):
    User("before")
    left_open(store)

    def work():
        assert User.all().values("username") == ["before"]
        User("child")
        with store.transaction():
            User("block")
        store.check()
        return User.all().values("username")

    assert forked(work) == ["before", "child", "block"]
    assert User.all().values("username") == ["before", "uncommitted"]


def test_a_file_is_read_as_it_was_committed_and_writes_are_refused_at_once(tmp_path, left_open):
    with Store(tmp_path / "likes.db") as store:
        User("before")
        left_open(store)

        def work():
            with pytest.raises(ReadOnlyError):
                User("child")
            return User.all().values("username")

        assert forked(work) == ["before"]


def test_a_block_of_the_thread_that_forks_goes_on(store):
    with store.transaction():
        User("block")

        def work():
            User("child")
            return User.all().values("username")

        assert forked(work) == ["block", "child"]
    assert User.all().values("username") == ["block"]


def test_tasks_of_a_child_wait_for_none_of_the_parent_s(store):
    async def one(name: str):
        async with store.transaction():
            User(name)
            await asyncio.sleep(0)

    async def several():
        async with asyncio.timeout(30):
            await asyncio.gather(*(one(str(number)) for number in range(3)))

    async def parent():
        async with store.transaction():
            waiting = asyncio.create_task(one("parent"))
            await asyncio.sleep(0.01)
            thread = threading.Thread(target=lambda: answers.append(forked(child)))
            answers = []
            thread.start()
            await asyncio.to_thread(thread.join, 60)
        await waiting
        return answers

    def child():
        asyncio.run(several())
        with store:
            return len(User.all())

    assert asyncio.run(parent()) == [3]
    assert User.all().values("username") == ["parent"]
