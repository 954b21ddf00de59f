"""What is asked of a lake: its models, and the first rows of what is read for it. Nothing is counted or read besides.

A question to a lake can fail in more ways than one to memory: files go, servers do. What cannot be shown says so in its place.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .._hasmany import Many, Table, table_head
from ..errors import HasManyError
from .grid import grid, remark
from .lists import ROWS
from .named import Columns, identity, models
from .stores import MODELS
from .values import Cell, cell, count, many

READ = ROWS + 1
"""Rows that are read: one more than is shown says that there are more."""


def lake(rows: Mapping[str, int | None], place: str, is_closed: bool) -> str:
    """A line a model: its rows, where that is known without looking for them."""
    lines = [
        [Cell(model), Cell("not counted", is_faint=True) if found is None else Cell(count(found), is_number=True)]
        for model, found in list(rows.items())[:MODELS]
    ]
    more = len(rows) - MODELS
    notes = [f"in {place}"] + [f"the first {MODELS} of {len(rows)} models"] * (more > 0) + ["closed"] * is_closed
    return grid(f"Lake of {many(len(rows), 'model')} {', '.join(notes)}", ["model", "rows"], lines)


def selection(members: "Many[Any]", keyed: Collection[str], first: Callable[[dict[str, Any], int], Table]) -> str:
    """The first rows, by their fields. `members` are what they would be in memory; `keyed` the models whose rows have no ids; `first`
    reads named paths of so many."""
    known = models(members)
    columns = Columns.of(known, keyed)
    has_ids = known[0].name not in keyed
    try:
        paths = ["id"] * has_ids + columns.paths
        rows, _ = table_head(first({f"c{at}": path for at, path in enumerate(paths)}, READ), READ)
    except (HasManyError, OSError, MemoryError, OverflowError, ValueError) as error:
        return remark(str(error))
    shown = [[*([identity(row[0])] if has_ids else []), *columns.cells(row[has_ids:])] for row in rows[:ROWS]]
    return grid(_caption(rows, known[0].name), [*["id"] * has_ids, *columns.names], shown)


def table(names: Sequence[str], first: Callable[[int], Table]) -> str:
    """The first rows of columns."""
    try:
        rows, _ = table_head(first(READ), READ)
    except (HasManyError, OSError, MemoryError, OverflowError, ValueError) as error:
        return remark(str(error))
    return grid(_caption(rows, "rows"), names, [[cell(value) for value in row] for row in rows[:ROWS]])


def unread(words: str, names: Sequence[str]) -> str:
    """What would take long to read, even in part: its columns."""
    return grid(words, names, [])


def _caption(rows: Sequence[Any], what: str) -> str:
    return f"{what}, the first {ROWS}" if len(rows) > ROWS else f"{count(len(rows))} {what}"
