"""What is nearly a store's file, a page's token or Arrow is read as what it means, or is a named error: no panic, no
endless waiting, no other rows."""

import os
import signal
import sys
from random import Random

import pytest

from .fuzz import KINDS
from .guard import failures
from .programs import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes do not fork here")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_nearly_right_is_read_or_refused(kind):
    assert run("fuzz", "--trials", 400, "--kinds", kind) == "0 failed"


def test_a_trial_that_ends_its_process_or_raises_is_told_and_the_others_go_on(monkeypatch):
    monkeypatch.setattr(f"{failures.__module__}.PATIENCE", 1)
    done = {"dies": lambda: os.kill(os.getpid(), signal.SIGKILL), "waits": signal.pause, "raises": lambda: 1 / 0}

    def trial(random: Random) -> None:
        what = random.choice(["dies", "waits", "raises", "fine"])
        done.get(what, lambda: None)()

    expected = []
    for number in range(12):
        what = Random(f"x {number}").choice(["dies", "waits", "raises", "fine"])
        ending = {"dies": "SIGKILL", "waits": "nothing for 1 s", "raises": "ZeroDivisionError"}.get(what)
        expected += [(number, ending)] if ending else []
    found = [(int(number), said) for number, said in (line.split(": ", 1) for line in failures(trial, "x", 0, 12))]
    assert [number for number, _ in found] == [number for number, _ in expected]
    assert all(ending in said for (_, ending), (_, said) in zip(expected, found, strict=True))
