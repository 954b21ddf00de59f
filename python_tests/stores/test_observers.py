"""A store tells its observers what a transaction did, once it stands."""

import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hasmany import Change, DeletedError, DuplicateError, Like, Many, Model, Store, User, belongs_to, field, has_many

from .stop import Stop


class Doctor(Model):
    name: str
    patients: Many["Patient"] = has_many()


class Patient(Model):
    name: str = field(unique=True)
    doctor: Doctor | None = belongs_to(on_delete="nullify", default=None)


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


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_leave_in_an_observer_leaves_after_the_commit(store, leaving, unraisable):
    heard = []

    def leave(changes):
        raise leaving

    def fail(changes):
        raise ZeroDivisionError

    for observer in (leave, fail, heard.append):
        store.on_commit(observer)
    with pytest.raises(leaving):
        User("alice")
    with pytest.raises(leaving), store.transaction():
        User("bob")
    assert User.all().values("username") == ["alice", "bob"]
    assert len(heard) == 2
    assert [type(error) for error in unraisable] == [ZeroDivisionError] * 2
