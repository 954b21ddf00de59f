"""Random questions: each an expression and, beside it, what it means for a row of lists and dicts."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hasmany import Expr, col
from hypothesis import reject
from hypothesis import strategies as st

from .naive import COLLECTIONS, COMBINED, COMPARED, REFERENCES, TOTALS, Data, Row, plain, step

FIELDS = {
    "Country": {"name": str, "id": int},
    "Studio": {"name": str},
    "Film": {"title": str, "year": int, "price": Decimal},
    "Person": {"name": str, "age": int, "height": float, "born": date},
    "Rating": {"stars": int, "weight": float, "at": datetime, "public": bool},
    "Follow": {"id": int},
}
REACH = {  # types that each model has, or leads to over references
    "Country": [int, str],
    "Studio": [int, str],
    "Film": [int, str, Decimal],
    "Person": [int, float, str, date],
    "Rating": [int, float, str, Decimal, date, datetime, bool],
    "Follow": [int, float, str, date],
}
QUARTERS = st.integers(-40, 40).map(lambda n: n / 4)  # sums and products of which are exact
CENTS = st.integers(-500, 500).map(lambda n: Decimal(n) / 100)
TEXTS = st.text("abÄ ", max_size=3)
DAYS = st.dates(date(1999, 1, 1), date(2001, 12, 31))
TIMES = DAYS.flatmap(lambda day: st.just(datetime(day.year, day.month, day.day, tzinfo=UTC)))
VALUES: dict[type, st.SearchStrategy[Any]] = {
    int: st.integers(-5, 5),
    float: QUARTERS,
    str: TEXTS,
    bool: st.booleans(),
    Decimal: CENTS,
    date: DAYS,
    datetime: TIMES,
}
SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}

Meaning = Callable[[Data, Row], Any]


@dataclass
class One:
    """One value a row."""

    expr: Expr
    of: Meaning


@dataclass
class Many:
    """A value a member: the members, and what is asked of each; `outer` is the row whose members they are."""

    expr: Expr
    members: Callable[[Data, Row], list[Row]]
    to: str
    of: Callable[[Data, Row, Row], Any]  # outer, member

    def values(self, data: Data, row: Row) -> list[Any]:
        return [self.of(data, row, member) for member in self.members(data, row)]


@st.composite
def paths(draw, model: str, kind: type | None) -> tuple[list[str], str]:
    """A path over references to a field of a type, or to a row."""
    ways: list[tuple[list[str], str]] = [([], model)]
    for names, of in ways:
        if len(names) < 3:
            ways += [([*names, name], to) for (owner, name), to in REFERENCES.items() if owner == of]
    ends = [([*names, name], of) for names, of in ways for name, its in FIELDS[of].items() if its is kind]
    return draw(st.sampled_from(ends if kind else ways)) if (ends or kind is None) else ([], "")


def follow(names: list[str]) -> Meaning:
    def of(data: Data, row: Row) -> Any:
        at: Any = row
        for name in names:
            at = step(data, at, name) if at is not None else None
        return at

    return of


@st.composite
def many(draw, model: str, kind: type | None, depth: int) -> Many | None:
    """A value of a type, or the row itself, of each member of a collection over one step or two."""
    steps: list[tuple[list[str], str]] = []
    at = model
    for turn in range(draw(st.integers(1, 2))):
        ups, top = draw(paths(at, None)) if turn or draw(st.booleans()) else ([], at)
        choices = [name for owner, name in COLLECTIONS if owner == top]
        if not choices:
            break
        collection = draw(st.sampled_from(choices))
        steps.append((ups, collection))
        at = COLLECTIONS[top, collection]
    ends = draw(paths(at, kind)) if kind else ([], at)
    if not steps or not ends[1]:
        return None
    names = [name for ups, collection in steps for name in (*ups, collection)]

    def members(data: Data, row: Row) -> list[Row]:
        rows: list[Row] = [row]
        for ups, collection in steps:
            tops = [follow(ups)(data, row) for row in rows]
            rows = [member for top in tops if top is not None for member in step(data, top, collection)]
        return rows

    value = follow(ends[0])
    made = Many(col(".".join([*names, *ends[0]])), members, at, lambda data, outer, member: value(data, member))
    if depth and draw(st.booleans()):
        condition = draw(conditions(at, depth - 1))
        inside = made.members
        made = Many(
            made.expr.filter(condition.expr),
            lambda data, row: [member for member in inside(data, row) if condition.of(data, member)],
            at,
            made.of,
        )
    if kind in (int, float) and draw(st.booleans()):
        sign, other = draw(st.sampled_from("+-*")), draw(singles(model, int, 0))
        inner, combine = made.of, COMBINED[sign]
        made = Many(
            SIGNS[sign](made.expr, other.expr),
            made.members,
            at,
            lambda data, outer, member: combine(inner(data, outer, member), other.of(data, outer)),
        )
    return made


@st.composite
def singles(draw, model: str, kind: type, depth: int) -> One:
    """One value of a type for each row of a model."""
    ways = ["path", "total", "total"] if depth else ["path"]
    ways += {int: ["combine", "abs", "round", "part"], float: ["combine", "mean", "over", "round"], str: ["lower"]}.get(
        kind, []
    ) * bool(depth)
    ways += ["if_none"] * bool(depth)
    way = draw(st.sampled_from(ways))
    if way == "total" and kind is not bool:
        totals = ["min", "max", "first", "last"] + ["sum"] * (kind in (int, float, Decimal))
        total = draw(st.sampled_from(totals + ["count", "n_unique"] * (kind is int)))
        of = draw(
            many(model, draw(st.sampled_from([None, *VALUES])) if total in ("count", "n_unique") else kind, depth - 1)
        )
        if of is not None:
            return One(getattr(of.expr, total)(), lambda data, row: TOTALS[total](of.values(data, row)))
    if way == "mean":
        numbers = draw(many(model, draw(st.sampled_from([int, float])), depth - 1))
        if numbers is not None:
            return One(numbers.expr.mean(), lambda data, row: TOTALS["mean"](numbers.values(data, row)))
    if way == "combine":
        a, b = draw(singles(model, kind, depth - 1)), draw(singles(model, kind, depth - 1))
        sign = draw(st.sampled_from("+-*"))
        return One(SIGNS[sign](a.expr, b.expr), lambda data, row: COMBINED[sign](a.of(data, row), b.of(data, row)))
    if way == "over":
        a, b = (draw(singles(model, draw(st.sampled_from([int, float])), depth - 1)) for _ in "ab")
        return One(a.expr / b.expr, lambda data, row: COMBINED["/"](a.of(data, row), b.of(data, row)))
    if way == "if_none":
        a, value = draw(singles(model, kind, depth - 1)), draw(VALUES[kind])
        return One(a.expr.if_none(value), lambda data, row: value if (own := a.of(data, row)) is None else own)
    if way == "lower":
        text = draw(singles(model, str, depth - 1))
        return One(text.expr.lower(), lambda data, row: plain(str.lower)(text.of(data, row)))
    if way == "abs":
        number = draw(singles(model, kind, depth - 1))
        return One(number.expr.abs(), lambda data, row: plain(abs)(number.of(data, row)))
    if way == "round":
        number, digits = draw(singles(model, kind, depth - 1)), draw(st.integers(-1, 1))
        return One(number.expr.round(digits), lambda data, row: plain(lambda n: round(n, digits))(number.of(data, row)))
    if way == "part":
        day = draw(singles(model, draw(st.sampled_from([date, datetime])), depth - 1))
        part = draw(st.sampled_from(["year", "month", "day", "weekday"]))
        get = date.weekday if part == "weekday" else operator.attrgetter(part)
        return One(getattr(day.expr, part)(), lambda data, row: plain(get)(day.of(data, row)))
    names, _ = draw(paths(model, kind))
    if names:
        return One(col(".".join(names)), follow(names))
    # No field of the type is near: something that is of the type anyway.
    value = draw(VALUES[kind])
    if kind is int:
        return One(col("id") * value, lambda data, row: (row[1] + 1) * value)
    nothing = {float: col("id") / 2 * 0.0, bool: col("id") < 0}
    if kind in nothing:
        return One(nothing[kind], lambda data, row: kind(0))
    owner = draw(many(model, kind, 0))
    if owner is not None:
        return One(owner.expr.first(), lambda data, row: TOTALS["first"](owner.values(data, row)))
    reject()


@st.composite
def conditions(draw, model: str, depth: int) -> One:
    """A condition on a row of a model."""
    ways = ["value", "value", "is_none", "is_in", "between"]
    ways += ["all", "any", "not", "any_of", "all_of", "any_that", "two", "text"] if depth else []
    way = draw(st.sampled_from(ways))
    kind = draw(st.sampled_from(REACH[model]))
    if way in ("all", "any"):
        a, b = draw(conditions(model, depth - 1)), draw(conditions(model, depth - 1))
        if way == "all":
            return One(a.expr & b.expr, lambda data, row: a.of(data, row) and b.of(data, row))
        return One(a.expr | b.expr, lambda data, row: a.of(data, row) or b.of(data, row))
    if way == "not":
        a = draw(conditions(model, depth - 1))
        return One(~a.expr, lambda data, row: not a.of(data, row))
    if way in ("any_of", "all_of"):
        of = draw(many(model, None, 0))
        if of is not None:
            condition = draw(conditions(of.to, depth - 1))
            test = any if way == "any_of" else all
            return One(
                getattr(of.expr, test.__name__)(condition.expr),
                lambda data, row: test(condition.of(data, member) for member in of.members(data, row)),
            )
    if way == "any_that":
        of = draw(many(model, kind, depth - 1))
        if of is not None:
            sign, value = draw(st.sampled_from(sorted(COMPARED))), draw(VALUES[kind])
            return One(
                SIGNS[sign](of.expr, value).any(),
                lambda data, row: any(COMPARED[sign](own, value) for own in of.values(data, row)),
            )
    if way == "two":
        # An int and a float compare.
        other = float if kind is int else kind
        a, b = draw(singles(model, kind, depth - 1)), draw(singles(model, other, depth - 1))
        sign = draw(st.sampled_from(sorted(COMPARED)))
        return One(SIGNS[sign](a.expr, b.expr), lambda data, row: COMPARED[sign](a.of(data, row), b.of(data, row)))
    if way == "text":
        text, part = draw(singles(model, str, depth - 1)), draw(TEXTS)
        how = draw(st.sampled_from(["contains", "startswith", "endswith"]))
        test = {"contains": operator.contains, "startswith": str.startswith, "endswith": str.endswith}[how]
        return One(getattr(text.expr, how)(part), lambda data, row: bool(plain(test)(text.of(data, row), part)))
    a = draw(singles(model, kind, depth))
    if way == "is_none":
        return One(a.expr.is_none(), lambda data, row: a.of(data, row) is None)
    if way == "is_in":
        values = draw(st.lists(st.none() | VALUES[kind], max_size=4))
        return One(a.expr.is_in(values), lambda data, row: a.of(data, row) in values)
    if way == "between":
        low, high = draw(st.none() | VALUES[kind]), draw(st.none() | VALUES[kind])

        def holds(data: Data, row: Row) -> bool:
            own = a.of(data, row)
            return own is not None and (low is None or low <= own) and (high is None or own < high)

        return One(a.expr.between(low, high), holds)
    sign, value = draw(st.sampled_from(sorted(COMPARED))), draw(st.none() | VALUES[kind])
    return One(SIGNS[sign](a.expr, value), lambda data, row: COMPARED[sign](a.of(data, row), value))
