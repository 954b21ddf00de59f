"""Somebody else's tables as the rows of models: their columns, and what must hold of them before anything is asked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from warnings import warn

from .. import made
from .._hasmany import Record, Store, bind
from ..described import FieldDescription, ModelDescription
from ..errors import DuplicateError, FieldError, NotFoundError, SchemaError
from .duck import check_version
from .functions import kept
from .libraries import Cell, Rows, datatypes, ibis, relations
from .records import Source


def opened(
    store: Store,
    tables: Mapping[type[Record], Rows],
    columns: Mapping[type[Record], Mapping[str, str]],
    dangling: str,
) -> tuple[dict[str, Source], Any]:
    """The rows of each model by its table, and the engine that all of them are on."""
    if not tables:
        raise TypeError("tables={} has no table; write tables={Model: table}")
    for cls, given in tables.items():
        if not isinstance(given, relations.Table):
            raise TypeError(f"the table of {cls.__name__} is an expression of ibis, not {type(given).__name__}")
        bind(store, cls)
    classes = made.models_of(store)
    for cls in columns:
        if cls not in tables:
            raise SchemaError(f"columns= names {cls.__name__}, of which there is no table")
    engines = {id(engine): engine for engine in (table.get_backend() for table in tables.values())}
    if len(engines) > 1:
        raise SchemaError("the tables are on several engines, and no question joins them; bring them to one")
    engine: Any = next(iter(engines.values()))
    if engine.name == "duckdb":
        check_version()
    described = {model["name"]: model for model in made.here(store)}
    for name in described:
        if classes[name] not in tables:
            raise SchemaError(f"{name} has no table, and a reference leads to it: tables={{{name}: ...}}")
    sources: dict[str, Source] = {}
    for name, model in described.items():
        given = columns.get(classes[name], {})
        sources[model["table"]] = _source(model, tables[classes[name]], given)
    for model in described.values():
        _check_rows(engine, model, sources[model["table"]])
    return _without_dangling(engine, described, sources, dangling), engine


def _source(model: ModelDescription, table: Rows, given: Mapping[str, str]) -> Source:
    """The rows of a model: of its table the columns, by the names and types that files have."""
    fields = {field["name"]: field for field in model["fields"]}
    if wrong := [name for name in given if name != "id" and name not in fields]:
        raise SchemaError(
            f"columns= of {model['name']}: it has no field {wrong[0]!r}; it has {', '.join(['id', *fields])}"
        )
    key = None
    has_ids = "id" in given or "id" in table.columns
    if not has_ids:
        if len(model["key"]) != 1 or fields[model["key"][0]]["to"] is not None:
            raise SchemaError(
                f"{model['name']}: the table has no column id; say which it is, columns={{{model['name']}: {{'id': ...}}}}, or "
                "declare key= with the field by which it is known"
            )
        key = model["key"][0]
    made: dict[str, Cell] = {}
    columns: dict[str, str] = {}
    for name, field in fields.items():
        own = f"{name}_id" if field["to"] is not None else name
        column = given.get(name) or (own if own in table.columns else name)
        if column not in table.columns:
            raise SchemaError(
                f"{model['name']}.{name}: the table has no column {column!r}; it has {', '.join(table.columns)}"
            )
        columns[name] = own
        where = f"{model['name']}.{name}, column {column!r}"
        made[own] = (
            _reference(table[column], where) if field["to"] is not None else _fitted(table[column], field, where)
        )
    id_column = given.get("id", "id") if key is None else None
    if id_column is not None and id_column not in table.columns:
        raise SchemaError(f"{model['name']}: the table has no column {id_column!r}; it has {', '.join(table.columns)}")
    id = made[columns[key]] if key is not None else table[id_column or "id"]
    if key is None and not id.type().is_integer():
        raise SchemaError(
            f"{model['name']}: its ids are {id.type()}, and ids are ints; a text that identifies rows is a field of its own: "
            "declare it with key=, and leave id out"
        )
    id = id if key is not None else id.cast("int64")
    required = frozenset(columns[name] for name, field in fields.items() if not field["optional"])
    return Source(model["name"], table.select(id=id, **made), columns, key, required)


def _reference(cell: Cell, where: str) -> Cell:
    kind = cell.type()
    if kind.is_integer():
        return cell.cast("int64")
    if kind.is_string():
        return cell
    if kind.is_uuid():
        return cell.cast("string").lower()
    raise SchemaError(f"{where}, is {kind}; a reference's column has ids, or keys that are text")


def _fitted(cell: Cell, field: FieldDescription, where: str) -> Cell:
    """A column as files have it. Nothing is cut or rounded."""
    kind = cell.type()
    of = field["type"]
    if field["values"]:
        of = "str" if isinstance(field["values"][0], str) else "int"
    wanted = kept(of)
    match of:
        case "int" if kind.is_integer():
            return cell.cast("int64")
        case "float" if kind.is_floating():
            cell = cell.cast("float64")
            return cell.isnan().ifelse(ibis.null("float64"), cell)
        case "float" if kind.is_integer():
            return cell.cast("float64")
        case "str" if kind.is_string():
            return cell
        case "bool" if kind.is_boolean():
            return cell
        case "bytes" if kind.is_binary():
            return cell
        case "date" if kind.is_date():
            return cell
        case "time" if kind.is_time():
            return cell
        case "datetime" if isinstance(kind, datatypes.Timestamp) and kind.timezone is not None:
            return cell
        case "UUID" if kind.is_uuid() or kind.is_string():
            return cell.cast("string").lower()
        case _ if isinstance(wanted, datatypes.Decimal) and (
            kind.is_integer() or (isinstance(kind, datatypes.Decimal) and (kind.scale or 0) <= (wanted.scale or 0))
        ):
            return cell.cast(wanted)
        case _:
            raise SchemaError(
                f"{where}, is {kind}, and the field is {of}; give a table with a column of that, as in .cast(...)"
            )


def _counts(engine: Any, rows: Rows, **numbers: Cell) -> dict[str, int]:
    answer = engine.to_pyarrow(rows.aggregate(**numbers)).to_pylist()[0]
    return {name: int(number or 0) for name, number in answer.items()}


def _check_rows(engine: Any, model: ModelDescription, source: Source) -> None:
    """What may not be null is not, and what is unique is there once."""
    rows = source.rows
    needed = {"id": "id"} | {
        field["name"]: source.columns[field["name"]] for field in model["fields"] if not field["optional"]
    }
    nulls = {f"n{at}": rows[column].isnull().sum() for at, column in enumerate(needed.values())}
    for name, missing in zip(needed, _counts(engine, rows, **nulls).values(), strict=True):
        if missing:
            raise FieldError(
                f"{model['name']}.{name} is null in {missing} rows; give a table without them, as in .filter(...)"
            )
    for unique in [["id"], *model["unique"]]:
        columns = [source.columns.get(name, "id") for name in unique]
        whole = rows.filter([rows[column].notnull() for column in columns])
        groups = whole.group_by(columns).agg(found=whole.count())
        groups = groups.filter(groups["found"] > 1)
        if twice := _counts(engine, groups, n=groups.count())["n"]:
            said = ", ".join(unique)
            raise DuplicateError(
                f"{model['name']}: {twice} values of ({said}) are there more than once, and no two rows may share one"
            )


def _without_dangling(
    engine: Any, described: Mapping[str, ModelDescription], sources: dict[str, Source], dangling: str
) -> dict[str, Source]:
    """References that lead nowhere: an error, or taken for None; rows that need one are left out, until nothing refers to such."""
    counted: dict[str, int] = {}
    is_changed = True
    while is_changed:
        is_changed = False
        for model in described.values():
            for field in model["fields"]:
                if field["to"] is None:
                    continue
                source, target = sources[model["table"]], sources[described[field["to"]]["table"]]
                column = source.columns[field["name"]]
                name = f"{model['name']}.{field['name']}"
                _check_kinds(name, source.rows[column], target)
                ids = target.rows.select(there="id")
                lost = source.rows.filter(source.rows[column].notnull()).anti_join(ids, [(column, "there")])
                if number := _counts(engine, lost, n=lost.count())["n"]:
                    counted[name] = counted.get(name, 0) + number
                    sources[model["table"]] = _kept(source, column, ids, field["optional"])
                    is_changed = dangling == "warn"
    if counted:
        said = ", ".join(f"{number} of {name}" for name, number in counted.items())
        if dangling == "error":
            raise NotFoundError(
                f'references lead nowhere: {said}; dangling="warn" takes them for None, and leaves rows out that need one'
            )
        warn(
            f"references lead nowhere: {said}; they are taken for None, and rows that need one are left out",
            stacklevel=4,
        )
    return sources


def _check_kinds(name: str, cell: Cell, target: Source) -> None:
    if cell.type().is_integer() != target.rows["id"].type().is_integer():
        what = "ids" if target.key is None else f"the key {target.key}"
        raise SchemaError(f"{name} is {cell.type()}, and {what} of {target.model} is {target.rows['id'].type()}")


def _kept(source: Source, column: str, ids: Rows, is_optional: bool) -> Source:
    rows = source.rows
    if is_optional:
        joined = rows.left_join(ids, [(column, "there")])
        rows = joined.mutate(**{column: joined["there"]}).select(*rows.columns)
    else:
        rows = rows.semi_join(ids, [(column, "there")])
    return replace(source, rows=rows)
