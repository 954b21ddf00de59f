"""Conditions and orders of collections as a module says them, from the text that a description says."""

import ast
from collections.abc import Mapping
from typing import NamedTuple

from .errors import SchemaError
from .reread import Token, tokens

_LONGEST = 200
"""Python's compiler goes down a call for each of a chain of operators: of more a function joins a list."""

_JOINED = {"|": "or_", "&": "and_"}
_BINDS = (("==", "!=", "<", "<=", ">", ">="), ("|",), ("&",))
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


class _Piece(NamedTuple):
    text: str
    kind: str
    """"between" elements, a "binary" operator, or of an "operand"."""


def term(text: str, ours: Mapping[str, str]) -> str:
    """A condition or a key, with the names under which the module has ours and Python's. What cannot be read again stays: it
    is in a comment."""
    try:
        words = list(tokens(text))
    except SchemaError:
        return text
    levels: list[list[_Piece]] = [[]]
    is_operand_next = True
    for token in words:
        piece = _piece(token, ours, is_operand_next)
        is_end = piece.text in _CLOSING and token.kind == "sign"
        if piece.text in _OPENING and token.kind == "sign":
            levels.append([piece])
        elif is_end and len(levels) > 1:
            bracket, *inner = levels.pop()
            levels[-1].append(_Piece(bracket.text + _inside(inner) + piece.text, "operand"))
        else:
            levels[-1].append(piece)
        is_operand_next = token.kind in ("sign", "keyword") and not is_end
    return _inside(levels[0])


def _piece(token: Token, ours: Mapping[str, str], is_operand_next: bool) -> _Piece:
    kind, text = token
    if kind == "keyword":
        return _Piece(f"{text}=", "between")
    if kind in ("literal", "member"):
        return _Piece(repr(ast.literal_eval(text)), "operand")
    if kind == "name":
        first, dot, rest = text.partition(".")
        names = {**ours, "datetime": "dt", "Decimal": "decimal.Decimal", "UUID": "uuid.UUID"}
        return _Piece(f"{names.get(first, first)}{dot}{rest}", "operand")
    if text in (",", ":"):
        return _Piece(f"{text} ", "between")
    is_operand = kind == "method" or is_operand_next or text in _CLOSING
    return _Piece(text, "operand" if is_operand else "binary")


def _inside(pieces: list[_Piece]) -> str:
    """What stands in brackets."""
    said: list[str] = []
    element: list[_Piece] = []
    for piece in pieces:
        if piece.kind == "between":
            said += [_chain(element, 0), piece.text]
            element = []
        else:
            element.append(piece)
    return "".join([*said, _chain(element, 0)]).rstrip()


def _chain(pieces: list[_Piece], binds: int) -> str:
    """What has no bracket around it: the operators that bind least, then the rest."""
    if binds == len(_BINDS):
        return "".join(f" {piece.text} " if piece.kind == "binary" else piece.text for piece in pieces)
    parts: list[list[_Piece]] = [[]]
    signs: list[str] = []
    for piece in pieces:
        if piece.kind == "binary" and piece.text in _BINDS[binds]:
            signs.append(piece.text)
            parts.append([])
        else:
            parts[-1].append(piece)
    said = [_chain(part, binds + 1) for part in parts]
    if len(said) > _LONGEST and signs[0] in _JOINED:
        return f"functools.reduce(operator.{_JOINED[signs[0]]}, [{', '.join(said)}])"
    return said[0] + "".join(f" {sign} {part}" for sign, part in zip(signs, said[1:], strict=True))
