"""Columns of a lake: what was asked of its rows, computed whenever it is read."""

import os
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import numpy.typing as npt

from .._hasmany import LakeQuestion, Table
from .libraries import Rows, pyarrow
from .opened import Opened


class Columns:
    """Columns that were asked of a lake, computed whenever they are read: `pl.DataFrame(columns)`, `pa.table(columns)`,
    `to_dicts`, `column`, `to_parquet` for what is larger than memory, `table` for a `Table` as `select` gives it in memory, and `head`
    for its first rows."""

    def __init__(self, opened: Opened, question: LakeQuestion, rows: Rows) -> None:
        self._opened = opened
        self._question = question
        self._rows = rows

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._question.names

    @property
    def expr(self) -> Rows:
        """The columns as an expression of ibis: the way out."""
        return self._rows.select(**{name: f"c{at}" for at, name in enumerate(self.columns)})

    def table(self) -> Table:
        """The columns in memory. Runs."""
        return self._question.table(self._opened.run(self._rows))

    def head(self, k: int = 10, /) -> Table:
        """The first `k` rows in memory; without an order, any. Runs, and ends when it has them."""
        return self._question.table(self._opened.run(self._rows.limit(k)))

    def __len__(self) -> int:
        """How many rows there are. Runs."""
        return self._opened.count(self._rows)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict a row. Runs."""
        return self.table().to_dicts()

    def column(self, name: str, /) -> npt.NDArray[Any]:
        """A column as an array. Runs."""
        return self.table().column(name)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the columns as a Parquet file, in little memory. Runs."""
        self._opened.write(self.expr, os.fspath(path))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows a batch after the other, of the types that `Table` has. Runs, as it is read."""
        target, batches = self._schema(), self._opened.stream(self._rows)
        # What is wrong from the start is raised here, and not as what a reader of Arrow makes of it.
        first = [*islice(batches, 1)]
        reader: Any = pyarrow.RecordBatchReader.from_batches(target, cast(chain(first, batches), target))
        return reader.__arrow_c_stream__(requested_schema)

    def _schema(self) -> Any:
        """What the columns are as Arrow has them."""
        return pyarrow.table(self._question.table(self._rows.schema().to_pyarrow().empty_table())).schema

    def _repr_html_(self) -> str:
        from ..show.lakes import table

        return table(self.columns, self.head)

    def __repr__(self) -> str:
        return f"<Columns {', '.join(self.columns)}, of {self._opened!r}>"


def cast(batches: Iterator[Any], schema: Any) -> Iterator[Any]:
    """Batches whose columns get these names and types."""
    for batch in batches:
        columns = [array.cast(of) for array, of in zip(batch.columns, schema.types, strict=True)]
        yield pyarrow.RecordBatch.from_arrays(columns, schema=schema)
