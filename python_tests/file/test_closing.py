"""Closing a store leaves its file and nothing else, and the store as it is."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hasmany import ForeignStoreError, ReadOnlyError, Store, StoreClosedError, Tweet, User

from .files import beside, names, rows


def test_a_block_closes_the_file_and_leaves_it_alone(path):
    with Store(path):
        User("alice")
    assert os.listdir(path.parent) == ["likes.db"]
    assert rows(path, "select id, username from users") == [(1, "alice")]


def test_a_block_that_an_exception_leaves_closes_the_file(path):
    with pytest.raises(ZeroDivisionError), Store(path):
        User("alice")
        raise ZeroDivisionError
    assert os.listdir(path.parent) == ["likes.db"]
    with Store(path):
        assert names() == ["alice"]


def test_close_leaves_one_clean_file(path):
    store = Store(path)
    with pytest.raises(ZeroDivisionError), store.transaction():
        raise ZeroDivisionError
    store.close()
    store.close()
    assert os.listdir(path.parent) == ["likes.db"]
    with Store(path):
        assert names() == []


def test_an_empty_store_is_a_store(path):
    Store(path).close()
    before = path.read_bytes()
    Store(path, read_only=True).close()
    assert path.read_bytes() == before
    with Store(path) as store:
        assert store.schema.models == ()
        assert store.stats().rows == {}


def test_the_file_closes_when_the_last_of_nested_blocks_ends(path):
    store = Store(path)
    with store:
        with store:
            User("alice")
        User("bob")
        assert beside(path)
    assert beside(path) == []
    with pytest.raises(StoreClosedError):
        store.__enter__()


def test_the_file_closes_when_the_last_of_several_threads_leaves(path):
    store = Store(path)
    with ThreadPoolExecutor(1) as pool, store:

        def work() -> None:
            with store:
                User("from a thread")

        pool.submit(work).result(60)
        User("from here")
        assert beside(path)
    assert beside(path) == []
    with Store(path):
        assert names() == ["from a thread", "from here"]


def test_the_file_closes_when_the_last_task_leaves(path):
    store = Store(path)

    async def first(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with store:
            entered.set()
            await leave.wait()
            User("first")

    async def second(entered: asyncio.Event, leave: asyncio.Event) -> None:
        await entered.wait()
        with store:
            User("second")
        leave.set()

    async def main() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(first(*events), second(*events))

    asyncio.run(main())
    assert beside(path) == []
    with Store(path):
        assert names() == ["second", "first"]


@pytest.mark.process_wide
def test_a_store_that_was_never_entered_is_closed_by_close(path):
    before, store = Store.current(), Store(path)
    store.use()
    try:
        User("alice")
    finally:
        before.use()
    store.close()
    assert rows(path, "select username from users") == [("alice",)]
    assert os.listdir(path.parent) == ["likes.db"]


def test_close_inside_a_transaction_is_an_error(path):
    with Store(path) as store, store.transaction():
        alice = User("alice")
        with pytest.raises(RuntimeError):
            store.close()
        alice.post_tweet("still open")
    with Store(path):
        assert Tweet.all().values("message") == ["still open"]


WRITES = [
    lambda alice: alice.post_tweet("more"),
    lambda alice: alice.tweets.create("more"),
    lambda alice: setattr(alice, "username", "x"),
    lambda alice: alice.update(username="x"),
    lambda alice: alice.delete(),
    lambda alice: alice.tweets[0].delete(),
    lambda alice: alice.like_tweet(alice.tweets[0]),
    lambda alice: alice.unlike_tweet(alice.tweets[1]),
    lambda alice: alice.liked_tweets.add(alice.tweets[0]),
    lambda alice: alice.liked_tweets.remove(alice.tweets[1]),
    lambda alice: alice.liked_tweets.replace([]),
    lambda alice: alice.liked_tweets.clear(),
    lambda alice: alice.tweets.update_all(message="x"),
    lambda alice: alice.tweets.delete_all(),
    lambda alice: alice.liked_tweets.create("more", alice),
]
CLASS_WRITES = [
    lambda: User("zoe"),
    lambda: User.find_or_create(username="zoe"),
    lambda: User.insert_all(username=["zoe"]),
]


@pytest.fixture
def alice(path) -> User:
    """In a file: two tweets, the second of which she likes."""
    with Store(path):
        alice = User("alice")
        alice.post_tweet("one")
        alice.like_tweet(alice.post_tweet("two"))
    return alice


def test_records_of_a_closed_store_still_read(alice):
    assert alice.username == "alice"
    assert alice.liked_tweets.values("message") == ["two"]
    assert alice in Store.of(alice)
    assert Store.of(alice).stats().rows == {"User": 1, "Tweet": 2, "Like": 1}


@pytest.mark.parametrize("write", WRITES)
def test_writes_to_a_closed_store_raise_and_change_nothing(alice, path, write):
    before = path.read_bytes()
    with pytest.raises(StoreClosedError):
        write(alice)
    assert alice.username == "alice"
    assert alice.tweets.values("message") == ["one", "two"]
    assert alice.liked_tweets.values("message") == ["two"]
    assert path.read_bytes() == before
    assert beside(path) == []


@pytest.mark.parametrize("write", CLASS_WRITES)
def test_class_level_writes_to_a_closed_store_raise(path, write):
    with Store(path) as store:
        User("alice")
        store.close()
        with pytest.raises(StoreClosedError):
            write()
        assert names() == ["alice"]


def test_a_closed_store_is_not_entered_and_has_no_transactions(alice, store):
    closed = Store.of(alice)
    with pytest.raises(StoreClosedError), closed:
        pass
    with pytest.raises(StoreClosedError), closed.transaction():
        pass
    with pytest.raises(StoreClosedError):
        closed.refresh()
    assert Store.current() == store


def test_a_file_opened_again_is_another_store(alice, path):
    with Store(path) as again:
        assert again != Store.of(alice)
        assert alice not in again
        assert User.find(1) != alice
        with pytest.raises(ForeignStoreError):
            Tweet("hi", alice)
        assert Tweet.all().values("message") == ["one", "two"]


@pytest.mark.parametrize("write", WRITES)
def test_a_store_that_is_only_read_refuses_writes_and_changes_nothing(alice, path, write):
    before = path.read_bytes()
    with Store(path, read_only=True):
        reader = User.find(1)
        with pytest.raises(ReadOnlyError):
            write(reader)
        assert reader.username == "alice"
        assert reader.tweets.values("message") == ["one", "two"]
        assert reader.liked_tweets.values("message") == ["two"]
    assert path.read_bytes() == before
    assert beside(path) == []


@pytest.mark.parametrize("write", CLASS_WRITES)
def test_class_level_writes_to_a_store_that_is_only_read_raise(alice, path, write):
    with Store(path, read_only=True):
        with pytest.raises(ReadOnlyError):
            write()
        assert names() == ["alice"]


def test_a_transaction_in_a_store_that_is_only_read_writes_nothing(alice, path):
    with Store(path, read_only=True) as store:
        with pytest.raises(ReadOnlyError), store.transaction():
            User("zoe")
        assert names() == ["alice"]


def test_packing_changes_nothing_in_the_file(alice, path):
    with Store(path) as store:
        Tweet.find(1).delete()
        store.compact()
        User("bob").like_tweet(Tweet.find(2))
        store.check()
    with Store(path):
        assert Tweet.find(2).likers.values("username") == ["alice", "bob"]
