"""Class-level calls use the current store; whatever is reached through a record or a collection uses its own."""

import asyncio
from contextvars import copy_context

import pytest
from hasmany import ForeignStoreError, Like, Store, StoreClosedError, Tweet, User


def names() -> list[str]:
    return User.all().values("username")


# ── blocks ────────────────────────────────────────────────────────────────────────────────────────


def test_a_block_makes_its_store_current(store):
    assert Store.current() == store
    with Store() as inner:
        assert Store.current() == inner
        assert inner != store
    assert Store.current() == store


def test_class_level_calls_use_the_current_store():
    User("outer")
    with Store():
        assert names() == []
        User("inner")
        assert names() == ["inner"]
    assert names() == ["outer"]


def test_records_and_collections_use_their_own_store(store):
    alice = User("alice")
    everyone, tweets = User.all(), alice.tweets
    with Store():
        tweet = alice.post_tweet("from elsewhere")
        alice.like_tweet(tweet)
        tweets.create("from elsewhere, too")
        assert (len(everyone), len(tweets), len(alice.liked_tweets)) == (1, 2, 1)
        assert (len(User.all()), len(Tweet.all())) == (0, 0)
    assert len(Tweet.all()) == 2
    assert tweet in store


def test_a_class_level_create_refuses_records_of_another_store(store):
    alice = User("alice")
    with Store() as other:
        with pytest.raises(ForeignStoreError):
            Tweet("hi", alice)
        assert other.stats().rows.get("Tweet", 0) == 0
    assert alice.tweets == []


def test_leaving_a_block_by_an_exception_restores_the_store(store):
    with pytest.raises(ZeroDivisionError), Store():
        raise ZeroDivisionError
    assert Store.current() == store


def test_a_store_may_be_entered_again_and_inside_itself(store):
    other = Store()
    with other:
        with other:
            User("one")
            with store:
                assert names() == []
            assert Store.current() == other
        assert Store.current() == other
    assert Store.current() == store
    with other:
        assert names() == ["one"]


def test_an_in_memory_store_stays_as_it_is_after_its_block(store):
    with Store() as other:
        alice = User("alice")
    alice.post_tweet("still here")
    alice.username = "alicia"
    assert (alice.username, alice.tweets.values("message")) == ("alicia", ["still here"])
    assert alice in other
    assert alice not in store


def test_a_block_left_in_another_context_restores_the_store_without_an_error(store):
    other = Store()
    copy_context().run(other.__enter__)
    other.__exit__(None, None, None)
    assert Store.current() == store


# ── the store of a record ─────────────────────────────────────────────────────────────────────────


def test_the_store_of_a_record(store):
    alice = User("alice")
    with Store() as other:
        bob = User("bob")
        assert Store.of(alice) == store
        assert Store.of(bob) == other


def test_a_store_contains_its_live_records(store):
    alice, gone = User("alice"), User("gone")
    gone.delete()
    with Store() as other:
        foreign = User("alice")
    assert alice in store
    assert foreign not in store
    assert foreign in other
    assert gone not in store
    for thing in (None, 1, "alice", User, [], store):
        assert thing not in store


def test_a_store_in_memory_has_no_path(store):
    assert store.path is None


# ── threads ───────────────────────────────────────────────────────────────────────────────────────


def test_a_new_thread_does_not_see_the_store_of_a_block(store, in_threads):
    (seen,) = in_threads(Store.current)
    assert seen != store


def test_a_thread_that_was_given_the_context_sees_the_store_of_the_block(store, in_threads):
    context = copy_context()
    (seen,) = in_threads(lambda: context.run(Store.current))
    assert seen == store


def test_a_block_in_a_thread_stays_in_that_thread(store, in_threads):
    def work() -> tuple[list[str], bool]:
        with Store() as mine:
            User("in a thread")
            return names(), Store.current() == mine

    assert in_threads(work, work) == [(["in a thread"], True)] * 2
    assert Store.current() == store
    assert names() == []


# ── use ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.process_wide
def test_there_is_a_process_wide_store_in_memory_to_start_with(in_threads):
    assert Store.current().path is None
    assert in_threads(Store.current) == [Store.current()]


