"""DuckDB's SQL of what ibis says, where that has no answer, or another one than memory."""

from typing import Any

from .libraries import duck_compiler, operations, sqlglot

_CASED = r"\p{Lu}\p{Ll}\p{Lt}\x{aa}\x{ba}\x{2160}-\x{217f}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189}"
"""Letters that are large or small, as Unicode has it."""
_MARKS = "27 2e 3a b7 387 55f 5f4 2018 2019 2024 2027 fe13 fe52 fe55 ff07 ff0e ff1a"
_BESIDE = r"\p{Mn}\p{Me}\p{Cf}\p{Lm}\p{Sk}" + "".join(rf"\x{{{each}}}" for each in _MARKS.split())
"""What may stand in a word, and is not counted as a letter of it."""
_SIGMA, _LAST_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}", "\N{GREEK SMALL LETTER FINAL SIGMA}"
_ENDING = rf"([{_CASED}][{_BESIDE}]*){_SIGMA}([{_BESIDE}]*)(\z|[^{_CASED}{_BESIDE}])"
_DOTTED, _DOTTED_SMALL = "\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}", "i\N{COMBINING DOT ABOVE}"


def _text(value: str) -> Any:
    """A text in SQL, which has no NUL in it: DuckDB's parser ends there."""
    literal = sqlglot.exp.Literal.string
    if "\0" not in value:
        return literal(value)
    first, *others = value.split("\0")
    parts: list[Any] = [literal(first)]
    for other in others:
        parts += [sqlglot.exp.Anonymous(this="chr", expressions=[sqlglot.exp.Literal.number(0)]), literal(other)]
    return sqlglot.exp.Anonymous(this="concat", expressions=parts)


class DuckSQL(duck_compiler):  # type: ignore[misc]  # of an untyped package
    """Makes SQL of an expression of ibis."""

    __slots__ = ()

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        if dtype.is_string():
            return _text(str(value))
        return duck_compiler.visit_NonNullLiteral(self, op, value=value, dtype=dtype)

    def visit_Lowercase(self, op: Any, *, arg: Any) -> Any:
        # DuckDB makes one character of each, wherever it stands. Of the large ones two are other in small letters: a sigma
        # that ends a word, and the dotted I.
        if isinstance(op.arg, operations.Lowercase):
            return arg
        ended = self.f.regexp_replace(arg, _text(_ENDING), _text(rf"\1{_LAST_SIGMA}\2\3"), _text("g"))
        made = self.f.lower(self.f.replace(ended, _text(_DOTTED), _text(_DOTTED_SMALL)))
        has = [self.f.contains(arg, _text(each)) for each in (_SIGMA, _DOTTED)]
        return self.if_(sqlglot.exp.or_(*has), made, self.f.lower(arg))
