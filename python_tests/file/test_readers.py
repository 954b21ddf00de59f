"""Any number of processes read a file: `read_only=True` sees the last commit, `refresh()` what came since."""

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hasmany import (
    CorruptStoreError,
    DeletedError,
    Like,
    Many,
    Model,
    ReadOnlyError,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

from .elsewhere import close_there, create_user_there, open_reader_there, open_there, refresh_there, users_there
from .files import Raised, beside, columns, digest, forked, rows


class Note(Model):
    text: str = field(unique=True)
    user: User | None = belongs_to(on_delete="nullify", default=None)
    marks: Many["Mark"] = has_many()


class Mark(Model):
    note: Note = belongs_to(on_delete="cascade")


def test_a_reader_sees_the_last_commit_at_opening(path):
    with Store(path) as store:
        alice = User("alice")
        with store.transaction():
            alice.username = "not committed"
            User("nor this")
            with Store(path, read_only=True) as reader:
                assert users_there() == ["alice"]
                reader.check()
        with Store(path, read_only=True):
            assert users_there() == ["not committed", "nor this"]


def test_a_reader_sees_what_came_since_after_a_refresh(path):
    with Store(path):
        alice = User("alice")
        tweet = alice.post_tweet("hi")
        with Store(path, read_only=True) as reader:
            seen = User.find(1)
            tweets, everyone, hi = seen.tweets, User.all(), Tweet.find(1)
            assert reader.refresh() is False
            alice.like_tweet(tweet)
            alice.username = "alicia"
            second = alice.post_tweet("second")
            assert (seen.username, len(tweets), len(hi.likers)) == ("alice", 1, 0)
            assert reader.refresh() is True
            assert reader.refresh() is False
            assert (seen.username, tweets.values("message")) == ("alicia", ["hi", "second"])
            assert hi.likers == [seen]
            assert everyone == [seen]
            second.delete()
            assert Tweet.find(2).message == "second"
            gone = Tweet.find(2)
            assert reader.refresh() is True
            assert tweets == [hi]
            with pytest.raises(DeletedError):
                _ = gone.message
            reader.check()


def test_a_reader_in_another_process_follows_too(path, other):
    with Store(path) as store:
        User("alice")
        other(open_reader_there, path)
        assert other(users_there) == ["alice"]
        User("bob")
        assert other(users_there) == ["alice"]
        assert other(refresh_there) is True
        assert other(users_there) == ["alice", "bob"]
        with store.transaction():
            User("carol")
            assert other(refresh_there) is False
        assert other(refresh_there) is True
        assert other(refresh_there) is False
        with pytest.raises(Raised, match="ReadOnlyError"):
            other(create_user_there, "dave")
        assert other(users_there) == ["alice", "bob", "carol"]
        other(close_there)


def test_the_writer_may_be_in_another_process(path, other):
    other(open_there, path)
    other(create_user_there, "alice")
    with Store(path, read_only=True) as reader:
        assert users_there() == ["alice"]
        other(create_user_there, "bob")
        assert reader.refresh() is True
        assert users_there() == ["alice", "bob"]
        other(close_there)
        assert reader.refresh() is False
        other(open_there, path)
        other(create_user_there, "carol")
        assert reader.refresh() is True
        assert users_there() == ["alice", "bob", "carol"]
        other(close_there)
    assert beside(path) == []


def test_a_reader_follows_a_writer_that_was_killed(path, other):
    other(open_there, path)
    other(create_user_there, "alice")
    other.kill()
    with Store(path, read_only=True) as reader:
        assert users_there() == ["alice"]
        reader.check()
    with Store(path, read_only=True) as reader:
        with Store(path) as store:
            User("bob")
            store.check()
        assert reader.refresh() is True
        assert columns(User, "username")[1:] == [(2, "bob")]
    assert users_in(path) == ["alice", "bob"]


def users_in(path: Path) -> list[str]:
    with Store(path, read_only=True):
        return users_there()


def test_models_that_the_writer_made_since_are_read(path):
    with Store(path) as store:
        User("alice")
        reader = Store(path, read_only=True)
        Mark(Note("hi", User.find(1)))
        assert reader.refresh() is True
        with reader:
            assert Note.all().values("user.username") == ["alice"]
            assert Note.find(text="hi").marks.ids.tolist() == [1]
            reader.check()
        assert Store.current() == store


def test_a_reader_that_used_a_class_before_its_table_was_there_reads_it_later(path):
    with Store(path) as store:
        User("alice")
        with Store(path, read_only=True) as reader:
            notes, marks = Note.all(), Mark.all()
            assert (notes, marks) == ([], [])
            with store:
                Mark(Note("hi"))
            assert reader.refresh() is True
            assert (notes.values("text"), marks.values("note.text")) == (["hi"], ["hi"])
            reader.check()


def test_unique_keys_and_ids_follow_a_refresh(path):
    with Store(path) as store:
        note = Note("one")
        reader = Store(path, read_only=True)
        with reader:
            assert Note.find(text="one").id == 1
            note.text = "uno"
            with store:
                Note("one")
            assert reader.refresh() is True
            assert Note.find(text="one").id == 2
            assert Note.find(text="uno").id == 1
            reader.check()


def test_a_reader_changes_no_byte_and_leaves_nothing_behind(path):
    with Store(path):
        User("alice").post_tweet("hi")
    before = digest(path)
    with Store(path, read_only=True) as reader:
        assert users_there() == ["alice"]
        reader.refresh()
        reader.compact()
        reader.check()
    assert digest(path) == before
    assert os.listdir(path.parent) == [path.name]


def test_a_reader_that_closes_leaves_the_writer_its_files(path):
    with Store(path):
        User("alice")
        Store(path, read_only=True).close()
        forked(lambda: Store(path, read_only=True).close())
        User("bob")
        assert forked(lambda: rows(path, "select username from users")) == [("alice",), ("bob",)]
    assert beside(path) == []


def test_a_reader_does_not_keep_a_writer_away(path):
    with Store(path):
        User("alice")
    reader = Store(path, read_only=True)
    with Store(path):
        User("bob")
    assert reader.refresh() is True
    reader.close()
    assert os.listdir(path.parent) == [path.name]
    assert users_in(path) == ["alice", "bob"]


@pytest.mark.parametrize("opened", ["wr", "rw", "rwr", "wrr"])
@pytest.mark.parametrize("backwards", [False, True])
def test_in_whichever_order_readers_and_the_writer_close_one_file_is_left(path, opened, backwards):
    with Store(path):
        User("alice")
    stores = [Store(path, read_only=which == "r") for which in opened]
    with stores[opened.index("w")]:
        User("bob")
        for store in stores[::-1] if backwards else stores:
            store.close()
    assert os.listdir(path.parent) == [path.name]
    assert users_in(path) == ["alice", "bob"]


def test_a_closed_reader_still_reads_and_cannot_be_refreshed(path):
    with Store(path):
        User("alice")
    with Store(path, read_only=True) as reader:
        alice = User.find(1)
    assert alice.username == "alice"
    with pytest.raises(RuntimeError):
        reader.refresh()


def test_a_reader_has_the_path_and_says_that_it_only_reads(path):
    with Store(path):
        alice = User("alice")
        alice.like_tweet(alice.post_tweet("hi"))
    with Store(path, read_only=True) as reader:
        assert reader.path == path
        with pytest.raises(ReadOnlyError, match="read"):
            User("bob")
        assert Like.all().values("user.username") == ["alice"]
        assert reader.stats().rows["Like"] == 1


def test_observers_of_a_reader_hear_nothing_of_a_refresh(path):
    with Store(path):
        heard: list[Any] = []
        reader = Store(path, read_only=True)
        reader.on_commit(heard.append)
        User("alice")
        assert reader.refresh() is True
    assert heard == []


def test_a_loop_over_a_reader_goes_on_over_a_refresh(path):
    with Store(path) as store:
        for name in "abcd":
            User(name)
        with Store(path, read_only=True) as reader:
            walk = iter(User.all())
            first = next(walk)
            with store:
                User.find(2).delete()
                User.find(3).username = "x"
                User("e")
            reader.refresh()
            assert first.username == "a"
            assert [user.username for user in walk] == ["x", "d"]


def test_a_refresh_that_is_refused_leaves_the_reader_as_it_was(path):
    with Store(path):
        User("alice")
    reader = Store(path, read_only=True)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE hasmany_fields SET type = 'no type' WHERE \"table\" = 'users'")
    other.close()
    for _ in range(2):
        with pytest.raises((CorruptStoreError, SchemaError)):
            reader.refresh()
    with reader:
        assert User.all().values("username") == ["alice"]


def test_threads_read_while_a_reader_refreshes(path, in_threads):
    with Store(path) as store:
        alice = User("alice")
        with Store(path, read_only=True) as reader:
            seen, rounds = User.find(1), 30

            def write_and_refresh() -> None:
                for n in range(rounds):
                    with store.transaction():
                        alice.like_tweet(alice.post_tweet(str(n)))
                    reader.refresh()

            def read() -> None:
                while len(seen.tweets) < rounds:
                    messages = seen.liked_tweets.values("message")
                    assert messages == [str(n) for n in range(len(messages))]

            in_threads(write_and_refresh, read, read)
            reader.check()


def test_a_store_whose_file_was_removed_takes_no_lock_from_the_next(path, other):
    with Store(path) as old:
        User("old")
        for file in path.parent.iterdir():
            file.unlink()
        new = Store(path)
        with pytest.raises(CorruptStoreError):
            old.close()
        with pytest.raises(Raised, match="StoreLockedError"):
            other(open_there, path)
        with new:
            User("new")
    with Store(path):
        assert User.all().values("username") == ["new"]
