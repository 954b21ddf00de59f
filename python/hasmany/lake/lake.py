"""`Lake`: models whose rows are elsewhere, in files or in an engine's tables."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self, TypeVar

from .._hasmany import Record, Schema, Store
from ..elsewhere import place_of
from . import folder, loading
from . import tables as others
from .connecting import connected, of_tables
from .libraries import Rows
from .opened import Opened
from .selection import Selection, all_of

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
        if tables is None:
            if columns is not None:
                raise TypeError("columns= is for tables=; a folder says itself what its columns are")
            root, own = place_of(place or ""), None if models is None else list(models)
            self._opened = Opened(
                str(root),
                connected(engine, memory_limit, temp_directory),
                memory_limit,
                lambda engine, store, unchanged: folder.opened(engine, store, root, own, unchanged),
                are_own=own is not None,
            )
            return
        if models is not None:
            raise TypeError("models= is for a folder; the keys of tables= are the models")
        others.check_kinds(tables)
        self._opened = Opened(
            f"{len(tables)} tables",
            of_tables(list(tables.values()), engine, memory_limit, temp_directory),
            memory_limit,
            lambda engine, store, _: (others.opened(engine, store, tables, columns or {}, dangling), None),
            are_own=True,
        )

    # ── what there is ────────────────────────────────────────────────────────────────────────────

    def models(self) -> dict[str, type[Record]]:
        """The classes of its models, by name."""
        return dict(self._opened.models)

    @property
    def schema(self) -> Schema:
        """What it is made of, as `store.schema`."""
        return self._opened.schema

    def __getitem__(self, model: type[_T]) -> Selection[_T]:
        """All records of a model. Raises `SchemaError` for a class that is none of its models."""
        return all_of(self._opened, self._opened.table(model))

    # ── a part of it in memory ───────────────────────────────────────────────────────────────────

    def load(self, **selections: Selection[Any]) -> Store:
        """A part of it as an ordinary store in memory, ids kept: for each model, by its name, which of its rows. Models that are not
        named have none.

        Where a row that is loaded refers to one that is not, that is a `SchemaError` which says how many there are and what to load
        as well: `lake.load(User=some, Like=some.through("likes"), Tweet=some.through("liked_tweets"))`. The store's
        classes are this lake's `models`, or those that were made for the new store: `store.models()`.
        """
        return loading.loaded(self._opened, selections)

    # ── its end ──────────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Closes the engine that it opened, and leaves one that was given. May be called again."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        from ..show.lakes import lake

        opened = self._opened
        rows = {model["name"]: opened.sources[table].count for table, model in opened.described.items()}
        return lake(rows, opened.place, opened.is_closed)

    def __repr__(self) -> str:
        return repr(self._opened)
