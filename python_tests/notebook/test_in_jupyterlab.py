"""The notebooks show themselves in JupyterLab, too. `jupyterlab.py` is the program; it installs what it needs where it is asked to."""

import pytest

from .books import BOOKS
from .browser import browser
from .jupyterlab import THEMES, lab, look


def test_all_that_notebooks_show_is_seen_in_both_themes(tmp_path):
    program, server = browser(), lab(tmp_path)
    if program is None:
        pytest.skip("there is no Chromium here")
    if server is None:
        pytest.skip("there is no JupyterLab here")
    assert look(program, server, tmp_path) == []
    assert {file.stem for file in tmp_path.glob("*.png")} == {f"{book}-{theme}" for book in BOOKS for theme in THEMES}
