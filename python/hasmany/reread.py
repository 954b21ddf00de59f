"""Conditions and orders of collections, read again from the text that a description says. Nothing is run but what stands here.

A text has any length and anything in it may stand in anything, as the descriptions of a folder that somebody gave: what is open is
kept in lists, not on the stack, which is why this is not Python's own parser."""

import ast
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from ._hasmany import Expr, between, col
from .errors import SchemaError
from .frozen import Json

_NAMES: Mapping[str, Callable[..., Any]] = {
    "Decimal": Decimal,
    "Json": Json,
    "UUID": UUID,
    "between": between,
    "col": col,
    "float": float,
    **{f"datetime.{name}": getattr(dt, name) for name in ("date", "datetime", "time", "timedelta", "timezone")},
}
_CONSTANTS: Mapping[str, Any] = {"None": None, "True": True, "False": False, "datetime.timezone.utc": dt.UTC}
_METHODS = {name for name in vars(Expr) if not name.startswith("_")}

_BINARY: Mapping[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "==": (0, lambda a, b: a == b),
    "!=": (0, lambda a, b: a != b),
    "<": (0, lambda a, b: a < b),
    "<=": (0, lambda a, b: a <= b),
    ">": (0, lambda a, b: a > b),
    ">=": (0, lambda a, b: a >= b),
    "|": (1, lambda a, b: a | b),
    "&": (2, lambda a, b: a & b),
    "+": (3, lambda a, b: a + b),
    "-": (3, lambda a, b: a - b),
    "*": (4, lambda a, b: a * b),
    "/": (4, lambda a, b: a / b),
}
"""How tightly each binds, as Python's do."""
_UNARY: Mapping[str, tuple[int, Callable[[Any], Any]]] = {"~": (5, lambda a: ~a), "-": (5, lambda a: -a)}

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TEXT = r"""'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*\""""
_MEMBER = re.compile(rf"(?P<text>{_TEXT})|<[^\W\d]\w*\.[^\W\d]\w*: (?P<value>{_TEXT}|-?\d+)>")
"""A text, in which nothing is a member, or a member of an enum as Python shows it."""
_TOKEN = re.compile(
    rf"""\s*(?:
        (?P<literal>b?(?:{_TEXT})|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
        |<[^\W\d]\w*\.[^\W\d]\w*:\ (?P<member>{_TEXT}|-?\d+)>
        |(?P<method>\.[^\W\d]\w*)(?=\()
        |(?P<keyword>[^\W\d]\w*)=(?!=)
        |(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
        |(?P<sign>[=!<>]=|[-+*/&|~<>()\[\]{{}},:])
    )""",
    re.VERBOSE,
)


def with_values(text: str) -> str:
    """A text with the values of members of enums in their place: nobody has their classes, and fields are what their values are."""
    return _MEMBER.sub(lambda found: found["text"] or found["value"], text)


class Token(NamedTuple):
    """A word of a text."""

    kind: str
    """"literal", "member" (an enum's, of which the text is that of its value), "method", "keyword", "name" or "sign"."""
    text: str


def tokens(text: str) -> Iterator[Token]:
    """The words of a text. Raises SchemaError for what is none."""
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _unread(text, text[at:])
        yield Token(found.lastgroup, found[found.lastgroup])
        at = found.end()


def reread(text: str) -> Any:
    """What a text of a mapping or of an expression says; of an enum's member its value. Raises SchemaError where it says anything
    else: something that is of a store, or has no text that Python reads."""
    try:
        reader = _Reader(text)
        for token in tokens(text):
            reader.read(token)
        return reader.result()
    except SchemaError:
        raise
    except (TypeError, ValueError, ArithmeticError, SyntaxError, MemoryError) as error:
        raise SchemaError(f"{text:.80}: {error}") from None


def _unread(text: str, at: str) -> SchemaError:
    where = "" if len(text) < 80 else f" where it says {at:.40}"
    return SchemaError(f"{text:.80} cannot be read again{where}")


