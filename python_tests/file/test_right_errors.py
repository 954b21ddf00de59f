"""An error has the class that says what is wrong, and names the file that it is about."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hasmany import Store, User

from .files import forked, killed_after, raw

NOBODY = 65534
as_nobody = pytest.mark.skipif(os.geteuid() != 0, reason="only root may act as somebody else")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A store in a folder that everybody may write to."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        path = Path(folder, "likes.db")
        with Store(path):
            User("alice")
        path.chmod(0o666)
        yield path


def refused_to_nobody(path: Path, read_only: bool) -> tuple[str, str]:
    """The class of the error that somebody else gets, and the file that it names."""

    def work() -> tuple[str, str]:
        os.setuid(NOBODY)
        with pytest.raises(OSError) as caught:
            Store(path, read_only=read_only)
        return type(caught.value).__name__, Path(caught.value.filename).name

    return forked(work)


@as_nobody
@pytest.mark.parametrize("mode", [0o444, 0o400])
def test_a_file_that_may_not_be_written_is_a_permission_error(shared, mode):
    shared.chmod(mode)
    assert refused_to_nobody(shared, False) == ("PermissionError", "likes.db")
    assert os.listdir(shared.parent) == ["likes.db"]


@as_nobody
def test_a_file_that_may_not_be_read_is_a_permission_error(shared):
    shared.chmod(0o600)
    assert refused_to_nobody(shared, True) == ("PermissionError", "likes.db")


@as_nobody
@pytest.mark.parametrize("suffix", ["-wal", "-shm"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_log_that_may_not_be_read_is_a_permission_error_that_names_it(shared, suffix, read_only):
    def work() -> None:
        Store(shared).__enter__()
        User("bob")

    killed_after(work)
    shared.with_name("likes.db-lock").unlink()
    shared.with_name(f"likes.db{suffix}").chmod(0o600)
    assert refused_to_nobody(shared, read_only) == ("PermissionError", f"likes.db{suffix}")
    with Store(shared):
        assert User.all().values("username") == ["alice", "bob"]


@as_nobody
def test_a_lock_that_may_not_be_taken_is_a_permission_error_that_names_it(shared):
    lock = shared.with_name("likes.db-lock")
    lock.write_text("hasmany lock\n")
    lock.chmod(0o600)
    assert refused_to_nobody(shared, False) == ("PermissionError", "likes.db-lock")


def test_a_folder_that_is_missing_is_a_file_not_found_error_that_names_the_store(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        Store(tmp_path / "missing" / "likes.db")
    assert Path(caught.value.filename) == tmp_path / "missing" / "likes.db"


# ── names from files ──────────────────────────────────────────────────────────────────────────────

NAMES = [
    'x"\n    evil ||--o{ x : y',
    "<script>alert(1)</script>",
    "a b",
    "1st",
    "%%",
    "Caf\u00e9",
    "#quot;",
    "x{",
    "{{x",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_holds_names_from_a_file_as_names(path, name):
    with Store(path):
        alice = User("alice")
        alice.like_tweet(alice.post_tweet("hi"))
    with Store(path) as store:
        lines = len(store.schema.to_mermaid().splitlines())
    with raw(path) as connection:
        quoted = name.replace('"', '""')
        connection.execute("update hasmany_models set class = ? where class = 'Tweet'", (name,))
        connection.execute(f'alter table users rename column username to "{quoted}"')
        connection.execute("update hasmany_fields set field = ? where field = 'username'", (name,))
    with Store(path, read_only=True) as store:
        diagram = store.schema.to_mermaid()
    assert len(diagram.splitlines()) == lines
    for wrong in ("evil ||", "<script", "%%", "{{", "#quot;"):
        assert wrong not in diagram
    for line in diagram.splitlines():
        assert line.count('"') % 2 == 0
