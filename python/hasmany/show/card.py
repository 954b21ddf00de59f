"""A record as a small card: its fields, and how many members its collections have."""

from typing import Any

from .._hasmany import Record, counted
from ..errors import HasManyError
from .grid import grid, remark
from .named import Columns, models, reference
from .values import NONE, Cell, count


def record(of: Record) -> str:
    """A line a field, and one a collection: its size where an index knows that, so that nothing is walked to show it."""
    try:
        known = models(of)
        columns = Columns.of(known)
        # One at least: without any it would be all fields.
        values = of.to_dict("id", *columns.paths)
        fields = columns.cells([values[path] for path in columns.paths])
        lines = [[Cell(name, is_faint=True), cell] for name, cell in zip(columns.names, fields, strict=True)]
        for name, is_one, members in counted(of):
            lines.append([Cell(name, is_faint=True), _one(of, name) if is_one else _many(members)])
    except HasManyError as error:
        return remark(str(error))
    return grid(f"{known[0].name} {of.id}", [], lines)


def _many(members: int | None) -> Cell:
    return Cell("a collection", is_faint=True) if members is None else Cell(count(members), is_number=True)


def _one(of: Record, name: str) -> Cell:
    """The record on the other side of a unique reference."""
    other: Any = getattr(of, name)
    if not isinstance(other, Record):
        return NONE
    known = models(other)[0]
    naming = known.naming()
    values = other.to_dict("id", *naming)
    return reference(known, other.id, [values[path] for path in naming])
