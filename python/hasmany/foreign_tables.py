"""What a file of another program says of its tables: columns, keys, and what their values are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import mul
from os import PathLike
from typing import Any

from ._hasmany import Store, expect_rows, foreign_profile, foreign_rows

LAST_ID = 2**63 - 1
MOST_COLUMNS = 500
"""So many a profile asks for at once: SQLite gives rows of at most 2,000."""


@dataclass
class Column:
    """A column of a table."""

    name: str
    declared: str
    """Its type, as it was declared, in capital letters."""
    is_required: bool
    profile: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def values(self) -> int:
        """How many there are."""
        return sum(self.profile[kind] for kind in ("ints", "reals", "texts", "bytes"))


@dataclass
class ForeignKey:
    """A foreign key: its columns, and the key of the table to which it leads."""

    columns: list[str]
    table: str
    to: list[str]


@dataclass
class Table:
    """A table."""

    name: str
    columns: list[Column]
    key: list[str]
    """The columns of its primary key."""
    has_rowid: bool
    uniques: list[list[str]]
    foreign: list[ForeignKey]
    model: str = ""
    id: str | None = None
    """The column that is the id, if one is."""
    row: str | None = None
    """What else SQLite numbers rows by, where that can be the id; without either rows are counted."""
    names: dict[str, str] = field(default_factory=dict[str, str])
    """The fields of columns."""
    references: dict[str, ForeignKey] = field(default_factory=dict[str, ForeignKey])

    def column(self, name: str) -> Column:
        """A column by its name, as SQLite takes names."""
        return next(column for column in self.columns if column.name.lower() == name.lower())

    def is_key(self, names: Sequence[str]) -> bool:
        """Whether no two rows have the same in these columns."""
        wanted = small(names)
        return any(small(key) == wanted for key in (self.key, *self.uniques))


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def small(names: Iterable[str]) -> frozenset[str]:
    """Names as SQLite compares them."""
    return frozenset(name.lower() for name in names)


def tables_of(store: Store, path: str | PathLike[str], progress: bool) -> list[Table]:
    """The tables of a file, in the order in which they were made. `progress`: whether a bar has to know how many rows there are."""

    def rows(sql: str) -> list[list[Any]]:
        return foreign_rows(store, path, sql)

    listed = rows(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    order = {
        name: at
        for at, (name,) in enumerate(rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid"))
    }
    tables = [
        _table(rows, name, not is_without) for name, is_without in sorted(listed, key=lambda row: order.get(row[0], 0))
    ]
    if progress:
        # Each is looked at for its columns, and read.
        looks = [1 + len(range(0, len(table.columns), MOST_COLUMNS)) for table in tables]
        counts = [rows(f"SELECT count(*) FROM {quoted(table.name)}")[0][0] for table in tables]
        expect_rows(sum(map(mul, counts, looks)))
    by_name = {table.name.lower(): table for table in tables}
    for table in tables:
        _settle_foreign(table, by_name)
        for at in range(0, len(table.columns), MOST_COLUMNS):
            some = table.columns[at : at + MOST_COLUMNS]
            columns = ", ".join(quoted(column.name) for column in some)
            profiles = foreign_profile(store, path, f"SELECT {columns} FROM {quoted(table.name)}")
            for column, profile in zip(some, profiles, strict=True):
                column.profile = profile
        _settle_id(table, rows)
    return tables


def _table(rows: Any, name: str, has_rowid: bool) -> Table:
    info = rows(
        f'SELECT name, type, "notnull", pk FROM pragma_table_xinfo({_text(name)}) WHERE hidden <> 1 ORDER BY cid'
    )
    columns = [Column(column, of.upper(), bool(is_required)) for column, of, is_required, _ in info]
    key = [column for column, *_, place in sorted(info, key=lambda row: row[3]) if place > 0]
    uniques: list[list[str]] = []
    for (index,) in rows(
        f"SELECT name FROM pragma_index_list({_text(name)}) WHERE \"unique\" AND NOT partial AND origin <> 'pk' ORDER BY seq DESC"
    ):
        found = [column for (column,) in rows(f"SELECT name FROM pragma_index_info({_text(index)}) ORDER BY seqno")]
        if None not in found:  # an index of expressions is of no columns
            uniques.append(found)
    foreign: dict[int, ForeignKey] = {}
    for number, to, of, target in rows(
        f'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list({_text(name)}) ORDER BY id DESC, seq'
    ):
        one = foreign.setdefault(number, ForeignKey([], to, []))
        one.columns.append(of)
        one.to += [target] if target is not None else []
    return Table(name, columns, key, has_rowid, uniques, list(foreign.values()))


def _settle_foreign(table: Table, tables: dict[str, Table]) -> None:
    """Keeps the foreign keys that lead to the key of a table that is there; one without columns leads to its primary key."""
    kept: dict[frozenset[str], ForeignKey] = {}
    for one in table.foreign:
        target = tables.get(one.table.lower())
        if target is None:
            continue
        one.to = one.to or target.key
        if len(one.to) == len(one.columns) and target.is_key(one.to):
            kept.setdefault(small(one.columns), one)
    table.foreign = list(kept.values())


def _settle_id(table: Table, rows: Any) -> None:
    """Which column is the id: the primary key, if it is one column of positive whole numbers."""
    if len(table.key) == 1:
        column = table.column(table.key[0])
        profile = column.profile
        is_whole = profile["ints"] == column.values and not profile["nulls"]
        is_id = profile["least"] >= 1 and profile["most"] <= LAST_ID if column.values else "INT" in column.declared
        if is_whole and is_id:
            table.id = column.name
            return
    if table.has_rowid:
        names = small(column.name for column in table.columns)
        row = next((name for name in ("rowid", "_rowid_", "oid") if name not in names), None)
        if row is not None:
            ((least, most),) = rows(f"SELECT min({row}), max({row}) FROM {quoted(table.name)}")
            if least is None or (least >= 1 and most <= LAST_ID):
                table.row = row


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
