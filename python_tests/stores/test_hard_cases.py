"""Stores, threads and transactions where they once went wrong, or nearly did."""

import gc
import threading
import weakref

import pytest
from hasmany import Store, User


def test_threads_that_share_an_iterator_beside_a_writer_do_not_wait_for_each_other_for_ever(store):
    users = [User(f"u{number}") for number in range(3000)]
    walk, seen, done = iter(User.all()), [], threading.Event()

    def read():
        seen.extend(user.id for user in walk)

    def write():
        with store:
            while not done.is_set():
                User.all().update_all(username="x")

    readers = [threading.Thread(target=read) for _ in range(3)]
    writer = threading.Thread(target=write)
    for thread in (*readers, writer):
        thread.start()
    for thread in readers:
        thread.join(60)
        assert not thread.is_alive()
    done.set()
    writer.join(60)
    assert sorted(seen) == [user.id for user in users]


def test_blocks_end_from_the_inside_out(store):
    outer, inner = store.transaction(), store.transaction()
    outer.__enter__()
    inner.__enter__()
    User("ann")
    with pytest.raises(RuntimeError):
        outer.__exit__(None, None, None)
    inner.__exit__(None, None, None)
    outer.__exit__(None, None, None)
    assert User.all().values("username") == ["ann"]


def test_a_block_that_its_thread_left_open_is_ended_by_whoever_closes_it(store):
    def work():
        with store.transaction():
            User("lost")
            yield

    generators = []

    def leave():
        with store:
            generator = work()
            next(generator)
            generators.append(generator)

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join(60)
    generators.pop().close()
    User("ann")
    assert User.all().values("username") == ["ann"]


def test_a_store_that_nobody_has_goes_whatever_its_observers_hold():
    class Garbage:
        pass

    kept = []
    for hold in (
        lambda store, garbage: [store, garbage],
        lambda store, garbage: [iter(User.all()), garbage],
        lambda store, garbage: [store.transaction(), store.schema, garbage],
        lambda store, garbage: [User("x"), User.all(), garbage],
    ):
        garbage = Garbage()
        kept.append(weakref.ref(garbage))
        with Store() as store:
            User("a")
            held = hold(store, garbage)
            stop = store.on_commit(lambda changes, held=held: held)
            held.append(stop)
        del store, held, stop, garbage, hold
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(kept)


def test_transactions_of_several_threads_beside_long_reads_go_on(store):
    users, done = [User(str(number)) for number in range(3000)], threading.Event()

    def transact():
        for _ in range(300):
            with store.transaction():
                users[0].username = "x"

    def read():
        with store:
            while not done.is_set():
                assert len(User.where(username="zz")) == 0

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=transact) for _ in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
        assert not thread.is_alive()
    done.set()
    reader.join(60)
    assert not reader.is_alive()
