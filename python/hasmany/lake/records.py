"""Records in an engine: where their rows are, and what stands beside a row."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SchemaError
from .libraries import Cell, Rows

Plan = tuple[Any, ...]
"""A step's name, what its values are, and its parts: what the engine gives."""
Value = Callable[[Rows], Cell]
"""A column of a table. It is named by its columns, so it holds of what the table becomes by joins and filters, too."""


@dataclass(frozen=True)
class Source:
    """The rows of a model."""

    model: str
    """The name of the model, for errors."""
    rows: Rows
    """Its columns are `id`, and those of `columns`."""
    columns: Mapping[str, str]
    """By field the column: that of a reference has what stands as `id` where it leads."""
    keys: tuple[str, ...] = ()
    """The fields that stand as `id`, where the rows have no numbers of their own, as paths; of several `id` is a struct."""


@dataclass
class Base:
    """Records of which something is asked: one beside each row of a table, or none."""

    source: Source
    id: Value
    read: Callable[[str], Value]
    """A column of theirs."""
    owner: "Base | None" = None
    """Where they are members: whose."""
    within: Callable[[], Rows] | None = None
    """A table whose column `id` has all of them, where they are not all of the model."""
    singles: dict[Plan, "Base"] = field(default_factory=dict[Plan, "Base"])
    """What single steps lead to, each by its kind, table and field."""


class Frame:
    """A table that grows to the right."""

    def __init__(self, rows: Rows, names: Iterator[int]) -> None:
        self.rows = rows
        self.names = names

    def joined(self, right: Rows, key: str, at: Value) -> dict[str, str]:
        """Joins at most one row of another table to each of these: gives the names that its columns have here."""
        number = next(self.names)
        named = {column: f"_{number}_{column}" for column in right.columns}
        right = right.select(**{new: right[old] for old, new in named.items()})
        self.rows = self.rows.left_join(right, [at(self.rows) == right[named[key]]])
        return named


def owner_of(base: Base) -> Base:
    """Whose member it is."""
    if base.owner is None:
        raise SchemaError("a condition on members cannot see the row beyond its owner in a lake")
    return base.owner


def named(name: str) -> Value:
    """A column of a table's own."""
    return lambda rows: rows[name]
