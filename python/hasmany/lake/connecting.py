"""Which engine answers: one that is opened by its name or address, or somebody's own."""

import os
import tempfile
from typing import Any

from ..errors import SchemaError
from . import spark
from .duck import Duck, check_version, text
from .engine import Engine, limit
from .libraries import Rows, duckdb, ibis, operations

_ENGINES = "engine is 'duckdb', the address of Spark Connect as in 'sc://host:15002', or a connection of ibis"


def connected(engine: Any, memory_limit: str | int | None, temp_directory: str | os.PathLike[str] | None) -> Engine:
    """An engine by its name or its address, or one that somebody has opened."""
    if engine != "duckdb":
        return _other(engine, temp_directory)
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
    return Duck(connection, is_own=True)


_ROOM = 125 << 20
"""Of a thread: with less DuckDB may not come to an end."""


def _limit_threads(connection: Any) -> None:
    """As many threads as have room."""
    (threads,) = connection.con.execute("SELECT current_setting('threads')").fetchone()
    connection.raw_sql(f"SET threads = {max(1, min(threads, limit(connection, None) // _ROOM))}")


def _other(engine: Any, temp_directory: str | os.PathLike[str] | None) -> Engine:
    if isinstance(engine, str):
        if engine.startswith("sc://"):
            return spark.Spark.opened(engine, temp_directory)
        raise ValueError(f"{_ENGINES}, not {engine!r}")
    return given(engine, temp_directory)


def given(connection: Any, temp_directory: str | os.PathLike[str] | None) -> Engine:
    """The engine of a connection of ibis."""
    match getattr(connection, "name", None):
        case "duckdb":
            check_version()
            return Duck(connection, is_own=False)
        case "pyspark":
            return spark.Spark(connection, temp_directory, is_own=False)
        case str(name) if isinstance(connection, ibis.BaseBackend):
            raise SchemaError(
                f"{name} does not answer all questions as memory does, and this package has not mended what differs; DuckDB "
                "reads the tables of other databases (ATTACH), and Spark does"
            )
        case _:
            raise TypeError(f"{_ENGINES}, not {type(connection).__name__}")


def of_tables(
    tables: list[Rows], engine: Any, memory_limit: str | int | None, temp_directory: str | os.PathLike[str] | None
) -> Engine:
    """The one engine that tables are on; of tables in memory, the one that was named."""
    nodes = [node for table in tables for node in table.op().find(operations.PhysicalTable)]
    sources = {id(node.source): node.source for node in nodes if hasattr(node, "source")}
    if len(sources) > 1:
        raise SchemaError("the tables are on several engines, and no question joins them; bring them to one")
    if not sources:
        return connected(engine, memory_limit, temp_directory)
    (source,) = sources.values()
    if engine != "duckdb" and engine is not source:
        raise SchemaError("the tables are on another engine than engine= says; it may be left out")
    return given(source, temp_directory)


def _quoted(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else text(str(value))
