"""Ctrl-C while a long list is read is heard soon, and nothing is created."""

import os
import subprocess
import time

import pytest
from hasmany import User

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent by a shell")


def test_ctrl_c_is_heard_while_a_list_is_read(store):
    names = ["name"] * 20_000_000
    # From outside: while the list is read no other thread of this process runs.
    with subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -INT {os.getpid()}"]):
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            User.insert_all(username=names)
        assert time.monotonic() - begun < 3  # half a second on a machine that does nothing else
    assert len(User.all()) == 0
    store.check()
