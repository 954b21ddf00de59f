"""Collections whose conditions or orders nobody can read again from a description: they are left out, and not without a word."""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from .declared import has_many
from .described import CollectionDescription, ModelDescription
from .errors import SchemaError
from .reread import reread


def unread(collections: Iterable[CollectionDescription]) -> Mapping[str, str]:
    """The names of those, and why each is one: what it says is none of Python, or it goes through such a one."""
    collections = list(collections)
    found = {each["name"]: why for each in collections if (why := _why(each)) is not None}
    while True:
        through = [each for each in collections if each["through"] in found and each["name"] not in found]
        if not through:
            return found
        found |= {each["name"]: f"it goes through {each['through']}, which is left out" for each in through}


def _why(collection: CollectionDescription) -> str | None:
    try:
        terms(collection)
    except (SchemaError, TypeError) as error:
        return str(error)
    return None


def terms(collection: CollectionDescription) -> Any:
    """What `has_many()` makes of its condition and its order. Raises SchemaError or TypeError where that is none."""
    where = None if collection["where"] is None else reread(collection["where"])
    order_by = tuple(map(reread, collection["order_by"])) or None
    through, source, by = collection["through"], collection["source"], collection["by"]
    return has_many(through=through, source=source, by=by, where=where, order_by=order_by)


def warn_of_unread(models: Iterable[ModelDescription], what: str) -> None:
    """Warns of each, where what is made of the description will not have it, at the line outside that asked for that."""
    for model in models:
        for name, why in unread(model["collections"]).items():
            warnings.warn(f"{what} {model['name']}.{name}: {why}", stacklevel=_outside())


def _outside() -> int:
    """How far above who calls is the first that is not of this package."""
    from inspect import currentframe  # takes as long to import as the package

    frame, level = currentframe(), 0
    while frame is not None and frame.f_globals["__name__"].startswith("hasmany."):
        frame, level = frame.f_back, level + 1
    return level