@dataclass
class _Open:
    """What stands in brackets that are not closed yet."""

    bracket: str
    called: Callable[..., Any] | None = None
    elements: list[Any] = field(default_factory=list[Any])
    keys: list[Any] = field(default_factory=list[Any])
    named: dict[str, Any] = field(default_factory=dict[str, Any])
    keyword: str | None = None
    """That of the element that is being read."""
    values: list[Any] = field(default_factory=list[Any])
    signs: list[tuple[int, Callable[..., Any], bool]] = field(
        default_factory=list[tuple[int, Callable[..., Any], bool]]
    )
    """Operators that wait for their right sides: how they bind, what they do, and whether they have a left one."""
    commas: int = 0

    def is_empty(self) -> bool:
        return not self.values and not self.signs and self.keyword is None

    def apply(self, least: int) -> None:
        """Computes what binds at least so tightly."""
        while self.signs and self.signs[-1][0] >= least:
            _, compute, is_binary = self.signs.pop()
            right = self.values.pop()
            # Constants were computed before they were written; here they would be made as large as somebody likes.
            if is_binary and Expr not in (type(self.values[-1]), type(right)):
                raise ValueError("an operator between two values")
            self.values.append(compute(self.values.pop(), right) if is_binary else compute(right))

    def element(self) -> None:
        """Ends one."""
        self.apply(0)
        value = self.values.pop()
        if self.keyword is None:
            self.elements.append(value)
        else:
            self.named[self.keyword] = value
        self.keyword = None

    def made(self) -> Any:
        """What is in the brackets, and what they are."""
        if self.called is not None:
            return self.called(*self.elements, **self.named)
        if self.bracket == "(":
            return self.elements[0] if len(self.elements) == 1 and not self.commas else tuple(self.elements)
        if self.bracket == "{" and (self.keys or not self.elements):
            return dict(zip(self.keys, self.elements, strict=True))
        return self.elements


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._open = [_Open("")]
        self._is_operand_next = True
        self._called: Callable[..., Any] | None = None
        """What the bracket that comes now calls."""

    def read(self, token: Token) -> None:
        top, kind, text = self._open[-1], *token
        if self._called is not None and text != "(":
            raise self._unread(text)
        if kind == "sign":
            self._sign(top, text)
        elif kind == "method":
            self._method(top, text[1:])
        elif not self._is_operand_next:
            raise self._unread(text)
        elif kind == "keyword" and top.called is not None and top.is_empty():
            top.keyword = text
        elif kind == "name" and text in _NAMES:
            self._called = _NAMES[text]
        elif kind in ("literal", "member"):
            self._operand(top, ast.literal_eval(text))
        elif kind == "name" and text in _CONSTANTS:
            self._operand(top, _CONSTANTS[text])
        else:
            raise self._unread(text)

    def result(self) -> Any:
        if len(self._open) > 1 or self._is_operand_next:
            raise self._unread("its end")
        self._open[0].apply(0)
        return self._open[0].values[0]

    def _operand(self, top: _Open, value: Any) -> None:
        top.values.append(value)
        self._is_operand_next = False

    def _method(self, top: _Open, name: str) -> None:
        if self._is_operand_next or name not in _METHODS or type(top.values[-1]) is not Expr:
            raise self._unread(name)
        self._called = getattr(top.values.pop(), name)
        self._is_operand_next = True

    def _sign(self, top: _Open, sign: str) -> None:
        if self._is_operand_next and sign in _CLOSING:
            self._open.append(_Open(sign, self._called))
            self._called = None
        elif sign == _CLOSING.get(top.bracket) and (not self._is_operand_next or top.is_empty()):
            self._close(top)
        elif self._is_operand_next and sign in _UNARY:
            top.signs.append((*_UNARY[sign], False))
        elif self._is_operand_next or sign not in {*_BINARY, ",", ":"}:
            raise self._unread(sign)
        elif sign in _BINARY:
            binds, compute = _BINARY[sign]
            # Two comparisons in a row are another thing to Python.
            top.apply(binds + (binds == 0))
            if binds == 0 and any(other == 0 for other, _, _ in top.signs):
                raise self._unread(sign)
            top.signs.append((binds, compute, True))
            self._is_operand_next = True
        else:
            self._separate(top, sign)

    def _separate(self, top: _Open, sign: str) -> None:
        if sign == ":" and (top.bracket != "{" or len(top.keys) != len(top.elements)):
            raise self._unread(sign)
        if sign == ":":
            top.apply(0)
            top.keys.append(top.values.pop())
        elif not top.bracket:
            raise self._unread(sign)
        else:
            top.element()
            top.commas += 1
        self._is_operand_next = True

    def _close(self, top: _Open) -> None:
        if not self._is_operand_next:
            top.element()
        self._open.pop()
        self._operand(self._open[-1], top.made())

    def _unread(self, at: str) -> SchemaError:
        return _unread(self._text, at)
