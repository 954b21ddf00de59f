"""What a lake has opened: where the rows of its models are, and the engine that answers."""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import made
from .._hasmany import Many, Record, Schema, Store, lake_members, lake_store
from ..described import ModelDescription
from ..elsewhere import local_path
from ..errors import SchemaError
from ..ranked import Question
from .engine import Cluster, Engine, limit
from .libraries import Rows, ibis, operations
from .records import Source
from .unchanged import Unchanged

Read = Callable[[Engine, Store, Unchanged], tuple[Mapping[str, Source], Mapping[str, int] | None]]
"""Declares models in a store without rows, and says where their rows are, by table, and which ids come next where that is known."""


class Opened:
    """The models of a lake, their rows, and the engine; a closed one answers no more."""

    def __init__(
        self, place: str, engine: Engine, memory_limit: str | int | None, read: Read, *, are_own: bool
    ) -> None:
        """`are_own`: whether the classes are somebody's own, and not made from what a folder says. Where it fails the engine ends."""
        self.place = place
        self._engine: Engine | None = engine
        self._memory_limit = memory_limit
        self._store = lake_store()
        self._unchanged = Unchanged()
        self.are_own = are_own
        try:
            with engine.errors():
                self.sources, self.next_ids = read(engine, self._store, self._unchanged)
        except BaseException:
            self.close()
            raise
        self.models: Mapping[str, type[Record]] = made.models_of(self._store)
        """By name."""
        self.described: Mapping[str, ModelDescription] = {model["table"]: model for model in made.here(self._store)}
        """By table."""

    # ── the models ───────────────────────────────────────────────────────────────────────────────

    @property
    def schema(self) -> Schema:
        """What it is made of."""
        return self._store.schema

    def table(self, model: Any) -> str:
        """The table of a class or a name. Raises `SchemaError` where it is none of the models."""
        for (name, own), table in zip(self.models.items(), self.described, strict=True):
            if own is model or name == model:
                return table
        called = getattr(model, "__name__", repr(model))
        known = ", ".join(self.models)
        raise SchemaError(
            f"{called} is no model of this lake, which has {known}; a class of one's own: Lake(place, models=[...])"
        )

    def members(self, table: str) -> Many[Any]:
        """A collection in memory of none of a model's rows, which stands for them where words are checked."""
        return lake_members(self._store, self.models[self.described[table]["name"]])[:0]

    def target(self, table: str, field: str) -> str:
        """The table that a reference leads to."""
        to = next(each["to"] for each in self.described[table]["fields"] if each["name"] == field)
        return next(name for name, model in self.described.items() if model["name"] == to)

    # ── running ──────────────────────────────────────────────────────────────────────────────────

    def engine(self) -> Engine:
        """What answers. Raises `ValueError` once it is closed."""
        if self._engine is None:
            raise ValueError("the lake was closed")
        return self._engine

    @property
    def has_tasks(self) -> bool:
        """Whether the engine ranks in tasks."""
        return isinstance(self.engine(), Cluster)

    def cluster(self) -> Cluster:
        """The engine. Raises `SchemaError` where it has no tasks."""
        engine = self.engine()
        if not isinstance(engine, Cluster):
            raise SchemaError(
                "way='tasks' is for a cluster, Lake(..., engine='sc://...'); here it is 'memory' or 'sql'"
            )
        return engine

    @contextmanager
    def _asking(self, expr: Rows) -> Generator[Engine]:
        """The engine, for a question whose answer is whole and of the files that were opened, or an error."""
        tables = (table.name for table in expr.op().find(operations.DatabaseTable))
        engine = self.engine()
        with engine.errors(), self._unchanged.during([*tables]):
            yield engine

    def run(self, expr: Rows) -> Any:
        """The answer, as an Arrow table: all of it, or an error."""
        with self._asking(expr) as engine:
            return engine.run(expr)

    def count(self, rows: Rows) -> int:
        """How many rows there are."""
        return int(self.run(rows.aggregate(n=rows.count()))["n"][0].as_py())

    def stream(self, expr: Rows) -> Iterator[Any]:
        """The answer as Arrow batches, one after the other."""
        with self._asking(expr) as engine:
            yield from engine.batches(expr)

    def write(self, expr: Rows, path: str) -> None:
        """The answer as a file, here or elsewhere."""
        local = local_path(path)
        with self._asking(expr) as engine:
            engine.write(expr, path if local is None else local)

    def ranked(self, links: Rows, asked: Question, owners: Rows, schema: Any) -> Rows:
        """Rankings that the tasks of a cluster make, as a table of an Arrow schema."""
        with self._asking(links):
            return self.cluster().ranked(links, asked, owners, ibis.Schema.from_pyarrow(schema))

    def memory_limit(self) -> int:
        """Bytes that an answer may take."""
        engine = self.engine()
        with engine.errors():
            return limit(engine.connection, self._memory_limit)

    # ── its end ──────────────────────────────────────────────────────────────────────────────────

    @property
    def is_closed(self) -> bool:
        """Whether nothing answers any more."""
        return self._engine is None

    def close(self) -> None:
        """Closes the engine that was opened for it. May be called again."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def __repr__(self) -> str:
        return f"Lake({self.place!r})"
