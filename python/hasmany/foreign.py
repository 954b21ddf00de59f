"""`Store.from_sqlite`: models for the tables of another program's file, and statements that give their rows."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from ._hasmany import Store, foreign_load, foreign_profile, foreign_rows
from .described import FieldDescription, ModelDescription
from .inverses import with_collections
from .made import make
from .naming import NO_FIELDS, class_name, field_name, snake

LAST_ID = 2**57 - 1
MOST_COLUMNS = 500
"""So many a profile asks for at once: SQLite gives rows of at most 2,000."""


@dataclass
class Column:
    """A column of a table."""

    name: str
    declared: str
    """Its type, as it was declared, in capital letters."""
    is_required: bool
    profile: dict[str, int] = field(default_factory=dict)

    @property
    def values(self) -> int:
        """How many there are."""
        return sum(self.profile[kind] for kind in ("ints", "reals", "texts", "bytes"))


@dataclass
class ForeignKey:
    """A foreign key: its columns, and the key of the table to which it leads."""

    columns: list[str]
    table: str
    to: list[str]


@dataclass
class Table:
    """A table."""

    name: str
    columns: list[Column]
    key: list[str]
    """The columns of its primary key."""
    has_rowid: bool
    uniques: list[list[str]]
    foreign: list[ForeignKey]
    model: str = ""
    id: str | None = None
    """The column that is the id, if one is."""
    row: str | None = None
    """What else SQLite numbers rows by, where that can be the id; without either rows are counted."""
    names: dict[str, str] = field(default_factory=dict)
    """The fields of columns."""
    references: dict[str, ForeignKey] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """A column by its name, as SQLite takes names."""
        return next(column for column in self.columns if column.name.lower() == name.lower())

    def is_key(self, names: Sequence[str]) -> bool:
        """Whether no two rows have the same in these columns."""
        wanted = _small(names)
        return any(_small(key) == wanted for key in (self.key, *self.uniques))


def fill(store: Store, path: str | PathLike[str]) -> None:
    """Gives a store that is new the models and rows of a file."""
    tables = _tables(store, path)
    _name(tables)
    models = [_model(table, tables) for table in tables]
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


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _small(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


# ── what the file says ────────────────────────────────────────────────────────────────────────────


def _tables(store: Store, path: str | PathLike[str]) -> list[Table]:
    def rows(sql: str) -> list[list[Any]]:
        return foreign_rows(store, path, sql)

    listed = rows(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    order = {
        name: at
        for at, (name,) in enumerate(rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid"))
    }
    tables = [
        _table(rows, name, not is_without) for name, is_without in sorted(listed, key=lambda row: order.get(row[0], 0))
    ]
    by_name = {table.name.lower(): table for table in tables}
    for table in tables:
        _settle_foreign(table, by_name)
        for at in range(0, len(table.columns), MOST_COLUMNS):
            some = table.columns[at : at + MOST_COLUMNS]
            columns = ", ".join(quoted(column.name) for column in some)
            profiles = foreign_profile(store, path, f"SELECT {columns} FROM {quoted(table.name)}")
            for column, profile in zip(some, profiles, strict=True):
                column.profile = profile
        _settle_id(table, rows)
    return tables


def _table(rows: Any, name: str, has_rowid: bool) -> Table:
    info = rows(
        f'SELECT name, type, "notnull", pk FROM pragma_table_xinfo({_text(name)}) WHERE hidden <> 1 ORDER BY cid'
    )
    columns = [Column(column, of.upper(), bool(is_required)) for column, of, is_required, _ in info]
    key = [column for column, *_, place in sorted(info, key=lambda row: row[3]) if place > 0]
    uniques: list[list[str]] = []
    for (index,) in rows(
        f"SELECT name FROM pragma_index_list({_text(name)}) WHERE \"unique\" AND NOT partial AND origin <> 'pk' ORDER BY seq DESC"
    ):
        found = [column for (column,) in rows(f"SELECT name FROM pragma_index_info({_text(index)}) ORDER BY seqno")]
        if None not in found:  # an index of expressions is of no columns
            uniques.append(found)
    foreign: dict[int, ForeignKey] = {}
    for number, to, of, target in rows(
        f'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list({_text(name)}) ORDER BY id DESC, seq'
    ):
        one = foreign.setdefault(number, ForeignKey([], to, []))
        one.columns.append(of)
        one.to += [target] if target is not None else []
    return Table(name, columns, key, has_rowid, uniques, list(foreign.values()))


def _settle_foreign(table: Table, tables: dict[str, Table]) -> None:
    """Keeps the foreign keys that lead to the key of a table that is there; one without columns leads to its primary key."""
    kept: dict[frozenset[str], ForeignKey] = {}
    for one in table.foreign:
        target = tables.get(one.table.lower())
        if target is None:
            continue
        one.to = one.to or target.key
        if len(one.to) == len(one.columns) and target.is_key(one.to):
            kept.setdefault(_small(one.columns), one)
    table.foreign = list(kept.values())


def _settle_id(table: Table, rows: Any) -> None:
    """Which column is the id: the primary key, if it is one column of positive whole numbers."""
    if len(table.key) == 1:
        column = table.column(table.key[0])
        profile = column.profile
        is_whole = profile["ints"] == column.values and not profile["nulls"]
        is_id = profile["least"] >= 1 and profile["most"] <= LAST_ID if column.values else "INT" in column.declared
        if is_whole and is_id:
            table.id = column.name
            return
    if table.has_rowid:
        names = _small(column.name for column in table.columns)
        row = next((name for name in ("rowid", "_rowid_", "oid") if name not in names), None)
        if row is not None:
            ((least, most),) = rows(f"SELECT min({row}), max({row}) FROM {quoted(table.name)}")
            if least is None or (least >= 1 and most <= LAST_ID):
                table.row = row


# ── names ─────────────────────────────────────────────────────────────────────────────────────────


def _name(tables: list[Table]) -> None:
    for table in tables:
        table.model = class_name(table.name, [other.model for other in tables])
    models = {table.name.lower(): table.model for table in tables}
    for table in tables:
        single = {one.columns[0].lower(): one for one in table.foreign if len(one.columns) == 1}
        for column in table.columns:
            if column.name != table.id and column.name.lower() not in single:
                table.names[column.name] = field_name(column.name, _taken(table))
        for one in table.foreign:
            name = _reference_name(one, models[one.table.lower()])
            # In a store's own file its column is the name and "_id".
            while name in NO_FIELDS or _small((name, f"{name}_id")) & _small(_taken(table)):
                name += "_"
            table.references[name] = one


def _taken(table: Table) -> list[str]:
    return [*table.names.values(), *table.references, *(f"{name}_id" for name in table.references)]


def _reference_name(one: ForeignKey, model: str) -> str:
    """Of "ArtistId": artist. Of several columns, or where nothing is left: the name of the model."""
    if len(one.columns) == 1:
        name = snake(one.columns[0])
        for ending in ("_id", "_code", "_key", "_no", "_ref", "_fk"):
            if name.endswith(ending) and name != ending:
                return name.removesuffix(ending)
        if name not in ("id", "code", "key"):
            return name
    return snake(model)


# ── models ────────────────────────────────────────────────────────────────────────────────────────


def _model(table: Table, tables: list[Table]) -> ModelDescription:
    models = {other.name.lower(): other.model for other in tables}
    fields = [
        _field(name, _type(table, table.column(of)), _is_optional(table, table.column(of)))
        for of, name in table.names.items()
    ]
    for name, one in table.references.items():
        is_optional = any(_is_optional(table, table.column(of)) for of in one.columns)
        fields.append(_field(name, "reference", is_optional, models[one.table.lower()]))
    unique = _uniques(table)
    for each in fields:
        each["unique"] = [each["name"]] in unique
    in_order = sorted(fields, key=lambda each: (not each["required"], _place(table, each["name"])))
    return {
        "name": table.model,
        "table": _table_name(table.name),
        "is_declared": False,
        "in_store": True,
        "fields": in_order,
        "unique": unique,
        "key": [],
        "collections": [],
    }


def _place(table: Table, field_name: str) -> int:
    """Where the column of a field stands, the first of several."""
    one = table.references.get(field_name)
    columns = one.columns if one is not None else [of for of, name in table.names.items() if name == field_name]
    return min(table.columns.index(table.column(of)) for of in columns)


def _table_name(name: str) -> str:
    """The table in a file of the store; what begins as tables of SQLite or of a store do cannot be one."""
    return f"x_{name}" if name.lower().startswith("hasmany_") else name


def _field(name: str, of: str, optional: bool, to: str | None = None) -> FieldDescription:
    return {
        "name": name,
        "type": of,
        "values": None,
        "to": to,
        "on_delete": "restrict" if to is not None else None,
        "optional": optional,
        "unique": False,
        "required": not optional,
        "default": None,
        "default_factory": None,
        "kw_only": False,
    }


def _uniques(table: Table) -> list[list[str]]:
    """The keys in fields; the id needs none, and a text made of several types could be two values."""
    # A model's key= comes in here, for the primary key.
    found: list[list[str]] = []
    for key in (table.key, *table.uniques):
        names = [_field_of(table, column) for column in key]
        if key and all(name is not None for name in names) and not any(_is_mixed(table.column(of)) for of in key):
            key_fields = [name for name in names if name is not None]
            if len(set(key_fields)) == len(key_fields) and set(key_fields) not in [set(other) for other in found]:
                found.append(key_fields)
    return found


def _field_of(table: Table, column: str) -> str | None:
    for name, one in table.references.items():
        if _small(one.columns) == _small([column]):
            return name
    return next((name for of, name in table.names.items() if of.lower() == column.lower()), None)


def _is_optional(table: Table, column: Column) -> bool:
    is_key = column.name.lower() in _small(table.key)
    is_lacking = column.profile["nulls"] > 0 or (_nothing(column) and column.profile["empty"] > 0)
    return is_lacking or not (column.is_required or is_key)


def _nothing(column: Column) -> bool:
    """Whether empty text stands for nothing: among numbers, dates and times."""
    profile, some = column.profile, column.values - column.profile["empty"]
    numbers = profile["ints"] + profile["reals"]
    times = profile["dates"] + profile["times"]
    return some > 0 and some in (numbers, times)


def _is_mixed(column: Column) -> bool:
    """Whether it has text beside numbers, so that it is text."""
    profile = column.profile
    return profile["texts"] > profile["empty"] and profile["ints"] + profile["reals"] > 0


def _type(table: Table, column: Column) -> str:
    """What all values of a column are; text where they are several things."""
    profile, declared, some = column.profile, column.declared, column.values
    if not some:
        return _declared_type(declared)
    if 2 * profile["bytes"] >= some:
        return "bytes"
    some -= profile["empty"] + profile["bytes"]
    if profile["ints"] == some > 0:
        is_bool = "BOOL" in declared and profile["least"] >= 0 and profile["most"] <= 1
        is_real = any(part in declared for part in _REAL) and not profile["inexact"]
        return "bool" if is_bool else "float" if is_real else "int"
    if profile["ints"] + profile["reals"] == some > 0:
        return "float"
    times = profile["dates"] + profile["times"]
    is_key = any(column.name.lower() in _small(key) for key in (table.key, *table.uniques))
    if times == some > 0 and (profile["is_one_form"] or not is_key):
        return "date" if profile["dates"] == some else "datetime"
    return "str"


_REAL = ("REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL", "MONEY", "CURRENCY")


def _declared_type(declared: str) -> str:
    """Of a column without values: as SQLite reads it, where that says something."""
    if "BOOL" in declared:
        return "bool"
    if "INT" in declared:
        return "int"
    if any(part in declared for part in _REAL):
        return "float"
    return "bytes" if declared == "BLOB" else "str"


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


def _select(table: Table, tables: list[Table]) -> str:
    """The id and the fields of a table's rows, in the order of their ids."""
    by_name = {other.name.lower(): other for other in tables}
    parts: dict[str, str] = {}
    for of, name in table.names.items():
        value = f"t.{quoted(of)}"
        parts[name] = f"CAST({value} AS TEXT)" if _is_mixed(table.column(of)) else value
    for name, one in table.references.items():
        parts[name] = _looked_up(table, one, by_name[one.table.lower()])
    order = [each["name"] for each in _model(table, tables)["fields"]]
    id_, source = _id(table, "t"), quoted(table.name)
    if table.id is None and table.row is None:
        source = f"temp.{quoted(_counted_name(table))}"
    return f"SELECT {', '.join([id_, *(parts[name] for name in order)])} FROM {source} AS t ORDER BY {id_}"


def _id(table: Table, alias: str) -> str:
    return f"{alias}.{quoted(table.id) if table.id is not None else table.row or quoted('hasmany id')}"


def _looked_up(table: Table, one: ForeignKey, target: Table) -> str:
    """The id of the row to which a foreign key leads; -1 where it leads nowhere, NULL where some of it is."""
    if target.id is not None and _small(one.to) == _small([target.id]):
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
