"""Where rows go that name no store: to the one that is meant, or to none."""

import asyncio
import gc
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest
from hasmany import HasManyError, NoCurrentStoreError, Store, User
from hasmany._hasmany import replace_default

pytestmark = pytest.mark.process_wide


@pytest.fixture(autouse=True)
def nothing_said(store):
    """No store is current, none was named by `use()`, and no earlier test left one that may be meant."""
    before = replace_default(None)
    gc.collect()
    User.all()
    yield
    replace_default(before)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "one.db"


def in_another_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def test_the_process_s_own_store_serves_where_no_other_may_be_meant():
    assert User("a") in Store.current()


def test_an_open_file_that_is_current_nowhere_may_be_meant(path):
    store = Store(path)
    for use in (
        lambda: User("a"),
        User.all,
        lambda: User.find_by(username="a"),
        lambda: User.insert_all(username=["a"]),
    ):
        with pytest.raises(NoCurrentStoreError) as refused:
            use()
    assert isinstance(refused.value, (HasManyError, RuntimeError))
    text = str(refused.value)
    assert f"the store in {path} is open, and current nowhere" in text
    for way in ("`with store:`", "`with store.transaction():`", "`store.use()`", "`Store.current().use()`"):
        assert way in text
    store.close()
    User("a")


def test_a_store_in_memory_that_was_never_current_may_be_meant():
    store = Store()
    with pytest.raises(NoCurrentStoreError, match="a store in memory was made, and is current nowhere"):
        User("a")
    with store:
        User("b")
    User("c")  # its block has ended
    assert store.stats().rows["User"] == 1


def test_a_store_that_is_gone_is_not_meant(path):
    Store(path)
    Store()
    gc.collect()
    User("a")


def test_a_block_of_another_thread_may_be_meant():
    with Store() as store, pytest.raises(NoCurrentStoreError, match="block of another thread, task or context"):
        in_another_thread(lambda: User("c"))
    assert store.stats().rows.get("User", 0) == 0
    in_another_thread(lambda: User("c"))


def test_a_block_of_another_task_or_context_may_be_meant():
    outside = copy_context()

    async def another_task(entered: asyncio.Event, done: asyncio.Event):
        with Store():
            entered.set()
            await done.wait()

    async def tasks():
        entered, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(another_task(entered, done))
        await entered.wait()
        with pytest.raises(NoCurrentStoreError):
            User("a")
        done.set()
        await task
        User("b")

    asyncio.run(tasks())
    with Store(), pytest.raises(NoCurrentStoreError):
        outside.run(lambda: User("c"))


def test_readers_are_never_meant(path):
    with Store(path):
        User("a")
    with Store(path, read_only=True):
        in_another_thread(lambda: User("b"))
    reader = Store(path, read_only=True)
    User("c")
    reader.close()


def test_a_default_that_was_said_serves_every_thread(path):
    said = Store().use()
    other, file = Store(), Store(path)
    with other:
        in_another_thread(lambda: User("a"))
    User("b")
    assert said.stats().rows["User"] == 2
    assert other.stats().rows.get("User", 0) == file.stats().rows.get("User", 0) == 0


def test_the_current_store_never_raises_and_can_be_meant(path):
    own = Store.current()
    store = Store(path)
    assert Store.current() is own
    Store.current().use()
    assert User("a") in own
    assert store.stats().rows.get("User", 0) == 0


def test_a_transaction_block_makes_its_store_current(path):
    store = Store(path)
    with store.transaction():
        assert Store.current() is store
        User("a")
    with pytest.raises(ZeroDivisionError), store.transaction():
        User("b")
        raise ZeroDivisionError
    with store:
        assert User.all().values("username") == ["a"]


def test_a_transaction_block_closes_nothing(path):
    store = Store(path)
    for _ in range(2):
        with store.transaction():
            User("a")
    with store.transaction():
        with store:
            User("b")
        User("c")
    with store.transaction():
        User("d")
    assert store.stats().rows["User"] == 5


def test_blocks_nest_and_give_back_the_one_before():
    one, two = Store(), Store()
    with one:
        with two.transaction():
            User("a")
            with one.transaction():
                User("b")
            User("c")
        User("d")
    assert (one.stats().rows["User"], two.stats().rows["User"]) == (2, 2)


def test_observers_of_a_block_find_its_store_current():
    store, seen = Store(), []
    store.on_commit(lambda changes: seen.append(Store.current()))
    with store.transaction():
        User("a")
    assert seen == [store]


def test_the_three_ways_in_which_rows_went_elsewhere_are_refused(tmp_path):
    """Each in a program of its own, as somebody would write it."""
    program = """
from concurrent.futures import ThreadPoolExecutor
from hasmany import NoCurrentStoreError, Store, User

s = Store("one.db")
try:
    User("a")
except NoCurrentStoreError:
    print("refused")
s.close()
s = Store("two.db")
try:
    with s.transaction():
        User("b")
        raise ValueError
except ValueError:
    pass
with s:
    print(len(User.all()))
with Store("three.db"):
    print(type(ThreadPoolExecutor().submit(lambda: User("c")).exception()).__name__)
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["refused", "0", "NoCurrentStoreError"]


def test_what_a_fixture_needs_is_there():
    """A store that is the process's default and current for a block, put back afterwards."""
    store, said = Store(), Store().use()
    before = replace_default(store)
    with store:
        User("a")
        in_another_thread(lambda: User("b"))
    assert before is said
    assert replace_default(before) is store
    User("c")
    assert (store.stats().rows["User"], said.stats().rows["User"]) == (2, 1)


def test_a_store_that_nobody_kept_is_said_once(path):
    """`Store("app.db")` and no variable: it is closed at once, and what follows is about memory."""
    Store(path)
    gc.collect()
    with pytest.warns(UserWarning, match=r"one\.db was opened, was current nowhere, .*\.use\(\)"):
        User("ann")
    with Store(path):
        pass
    Store(path).close()
    Store(path, read_only=True)
    gc.collect()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        User("bea")
