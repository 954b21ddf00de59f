"""What a class body said, resolved for the engine. Rust reads these attributes when the class is bound to a store."""

import builtins
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from . import annotation, living
from ._hasmany import Like, Record, Store, Terms, Tweet, User, check_value
from .annotation import Leaf, Members
from .errors import SchemaError
from .frozen import Json

_SEED = (User, Tweet, Like)


@dataclass(frozen=True, eq=False, repr=False)
class Scope:
    """Where a class body stands, and so what the names in its annotations mean."""

    module: str
    qualname: str
    known: Mapping[str, Any]
    """What the frame of the class statement knew of the names that the annotations mention."""

    def found(self, leaf: Leaf) -> Any:
        """What an annotation names; None where nothing of the name is there."""
        return annotation.look_up(leaf.what, self._maps(vars(builtins))) if isinstance(leaf.what, str) else leaf.what

    def found_early(self, leaf: Leaf) -> Any:
        """As `found`, while the body is read: a model that hides a builtin, say a `Warning`, may still come."""
        what = self.found(leaf)
        later = (
            isinstance(leaf.what, str)
            and not leaf.what.islower()
            and annotation.look_up(leaf.what, self._maps({})) is None
        )
        return None if later else what

    def _maps(self, last: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The frame's locals, models of the enclosing scopes, the module, then `last`."""
        yield self.known
        scope = self.qualname
        while "." in scope:
            scope = scope.rpartition(".")[0]
            yield living.Siblings(self.module, scope)
        yield living.Siblings(self.module, "")
        yield vars(sys.modules[self.module]) if self.module in sys.modules else {}
        yield last


@dataclass(eq=False, repr=False)
class DefinedField:
    """A field or a reference."""

    name: str
    leaf: Leaf
    optional: bool
    on_delete: str
    required: bool
    default: Any
    factory: Callable[[], Any] | None
    unique: bool
    index: bool
    belongs: bool
    """Declared with belongs_to()."""
    kw_only: bool
    """The constructor takes it by name only."""
    was: tuple[str, ...]
    """What it was called."""
    scope: Scope
    """Of the body that declares it."""
    scale: int | None = None
    """Of a Decimal: how many digits it has after the point."""
    holds: Any = None
    """The name of a field type, or a model; known once it was looked up."""


@dataclass(eq=False, repr=False)
class DefinedCollection:
    """A collection."""

    name: str
    leaf: Leaf
    through: str | None
    source: str | None
    by: str | None
    one: bool
    """Declared with has_one()."""
    terms: Terms | None
    scope: Scope
    """Of the body that declares it."""

    @property
    def of(self) -> str:
        """The name of its members' class."""
        return self.leaf.name


@dataclass(eq=False, repr=False)
class Body:
    """What one class body says, its bases apart. Of an abstract class this is `cls.__hasmany__`."""

    name: str
    scope: Scope
    table: str
    unique: list[list[Any]]
    """The keys of the class keyword: names of fields, if they are right."""
    key: list[str]
    """The fields of the class keyword `key`; none where nothing is said."""
    declared: dict[str, DefinedField | DefinedCollection]
    names: set[str]
    """All names in it."""
    abstract: bool
    was: tuple[str, ...]
    """What the class or its table was called."""

    def resolved(self) -> "Definition":
        """Raises SchemaError: an abstract class has no rows."""
        raise SchemaError(
            f"{self.name} is abstract and has no rows: declare a model, class X({self.name}), and ask that"
        )


@dataclass(eq=False, repr=False)
class Definition:
    """A model as its class body and its abstract bases declared it: `cls.__hasmany__`."""

    name: str
    table: str
    unique: list[list[str]]
    key: list[str]
    """The fields whose values stand for a record; none where ids do."""
    fields: list[DefinedField]
    collections: list[DefinedCollection]
    was: tuple[str, ...]
    body: Body
    """Its own."""
    stores: "weakref.WeakSet[Store]" = field(default_factory=lambda: weakref.WeakSet())
    """Those that have this model."""

    @property
    def indexed(self) -> list[str]:
        """The fields with an index."""
        return [each.name for each in self.fields if each.index]

    @property
    def names(self) -> set[str]:
        """What the class has because of this definition, methods and the like included."""
        fields, collections = (each.name for each in self.fields), (each.name for each in self.collections)
        return self.body.names.union(fields, collections)

    def resolved(self) -> "Definition":
        """Itself, with every field's type or model looked up. Raises SchemaError."""
        for declared in self.fields:
            if declared.holds is None:
                where = f"{self.name}.{declared.name}"
                what = declared.scope.found(declared.leaf)
                if what is None and declared.leaf.name not in annotation.TYPES:
                    raise SchemaError(f"{where}: {_not_a_model(declared.leaf, what)}")
                declared.holds = held(where, declared, what)
        check_keys(self.name, self.fields, self.unique)
        return self

    def target(self, collection: str) -> Any:
        """The model of a collection's members. Raises SchemaError."""
        declared = next(declared for declared in self.collections if declared.name == collection)
        what = declared.scope.found(declared.leaf)
        if not is_model(what):
            raise SchemaError(f"{self.name}.{collection}: {_not_a_model(declared.leaf, what)}")
        return what

    def refers_to(self, model: Any) -> bool:
        """Whether one of its references leads to this very class. Names that are not known yet lead nowhere."""
        return any((declared.holds or declared.scope.found(declared.leaf)) is model for declared in self.fields)

    def bound_to(self, store: Store) -> None:
        """A store has this model now."""
        self.stores.add(store)


def held(where: str, declared: DefinedField, what: Any) -> Any:
    """The name of the type, or the model, that a field holds. `what`: what its annotation names. Raises SchemaError where that is
    neither, or where the default does not fit."""
    if (type_name := _field_type(declared.leaf, what)) is not None:
        if isinstance(type_name, Members):
            type_name.checked(where)
        type_name = _scaled(where, type_name, declared.scale)
        if type_name == "Json":
            _settle_json(where, declared)
        elif not declared.required and declared.factory is None and declared.default is None and not declared.optional:
            raise none_as_default(where)
        if declared.belongs:
            raise SchemaError(f"{where} is a {type_name}, so belongs_to() does not fit it; use field()")
        if not declared.required and declared.factory is None and declared.default is not None:
            _check_default(where, type_name, declared.default)
        return type_name
    if not is_model(what):
        raise SchemaError(f"{where}: {_not_a_model(declared.leaf, what)}")
    if declared.scale is not None:
        raise SchemaError(f"{where} refers to {declared.leaf.name}; scale= is for a Decimal")
    if declared.index:
        raise SchemaError(
            f"{where} refers to {declared.leaf.name}, and the rows that refer to a record are listed anyway; "
            "index=True is for a field"
        )
    if declared.factory is not None or (not declared.required and declared.default is not None):
        raise SchemaError(f"{where} refers to {declared.leaf.name}, and the only default of a reference is None")
    return what


def none_as_default(where: str) -> SchemaError:
    """What is said where the default is None and the field may not hold it."""
    return SchemaError(f"{where}: the default is None; annotate it as `| None`")


def _settle_json(where: str, declared: DefinedField) -> None:
    """None is a value of Json. What the default is does not change any more with the list or dict that was written."""
    if declared.leaf.optional:
        raise SchemaError(f"{where}: None is a value of Json; write {declared.name}: Json, without `| None`")
    if declared.unique:
        raise _no_key(where)
    if declared.index:
        raise SchemaError(f"{where} is Json, which has no order; index=True is for a field with one")
    declared.optional = True
    default = declared.default
    declared.default = deepcopy(default.value if type(default) is Json else default)


def is_json(leaf: Leaf, what: Any) -> bool:
    """Whether an annotation that names this object, or nothing, says that a field holds JSON."""
    return _field_type(leaf, what) == "Json"


def check_keys(name: str, fields: Iterable[DefinedField], keys: Iterable[Iterable[str]]) -> None:
    """Raises SchemaError where a field of JSON is among those that are unique together."""
    named = {part for key in keys for part in key}
    for declared in fields:
        if declared.name in named and is_json(declared.leaf, declared.scope.found_early(declared.leaf)):
            raise _no_key(f"{name}.{declared.name}")


def _no_key(where: str) -> SchemaError:
    return SchemaError(f"{where} is Json, which is no key: it can be part of nothing unique")


def _scaled(where: str, of: "str | Members", scale: int | None) -> "str | Members":
    """The type with its scale, which a Decimal needs and nothing else has."""
    if of == "Decimal" and scale is None:
        raise SchemaError(
            f"{where}: a Decimal needs its digits after the point, as in {where}: Decimal = field(scale=2)"
        )
    if of != "Decimal" and scale is not None:
        raise SchemaError(f"{where} is a {of}; scale= is for a Decimal")
    return f"Decimal({scale})" if of == "Decimal" else of


def _check_default(where: str, type_name: "str | Members", default: Any) -> None:
    model, _, field_name = where.partition(".")
    try:
        check_value(model, field_name, type_name, default)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"{error}, and the default is {default!r:.80}") from None


