"""Gives a living class another body, and with an abstract base all of its models: in every store, or nowhere."""

import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from . import living
from ._hasmany import redefine
from .definition import Body, Definition, body_of
from .faces import added, attributes_of
from .lineage import define


def redefine_in_place(cls: type[Any], body: Body, bases: tuple[type, ...], namespace: Mapping[str, Any]) -> None:
    """First in every store that has the model, where the rows must fit, then as a class; of an abstract base with the classes below
    it. Where anything refuses, all is left as it was."""
    classes = [cls, *living.below(cls)]
    before = {each: _definition(each) for each in classes}
    after: dict[type[Any], Definition] = {}
    with _restored_on_error(classes):
        if cls.__bases__ != bases:
            cls.__bases__ = bases
        for each in classes:
            after[each] = define(body if each is cls else before[each].body, each.__bases__)
            after[each].stores = before[each].stores
            each.__hasmany__ = added(after[each])["__hasmany__"]
        losses = [loss for each in classes if (loss := _loss(before[each], after[each]))]
        redefine([(each, list(after[each].stores)) for each in classes if body_of(each) is None])
    for each in classes:
        attributes = attributes_of(after[each], namespace) if each is cls else added(after[each])
        kept: set[str] = set() if each is cls else before[each].body.names
        _replace_attributes(each, before[each].names - kept, attributes)
    for loss in losses:
        warnings.warn(loss, stacklevel=3)  # at the class statement


def _definition(cls: type[Any]) -> Definition:
    """What a class is now; of an abstract one, with its bases."""
    body = body_of(cls)
    return vars(cls)["__hasmany__"] if body is None else define(body, cls.__bases__)


def _loss(before: Definition, after: Definition) -> str | None:
    """What to warn of: values in memory that will be gone."""
    names = {name for declared in after.fields for name in (declared.name, *declared.was)}
    lost = [declared.name for declared in before.fields if declared.name not in names]
    had_rows = any(store.path is None and store.stats().rows.get(before.name) for store in before.stores)
    return f"{after.name}: {', '.join(lost)} and the values in it are gone" if lost and had_rows else None


@contextmanager
def _restored_on_error(classes: list[type[Any]]) -> Generator[None]:
    before = [(each, each.__bases__, vars(each)["__hasmany__"]) for each in classes]
    try:
        yield
    except BaseException:
        for each, bases, said in before:
            each.__hasmany__ = said
            if each.__bases__ != bases:
                each.__bases__ = bases
        raise


def _replace_attributes(cls: type[Any], before: set[str], attributes: dict[str, Any]) -> None:
    """`before`: the names that the class had; those that it has no more are removed."""
    cell = attributes.pop("__classcell__", None)
    for name in before & set(vars(cls)) - set(attributes):
        delattr(cls, name)
    for name, value in attributes.items():
        if name not in ("__slots__", "__qualname__", "__module__"):
            setattr(cls, name, value)
            if hasattr(value, "__set_name__"):
                value.__set_name__(cls, name)
    if cell is not None:
        cell.cell_contents = cls  # for super() in the new methods
