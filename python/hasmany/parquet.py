"""A store as a folder of Parquet files: a folder a model, and a manifest, without which it is no store."""

import json
import os
import re
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from types import UnionType
from typing import Any, Literal, TypedDict, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from . import made
from ._hasmany import Store, expect_rows, parquet_load, parquet_part, parquet_tables
from ._notebook import progress as progress_bar
from .described import ModelDescription, SchemaDescription
from .elsewhere import place_of
from .errors import CorruptStoreError, SchemaError
from .naming import free
from .places import Place
from .unread import warn_of_unread

MANIFEST = "manifest.json"
VERSION = 1
"""Of the folder's form, and of what `Schema.describe()` gives: whatever adds to that makes it another."""

ROWS_A_FILE = 4_000_000
ROWS_AT_ONCE = 1 << 18
"""Rows that are held at once, fewer where they are long, and of a row group."""


class FileEntry(TypedDict):
    """A file, in a `ModelEntry`."""

    path: str
    rows: int


class ModelEntry(TypedDict):
    """The rows of a model, in a `Manifest`."""

    model: str
    """The `name` of its description."""
    next_id: int
    files: list[FileEntry]
    """In the order of their rows."""


class Manifest(TypedDict):
    """What `manifest.json` holds."""

    format: Literal["hasmany"]
    version: int
    schema: SchemaDescription
    models: list[ModelEntry]


class Stream:
    """What the engine hands over, for pyarrow."""

    def __init__(self, capsule: object) -> None:
        self.capsule = capsule

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.capsule


def _pyarrow(what: str) -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise ImportError(f"{what}() needs pyarrow: pip install pyarrow") from error


# ── out ───────────────────────────────────────────────────────────────────────────────────────────


def write(store: Store, place: str | os.PathLike[str], progress: bool) -> None:
    """What `Store.to_parquet` does, in its transaction."""
    _, parquet = _pyarrow("to_parquet")
    serial, tables = parquet_tables(store)
    by_table = {table: (at, rows, next_id) for at, (table, rows, next_id) in enumerate(tables)}
    schema = store.schema.describe()
    models = [model for model in schema["models"] if model["in_store"]]
    columns = [_columns(model) for model in models]
    warn_of_unread(models, "who reads this folder without its classes has no")
    bar = progress_bar(sum(rows for _, rows, _ in tables), " rows") if progress else None
    with place_of(place).new() as export:
        entries: list[ModelEntry] = []
        for model, names, folder in zip(models, columns, _folders(models), strict=True):
            at, _, next_id = by_table[model["table"]]
            files: list[FileEntry] = []
            parts = _parts(store, serial, at, names)
            export.folder(folder)
            # The first part of a file, and then those that follow it there.
            for part in parts:
                path, rows = f"{folder}/{len(files):05}.parquet", 0
                with export.file(path) as out, parquet.ParquetWriter(out, part.schema, **_form(part.schema)) as writer:
                    for some in chain([part], parts):
                        writer.write_table(some, row_group_size=ROWS_AT_ONCE)
                        rows += len(some)
                        if bar is not None:
                            bar.update(len(some))
                        if rows >= ROWS_A_FILE:
                            break
                files.append({"path": path, "rows": rows})
            export.folder_is_whole(folder)
            entries.append({"model": model["name"], "next_id": next_id, "files": files})
        manifest: Manifest = {"format": "hasmany", "version": VERSION, "schema": schema, "models": entries}
        # Once everything else is there to stay.
        export.finish(MANIFEST, json.dumps(manifest, indent=1, allow_nan=False).encode())
    if bar is not None:
        bar.close()


def _parts(store: Store, serial: int, at: int, names: list[str]) -> Iterator[Any]:
    """The rows of a model, some at a time; of one without rows one table that is empty."""
    pyarrow, _ = _pyarrow("to_parquet")
    first: int | None = 0
    while first is not None:
        capsule, first = parquet_part(store, serial, at, first, ROWS_AT_ONCE)
        yield pyarrow.table(Stream(capsule)).select(names)


