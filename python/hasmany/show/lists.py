"""Collections, pages, tables and rankings: the first rows of each, under how many there are."""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec

from .._hasmany import Many, Ranking, Rankings, Table, table_head
from ..errors import HasManyError
from .grid import grid, remark
from .named import Columns, identity, models, names_by_id
from .values import Cell, cell, count, number, text
from .values import many as many_of

ROWS = 10
OWNERS = 5
"""Of many rankings: each is computed to show it."""
BEST = 3
"""Of each of them."""
BRIEF = 30
"""Letters of what each is called."""

P = ParamSpec("P")


def told(show: Callable[P, str]) -> Callable[P, str]:
    """What cannot be shown, because its owner was deleted or its model redefined, says so in its place."""

    @functools.wraps(show)
    def shown(*args: P.args, **keywords: P.kwargs) -> str:
        try:
            return show(*args, **keywords)
        except (HasManyError, KeyError) as error:  # of an owner that was deleted meanwhile, the second
            return remark(str(error))

    return shown


def first_of(all: int | None, shown: int) -> str:
    """The note that there is more than is shown."""
    return f", the first {shown}" if all is None or all > shown else ""


@told
def collection(many: "Many[Any]") -> str:
    """The first members, by their fields."""
    return _members(many, "")


@told
def page(items: "Many[Any]", next: str | None) -> str:
    """The members of a page, and whether another one follows."""
    return _members(items, ", a page" + (" that others follow" if next else ", the last"))


def _members(many: "Many[Any]", note: str) -> str:
    known = models(many)
    columns = Columns.of(known)
    rows = _rows(many[:ROWS], columns)
    all = len(many)
    shown = [[identity(id), *cells] for id, cells in rows.items()]
    return grid(f"{count(all)} {known[0].name}{note}{first_of(all, ROWS)}", ["id", *columns.names], shown)


def _rows(many: "Many[Any]", columns: Columns) -> dict[int, list[Cell]]:
    """The cells of each member, by id: read at one moment."""
    table = many.select("id", **{str(at): path for at, path in enumerate(columns.paths)})
    rows, _ = table_head(table, ROWS)
    return {row[0]: columns.cells(row[1:]) for row in rows}


@told
def table(of: Table) -> str:
    """The first rows; of what is computed while it is read, nobody knows how many there are."""
    rows, all = table_head(of, ROWS)
    caption = f"the first {many_of(len(rows), 'row')}" if all is None else many_of(all, "row") + first_of(all, ROWS)
    return grid(caption, of.columns, [[cell(value) for value in row] for row in rows])


@told
def ranking(of: "Ranking[Any]") -> str:
    """The best of them, each with its rank, a bar as long as its score, its id and its fields."""
    first = of[:ROWS]
    records = first.records
    known = models(records)
    columns = Columns.of(known)
    rows = _rows(records, columns)
    scores = [(record.id, score) for record, score in first]
    parts = bars([score for _, score in scores])
    shown = [
        [Cell(str(rank), is_number=True), _score(score, part), identity(id), *rows[id]]
        for rank, ((id, score), part) in enumerate(zip(scores, parts, strict=True), 1)
        if id in rows  # not deleted meanwhile
    ]
    all = len(of)
    caption = f"Ranking of {count(all)} {known[0].name}{', sampled' * of.sampled}{first_of(all, ROWS)}"
    return grid(caption, ["rank", "score", "id", *columns.names], shown)


def bars(scores: Sequence[float]) -> list[float]:
    """Each as a part of the largest; of those that are below 0, none."""
    most = max((score for score in scores if math.isfinite(score)), default=0.0)
    return [score / most if most > 0 and 0 < score <= most else float(score > most > 0) for score in scores]


def _score(score: float, part: float) -> Cell:
    full = repr(score)
    shown = number(score)
    return Cell(shown, is_number=True, title=full if full != shown else "", bar=part)


@told
def rankings(of: Rankings, owners: "Many[Any]", through: str) -> str:
    """The rankings of the first owners, the best of each."""
    some = list(owners[:OWNERS])
    names = names_by_id(owners[:OWNERS])
    shown: list[list[Cell]] = []
    for owner in some:
        if owner.id not in names:  # deleted meanwhile
            continue
        best = of[owner][:BEST]
        by_id = names_by_id(best.records)
        entries = [(by_id.get(record.id), score) for record, score in best]
        best_of = [_scored(name, score) for name, score in entries if name is not None]
        shown.append([names[owner.id], *best_of, *[Cell("")] * (BEST - len(best_of))])
    all = len(of)
    caption = f"Rankings of {count(all)} {models(owners)[0].name} by {through}{first_of(all, len(shown))}"
    return grid(caption, ["owner", *map(str, range(1, BEST + 1))], shown)


def _scored(name: Cell, score: float) -> Cell:
    short = text(name.text, wide=BRIEF)
    return Cell(f"{short.text} ({number(score)})", title=name.title or short.title)
