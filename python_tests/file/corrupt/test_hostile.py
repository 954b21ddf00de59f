"""Files that were made to hang or to harm: refused, or interruptible, at once."""

import os
import signal
import socket
import threading
import time

import pytest
from hasmany import Store, User

from ..files import raw, rows, run_python

ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind, read_only):
    path = tmp_path / "likes.db"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as there:
            there.bind(str(path))
    else:
        path.symlink_to("/dev/zero")
    program = "import sys; from hasmany import Store; Store(sys.argv[1], read_only=sys.argv[2] == 'True')"
    run = run_python(program, path, read_only)
    assert "OSError" in run.stderr or "CorruptStoreError" in run.stderr
    assert "likes.db" in run.stderr or "/dev/zero" in run.stderr
    assert not (tmp_path / "likes.db-lock").exists()


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal", "-lock"])
def test_a_pipe_beside_a_store_is_refused_at_once(path, suffix):
    os.mkfifo(path.with_name(path.name + suffix))
    run = run_python("import sys; from hasmany import Store; Store(sys.argv[1])", path)
    assert f"likes.db{suffix}" in run.stderr, run.stderr


@pytest.mark.parametrize("read_only", [False, True])
def test_views_that_take_for_ever_are_not_looked_into(path, read_only):
    with raw(path) as connection:
        connection.execute("create view v0 as select 1 as x")
        for n in range(1, 40):
            connection.execute(f"create view v{n} as select a.x from v{n - 1} a, v{n - 1} b")
        connection.execute(f"create view endless as {ENDLESS}")
    with Store(path, read_only=read_only) as store:
        assert User.all().values("username") == ["alice", "bob"]
        store.check()


@pytest.mark.parametrize("write", ["create", "update", "delete", "bulk"])
def test_an_endless_trigger_can_be_interrupted_and_nothing_is_changed(path, write):
    with raw(path) as connection:
        for event in ("insert", "update", "delete"):
            connection.execute(f"create trigger t_{event} after {event} on users begin select ({ENDLESS}); end")
    with Store(path) as store:
        User.find(1).liked_tweets.clear() if write == "delete" else None
        writes = {
            "create": lambda: User("new"),
            "update": lambda: setattr(User.find(1), "username", "x"),
            "delete": lambda: User.find(2).delete(),
            "bulk": lambda: User.insert_all(username=["x", "y"]),
        }
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            writes[write]()
        assert time.monotonic() - begun < 30
        assert User.all().values("username") == ["alice", "bob"]
        store.check()
    assert rows(path, "select username from users") == [("alice",), ("bob",)]


def test_a_trigger_that_searches_full_text_still_works(path):
    with raw(path) as connection:
        connection.execute("create virtual table found using fts5(username)")
        connection.execute("create trigger t after insert on users begin insert into found values (new.username); end")
    with Store(path):
        User("carol")
    assert rows(path, "select username from found") == [("carol",)]
