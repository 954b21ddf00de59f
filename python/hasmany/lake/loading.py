"""A part of a lake as an ordinary store."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .. import made
from .._hasmany import Store, bind, lake_store, parquet_load, parquet_part, parquet_tables
from ..described import ModelDescription
from ..errors import SchemaError
from ..parquet import Stream
from .libraries import pyarrow
from .selection import Selection

if TYPE_CHECKING:
    from .lake import Lake


def loaded(
    lake: "Lake",
    selections: Mapping[str, Any],
    described: Mapping[str, ModelDescription],
    next_ids: Mapping[str, int] | None,
) -> Store:
    """A new store with these rows, in which no id is given again that the lake has given. `next_ids`: None where nobody has
    written them down."""
    by_table = _by_table(lake, selections, described)
    if next_ids is None:
        next_ids = {table: _next_id(lake, table) for table in by_table}
    _check_references(lake, by_table, described)
    store = lake_store()
    if lake.are_own:
        for model in lake.models().values():
            bind(store, model)
    else:
        made.declare(store, list(described.values()))
    serial, tables = parquet_tables(store)
    places = {table: at for at, (table, _, _) in enumerate(tables)}
    ids = [next_ids.get(table, 1) for table, _, _ in tables]

    def files() -> Iterator[tuple[int, str, Any]]:
        for table, selection in by_table.items():
            target: Any = pyarrow.table(Stream(parquet_part(store, serial, places[table], 0, 0)[0])).schema
            rows = selection.expr.select(*target.names).order_by("id")
            yield places[table], f"{selection!r}", _reader(lake.stream(rows), target)

    parquet_load(store, ids, files())
    return store


def _next_id(lake: "Lake", table: str) -> int:
    source = lake.sources[table]
    if source.keys:
        raise SchemaError(
            f"{source.model} is known by {', '.join(source.keys)} here and has no ids to keep; in a store of your own "
            f"{source.model}.insert_all(selection) gives them"
        )
    ends = lake.run(source.rows.aggregate(least=source.rows["id"].min(), most=source.rows["id"].max())).to_pylist()[0]
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


def _by_table(
    lake: "Lake", selections: Mapping[str, Any], described: Mapping[str, ModelDescription]
) -> dict[str, Selection[Any]]:
    tables = {model["name"]: table for table, model in described.items()}
    found: dict[str, Selection[Any]] = {}
    for name, selection in selections.items():
        if name not in tables:
            raise SchemaError(f"{name} is no model of this lake, which has {', '.join(tables)}")
        if not isinstance(selection, Selection):
            raise TypeError(
                f"{name}=... takes a selection, as in lake[{name}].where(...), not {type(selection).__name__}"
            )
        if not selection.is_of(lake, tables[name]):
            raise TypeError(f"{name}=... takes a selection of {name} in this lake, not {selection!r}")
        found[tables[name]] = selection
    # In the order of the models, which puts what is referred to first.
    return {table: found[table] for table in described if table in found}


def _check_references(
    lake: "Lake", selections: Mapping[str, Selection[Any]], described: Mapping[str, ModelDescription]
) -> None:
    for table, selection in selections.items():
        for each in described[table]["fields"]:
            if each["to"] is None:
                continue
            rows, reference = selection.expr, lake.sources[table].columns[each["name"]]
            rows = rows.filter(rows[reference].notnull())
            target = lake.target(table, each["name"])
            if target in selections:
                rows = rows.anti_join(selections[target].expr.select(target_id="id"), [(reference, "target_id")])
            missing = int(lake.run(rows.aggregate(n=rows.count()))["n"][0].as_py())
            if missing:
                model, to = described[table]["name"], each["to"]
                raise SchemaError(
                    f"{missing} of the rows of {model} that are to be loaded refer by {each['name']} to a {to} that is not: load "
                    f"these as well, {to}=some.through({each['name']!r}), or fewer of {model}"
                )
