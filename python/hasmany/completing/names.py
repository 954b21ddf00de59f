"""What the models have, by name."""

from typing import Any, Literal, NamedTuple

from .._hasmany import names
from ..errors import HasManyError


class Name(NamedTuple):
    """A field or collection of a class."""

    name: str
    kind: Literal["field", "one", "many"]
    """A field or reference; the one row of a unique reference; a collection."""
    to: type[Any] | None
    """The class of what it leads to, if that is known."""


def names_of(cls: type[Any]) -> list[Name]:
    """Fields, then collections, as they are declared; of a class that cannot work, none."""
    try:
        return [Name(name, kind, to) for name, kind, to in names(cls)]
    except (HasManyError, TypeError, NameError):
        return []


def found(cls: type[Any], name: str) -> Name | None:
    """What a class has of a name."""
    return next((each for each in names_of(cls) if each.name == name), None)


def at_end(cls: type[Any], path: list[str]) -> type[Any] | None:
    """The class at the end of a path; None where it leads to none."""
    of: type[Any] | None = cls
    for name in path:
        step = found(of, name) if of is not None else None
        of = step.to if step is not None else None
    return of


def of_member(cls: type[Any], path: list[str]) -> type[Any] | None:
    """The class of the members that `filter` asks: where the path's last collection leads."""
    of, member = cls, None
    for name in path:
        step = found(of, name)
        if step is None or step.to is None:
            break
        of = step.to
        if step.kind == "many":
            member = of
    return member
