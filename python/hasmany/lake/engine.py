"""What an engine is, by ibis: DuckDB's is in `duck.py`, Spark's in `spark.py`."""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

from ..places import Place
from ..ranked import Question
from .libraries import Rows


class Engine(ABC):
    """A connection of ibis, and what is its own way of answering."""

    def __init__(self, connection: Any, *, is_own: bool) -> None:
        self.connection = connection
        self.is_own = is_own
        """Whether it was opened for one lake, and ends with it."""

    @abstractmethod
    def reads(self, place: Place) -> str:
        """What stands before the names of a place's files for this engine, which is told how to read them."""

    @abstractmethod
    def files(self, paths: list[str], schema: Any) -> Rows:
        """The rows of Parquet files that have the columns of an ibis schema, and maybe others."""

    @abstractmethod
    def run(self, expr: Rows) -> Any:
        """An answer as an Arrow table."""

    @abstractmethod
    def batches(self, expr: Rows) -> Iterator[Any]:
        """An answer as Arrow batches."""

    @abstractmethod
    def write(self, expr: Rows, path: str) -> None:
        """An answer as a Parquet file, at a path or an address."""

    @abstractmethod
    def errors(self) -> AbstractContextManager[None]:
        """Raises what the engine raises as what it is in memory, and says nothing of an answer's part."""

    @abstractmethod
    def close(self) -> None:
        """Takes away what was made for a lake, and ends a connection of its own."""


class Cluster(Engine):
    """An engine that ranks in tasks."""

    @abstractmethod
    def ranked(self, links: Rows, question: Question, owners: Rows, schema: Any) -> Rows:
        """The rankings of owners over links, both tables in their order, made by hasmany where the engine runs: rows of an ibis
        schema, in no order."""


_UNITS = {
    f"{prefix}{'i' if base == 1024 else ''}b": base**at
    for base in (1000, 1024)
    for at, prefix in enumerate(["", "k", "m", "g", "t"])
    if prefix or base == 1000
} | {"": 1}


def limit(connection: Any, given: str | int | None) -> int:
    """Bytes that there are for an answer: what DuckDB was told, or takes by itself; of another engine what was given, or four
    fifths of the memory there is."""
    if connection.name == "duckdb" and given is None:
        given = str(connection.raw_sql("SELECT current_setting('memory_limit')").fetchone()[0])
    if given is None:
        return (
            os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 4 // 5 if hasattr(os, "sysconf") else 2**63 - 1
        )
    said = re.fullmatch(r"\s*([0-9.]+)\s*([a-z]*)\s*", str(given).lower())
    if said is None or said[2] not in _UNITS:
        raise ValueError(f"memory_limit is bytes or a text like '2GB', not {given!r}")
    return int(float(said[1]) * _UNITS[said[2]])
