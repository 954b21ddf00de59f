"""A lake with a memory limit answers within it, the same as without."""

import sys

import pytest

from .programs import run

pytest.importorskip("ibis", reason="hasmany.lake needs ibis")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what is resident is read on Linux")


def test_questions_of_more_than_fits_stay_within_the_limit():
    said = run("lakes", "--links", 1_000_000, "--limit", "70MB", "--beyond", "--questions", "distinct", "pairs")
    assert said == "0 of 2 questions fail"
