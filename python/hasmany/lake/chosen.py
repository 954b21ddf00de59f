"""Records of one model that were chosen in a lake, of which something is asked, or that stand in what is asked of others."""

from typing import Any

from .._hasmany import Many
from ..errors import ForeignStoreError, SchemaError
from .compile import Compiler
from .functions import sorted_by
from .libraries import Cell, Rows
from .opened import Opened
from .records import Value


class Chosen:
    """Records of one model in a lake: what a `Selection` is made of."""

    __slots__ = ("_holds", "_keys", "_led", "_many", "_opened", "_rows", "_table")

    def __init__(
        self,
        opened: Opened,
        table: str,
        rows: Rows,
        many: Many[Any],
        *,
        holds: tuple[Value, ...] | None,
        keys: tuple[tuple[str, bool], ...] = (),
    ) -> None:
        self._opened = opened
        self._table = table
        self._rows = rows
        self._many = many
        self._holds = holds
        """Conditions on the model's own columns, where all rows are meant for which these hold: none of the whole model."""
        self._led: Cell | None = None
        """A column with their ids, each as often as something led to it, where they are what references lead to."""
        self._keys = keys
        """Columns of the rows by which they are ordered, and whether each falls."""

    def is_of(self, opened: Opened, table: str) -> bool:
        """Whether it is of a model of this lake."""
        return self._opened is opened and self._table == table

    def rows_for(self, opened: Opened) -> Rows:
        """Its rows, in an expression. Raises `ForeignStoreError` in one of another lake."""
        if self._opened is not opened:
            raise ForeignStoreError("the selection in the expression is of another lake")
        return self._rows

    @property
    def _is_whole(self) -> bool:
        return self._holds == ()

    @property
    def expr(self) -> Rows:
        """The rows as an expression of ibis, `id` and then the fields, references as `<name>_id`: the way out."""
        rows: Rows = self._rows
        if self._keys:
            rows = rows.order_by([sorted_by(rows[name], falls) for name, falls in self._keys] + [rows["id"]])
        return rows.select(*self._columns())

    def _columns(self) -> list[str]:
        return ["id", *self._opened.sources[self._table].columns.values()]

    def __repr__(self) -> str:
        return f"<Selection of {self._opened.sources[self._table].model}, of {self._opened!r}>"


def compiler_of(opened: Opened) -> Compiler:
    """For one question. Raises `ValueError` where the lake was closed."""
    opened.engine()

    def rows_of(selection: Any) -> Rows:
        if not isinstance(selection, Chosen):
            raise SchemaError(
                "a collection in a lake's expression is a selection of that lake, as in lake[Model].where(...)"
            )
        return selection.rows_for(opened)

    return Compiler(opened.sources, rows_of)
