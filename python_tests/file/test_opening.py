"""`Store(path)` opens or creates a file, and says what is in the way."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hasmany import ReadOnlyError, Store, Tweet, User

from .files import assert_sound, forked, names, rows

# ── opening ───────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_is_not_there_is_created(path):
    with Store(path) as store:
        assert path.is_file()
        assert User.all() == []
        store.check()
    assert_sound(path)


def test_what_was_written_is_there_tomorrow(path):
    with Store(path):
        alice = User("alice")
        tweet = alice.post_tweet("hi")
        User("bob").like_tweet(tweet)
    with Store(path) as store:
        assert names() == ["alice", "bob"]
        assert User.find(2).liked_tweets.values("message") == ["hi"]
        assert Tweet.find(1).likers.values("username") == ["bob"]
        store.check()


@pytest.mark.parametrize("form", [str, Path, os.fspath])
def test_the_path_is_text_or_a_path(path, form):
    with Store(form(path)) as store:
        assert store.path == path
        assert isinstance(store.path, Path)


def test_the_path_is_absolute_and_the_store_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = Store("likes.db")
    assert store.path == tmp_path / "likes.db"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with store:
        User("alice")
    assert os.listdir() == []
    with Store("../likes.db"):
        assert names() == ["alice"]


def test_a_store_of_the_closed_file_still_tells_its_path(path):
    with Store(path) as store:
        pass
    assert store.path == path
    assert Store().path is None


@pytest.mark.parametrize(
    "name",
    [
        "two words.db",
        "caf\u00e9 \u96ea \U0001f600.db",
        "file:likes.db?mode=memory&cache=shared",
        "a?mode=ro.db",
        "50%41#top.db",
        'it\'s "quoted" [so].db',
        "line\nbreak.db",
        "likes",
        ".hidden",
        "likes.db-journal",
        ":memory:.db",
    ],
)
def test_a_name_is_taken_as_it_is(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    for path in (name, tmp_path / name):
        with Store(path):
            User("alice")
    assert os.listdir() == [name]
    assert [username for (username,) in rows(tmp_path / name, "select username from users")] == ["alice"] * 2


def test_a_folder_may_have_any_name_too(tmp_path):
    folder = tmp_path / "my data?mode=ro" / "\u00fcber#1"
    folder.mkdir(parents=True)
    with Store(folder / "likes.db"):
        User("alice")
    assert os.listdir(folder) == ["likes.db"]


@pytest.mark.parametrize("path", ["", ":memory:"])
@pytest.mark.parametrize("read_only", [False, True])
def test_names_that_mean_memory_elsewhere_are_refused(path, read_only, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"Store\(\)"):
        Store(path, read_only=read_only)
    assert os.listdir() == []


@pytest.mark.parametrize("path", [b"likes.db", 3, 1.5, ["likes.db"], object()])
def test_what_is_no_path_is_a_type_error(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError):
        Store(path)
    assert os.listdir() == []


def test_a_path_object_that_gives_bytes_is_a_type_error(tmp_path):
    class Bytes:
        def __fspath__(self) -> bytes:
            return os.fsencode(tmp_path / "likes.db")

    with pytest.raises(TypeError):
        Store(Bytes())
    assert os.listdir(tmp_path) == []


def test_a_name_with_a_nul_is_refused(tmp_path):
    with pytest.raises(ValueError):
        Store(str(tmp_path / "likes\x00.db"))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        Store(tmp_path / "missing" / "likes.db")
    assert "missing" in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_file_that_stands_where_a_folder_should_is_an_os_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError):
        Store(tmp_path / "file" / "likes.db")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("read_only", [False, True])
def test_a_folder_is_no_store(tmp_path, read_only):
    with pytest.raises(IsADirectoryError) as caught:
        Store(tmp_path, read_only=read_only)
    assert str(tmp_path) in str(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_file_that_is_not_there_cannot_be_only_read(path):
    with pytest.raises(FileNotFoundError) as caught:
        Store(path, read_only=True)
    assert path.name in str(caught.value)
    assert os.listdir(path.parent) == []


def test_memory_cannot_be_only_read():
    with pytest.raises(ValueError):
        Store(read_only=True)


def test_a_durability_that_is_none_is_refused(path):
    with pytest.raises(ValueError, match="durability"):
        Store(path, durability="some")
    assert not path.exists()


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_either_durability_keeps_what_was_written(path, durability):
    for name in ("alice", "bob"):
        with Store(path, durability=durability):
            User(name)
    with Store(path):
        assert names() == ["alice", "bob"]


def test_a_link_leads_to_its_file(path):
    link = path.with_name("link.db")
    link.symlink_to(path.name)
    with Store(path):
        User("alice")
    with Store(link):
        User("bob")
    assert link.is_symlink()
    with Store(path):
        assert names() == ["alice", "bob"]
    assert sorted(os.listdir(path.parent)) == ["likes.db", "link.db"]


# ── folders and disks that cannot be written ──────────────────────────────────────────────────────


@pytest.fixture
def read_only_disk(tmp_path) -> Iterator[Path]:
    """A disk with one store, alice in it, that nobody can write to."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "none", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        with Store(disk / "likes.db"):
            User("alice")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def test_nothing_is_created_on_a_disk_that_cannot_be_written(read_only_disk):
    with pytest.raises(OSError):
        Store(read_only_disk / "new.db")
    assert os.listdir(read_only_disk) == ["likes.db"]


def test_a_store_on_a_disk_that_cannot_be_written_does_not_open_for_writing(read_only_disk):
    with pytest.raises(OSError):
        Store(read_only_disk / "likes.db")


def test_a_store_on_a_disk_that_cannot_be_written_can_be_read(read_only_disk):
    with Store(read_only_disk / "likes.db", read_only=True) as store:
        assert names() == ["alice"]
        assert store.refresh() is False
        with pytest.raises(ReadOnlyError):
            User("bob")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as somebody else")
def test_a_folder_of_somebody_else_is_a_permission_error():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = Path(folder, "likes.db")
        with Store(path):
            User("alice")

        def nobody() -> list[str]:
            os.setuid(65534)
            for name in ("likes.db", "new.db"):
                with pytest.raises(PermissionError):
                    Store(Path(folder, name))
            with Store(path, read_only=True):
                return names()

        assert forked(nobody) == ["alice"]
        assert os.listdir(folder) == ["likes.db"]
