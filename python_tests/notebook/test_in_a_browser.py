"""What a tweet says is text in a real browser, too. `browser.py` is the program; it installs one where it is asked to."""

import pytest

from .browser import browser, look


def test_nothing_that_a_row_says_runs(tmp_path):
    program = browser()
    if program is None:
        pytest.skip("there is no Chromium here")
    assert look(program, tmp_path) == []
    assert {file.suffix for file in tmp_path.iterdir()} == {".html", ".png"}
