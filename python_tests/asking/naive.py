"""The same questions of lists and dicts: what an expression means, said without the engine."""

from collections.abc import Callable
from typing import Any

Row = tuple[str, int]  # of a model, by place
Data = dict[str, list[dict[str, Any]]]

REFERENCES = {
    ("Studio", "country"): "Country",
    ("Film", "studio"): "Studio",
    ("Rating", "person"): "Person",
    ("Rating", "film"): "Film",
    ("Follow", "who"): "Person",
    ("Follow", "whom"): "Person",
}
INVERSES = {
    ("Country", "studios"): ("Studio", "country"),
    ("Studio", "films"): ("Film", "studio"),
    ("Film", "ratings"): ("Rating", "film"),
    ("Person", "ratings"): ("Rating", "person"),
    ("Person", "follows"): ("Follow", "who"),
}
THROUGHS = {  # the way, from the owner
    ("Studio", "ratings"): ("films", "ratings"),
    ("Film", "fans"): ("ratings", "person"),
    ("Person", "films"): ("ratings", "film"),
    ("Person", "following"): ("follows", "whom"),
    ("Person", "suggested"): ("following", "films"),
}
COLLECTIONS = {**{name: of for name, (of, _) in INVERSES.items()}, ("Studio", "ratings"): "Rating"}
COLLECTIONS |= {("Film", "fans"): "Person", ("Person", "films"): "Film", ("Person", "following"): "Person"}
COLLECTIONS |= {("Person", "suggested"): "Film"}


def step(data: Data, row: Row, name: str) -> Any:
    """What a name leads to from a row: a value, a row or None, or a list of rows."""
    model, place = row
    if name == "id":
        return place + 1
    if (model, name) in REFERENCES:
        to = data[model][place][name]
        return None if to is None else (REFERENCES[model, name], to)
    if (model, name) in INVERSES:
        child, reference = INVERSES[model, name]
        return [(child, at) for at, its in enumerate(data[child]) if its[reference] == place]
    if (model, name) in THROUGHS:
        first, then = THROUGHS[model, name]
        found: list[Row] = []
        for link in step(data, row, first):
            to = step(data, link, then)
            found += to if isinstance(to, list) else [to] * (to is not None)
        return list(dict.fromkeys(found))
    return data[model][place][name]


def plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives None where an argument is None."""
    return lambda *values: None if any(value is None for value in values) else function(*values)


def mean(values: list[Any]) -> float | None:
    return sum(values) / len(values) if values else None


TOTALS: dict[str, Callable[[list[Any]], Any]] = {
    "count": lambda values: len([value for value in values if value is not None]),
    "n_unique": lambda values: len({value for value in values if value is not None}),
    "sum": lambda values: sum(value for value in values if value is not None),
    "mean": lambda values: mean([value for value in values if value is not None]),
    "min": lambda values: min((value for value in values if value is not None), default=None),
    "max": lambda values: max((value for value in values if value is not None), default=None),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
}
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a is not None and b is not None and a < b,
    "<=": lambda a, b: a is not None and b is not None and a <= b,
    ">": lambda a, b: a is not None and b is not None and a > b,
    ">=": lambda a, b: a is not None and b is not None and a >= b,
}
COMBINED: dict[str, Callable[[Any, Any], Any]] = {
    "+": plain(lambda a, b: a + b),
    "-": plain(lambda a, b: a - b),
    "*": plain(lambda a, b: a * b),
    "/": plain(lambda a, b: None if b == 0 else a / b),
}
