"""Reads a class body: from its annotations and what is assigned to them to a `Body`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from . import annotation
from ._hasmany import Record
from .annotation import Leaf
from .declared import NOTHING, BelongsTo, FieldOptions, HasMany, HasOne, names
from .definition import Body, DefinedCollection, DefinedField, Scope, held, is_json, none_as_default
from .errors import SchemaError

_RESERVED = {name for name in dir(Record) if not name.startswith("__")}
_OF_THE_MODEL = ("__init__", "__new__", "__slots__", "__eq__", "__hash__", "__getattr__", "__setattr__")


def read_body(
    name: str,
    namespace: Mapping[str, Any],
    caller: Mapping[str, Any],
    *,
    unique: Any = (),
    key: Any = None,
    table: str | None = None,
    was: Any = None,
    abstract: bool = False,
    kw_only: bool = False,
) -> Body:
    """What the body of the class `name` says. `caller`: the locals of the frame with the class statement. Raises SchemaError."""
    _check_flags(name, table, was, abstract=abstract, kw_only=kw_only)
    annotated = list(_annotated(name, namespace))
    known = {first: caller[first] for first in map(_first_name, annotated) if first in caller}
    scope = Scope(namespace.get("__module__", ""), namespace.get("__qualname__", name), known)
    declared: dict[str, DefinedField | DefinedCollection] = {}
    for attribute, leaf in annotated:
        where, given = f"{name}.{attribute}", namespace.get(attribute, NOTHING)
        if leaf.many or isinstance(given, HasOne):
            declared[attribute] = _collection(where, attribute, leaf, given, scope)
        else:
            declared[attribute] = of = _field(where, attribute, leaf, given, scope, kw_only)
            if (what := scope.found_early(leaf)) is not None:
                held(where, of, what)  # what is not known yet is checked when the class is first used
    _check_special(name, namespace)
    _check_annotated(name, namespace, set(declared))
    return Body(
        name,
        scope,
        _table(name, table),
        _keys(name, unique),
        _own_key(name, key),
        declared,
        set(namespace),
        abstract,
        names(f"{name}: was", was),
    )


def _check_flags(name: str, table: Any, was: Any, *, abstract: Any, kw_only: Any) -> None:
    for keyword, flag in (("abstract", abstract), ("kw_only", kw_only)):
        if type(flag) is not bool:
            raise SchemaError(f"{name}: {keyword} is True or False, not {flag!r}")
    if abstract and (table is not None or was is not None):
        raise SchemaError(
            f"{name} is abstract and has no rows, so {'was' if table is None else 'table'}= belongs to its models"
        )


def _first_name(annotated: tuple[str, Leaf]) -> str:
    """The first part of the name in an annotation, "" where it is no name."""
    what = annotated[1].what
    return what.partition(".")[0] if isinstance(what, str) else ""


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


def _collection(where: str, name: str, leaf: Leaf, given: Any, scope: Scope) -> DefinedCollection:
    if isinstance(given, HasOne):
        if leaf.many or not leaf.optional:
            of = leaf.name
            raise SchemaError(f'{where} is one {of} or None; write {name}: "{of} | None" = has_one()')
        return DefinedCollection(name, leaf, None, None, given.by, True, None, scope)
    if not isinstance(given, HasMany):
        raise SchemaError(f"{where} is a collection; write {name}: Many[...] = has_many()")
    return DefinedCollection(name, leaf, given.through, given.source, given.by, False, given.terms, scope)


def _field(where: str, name: str, leaf: Leaf, given: Any, scope: Scope, kw_only: bool) -> DefinedField:
    on_delete, factory, unique, index, scale, was = "restrict", None, False, False, None, names("was", None)
    default = given
    if isinstance(given, HasMany):
        raise SchemaError(f"{where}: has_many() is for a collection; annotate it as Many[...]")
    if isinstance(given, FieldOptions):
        default, factory, scale, was = given.default, given.factory, given.scale, given.was
        unique, index = given.unique, given.index
    elif isinstance(given, BelongsTo):
        default, on_delete, was = given.default, given.on_delete, given.was
    required = default is NOTHING and factory is None
    if default is None and not leaf.optional and not is_json(leaf, scope.found(leaf)):
        raise none_as_default(where)
    if on_delete == "nullify" and not leaf.optional:
        raise SchemaError(f'{where}: on_delete="nullify" needs an optional reference; annotate it as `| None`')
    default = None if default is NOTHING else default
    belongs = isinstance(given, BelongsTo)
    return DefinedField(
        name,
        leaf,
        leaf.optional,
        on_delete,
        required,
        default,
        factory,
        unique,
        index,
        belongs,
        kw_only,
        was,
        scope,
        scale,
    )


def _check_special(name: str, namespace: Mapping[str, Any]) -> None:
    """The body defines nothing that records have from hasmany, except that a method or descriptor may override one."""
    for special in _OF_THE_MODEL:
        if special in namespace:
            raise SchemaError(f"{name} defines {special}, which a model's records have from hasmany")
    for attribute in _RESERVED & set(namespace):
        if not (callable(namespace[attribute]) or hasattr(namespace[attribute], "__get__")):
            raise _reserved(name, attribute)


def _check_annotated(name: str, namespace: Mapping[str, Any], declared: set[str]) -> None:
    """No field(), belongs_to(), has_many() or has_one() is without its annotation."""
    for attribute, value in namespace.items():
        if isinstance(value, (FieldOptions, BelongsTo, HasMany, HasOne)) and attribute not in declared:
            form = f"{attribute}: str = field()"
            if isinstance(value, HasMany):
                form = f'{attribute}: Many["..."] = has_many()'
            elif isinstance(value, HasOne):
                form = f'{attribute}: "... | None" = has_one()'
            raise SchemaError(f"{name}.{attribute} has no annotation that says its type, as in {form}")


def _reserved(name: str, attribute: str) -> SchemaError:
    return SchemaError(f"{name}.{attribute}: every record has a {attribute!r} already; choose another name")


def _keys(name: str, unique: Any) -> list[list[Any]]:
    """The keys of the class keyword, as they were written."""
    if type(unique) not in (tuple, list):
        raise SchemaError(f"{name}: unique is a tuple of field names, as in unique=({unique!r},), not {unique!r}")
    parts: list[Any] = list(unique)
    whole = parts and all(isinstance(part, str) for part in parts)
    return [parts] if whole else [_key(part) for part in parts]


def _own_key(name: str, key: Any) -> list[str]:
    """The fields of key=; none where nothing is said."""
    if key is None:
        return []
    parts: list[Any] = _key(key)
    if not parts or not all(type(part) is str for part in parts) or len({*parts}) < len(parts):
        raise SchemaError(f"{name}: key is the name of a field or a tuple of names, not {key!r}")
    return parts


def _key(part: Any) -> list[Any]:
    """A tuple of names, or a single one."""
    return [*part] if type(part) in (tuple, list) else [part]


def _table(name: str, given: Any) -> str:
    """The given name, or that of the class."""
    if given is None:
        return default_table(name)
    if type(given) is not str or not given:
        raise SchemaError(f"{name}: table is a name, not {given!r}")
    return given


def default_table(name: str) -> str:
    """The table of a class: snake_case + "s", PlaylistTrack is playlist_tracks."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower() + "s"
