"""Classes made for tables that nobody has declared: they belong to one store and use it always."""

from collections.abc import Mapping
from importlib import import_module
from itertools import count
from typing import Any
from uuid import uuid1, uuid4

from ._hasmany import Like, Record, Store, Tweet, User, bind, owned_classes_are
from .annotation import TYPES, Leaf
from .declared import NOTHING, belongs_to, field, has_one
from .described import CollectionDescription, FieldDescription, ModelDescription, value
from .errors import SchemaError
from .inverses import with_collections
from .model import Model, ModelType
from .unread import terms, unread, warn_of_unread
from .written import needs_names

_FACTORIES = {f"uuid:{of.__name__}": of for of in (uuid1, uuid4)}
"""Default factories that a description may name; none is looked up, which would run what a file says."""

_SEED: dict[str, type[Record]] = {"User": User, "Tweet": Tweet, "Like": Like}
_numbers = count(1)


class OwnedType(ModelType):
    """The metaclass of classes that belong to a store, their `__store__`: class-level calls use it, whichever is current."""

    __store__: Store


owned_classes_are(OwnedType)


def models_of(store: Store) -> dict[str, type[Record]]:
    """The classes of all models of a store, by name; those that are not there are made, and bound to it."""
    described = here(store)
    if _are_seeds([model for model in described if not model["is_declared"]]):
        bind(store, User)
        described = here(store)
    missing = [model for model in described if not model["is_declared"]]
    if missing:
        known = dict(
            zip((model["name"] for model in described if model["is_declared"]), store.schema.models, strict=True)
        )
        make(store, with_collections([_eased(model) for model in missing]), known)
        described = here(store)
    return dict(zip((model["name"] for model in described), store.schema.models, strict=True))


def here(store: Store) -> list[ModelDescription]:
    """What the models of a store are."""
    return [model for model in store.schema.describe()["models"] if model["in_store"]]


def declare(store: Store, models: list[ModelDescription]) -> None:
    """Classes for all models of a description, bound to a store that has none. What a class declared it has again, but for
    default factories, which are another program's functions: what they fill is required. Tables that no class had get what
    `models_of` gives them."""
    known: dict[str, type[Record]] = {}
    if _are_seeds(models):
        bind(store, User)
        tables = [model["table"] for model in here(store)]
        known = {model["name"]: _SEED[model["name"]] for model in models if model["table"] in tables}
    fresh = [model for model in models if model["name"] not in known]
    warn_of_unread((model for model in fresh if model["is_declared"]), "left out is")
    declared = [_of_store(model) for model in fresh if model["is_declared"]]
    make(store, [*declared, *with_collections(_eased(model) for model in fresh if not model["is_declared"])], known)


def _of_store(model: ModelDescription) -> ModelDescription:
    """What a class of a store can have of what a class declared."""
    fields: list[FieldDescription] = []
    for each in model["fields"]:
        is_gone = each["default_factory"] is not None and each["default_factory"] not in _FACTORIES
        is_gone = is_gone or (each["to"] is not None and not each["optional"])  # a record as the default
        fields.append({**each, "required": each["required"] or is_gone})
    return {**model, "fields": fields, "collections": _readable(model["collections"])}


def _readable(collections: list[CollectionDescription]) -> list[CollectionDescription]:
    """Those that work, and whose conditions and orders can be read again; none that goes through another one."""
    lost = unread(collections)
    readable = [each for each in collections if not each["problem"] and each["name"] not in lost]
    while True:
        names = [each["name"] for each in readable]
        kept = [each for each in readable if each["through"] is None or each["through"] in names]
        if len(kept) == len(readable):
            return kept
        readable = kept


def _eased(model: ModelDescription) -> ModelDescription:
    """With None as the default of what may be None; these come after the others then."""
    fields: list[FieldDescription] = [{**each, "required": not each["optional"]} for each in model["fields"]]
    return {**model, "fields": sorted(fields, key=lambda each: not each["required"])}


