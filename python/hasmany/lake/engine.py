"""The engines that answer, by ibis, and what their errors are here: DuckDB is here, Spark in `spark.py`."""

import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from ..elsewhere import new_file
from ..errors import SchemaError
from ..places import Place
from ..ranked import Question
from . import duck
from .duck import check_version, text
from .libraries import Rows, duckdb, ibis, operations, parquet

_ENGINES = "engine is 'duckdb', the address of Spark Connect as in 'sc://host:15002', or a connection of ibis"


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

    has_tasks = False
    """Whether it ranks in tasks."""

    def ranked(self, links: Rows, question: Question, owners: Rows, schema: Any) -> Rows:
        """The rankings of owners over links, both tables in their order, made by hasmany where the engine runs: rows of an ibis
        schema, in no order."""
        raise NotImplementedError

    @abstractmethod
    def errors(self) -> AbstractContextManager[None]:
        """Raises what the engine raises as what it is in memory, and says nothing of an answer's part."""

    @abstractmethod
    def close(self) -> None:
        """Takes away what was made for a lake, and ends a connection of its own."""


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
            from .spark import Spark

            return Spark.opened(engine, temp_directory)
        raise ValueError(f"{_ENGINES}, not {engine!r}")
    return given(engine, temp_directory)


def given(connection: Any, temp_directory: str | os.PathLike[str] | None) -> Engine:
    """The engine of a connection of ibis."""
    match getattr(connection, "name", None):
        case "duckdb":
            check_version()
            return Duck(connection, is_own=False)
        case "pyspark":
            from .spark import Spark

            return Spark(connection, temp_directory, is_own=False)
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


class Duck(Engine):
    """DuckDB, in this process."""

    def __init__(self, connection: Any, *, is_own: bool) -> None:
        super().__init__(connection, is_own=is_own)
        self._views: list[str] = []

    def reads(self, place: Place) -> str:
        return place.readable(self.connection)

    def files(self, paths: list[str], schema: Any) -> Rows:
        name: str = ibis.util.gen_name("hasmany")
        self._views.append(name)
        return duck.files(self.connection, name, paths, [*schema.names])

    def run(self, expr: Rows) -> Any:
        return duck.answer(self.connection, expr)

    def batches(self, expr: Rows) -> Iterator[Any]:
        return duck.batches(self.connection, expr)

    def write(self, expr: Rows, path: str) -> None:
        if "://" not in path:
            duck.write(self.connection, expr, path)
            return
        with new_file(path) as out, parquet.ParquetWriter(out, expr.schema().to_pyarrow()) as writer:
            for batch in self.batches(expr):
                writer.write_batch(batch)

    def errors(self) -> AbstractContextManager[None]:
        return _errors()

    def close(self) -> None:
        if self.is_own:
            self.connection.disconnect()
            return
        for name in self._views:
            with suppress(duckdb.Error):
                self.connection.raw_sql(f'DROP VIEW IF EXISTS "{name}"')


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
    return str(value).lower() if isinstance(value, bool) else text(str(value))


@contextmanager
def _errors() -> Generator[None]:
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
    except RuntimeError as error:
        # DuckDB hears Ctrl-C while it computes, and says so in words of its own.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise error.__cause__ from None
        raise
