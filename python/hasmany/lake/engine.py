"""The engines that answer, by ibis, and what their errors are here."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from .duck import check_version, text
from .libraries import duckdb, ibis


def connected(engine: str, memory_limit: str | int | None, temp_directory: str | os.PathLike[str] | None) -> Any:
    """A connection of ibis for a name, or an address."""
    if engine != "duckdb":
        raise ValueError(
            f"engine is 'duckdb', not {engine!r}; other engines' tables come in with tables={{Model: table}}"
        )
    check_version()
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
        if memory_limit is not None:
            _limit_threads(connection)
    except duckdb.Error as error:
        connection.disconnect()
        raise ValueError(f"memory_limit={memory_limit!r} is not understood: {error}") from error
    return connection


_ROOM = 125 << 20
"""Of a thread: with less DuckDB may not come to an end."""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def _limit_threads(connection: Any) -> None:
    """As many threads as have room."""
    limit, threads = connection.con.execute(
        "SELECT current_setting('memory_limit'), current_setting('threads')"
    ).fetchone()
    number, unit = limit.split()
    room = float(number) * 1024 ** _UNITS.index(unit)
    connection.raw_sql(f"SET threads = {max(1, min(threads, int(room // _ROOM)))}")


def _quoted(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else text(str(value))


@contextmanager
def errors() -> Generator[None]:
    """Raises what an engine raises as what it is in memory, and says nothing of an answer's part."""
    try:
        yield
    except duckdb.Error as error:
        said = str(error)
        if said.startswith("Out of Memory Error"):
            raise MemoryError(f"the question does not fit memory_limit, nor the disk beside it: {said}") from error
        if "verflow" in said or said.startswith(("Out of Range Error", "Conversion Error")):
            raise OverflowError(f"a number is too large for a row; nothing was wrapped or rounded: {said}") from error
        if said.startswith(("IO Error", "HTTP Error")):
            raise OSError(said) from error
        raise