def _form(schema: Any) -> dict[str, Any]:
    """How columns are written. Numbers as differences: half the size, and both written and read sooner than with a dictionary,
    which ids outgrow."""
    pyarrow, _ = _pyarrow("to_parquet")
    is_number = (pyarrow.types.is_int64, pyarrow.types.is_temporal)
    numbers = [column.name for column in schema if any(holds(column.type) for holds in is_number)]
    return {
        "compression": "zstd",
        "use_dictionary": [name for name in schema.names if name not in numbers],
        "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
    }


def _columns(model: ModelDescription) -> list[str]:
    names = ["id", *(each["name"] if each["to"] is None else f"{each['name']}_id" for each in model["fields"])]
    for name in names:
        if names.count(name) > 1:
            raise SchemaError(f"{model['name']}: two columns of a file would be named {name!r}; rename a field")
    return names


_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
"""What no folder may be called on Windows."""


def _folders(models: Collection[ModelDescription]) -> list[str]:
    """A folder a model: named as its table, where that is a name which every system takes."""
    names: list[str] = []
    for model in models:
        is_plain = (
            re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", model["table"]) and model["table"].lower() not in _RESERVED
        )
        names.append(free(model["table"] if is_plain else "table", names))
    return names


# ── in ────────────────────────────────────────────────────────────────────────────────────────────


def fill(store: Store, place: str | os.PathLike[str]) -> None:
    """Gives a store that is new the models and rows of a folder."""
    _pyarrow("from_parquet")
    root = place_of(place)
    manifest = read_manifest(root)
    declare(store, root, manifest)
    serial, tables = parquet_tables(store)
    places = {table: at for at, (table, _, _) in enumerate(tables)}
    by_name = {model["name"]: places[model["table"]] for model in manifest["schema"]["models"]}
    next_ids = [1] * len(tables)
    for entry in manifest["models"]:
        next_ids[by_name[entry["model"]]] = entry["next_id"]
    expect_rows(sum(file["rows"] for entry in manifest["models"] for file in entry["files"]))
    parquet_load(store, next_ids, _files(store, serial, root, manifest, by_name))


def declare(store: Store, root: Place, manifest: Manifest) -> None:
    """Gives a store that is new the models that a manifest describes."""
    try:
        made.declare(store, manifest["schema"]["models"])
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        raise CorruptStoreError(f"{root.path(MANIFEST)}: what it describes cannot be declared: {error}") from error


def _files(
    store: Store, serial: int, root: Place, manifest: Manifest, by_name: dict[str, int]
) -> Iterator[tuple[int, str, Any]]:
    """The model, the name and the rows of each file, in their order."""
    pyarrow, _ = _pyarrow("from_parquet")
    for entry in manifest["models"]:
        at = by_name[entry["model"]]
        wanted = pyarrow.table(Stream(parquet_part(store, serial, at, 0, 0)[0])).schema
        for file in entry["files"]:
            with open_file(root, file, wanted) as opened:
                batches = opened.iter_batches(ROWS_AT_ONCE)
                reader = pyarrow.RecordBatchReader.from_batches(opened.schema_arrow, batches)
                yield at, root.path(file["path"]), reader


@contextmanager
def open_file(root: Place, file: FileEntry, wanted: Any, of: Callable[[Any, Any], Any] | None = None) -> Generator[Any]:
    """A file of an export, checked. Raises `CorruptStoreError` where it is missing, or another than the manifest says.
    `of`: what to make of the columns that are wanted, given those that there are."""
    pyarrow, _ = _pyarrow("from_parquet")
    path = root.path(file["path"])
    try:
        with root.parquet(file["path"]) as opened:
            check_file(path, opened, file["rows"], wanted if of is None else of(wanted, opened.schema_arrow))
            yield opened
    except (PermissionError, CorruptStoreError):
        raise
    except FileNotFoundError as error:
        raise CorruptStoreError(f"{path} is missing, and {MANIFEST} lists it") from error
    except (pyarrow.ArrowException, OSError) as error:
        raise CorruptStoreError(f"{path} cannot be read: {error}") from error


