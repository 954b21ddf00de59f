"""Columns that come batch by batch, and are computed whenever they are read."""

import os
from _thread import interrupt_main
from abc import ABC, abstractmethod
from collections.abc import Iterator
from threading import Timer
from typing import Any, Never

import numpy.typing as npt

from .._hasmany import LakeQuestion, Table
from ..elsewhere import new_file
from ..errors import SchemaError
from .libraries import parquet, pyarrow


class Streamed(ABC):
    """Columns of rankings: whatever reads Arrow reads them, `pl.DataFrame(columns)`, `pa.table(columns)`; `to_parquet` and
    `for batch in columns` are for what is larger than memory."""

    def __init__(self, question: LakeQuestion) -> None:
        self._question = question

    @abstractmethod
    def _schema(self) -> Any:
        """What the columns are as Arrow has them. Raises what is wrong before anything is read."""

    @abstractmethod
    def _batches(self) -> Iterator[Any]:
        """The rows, as record batches of that schema."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self._question.names

    def table(self) -> Table:
        """The columns in memory. Runs."""
        return self._question.table(self._read())

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict a row. Runs."""
        return self.table().to_dicts()

    def column(self, name: str, /) -> npt.NDArray[Any]:
        """A column as an array. Runs."""
        return self.table().column(name)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the columns as a Parquet file, in little memory; a file on this machine is there once all of it is. Runs."""
        schema = self._schema()
        with new_file(os.fspath(path)) as out, parquet.ParquetWriter(out, schema, compression="zstd") as writer:
            for batch in self._batches():
                writer.write_batch(batch)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows a batch after the other. Runs, as it is read."""
        reader: Any = pyarrow.RecordBatchReader.from_batches(self._schema(), _heard(self._batches()))
        return reader.__arrow_c_stream__(requested_schema)

    def __iter__(self) -> Iterator[Any]:
        """The rows a batch after the other, as record batches of pyarrow. Runs, as it is walked through."""
        self._schema()
        return self._batches()

    def __contains__(self, item: object) -> Never:
        # Python would compare batches with it, which ends pyarrow at None.
        raise SchemaError("in is not asked of what a lake computes: write .where(...) before, and len(...)")

    def _read(self) -> Any:
        return pyarrow.Table.from_batches(list(self._batches()), schema=self._schema())

    def _repr_html_(self) -> str:
        from ..show.lakes import unread

        return unread(f"{self!r}, computed when it is read, as by .table()", self.columns)

    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Never:
        """Without it NumPy would make an array of objects."""
        raise TypeError("rankings are a table, not an array: read them as one, as pyarrow.table(rankings) does")


_SOON = 0.05
"""Seconds in which a reader has ended that was told of an error."""


def _heard(batches: Iterator[Any]) -> Iterator[Any]:
    """Batches for a reader that makes an error of its own of Ctrl-C: so it is pressed again once that has ended."""
    try:
        yield from batches
    except KeyboardInterrupt:
        again = Timer(_SOON, interrupt_main)
        again.daemon = True
        again.start()
        raise
