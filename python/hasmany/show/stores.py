"""A store as its models, and what a store holds in memory."""

import os
from collections.abc import Iterable, Mapping

from .._hasmany import Stats, Store
from .grid import grid
from .values import Cell, count, many, size

MODELS = 30
"""That are listed."""


def store(of: Store) -> str:
    """A line a model: its rows, the bytes of its rows and indexes; above them the file and its size."""
    told = of.stats()
    by_model = _by_model(told.rows, told.bytes)
    lines = [[Cell(model), _amount(rows), _bytes(by_model[model])] for model, rows in list(told.rows.items())[:MODELS]]
    if len(told.rows) > 1:
        lines.append([Cell("together", is_faint=True), _amount(sum(told.rows.values())), _bytes(told.bytes_total)])
    more = len(told.rows) - MODELS
    notes = [_place(of)] + [f"the first {MODELS} of {MODELS + more} models"] * (more > 0)
    # Its own words say whether it is closed.
    notes += ["closed"] * repr(of).endswith(", closed>")
    caption = f"Store of {many(len(told.rows), 'model')} {', '.join(notes)}"
    return grid(caption, ["model", "rows", "bytes"], lines)


def stats(of: Stats) -> str:
    """A line a part: rows, and what is kept to find them."""
    lines = [
        [Cell(part), _amount(of.rows[part]) if part in of.rows else Cell("", is_faint=True), _bytes(held)]
        for part, held in of.bytes.items()
    ]
    caption = f"{many(sum(of.rows.values()), 'row')}, {size(of.bytes_total)} in memory"
    return grid(caption, ["", "rows", "bytes"], lines)


def _place(of: Store) -> str:
    if of.path is None:
        return "in memory"
    try:
        return f"in {of.path}, {size(os.stat(of.path).st_size)}"
    except OSError:  # moved, or deleted
        return f"in {of.path}"


def _by_model(models: Iterable[str], parts: Mapping[str, int]) -> dict[str, int]:
    """The bytes of each model: its own, and those of its indexes, which are called after it."""
    held = dict.fromkeys(models, 0)
    for part, amount in parts.items():
        # The longest that fits: a name may have dots in it, where a file says it.
        of = max((model for model in held if part == model or part.startswith(model + ".")), key=len, default=None)
        if of is not None:
            held[of] += amount
    return held


def _amount(of: int) -> Cell:
    return Cell(count(of), is_number=True)


def _bytes(of: int) -> Cell:
    return Cell(size(of), is_number=True, title=many(of, "byte"))
