"""The tables of what `Store.to_parquet` wrote: checked against its manifest before anything is asked."""

from typing import Any

from .. import made
from .._hasmany import Record, Store, bind, parquet_part, parquet_tables
from ..described import FieldDescription, ModelDescription
from ..errors import CorruptStoreError, SchemaError
from ..parquet import MANIFEST, Stream, declare, open_file, read_manifest
from ..places import Folder, Place
from .engine import Engine
from .libraries import ibis, pyarrow
from .records import Source
from .unchanged import Unchanged


def column(field: FieldDescription) -> str:
    """What the column of a field is called in a file."""
    return field["name"] if field["to"] is None else f"{field['name']}_id"


def opened(
    engine: Engine, store: Store, root: Place, models: list[type[Record]] | None, unchanged: Unchanged
) -> tuple[dict[str, Source], dict[str, int]]:
    """The rows of each model by its table, and the ids that come next. The store is given the models: those classes, or classes
    made from the manifest. What may not change from here on is said to `unchanged`."""
    manifest = read_manifest(root)
    if models is None:
        declare(store, root, manifest)
    else:
        for cls in models:
            bind(store, cls)
    described = made.here(store)
    by_table = {model["table"]: model for model in manifest["schema"]["models"] if model["in_store"]}
    entries = {entry["model"]: entry for entry in manifest["models"]}
    serial, tables = parquet_tables(store)
    places = {table: at for at, (table, _, _) in enumerate(tables)}
    readable = engine.reads(root)
    sources: dict[str, Source] = {}
    next_ids: dict[str, int] = {}
    for model in described:
        table = model["table"]
        if table not in by_table:
            raise SchemaError(
                f"{model['name']}: {root} has no table {table!r}; there are {', '.join(sorted(by_table))}"
            )
        _check_model(root, model, by_table[table], described, manifest["schema"]["models"])
        entry = entries[by_table[table]["name"]]
        wanted: Any = pyarrow.table(Stream(parquet_part(store, serial, places[table], 0, 0)[0])).schema
        if not entry["files"]:
            raise CorruptStoreError(f"{root.path(MANIFEST)} lists no file of {model['name']}")
        for file in entry["files"]:
            # A class may leave columns out.
            with open_file(root, file, wanted, None if models is None else _with_others):
                pass
        columns = {field["name"]: column(field) for field in model["fields"]}
        files = [f"{readable}/{file['path']}" for file in entry["files"]]
        rows = engine.files(files, ibis.Schema.from_pyarrow(wanted))
        if isinstance(root, Folder):
            unchanged.add(rows.op().name, [root.root / file["path"] for file in entry["files"]])
        required = frozenset(columns[field["name"]] for field in model["fields"] if not field["optional"])
        rows, count = rows.select("id", *columns.values()), sum(file["rows"] for file in entry["files"])
        sources[table] = Source(model["name"], rows, columns, required=required, count=count)
        next_ids[table] = entry["next_id"]
    return sources, next_ids


def _check_model(
    root: Place,
    own: ModelDescription,
    other: ModelDescription,
    described: list[ModelDescription],
    others: list[ModelDescription],
) -> None:
    """Whether a class says of its fields what the folder says."""
    tables = {model["name"]: model["table"] for model in described}
    their_tables = {model["name"]: model["table"] for model in others}
    theirs = {field["name"]: field for field in other["fields"]}
    for field in own["fields"]:
        name = f"{own['name']}.{field['name']}"
        if field["name"] not in theirs:
            raise SchemaError(f"{name}: {root} has no such column of {other['name']}; there are {', '.join(theirs)}")
        their = theirs[field["name"]]
        if _kind(field, tables) != _kind(their, their_tables):
            raise SchemaError(f"{name} is {field['type']}, and in {root} {their['type']}")
        if their["optional"] and not field["optional"]:
            raise SchemaError(f"{name} may be None in {root}; so it must be in the class: {field['type']} | None")
    if own["key"] != other["key"]:
        raise SchemaError(f"the key of {own['name']} is {own['key']}, and in {root} {other['key']}")
    for unique in own["unique"]:
        if unique not in other["unique"] and sorted(unique) not in map(sorted, other["unique"]):
            said = ", ".join(unique)
            raise SchemaError(f"{own['name']}: ({said}) is unique, and in {root} it need not be")


def _kind(field: FieldDescription, tables: dict[str, str]) -> object:
    """What a column holds: of an enum the type of its values, which a class made for the folder has for it."""
    if field["to"] is not None:
        return tables.get(field["to"])
    if field["values"]:
        return type(field["values"][0]).__name__
    return field["type"]


def _with_others(wanted: Any, found: Any) -> Any:
    """The columns that a file has to have: those of a class, and whatever others it has."""
    if not {*wanted.names} <= {*found.names}:
        return wanted
    own = [_loosened(wanted.field(each.name), each) if each.name in wanted.names else each for each in found]
    return pyarrow.schema(own)


def _loosened(field: Any, found: Any) -> Any:
    """A column that may be null in the class is one that is not, too."""
    return field.with_nullable(found.nullable) if field.nullable else field