def referring(model: type[Any], tables: dict[str, str]) -> list[type[Any]]:
    """The living models that refer to this one and have one of these tables, or had it; by table, the name of its class. Raises
    SchemaError where two have one."""
    found: dict[str, type[Any]] = {}
    for candidate in living.models():
        definition = vars(candidate).get("__hasmany__")
        # An abstract base has no rows.
        # One that was made for a table belongs to its store, which has it already.
        if (
            not isinstance(definition, Definition)
            or hasattr(candidate, "__store__")
            or not (
                definition.table in tables
                or any(table in definition.was or of in definition.was for table, of in tables.items())
            )
        ):
            continue
        if not definition.refers_to(model):
            continue
        other = found.setdefault(definition.table, candidate)
        if other is not candidate:
            names = " and ".join(f"{one.__module__}.{one.__qualname__}" for one in (other, candidate))
            raise SchemaError(
                f"{names} both have the table '{definition.table}' and refer to {model.__name__}, so it is not known whose "
                "on_delete holds; use the one that is meant before deleting, or give the other table=..."
            )
    return list(found.values())


def _field_type(leaf: Leaf, what: Any) -> "str | Members | None":
    """The name of a field type: of the type itself, or of a name for one that nothing else has."""
    if (of := annotation.field_type(what)) is not None:
        return of
    return leaf.name if what is None and leaf.name in annotation.TYPES else None


