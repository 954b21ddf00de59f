"""What one step of a plan makes of columns, in SQL as in memory: None equals None and nothing else, a comparison is true or
false, what is too large is an error."""

import operator
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from math import floor, isfinite
from typing import Any

from ..errors import SchemaError
from .libraries import Cell, datatypes, ibis

NO_TIME = timedelta(0)
_MICROSECOND = timedelta(microseconds=1)
_TYPES: dict[str, str] = {
    "int": "int64",
    "float": "float64",
    "bool": "boolean",
    "str": "string",
    "bytes": "binary",
    "datetime": "timestamp('UTC')",
    "date": "date",
    "timedelta": "int64",
    "time": "time",
    "UUID": "string",
    "Json": "string",
}
"""How files keep what is of a type: a timedelta as microseconds, a UUID and Json as text."""


def kept(of: str) -> Any:
    """The type in which files keep what is of a field's type."""
    name, _, scale = of.removesuffix(")").partition("(")
    return datatypes.Decimal(38, int(scale)) if name == "Decimal" else datatypes.dtype(_TYPES[name])


def literal(value: Any, of: Any) -> Cell:
    """A value of a field's type as a column; of no type it is null."""
    if of is None or isinstance(of, tuple):
        return ibis.null()
    kind = kept(of)
    if value is None:
        return ibis.null(kind)
    match of:
        case "timedelta":
            value = value // _MICROSECOND
        case "UUID":
            value = str(value)
        case "datetime":
            # Written as text, which no engine takes to be in another zone.
            return ibis.literal(value.isoformat(" ")).cast(kind)
        case "float" if not isfinite(value):
            return ibis.literal(str(value)).cast(kind)
        case _:
            pass
    if isinstance(kind, datatypes.Decimal):
        return ibis.literal(str(Decimal(value))).cast(kind)
    return ibis.literal(value, type=kind)


# ── conditions ───────────────────────────────────────────────────────────────────────────────────

