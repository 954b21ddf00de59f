"""A transaction is all or nothing, belongs to its thread and async task, and tells its observers once it stands."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hasmany import (
    Change,
    DeletedError,
    DuplicateError,
    Like,
    Many,
    Model,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)


class Doctor(Model):
    name: str
    patients: Many["Patient"] = has_many()


class Patient(Model):
    name: str = field(unique=True)
    doctor: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Stop(BaseException):
    """No Exception: what KeyboardInterrupt and SystemExit are."""


# ── all or nothing ────────────────────────────────────────────────────────────────────────────────


def test_a_transaction_that_ends_well_stands(store):
    with store.transaction() as nothing:
        alice = User("alice")
        alice.post_tweet("hi")
    assert nothing is None
    assert User.all() == [alice]
    assert alice.tweets.values("message") == ["hi"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, Stop])
def test_any_exception_rolls_back_and_is_raised_again(store, error):
    alice, raised = User("alice"), error("stop")
    with pytest.raises(error) as caught, store.transaction():
        alice.username = "alicia"
        User("bob")
        raise raised
    assert caught.value is raised
    assert User.all().values("username") == ["alice"]


def test_a_rollback_undoes_creates(store):
    alice = User("alice")
    with pytest.raises(Stop), store.transaction():
        bob = User("bob")
        tweet = bob.post_tweet("hi")
        like = alice.like_tweet(tweet)
        raise Stop
    assert (User.all(), Tweet.all(), Like.all(), alice.liked_tweets) == ([alice], [], [], [])
    for access in (lambda: bob.username, lambda: tweet.message, lambda: like.user):
        with pytest.raises(DeletedError):
            access()


def test_a_rollback_undoes_sets_and_moves(store):
    alice, bob = User("alice"), User("bob")
    one, two, three = alice.post_tweet("one"), bob.post_tweet("two"), alice.post_tweet("three")
    with pytest.raises(Stop), store.transaction():
        one.message = "changed"
        one.message = "changed again"
        one.user = bob
        two.user = alice
        raise Stop
    assert one.message == "one"
    assert alice.tweets == [one, three]
    assert bob.tweets == [two]


def test_a_rollback_brings_rows_back_with_ids_handles_and_places(store):
    alice, bob = User("alice"), User("bob")
    tweets = [alice.post_tweet(str(n)) for n in range(5)]
    likes = [bob.like_tweet(tweet) for tweet in tweets]
    other = alice.like_tweet(tweets[2])
    with pytest.raises(Stop), store.transaction():
        tweets[2].delete()
        bob.unlike_tweet(tweets[0])
        bob.like_tweet(tweets[0])
        alice.delete()
        raise Stop
    assert [tweet.id for tweet in tweets] == [1, 2, 3, 4, 5]
    assert [tweet.message for tweet in tweets] == ["0", "1", "2", "3", "4"]
    assert alice.tweets == bob.liked_tweets == Tweet.all() == tweets
    assert bob.likes == likes
    assert tweets[2].likers == [bob, alice]
    assert Like.all() == [*likes, other]
    assert User.all() == [alice, bob]


def test_a_rollback_undoes_a_writers_work(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(4)]
    alice.liked_tweets.add(tweets[2], tweets[0])
    likes = list(alice.likes)
    with pytest.raises(Stop), store.transaction():
        alice.liked_tweets.replace([tweets[3], tweets[0]])
        alice.liked_tweets.clear()
        alice.tweets.update_all(message="x")
        alice.tweets.delete_all()
        raise Stop
    assert alice.liked_tweets == [tweets[2], tweets[0]]
    assert alice.likes == likes
    assert alice.tweets.values("message") == ["0", "1", "2", "3"]


def test_ids_of_a_rolled_back_transaction_are_not_used_again(store):
    with pytest.raises(Stop), store.transaction():
        undone = [User(str(n)) for n in range(3)]
        raise Stop
    after = User("after")
    assert after.id > max(user.id for user in undone)
    for user in undone:
        with pytest.raises(DeletedError):
            _ = user.username


def test_a_row_created_and_deleted_inside_stays_deleted(store):
    with store.transaction():
        user = User("brief")
        user.delete()
    assert User.all() == []
    with pytest.raises(Stop), store.transaction():
        again = User("brief")
        again.delete()
        raise Stop
    assert User.all() == []
    with pytest.raises(DeletedError):
        _ = again.username


def test_a_failed_call_inside_is_undone_alone(store):
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    with store.transaction():
        like = Like(alice, tweet)
        with pytest.raises(DuplicateError):
            Like(alice, tweet)
        with pytest.raises(TypeError):
            alice.update(username=3)
        alice.username = "alicia"
    assert Like.all() == [like]
    assert alice.username == "alicia"


def test_an_empty_transaction_is_none(store):
    with store.transaction():
        pass
    with pytest.raises(Stop), store.transaction():
        raise Stop
    assert User("alice").id == 1


def test_packing_changes_nothing_a_rollback_needs(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(10)]
    with pytest.raises(Stop), store.transaction():
        tweets[3].delete()
        raise Stop
    store.compact()
    assert alice.tweets == tweets


# ── nesting ───────────────────────────────────────────────────────────────────────────────────────


def test_an_inner_transaction_that_fails_undoes_itself(store):
    with store.transaction():
        User("before")
        with pytest.raises(Stop), store.transaction():
            User("inside")
            raise Stop
        User("after")
    assert User.all().values("username") == ["before", "after"]


def test_an_outer_transaction_that_fails_undoes_the_inner_ones(store):
    with pytest.raises(Stop), store.transaction():
        with store.transaction():
            User("inside")
        raise Stop
    assert User.all() == []


def test_transactions_nest_deeply(store):
    def nest(depth: int) -> None:
        with store.transaction():
            User(str(depth))
            if depth == 100:
                raise Stop
            nest(depth + 1)

    with store.transaction():
        User("kept")
        with pytest.raises(Stop):
            nest(1)
    assert User.all().values("username") == ["kept"]


def test_a_row_deleted_inside_an_inner_rollback_is_back_in_the_outer(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(3)]
    with store.transaction():
        tweets[0].delete()
        with pytest.raises(Stop), store.transaction():
            tweets[1].delete()
            raise Stop
        assert alice.tweets == tweets[1:]
    assert alice.tweets == tweets[1:]


def test_transactions_of_two_stores_are_their_own(store):
    with Store() as other:
        User("other")
    with store.transaction():
        User("kept")
        with pytest.raises(Stop), other.transaction(), other:
            User("undone")
            raise Stop
    assert User.all().values("username") == ["kept"]
    with other:
        assert User.all().values("username") == ["other"]


# ── threads and tasks ─────────────────────────────────────────────────────────────────────────────


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


# ── observers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def heard(store) -> list[list[Change]]:
    """The commits of the store, each as a list of changes."""
    commits: list[list[Change]] = []
    store.on_commit(lambda changes: commits.append(list(changes)))
    return commits


def test_a_change_is_a_named_tuple():
    assert Change._fields == ("kind", "record", "field", "old", "new")
    assert issubclass(Change, tuple)


def test_an_observer_hears_a_create(heard):
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    ((first,), (second,)) = heard
    assert (first.kind, first.record, first.field, first.old) == ("create", alice, None, None)
    assert first.new["username"] == "alice"
    assert (second.kind, second.record) == ("create", tweet)
    assert (second.new["message"], second.new["user"]) == ("hi", alice)


def test_an_observer_hears_a_set(heard):
    ann, house = Patient("Ann"), Doctor("House")
    heard.clear()
    ann.name = "Anna"
    ann.doctor = house
    ann.doctor = None
    assert heard == [
        [Change("set", ann, "name", "Ann", "Anna")],
        [Change("set", ann, "doctor", None, house)],
        [Change("set", ann, "doctor", house, None)],
    ]


def test_an_observer_hears_a_delete(heard):
    alice = User("alice")
    heard.clear()
    alice.delete()
    ((change,),) = heard
    assert (change.kind, change.record, change.field, change.new) == ("delete", alice, None, None)
    assert change.old["username"] == "alice"
    assert change.record.id == 1
    with pytest.raises(DeletedError):
        _ = change.record.username


def test_an_observer_hears_everything_a_delete_took_along(heard):
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    like = alice.like_tweet(tweet)
    house = Doctor("House")
    ann = Patient("Ann", house)
    heard.clear()
    alice.delete()
    house.delete()
    first, second = heard
    assert sorted(change.kind for change in first) == ["delete"] * 3
    assert {change.record for change in first} == {alice, tweet, like}
    assert {(change.kind, change.record) for change in second} == {("set", ann), ("delete", house)}


def test_an_observer_hears_the_changes_of_a_transaction_once_and_in_order(store, heard):
    with store.transaction():
        alice = User("alice")
        with store.transaction():
            tweet = alice.post_tweet("hi")
        tweet.message = "ho"
        assert heard == []
    (changes,) = heard
    assert [(change.kind, change.record, change.field) for change in changes] == [
        ("create", alice, None),
        ("create", tweet, None),
        ("set", tweet, "message"),
    ]
    assert (changes[2].old, changes[2].new) == ("hi", "ho")


def test_an_observer_hears_one_commit_a_call(heard):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(3)]
    heard.clear()
    alice.liked_tweets.add(*tweets)
    alice.liked_tweets.replace([tweets[0]])
    alice.tweets.update_all(message="x")
    assert [[change.kind for change in changes] for changes in heard] == [["create"] * 3, ["delete"] * 2, ["set"] * 3]


def test_an_observer_is_given_a_sequence(store):
    given: list[Any] = []
    store.on_commit(given.append)
    User("alice")
    assert isinstance(given[0], Sequence)
    assert all(isinstance(change, Change) for change in given[0])


def test_an_observer_hears_nothing_where_nothing_changed(store, heard):
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    alice.like_tweet(tweet)
    heard.clear()
    with store.transaction():
        pass
    alice.like_tweet(tweet)
    alice.liked_tweets.add(tweet)
    alice.liked_tweets.remove()
    with pytest.raises(DuplicateError):
        Like(alice, tweet)
    with pytest.raises(Stop), store.transaction():
        User("undone")
        raise Stop
    assert heard == []


def test_an_observer_does_not_hear_what_an_inner_rollback_undid(store, heard):
    with store.transaction():
        kept = User("kept")
        with pytest.raises(Stop), store.transaction():
            User("undone")
            raise Stop
    assert [[change.record for change in changes] for changes in heard] == [[kept]]


def test_an_observer_hears_one_store_only(store, heard):
    with Store():
        User("elsewhere")
    assert heard == []


def test_an_observer_can_unsubscribe(store):
    first, second = [], []
    stop = store.on_commit(first.append)
    store.on_commit(second.append)
    User("alice")
    stop()
    User("bob")
    assert (len(first), len(second)) == (1, 2)


def test_what_an_observer_raises_goes_to_the_unraisable_hook_and_the_commit_stands(store, unraisable):
    heard = []

    def broken(changes: Sequence[Change]) -> None:
        raise ZeroDivisionError("observer")

    store.on_commit(broken)
    store.on_commit(heard.append)
    alice = User("alice")
    with store.transaction():
        alice.username = "alicia"
    assert [type(error) for error in unraisable] == [ZeroDivisionError, ZeroDivisionError]
    assert alice.username == "alicia"
    assert len(heard) == 2


def test_an_observer_is_called_in_the_committing_thread(store, in_threads):
    alice = User("alice")
    callers = []
    store.on_commit(lambda changes: callers.append(threading.get_ident()))

    def post() -> int:
        alice.post_tweet("hi")
        return threading.get_ident()

    assert in_threads(post) == callers
    alice.post_tweet("ho")
    assert callers[1] == threading.get_ident()


def test_an_observer_is_called_with_no_lock_held(store, in_threads):
    alice = User("alice")
    seen = []

    def look(changes: Sequence[Change]) -> None:
        if changes[0].kind == "create":
            seen.append(in_threads(lambda: len(alice.tweets), lambda: setattr(alice, "username", "from a thread")))

    store.on_commit(look)
    alice.post_tweet("hi")
    assert seen == [[1, None]]
    assert alice.username == "from a thread"


def test_an_observer_may_write(store):
    alice = User("alice")
    heard = []

    def answer(changes: Sequence[Change]) -> None:
        heard.append([change.kind for change in changes])
        if len(alice.tweets) < 3:
            alice.post_tweet("answer")

    store.on_commit(answer)
    alice.post_tweet("question")
    assert alice.tweets.values("message") == ["question", "answer", "answer"]
    assert heard == [["create"]] * 3


def test_an_observer_may_open_a_transaction_and_fail_in_it(store, unraisable):
    alice = User("alice")

    def fail(changes: Sequence[Change]) -> None:
        with store.transaction():
            alice.username = "undone"
            raise ZeroDivisionError

    stop = store.on_commit(fail)
    tweet = alice.post_tweet("hi")
    stop()
    assert [type(error) for error in unraisable] == [ZeroDivisionError]
    assert (alice.username, alice.tweets) == ("alice", [tweet])


def test_an_observer_may_unsubscribe_itself(store):
    heard = []

    def once(changes: Sequence[Change]) -> None:
        heard.append(changes)
        stop()

    stop = store.on_commit(once)
    User("alice")
    User("bob")
    assert len(heard) == 1
