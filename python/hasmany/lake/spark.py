"""Spark, and what speaks as it does (Databricks, Sail): a cluster that is asked by Spark Connect."""

import os
import socket
import tempfile
import weakref
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from itertools import chain, islice
from typing import Any, Self
from urllib.parse import urlsplit

from ..elsewhere import new_file
from ..errors import SchemaError
from ..places import Place
from ..ranked import Question
from .engine import Cluster
from .libraries import Rows, ibis, operations, parquet, pyarrow
from .spark_sql import SailSQL, SparkSQL
from .spark_tasks import SLICE, forget, new_place, task

SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
}
"""What a session is set to: numbers that are too large are errors, decimals are exact, times are in UTC."""
_PATIENCE = 10
"""Seconds for which an address is tried."""
_RETRIES = {"max_retries": 5, "initial_backoff": 100, "backoff_multiplier": 3.0, "max_backoff": 5000}
"""How often a call is tried again that has found nobody: for about fifteen seconds, where the client's own way is ten minutes."""
_ALIVE = [("grpc.keepalive_time_ms", 330_000), ("grpc.keepalive_timeout_ms", 20_000)]
"""How an engine is missed that says nothing any more; servers take it amiss to be asked more often than every five minutes."""


class Spark(Cluster):
    """A session of Spark."""

    @classmethod
    def opened(cls, address: str, folder: str | os.PathLike[str] | None) -> Self:
        """One of its own, at the address of a server."""
        session = _session(address)
        if folder is None and urlsplit(address).hostname in ("127.0.0.1", "::1", "localhost"):
            folder = tempfile.gettempdir()
        return cls(ibis.pyspark.connect(session), folder, is_own=True)

    def __init__(self, connection: Any, folder: str | os.PathLike[str] | None, *, is_own: bool) -> None:
        """`folder` is a place that all of the cluster and this machine reach."""
        super().__init__(connection, is_own=is_own)
        self._folder = None if folder is None else os.fspath(folder)
        self._written: list[str] = []
        self._session: Any = connection._session
        self._views: set[str] = set()
        with self.errors():
            for name, value in SETTINGS.items():
                self._session.conf.set(name, value)
            self._compiler = SailSQL() if self._wraps() else SparkSQL()
        # A session that nobody has ended keeps the process from ending.
        self._end = weakref.finalize(self, _ended, self._session, self._views, self._written, is_own)

    def _wraps(self) -> bool:
        """Whether an int that is too large is no error. Spark is known by its version, and not asked for an error, which it logs."""
        if self._session.sql("SELECT version()").toArrow()[0][0].as_py().startswith(self._session.version):
            return False
        try:
            self._session.sql(f"SELECT CAST('{2**63 - 1}' AS BIGINT) + CAST('1' AS BIGINT)").toArrow()
        except _errors_of_spark().PySparkException as error:
            if "verflow" in str(error):
                return False
            raise
        return True

    def reads(self, place: Place) -> str:
        return place.address()

    def files(self, paths: list[str], schema: Any) -> Rows:
        if any(kind.is_time() for kind in schema.values()):
            # Spark has them since 4.1, and does not say so yet.
            self._session.conf.set("spark.sql.timeType.enabled", "true")
        return self._view(self._session.read.schema(_struct(schema)).parquet(*paths), schema)

    def _frame(self, expr: Rows) -> Any:
        """A question as a DataFrame of Spark, which has not run."""
        table = expr.as_table()
        for node in table.op().find(operations.InMemoryTable):
            if node.name not in self._views:
                rows = node.data.to_pyarrow(node.schema)
                kinds = _struct(node.schema)
                made = self._session.createDataFrame(rows if len(rows) else [], kinds)
                made.createOrReplaceTempView(node.name)
                self._views.add(node.name)
        return self._session.sql(self._compiler.to_sqlglot(table).sql(dialect=self._compiler.dialect))

    def run(self, expr: Rows) -> Any:
        return self._frame(expr).toArrow()

    def batches(self, expr: Rows) -> Iterator[Any]:
        frame = self._frame(expr)
        plan = getattr(frame, "_plan", None)
        if plan is None:
            # In a session that is no client's all of it comes at once.
            yield from frame.toArrow().to_batches(max_chunksize=1 << 16)
            return
        client = self._session.client
        for part in client.to_table_as_iterator(plan.to_proto(client), {}):
            if isinstance(part, pyarrow.Table):
                yield from part.to_batches(max_chunksize=1 << 16)

    def write(self, expr: Rows, path: str) -> None:
        """At an address (`s3://...`) the cluster writes a folder; at a path this machine writes a file, of what it is sent."""
        if "://" in path:
            self._frame(expr).write.parquet(path)
            return
        batches = self.batches(expr)
        with new_file(path) as out:
            first = [*islice(batches, 1)]
            schema = first[0].schema if first else self.run(expr.limit(0)).schema
            with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
                for batch in chain(first, batches):
                    writer.write_batch(batch)

    def ranked(self, links: Rows, question: Question, owners: Rows, schema: Any) -> Rows:
        place = new_place(self._folder)
        self._written.append(place)
        self._frame(links).write.parquet(place)
        slices = -(-self.run(owners.aggregate(n=owners.count()))["n"][0].as_py() // SLICE)
        self._session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", str(SLICE))
        made = self._frame(owners).repartition(max(slices, 1)).mapInArrow(task(place, question), _struct(schema))
        return self._view(made, schema)

    def _view(self, frame: Any, schema: Any) -> Rows:
        name: str = ibis.util.gen_name("hasmany")
        frame.createOrReplaceTempView(name)
        self._views.add(name)
        # What may be null and what not are two types to ibis, which makes no union of them.
        schema = ibis.schema({column: kind.copy(nullable=True) for column, kind in schema.items()})
        return operations.DatabaseTable(name, schema=schema, source=self.connection).to_expr()

    def errors(self) -> AbstractContextManager[None]:
        return _errors()

    def close(self) -> None:
        self._end()


def _ended(session: Any, views: set[str], written: list[str], is_own: bool) -> None:
    for place in written:
        forget(place)
    with suppress(Exception):  # of an engine that has gone nothing is left to take away
        if is_own:
            session.stop()
        else:
            for name in views:
                session.catalog.dropTempView(name)


def _session(address: str) -> Any:
    """A session of its own, which is nobody's default, at an address that answers."""
    try:
        client = import_module("pyspark.sql.connect.session")
        builders = import_module("pyspark.sql.connect.client.core")
        retries = import_module("pyspark.sql.connect.client.retries")
        ibis.pyspark  # noqa: B018 - imports it
    except ImportError as error:
        raise ImportError(
            f'engine={shown(address)!r} needs a client of Spark Connect: pip install "hasmany[spark]", for Sail "hasmany[sail]" '
            f"({error})",
            name=error.name,
        ) from error
    parts = urlsplit(address)
    if not parts.hostname:
        raise ValueError(f"an address is 'sc://host:port', not {shown(address)!r}")
    try:
        socket.create_connection((parts.hostname, parts.port or 15002), timeout=_PATIENCE).close()
    except OSError as error:
        raise ConnectionError(f"no engine answers at {shown(address)}: {error}; is it started there?") from error
    session: Any = client.SparkSession(connection=builders.DefaultChannelBuilder(address, channelOptions=_ALIVE))
    session.client.set_retry_policies([retries.DefaultPolicy(**_RETRIES)])
    return session


def shown(address: str) -> str:
    """An address without what follows it, where secrets are."""
    return address.split("/;")[0].split(";")[0]


def _struct(schema: Any) -> Any:
    """An ibis schema in Spark's types."""
    types = import_module("pyspark.sql.types")
    converted = import_module("ibis.backends.pyspark.datatypes").PySparkType

    def of(name: str, kind: Any) -> Any:
        if not kind.is_time():
            return converted.from_ibis(kind)
        if not hasattr(types, "TimeType"):
            raise SchemaError(f"{name} is a time, which this Spark does not have; leave it out of the class")
        return types.TimeType(6)

    return types.StructType([types.StructField(name, of(name, kind)) for name, kind in schema.items()])


def _errors_of_spark() -> Any:
    return import_module("pyspark.errors")


_GONE = (
    "UNAVAILABLE",
    "INVALID_HANDLE",
    "SESSION_CHANGED",
    "SESSION_NOT_FOUND",
    "Socket closed",
    "Connection reset",
    "failed to connect",
    "Connection refused",
)
_TOO_LARGE = ("verflow", "OUT_OF_RANGE", "out of range", "Overflow", "NUMERIC_VALUE_OUT_OF_RANGE")
_NO_FILE = (
    "FILE_NOT_EXIST",
    "PATH_NOT_FOUND",
    "FileNotFoundException",
    "No such file",
    "not found: Object",
    "FAILED_READ_FILE",
)


@contextmanager
def _errors() -> Generator[None]:
    own = _errors_of_spark().PySparkException
    rpc: Any = import_module("grpc").RpcError
    try:
        yield
    except (own, rpc) as error:
        text = str(error)
        if isinstance(error, rpc) or any(word in text for word in _GONE):
            raise ConnectionError(f"the engine has gone, or cannot be reached; there is no answer: {text}") from error
        if isinstance(error, _errors_of_spark().ArithmeticException) or any(word in text for word in _TOO_LARGE):
            raise OverflowError(f"a number is too large for a row; nothing was wrapped or rounded: {text}") from error
        if "No module named 'hasmany'" in text:
            raise ModuleNotFoundError(
                f"the cluster's workers rank, and have no hasmany: install it there: {text}"
            ) from error
        if "OutOfMemory" in text or "Resources exhausted" in text:
            raise MemoryError(f"the question does not fit the engine's memory: {text}") from error
        if any(word in text for word in _NO_FILE):
            raise OSError(f"the engine cannot read the lake's files, which it reads where it runs: {text}") from error
        raise
