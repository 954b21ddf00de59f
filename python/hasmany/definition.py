"""What a class body said, resolved for the engine. Rust reads these attributes when the class is bound to a store."""

import builtins
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from . import annotation, living
from ._hasmany import Like, Record, Store, Tweet, User
from .annotation import Leaf
from .errors import SchemaError

_SEED = (User, Tweet, Like)


@dataclass
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
    belongs: bool
    """Declared with belongs_to()."""
    holds: Any = None
    """The name of a field type, or a model; known once it was looked up."""


@dataclass
class DefinedCollection:
    """A collection."""

    name: str
    leaf: Leaf
    through: str | None
    source: str | None
    by: str | None

    @property
    def of(self) -> str:
        """The name of its members' class."""
        return self.leaf.name


@dataclass
class Definition:
    """A model as its class body declared it: `cls.__hasmany__`."""

    name: str
    module: str
    qualname: str
    table: str
    unique: list[list[str]]
    fields: list[DefinedField]
    collections: list[DefinedCollection]
    known: dict[str, Any]
    """What the frame of the class statement knew of the names that the annotations mention."""
    body: set[str]
    """The names in the class body."""
    stores: "weakref.WeakSet[Store]" = field(default_factory=weakref.WeakSet)
    """Those that have this model."""

    def resolved(self) -> "Definition":
        """Itself, with every field's type or model looked up. Raises SchemaError."""
        for declared in self.fields:
            if declared.holds is None:
                declared.holds = self._type_of(declared)
        return self

    def target(self, collection: str) -> Any:
        """The model of a collection's members. Raises SchemaError."""
        declared = next(declared for declared in self.collections if declared.name == collection)
        what = self._found(declared.leaf)
        if not _is_model(what):
            raise SchemaError(f"{self.name}.{collection}: {_not_a_model(declared.leaf, what)}")
        return what

    def refers_to(self, model: Any) -> bool:
        """Whether one of its references leads to this very class. Names that are not known yet lead nowhere."""
        return any((declared.holds or self._found(declared.leaf)) is model for declared in self.fields)

    def bound_to(self, store: Store) -> None:
        """A store has this model now."""
        self.stores.add(store)

    def _type_of(self, declared: DefinedField) -> Any:
        what, where = self._found(declared.leaf), f"{self.name}.{declared.name}"
        if (type_name := _field_type(declared.leaf, what)) is not None:
            if declared.belongs:
                raise SchemaError(f"{where} is a {type_name}, so belongs_to() does not fit it; use field()")
            return type_name
        if not _is_model(what):
            raise SchemaError(f"{where}: {_not_a_model(declared.leaf, what)}")
        if declared.factory is not None or (not declared.required and declared.default is not None):
            raise SchemaError(f"{where} refers to {declared.leaf.name}, and the only default of a reference is None")
        return what

    def _found(self, leaf: Leaf) -> Any:
        return annotation.look_up(leaf.what, self._scopes()) if isinstance(leaf.what, str) else leaf.what

    def _scopes(self) -> Iterator[Mapping[str, Any]]:
        """Where names are looked up: the frame's locals, models of the enclosing scopes, the module, builtins."""
        yield self.known
        scope = self.qualname
        while "." in scope:
            scope = scope.rpartition(".")[0]
            yield living.Siblings(self.module, scope)
        yield living.Siblings(self.module, "")
        yield vars(sys.modules[self.module]) if self.module in sys.modules else {}
        yield vars(builtins)


def referring(model: type[Any], tables: list[str]) -> list[type[Any]]:
    """The living models that refer to this one and have one of these tables. Raises SchemaError where two have one."""
    found: dict[str, type[Any]] = {}
    for candidate in living.models():
        definition: Definition | None = vars(candidate).get("__hasmany__")
        if definition is None or definition.table not in tables or not definition.refers_to(model):
            continue
        other = found.setdefault(definition.table, candidate)
        if other is not candidate:
            names = " and ".join(f"{one.__module__}.{one.__qualname__}" for one in (other, candidate))
            raise SchemaError(
                f"{names} both have the table '{definition.table}' and refer to {model.__name__}, so it is not known whose "
                "on_delete holds; use the one that is meant before deleting, or give the other table=..."
            )
    return list(found.values())


def _field_type(leaf: Leaf, what: Any) -> str | None:
    """The name of a field type: of the type itself, or of a name for one that nothing else has."""
    # Compared by identity: what was found may be any object, even one that has no hash or equals everything.
    for of, name in annotation.TYPES.items():
        if of is what:
            return name
    return leaf.name if what is None and leaf.name in annotation.TYPES.values() else None


def _is_model(what: Any) -> bool:
    if any(what is seed for seed in _SEED):
        return True
    return isinstance(what, type) and issubclass(what, Record) and "__hasmany__" in vars(what)


def _not_a_model(leaf: Leaf, what: Any) -> str:
    if what is not None:
        return f"{leaf.name} is neither a model nor a type of a field ({annotation.TYPE_NAMES})"
    near = get_close_matches(leaf.name, living.names(), 1)
    return f"no model named '{leaf.name}' is declared" + (f" (did you mean '{near[0]}'?)" if near else "")
