"""`Store.from_sqlite`: models for the tables of another program's file, and statements that give their rows."""

import warnings
from os import PathLike

from ._hasmany import Store, foreign_load
from .foreign_models import is_mixed, model_of, name_all
from .foreign_tables import ForeignKey, Table, quoted, small, tables_of
from .inverses import with_collections
from .made import make


def fill(store: Store, path: str | PathLike[str], progress: bool) -> None:
    """Gives a store that is new the models and rows of a file."""
    tables = tables_of(store, path, progress)
    name_all(tables)
    models = [model_of(table, tables) for table in tables]
    made = make(store, with_collections(models), {})
    selects = {table.model: _select(table, tables) for table in tables}
    order = [model["name"] for model in store.schema.describe()["models"]]
    counted = [sql for table in tables if (sql := _counted(table)) is not None]
    misfits = foreign_load(store, path, counted, [selects[name] for name in order]) if made else []
    if misfits:
        told = ", ".join(
            f"{rows} of {order[model]} ({why}{'' if is_left_out else ': None now'})"
            for model, why, is_left_out, rows in misfits
        )
        left_out = sum(rows for *_, is_left_out, rows in misfits if is_left_out)
        what = f"{left_out} row{'' if left_out == 1 else 's'} left out" if left_out else "no row left out"
        warnings.warn(f"{path}: rows that do not fit: {told}; {what}", stacklevel=2)


def _select(table: Table, tables: list[Table]) -> str:
    """The id and the fields of a table's rows, in the order of their ids."""
    by_name = {other.name.lower(): other for other in tables}
    parts: dict[str, str] = {}
    for of, name in table.names.items():
        value = f"t.{quoted(of)}"
        parts[name] = f"CAST({value} AS TEXT)" if is_mixed(table.column(of)) else value
    for name, one in table.references.items():
        parts[name] = _looked_up(table, one, by_name[one.table.lower()])
    order = [each["name"] for each in model_of(table, tables)["fields"]]
    id_, source = _id(table, "t"), quoted(table.name)
    if table.id is None and table.row is None:
        source = f"temp.{quoted(_counted_name(table))}"
    return f"SELECT {', '.join([id_, *(parts[name] for name in order)])} FROM {source} AS t ORDER BY {id_}"


def _id(table: Table, alias: str) -> str:
    return f"{alias}.{quoted(table.id) if table.id is not None else table.row or quoted('hasmany id')}"


def _looked_up(table: Table, one: ForeignKey, target: Table) -> str:
    """The id of the row to which a foreign key leads; -1 where it leads nowhere, NULL where some of it is."""
    if target.id is not None and small(one.to) == small([target.id]):
        column = table.column(one.columns[0])
        if column.profile["ints"] == column.values:
            return f"t.{quoted(column.name)}"
    source = quoted(target.name) if target.id or target.row else f"temp.{quoted(_counted_name(target))}"
    where = " AND ".join(f"p.{quoted(to)} = t.{quoted(of)}" for of, to in zip(one.columns, one.to, strict=True))
    nothing = " OR ".join(f"t.{quoted(of)} IS NULL" for of in one.columns)
    return f"CASE WHEN {nothing} THEN NULL ELSE coalesce((SELECT {_id(target, 'p')} FROM {source} AS p WHERE {where}), -1) END"


def _counted_name(table: Table) -> str:
    return f"counted {table.name}"


def _counted(table: Table) -> str | None:
    """Statements that count the rows of a table that has no numbers which could be ids."""
    if table.id is not None or table.row is not None:
        return None
    order = ", ".join(quoted(column) for column in table.key) or "1"
    name = quoted(_counted_name(table))
    made = (
        f'CREATE TEMP TABLE {name} AS SELECT row_number() OVER (ORDER BY {order}) AS "hasmany id", * FROM {quoted(table.name)};'
        f'CREATE INDEX temp.{quoted(f"by id {table.name}")} ON {name} ("hasmany id");'
    )
    for number, key in enumerate([key for key in (table.key, *table.uniques) if key]):
        columns = ", ".join(quoted(column) for column in key)
        made += f"CREATE INDEX temp.{quoted(f'by key {number} {table.name}')} ON {name} ({columns});"
    return made
