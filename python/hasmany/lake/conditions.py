"""Conditions of filters, which pass where they are true: null, which SQL makes of a comparison with null, passes no more than false
does. So comparisons stay plain, which an engine looks up in what a file says of its blocks, and whether a row has such members is
whether it is among their owners, which are not counted for it."""

from collections.abc import Callable
from typing import Any, Protocol

from . import functions
from .libraries import Cell, Rows, ibis
from .records import Base, Frame, Plan, Value


class Compiling(Protocol):
    """The compiler of the question that a condition is part of."""

    resolve: Callable[[Any], Rows]

    def value(self, plan: Plan, frame: Frame, base: Base) -> Value: ...
    def members(
        self, plural: Plan, base: Base, within: Callable[[], Rows] | None, in_order: bool
    ) -> tuple[Frame, Base, list[str]]: ...


def condition(compiler: Compiling, plan: Plan, frame: Frame, base: Base) -> Value:
    """What a plan says of each row; null, too, where it is false."""

    def of(plan: Plan) -> Value:
        return condition(compiler, plan, frame, base)

    def value(plan: Plan) -> Value:
        return compiler.value(plan, frame, base)

    match plan:
        case ("all", _, *parts):
            return folded([of(part) for part in parts], both)
        case ("any", _, *parts):
            return folded([of(part) for part in parts], either)
        case ("not", _, negated):
            holds = of(negated)
            return lambda rows: ~holds(rows).fill_null(False)
        case ("between", _, asked, low, high):
            return of(("all", "bool", ("compare", "bool", ">=", asked, low), ("compare", "bool", "<", asked, high)))
        case ("compare", _, how, a, b) if _is_plain(how, a, b):
            x, y = value(a), value(b)
            return lambda rows: functions.COMPARED[how](x(rows), y(rows))
        case ("is_in", _, asked, False, values):
            x = value(asked)
            return lambda rows: functions.is_in(x(rows), values, asked[1])
        case ("is_among", _, asked, has_none, selection):
            x, ids = value(asked), compiler.resolve(selection)["id"]
            return lambda rows: x(rows).isin(ids) | x(rows).isnull() if has_none else x(rows).isin(ids)
        case _:
            found = _whether_any(plan)
            return value(plan) if found is None else _among_owners(compiler, base, *found)


def _is_plain(how: str, a: Plan, b: Plan) -> bool:
    """Whether SQL's own comparison is true for the same rows."""
    if a[1] != b[1] or how == "!=" or _whether_any(("compare", "bool", how, a, b)) is not None:
        return False
    return how != "==" or "same" in (a[0], b[0])


_SOME = {(">", 0), (">=", 1), ("!=", 0)}
_NONE = {("==", 0), ("<", 1), ("<=", 0)}


def _whether_any(plan: Plan) -> tuple[bool, Plan] | None:
    """Of a condition that holds where there are some such members, or where there are none: which, and the members."""
    match plan:
        case ("total", _, "any", plural, _):
            return True, plural
        case ("total", _, "all", plural, _) if plural[3][1] == "bool":
            # Where there is none for which it does not hold.
            return False, (*plural[:3], ("not", "bool", plural[3]))
        case ("compare", _, how, ("total", _, "count", plural, _), ("same", "int", number)):
            is_one = plural[3][1] != "bool" and ((how, number) in _SOME or (how, number) in _NONE)
            return ((how, number) in _SOME, plural) if is_one else None
        case _:
            return None


def _among_owners(compiler: Compiling, base: Base, is_any: bool, plural: Plan) -> Value:
    asked: Plan = plural[3]
    frame, members, _ = compiler.members(plural, base, None, False)
    if asked[1] == "bool":
        frame.keep(condition(compiler, asked, frame, members))
    elif asked[0] != "itself":
        value = compiler.value(asked, frame, members)
        frame.keep(lambda rows: value(rows).notnull())
    owners = frame.rows["owner"]
    if is_any:
        return lambda rows: base.id(rows).isin(owners)
    return lambda rows: ~base.id(rows).isin(owners).fill_null(False)


def both(one: Cell, other: Cell) -> Cell:
    """Whether both hold."""
    return one & other


def either(one: Cell, other: Cell) -> Cell:
    """Whether one of them holds."""
    return one | other


def folded(values: list[Value], joined: Callable[[Cell, Cell], Cell]) -> Value:
    """What `both` or `either` makes of several; of none, whether all of nothing hold, or any."""

    def all_of(rows: Rows) -> Cell:
        cells = [value(rows) for value in values]
        # In halves, so that a chain however long is not as deep.
        while len(cells) > 1:
            cells = [
                joined(*cells[at : at + 2]) if at + 1 < len(cells) else cells[at] for at in range(0, len(cells), 2)
            ]
        return cells[0] if cells else ibis.literal(joined is both)

    return all_of
