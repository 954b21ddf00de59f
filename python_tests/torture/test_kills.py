"""kill -9 at any moment: nothing that was acknowledged is lost, nothing half-done is there."""

import sys

import pytest

from .kills import KINDS
from .programs import run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes do not fork here")


@pytest.mark.parametrize("kind", KINDS)
def test_a_process_may_be_killed_at_any_moment(kind):
    assert run("kills", "--count", 20, "--kinds", kind).startswith("20 kills")
