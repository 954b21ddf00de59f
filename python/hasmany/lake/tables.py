"""Somebody else's tables as the rows of models: their columns, and what must hold of them before anything is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from warnings import warn

from .. import made
from .._hasmany import Record, Store, bind
from ..described import FieldDescription, ModelDescription
from ..errors import DuplicateError, FieldError, NotFoundError, SchemaError
from .engine import Engine
from .fitting import beyond, check_fit, counts, fitted, misfits, reference
from .libraries import Cell, Rows, ibis, relations
from .records import Source

_THERE, _FOUND = "0_there", "0_found"
"""Columns beside those of a model, whose fields are not called so."""


def check_kinds(tables: Mapping[type[Record], Rows]) -> None:
    """Whether there are tables, of ibis."""
    if not tables:
        raise TypeError("tables={} has no table; write tables={Model: table}")
    for cls, given in tables.items():
        if not isinstance(given, relations.Table):
            raise TypeError(f"the table of {cls.__name__} is an expression of ibis, not {type(given).__name__}")


def opened(
    engine: Engine,
    store: Store,
    tables: Mapping[type[Record], Rows],
    columns: Mapping[type[Record], Mapping[str, str | tuple[str, ...]]],
    dangling: str,
) -> dict[str, Source]:
    """The rows of each model by its table."""
    for cls in tables:
        bind(store, cls)
    classes = made.models_of(store)
    for cls in columns:
        if cls not in tables:
            raise SchemaError(f"columns= names {cls.__name__}, of which there is no table")
    described = {model["name"]: model for model in made.here(store)}
    for name in described:
        if classes[name] not in tables:
            raise SchemaError(f"{name} has no table, and a reference leads to it: tables={{{name}: ...}}")
    keyed = {name for name in described if not _has_ids(tables[classes[name]], columns.get(classes[name], {}))}
    sources: dict[str, Source] = {}
    for name, model in described.items():
        reading = _Reading(described, keyed, model, tables[classes[name]], columns.get(classes[name], {}))
        sources[model["table"]] = reading.source(engine)
    for model in described.values():
        _check_rows(engine, model, sources[model["table"]])
    return _without_dangling(engine, described, sources, dangling)


def _has_ids(table: Rows, given: Mapping[str, Any]) -> bool:
    return "id" in given or "id" in table.columns


class _Reading:
    """The columns of one model's table."""

    def __init__(
        self,
        described: Mapping[str, ModelDescription],
        keyed: set[str],
        model: ModelDescription,
        table: Rows,
        given: Mapping[str, str | tuple[str, ...]],
    ) -> None:
        self.described = described
        self.keyed = keyed
        """The models that are known by their keys, because their tables have no ids."""
        self.model = model
        self.table = table
        self.given = given
        self.doubts: dict[str, Cell] = {}
        """Which values do not fit, by what is said of so many."""

    def source(self, engine: Engine) -> Source:
        """Its rows, by the names and types that files have."""
        model, name = self.model, self.model["name"]
        fields = {field["name"]: field for field in model["fields"]}
        if wrong := [each for each in self.given if each != "id" and each not in fields]:
            raise SchemaError(f"columns= of {name}: it has no field {wrong[0]!r}; it has {', '.join(['id', *fields])}")
        keys = tuple(self._leaves(name)) if name in self.keyed else ()
        made: dict[str, Cell] = {}
        columns: dict[str, str] = {}
        for each, field in fields.items():
            columns[each] = each if field["to"] is None else f"{each}_id"
            made[columns[each]] = self._value(field) if field["to"] is None else self._reference(field)
        parts = {each: made[columns[each]] for each in model["key"]}
        id = self._id() if not keys else ibis.struct(parts) if len(parts) > 1 else next(iter(parts.values()))
        check_fit(engine, self.table, self.doubts)
        required = frozenset(columns[each] for each, field in fields.items() if not field["optional"])
        return Source(name, self.table.select(id=id, **made), columns, keys, required)

    def _id(self) -> Cell:
        name, (column,) = self.model["name"], self._columns("id", ["id"])
        cell = self.table[column]
        if not cell.type().is_integer():
            raise SchemaError(
                f"{name}: its ids are {cell.type()}, and ids are ints; a text that identifies rows is a field of its own: "
                "declare it with key=, and leave id out"
            )
        self.doubts |= {f"{name}: {{}} ids are {what}": which for what, which in beyond(cell).items()}
        return cell.cast("int64")

    def _value(self, field: FieldDescription) -> Cell:
        (column,) = self._columns(field["name"], [field["name"]])
        return self._fitted(column, field, field["name"])

    def _fitted(self, column: str, field: FieldDescription, name: str) -> Cell:
        cell, where = self.table[column], f"{self.model['name']}.{name}, column {column!r}"
        made = fitted(cell, field, where)
        self.doubts |= {f"{where}: {{}} {what}": which for what, which in misfits(cell, field).items()}
        return made

    def _reference(self, field: FieldDescription) -> Cell:
        """What stands as the id where it leads: of a key of several fields a struct."""
        name, to = field["name"], str(field["to"])
        leaves = self._leaves(to) if to in self.keyed else {}
        plain = next((each for each in (f"{name}_id", name) if each in self.table.columns), f"{name}_id")
        columns = self._columns(name, [plain] if len(leaves) < 2 else [f"{name}.{leaf}" for leaf in leaves])
        if not leaves:
            cell, where = self.table[columns[0]], f"{self.model['name']}.{name}, column {columns[0]!r}"
            self.doubts |= {f"{where}: {{}} ids are {what}": which for what, which in beyond(cell).items()}
            return reference(cell, where)
        cells = [
            reference(self.table[column], f"{self.model['name']}.{name}, column {column!r}")
            if leaf is None
            else self._fitted(column, leaf, name)
            for column, leaf in zip(columns, leaves.values(), strict=True)
        ]
        if len(cells) == 1:
            return cells[0]
        nulls = [cell.isnull() for cell in cells]
        some, none = ibis.or_(*nulls), ibis.and_(*nulls)
        self.doubts[f"{self.model['name']}.{name}: {{}} keys are null in part"] = some & ~none
        made = self._struct(to, iter(cells))
        return some.ifelse(ibis.null(made.type()), made)

    def _struct(self, model: str, cells: Iterator[Cell]) -> Cell:
        keys, fields = self.described[model]["key"], {each["name"]: each for each in self.described[model]["fields"]}
        parts: dict[str, Cell] = {}
        for each in keys:
            to = fields[each]["to"]
            parts[each] = self._struct(to, cells) if to in self.keyed else next(cells)
        return parts[keys[0]] if len(keys) == 1 else ibis.struct(parts)

    def _leaves(self, model: str) -> dict[str, FieldDescription | None]:
        """What a key consists of, as paths from its model: fields, or ids, which are None here."""
        fields = {each["name"]: each for each in self.described[model]["fields"]}
        keys, found = self.described[model]["key"], dict[str, FieldDescription | None]()
        if not keys:
            raise SchemaError(
                f"{model}: the table has no column id; say which it is, columns={{{model}: {{'id': ...}}}}, or "
                "declare key= with the field by which it is known"
            )
        for each in keys:
            to = fields[each]["to"]
            if to is None:
                found[each] = fields[each]
            elif to not in self.keyed:
                found[each] = None
            else:
                below = self._leaves(to)
                found |= {each if len(below) == 1 else f"{each}.{leaf}": of for leaf, of in below.items()}
        return found

    def _columns(self, name: str, usual: list[str]) -> list[str]:
        """The columns of a field: those that were given for it, or the usual ones."""
        given = self.given.get(name)
        columns = usual if given is None else [given] if isinstance(given, str) else list(given)
        where = f"{self.model['name']}.{name}" if name != "id" else self.model["name"]
        if len(columns) != len(usual):
            raise SchemaError(
                f"{where} has {len(usual)} columns, {', '.join(usual)}, and columns= names {len(columns)}"
            )
        for column in columns:
            if column not in self.table.columns:
                raise SchemaError(
                    f"{where}: the table has no column {column!r}; it has {', '.join(self.table.columns)}"
                )
        return columns


