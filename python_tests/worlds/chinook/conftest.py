"""The database as SQL reads it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from .shop import FILE


@pytest.fixture
def sql() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{FILE.as_uri()}?mode=ro", uri=True)) as connection:
        yield connection
