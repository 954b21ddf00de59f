"""Libraries that a test may need, and is skipped without."""

from typing import Any

import pytest


def pyarrow() -> Any:
    return pytest.importorskip("pyarrow")


def polars() -> Any:
    return pytest.importorskip("polars")


def pandas() -> Any:
    return pytest.importorskip("pandas", "3")
