"""Conditions and orders of collections, read again from the text that a description says. Nothing is run but what stands here."""

import ast
import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from ._hasmany import Expr, between, col
from .errors import SchemaError
from .frozen import Json

_NAMES: Mapping[str, Any] = {"Decimal": Decimal, "Json": Json, "UUID": UUID, "between": between, "col": col}
_OF_DATETIME: Mapping[str, Any] = {name: getattr(dt, name) for name in ("date", "datetime", "time", "timedelta")}
_METHODS = {name for name in vars(Expr) if not name.startswith("_")}
_OPERATORS: Mapping[type, str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.Invert: "invert",
    ast.USub: "neg",
}
"""By their names in `operator`."""

LONGEST = 2_000
"""A text has so many letters: Python's parser takes a piece of the stack for what stands in each other."""


_TEXT = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_MEMBER = re.compile(rf"(?P<text>{_TEXT})|<[^\W\d]\w*\.[^\W\d]\w*: (?P<value>{_TEXT}|-?\d+)>")
"""A text, in which nothing is a member, or a member of an enum as Python shows it."""


def with_values(text: str) -> str:
    """A text with the values of members of enums in their place: nobody has their classes, and fields are what their values are."""
    return _MEMBER.sub(lambda found: found["text"] or found["value"], text)


def reread(text: str) -> Any:
    """What a text of a mapping or of an expression says; of an enum's member its value. Raises SchemaError where it says anything
    else: a value that was too long to be shown."""
    try:
        text = with_values(text)
        return _value(_parsed(text), text)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise SchemaError(f"{text:.80}: {error}") from None


def _parsed(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise _unread(text)
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _unread(text) from None


def _unread(text: str) -> SchemaError:
    return SchemaError(f"{text:.80} cannot be read again")


def _value(node: ast.expr, text: str) -> Any:
    def value(of: ast.expr) -> Any:
        return _value(of, text)

    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.List(elts=elements):
            return [value(each) for each in elements]
        case ast.Tuple(elts=elements):
            return tuple(value(each) for each in elements)
        case ast.Dict(keys=keys, values=values) if None not in keys:
            return {value(key): value(each) for key, each in zip(keys, values, strict=True) if key is not None}
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _operator(op)(value(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _operator(op)(value(left), value(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _operator(op)(value(left), value(right))
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="datetime"), attr="timezone"), attr="utc"):
            return dt.UTC
        case ast.Call(func=func, args=arguments, keywords=keywords):
            named = {each.arg: value(each.value) for each in keywords if each.arg is not None}
            return _called(func, text)(*map(value, arguments), **named)
        case _:
            raise _unread(text)


def _operator(op: ast.AST) -> Callable[..., Any]:
    return getattr(operator, _OPERATORS[type(op)])  # type: ignore[no-any-return]


def _called(func: ast.expr, text: str) -> Any:
    match func:
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.Attribute(value=ast.Name(id="datetime"), attr=name) if name in _OF_DATETIME:
            return _OF_DATETIME[name]
        case ast.Attribute(value=of, attr=name) if name in _METHODS and type(on := _value(of, text)) is Expr:
            return getattr(on, name)
        case _:
            raise _unread(text)
