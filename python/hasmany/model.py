"""Class bodies to schemas: what a `Model` says of its fields and collections, and how classes find each other."""

import builtins
import inspect
import re
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from difflib import get_close_matches
from typing import Any, Literal

from . import annotation
from ._hasmany import Collection, Field, Like, Record, Store, Tweet, User, redefine
from .annotation import Leaf
from .errors import SchemaError

_SEED = (User, Tweet, Like)
_RESERVED = {name for name in dir(Record) if not name.startswith("__")} | {"insert_all", "similar", "recommend"}
_OF_THE_MODEL = ("__init__", "__new__", "__slots__", "__eq__", "__hash__", "__getattr__", "__setattr__")
_NOTHING: Any = object()

_models: dict[tuple[str, str], "weakref.ref[ModelType]"] = {}
"""The living models by module and qualified name."""


def _living(module: str, qualname: str) -> "ModelType | None":
    reference = _models.get((module, qualname))
    return None if reference is None else reference()


# What a class body assigns to its names


@dataclass(frozen=True)
class _FieldSpec:
    default: Any = _NOTHING
    factory: Callable[[], Any] | None = None
    unique: bool = False


@dataclass(frozen=True)
class _BelongsTo:
    on_delete: str = "restrict"
    default: Any = _NOTHING


@dataclass(frozen=True)
class _HasMany:
    through: str | None
    source: str | None
    by: str | None


def field(*, default: Any = _NOTHING, default_factory: Callable[[], Any] = _NOTHING, unique: bool = False) -> Any:
    """Says more of a field than its type: a default, a function that makes one for each row, or that no two rows have the same value.

    None is never a duplicate. Raises `SchemaError` where both a default and a factory are given.

    >>> from hasmany import Model, Store, field
    >>> class Tag(Model):
    ...     name: str = field(unique=True)
    ...     color: str = field(default="grey")
    >>> with Store():
    ...     Tag("red", color="red"), Tag("dull")
    (Tag(1, name='red', color='red'), Tag(2, name='dull', color='grey'))
    """
    if default is not _NOTHING and default_factory is not _NOTHING:
        raise SchemaError("a field takes a default or a default_factory, not both")
    return _FieldSpec(default, None if default_factory is _NOTHING else default_factory, unique)


def belongs_to(*, on_delete: Literal["restrict", "cascade", "nullify"] = "restrict", default: Any = _NOTHING) -> Any:
    """Says more of a reference than its model: what happens to this row when the row it refers to is deleted.

    "restrict" forbids the delete, "cascade" deletes this row too, "nullify" (of an optional reference) sets it to None.
    The only default is None.

    >>> from hasmany import Model, Store, belongs_to
    >>> class Owner(Model):
    ...     name: str
    >>> class Dog(Model):
    ...     owner: Owner = belongs_to(on_delete="cascade")
    >>> with Store():
    ...     owner = Owner("ann")
    ...     dog = Dog(owner)
    ...     owner.delete()
    {'Owner': 1, 'Dog': 1}
    """
    if on_delete not in ("restrict", "cascade", "nullify"):
        raise SchemaError(f"on_delete is 'restrict', 'cascade' or 'nullify', not {on_delete!r}")
    if default is not _NOTHING and default is not None:
        raise SchemaError("the only default of a reference is None")
    return _BelongsTo(on_delete, default)


def has_many(
    *, through: str | None = None, source: str | None = None, by: str | None = None, init: Literal[False] = False
) -> Any:
    """A collection: the rows of another model that refer to this one, or, `through` another collection, what those lead to.

    `through`: a collection of this model, itself possibly a through. `source`: the name to follow on its members; when not given: the
    collection's own name, its singular, the one reference it was not come by, the one collection. `by`: which reference
    of the child, where it has several to this model. `init` is read by type checkers only. What does not fit is a
    `SchemaError` when the collection is first used.

    >>> from hasmany import Many, Model, Store, has_many
    >>> class Singer(Model):
    ...     name: str
    ...     songs: Many["Song"] = has_many()
    >>> class Song(Model):
    ...     title: str
    ...     singer: Singer
    >>> with Store():
    ...     singer = Singer("nina")
    ...     _ = Song("one", singer), singer.songs.create("two")
    ...     singer.songs.values("title")
    ['one', 'two']
    """
    return _HasMany(through, source, by)


# What a class body said. Rust reads these attributes when the class is bound to a store.