@pytest.mark.process_wide
def test_use_makes_a_store_the_process_wide_one_for_every_thread(in_threads):
    other = Store()
    assert other.use() == other
    User("alice")
    assert Store.current() == other
    assert in_threads(names, names) == [["alice"], ["alice"]]


@pytest.mark.process_wide
def test_use_in_a_thread_is_seen_by_all(in_threads):
    other = Store()
    in_threads(other.use)
    assert Store.current() == other


@pytest.mark.process_wide
def test_a_block_goes_before_the_process_wide_store(in_threads):
    shared = Store().use()
    with Store() as block:
        assert Store.current() == block
        assert in_threads(Store.current) == [shared]
    assert Store.current() == shared
    another = Store().use()
    assert Store.current() == another


# ── async tasks ───────────────────────────────────────────────────────────────────────────────────


def test_async_tasks_are_kept_apart(store):
    async def visit(name: str) -> list[str]:
        with Store() as mine:
            User(name)
            await asyncio.sleep(0)
            assert Store.current() == mine
            return names()

    async def main() -> list[list[str]]:
        return await asyncio.gather(*(visit(name) for name in "abc"))

    assert asyncio.run(main()) == [["a"], ["b"], ["c"]]
    assert Store.current() == store
    assert names() == []


def test_a_task_sees_the_store_it_was_started_in(store):
    async def read() -> Store:
        await asyncio.sleep(0)
        return Store.current()

    async def main() -> tuple[Store, Store, Store]:
        with Store() as inner:
            task = asyncio.create_task(read())
        return inner, await task, Store.current()

    inner, seen, after = asyncio.run(main())
    assert seen == inner
    assert after == store


# ── closed stores ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def closed() -> tuple[Store, User, Tweet, Like]:
    """A closed store, and what it holds."""
    with Store() as other:
        alice = User("alice")
        tweet = alice.post_tweet("hi")
        like = alice.like_tweet(tweet)
    other.close()
    return other, alice, tweet, like


def test_records_of_a_closed_store_still_read(closed):
    _, alice, tweet, like = closed
    assert (alice.username, tweet.message, like.user) == ("alice", "hi", alice)
    assert alice.liked_tweets == [tweet]
    assert tweet.likers.values("username") == ["alice"]
    assert repr(alice) == "User(1, username='alice')"


@pytest.mark.parametrize(
    "write",
    [
        lambda alice, tweet, like: alice.post_tweet("more"),
        lambda alice, tweet, like: alice.tweets.create("more"),
        lambda alice, tweet, like: setattr(alice, "username", "x"),
        lambda alice, tweet, like: alice.update(username="x"),
        lambda alice, tweet, like: like.delete(),
        lambda alice, tweet, like: alice.unlike_tweet(tweet),
        lambda alice, tweet, like: alice.liked_tweets.clear(),
        lambda alice, tweet, like: alice.tweets.update_all(message="x"),
        lambda alice, tweet, like: alice.tweets.delete_all(),
        lambda alice, tweet, like: alice.liked_tweets.create("more", alice),
    ],
)
def test_writes_to_a_closed_store_raise_and_change_nothing(closed, write):
    _, alice, tweet, like = closed
    with pytest.raises(StoreClosedError):
        write(alice, tweet, like)
    assert (alice.username, alice.tweets, alice.likes) == ("alice", [tweet], [like])
    assert tweet.message == "hi"


def test_a_closed_store_cannot_be_entered(closed, store):
    other = closed[0]
    with pytest.raises(StoreClosedError), other:
        pass
    assert Store.current() == store


def test_a_closed_store_has_no_transactions(closed):
    other, alice, *_ = closed
    with pytest.raises(StoreClosedError), other.transaction():
        alice.username = "x"
    assert alice.username == "alice"


def test_class_level_writes_to_a_store_closed_in_its_block_raise():
    with Store() as other:
        User("alice")
        other.close()
        with pytest.raises(StoreClosedError):
            User("bob")
        assert names() == ["alice"]


def test_close_is_idempotent(closed):
    other = closed[0]
    other.close()
    other.close()
    assert closed[1] in other
