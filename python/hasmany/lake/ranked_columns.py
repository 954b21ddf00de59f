"""`RankedColumns`: what is asked of the records of rankings in a lake."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from .._hasmany import LakeQuestion
from .columns import cast
from .compile import listed
from .libraries import Rows, ibis, pyarrow
from .records import Base, Frame, Value, named
from .streamed import Streamed

if TYPE_CHECKING:
    from .rankings import LakeRankings

ROWS = 1 << 18
"""Rows that are asked at once."""


class RankedColumns(Streamed):
    """Columns that `LakeRankings.select` was asked for, computed whenever they are read."""

    def __init__(self, rankings: "LakeRankings", question: LakeQuestion) -> None:
        super().__init__(question)
        self._rankings = rankings

    def _schema(self) -> Any:
        self._rankings.way()
        none = self._rankings.schema.empty_table()
        return pyarrow.table(self._question.table(self._run(none))).schema

    def _batches(self) -> Iterator[Any]:
        rankings, schema = self._rankings, self._schema()
        if rankings.way() == "memory":
            return cast(self._in_parts(), schema)
        return rankings.with_bar(cast(rankings.lake.stream(self._joined(rankings.placed)), schema))

    def _in_parts(self) -> Iterator[Any]:
        """Rankings that are not the engine's, some at a time with their records."""
        some: list[Any] = []
        for batch in self._rankings:
            some.append(batch)
            if sum(each.num_rows for each in some) >= ROWS:
                yield from self._run(pyarrow.Table.from_batches(some)).to_batches()
                some = []
        if some:
            yield from self._run(pyarrow.Table.from_batches(some)).to_batches()

    def _run(self, rankings: Any) -> Any:
        placed = rankings.append_column("place", [np.arange(len(rankings))])
        return self._rankings.lake.run(self._joined(ibis.memtable(placed)))

    def _joined(self, rankings: Rows) -> Rows:
        """What is asked of each row of rankings with places, in their order."""
        of, compiler = self._rankings, self._rankings.lake.compiler()
        frame = Frame(rankings, compiler.names)
        sides: dict[str, Base] = {}
        for side, table in (("owner", of.owners), ("member", of.members)):
            sides[side] = compiler.reached(of.lake.sources[table], frame, named(side))
            sides[side].within = lambda side=side: rankings.select(id=side).distinct()
        values: list[Value] = []
        for side, question in self._question.plans:
            if question is None:
                values.append(named(side))
                continue
            kind, plan = question
            base = sides[side]
            values.append(compiler.value(plan, frame, base) if kind == "one" else listed(compiler, plan, frame, base))
        rows = frame.rows.order_by(["place", "rank"])
        return rows.select(**{f"c{at}": value(rows) for at, value in enumerate(values)})

    def __repr__(self) -> str:
        return f"<RankedColumns {', '.join(self.columns)}, of {self._rankings!r}>"
