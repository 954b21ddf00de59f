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
    required: frozenset[str] = frozenset()
    """Columns that are never null."""
    count: int | None = None
    """How many rows there are, where that is said beside them."""


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
    """A table that grows to the right. What is joined to it waits until the table is read, so that what is asked of the same
    members is one grouping."""

    def __init__(self, rows: Rows, names: Iterator[int]) -> None:
        self._rows = rows
        self._waiting: list[Callable[[Rows], Rows]] = []
        self._groups: list[Group] = []
        self.names = names

    @property
    def rows(self) -> Rows:
        """The table, with all that was joined so far."""
        waiting, self._waiting, self._groups = self._waiting, [], []
        for join in waiting:
            self._rows = join(self._rows)
        return self._rows

    def keep(self, condition: Value) -> None:
        """Leaves rows for which a condition is true."""
        rows = self.rows
        self._rows = rows.filter(condition(rows))

    def joined(self, right: Rows, key: str, at: Value) -> dict[str, str]:
        """Joins at most one row of another table to each of these: gives the names that its columns have here. They begin with a
        digit, as those of all that stands beside fields do: no field is called so."""
        number = next(self.names)
        named = {column: f"{number}_{column}" for column in right.columns}
        self._waiting.append(lambda rows: _left(rows, right.select(**_turned(named)), named[key], at))
        return named

    def group(self, base: Base, key: Plan, made: Callable[[], tuple["Frame", Base, list[str]]]) -> "Group":
        """What is asked of the members of records that stand in this table: with what was asked of the same."""
        for group in self._groups:
            if group.base is base and group.key == key:
                return group
        group = Group(base, key, *made(), number=next(self.names))
        self._groups.append(group)
        self._waiting.append(lambda rows: _left(rows, group.totals(), group.owner, base.id))
        return group


def _turned(named: Mapping[str, str]) -> dict[str, str]:
    return {new: old for old, new in named.items()}


def _left(rows: Rows, right: Rows, key: str, at: Value) -> Rows:
    return rows.left_join(right, [at(rows) == right[key]])


class Group:
    """What is asked of the members of each owner: a table of one row an owner."""

    def __init__(self, base: Base, key: Plan, frame: Frame, members: Base, orders: list[str], *, number: int) -> None:
        self.base = base
        self.key = key
        self.frame = frame
        """A row a member, with its owner's id beside it."""
        self.members = members
        self.orders = orders
        self.owner = f"{number}_owner"
        self._number = number
        self._values: list[tuple[Plan, Value]] = []
        self._made: list[Callable[[Rows], Cell]] = []

    def value(self, plan: Plan, compiled: Callable[[], Value]) -> str:
        """The column of what is asked of each member, of which there is one for equal plans."""
        for at, (other, _) in enumerate(self._values):
            if other == plan:
                return f"v{at}"
        self._values.append((plan, compiled()))
        return f"v{len(self._values) - 1}"

    def total(self, made: Callable[[Rows], Cell]) -> str:
        """The column of what is made of these for each owner."""
        self._made.append(made)
        return f"{self._number}_{len(self._made) - 1}"

    def totals(self) -> Rows:
        """A row an owner that has members."""
        rows = self.frame.rows
        values = {f"v{at}": value(rows) for at, (_, value) in enumerate(self._values)}
        rows = rows.select(**{self.owner: rows["owner"]}, **values, **{order: rows[order] for order in self.orders})
        made = {f"{self._number}_{at}": made(rows) for at, made in enumerate(self._made)}
        return rows.group_by(self.owner).agg(**made)


def owner_of(base: Base) -> Base:
    """Whose member it is."""
    if base.owner is None:
        raise SchemaError("a condition on members cannot see the row beyond its owner in a lake")
    return base.owner


def named(name: str) -> Value:
    """A column of a table's own."""
    return lambda rows: rows[name]
