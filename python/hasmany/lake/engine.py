"""The engines that answer, by ibis, and what their errors are here."""

import os
import re
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from .libraries import duckdb, ibis


def connected(engine: str, memory_limit: str | int | None, temp_directory: str | os.PathLike[str] | None) -> Any:
    """A connection of ibis for a name, or an address."""
    if engine != "duckdb":
        raise ValueError(
            f"engine is 'duckdb', not {engine!r}; other engines' tables come in with tables={{Model: table}}"
        )
    connection: Any = ibis.duckdb.connect()
    # Rows are in no order but what is asked for.
    settings: dict[str, Any] = {"preserve_insertion_order": False}
    if memory_limit is not None:
        settings["memory_limit"] = memory_limit if isinstance(memory_limit, str) else f"{memory_limit}B"
    # What does not fit goes there, and DuckDB takes it away at its end.
    settings["temp_directory"] = os.fspath(
        temp_directory or os.path.join(tempfile.gettempdir(), f"hasmany-{os.getpid()}")
    )
    try:
        for name, value in settings.items():
            connection.raw_sql(f"SET {name} = {_quoted(value)}")
    except duckdb.Error as error:
        connection.disconnect()
        raise ValueError(f"memory_limit={memory_limit!r} is not understood: {error}") from error
    return connection


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


def _quoted(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "'" + str(value).replace("'", "''") + "'"


@contextmanager
def errors() -> Generator[None]:
    """Raises what an engine raises as what it is in memory, and says nothing of an answer's part."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError(f"the question does not fit memory_limit, nor the disk beside it: {error}") from error
    except duckdb.Error as error:
        text = str(error)
        if isinstance(error, (duckdb.OutOfRangeException, duckdb.ConversionException)) or "verflow" in text:
            raise OverflowError(f"a number is too large for a row; nothing was wrapped or rounded: {text}") from error
        if isinstance(error, (duckdb.IOException, duckdb.HTTPException)):
            raise OSError(text) from error
        raise
