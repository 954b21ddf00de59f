"""When the disk refuses, memory and file stay as they were together, and go on together once it does not."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hasmany import Store, User

from ..places import ROOT
from .files import assert_sound, rows, run_python

SOURCE = Path(__file__).with_name("faults.c")


@pytest.fixture(scope="session")
def shim(tmp_path_factory) -> Path:
    """The library that lets writes fail."""
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("no C compiler, or no LD_PRELOAD")
    library = tmp_path_factory.mktemp("shim") / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"]
    if (run := subprocess.run(command, capture_output=True, text=True, check=False)).returncode:
        pytest.skip(f"the C compiler fails: {run.stderr}")
    return library


def run_driver(shim: Path, folder: Path, *args: str) -> list[int]:
    command = [sys.executable, "-m", f"{__package__}.faults", str(folder), *args]
    environment = {**os.environ, "LD_PRELOAD": str(shim)}
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr[-5000:]
    return [int(word) for word in run.stdout.split()]


@pytest.mark.parametrize(
    ("kind", "error"), [("calls", "EIO"), ("calls", "ENOSPC"), ("bulk", "ENOSPC"), ("schema", "EIO")]
)
def test_a_write_that_fails_changes_neither_memory_nor_file(shim, tmp_path, kind, error):
    (writes,) = run_driver(shim, tmp_path, "writing", kind, error)
    assert writes > 5


@pytest.mark.parametrize("what", ["opening", "creating", "closing", "saving"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_what_cannot_be_opened_made_or_copied_is_as_it_was(shim, tmp_path, what, error):
    (writes,) = run_driver(shim, tmp_path, what, "calls", error)
    assert writes >= (0 if what == "opening" else 1)


@pytest.mark.parametrize(
    ("kind", "error"),
    [("calls", "die"), ("calls", "die half-way"), ("bulk", "die half-way"), ("schema", "die half-way")],
)
def test_a_process_may_die_in_any_write(shim, tmp_path, kind, error):
    (writes,) = run_driver(shim, tmp_path, "dying", kind, error)
    assert writes > 5


def test_full_durability_syncs_every_commit_and_normal_does_not(shim, tmp_path):
    for durability in ("normal", "full"):
        (tmp_path / durability).mkdir()
    normal, writes = run_driver(shim, tmp_path / "normal", "syncs", "normal")
    full, _ = run_driver(shim, tmp_path / "full", "syncs", "full")
    assert normal == 0
    assert writes >= 10
    assert full >= 10


# ── disks that are full, for real ─────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "small disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> None:
    """Leaves no space on a disk."""
    with suppress(OSError), (disk / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def test_a_full_disk_is_an_error_and_the_store_goes_on_when_there_is_space(small_disk):
    path = small_disk / "store.db"
    with Store(path) as store:
        (small_disk / "filler").write_bytes(bytes(700_000))
        alice, made = User("alice"), 0
        with pytest.raises(OSError) as caught:
            for _ in range(100):
                alice.post_tweet("x" * 20_000)
                made += 1
        assert caught.value.errno == errno.ENOSPC
        assert len(str(caught.value)) > 20
        for refused in (
            lambda: alice.post_tweet("x" * 100_000),
            lambda: User.insert_all(username=["x" * 1000] * 300),
        ):
            with pytest.raises(OSError):
                refused()
        with pytest.raises(OSError), store.transaction():
            alice.username = "x"
            alice.post_tweet("x" * 200_000)
        assert (alice.username, len(alice.tweets)) == ("alice", made)
        assert made > 0
        store.check()
        (small_disk / "filler").unlink()
        alice.post_tweet("there is space")
        assert len(alice.tweets) == made + 1
    assert os.listdir(small_disk) == ["store.db"]
    assert rows(path, "select count(*) from tweets") == [(made + 1,)]
    assert_sound(path)


def test_a_store_is_closed_and_opened_on_a_full_disk(small_disk):
    path = small_disk / "store.db"
    with suppress(OSError), Store(path):
        User.insert_all(username=["x" * 1000] * 100)
        fill(small_disk)
        with pytest.raises(OSError) as caught:
            User.insert_all(username=["x" * 1000] * 100)
        assert caught.value.errno == errno.ENOSPC
    fill(small_disk)
    try:
        Store(path).close()
    except OSError as error:
        assert error.errno == errno.ENOSPC, error
    (small_disk / "filler").unlink()
    with Store(path) as store:
        assert len(User.all()) == 100
        store.check()
    assert os.listdir(small_disk) == ["store.db"]


def test_no_file_is_made_on_a_full_disk(small_disk):
    fill(small_disk)
    with pytest.raises(OSError):
        Store(small_disk / "store.db")
    assert os.listdir(small_disk) == ["filler"]
    with Store() as memory:
        User.insert_all(username=["x" * 1000] * 100)
        with pytest.raises(OSError):
            memory.save(small_disk / "copy.db")
        assert os.listdir(small_disk) == ["filler"]
        (small_disk / "filler").unlink()
        memory.save(small_disk / "copy.db")
    assert rows(small_disk / "copy.db", "select count(*) from users") == [(100,)]


LIMITED = """
import resource, sys
from pathlib import Path
from hasmany import Store, User

path, unlimited = Path(sys.argv[1]), resource.getrlimit(resource.RLIMIT_FSIZE)
with Store(path) as store:
    alice = User("alice")
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, unlimited[1]))
    made = 0
    try:
        while made < 1000:
            alice.post_tweet("x" * 5000)
            made += 1
    except OSError as error:
        assert str(error)
    assert 0 < made < 1000
    assert len(alice.tweets) == made
    store.check()
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    alice.post_tweet("there is space")
with Store(path) as store:
    assert len(User.find(1).tweets) == made + 1
    store.check()
"""


def test_a_limit_to_the_size_of_files_is_an_error_and_no_more(tmp_path):
    run = run_python(LIMITED, tmp_path / "store.db")
    assert run.returncode == 0, run.stderr
    assert os.listdir(tmp_path) == ["store.db"]
    assert_sound(tmp_path / "store.db")
