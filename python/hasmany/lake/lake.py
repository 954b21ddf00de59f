"""`Lake`: models whose rows are elsewhere, in files or in an engine's tables."""

import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, Self, TypeVar

from .. import made
from .._hasmany import Many, Record, Schema, Store, lake_members, lake_store
from ..elsewhere import local_path, place_of
from ..errors import ForeignStoreError, SchemaError
from ..ranked import Question
from . import folder, loading
from . import tables as others
from .compile import Compiler
from .engine import Engine, connected, limit, of_tables
from .libraries import Rows, ibis, operations
from .selection import Selection
from .unchanged import Unchanged

_T = TypeVar("_T", bound=Record)


class Lake:
    """Models whose rows are not in memory: the same questions, answered by DuckDB from files.

    `Lake(place)` opens what `Store.to_parquet` wrote, by a path or a URL such as "s3://bucket/likes". Without `models` it has classes
    made from what the folder says of itself (`lake.models()`, or `lake["User"]`); with `models=[User, Tweet]` these classes, and
    those that they refer to, are checked against it: a class may leave fields out. `Lake(tables={Like: table}, columns={Like: {"user":
    "user_id"}})` takes somebody else's tables, as expressions of ibis on whatever engine they are: a table for each model, whose
    columns are called as the fields or, of references, as `<name>_id`, or as `columns` says. A reference's column has ids, or keys
    where the table it leads to has no `id`; of a key of several fields there are several, `shelf.box` and `shelf.place`, or a tuple in
    `columns`.

    `lake[User]` is all records of a model, as a `Selection`, of which `where`, `select`, `top` and the rest are asked. Nothing is
    read before that but the manifest and the end of each file; tables of somebody else's are looked through once, for
    what would make wrong answers of them: values that do not fit the fields, ids and keys that are null or there twice
    (`FieldError`, `DuplicateError`), and references that lead nowhere, which are an error (`NotFoundError`) or, with
    `dangling="warn"`, counted in a warning and taken for None, or left out with their rows where they may not be None.

    `engine` is "duckdb", or a cluster: the address of Spark Connect, as in "sc://host:15002" (Spark 4, Databricks, Sail), or a
    connection of ibis to DuckDB or to Spark, which is left open. The cluster reads the folder where it runs; an address where
    nobody answers, and one that goes away before all of an answer is there, is a `ConnectionError`, after half a minute at most.

    `memory_limit`, "2GB" or bytes, is what DuckDB keeps in memory; what is more goes to `temp_directory`. It is also what links may
    take that are read to be ranked (`LakeRankings`), besides; of a cluster each worker has them, and `temp_directory` is a folder
    that the workers and this machine reach, where links are written for them.

    Raises `CorruptStoreError` where the folder is no whole export or its files are not as it says, `SchemaError` where the
    models are others, `FileNotFoundError`, `PermissionError`, `ValueError` for a URL that is none, `ImportError` without
    `pip install "hasmany[lake]"`.

    >>> import pathlib, tempfile
    >>> from hasmany import Store, User, col
    >>> from hasmany.lake import Lake
    >>> folder = pathlib.Path(tempfile.mkdtemp(), "export")
    >>> with Store() as store:
    ...     ann, bea = User("ann"), User("bea")
    ...     _ = ann.like_tweet(bea.post_tweet("hello"))
    ...     store.to_parquet(folder)
    >>> with Lake(folder) as lake:
    ...     lake[User].order_by("username").select("username", likes=col("likes").count()).table()
    username  likes
    ann           1
    bea           0
    """

    def __init__(
        self,
        place: str | os.PathLike[str] | None = None,
        /,
        *,
        models: Sequence[type[Record]] | None = None,
        tables: Mapping[type[Record], Rows] | None = None,
        columns: Mapping[type[Record], Mapping[str, str | tuple[str, ...]]] | None = None,
        dangling: Literal["error", "warn"] = "error",
        engine: Any = "duckdb",
        memory_limit: str | int | None = None,
        temp_directory: str | os.PathLike[str] | None = None,
    ) -> None:
        if (place is None) == (tables is None):
            raise TypeError("a Lake is opened of a folder, Lake(place), or of tables, Lake(tables={Model: table})")
        if dangling not in ("error", "warn"):
            raise ValueError(f"dangling is 'error' or 'warn', not {dangling!r}")
        self._store = lake_store()
        self._memory_limit = memory_limit
        self._next_ids: dict[str, int] | None = None
        self._engine: Engine | None = None
        self._unchanged = Unchanged()
        self._are_own = tables is not None or models is not None
        if tables is None:
            if columns is not None:
                raise TypeError("columns= is for tables=; a folder says itself what its columns are")
            root = place_of(place or "")
            self._place = str(root)
            self._engine = connected(engine, memory_limit, temp_directory)
            try:
                with self._engine.errors():
                    self.sources, self._next_ids = folder.opened(
                        self._engine,
                        self._store,
                        root,
                        None if models is None else list(models),
                        self._unchanged,
                    )
            except BaseException:
                self.close()
                raise
        else:
            if models is not None:
                raise TypeError("models= is for a folder; the keys of tables= are the models")
            self._place = f"{len(tables)} tables"
            others.check_kinds(tables)
            self._engine = of_tables(list(tables.values()), engine, memory_limit, temp_directory)
            try:
                with self._engine.errors():
                    self.sources = others.opened(self._engine, self._store, tables, columns or {}, dangling)
            except BaseException:
                self.close()
                raise
        self._models = made.models_of(self._store)
        self._described = {model["table"]: model for model in made.here(self._store)}

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    def models(self) -> dict[str, type[Record]]:
        """The classes of its models, by name."""
        return dict(self._models)

    @property
    def schema(self) -> Schema:
        """What it is made of, as `store.schema`."""
        return self._store.schema

    def __getitem__(self, model: type[_T]) -> Selection[_T]:
        """All records of a model. Raises `SchemaError` for a class that is none of its models."""
        return self.all_of(self._table(model))

    def _table(self, model: Any) -> str:
        for (name, own), table in zip(self._models.items(), self._described, strict=True):
            if own is model or name == model:
                return table
        called = getattr(model, "__name__", repr(model))
        known = ", ".join(self._models)
        raise SchemaError(
            f"{called} is no model of this lake, which has {known}; a class of one's own: Lake(place, models=[...])"
        )

    def _members(self, table: str) -> Many[Any]:
        return lake_members(self._store, self._models[self._described[table]["name"]])[:0]

    def all_of(self, table: str) -> Selection[Any]:
        """All rows of a model."""
        return Selection(self, table, self.sources[table].rows, self._members(table), holds=())

    def target(self, table: str, field: str) -> str:
        """The table that a reference leads to."""
        to = next(each["to"] for each in self._described[table]["fields"] if each["name"] == field)
        return next(name for name, model in self._described.items() if model["name"] == to)

    # ── running ──────────────────────────────────────────────────────────────────────────────────

    def compiler(self) -> Compiler:
        """For one question."""
        self.engine()
        return Compiler(self.sources, self._resolved)

    def _resolved(self, selection: Any) -> Rows:
        found: Selection[Any] = selection
        if not isinstance(selection, Selection):
            raise SchemaError(
                "a collection in a lake's expression is a selection of that lake, as in lake[Model].where(...)"
            )
        if found.lake is not self:
            raise ForeignStoreError("the selection in the expression is of another lake")
        return found.unordered()

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
        with self._asking(links) as engine:
            return engine.ranked(links, asked, owners, ibis.Schema.from_pyarrow(schema))

    def memory_limit(self) -> int:
        """Bytes that an answer may take."""
        engine = self.engine()
        with engine.errors():
            return limit(engine.connection, self._memory_limit)

    def engine(self) -> Engine:
        """What answers."""
        if self._engine is None:
            raise ValueError("the lake was closed")
        return self._engine

    @property
    def are_own(self) -> bool:
        """Whether its classes are somebody's own, and not made from what a folder says."""
        return self._are_own

    # ── a part of it in memory ───────────────────────────────────────────────────────────────────

    def load(self, **selections: Selection[Any]) -> Store:
        """A part of it as an ordinary store in memory, ids kept: for each model, by its name, which of its rows. Models that are not
        named have none.

        Where a row that is loaded refers to one that is not, that is a `SchemaError` which says how many there are and what to load
        as well: `lake.load(User=some, Like=some.through("likes"), Tweet=some.through("liked_tweets"))`. The store's
        classes are this lake's `models`, or those that were made for the new store: `store.models()`.
        """
        return loading.loaded(self, selections, self._described, self._next_ids)

    # ── its end ──────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Closes the engine that it opened, and leaves one that was given. May be called again."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        from ..show.lakes import lake

        rows = {model["name"]: self.sources[table].count for table, model in self._described.items()}
        return lake(rows, self._place, self._engine is None)

    def __repr__(self) -> str:
        return f"Lake({self._place!r})"
