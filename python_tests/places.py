"""Where things outside the tests lie."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"  # data sets, for those who have them


def needs(file: Path, what: str) -> pytest.MarkDecorator:
    """Skips what is marked where this file of the data sets is not there."""
    return pytest.mark.skipif(not file.is_file(), reason=f"no {file}, which holds {what}")
