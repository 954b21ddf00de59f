"""Ctrl-C is heard in the midst of every long call, which then has done nothing; where it comes too late, all."""

import os
import signal
import subprocess
import sys

import pytest
from hasmany import Store, User

from .calls import CALLS, interrupted, is_all_or_nothing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent by a shell")


@pytest.mark.parametrize("name", CALLS)
def test_an_interrupted_call_does_nothing_or_all(name):
    whole, runs = interrupted(name, 10_000, 1)
    for one in runs:
        assert is_all_or_nothing(one, whole), one
        assert one["heard"] < 5  # half a second, on a machine that does nothing else


def test_a_handler_of_ones_own_is_called_and_what_it_raises_is_raised():
    program = """
import os, signal, subprocess, sys
import numpy as np
from hasmany import Store, Tweet, User

class Enough(Exception): ...

def enough(*_): raise Enough

signal.signal(signal.SIGINT, enough)
with Store() as store:
    User("alice")
    authors = np.ones(30_000_000, dtype=np.int64)
    subprocess.Popen(["sh", "-c", f"sleep 0.1; kill -INT {os.getpid()}"])
    try:
        Tweet.insert_all(user=authors, message="hello")
    except Enough:
        print("enough", len(Tweet.all()))
        store.check()
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert run.stdout == "enough 0\n", run.stderr


def test_what_was_pressed_before_a_call_is_raised_before_it(store):
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        User("alice")
    assert len(User.all()) in (0, 1)
    assert Store.current() is store