@dataclass
class _Field:
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
class _Collection:
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
    """A model as its class body declared it."""

    name: str
    module: str
    qualname: str
    table: str
    unique: list[list[str]]
    fields: list[_Field]
    collections: list[_Collection]
    known: dict[str, Any]
    """What the frame of the class statement knew of the names that the annotations mention."""
    body: set[str]
    """The names in the class body."""
    stores: "weakref.WeakSet[Store]" = dataclass_field(default_factory=weakref.WeakSet)

    def resolved(self) -> "Definition":
        """Itself, with every field's type or model looked up. Raises SchemaError."""
        for declared in self.fields:
            if declared.holds is None:
                declared.holds = self._type_of(declared)
        return self

    def _type_of(self, declared: _Field) -> Any:
        what, where = self._found(declared.leaf), f"{self.name}.{declared.name}"
        # Written in full: True == 1 and a dict would take the one for the other's type.
        named = next((name for of, name in annotation.TYPES.items() if of is what), None)
        if named is None and what is None and declared.leaf.name in annotation.TYPES.values():
            named = declared.leaf.name
        if named is not None:
            if declared.belongs:
                raise SchemaError(f"{where} is a {named}, so belongs_to() does not fit it; use field()")
            return named
        if not _is_model(what):
            raise SchemaError(f"{where}: {_not_a_model(declared.leaf, what)}")
        if declared.factory is not None or (not declared.required and declared.default is not None):
            raise SchemaError(f"{where} refers to {declared.leaf.name}, and the only default of a reference is None")
        return what

    def target(self, collection: str) -> Any:
        """The model of a collection's members. Raises SchemaError."""
        declared = next(declared for declared in self.collections if declared.name == collection)
        what = self._found(declared.leaf)
        if not _is_model(what):
            raise SchemaError(f"{self.name}.{collection}: {_not_a_model(declared.leaf, what)}")
        return what

    def bound_to(self, store: Store) -> None:
        """A store has this model now."""
        self.stores.add(store)

    def _found(self, leaf: Leaf) -> Any:
        return annotation.look_up(leaf.what, self._scopes()) if isinstance(leaf.what, str) else leaf.what

    def _scopes(self) -> Iterator[Mapping[str, Any]]:
        """Where names are looked up: the frame's locals, models of the enclosing scopes, the module, builtins."""
        yield self.known
        scope = self.qualname
        while "." in scope:
            scope = scope.rpartition(".")[0]
            yield _Siblings(self.module, scope)
        yield _Siblings(self.module, "")
        yield vars(sys.modules[self.module]) if self.module in sys.modules else {}
        yield vars(builtins)


class _Siblings(Mapping[str, Any]):
    """The living models directly inside a scope of a module."""

    def __init__(self, module: str, scope: str) -> None:
        self.module, self.prefix = module, f"{scope}." if scope else ""

    def __getitem__(self, name: str) -> Any:
        if (model := _living(self.module, self.prefix + name)) is None:
            raise KeyError(name)
        return model

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _is_model(what: Any) -> bool:
    return (isinstance(what, ModelType) and "__hasmany__" in vars(what)) or any(what is seed for seed in _SEED)


def _not_a_model(leaf: Leaf, what: Any) -> str:
    if what is not None:
        return f"{leaf.name} is neither a model nor a type of a field ({annotation.TYPE_NAMES})"
    near = get_close_matches(leaf.name, [name.rpartition(".")[2] for _, name in _models], 1)
    return f"no model named '{leaf.name}' is declared" + (f" (did you mean '{near[0]}'?)" if near else "")


# From a class body to a definition


