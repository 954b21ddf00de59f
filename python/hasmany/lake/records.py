"""Records in an engine: where their rows are, what stands beside a row, and the pairs that a collection leads from and to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SchemaError
from .libraries import Cell, Rows, ibis

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
    key: str | None = None
    """The field that stands as `id`, where the rows have no numbers of their own."""


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
    ups: dict[str, "Base"] = field(default_factory=dict[str, "Base"])
    """What their references lead to."""


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


@dataclass(frozen=True)
class Ways:
    """Tables of pairs: `owner`, `at`, and where order counts the ids that were come over."""

    sources: Mapping[str, Source]
    names: Iterator[int]

    def hop(self, hop: Plan) -> tuple[Rows, list[str]]:
        """Of one reference."""
        kind, table, name = hop
        source = self.sources[table]
        reference = source.rows[source.columns[name]]
        rows = source.rows.filter(reference.notnull())
        if kind == "up":
            return rows.select(owner="id", at=source.columns[name]), []
        order = f"o{next(self.names)}"
        return rows.select(owner=source.columns[name], at="id", **{order: "id"}), [order]

    def pairs(self, way: Plan, in_order: bool) -> tuple[Rows, list[str]]:
        """Of a collection: each once."""
        hops, is_distinct, _ = way
        pairs, orders = self.hop(hops[0])
        for hop in hops[1:]:
            pairs, orders = self.chained(pairs, orders, *self.hop(hop))
        if not is_distinct and in_order:
            # Each at its first place.
            place = f"p{next(self.names)}"
            window = ibis.window(group_by=["owner", "at"], order_by=orders)
            pairs = pairs.mutate(**{place: ibis.row_number().over(window)})
            pairs = pairs.filter(pairs[place] == 0).drop(place)
        elif not is_distinct:
            pairs, orders = pairs.select("owner", "at").distinct(), []
        return pairs, orders

    def chained(self, first: Rows, orders: list[str], then: Rows, more: list[str]) -> tuple[Rows, list[str]]:
        number = next(self.names)
        renamed = then.select(**{f"from{number}": "owner", f"to{number}": "at", **{order: order for order in more}})
        joined = first.join(renamed, [("at", f"from{number}")])
        all_orders = [*orders, *more]
        return joined.select("owner", at=f"to{number}", **{order: order for order in all_orders}), all_orders
