"""`Lake`: models whose rows are elsewhere, in files or in an engine's tables."""

import os
from collections.abc import Mapping, Sequence
from threading import RLock
from typing import Any, Literal, Self, TypeVar

from .. import made
from .._hasmany import Many, Record, Schema, Store, lake_members, lake_store
from ..elsewhere import local_path, new_file, place_of
from ..errors import ForeignStoreError, SchemaError
from . import folder, loading
from . import tables as others
from .compile import Compiler
from .engine import connected, errors
from .libraries import Rows, parquet
from .selection import Selection

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

    `memory_limit`, "2GB" or bytes, is what DuckDB keeps in memory; what is more goes to `temp_directory`.

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
        engine: str = "duckdb",
        memory_limit: str | int | None = None,
        temp_directory: str | os.PathLike[str] | None = None,
    ) -> None:
        if (place is None) == (tables is None):
            raise TypeError("a Lake is opened of a folder, Lake(place), or of tables, Lake(tables={Model: table})")
        if dangling not in ("error", "warn"):
            raise ValueError(f"dangling is 'error' or 'warn', not {dangling!r}")
        self._store = lake_store()
        self._lock = RLock()
        self._next_ids: dict[str, int] | None = None
        self._own: Any = None
        self._are_own = tables is not None or models is not None
        if tables is None:
            if columns is not None:
                raise TypeError("columns= is for tables=; a folder says itself what its columns are")
            root = place_of(place or "")
            self._place = str(root)
            self._connection = self._own = connected(engine, memory_limit, temp_directory)
            try:
                with errors():
                    self.sources, self._next_ids = folder.opened(
                        self._connection, self._store, root, None if models is None else list(models)
                    )
            except BaseException:
                self.close()
                raise
        else:
            if models is not None:
                raise TypeError("models= is for a folder; the keys of tables= are the models")
            self._place = f"{len(tables)} tables"
            with errors():
                self.sources, self._connection = others.opened(self._store, tables, columns or {}, dangling)
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
        table = self._table(model)
        return Selection(self, table, self.sources[table].rows, self._members(table), whole=True)

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

    def selection(self, table: str, rows: Rows) -> Selection[Any]:
        """Some rows of a model."""
        return Selection(self, table, rows, self._members(table), whole=False)

    def target(self, table: str, field: str) -> str:
        """The table that a reference leads to."""
        to = next(each["to"] for each in self._described[table]["fields"] if each["name"] == field)
        return next(name for name, model in self._described.items() if model["name"] == to)

    # ── running ──────────────────────────────────────────────────────────────────────────────────

    def compiler(self) -> Compiler:
        """For one question."""
        if self._connection is None:
            raise ValueError("the lake was closed")
        return Compiler(self.sources, self._resolved)

    def _resolved(self, selection: Any) -> Rows:
        found: Selection[Any] = selection
        if not isinstance(selection, Selection):
            raise SchemaError(
                "a collection in a lake's expression is a selection of that lake, as in lake[Model].where(...)"
            )
        if found.lake is not self:
            raise ForeignStoreError("the selection in the expression is of another lake")
        return found.expr

    def run(self, expr: Rows) -> Any:
        """The answer, as an Arrow table: all of it, or an error."""
        with self._lock, errors():
            return self.connection().to_pyarrow(expr)

    def stream(self, expr: Rows) -> Any:
        """The answer as Arrow batches, one after the other."""
        with self._lock, errors():
            reader = self.connection().to_pyarrow_batches(expr, chunk_size=1 << 16)
        with errors():
            yield from reader

    def write(self, expr: Rows, path: str) -> None:
        """The answer as a file, here or elsewhere."""
        with self._lock, errors():
            if (local := local_path(path)) is not None:
                self.connection().to_parquet(expr, local)
                return
            reader = self.connection().to_pyarrow_batches(expr, chunk_size=1 << 16)
            with new_file(path) as out, parquet.ParquetWriter(out, reader.schema) as writer:
                for batch in reader:
                    writer.write_batch(batch)

    def connection(self) -> Any:
        """The engine."""
        if self._connection is None:
            raise ValueError("the lake was closed")
        return self._connection

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
        own, self._own, self._connection = self._own, None, None
        if own is not None:
            own.disconnect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Lake({self._place!r})"