def is_model(what: Any) -> bool:
    """Whether an object is a class with rows."""
    if any(what is seed for seed in _SEED):
        return True
    return isinstance(what, type) and issubclass(what, Record) and definition_of(what) is not None


def definition_of(what: type[Any]) -> Definition | None:
    """What a model is; None of any other class."""
    said = vars(what).get("__hasmany__")
    return said if isinstance(said, Definition) else None


def body_of(what: type[Any]) -> Body | None:
    """The body of an abstract class; None of any other class."""
    said = vars(what).get("__hasmany__")
    return said if isinstance(said, Body) else None


def hint(name: str, names: Iterable[str]) -> str:
    """Which of some names is nearly this one, for the end of a message."""
    from difflib import get_close_matches  # now, because it takes longer to import than all of this

    near = get_close_matches(name, [*names], 1)
    return f" (did you mean '{near[0]}'?)" if near else ""


def _not_a_model(leaf: Leaf, what: Any) -> str:
    if isinstance(what, type) and body_of(what):
        return f"{leaf.name} is abstract and has no rows; name one of its models"
    if what is not None:
        return f"{leaf.name} is neither a model nor a type of a field ({annotation.TYPE_NAMES})"
    return f"no model named '{leaf.name}' is declared{hint(leaf.name, living.names())}"
