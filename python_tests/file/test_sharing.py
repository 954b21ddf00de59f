"""A file that this process has open for writing is one store, however often and by whatever name it is opened."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from hasmany import Store, StoreClosedError, StoreLockedError, User

from .elsewhere import close_there, open_there


def test_a_path_that_is_open_here_gives_the_store_that_is_open(path):
    store = Store(path)
    assert Store(path) is store
    assert Store(str(path)) is store
    store.close()
    again = Store(path)
    assert again is not store
    again.close()


def test_other_names_of_the_file_give_it_too(path, monkeypatch):
    store = Store(path)
    link, hard = path.with_name("link.db"), path.with_name("hard.db")
    link.symlink_to(path)
    hard.hardlink_to(path)
    monkeypatch.chdir(path.parent)
    assert Store(link) is store
    assert Store(hard) is store
    assert Store(path.name) is store
    assert Store(path.parent / "x" / ".." / path.name if (path.parent / "x").mkdir() is None else path) is store
    store.close()


@pytest.mark.process_wide
def test_the_first_cell_of_a_notebook_may_run_twice(path):
    for name in ("a", "b"):
        store = Store(path).use()
        assert Store(path).use() is store
        User(name)
    store.close()
    for name in ("c", "d"):
        with Store(path):
            User(name)
    with Store(path):
        assert User.all().values("username") == list("abcd")


def test_each_opening_is_given_back_by_a_block_and_the_last_closes(path):
    one, two, three = Store(path), Store(path), Store(path)
    with one:
        User("a")
    with two:
        User("b")
    with three:
        User("c")
    with pytest.raises(StoreClosedError), one:
        pass
    with Store(path):
        assert User.all().values("username") == list("abc")


def test_one_opening_serves_blocks_within_each_other(path):
    store = Store(path)
    with store:
        with store:
            User("a")
        User("b")
    with pytest.raises(StoreClosedError), store:
        pass


def test_close_closes_for_all(path):
    one, two = Store(path), Store(path)
    with one:
        User("a")
    two.close()
    with pytest.raises(StoreClosedError, match=r"is closed, by close\(\)"):
        one.use()


def test_a_closed_store_says_which_file_and_what_closed_it(path):
    store = Store(path)
    with store:
        user = User("a")
    with pytest.raises(StoreClosedError) as refused:
        user.username = "b"
    assert str(refused.value) == f"the store in {path} is closed, by the end of its last `with` block"
    memory = Store()
    memory.close()
    with pytest.raises(StoreClosedError) as refused:
        memory.use()
    assert str(refused.value) == "a store in memory is closed, by close()"


def test_a_durability_that_was_said_must_agree(path):
    full = Store(path, durability="full")
    assert Store(path) is full
    assert Store(path, durability="full") is full
    with pytest.raises(ValueError, match="is open here with durability='full', not 'normal'"):
        Store(path, durability="normal")
    full.close()
    default = Store(path)
    assert Store(path, durability="normal") is default
    with pytest.raises(ValueError, match="durability"):
        Store(path, durability="full")
    default.close()


def test_a_reader_is_always_one_of_its_own(path):
    with Store(path) as writer:
        readers = [Store(path, read_only=True) for _ in range(2)]
        assert len({id(store) for store in (writer, *readers)}) == 3
    assert Store(path, read_only=True) is not readers[0]


def test_threads_that_open_at_once_get_one_store(path, in_threads):
    for _ in range(10):
        stores = in_threads(*[lambda: Store(path)] * 8)
        assert all(store is stores[0] for store in stores)
        stores[0].close()


def test_a_writer_elsewhere_is_waited_for(path, other):
    other(open_there, path)
    begun = time.monotonic()
    with pytest.raises(StoreLockedError):
        Store(path)
    with pytest.raises(StoreLockedError):
        Store(path, timeout=0.3)
    assert time.monotonic() - begun >= 0.3
    closing = threading.Timer(0.3, other, (close_there,))
    closing.start()
    with Store(path, timeout=30):
        User("a")
    closing.join()


def test_waiting_for_a_writer_hears_ctrl_c(path, other):
    other(open_there, path)
    heard = threading.Event()

    def interrupt():
        """Until it is heard: an interrupt that falls into somebody's finalizer is lost."""
        while not heard.wait(0.5):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    begun = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            Store(path, timeout=60)
    finally:
        heard.set()
        thread.join()
    assert time.monotonic() - begun < 30
    other(close_there)


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf")])
def test_a_timeout_is_a_number_of_seconds(path: Path, timeout):
    with pytest.raises(ValueError, match="timeout is a number of seconds"):
        Store(path, timeout=timeout)
    assert not path.exists()
