"""The pytest plugin: the fixture `store`, and why two collections are not equal. pytest loads it where hasmany is installed.

Nothing else of the package imports this module, so pytest need not be there.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ._hasmany import Store, replace_blocks, replace_default
from .comparing import explain


@pytest.fixture
def store() -> Iterator[Store]:
    """A fresh store in memory, current for the test and for every thread and task of it; checked when the test is over.

    What was current before is current again afterwards. A `store` of your own conftest.py takes its place.
    """
    fresh = Store()
    # As `use()` does, and not a block: a block holds for its own thread only, and what the code under test says with
    # `use()` would have no effect inside it.
    blocks = replace_blocks(None)
    before = replace_default(None)
    fresh.use()
    try:
        yield fresh
        fresh.check()
    finally:
        replace_default(before)
        replace_blocks(blocks)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: Any, right: Any) -> list[str] | None:
    """What differs where `assert many == [...]` fails."""
    return explain(left, right, config.get_verbosity(pytest.Config.VERBOSITY_ASSERTIONS)) if op == "==" else None
