"""`Selection`: records of a lake, and `Columns`: what is asked of them. Neither is computed before it is read."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy.typing as npt

from .._hasmany import (
    Expr,
    Many,
    lake_columns,
    lake_condition,
    lake_keys,
    lake_way,
)
from ..errors import ForeignStoreError, SchemaError
from .chosen import compiler_of
from .columns import Columns
from .compile import listed
from .conditions import both, folded
from .functions import sorted_by
from .libraries import Cell, Rows
from .opened import Opened
from .ranks import Ranks
from .records import Plan, Value
from .refused import NoRecords

_T = TypeVar("_T")


class Selection(NoRecords, Ranks, Generic[_T]):
    """Records of one model in a lake: a set, of which nothing is read before it is asked for.

    `where`, `through`, `order_by`, `&`, `|`, `-` and `^` give others; `select` gives `Columns`, `similar` and `recommend` give
    `LakeRankings`; `len`, `values`, `column`, `to_dicts`, `top` and `overlap` run. The words and their answers are those of
    collections in memory, with expressions as the page on asking has them, but that there are no records: references go out
    as ids, or as the key of their model, and the records are neither walked through nor indexed (`SchemaError`, which says
    what to write). The order of links is not kept: the rows come in no order but that of `order_by`. `lower()` leaves letters as
    they are that Unicode has had since version 16 only, where DuckDB answers.

    A number that is too large is an `OverflowError`, what fits neither the memory limit nor the disk a `MemoryError`, a file
    that has gone an `OSError`; no question gives part of its answer.
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    # ── other selections ─────────────────────────────────────────────────────────────────────────

    def _with(
        self, rows: Rows, holds: tuple[Value, ...] | None, keys: tuple[tuple[str, bool], ...] = ()
    ) -> "Selection[_T]":
        return Selection(self._opened, self._table, rows, self._many, holds=holds, keys=keys)

    def where(self, *conditions: Expr, **fields: Any) -> "Selection[_T]":
        """Those for which all conditions hold: expressions, and fields by name, as in memory. Nothing runs."""
        plan: Plan | None = lake_condition(self._many, conditions, fields)
        return self if plan is None else self._meeting(plan)

    def _meeting(self, plan: Plan) -> "Selection[_T]":
        """Those for which a condition holds."""
        compiler = compiler_of(self._opened)
        frame, base = compiler.base(self._table, self._rows, self._is_whole)
        holds = compiler.condition(plan, frame, base)
        rows = frame.rows
        if rows is self._rows:
            return self._kept(holds)
        return self._with(rows.filter(holds(rows)).select(*self._rows.columns), None, self._keys)

    def _kept(self, holds: Value) -> "Selection[_T]":
        """Those for which a condition on the model's own columns holds."""
        all_of = None if self._holds is None else (*self._holds, holds)
        return self._with(self._rows.filter(holds(self._rows)), all_of, self._keys)

    def order_by(self, *keys: str | Expr, reverse: bool = False) -> "Selection[_T]":
        """These records, whose rows go out in the order of one key or several, None last both ways; ties in the order that there was
        before, and then by id."""
        plans: list[tuple[Plan, bool]] = lake_keys(self._many, keys, reverse)
        compiler = compiler_of(self._opened)
        columns = [*self._columns(), *(name for name, _ in self._keys)]
        frame, base = compiler.base(self._table, self._rows.select(*columns), self._is_whole)
        values = [(compiler.value(plan, frame, base), falls) for plan, falls in plans]
        named = {f"{at}order": value(frame.rows) for at, (value, _) in enumerate(values, len(self._keys))}
        # In a select of its own: else what is joined next goes beside what is joined here, and twice the same has no name.
        rows = frame.rows.select(*columns, **named).select(*columns, *named)
        orders = zip(named, (falls for _, falls in values), strict=True)
        return self._with(rows, self._holds, (*orders, *self._keys))

    def through(self, name: str, *, repeat: bool = False) -> "Selection[Any]":
        """What a reference or a collection of these leads to, each once. Nothing runs."""
        if repeat:
            raise SchemaError(
                "through(repeat=True) is not asked of a lake: write .through() for each step, or load() a part, and ask there"
            )
        hops, _, _ = lake_way(self._many, name)
        return self._along(hops)

    def _along(self, hops: tuple[Plan, ...]) -> "Selection[Any]":
        """What hops lead to, each once."""
        found: Selection[Any] = self
        for kind, table, *more in hops:
            if kind == "keep":
                found = found._meeting(more[0])
            elif kind == "sorted":
                # A set has no order.
                found = found._along(more[0])
            elif kind == "down":
                column = self._opened.sources[table].columns[more[0]]
                found = all_of(self._opened, table)._kept(_among(column, found._ids))
            else:
                rows, column = found._rows, self._opened.sources[table].columns[more[0]]
                if column not in self._opened.sources[table].required:
                    rows = rows.filter(rows[column].notnull())
                found = all_of(self._opened, self._opened.target(table, more[0]))._kept(_among("id", rows[column]))
                found._led = rows[column]
        return found

    @property
    def _ids(self) -> Cell:
        """Their ids, maybe more than once."""
        return self._rows["id"] if self._led is None else self._led

    def __and__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are in both; in the order of the left side."""
        return self._kept(self._holding(other, "&"))

    def __sub__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are not in the other; in the order of the left side."""
        holds = self._holding(other, "-")
        return self._kept(lambda rows: ~holds(rows).fill_null(False))

    def __or__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are in either."""
        return self._either(other, "|", lambda a, b: a | b)

    def __xor__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are in one of both."""
        return self._either(other, "^", lambda a, b: a.fill_null(False) != b.fill_null(False))

    def _either(self, other: "Selection[_T]", sign: str, joined: Callable[[Cell, Cell], Cell]) -> "Selection[_T]":
        two = self._holding(other, sign)
        if self._keys:
            raise SchemaError(f"{sign} gives a set; order what comes of it, as in (a {sign} b).order_by(...)")
        one = self._holding(self, sign)
        return all_of(self._opened, self._table)._kept(lambda rows: joined(one(rows), two(rows)))

    def _holding(self, other: Any, sign: str) -> Value:
        """The condition on a row of the model that it is in another selection."""
        found: Selection[Any] = other
        if not isinstance(other, Selection):
            raise TypeError(f"{sign} takes another selection of the lake, not {type(other).__name__}")
        if found._opened is not self._opened:
            raise ForeignStoreError("the two selections are of two lakes")
        if found._table != self._table:
            names = [self._opened.sources[each].model for each in (self._table, found._table)]
            raise TypeError(f"{sign} takes two selections of one model, not of {names[0]} and {names[1]}")
        return _among("id", found._ids) if found._holds is None else folded([*found._holds], both)

    # ── what is asked of them ────────────────────────────────────────────────────────────────────

    def select(self, *columns: str | Expr, **named: str | Expr) -> "Columns":
        """Columns, as a table that is computed when it is read; names and expressions as in memory. Nothing runs."""
        return self._asked(columns, named, "select")

    def _asked(self, columns: tuple[Any, ...], named: dict[str, Any], method: str) -> "Columns":
        question = lake_columns(self._many, columns, named, method)
        if not columns and not named and self._opened.sources[self._table].keys:
            # All but the id, which they have not.
            question = lake_columns(self._many, question.names[1:], {}, method)
        compiler = compiler_of(self._opened)
        rows = self._rows
        frame, base = compiler.base(self._table, rows, self._is_whole)
        values: list[Value] = []
        for kind, plan in question.plans:
            values.append(compiler.value(plan, frame, base) if kind == "one" else listed(compiler, plan, frame, base))
        asked = frame.rows
        if self._keys:
            asked = asked.order_by([sorted_by(asked[name], falls) for name, falls in self._keys] + [asked["id"]])
        # Names that differ in nothing but case are one to an engine.
        made = asked.select(**{f"c{at}": value(asked) for at, value in enumerate(values)})
        return Columns(self._opened, question, made)

    def to_dicts(self, *columns: str | Expr) -> list[dict[str, Any]]:
        """A dict a row; without columns, the id and all fields. Runs."""
        return self._asked(columns, {}, "to_dicts").to_dicts()

    def values(self, *fields: str | Expr) -> list[Any]:
        """One value a row, or of several columns a tuple; references as ids or keys. Runs."""
        if not fields:
            raise TypeError('values takes at least one field, as in values("name")')
        # Two columns of one name are no error here.
        named = {f"c{at}": field for at, field in enumerate(fields)}
        rows = self._asked((), named, "values").to_dicts()
        only = len(fields) == 1
        return [row["c0"] if only else tuple(row.values()) for row in rows]

    def column(self, field: str | Expr) -> npt.NDArray[Any]:
        """One value a row, as a NumPy array of the types that collections give. Runs."""
        return self._asked((), {"c0": field}, "column").column("c0")

    def __len__(self) -> int:
        """How many there are. Runs."""
        return self._opened.count(self._rows)

    def overlap(self, other: "Selection[_T]") -> int:
        """How many are in both. Runs."""
        return len(self & other)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as Arrow has them of a collection in memory: the id and all fields."""
        return self._asked((), {}, "select").__arrow_c_stream__(requested_schema)

    @property
    def __hasmany_collection__(self) -> Many[Any]:
        """What stands for it in an expression."""
        return self._many

    def _repr_html_(self) -> str:
        from ..show.lakes import selection

        keyed = [source.model for source in self._opened.sources.values() if source.keys]
        return selection(self._many, keyed, lambda named, most: self._asked((), named, "select").head(most))


def all_of(opened: Opened, table: str) -> Selection[Any]:
    """All rows of a model."""
    return Selection(opened, table, opened.sources[table].rows, opened.members(table), holds=())


def _among(column: str, values: Cell) -> Value:
    """The condition that what stands in a column is one of some, which are never null."""
    return lambda rows: rows[column].isin(values)
