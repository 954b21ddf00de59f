"""`save(path)` writes a copy of a store, consistent and complete, where nothing is yet."""

import os
from pathlib import Path

import pytest
from hasmany import Model, Store, StoreClosedError, Tweet, User, field

from .files import assert_sound, beside, columns, digest, raw, rows, tables


class Note(Model):
    text: str = field(unique=True)
    user: User | None = None


@pytest.fixture
def copy(tmp_path) -> Path:
    return tmp_path / "copies" / "copy.db"


@pytest.fixture(autouse=True)
def folder(copy) -> Path:
    copy.parent.mkdir()
    return copy.parent


def fill() -> None:
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    bob.like_tweet(tweet)
    User("gone").delete()
    Note("one", alice)


def assert_filled(path: Path) -> None:
    assert os.listdir(path.parent) == [path.name]
    assert_sound(path)
    with Store(path) as store:
        assert columns(User, "username") == [(1, "alice"), (2, "bob")]
        assert Tweet.find(1).likers.values("username") == ["bob"]
        assert Note.find(text="one").user == User.find(1)
        store.check()
        assert User("new").id == 4


def test_a_store_in_memory_is_saved_and_stays_in_memory(store, copy):
    fill()
    assert store.save(copy) is None
    assert store.path is None
    User("later")
    assert_filled(copy)


def test_a_store_in_a_file_is_saved_and_stays_where_it_is(path, copy):
    with Store(path) as store:
        fill()
        store.save(str(copy))
        assert store.path == path
        User("later")
    assert_filled(copy)
    assert rows(path, "select username from users")[-1] == ("later",)


def test_a_store_that_is_only_read_is_saved(path, copy):
    with Store(path):
        fill()
    before = digest(path)
    with Store(path, read_only=True) as store:
        store.save(copy)
    assert digest(path) == before
    assert_filled(copy)


def test_both_kinds_of_store_are_saved_alike(store, path, copy):
    fill()
    store.save(copy)
    with Store(path) as file:
        fill()
        file.save(copy.with_name("other.db"))
    assert tables(copy) == tables(copy.with_name("other.db")) == tables(path)


def test_a_saved_store_may_be_saved_again(store, copy):
    fill()
    store.save(copy)
    with Store(copy) as saved:
        saved.save(copy.with_name("again.db"))
    copy.unlink()
    assert_filled(copy.with_name("again.db"))


def test_an_empty_store_is_saved(store, copy):
    store.save(copy)
    with Store(copy) as saved:
        assert saved.stats().rows == {}


def test_what_is_there_is_not_overwritten(store, path, copy):
    fill()
    copy.write_text("mine")
    with pytest.raises(FileExistsError, match=r"copy\.db"):
        store.save(copy)
    assert copy.read_text() == "mine"
    with Store(path) as file:
        for taken in (path, copy.parent):
            with pytest.raises(OSError):
                file.save(taken)
        User("alice")
    assert os.listdir(copy.parent) == ["copy.db"]
    assert rows(path, "select username from users") == [("alice",)]


def test_a_link_that_leads_nowhere_is_there_too(store, copy):
    copy.symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        store.save(copy)
    assert os.listdir(copy.parent) == ["copy.db"]


def test_a_missing_folder_is_said(store, copy):
    with pytest.raises(FileNotFoundError):
        store.save(copy.parent / "missing" / "copy.db")


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_a_copy_has_a_name(store, name, copy, monkeypatch):
    monkeypatch.chdir(copy.parent)
    with pytest.raises(ValueError):
        store.save(name)
    assert os.listdir() == []


def test_a_copy_has_a_path_of_text(store, copy):
    with pytest.raises(TypeError):
        store.save(os.fsencode(copy))


@pytest.mark.parametrize("in_file", [False, True])
def test_a_store_is_not_saved_inside_a_transaction(path, copy, in_file):
    with Store(path) if in_file else Store() as store:
        with store.transaction():
            fill()
            with pytest.raises(RuntimeError):
                store.save(copy)
        assert os.listdir(copy.parent) == []
        store.save(copy)
    assert_filled(copy)


def test_undeclared_models_and_lost_fields_are_saved(path, copy):
    with Store(path):
        fill()
    with Store(path) as store:
        store.save(copy)
    assert_filled(copy)


def test_a_copy_may_be_made_while_threads_write(path, copy, in_threads):
    with Store(path) as store:
        alice = User("alice")

        def write() -> None:
            for n in range(50):
                with store.transaction():
                    alice.like_tweet(alice.post_tweet(str(n)))

        def save() -> None:
            for n in range(5):
                store.save(copy.with_name(f"{n}.db"))

        in_threads(write, save)
    for name in os.listdir(copy.parent):
        with Store(copy.parent / name) as saved:
            assert len(User.find(1).liked_tweets if User.all() else []) == len(Tweet.all())
            saved.check()
    assert beside(path) == []


def test_a_saved_file_is_its_own(path, copy):
    with Store(path) as store:
        fill()
        store.save(copy)
        with Store(copy):
            User.find(1).username = "changed"
        assert User.find(1).username == "alice"
    assert rows(path, "select username from users where id = 1") == [("alice",)]
    assert rows(copy, "select username from users where id = 1") == [("changed",)]


def test_what_others_put_into_the_file_is_in_the_copy_or_at_least_in_the_file(path, copy):
    with Store(path):
        fill()
    with raw(path) as connection:
        connection.execute("create table notes_of_mine (body)")
        connection.execute("insert into notes_of_mine values ('keep')")
    with Store(path) as store:
        store.save(copy)
    assert rows(path, "select * from notes_of_mine") == [("keep",)]
    assert_filled(copy)


def test_a_closed_store_is_saved_or_says_that_it_is_closed(path, copy):
    with Store(path) as store:
        fill()
    try:
        store.save(copy)
    except StoreClosedError:
        assert os.listdir(copy.parent) == []
    else:
        assert_filled(copy)