def _check_rows(engine: Engine, model: ModelDescription, source: Source) -> None:
    """What may not be null is not, and what is unique is there once."""
    rows = source.rows
    needed = {"id": "id"} | {
        field["name"]: source.columns[field["name"]] for field in model["fields"] if not field["optional"]
    }
    nulls = {f"n{at}": rows[column].isnull().sum() for at, column in enumerate(needed.values())}
    for name, missing in zip(needed, counts(engine, rows, **nulls).values(), strict=True):
        if missing:
            raise FieldError(
                f"{model['name']}.{name} is null in {missing} rows; give a table without them, as in .filter(...)"
            )
    for unique in [["id"], *model["unique"]]:
        columns = [source.columns.get(name, "id") for name in unique]
        whole = rows.filter([rows[column].notnull() for column in columns])
        groups = whole.group_by(columns).agg(**{_FOUND: whole.count()})
        groups = groups.filter(groups[_FOUND] > 1)
        if twice := counts(engine, groups, n=groups.count())["n"]:
            said = ", ".join(unique)
            raise DuplicateError(
                f"{model['name']}: {twice} values of ({said}) are there more than once, and no two rows may share one"
            )


def _without_dangling(
    engine: Engine, described: Mapping[str, ModelDescription], sources: dict[str, Source], dangling: str
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
                kind = source.rows[column].type()
                if not target.keys and not kind.is_integer():
                    raise SchemaError(f"{name} is {kind}, and ids of {target.model} is {target.rows['id'].type()}")
                ids = target.rows.select(**{_THERE: "id"})
                lost = source.rows.filter(source.rows[column].notnull()).anti_join(ids, [(column, _THERE)])
                if number := counts(engine, lost, n=lost.count())["n"]:
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


def _kept(source: Source, column: str, ids: Rows, is_optional: bool) -> Source:
    rows = source.rows
    if is_optional:
        joined = rows.left_join(ids, [(column, _THERE)])
        rows = joined.mutate(**{column: joined[_THERE]}).select(*rows.columns)
    else:
        rows = rows.semi_join(ids, [(column, _THERE)])
    return replace(source, rows=rows)
