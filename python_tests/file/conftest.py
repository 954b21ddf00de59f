"""Where a store's file may be."""

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path) -> Path:
    """Of a file that is not there yet."""
    return tmp_path / "likes.db"
