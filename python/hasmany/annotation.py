"""Annotations are read, not evaluated: each is reduced to the name or object it is about."""

import ast
import re
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, Flag
from typing import Annotated, Any, ClassVar, ForwardRef, Union, get_args, get_origin

from ._hasmany import Many
from .errors import SchemaError

TYPES = {
    **{of: "builtins" for of in ("int", "float", "bool", "str", "bytes")},
    **{of: "datetime" for of in ("datetime", "date", "timedelta", "time")},
    "UUID": "uuid",
    "Decimal": "decimal",
    "Json": "hasmany.frozen",
}
"""The types of fields by name, with their modules: those that nobody has imported yet are not imported for this."""

TYPE_NAMES = ", ".join(TYPES) + ", an enum"

LONGEST, DEEPEST = 500, 10
"""An annotation in text has so many characters, texts in it apart, and brackets in each other: Python's parser takes a piece of the
stack for each, and ends the process where a thread's small one is used up."""

_TEXTS = re.compile(r"""(?<![A-Za-z_0-9])[rRbBuU]{0,2}(?:\'(?:\\.|[^'\\\n])*\'|"(?:\\.|[^"\\\n])*")""")


@dataclass(frozen=True, repr=False)
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


@dataclass(frozen=True, repr=False)
class Members:
    """The type of fields that hold members of an enum."""

    enum: type[Enum]

    def __str__(self) -> str:
        return self.enum.__name__

    def checked(self, where: str) -> "Members":
        """Itself. Raises SchemaError where its values are no values of fields."""
        values = [member.value for member in self.enum]
        if issubclass(self.enum, Flag):
            raise SchemaError(f"{where}: {self} is made of flags, which can be combined; a field of flags is an int")
        if not values:
            raise SchemaError(f"{where}: {self} has no members")
        if not (all(type(value) is int for value in values) or all(type(value) is str for value in values)):
            raise SchemaError(f"{where}: the values of {self} must be all str or all int, and are {values!r:.80}")
        if any(type(value) is int and not -(2**63) <= value < 2**63 for value in values):
            raise SchemaError(f"{where}: {self} has values over 64 bits")
        return self


def field_type(what: Any) -> str | Members | None:
    """The name of a type of fields, or an enum; None of anything else."""
    if isinstance(what, type) and issubclass(what, Enum):
        return Members(what)
    # Compared by identity: what was found may be any object, even one that has no hash or equals everything.
    for name, module in TYPES.items():
        if what is not None and getattr(sys.modules.get(module), name, None) is what:
            return name
    return None


def is_class_variable(leaf: Leaf) -> bool:
    """Whether the annotation says that the name is a class variable, which is neither a field nor a collection."""
    return leaf is _CLASS_VARIABLE


def read(annotation: Any, depth: int = 0) -> Leaf:
    """Reduces an annotation: text, a forward reference, or an object. Raises SchemaError where it is neither a type, `X | None` nor
    `Many[X]`, or where it is too long. `depth`: of how many others it is a part."""
    if depth > DEEPEST:
        raise SchemaError(f"the annotation has types in types more than {DEEPEST} deep")
    if isinstance(annotation, ForwardRef):
        return read(annotation.__forward_arg__, depth + 1)
    if isinstance(annotation, str):
        return _read_node(_parsed(annotation), depth)
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
        return read(args[0], depth + 1)
    if origin in (Union, types.UnionType):
        return _union([read(arg, depth + 1) for arg in args], annotation)
    if origin is Many:
        return _many(read(args[0], depth + 1), annotation)
    raise SchemaError(f"the annotation {annotation!r} is no type of a field ({TYPE_NAMES})")


def _parsed(text: str) -> ast.expr:
    bare, depth = _TEXTS.sub("", text), 0
    for character in bare:
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            raise SchemaError(f"the annotation {text!r:.80} has brackets in brackets more than {DEEPEST} deep")
    if len(bare) > LONGEST:
        raise SchemaError(f"the annotation {text!r:.80} has {len(bare)} characters; the most is {LONGEST}")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):  # a zero byte is a ValueError
        raise SchemaError(f"the annotation {text!r:.80} is no type") from None


def _read_node(node: ast.expr, depth: int) -> Leaf:
    match node:
        case ast.Constant(value=None):
            return _NONE
        case ast.Constant(value=str(text)):
            return read(text, depth + 1)
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _union([_read_node(left, depth), _read_node(right, depth)], ast.unparse(node))
        case ast.Name() | ast.Attribute():
            name = _dotted(node)
            return _CLASS_VARIABLE if name.rpartition(".")[2] == "ClassVar" else Leaf(name)
        case ast.Subscript(value=value, slice=inner):
            args = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            match _dotted(value).rpartition(".")[2]:
                case "Many":
                    return _many(_read_node(args[0], depth), ast.unparse(node))
                case "Optional":
                    return _union([_read_node(args[0], depth), _NONE], ast.unparse(node))
                case "Union":
                    return _union([_read_node(arg, depth) for arg in args], ast.unparse(node))
                case "Annotated":
                    return _read_node(args[0], depth)
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
