"""A call that runs out of memory raises MemoryError and changes nothing."""

import sys

import pytest

from .memory_calls import CALLS
from .programs import run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux")


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_runs_out_of_memory_raises_memoryerror_and_changes_nothing(name):
    said = run("memory", "--most", 64, "--limits", 4, "--rows", 20_000, "--calls", name)
    assert said.startswith("0 of 1 calls fail")
