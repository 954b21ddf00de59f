"""One process writes a file, any number read it: `read_only=True` sees the last commit, `refresh()` what came since."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hasmany import (
    DeletedError,
    Like,
    Many,
    Model,
    ReadOnlyError,
    Store,
    StoreLockedError,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

from .files import Other, Raised, beside, columns, digest, forked, killed_after, rows


class Note(Model):
    text: str = field(unique=True)
    user: User | None = belongs_to(on_delete="nullify", default=None)
    marks: Many["Mark"] = has_many()


class Mark(Model):
    note: Note = belongs_to(on_delete="cascade")


@pytest.fixture
def other() -> Iterator[Other]:
    """Another process."""
    process = Other()
    yield process
    process.end()


# ── what the other process does; it keeps one store ───────────────────────────────────────────────

KEPT: list[Store] = []


def open_there(path: Path) -> None:
    KEPT.append(Store(path).__enter__())


def open_reader_there(path: Path) -> None:
    KEPT.append(Store(path, read_only=True).__enter__())


def close_there() -> None:
    KEPT.pop().__exit__(None, None, None)


def users_there() -> list[str]:
    return User.all().values("username")


def refresh_there() -> bool:
    return KEPT[-1].refresh()


def create_user_there(name: str) -> None:
    User(name)


def leave_a_transaction_open_there(name: str) -> None:
    KEPT[-1].transaction().__enter__()
    User(name)


# ── one writer ────────────────────────────────────────────────────────────────────────────────────


def test_a_second_writer_in_this_process_is_refused(path):
    with Store(path) as store:
        with pytest.raises(StoreLockedError) as caught:
            Store(path)
        assert str(path) in str(caught.value)
        assert isinstance(caught.value, OSError)
        User("alice")
        store.check()
    with Store(path):
        assert users_there() == ["alice"]
    assert beside(path) == []


def test_a_second_writer_in_another_process_is_refused(path, other):
    other(open_there, path)
    with pytest.raises(StoreLockedError, match=r"likes\.db"):
        Store(path)
    other(create_user_there, "alice")
    other(close_there)
    with Store(path):
        User("bob")
        with pytest.raises(Raised, match="StoreLockedError"):
            other(open_there, path)
        User("carol")
    other(open_there, path)
    assert other(users_there) == ["alice", "bob", "carol"]
    other(close_there)
    assert beside(path) == []


@pytest.mark.parametrize("way", ["link", "folder", "dots", "relative"])
def test_another_name_of_the_file_is_no_way_around_the_lock(path, tmp_path, monkeypatch, way):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "folder").symlink_to(tmp_path)
    name = {"link": tmp_path / "link.db", "folder": tmp_path / "folder" / "likes.db"}.get(way) or {
        "dots": tmp_path / "folder" / ".." / tmp_path.name / "likes.db",
        "relative": Path("likes.db"),
    }[way]
    with Store(path), pytest.raises(StoreLockedError):
        Store(name)
    with Store(name), pytest.raises(StoreLockedError):
        Store(path)


def test_a_killed_writer_leaves_no_lock(path, other):
    other(open_there, path)
    other(create_user_there, "alice")
    other(leave_a_transaction_open_there, "not committed")
    other.kill()
    with Store(path) as store:
        assert users_there() == ["alice"]
        store.check()
    assert beside(path) == []


def test_the_files_of_a_killed_writer_do_not_make_it_into_a_new_file(path):
    """Whoever deletes likes.db and forgets what lies beside it gets an empty store."""

    def work() -> None:
        Store(path).__enter__()
        User("old")

    killed_after(work)
    path.unlink()
    with Store(path) as store:
        assert User.all() == []
        User("new")
        store.check()
    assert rows(path, "select username from users") == [("new",)]
    assert beside(path) == []


def test_the_journal_of_another_database_does_not_make_it_into_a_new_file(path):
    def work() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("pragma cache_size = 1")
        connection.execute("create table t (a)")
        connection.executemany("insert into t values (?)", [("x" * 900,)] * 100)
        connection.execute("begin")
        connection.execute("update t set a = 'y'")

    killed_after(work)
    assert beside(path) == ["likes.db-journal"]
    path.unlink()
    with Store(path) as store:
        User("new")
        store.check()
    assert rows(path, "select username from users") == [("new",)]
    assert beside(path) == []


def hold_and_count(path: Path, rounds: int) -> int:
    """Opens and closes the file again and again; gives how often that went well. Alone, each time."""
    held = 0
    for _ in range(rounds):
        with suppress(StoreLockedError), Store(path):
            alone = os.open(path.with_name("held"), os.O_CREAT | os.O_EXCL)
            User(f"{os.getpid()}")
            held += 1
            os.close(alone)
            path.with_name("held").unlink()
    return held


def test_processes_that_open_and_close_one_file_never_hold_it_at_once(path):
    others = [Other() for _ in range(3)]
    for process in others:
        process.send(hold_and_count, path, 25)
    held = sum(process.receive() for process in others)
    for process in others:
        process.end()
    assert held >= 25
    with Store(path) as store:
        assert len(User.all()) == held
        store.check()
    assert beside(path) == []


def open_or_say(path: Path) -> str:
    try:
        open_there(path)
    except StoreLockedError:
        return "locked"
    User("first")
    return "opened"


def close_if_open() -> None:
    if KEPT:
        close_there()


def test_of_processes_that_race_to_create_a_file_one_wins(tmp_path):
    others = [Other(), Other()]
    for number in range(10):
        path = tmp_path / f"{number}.db"
        for process in others:
            process.send(open_or_say, path)
        assert sorted(process.receive() for process in others) == ["locked", "opened"]
        for process in others:
            process(close_if_open)
        assert os.listdir(tmp_path) == [path.name]
        assert rows(path, "select id, username from users") == [(1, "first")]
        path.unlink()
    for process in others:
        process.end()


def test_a_refused_opening_leaves_the_writer_and_its_files_alone(path, other):
    with Store(path):
        User("alice")
        before = beside(path)
        with pytest.raises(StoreLockedError):
            Store(path)
        with pytest.raises(Raised):
            other(open_there, path)
        assert beside(path) == before
        User("bob")
        assert forked(lambda: rows(path, "select count(*) from users")) == [(2,)]


# ── many readers ──────────────────────────────────────────────────────────────────────────────────


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


def test_a_store_whose_file_was_removed_takes_no_lock_from_the_next(path):
    with Store(path) as old:
        User("old")
        for file in path.parent.iterdir():
            file.unlink()
        new = Store(path)
        old.close()
        with pytest.raises(StoreLockedError):
            Store(path)
        with new:
            User("new")
    with Store(path):
        assert User.all().values("username") == ["new"]
