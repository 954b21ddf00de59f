"""Models for the tables of another program's file: their names, fields, types and keys."""

from .described import FieldDescription, ModelDescription
from .foreign_tables import Column, ForeignKey, Table, small
from .naming import NO_FIELDS, class_name, field_name, snake


def name_all(tables: list[Table]) -> None:
    """Gives tables the names of their models, and columns those of their fields and references."""
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
            while name in NO_FIELDS or small((name, f"{name}_id")) & small(_taken(table)):
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


def model_of(table: Table, tables: list[Table]) -> ModelDescription:
    """The model of a table, among these tables, without collections."""
    models = {other.name.lower(): other.model for other in tables}
    fields = [
        _field(name, _type(table, table.column(of)), _is_optional(table, table.column(of)))
        for of, name in table.names.items()
    ]
    for name, one in table.references.items():
        is_optional = any(_is_optional(table, table.column(of)) for of in one.columns)
        fields.append(_field(name, "reference", is_optional, models[one.table.lower()]))
    unique = _uniques(table)
    key = [] if _leads_back(table, tables) else _key(table, fields, unique)
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
        "key": key,
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
        "index": False,
        "required": not optional,
        "default": None,
        "default_factory": None,
        "kw_only": False,
    }


def _uniques(table: Table) -> list[list[str]]:
    """The keys in fields; the id needs none, and a text made of several types could be two values."""
    found: list[list[str]] = []
    for key in (table.key, *table.uniques):
        names = [_field_of(table, column) for column in key]
        if key and all(name is not None for name in names) and not any(is_mixed(table.column(of)) for of in key):
            key_fields = [name for name in names if name is not None]
            if len(set(key_fields)) == len(key_fields) and set(key_fields) not in [set(other) for other in found]:
                found.append(key_fields)
    return found


def _key(table: Table, fields: list[FieldDescription], unique: list[list[str]]) -> list[str]:
    """The primary key in fields, where it is not the id and each row has it: SQLite lets some keys be NULL."""
    names = [_field_of(table, column) for column in table.key]
    required = [each["name"] for each in fields if not each["optional"]]
    nothing: list[str] = []
    return next((key for key in unique if key == names and all(name in required for name in key)), nothing)


def _leads_back(table: Table, tables: list[Table]) -> bool:
    """Whether the key of a table has a reference whose key leads, sooner or later, to the table: no value says such a key."""
    by_name = {other.name.lower(): other for other in tables}
    ahead, seen = [table], set[str]()
    while ahead:
        here = ahead.pop()
        for name in (_field_of(here, column) for column in here.key):
            if name in here.references and (to := here.references[name].table.lower()) not in seen:
                seen.add(to)
                ahead.append(by_name[to])
    return table.name.lower() in seen


def _field_of(table: Table, column: str) -> str | None:
    for name, one in table.references.items():
        if small(one.columns) == small([column]):
            return name
    return next((name for of, name in table.names.items() if of.lower() == column.lower()), None)


def _is_optional(table: Table, column: Column) -> bool:
    is_key = column.name.lower() in small(table.key)
    is_lacking = column.profile["nulls"] > 0 or (_nothing(column) and column.profile["empty"] > 0)
    return is_lacking or not (column.is_required or is_key)


def _nothing(column: Column) -> bool:
    """Whether empty text stands for nothing: among numbers, dates and times."""
    profile, some = column.profile, column.values - column.profile["empty"]
    numbers = profile["ints"] + profile["reals"]
    times = profile["dates"] + profile["times"]
    return some > 0 and some in (numbers, times)


def is_mixed(column: Column) -> bool:
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
    is_key = any(column.name.lower() in small(key) for key in (table.key, *table.uniques))
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
