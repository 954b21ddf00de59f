"""A part of a lake as an ordinary store."""

from collections.abc import Iterator, Mapping
from typing import Any

from .. import made
from .._hasmany import Store, bind, lake_store, parquet_load, parquet_part, parquet_tables
from ..errors import SchemaError
from ..parquet import Stream
from .chosen import Chosen
from .libraries import pyarrow
from .opened import Opened


def loaded(opened: Opened, selections: Mapping[str, Any]) -> Store:
    """A new store with these rows, in which no id is given again that the lake has given."""
    by_table, next_ids = _by_table(opened, selections), opened.next_ids
    if next_ids is None:
        next_ids = {table: _next_id(opened, table) for table in by_table}
    _check_references(opened, by_table)
    store = lake_store()
    if opened.are_own:
        for model in opened.models.values():
            bind(store, model)
    else:
        made.declare(store, list(opened.described.values()))
    serial, tables = parquet_tables(store)
    places = {table: at for at, (table, _, _) in enumerate(tables)}
    ids = [next_ids.get(table, 1) for table, _, _ in tables]

    def files() -> Iterator[tuple[int, str, Any]]:
        for table, selection in by_table.items():
            target: Any = pyarrow.table(Stream(parquet_part(store, serial, places[table], 0, 0)[0])).schema
            rows = selection.expr.select(*target.names).order_by("id")
            yield places[table], f"{selection!r}", _reader(opened.stream(rows), target)

    parquet_load(store, ids, files())
    return store


def _next_id(opened: Opened, table: str) -> int:
    source = opened.sources[table]
    if source.keys:
        raise SchemaError(
            f"{source.model} is known by {', '.join(source.keys)} here and has no ids to keep; in a store of your own "
            f"{source.model}.insert_all(selection) gives them"
        )
    ends = opened.run(source.rows.aggregate(least=source.rows["id"].min(), most=source.rows["id"].max())).to_pylist()[0]
    if ends["least"] is not None and ends["least"] < 1:
        raise SchemaError(
            f"{source.model} has the id {ends['least']}, and a store's are 1 or more; in a store of your own "
            f"{source.model}.insert_all(selection.select(...)) without id gives others"
        )
    return (ends["most"] or 0) + 1


def _reader(batches: Iterator[Any], target: Any) -> Any:
    def of_target() -> Iterator[Any]:
        for batch in batches:
            columns = [array.cast(of) for array, of in zip(batch.columns, target.types, strict=True)]
            yield pyarrow.RecordBatch.from_arrays(columns, schema=target)

    return pyarrow.RecordBatchReader.from_batches(target, of_target())


def _by_table(opened: Opened, selections: Mapping[str, Any]) -> dict[str, Chosen]:
    tables = {model["name"]: table for table, model in opened.described.items()}
    found: dict[str, Chosen] = {}
    for name, selection in selections.items():
        if name not in tables:
            raise SchemaError(f"{name} is no model of this lake, which has {', '.join(tables)}")
        if not isinstance(selection, Chosen):
            raise TypeError(
                f"{name}=... takes a selection, as in lake[{name}].where(...), not {type(selection).__name__}"
            )
        if not selection.is_of(opened, tables[name]):
            raise TypeError(f"{name}=... takes a selection of {name} in this lake, not {selection!r}")
        found[tables[name]] = selection
    # In the order of the models, which puts what is referred to first.
    return {table: found[table] for table in opened.described if table in found}


def _check_references(opened: Opened, selections: Mapping[str, Chosen]) -> None:
    described = opened.described
    for table, selection in selections.items():
        for each in described[table]["fields"]:
            if each["to"] is None:
                continue
            rows, reference = selection.expr, opened.sources[table].columns[each["name"]]
            rows = rows.filter(rows[reference].notnull())
            target = opened.target(table, each["name"])
            if target in selections:
                rows = rows.anti_join(selections[target].expr.select(target_id="id"), [(reference, "target_id")])
            missing = opened.count(rows)
            if missing:
                model, to = described[table]["name"], each["to"]
                raise SchemaError(
                    f"{missing} of the rows of {model} that are to be loaded refer by {each['name']} to a {to} that is not: load "
                    f"these as well, {to}=some.through({each['name']!r}), or fewer of {model}"
                )
