"""Annotations are read, not evaluated: each is reduced to the name or object it is about."""

import ast
import datetime
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, ForwardRef, Union, get_args, get_origin

from ._hasmany import Many
from .errors import SchemaError

TYPES: dict[Any, str] = {of: of.__name__ for of in (int, float, bool, str, bytes, datetime.datetime, datetime.date)}
"""The types of fields and their names."""

TYPE_NAMES = ", ".join(TYPES.values())


@dataclass(frozen=True)
class Leaf:
    """What an annotation says: `Many["Patient"]`, `Patient | None`, `datetime.date`."""

    what: Any
    """A dotted name to look up, or an object."""
    optional: bool = False
    many: bool = False

    @property
    def name(self) -> str:
        """The name for a message, and for a last look-up."""
        name = self.what if isinstance(self.what, str) else getattr(self.what, "__name__", repr(self.what))
        return name.rpartition(".")[2]


_CLASS_VARIABLE = Leaf(ClassVar)
_NONE = Leaf(None)


def is_class_variable(leaf: Leaf) -> bool:
    """Whether the annotation says that the name is a class variable, which is neither a field nor a collection."""
    return leaf is _CLASS_VARIABLE


def read(annotation: Any) -> Leaf:
    """Reduces an annotation: text, a forward reference, or an object. Raises SchemaError where it is neither a type, `X | None` nor
    `Many[X]`."""
    if isinstance(annotation, ForwardRef):
        return read(annotation.__forward_arg__)
    if isinstance(annotation, str):
        try:
            return _read_node(ast.parse(annotation.strip(), mode="eval").body)
        except SyntaxError:
            raise SchemaError(f"the annotation {annotation!r} is no type") from None
    if annotation is None or annotation is types.NoneType:
        return _NONE
    if annotation is ClassVar:
        return _CLASS_VARIABLE
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is None:
        return Leaf(annotation)
    if origin is ClassVar:
        return _CLASS_VARIABLE
    if origin is Annotated:
        return read(args[0])
    if origin in (Union, types.UnionType):
        return _union([read(arg) for arg in args], annotation)
    if origin is Many:
        return _many(read(args[0]), annotation)
    raise SchemaError(f"the annotation {annotation!r} is no type of a field ({TYPE_NAMES})")


def _read_node(node: ast.expr) -> Leaf:
    match node:
        case ast.Constant(value=None):
            return _NONE
        case ast.Constant(value=str(text)):
            return read(text)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _union([_read_node(left), _read_node(right)], ast.unparse(node))
        case ast.Name() | ast.Attribute():
            name = _dotted(node)
            return _CLASS_VARIABLE if name.rpartition(".")[2] == "ClassVar" else Leaf(name)
        case ast.Subscript(value=value, slice=inner):
            args = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            match _dotted(value).rpartition(".")[2]:
                case "Many":
                    return _many(_read_node(args[0]), ast.unparse(node))
                case "Optional":
                    return _union([_read_node(args[0]), _NONE], ast.unparse(node))
                case "Union":
                    return _union([_read_node(arg) for arg in args], ast.unparse(node))
                case "Annotated":
                    return _read_node(args[0])
                case "ClassVar":
                    return _CLASS_VARIABLE
                case _:
                    pass
        case _:
            pass
    raise SchemaError(f"the annotation {ast.unparse(node)!r} is no type of a field ({TYPE_NAMES})")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise SchemaError(f"the annotation {ast.unparse(node)!r} is no type of a field ({TYPE_NAMES})")


def _union(leaves: list[Leaf], shown: Any) -> Leaf:
    some = [leaf for leaf in leaves if leaf != _NONE]
    if len(some) != 1 or some[0].many:
        raise SchemaError(f"{shown} is several types; a field has one, or one `| None`")
    return Leaf(some[0].what, optional=some[0].optional or len(leaves) > 1)


def _many(leaf: Leaf, shown: Any) -> Leaf:
    if leaf.many or leaf.optional or leaf == _NONE:
        raise SchemaError(f"{shown} is no collection of a model")
    return Leaf(leaf.what, many=True)


def of_class_body(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The annotations in a class body; those that Python 3.14 defers, with forward references for names it does not know yet."""
    if sys.version_info >= (3, 14) and "__annotations__" not in namespace:
        import annotationlib

        annotate = annotationlib.get_annotate_from_class_namespace(namespace)
        if annotate is None:
            return {}
        return annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF)
    return dict(namespace.get("__annotations__", {}))


def of_class(cls: type) -> dict[str, Any]:
    """The annotations of a class that stands, without those of its bases."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    return dict(vars(cls).get("__annotations__", {}))


def look_up(name: str, scopes: Iterator[Mapping[str, Any]]) -> Any:
    """What a dotted name means in the first scope that knows its first part; None where none does."""
    first, *rest = name.split(".")
    for scope in scopes:
        if first in scope:
            found = scope[first]
            for part in rest:
                found = getattr(found, part, None)
            return found
    return None
