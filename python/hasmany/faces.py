"""What a class has of its definition: descriptors, a signature, `__match_args__`."""

import inspect
from collections.abc import Mapping
from typing import Any

from ._hasmany import Attribute
from .definition import DefinedField, Definition


def attributes_of(definition: Definition, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The class body with what its definition adds."""
    return {**namespace, **added(definition)}


def added(definition: Definition) -> dict[str, Any]:
    """What a definition adds to a class: above all, a descriptor for each field and collection."""
    said = definition.body if definition.body.abstract else definition
    attributes: dict[str, Any] = {"__slots__": (), "__hasmany__": said, "__signature__": _signature(definition)}
    attributes["__match_args__"] = tuple(declared.name for declared in definition.fields if not declared.kw_only)
    for index, declared in enumerate(definition.fields):
        attributes[declared.name] = Attribute(declared.name, index, False)
    for index, collection in enumerate(definition.collections):
        attributes[collection.name] = Attribute(collection.name, index, True, collection.one)
    return attributes


def _signature(definition: Definition) -> inspect.Signature:
    def parameter(declared: DefinedField) -> inspect.Parameter:
        default: Any = inspect.Parameter.empty
        if not declared.required:
            default = declared.default if declared.factory is None else ...
        kind = inspect.Parameter.KEYWORD_ONLY if declared.kw_only else inspect.Parameter.POSITIONAL_OR_KEYWORD
        return inspect.Parameter(declared.name, kind, default=default)

    in_order = sorted(definition.fields, key=lambda declared: declared.kw_only)
    return inspect.Signature([parameter(declared) for declared in in_order])