def _definition(
    name: str, namespace: Mapping[str, Any], unique: Any, table: str | None, caller: Mapping[str, Any]
) -> Definition:
    fields: list[_Field] = []
    collections: list[_Collection] = []
    known: dict[str, Any] = {}
    for attribute, written in annotation.of_class_body(namespace).items():
        try:
            leaf = annotation.read(written)
        except SchemaError as error:
            raise SchemaError(f"{name}.{attribute}: {error}") from None
        if annotation.is_class_variable(leaf):
            continue
        if attribute in _RESERVED or attribute.startswith("__"):
            raise SchemaError(f"{name}.{attribute}: every record has a {attribute!r} already; choose another name")
        if isinstance(leaf.what, str) and (first := leaf.what.partition(".")[0]) in caller:
            known[first] = caller[first]
        given = namespace.get(attribute, _NOTHING)
        if leaf.many:
            if not isinstance(given, _HasMany):
                raise SchemaError(f"{name}.{attribute} is a collection; write {attribute}: Many[...] = has_many()")
            collections.append(_Collection(attribute, leaf, given.through, given.source, given.by))
        else:
            fields.append(_field(f"{name}.{attribute}", attribute, leaf, given))
    _check_body(name, namespace, fields, collections)
    if table is not None and (type(table) is not str or not table):
        raise SchemaError(f"{name}: table is a name, not {table!r}")
    return Definition(
        name=name,
        module=namespace.get("__module__", ""),
        qualname=namespace.get("__qualname__", name),
        table=table if table is not None else _table(name),
        unique=_unique(name, unique, fields),
        fields=fields,
        collections=collections,
        known=known,
        body=set(namespace),
    )


def _field(where: str, name: str, leaf: Leaf, given: Any) -> _Field:
    on_delete, factory, unique = "restrict", None, False
    default = given
    if isinstance(given, _HasMany):
        raise SchemaError(f"{where}: has_many() is for a collection; annotate it as Many[...]")
    if isinstance(given, _FieldSpec):
        default, factory, unique = given.default, given.factory, given.unique
    elif isinstance(given, _BelongsTo):
        default, on_delete = given.default, given.on_delete
    required = default is _NOTHING and factory is None
    if default is None and not leaf.optional:
        raise SchemaError(f"{where}: the default is None; annotate it as `| None`")
    if on_delete == "nullify" and not leaf.optional:
        raise SchemaError(f'{where}: on_delete="nullify" needs an optional reference; annotate it as `| None`')
    default = None if default is _NOTHING else default
    belongs = isinstance(given, _BelongsTo)
    return _Field(name, leaf, leaf.optional, on_delete, required, default, factory, unique, belongs)


def _check_body(name: str, namespace: Mapping[str, Any], fields: list[_Field], collections: list[_Collection]) -> None:
    for special in _OF_THE_MODEL:
        if special in namespace:
            raise SchemaError(f"{name} defines {special}, which a model's records have from hasmany")
    for attribute in _RESERVED & set(namespace):
        if not (callable(namespace[attribute]) or hasattr(namespace[attribute], "__get__")):
            raise SchemaError(f"{name}.{attribute}: every record has a {attribute!r} already; choose another name")
    optional = None
    for declared in fields:
        if not declared.required:
            optional = declared.name
        elif optional is not None:
            raise SchemaError(f"{name}.{declared.name} is required and comes after {optional}, which is not")
    declared_names = {declared.name for declared in fields} | {collection.name for collection in collections}
    for attribute, value in namespace.items():
        if isinstance(value, (_FieldSpec, _BelongsTo, _HasMany)) and attribute not in declared_names:
            form = (
                f'{attribute}: Many["..."] = has_many()'
                if isinstance(value, _HasMany)
                else f"{attribute}: str = field()"
            )
            raise SchemaError(f"{name}.{attribute} has no annotation that says its type, as in {form}")


def _key(part: Any) -> list[Any]:
    """A tuple of names, or a single one."""
    return [*part] if type(part) in (tuple, list) else [part]


def _unique(name: str, unique: Any, fields: list[_Field]) -> list[list[str]]:
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