def check_file(path: str, opened: Any, rows: int, wanted: Any) -> None:
    """Raises where an opened file has other columns or another number of rows than the manifest says."""
    if opened.metadata.num_rows != rows:
        raise CorruptStoreError(f"{path} has {opened.metadata.num_rows} rows, and {MANIFEST} says {rows}")
    found = opened.schema_arrow
    if sorted(found.names) != sorted(wanted.names):
        said = ", ".join(wanted.names)
        raise CorruptStoreError(f"{path} has the columns {', '.join(found.names)}, and {MANIFEST} says {said}")
    for column in wanted:
        other = found.field(column.name)
        if (other.type, other.nullable) != (column.type, column.nullable):
            shown = [f"{each.type}{'' if each.nullable else ' without nulls'}" for each in (other, column)]
            raise CorruptStoreError(f"{path}: {column.name} is {shown[0]}, and by {MANIFEST} it is {shown[1]}")


def read_manifest(root: Place) -> Manifest:
    """What the manifest of an export says, as far as that can be told without its files."""
    path = root.path(MANIFEST)
    try:
        text = root.read(MANIFEST)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        if not root.has_anything():
            raise FileNotFoundError(f"{root} is no folder") from None
        raise CorruptStoreError(
            f"{root} has no {MANIFEST}: it is no export, or one that did not come to its end"
        ) from None
    try:
        manifest: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorruptStoreError(f"{path} is no JSON: {error}") from error
    said: dict[str, Any] = cast(Any, manifest) if isinstance(manifest, dict) else {}
    if said.get("format") != "hasmany":
        raise CorruptStoreError(f"{path} is no manifest of hasmany's")
    if said.get("version") != VERSION:
        raise CorruptStoreError(f"{path} is of version {said.get('version')!r:.40}; this program knows {VERSION}")
    if not _fits(manifest, Manifest):
        raise CorruptStoreError(f"{path} is not as a manifest of version {VERSION} is")
    read = cast(Manifest, manifest)
    _check_manifest(path, read)
    return read


def _check_manifest(path: str, manifest: Manifest) -> None:
    models = manifest["schema"]["models"]
    names, tables = [model["name"] for model in models], {model["table"].lower() for model in models}
    listed = [entry["model"] for entry in manifest["models"]]
    if len(tables) < len(models) or len({*names}) < len(models):
        raise CorruptStoreError(f"{path} describes a model twice")
    if sorted(listed) != sorted(model["name"] for model in models if model["in_store"]):
        raise CorruptStoreError(f"{path}: the models that it lists are not those that it describes")
    for entry in manifest["models"]:
        if not 1 <= entry["next_id"] <= 2**63:
            raise CorruptStoreError(f"{path}: {entry['next_id']} cannot be the next id of {entry['model']}")
        for file in entry["files"]:
            # Nothing outside of the folder is read.
            if not re.fullmatch(r"[A-Za-z0-9_]+/[0-9]+\.parquet", file["path"]):
                raise CorruptStoreError(f"{path}: {file['path']!r:.80} is no file of an export")


def _fits(value: Any, of: Any) -> bool:
    """Whether what JSON gave is of a type as annotations say it: typed dicts, lists, unions, literals and plain types."""
    if is_typeddict(of):
        hints = get_type_hints(of)
        return (
            isinstance(value, dict) and value.keys() == hints.keys() and all(_fits(value[k], hints[k]) for k in hints)
        )
    origin, args = get_origin(of), get_args(of)
    if origin is list:
        return _is_list(value) and all(_fits(each, args[0]) for each in value)
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in args)
    if origin is Literal:
        return value in args
    return of is Any or type(value) is of


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
