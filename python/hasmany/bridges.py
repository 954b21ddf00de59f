"""Rows as other libraries hold them: SciPy's matrices, NetworkX's graphs. Each library is imported by the call that needs it."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

from ._hasmany import Many, Record, Store, compressed_rows, join_rows, projected, snapshot
from .tuples import Matrix


def matrix(model: Any, rows: str, columns: str, values: str | None) -> Matrix:
    """What `Record.matrix` returns."""
    try:
        import scipy.sparse  # type: ignore[import, unused-ignore]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise ImportError("matrix() needs scipy: pip install scipy") from error
    arrays, shape, of_rows, of_columns = compressed_rows(model, rows, columns, values)
    made = scipy.sparse.csr_array(arrays, shape=shape)
    made.has_canonical_format = True  # sorted and without repeats: SciPy would read all of it to find out
    return Matrix(made, of_rows, of_columns)


def projection_matrix(many: "Many[Any]", through: str, least: int | None) -> Matrix:
    """What `Many.projection_matrix` returns."""
    try:
        import scipy.sparse  # type: ignore[import, unused-ignore]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise ImportError("projection_matrix() needs scipy: pip install scipy") from error
    (one, other, weights), members = projected(many, through, least)
    # Each pair is there once, so no two entries have one place.
    half: Any = scipy.sparse.csr_array((weights, (one, other)), shape=(len(members), len(members)))
    whole: Any = (half + half.T).tocsr()
    whole.sort_indices()
    return Matrix(whole, members, members)


def _networkx() -> Any:
    try:
        import networkx  # type: ignore[import, unused-ignore]
    except ImportError as error:
        raise ImportError("to_networkx() needs networkx: pip install networkx") from error
    return networkx


def bipartite(model: Any, first: str, second: str) -> Any:
    """What `Record.to_networkx` returns."""
    made = _networkx().Graph()
    one, two, (firsts, seconds, rest, is_unique) = join_rows(model, first, second)
    for side, (name, records, rows) in enumerate((one, two)):
        nodes = zip(records.values(), rows, strict=True)
        made.add_nodes_from((record, {**row, "bipartite": side, "model": name}) for record, row in nodes)
    ends = zip(map(one[1].__getitem__, firsts), map(two[1].__getitem__, seconds), strict=True)
    links = zip(ends, rest.to_dicts(), strict=True)
    if is_unique:
        made.add_edges_from((*pair, row) for pair, row in links)
        return made
    by_pair: dict[tuple[Record, Record], list[dict[str, Any]]] = {}
    for pair, row in links:
        by_pair.setdefault(pair, []).append(row)
    made.add_edges_from((*pair, _together(rows)) for pair, rows in by_pair.items())
    return made


def _together(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What several join rows of a pair say: how many they are, and of each column a list."""
    return {"weight": len(rows)} | {name: [row[name] for row in rows] for name in rows[0]}


def graph(store: Store) -> Any:
    """What `Store.to_networkx` returns."""
    made = _networkx().MultiDiGraph()
    rows = list(_rows(store))
    made.add_nodes_from((row.record, row.attributes) for row in rows if not row.is_edge)
    made.add_edges_from(edge for row in rows for edge in row.edges())
    return made


class _Row(NamedTuple):
    record: Record
    attributes: dict[str, Any]
    references: dict[str, Record]
    """Those that are set."""
    is_edge: bool

    def edges(self) -> Iterator[tuple[Record, Record, dict[str, Any]]]:
        if self.is_edge:
            first, second = self.references.values()
            yield first, second, self.attributes
        else:
            yield from ((self.record, to, {"reference": name}) for name, to in self.references.items())


def _rows(store: Store) -> Iterator[_Row]:
    sheets = snapshot(store)
    for model, is_referred, records, fields, references in sheets:
        fields.pop("model", None)
        attributes = _dicts({"model": repeat(model), "id": records, **fields})
        ends = _dicts({name: map(sheets[to][2].get, ids) for name, (to, ids) in references.items()})
        joins = len(references) == 2 and not is_referred
        for record, own, to in zip(records.values(), attributes, ends if references else repeat({}), strict=False):
            found = {name: end for name, end in to.items() if end is not None}
            yield _Row(record, own, found, is_edge=joins and len(found) == 2)


def _dicts(columns: dict[str, Iterable[Any]]) -> Iterator[dict[str, Any]]:
    """A dict for each row."""
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=False))