def _are_seeds(models: list[ModelDescription]) -> bool:
    """Whether these tables are those of User, Tweet and Like: their classes are there already."""
    with Store() as seed:
        bind(seed, User)
        wanted = {model["table"]: _shape(model) for model in here(seed)}
    found = {model["table"]: _shape(model) for model in models if model["table"] in wanted}
    return found == wanted


def _shape(model: ModelDescription) -> tuple[Any, ...]:
    fields = [(each["name"], each["type"], each["to"], each["optional"]) for each in model["fields"]]
    return model["name"], fields, model["unique"]


def make(store: Store, models: list[ModelDescription], known: Mapping[str, type[Record]]) -> dict[str, type[Record]]:
    """A class for each of these, bound to the store. `known`: classes that they refer to besides, by name."""
    module = f"hasmany.store_{next(_numbers)}"
    classes = dict(known)
    made: list[tuple[ModelDescription, Any]] = []
    for model in models:
        classes[model["name"]] = of = _made(store, module, model)
        made.append((model, of))
    for model, of in made:
        # What names mean is known now; they are of no module in which they could be looked up.
        for declared, said in zip(of.__hasmany__.fields, model["fields"], strict=True):
            if said["to"] is not None:
                declared.leaf = Leaf(classes[said["to"]], said["optional"])
        for declared, collection in zip(of.__hasmany__.collections, model["collections"], strict=True):
            one = collection["one"]
            declared.leaf = Leaf(classes[collection["of"]], optional=one, many=not one)
    for _, of in made:
        bind(store, of)
    return {model["name"]: of for model, of in made}


_LATER = "__of_a_store__"
"""Stands in an annotation for a class that may not be made yet; no name that anybody would have."""


def _made(store: Store, module: str, model: ModelDescription) -> Any:
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {"__module__": module, "__qualname__": model["name"], "__annotations__": annotations}
    body["__doc__"] = f"Made for the table {model['table']!r} of a store."
    for each in model["fields"]:
        annotations[each["name"]], given = _field(each)
        if given is not NOTHING:
            body[each["name"]] = given
    for collection in model["collections"]:
        annotations[collection["name"]] = f"{_LATER} | None" if collection["one"] else f"Many[{_LATER}]"
        body[collection["name"]] = _collection(collection)
    body["__store__"] = store
    unique = tuple(tuple(key) for key in model["unique"] if key != model["key"])
    name = model["name"].removesuffix(f" ({model['table']})")
    keywords: dict[str, Any] = {"unique": unique, "key": tuple(model["key"]) or None, "table": model["table"]}
    return OwnedType(name, (Model,), body, kw_only=needs_names(model["fields"]), **keywords)


def _field(each: FieldDescription) -> tuple[Any, Any]:
    """What the annotation of a field is, and what is assigned to it."""
    if each["to"] is not None:
        on_delete: Any = each["on_delete"]
        default = NOTHING if each["required"] else None
        return f"{_LATER} | None" if each["optional"] else _LATER, belongs_to(on_delete=on_delete, default=default)
    name, _, scale = each["type"].removesuffix(")").partition("(")
    if each["values"] is not None:  # an enum's: nobody has its class, so they are what its values are
        name = type(each["values"][0]).__name__
    if name not in TYPES:
        raise SchemaError(f"{each['name']}: {each['type']!r} is no type of a field")
    of: Any = getattr(import_module(TYPES[name]), name)
    options: dict[str, Any] = {"scale": int(scale)} if scale else {}
    if each["index"]:
        options["index"] = True
    if each["default_factory"] in _FACTORIES:
        options["default_factory"] = _FACTORIES[each["default_factory"]]
    elif not each["required"]:
        options["default"] = value(of, each["default"])
    says_none = each["optional"] and name != "Json"
    return of | None if says_none else of, field(**options) if options else NOTHING


def _collection(of: CollectionDescription) -> Any:
    return has_one(by=of["by"]) if of["one"] else terms(of)