COMPARED: dict[str, Callable[[Cell, Cell], Cell]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compared(how: str, a: Cell, b: Cell, kinds: tuple[Any, Any], literals: list[Any]) -> Cell:
    """Whether two compare so: never null."""
    if sorted(map(str, kinds)) == ["float", "int"]:
        return _int_and_float(how, a, b, kinds, literals)
    if how == "==":
        return a.identical_to(b)
    if how == "!=":
        return ~a.identical_to(b)
    return COMPARED[how](a, b).fill_null(False)


_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_END = 2.0**63
_OVER: dict[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _int_and_float(how: str, a: Cell, b: Cell, kinds: tuple[Any, Any], literals: list[Any]) -> Cell:
    """Exactly, as Python does: not every int is a float."""
    if kinds[0] == "float":
        a, b, how, literals = b, a, _TURNED[how], literals[::-1]
    if isinstance(literals[1], float):
        return _int_and_number(how, a, literals[1])
    below = b < -_END
    over = b >= _END
    whole = (over | below).ifelse(ibis.null("float64"), _floor(b)).cast("int64")
    # Between two ints the lesser one is compared: a whole float is it, any other is more.
    more = b > _floor(b)
    order = ibis.cases(
        (a.isnull() | b.isnull(), ibis.null("int8")),
        (over, ibis.literal(-1, "int8")),
        (below, ibis.literal(1, "int8")),
        (a < whole, ibis.literal(-1, "int8")),
        (a > whole, ibis.literal(1, "int8")),
        (more, ibis.literal(-1, "int8")),
        else_=ibis.literal(0, "int8"),
    )
    if how in ("==", "!="):
        equal = (order == 0).fill_null(a.isnull() & b.isnull())
        return equal if how == "==" else ~equal
    return COMPARED[how](order, 0).fill_null(False)


def _int_and_number(how: str, a: Cell, number: float) -> Cell:
    """An int column and one float."""
    if not -_END <= number < _END:
        holds = _OVER[how](-1 if number > 0 else 1)
        if how in ("==", "!="):
            return ibis.literal(how == "!=")
        return a.notnull() & ibis.literal(holds)
    whole, is_more = floor(number), number > floor(number)
    if how in ("==", "!="):
        if is_more:
            return ibis.literal(how == "!=")
        return compared(how, a, ibis.literal(whole, "int64"), ("int", "int"), [])
    # Of what lies between two ints, "less" takes the lesser one in.
    by = {"<": "<=", ">=": ">"}.get(how, how) if is_more else how
    return COMPARED[by](a, ibis.literal(whole, "int64")).fill_null(False)


def is_in(cell: Cell, values: tuple[Any, ...], of: Any) -> Cell:
    """Whether a value is one of several; of no value null."""
    literals = [literal(value, of) for value in values]
    return cell.isin(literals) if literals else ibis.literal(False)


def has_text(place: str, text: Cell, part: Cell) -> Cell:
    """Whether a text has another in it, and where."""
    found = {"within": "contains", "first": "startswith", "last": "endswith"}[place]
    return getattr(text, found)(part).fill_null(False)


def sorted_by(cell: Cell, falls: bool) -> Cell:
    """A key of an order: None comes last, whether it falls or not."""
    return cell.desc(nulls_first=False) if falls else cell.asc(nulls_first=False)


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────


def _builtin(name: str, of: str, gives: str) -> Any:
    """A function that the engine has by this name, and ibis has not, or not so: ibis reads its signature and never calls it."""

    def function(_cell: Any) -> Any: ...

    return ibis.udf.scalar.builtin(function, name=name, signature=((of,), gives))


_floor = _builtin("floor", "float64", "float64")  # that of ibis gives an int
_epoch_us = _builtin("epoch_us", "timestamp('UTC')", "int64")
_make_timestamp = _builtin("make_timestamp", "int64", "timestamp")


def _printf(form: str, number: Any) -> Any: ...


_printed = ibis.udf.scalar.builtin(_printf, name="printf", signature=(("string", "float64"), "string"))


def combined(how: str, a: Cell, b: Cell, of: str) -> Cell:
    """What two numbers make; null where that is none."""
    if how == "/":
        return _number(a.cast("float64") / b.cast("float64").nullif(0.0))
    made = {"+": operator.add, "-": operator.sub, "*": operator.mul}[how](a, b)
    if of == "float":
        return _number(made)
    return made.cast(kept(of)) if of.startswith("Decimal") else made


def _number(cell: Cell) -> Cell:
    """Null for what is no number."""
    return cell.isnan().ifelse(ibis.null("float64"), cell)


def rounded(cell: Cell, digits: int, of: str) -> Cell:
    """To so many digits after the point, of a half to the even one."""
    if of == "float":
        return cell.isinf().ifelse(cell, _rounded_float(cell, digits))
    scale = int(of[8:-1]) if of.startswith("Decimal") else 0
    if digits >= scale:
        return cell
    if -digits > 38:
        return cell * 0
    if of == "int" and digits < -18:
        # Over a half of 10^19 it would be that, which no int is: so large a product is the same error.
        up = cell.abs() > 5 * 10**18
        return up.ifelse(cell * ibis.literal(10, "int64"), cell * 0) if digits == -19 else cell * 0
    power = literal(10**-digits if digits <= 0 else Decimal(1).scaleb(-digits), of)
    # From the side of zero, where each step fits if what comes of it does.
    rest = cell % power
    near, size = cell - rest, rest.abs()
    is_odd = near % (power + power) != ibis.literal(0, "int64").cast(kept(of))
    is_over = (size > power - size) | ((size == power - size) & is_odd)
    return is_over.ifelse((rest < 0).ifelse(near - power, near + power), near).cast(kept(of))


def _rounded_float(cell: Cell, digits: int) -> Cell:
    if digits > 340:
        return cell
    if digits > 0:
        return _printed(f"%.{digits}f", cell).cast("float64")
    power = 10.0**-digits if -digits <= 308 else float("inf")
    if not isfinite(power):
        return cell * 0.0
    size = cell.abs()
    below = _floor(size / power)
    below = (below * power > size).ifelse(below - 1.0, below)
    rest = size - below * power
    is_up = (rest > power / 2) | ((rest == power / 2) & (below % 2.0 == 1.0))
    size = is_up.ifelse(below + 1.0, below) * power
    return (cell < 0).ifelse(-size, size)


def part(name: str, cell: Cell, kind: str) -> Cell:
    """A number of the calendar, of times in UTC."""
    if kind == "datetime":
        # Else it would be of the connection's zone.
        cell = _make_timestamp(_epoch_us(cell))
    if name == "weekday":
        return cell.day_of_week.index().cast("int64")
    return getattr(cell, name)().cast("int64")


# ── of many, one ─────────────────────────────────────────────────────────────────────────────────


def holds(how: str, cell: Cell) -> Cell:
    """Whether something holds for any, or for all."""
    cell = cell.fill_null(False)
    return cell.any() if how == "any" else cell.all()


def _placed(cell: Cell, places: list[Cell]) -> Cell:
    """Values with their places before them: an engine compares these first. It keeps half as much as where it is told an order."""
    return ibis.struct({**{f"o{at}": place for at, place in enumerate(places)}, "value": cell})


def _value(placed: Cell) -> Cell:
    return placed["value"]


def listed(cell: Cell, places: list[Cell]) -> Cell:
    """All values in their order."""
    return _placed(cell, places).collect(include_null=True).sort().map(_value)


def total(how: str, cell: Cell, places: list[Cell], kind: Any) -> Cell:
    """Of many values one."""
    match how:
        case "count":
            return cell.count()
        case "n_unique":
            # The two zeros are one value.
            return (cell + 0.0 if kind == "float" else cell).nunique()
        case "first":
            return _value(_placed(cell, places).min())
        case "last":
            return _value(_placed(cell, places).max())
        case "sum" if kind in ("int", "timedelta"):
            # Summed in 128 bits; what is over 64 is an error.
            return cell.sum().cast("decimal(38, 0)").cast("int64")
        case "sum" if kind == "float":
            return _number(cell.sum())
        case "mean":
            return _number(cell.mean())
        case "sum" | "min" | "max":
            return getattr(cell, how)()
        case _:
            raise SchemaError(f"{how}() is not asked of a lake yet; take a part of it out with load()")
