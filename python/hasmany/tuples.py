"""The named tuples that collections and stores hand out."""

from typing import Any, Generic, Literal, NamedTuple, TypeVar

from ._hasmany import Many, Record

# Only a checker needs the bound, and there Record is the one of the stub.
T = TypeVar("T", bound=Record)


class Change(NamedTuple):
    """What one mutation did, as observers are told: see `Store.on_commit`."""

    kind: Literal["create", "set", "delete"]
    record: Record
    field: str | None
    """Of a "set"."""
    old: Any
    """Of a "set": the value before; of a "delete": the row as a dict."""
    new: Any
    """Of a "set": the value after; of a "create": the row as a dict."""


class Page(NamedTuple, Generic[T]):
    """A part of a collection: see `Many.page`."""

    items: "Many[T]"
    next: str | None
    """Where the page after this one begins; None on the last page."""

    def _repr_html_(self) -> str:
        from .show import page

        return page(self.items, self.next)


class Scored(NamedTuple, Generic[T]):
    """A record of a ranking: see `Ranking`."""

    record: T
    score: float
    """What it was ranked by: more is better."""


class Matrix(NamedTuple):
    """A join model as a sparse matrix: see `Record.matrix`."""

    matrix: Any
    """A `scipy.sparse.csr_array` of shape (len(rows), len(columns))."""
    rows: "Many[Any]"
    """The records that its rows stand for, in the same order; fixed."""
    columns: "Many[Any]"
    """The records that its columns stand for."""


Change.__module__ = Matrix.__module__ = Page.__module__ = Scored.__module__ = "hasmany"
