"""Reads a class body: from its annotations and what is assigned to them to a `Definition`."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from . import annotation
from ._hasmany import Record
from .annotation import Leaf
from .declared import NOTHING, BelongsTo, FieldOptions, HasMany
from .definition import DefinedCollection, DefinedField, Definition
from .errors import SchemaError

_RESERVED = {name for name in dir(Record) if not name.startswith("__")}
_OF_THE_MODEL = ("__init__", "__new__", "__slots__", "__eq__", "__hash__", "__getattr__", "__setattr__")


def read_body(
    name: str, namespace: Mapping[str, Any], unique: Any, table: str | None, caller: Mapping[str, Any]
) -> Definition:
    """What the body of the class `name` says. `caller`: the locals of the frame with the class statement. Raises SchemaError."""
    fields: list[DefinedField] = []
    collections: list[DefinedCollection] = []
    known: dict[str, Any] = {}
    for attribute, leaf in _annotated(name, namespace):
        if isinstance(leaf.what, str) and (first := leaf.what.partition(".")[0]) in caller:
            known[first] = caller[first]
        where, given = f"{name}.{attribute}", namespace.get(attribute, NOTHING)
        if leaf.many:
            collections.append(_collection(where, attribute, leaf, given))
        else:
            fields.append(_field(where, attribute, leaf, given))
    _check_special(name, namespace)
    _check_order(name, fields)
    _check_annotated(name, namespace, {field.name for field in fields} | {many.name for many in collections})
    return Definition(
        name=name,
        module=namespace.get("__module__", ""),
        qualname=namespace.get("__qualname__", name),
        table=_table(name, table),
        unique=_unique(name, unique, fields),
        fields=fields,
        collections=collections,
        known=known,
        body=set(namespace),
    )


def _annotated(name: str, namespace: Mapping[str, Any]) -> Iterator[tuple[str, Leaf]]:
    """The annotated names of fields and collections, in order."""
    for attribute, written in annotation.of_class_body(namespace).items():
        try:
            leaf = annotation.read(written)
        except SchemaError as error:
            raise SchemaError(f"{name}.{attribute}: {error}") from None
        if annotation.is_class_variable(leaf):
            continue
        if attribute in _RESERVED or attribute.startswith("__"):
            raise _reserved(name, attribute)
        yield attribute, leaf


def _collection(where: str, name: str, leaf: Leaf, given: Any) -> DefinedCollection:
    if not isinstance(given, HasMany):
        raise SchemaError(f"{where} is a collection; write {name}: Many[...] = has_many()")
    return DefinedCollection(name, leaf, given.through, given.source, given.by)


def _field(where: str, name: str, leaf: Leaf, given: Any) -> DefinedField:
    on_delete, factory, unique = "restrict", None, False
    default = given
    if isinstance(given, HasMany):
        raise SchemaError(f"{where}: has_many() is for a collection; annotate it as Many[...]")
    if isinstance(given, FieldOptions):
        default, factory, unique = given.default, given.factory, given.unique
    elif isinstance(given, BelongsTo):
        default, on_delete = given.default, given.on_delete
    required = default is NOTHING and factory is None
    if default is None and not leaf.optional:
        raise SchemaError(f"{where}: the default is None; annotate it as `| None`")
    if on_delete == "nullify" and not leaf.optional:
        raise SchemaError(f'{where}: on_delete="nullify" needs an optional reference; annotate it as `| None`')
    default = None if default is NOTHING else default
    belongs = isinstance(given, BelongsTo)
    return DefinedField(name, leaf, leaf.optional, on_delete, required, default, factory, unique, belongs)


def _check_special(name: str, namespace: Mapping[str, Any]) -> None:
    """The body defines nothing that records have from hasmany, except that a method or descriptor may override one."""
    for special in _OF_THE_MODEL:
        if special in namespace:
            raise SchemaError(f"{name} defines {special}, which a model's records have from hasmany")
    for attribute in _RESERVED & set(namespace):
        if not (callable(namespace[attribute]) or hasattr(namespace[attribute], "__get__")):
            raise _reserved(name, attribute)


def _check_order(name: str, fields: list[DefinedField]) -> None:
    """Required fields come first, as in a signature."""
    optional = None
    for declared in fields:
        if not declared.required:
            optional = declared.name
        elif optional is not None:
            raise SchemaError(f"{name}.{declared.name} is required and comes after {optional}, which is not")


def _check_annotated(name: str, namespace: Mapping[str, Any], declared: set[str]) -> None:
    """No field(), belongs_to() or has_many() is without its annotation."""
    for attribute, value in namespace.items():
        if isinstance(value, (FieldOptions, BelongsTo, HasMany)) and attribute not in declared:
            many = isinstance(value, HasMany)
            form = f'{attribute}: Many["..."] = has_many()' if many else f"{attribute}: str = field()"
            raise SchemaError(f"{name}.{attribute} has no annotation that says its type, as in {form}")


def _reserved(name: str, attribute: str) -> SchemaError:
    return SchemaError(f"{name}.{attribute}: every record has a {attribute!r} already; choose another name")


def _unique(name: str, unique: Any, fields: list[DefinedField]) -> list[list[str]]:
    """The keys: those of the class keyword, then the unique fields, each set of fields once."""
    if type(unique) not in (tuple, list):
        raise SchemaError(f"{name}: unique is a tuple of field names, as in unique=({unique!r},), not {unique!r}")
    parts: list[Any] = list(unique)
    whole = parts and all(isinstance(part, str) for part in parts)
    keys = [parts] if whole else [_key(part) for part in parts]
    names = [declared.name for declared in fields]
    for part in (part for key in keys for part in key):
        if part not in names:
            near = get_close_matches(str(part), names, 1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            raise SchemaError(f"{name}: unique names {part!r}, which is no field{hint}")
    keys += [[declared.name] for declared in fields if declared.unique]
    return list({frozenset(key): key for key in reversed(keys)}.values())[::-1]


def _key(part: Any) -> list[Any]:
    """A tuple of names, or a single one."""
    return [*part] if type(part) in (tuple, list) else [part]


def _table(name: str, given: Any) -> str:
    """The given name, or snake_case + "s": PlaylistTrack is playlist_tracks."""
    if given is None:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower() + "s"
    if type(given) is not str or not given:
        raise SchemaError(f"{name}: table is a name, not {given!r}")
    return given