def _table(name: str) -> str:
    """snake_case + "s": PlaylistTrack is playlist_tracks."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower() + "s"


def _signature(definition: Definition) -> inspect.Signature:
    def parameter(declared: _Field) -> inspect.Parameter:
        default: Any = inspect.Parameter.empty
        if not declared.required:
            default = declared.default if declared.factory is None else ...
        return inspect.Parameter(declared.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)

    return inspect.Signature([parameter(declared) for declared in definition.fields])


# The classes


class ModelType(type):
    """Makes a model of a class body; a body that was there before defines its model anew, in place."""

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        unique: Any = (),
        table: str | None = None,
    ) -> Any:
        if Record in bases:  # Model itself
            return super().__new__(mcls, name, bases, {**namespace, "__slots__": ()})
        for base in bases:
            if isinstance(base, ModelType) and "__hasmany__" in vars(base):
                raise SchemaError(f"{name} cannot inherit from {base.__name__}: a model's rows are of one class")
        definition = _definition(name, namespace, unique, table, _caller())
        body = _body(definition, namespace)
        key = (definition.module, definition.qualname)
        if (living := _living(*key)) is not None:
            _define_anew(living, definition, bases, body)
            return living
        # A mixin's __init_subclass__ need not know them where they are not given.
        keywords = {"unique": unique, "table": table} if unique or table is not None else {}
        made = super().__new__(mcls, name, bases, body, **keywords)
        _check_bases(made)
        _models[key] = weakref.ref(made, lambda gone: _models.pop(key, None) if _models.get(key) is gone else None)
        return made

    def __init__(
        cls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        unique: Any = (),
        table: str | None = None,
    ) -> None:
        super().__init__(name, bases, namespace)


def _caller() -> Mapping[str, Any]:
    """The locals of the frame that holds the class statement."""
    frame = inspect.currentframe()
    for _ in range(2):  # out of here, out of the metaclass
        frame = frame and frame.f_back
    return frame.f_locals if frame else {}


def _check_bases(made: Any) -> None:
    if not issubclass(made, Model):
        raise SchemaError(f"{made.__name__} is no subclass of Model")
    if made.__init__ is not object.__init__ or made.__new__ is not Record.__new__:
        raise SchemaError(f"{made.__name__}: a base defines __init__ or __new__, which records have from hasmany")


def _body(definition: Definition, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """A class body with a descriptor for each field and collection."""
    body = {**namespace, "__slots__": (), "__hasmany__": definition, "__signature__": _signature(definition)}
    body["__match_args__"] = tuple(declared.name for declared in definition.fields)
    for index, declared in enumerate(definition.fields):
        body[declared.name] = Field(declared.name, index)
    for index, collection in enumerate(definition.collections):
        body[collection.name] = Collection(collection.name, index)
    return body


def _define_anew(model: ModelType, definition: Definition, bases: tuple[type, ...], body: dict[str, Any]) -> None:
    """Gives a model another body: first in every store that has it, where the rows must fit, then as a class."""
    before: Definition = vars(model)["__hasmany__"]
    bases_before = model.__bases__
    definition.stores = before.stores
    lost = [declared.name for declared in before.fields if declared.name not in {new.name for new in definition.fields}]
    had_rows = any(store.path is None and store.stats().rows.get(before.name) for store in before.stores)
    try:
        if bases_before != bases:
            model.__bases__ = bases
        model.__hasmany__ = definition  # type: ignore[attr-defined]
        redefine(model, list(before.stores))
    except BaseException:
        model.__hasmany__ = before  # type: ignore[attr-defined]
        if model.__bases__ != bases_before:
            model.__bases__ = bases_before
        raise
    cell = body.pop("__classcell__", None)
    for name in before.body & set(vars(model)) - set(body):
        delattr(model, name)
    for name, value in body.items():
        if name not in ("__slots__", "__qualname__", "__module__"):
            setattr(model, name, value)
            if hasattr(value, "__set_name__"):
                value.__set_name__(model, name)
    if cell is not None:
        cell.cell_contents = model  # for super() in the new methods
    if lost and had_rows:
        warnings.warn(f"{definition.name}: {', '.join(lost)} and the values in it are gone", stacklevel=4)


class Model(Record, metaclass=ModelType):
    """The base of declared models. The class body is read like a dataclass's.

    Annotated names are fields (int, float, bool, str, bytes, an aware datetime, date), references (a model), each `| None`, and
    collections (`Many["Patient"] = has_many(...)`). `unique=("user", "tweet")` names fields that no two rows share, `table=` the
    table where the default, snake_case + "s", does not do. The constructor takes fields and references in order or by name. Setting an
    attribute sets the field, in a transaction of its own.

    Raises `SchemaError` for a declaration that cannot work.

    >>> from hasmany import Many, Model, Store, has_many
    >>> class Doctor(Model):
    ...     name: str
    ...     appointments: Many["Appointment"] = has_many()
    ...     patients: Many["Patient"] = has_many(through="appointments")
    >>> class Patient(Model):
    ...     name: str
    >>> class Appointment(Model):
    ...     doctor: Doctor
    ...     patient: Patient
    >>> with Store():
    ...     doctor, patient = Doctor("Meredith"), Patient("Joe")
    ...     _ = Appointment(doctor, patient)
    ...     patient in doctor.patients, doctor.patients.values("name")
    (True, ['Joe'])
    """

    def __init_subclass__(cls, *, unique: Any = (), table: str | None = None) -> None:
        super().__init_subclass__()
