"""The metaclass, which makes a model or an abstract base of a class body or redefines a living one, and `Model`, the base of them all."""

import inspect
from collections.abc import Mapping
from typing import Any

from . import living
from ._hasmany import Record, Trimmed
from .body import read_body
from .definition import Body, definition_of
from .errors import SchemaError
from .faces import attributes_of
from .habits import teach
from .lineage import define
from .redefining import redefine_in_place


class ModelType(type):
    """Makes a model of a class body; a body that has the names of a living model redefines that model, in place."""

    # What it refuses is shown at the class statement, without the frames of this package.
    @Trimmed  # type: ignore[misc]
    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        **keywords: Any,
    ) -> Any:
        if Record in bases:  # Model itself
            return type.__new__(mcls, name, bases, {**namespace, "__slots__": ()})
        _check_keywords(name, keywords)
        for base in bases:
            if definition_of(base) is not None:
                raise SchemaError(
                    f"{name} cannot inherit from {base.__name__}: a model's rows are of one class. What several models "
                    f"share is class {base.__name__}Base(Model, abstract=True)"
                )
        body = read_body(name, namespace, _caller(), **keywords)
        names = (body.scope.module, body.scope.qualname)
        if (standing := living.find(*names)) is not None and _goes_on(standing, body):
            redefine_in_place(standing, body, bases, namespace)
            return standing
        definition = define(body, bases)
        made = super().__new__(mcls, name, bases, attributes_of(definition, namespace), **keywords)
        _check_bases(made)
        living.remember(*names, made)
        return made

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_keywords: Any) -> None:
        super().__init__(name, bases, namespace)


teach(ModelType)

_KEYWORDS = ("unique", "key", "table", "was", "abstract", "kw_only")


def _check_keywords(name: str, keywords: Mapping[str, Any]) -> None:
    for keyword in keywords:
        if keyword not in _KEYWORDS:
            raise SchemaError(f"{name}: a model takes no {keyword!r}; the class keywords are {', '.join(_KEYWORDS)}")


def _caller() -> Mapping[str, Any]:
    """The locals of the frame that holds the class statement. Only for `ModelType.__new__`: it counts frames."""
    frame = inspect.currentframe()
    for _ in range(2):  # out of here, out of the metaclass
        frame = frame and frame.f_back
    return frame.f_locals if frame else {}


def _goes_on(standing: Any, body: Body) -> bool:
    """Whether the class of the same names is redefined; else another one takes its place, if nobody would miss it."""
    definition = definition_of(standing)
    if (definition is None) == body.abstract:
        return True
    if definition is not None and len(definition.stores):
        raise SchemaError(f"{body.name} is a model and has rows in a store, so it cannot become abstract: rename it")
    if definition is None and (below := living.below(standing)):
        models = ", ".join(model.__name__ for model in below)
        raise SchemaError(f"{body.name} is abstract and the base of {models}, so it cannot become a model: rename it")
    return False


def _check_bases(made: Any) -> None:
    if not issubclass(made, Model):
        raise SchemaError(f"{made.__name__} is no subclass of Model")
    if made.__init__ is not object.__init__ or made.__new__ is not Record.__new__:
        raise SchemaError(f"{made.__name__}: a base defines __init__ or __new__, which records have from hasmany")


class Model(Record, metaclass=ModelType):
    """The base of declared models. The class body is read like a dataclass's.

    Annotated names are fields (int, float, bool, str, bytes, an aware datetime, date, timedelta, a naive time, UUID, Decimal with `field(scale=2)`, an enum whose values are all str or all int, `hasmany.Json`), references (a model), each `| None`, and
    collections (`Many["Patient"] = has_many(...)`). `unique=("user", "tweet")` names fields that no two rows share, `table=` the
    table where the default, snake_case + "s", does not fit, and `was="Product"` what the class (or its table) was called: in a file without this table, that of
    the old name goes on as this one. The constructor takes fields and references in order or by name. Setting an
    attribute sets the field, in a transaction of its own.

    `key="handle"`, or a tuple of fields, says by what rows are called outside: the fields are required and unique together, and
    a plain value in place of a record is a key, never an id, in `find`, `find_by`, `where` and in columns of many rows. A key of
    several fields is a tuple, and a dotted column each (`{"book.author.name": ..., "book.title": ...}`). Constructors,
    assignment and `add` take records.

    `abstract=True` makes a base without rows, whose fields, collections, methods and unique tuples its models have as subclasses of
    dataclasses do: base first, and one that is declared again keeps its place (at most 64 such bases). `kw_only=True`: the constructor takes the fields of
    this body by name only, so that those with defaults may stand before required ones.

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
    >>> class Author(Model, key="handle"):
    ...     handle: str
    >>> class Book(Model):
    ...     author: Author
    >>> with Store():
    ...     _ = Author.insert_all(handle=["ann", "bob"])
    ...     _ = Book.insert_all(author=["bob", "ann", "bob"])
    ...     Author.find("bob"), len(Book.where(author="bob"))
    (Author(2, handle='bob'), 2)
    >>> class Noted(Model, abstract=True, kw_only=True):
    ...     note: str = ""
    >>> class Visit(Noted):
    ...     patient: Patient
    >>> with Store():
    ...     Visit(Patient("Ann"), note="late")
    Visit(1, note='late', patient=Patient(1))
    """

    def __init_subclass__(
        cls,
        *,
        unique: Any = (),
        key: str | tuple[str, ...] | None = None,
        table: str | None = None,
        was: str | tuple[str, ...] | None = None,
        abstract: bool = False,
        kw_only: bool = False,
    ) -> None:
        super().__init_subclass__()
