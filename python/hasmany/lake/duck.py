"""DuckDB: each question on a cursor of its own, so that no other one ends it."""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from ..elsewhere import new_file, new_path
from ..places import Place
from .duck_sql import DuckSQL
from .engine import Engine
from .libraries import Rows, duckdb, expressions, ibis, operations, parquet, pyarrow

NEEDED = "duckdb>=1.4,<2"
"""As `pip install "hasmany[lake]"` has it: ibis 12 calls what DuckDB 2 has no more, and 2.0.0 gives wrong rows."""
ROWS_A_BATCH = 1 << 16


def check_version() -> None:
    """Raises `ImportError` where another DuckDB is installed than works here."""
    version = [int(part) if part.isdigit() else 0 for part in duckdb.__version__.split(".")[:2]]
    if not [1, 4] <= version < [2, 0]:
        raise ImportError(
            f'hasmany.lake works with {NEEDED}, and {duckdb.__version__} is installed: pip install "{NEEDED}"',
            name="duckdb",
        )


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
        return _files(self.connection, name, paths, [*schema.names])

    def run(self, expr: Rows) -> Any:
        return _answer(self.connection, expr)

    def batches(self, expr: Rows) -> Iterator[Any]:
        return _batches(self.connection, expr)

    def write(self, expr: Rows, path: str) -> None:
        if "://" not in path:
            _write(self.connection, expr, path)
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


def _files(connection: Any, name: str, paths: list[str], columns: list[str]) -> Rows:
    """The rows of Parquet files: a view, of which a question reads the columns that it needs."""
    listed = ", ".join(text(path) for path in paths)
    named = ", ".join(_name(column) for column in columns)
    connection.con.execute(
        f"CREATE VIEW {_name(name)} AS SELECT {named} FROM read_parquet([{listed}], hive_partitioning = false)"
    )
    return connection.table(name)


def text(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


_COMPILER = DuckSQL()


def sql(connection: Any, expr: Rows) -> str:
    """A question in SQL."""
    query: Any = _COMPILER.to_sqlglot(expr.unbind())
    for part in query.find_all(expressions.CTE):
        # A table by other names is not computed: it is read, where it is used, as far as it is needed there.
        if {name for name, said in part.this.args.items() if said} <= {"kind", "expressions", "from", "from_"}:
            part.set("materialized", False)
    return str(query.sql(dialect=connection.dialect, copy=False))


@contextmanager
def _cursor(connection: Any, expr: Rows) -> Generator[Any]:
    """A connection to the same database, which knows the tables in memory that a question names."""
    connection._run_pre_execute_hooks(expr)
    cursor: Any = connection.con.cursor()
    try:
        for table in expr.op().find(operations.InMemoryTable):
            cursor.register(table.name, table.data.to_pyarrow(table.schema))
        yield cursor
    finally:
        cursor.close()


def _answer(connection: Any, expr: Rows) -> Any:
    """The answer, as an Arrow table."""
    query, target = sql(connection, expr), expr.schema().to_pyarrow()
    with _cursor(connection, expr) as cursor:
        try:
            found = cursor.execute(query)
        except duckdb.CatalogException:
            # Temporary tables are known to the connection alone.
            found = connection.con.sql(query)
        return _of_types(found.to_arrow_table(), target)


def _batches(connection: Any, expr: Rows) -> Iterator[Any]:
    """The answer as Arrow batches, one after the other; where it is of temporary tables of somebody's connection, on which
    any other question would end it, all is computed first."""
    query, target = sql(connection, expr), expr.schema().to_pyarrow()
    with _cursor(connection, expr) as cursor:
        try:
            cursor.execute(query)
        except duckdb.CatalogException:
            yield from _answer(connection, expr).to_batches(ROWS_A_BATCH)
            return
        # Called otherwise before 1.5.
        read = getattr(cursor, "to_arrow_reader", None) or cursor.fetch_record_batch
        try:
            for batch in read(ROWS_A_BATCH):
                yield from _of_types(pyarrow.Table.from_batches([batch]), target).to_batches()
        except (OSError, pyarrow.ArrowException) as error:
            # What a question stops at comes as this, with DuckDB's words.
            raise duckdb.Error(str(error)) from error


def _write(connection: Any, expr: Rows, path: str) -> None:
    """The answer as a Parquet file of this machine, which has its name when it is whole."""
    query = sql(connection, expr)
    with new_path(path) as new, _cursor(connection, expr) as cursor:
        copy = f"COPY ({query}) TO {text(new)} (FORMAT parquet)"
        try:
            cursor.execute(copy)
        except duckdb.CatalogException:
            connection.con.execute(copy)


def _of_types(table: Any, target: Any) -> Any:
    return table if table.schema.types == target.types else table.cast(target)


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
