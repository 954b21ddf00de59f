"""Which join rows of a collection count in rankings, and how much: what `where=` and `weight=` say, as plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._hasmany import Expr, col, lake_columns, lake_condition, lake_number
from ..errors import FieldError
from .compile import Compiler
from .libraries import Cell, Rows, ibis
from .opened import Opened
from .records import Plan, Source

LEAST, MOST = 1e-18, 1e18
"""Of a weight: those of `src/rank/chosen.rs`."""

WEIGHT, _COUNTED = "0_weight", "0_id"
"""Columns beside those of a model, whose fields are not called so."""


@dataclass(frozen=True)
class Choice:
    """What a question says of the join rows."""

    condition: Plan | None = None
    """What must hold of a join row."""
    weight: Plan | None = None
    """What a join row counts, a number above 0."""
    said: str = ""
    """How the weight was written."""

    @property
    def is_all(self) -> bool:
        """Whether all join rows count, and count one."""
        return self.condition is None and self.weight is None


def choice_of(opened: Opened, way: Plan, where: Expr | Mapping[str, Any] | None, weight: str | Expr | None) -> Choice:
    """What was said, which the engine has checked, of the join rows of a collection."""
    if where is None and weight is None:
        return Choice()
    many = opened.members(bare(way[0])[0][1])
    condition, plan, said = None, None, ""
    if where is not None:
        given, fields = ((where,), {}) if isinstance(where, Expr) else ((), dict(where))
        condition = lake_condition(many, given, fields)
    if weight is not None:
        plan = lake_number(many, col(weight) if isinstance(weight, str) else weight)
        (said,) = lake_columns(many, (weight,), {}, "weight").names
    return Choice(condition, plan, said)


def bare(hops: tuple[Plan, ...]) -> list[Plan]:
    """Hops without orders, which links have not."""
    found: list[Plan] = []
    for hop in hops:
        found += bare(hop[2]) if hop[0] == "sorted" else [hop]
    return found


class JoinRows:
    """The join rows of a collection that leads down to them and, if it goes on, up: those that its own conditions hold for."""

    def __init__(self, compiler: Compiler, source: Source, table: str, conditions: list[Plan], choice: Choice) -> None:
        self._compiler = compiler
        self._source = source
        self._table = table
        self._conditions = conditions
        self._choice = choice

    def all(self) -> Rows:
        """Whether they count or not."""
        return self._meeting(self._conditions)

    def counted(self) -> Rows:
        """Those that count; where there are weights, with a `WEIGHT`."""
        more = [] if self._choice.condition is None else [self._choice.condition]
        rows, weight = self._meeting([*self._conditions, *more]), self._choice.weight
        if weight is None:
            return rows
        frame, base = self._compiler.base(self._table, rows, False)
        value = self._compiler.value(weight, frame, base)
        return frame.rows.select(*rows.columns, **{WEIGHT: value(frame.rows).cast("float64")})

    def marked(self) -> Rows:
        """All, with a `WEIGHT`, which those that do not count have not."""
        counted = self.counted()
        weight = counted[WEIGHT] if self._choice.weight is not None else ibis.literal(1.0)
        counted = counted.select(**{_COUNTED: "id", WEIGHT: weight})
        joined = self.all().left_join(counted, [("id", _COUNTED)])
        return joined.drop(_COUNTED)

    def _meeting(self, conditions: list[Plan]) -> Rows:
        rows = self._source.rows
        return self._compiler.meeting(self._table, rows, conditions, True) if conditions else rows

    def check(self, opened: Opened) -> None:
        """Raises `FieldError` for a weight that is none, with its row: the first by id. Runs."""
        if self._choice.weight is None:
            return
        rows = self.counted()
        wrong = rows.filter(~is_weight(rows[WEIGHT])).order_by("id").limit(1).select("id", weight=WEIGHT)
        for row in opened.run(wrong).to_pylist():
            shown = "None" if row["weight"] is None else f"{row['weight']:.17g}"
            raise FieldError(
                f"{self._source.model}.{self._choice.said} is {shown} in {self._source.model} {row['id']}, and a weight is a number above "
                "0, from 1e-18 to 1e18; leave such rows out with where="
            )


def is_weight(cell: Cell) -> Cell:
    """Whether a number can be a weight."""
    return ((cell >= LEAST) & (cell <= MOST)).fill_null(False)
