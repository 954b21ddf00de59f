"""`async with store.transaction()`: tasks take turns, and no loop is blocked."""

import asyncio
import gc
import threading
import time

import pytest
from hasmany import Store, StoreClosedError, User


def test_tasks_wait_for_each_other_in_the_order_of_asking(store):
    order = []

    async def task(number: int):
        async with store.transaction():
            order.append(number)
            User(f"{number} begins")
            await asyncio.sleep(0.001)
            User(f"{number} ends")

    async def all_of_them():
        await asyncio.gather(*(task(number) for number in range(20)))

    asyncio.run(all_of_them())
    assert order == list(range(20))
    assert [int(name.split()[0]) for name in User.all().values("username")] == sorted(list(range(20)) * 2)


def test_the_loop_goes_on_meanwhile_for_another_thread_s_transaction_too(store):
    entered, end, ticks = threading.Event(), threading.Event(), []

    def another_thread():
        with store.transaction():
            User("thread")
            entered.set()
            end.wait(30)

    async def ticking():
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(0.005)

    async def main():
        thread = threading.Thread(target=another_thread)
        thread.start()
        await asyncio.to_thread(entered.wait, 30)
        ticker = asyncio.create_task(ticking())
        asyncio.get_running_loop().call_later(0.2, end.set)
        async with store.transaction():
            User("task")
        ticker.cancel()
        thread.join(30)

    asyncio.run(main())
    assert len(ticks) > 5
    assert User.all().values("username") == ["thread", "task"]


def test_a_task_that_is_cancelled_while_it_waits_leaves_nothing(store):
    async def main():
        async def wait():
            async with store.transaction():
                User("never")

        async with store.transaction():
            User("first")
            waiting = [asyncio.create_task(wait()) for _ in range(3)]
            await asyncio.sleep(0.01)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        async with asyncio.timeout(10), store.transaction():
            User("second")

    asyncio.run(main())
    assert User.all().values("username") == ["first", "second"]


def test_a_turn_that_is_cancelled_as_it_comes_goes_to_the_next(store):
    async def main():
        async def wait(name: str):
            async with store.transaction():
                User(name)

        async with store.transaction():
            tasks = [asyncio.create_task(wait(name)) for name in ("cancelled", "next")]
            await asyncio.sleep(0.01)
        tasks[0].cancel()
        await asyncio.wait_for(tasks[1], 10)
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())
    assert "next" in User.all().values("username")


def test_a_block_that_fails_is_undone_and_the_next_one_comes(store):
    async def main():
        async def fail():
            async with store.transaction():
                User("undone")
                raise ZeroDivisionError

        results = await asyncio.gather(*(fail() for _ in range(3)), return_exceptions=True)
        assert [type(result) for result in results] == [ZeroDivisionError] * 3

    asyncio.run(main())
    assert len(User.all()) == 0


def test_blocks_of_one_task_nest_though_others_wait(store):
    async def main():
        async def wait():
            async with store.transaction():
                User("other")

        async with store.transaction():
            other = asyncio.create_task(wait())
            await asyncio.sleep(0.01)
            async with store.transaction():
                User("inner")
            with store.transaction():
                User("innermost")
        await other

    asyncio.run(main())
    assert User.all().values("username") == ["inner", "innermost", "other"]


def test_its_store_is_current_inside_and_only_there(store):
    other = Store()

    async def main():
        async with other.transaction():
            assert Store.current() is other
            await asyncio.sleep(0)
            User("a")
        assert Store.current() is store

    asyncio.run(main())
    assert other.stats().rows["User"] == 1


def test_a_closed_store_is_refused():
    store = Store()
    store.close()

    async def main():
        async with store.transaction():
            pass

    with pytest.raises(StoreClosedError):
        asyncio.run(main())


def test_loops_of_several_threads_take_turns(store, in_threads):
    def loop_of_its_own(number: int):
        async def task(name: str):
            async with store.transaction():
                first = len(User.all())
                User(name)
                await asyncio.sleep(0)
                assert len(User.all()) == first + 1

        async def main():
            await asyncio.gather(*(task(f"{number}.{task_number}") for task_number in range(10)))

        asyncio.run(main())

    in_threads(*(lambda number=number: loop_of_its_own(number) for number in range(4)))
    assert len(User.all()) == 40


def test_nothing_is_kept_of_a_store_that_is_gone():
    from hasmany import turns

    async def main():
        store = Store()
        async with store.transaction():
            task = asyncio.create_task(another(store))
            await asyncio.sleep(0.01)
        await task

    async def another(store):
        async with store.transaction():
            pass

    before = len(turns._queues)
    asyncio.run(main())
    gc.collect()
    assert len(turns._queues) <= before + 1
