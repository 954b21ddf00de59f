"""The metaclass, which makes a model of a class body or redefines a living one, and `Model`, the base of them all."""

import inspect
import warnings
from collections.abc import Mapping
from typing import Any

from . import living
from ._hasmany import Attribute, Record, redefine
from .body import read_body
from .definition import DefinedField, Definition
from .errors import SchemaError


class ModelType(type):
    """Makes a model of a class body; a body that has the names of a living model redefines that model, in place."""

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
        definition = read_body(name, namespace, unique, table, _caller())
        attributes = _attributes(definition, namespace)
        names = (definition.module, definition.qualname)
        if (model := living.find(*names)) is not None:
            _redefine_in_place(model, definition, bases, attributes)
            return model
        # Not passed on where they are not given: a mixin's __init_subclass__ does not have to accept them.
        keywords = {"unique": unique, "table": table} if unique or table is not None else {}
        made = super().__new__(mcls, name, bases, attributes, **keywords)
        _check_bases(made)
        living.remember(*names, made)
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
    """The locals of the frame that holds the class statement. Only for `ModelType.__new__`: it counts frames."""
    frame = inspect.currentframe()
    for _ in range(2):  # out of here, out of the metaclass
        frame = frame and frame.f_back
    return frame.f_locals if frame else {}


def _check_bases(made: Any) -> None:
    if not issubclass(made, Model):
        raise SchemaError(f"{made.__name__} is no subclass of Model")
    if made.__init__ is not object.__init__ or made.__new__ is not Record.__new__:
        raise SchemaError(f"{made.__name__}: a base defines __init__ or __new__, which records have from hasmany")


def _attributes(definition: Definition, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The class body with a descriptor for each field and collection."""
    attributes = {**namespace, "__slots__": (), "__hasmany__": definition, "__signature__": _signature(definition)}
    attributes["__match_args__"] = tuple(declared.name for declared in definition.fields)
    for index, declared in enumerate(definition.fields):
        attributes[declared.name] = Attribute(declared.name, index, False)
    for index, collection in enumerate(definition.collections):
        attributes[collection.name] = Attribute(collection.name, index, True)
    return attributes


def _signature(definition: Definition) -> inspect.Signature:
    def parameter(declared: DefinedField) -> inspect.Parameter:
        default: Any = inspect.Parameter.empty
        if not declared.required:
            default = declared.default if declared.factory is None else ...
        return inspect.Parameter(declared.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)

    return inspect.Signature([parameter(declared) for declared in definition.fields])


def _redefine_in_place(
    model: type[Any], definition: Definition, bases: tuple[type, ...], attributes: dict[str, Any]
) -> None:
    """Gives a model another body: first in every store that has it, where the rows must fit, then as a class."""
    before: Definition = vars(model)["__hasmany__"]
    definition.stores = before.stores
    lost = [declared.name for declared in before.fields if declared.name not in {new.name for new in definition.fields}]
    had_rows = any(store.path is None and store.stats().rows.get(before.name) for store in before.stores)
    _redefine_in_stores(model, before, definition, bases)
    _replace_attributes(model, before.body, attributes)
    if lost and had_rows:
        warnings.warn(f"{definition.name}: {', '.join(lost)} and the values in it are gone", stacklevel=4)


def _redefine_in_stores(model: Any, before: Definition, definition: Definition, bases: tuple[type, ...]) -> None:
    """In all of the stores or none: where one refuses, the class is left as it was."""
    bases_before = model.__bases__
    try:
        if bases_before != bases:
            model.__bases__ = bases
        model.__hasmany__ = definition
        redefine(model, list(before.stores))
    except BaseException:
        model.__hasmany__ = before
        if model.__bases__ != bases_before:
            model.__bases__ = bases_before
        raise


def _replace_attributes(model: type[Any], before: set[str], attributes: dict[str, Any]) -> None:
    """`before`: the names in the old body; those that the new one lacks are removed."""
    cell = attributes.pop("__classcell__", None)
    for name in before & set(vars(model)) - set(attributes):
        delattr(model, name)
    for name, value in attributes.items():
        if name not in ("__slots__", "__qualname__", "__module__"):
            setattr(model, name, value)
            if hasattr(value, "__set_name__"):
                value.__set_name__(model, name)
    if cell is not None:
        cell.cell_contents = model  # for super() in the new methods


class Model(Record, metaclass=ModelType):
    """The base of declared models. The class body is read like a dataclass's.

    Annotated names are fields (int, float, bool, str, bytes, an aware datetime, date), references (a model), each `| None`, and
    collections (`Many["Patient"] = has_many(...)`). `unique=("user", "tweet")` names fields that no two rows share, `table=` the
    table where the default, snake_case + "s", does not fit. The constructor takes fields and references in order or by name. Setting an
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
