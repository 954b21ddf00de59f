"""`Selection`: records of a lake, and `Columns`: what is asked of them. Neither is computed before it is read."""

import os
from typing import TYPE_CHECKING, Any, Generic, Never, TypeVar

import numpy.typing as npt

from .._hasmany import (
    Expr,
    LakeQuestion,
    Many,
    Table,
    col,
    lake_columns,
    lake_condition,
    lake_keys,
    lake_number,
    lake_way,
)
from ..errors import ForeignStoreError, SchemaError
from .compile import listed
from .functions import sorted_by
from .libraries import Rows, ibis, pyarrow
from .records import Plan, Value

if TYPE_CHECKING:
    from .lake import Lake

_T = TypeVar("_T")


class _Refused(SchemaError, AttributeError):
    """So `hasattr` is told the truth."""


_Refused.__name__ = _Refused.__qualname__ = SchemaError.__name__
_Refused.__module__ = SchemaError.__module__


_WAYS = {
    **dict.fromkeys(("find", "find_by", "first", "last"), "write .where(...).to_dicts()"),
    **dict.fromkeys(("index", "page", "sample"), "a lake's rows have no order; write .order_by(...) and .to_dicts()"),
    **dict.fromkeys(
        ("add", "create", "remove", "replace", "clear", "delete_all", "update_all"),
        "a lake is read only; write where its rows come from, or in what load() gives",
    ),
    "why": "load() a part, and ask there",
    "ids": 'write .column("id")',
    "count": "write len(...)",
    **dict.fromkeys(
        ("similar", "recommend", "projection", "projection_matrix", "matrix"), "rankings are asked of what load() gives"
    ),
}
"""What collections in memory have and selections have not, and what to write."""


class Selection(Generic[_T]):
    """Records of one model in a lake: a set, of which nothing is read before it is asked for.

    `where`, `through`, `order_by`, `&`, `|`, `-` and `^` give others; `select` gives `Columns`; `len`, `values`, `column`,
    `to_dicts`, `top` and `overlap` run. The words and their answers are those of collections in memory, with expressions as
    the page on asking has them, but that there are no records: references go out as ids, or as the key of their model, and
    the records are neither walked through nor indexed (`SchemaError`, which says what to write). The order of links is not
    kept: the rows come in no order but that of `order_by`.

    A number that is too large is an `OverflowError`, what fits neither the memory limit nor the disk a `MemoryError`, a file
    that has gone an `OSError`; no question gives part of its answer.
    """

    __slots__ = ("_keys", "_lake", "_many", "_rows", "_table", "_whole")
    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        lake: "Lake",
        table: str,
        rows: Rows,
        many: Many[Any],
        *,
        whole: bool,
        keys: tuple[tuple[str, bool], ...] = (),
    ) -> None:
        self._lake = lake
        self._table = table
        self._rows = rows
        self._many = many
        self._whole = whole
        self._keys = keys
        """Columns of the rows by which they are ordered, and whether each falls."""

    @property
    def lake(self) -> "Lake":
        """The lake that it is of."""
        return self._lake

    def is_of(self, lake: "Lake", table: str) -> bool:
        """Whether it is of a model of this lake."""
        return self._lake is lake and self._table == table

    # ── other selections ─────────────────────────────────────────────────────────────────────────

    def _with(self, rows: Rows, keys: tuple[tuple[str, bool], ...] = ()) -> "Selection[_T]":
        return Selection(self._lake, self._table, rows, self._many, whole=False, keys=keys)

    def where(self, *conditions: Expr, **fields: Any) -> "Selection[_T]":
        """Those for which all conditions hold: expressions, and fields by name, as in memory. Nothing runs."""
        plan: Plan | None = lake_condition(self._many, conditions, fields)
        if plan is None:
            return self
        rows = self._lake.compiler().meeting(self._table, self._rows, [plan], self._whole)
        return self._with(rows, self._keys)

    def order_by(self, *keys: str | Expr, reverse: bool = False) -> "Selection[_T]":
        """The same, whose rows go out in the order of one key or several, None last both ways; ties by id."""
        plans: list[tuple[Plan, bool]] = lake_keys(self._many, keys, reverse)
        compiler = self._lake.compiler()
        rows = self._rows.select(*self._columns())
        frame, base = compiler.base(self._table, rows, self._whole)
        values = [(compiler.value(plan, frame, base), falls) for plan, falls in plans]
        named = {f"order_{at}": value(frame.rows) for at, (value, _) in enumerate(values)}
        rows = frame.rows.select(*self._columns(), **named)
        return self._with(rows, tuple((name, falls) for name, (_, falls) in zip(named, values, strict=True)))

    def through(self, name: str, *, repeat: bool = False) -> "Selection[Any]":
        """What a reference or a collection of these leads to, each once. Nothing runs."""
        if repeat:
            raise SchemaError(
                "through(repeat=True) is not asked of a lake: write .through() for each step, or load() a part, and ask there"
            )
        hops, _, to = lake_way(self._many, name)
        return self._lake.selection(to, self._led(self._rows, hops))

    def _led(self, rows: Rows, hops: tuple[Plan, ...]) -> Rows:
        """What hops lead to from some rows, each once."""
        for kind, table, *more in hops:
            source = self._lake.sources[table]
            if kind == "down":
                rows = source.rows.semi_join(rows.select("id"), [(source.columns[more[0]], "id")])
            elif kind == "up":
                up = rows.select(id=source.columns[more[0]])
                target = self._lake.sources[self._lake.target(table, more[0])]
                rows = target.rows.semi_join(up.filter(up["id"].notnull()), [("id", "id")])
            elif kind == "keep":
                rows = self._lake.compiler().meeting(table, rows, more, False)
            else:
                # A set has no order.
                rows = self._led(rows, more[0])
        return rows

    def __and__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are in both; in the order of the left side."""
        return self._with(self._rows.semi_join(self._beside(other, "&"), [("id", "id")]), self._keys)

    def __sub__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are not in the other; in the order of the left side."""
        return self._with(self._rows.anti_join(self._beside(other, "-"), [("id", "id")]), self._keys)

    def __or__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are in either."""
        self._beside(other, "|")
        self._without_order("|")
        columns = self._columns()
        rest = other._rows.select(*columns).anti_join(self._rows.select("id"), [("id", "id")])
        return self._with(self._rows.select(*columns).union(rest))

    def __xor__(self, other: "Selection[_T]") -> "Selection[_T]":
        """Those that are in one of both."""
        self._without_order("^")
        return (self - other) | (other - self)

    def _beside(self, other: Any, sign: str) -> Rows:
        """The ids of another selection of the same rows."""
        found: Selection[Any] = other
        if not isinstance(other, Selection):
            raise TypeError(f"{sign} takes another selection of the lake, not {type(other).__name__}")
        if found._lake is not self._lake:
            raise ForeignStoreError("the two selections are of two lakes")
        if found._table != self._table:
            names = [self._lake.sources[each].model for each in (self._table, found._table)]
            raise TypeError(f"{sign} takes two selections of one model, not of {names[0]} and {names[1]}")
        return found._rows.select("id")

    def _without_order(self, sign: str) -> None:
        if self._keys:
            raise SchemaError(f"{sign} gives a set; order what comes of it, as in (a {sign} b).order_by(...)")

    # ── what is asked of them ────────────────────────────────────────────────────────────────────

    def select(self, *columns: str | Expr, **named: str | Expr) -> "Columns":
        """Columns, as a table that is computed when it is read; names and expressions as in memory. Nothing runs."""
        return self._asked(columns, named, "select")

    def _asked(self, columns: tuple[Any, ...], named: dict[str, Any], method: str) -> "Columns":
        question = lake_columns(self._many, columns, named, method)
        if not columns and not named and self._lake.sources[self._table].keys:
            # All but the id, which they have not.
            question = lake_columns(self._many, question.names[1:], {}, method)
        compiler = self._lake.compiler()
        rows = self._rows
        frame, base = compiler.base(self._table, rows, self._whole)
        values: list[Value] = []
        for kind, plan in question.plans:
            values.append(compiler.value(plan, frame, base) if kind == "one" else listed(compiler, plan, frame, base))
        asked = frame.rows
        if self._keys:
            asked = asked.order_by([sorted_by(asked[name], falls) for name, falls in self._keys] + [asked["id"]])
        # Names that differ in nothing but case are one to an engine.
        made = asked.select(**{f"c{at}": value(asked) for at, value in enumerate(values)})
        return Columns(self._lake, question, made)

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

    def top(self, k: int = 10, *, by: str | Expr) -> Table:
        """The `k` for which a number is largest, or that have most members of a collection: a table of rank (from 1), id and
        score. Those without a number are left out; of equal ones the lesser id comes first. Runs."""
        if isinstance(k, bool) or not hasattr(k, "__index__"):
            raise TypeError(f"k is an int, not {type(k).__name__}")
        if k < 0:
            raise ValueError(f"k is a number of 0 or more, not {k}")
        plan: Plan = lake_number(self._many, by)
        # Of the types that a rank, what stands for a record, and a score have.
        keys = self._lake.sources[self._table].keys
        ids = {key: key for key in keys} if len(keys) > 1 else {"id": keys[0] if keys else "id"}
        question = lake_columns(self._many, (), {"rank": col("id"), **ids, "score": col("id") / 1}, "top")
        compiler = self._lake.compiler()
        frame, base = compiler.base(self._table, self._rows, self._whole)
        score = compiler.value(plan, frame, base)
        named = {f"n{at}": compiler.value(plan, frame, base) for at, (_, plan) in enumerate(question.plans[1:-1])}
        rows = frame.rows.select(
            "id", own=score(frame.rows), **{name: value(frame.rows) for name, value in named.items()}
        )
        rows = rows.filter(rows["own"].notnull()).order_by([rows["own"].desc(), rows["id"]]).limit(min(k, 2**62))
        window = ibis.window(order_by=[rows["own"].desc(), rows["id"]])
        ranked = rows.select(
            *named, rank=ibis.row_number().over(window) + 1, score=rows["own"].cast("float64")
        ).order_by("rank")
        return question.table(self._lake.run(ranked.select("rank", *named, "score")))

    def __len__(self) -> int:
        """How many there are. Runs."""
        return int(self._lake.run(self._rows.aggregate(n=self._rows.count()))["n"][0].as_py())

    def overlap(self, other: "Selection[_T]") -> int:
        """How many are in both. Runs."""
        return len(self & other)

    @property
    def expr(self) -> Rows:
        """The rows as an expression of ibis, `id` and then the fields, references as `<name>_id`: the way out."""
        rows: Rows = self._rows
        if self._keys:
            rows = rows.order_by([sorted_by(rows[name], falls) for name, falls in self._keys] + [rows["id"]])
        return rows.select(*self._columns())

    def _columns(self) -> list[str]:
        return ["id", *self._lake.sources[self._table].columns.values()]

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as Arrow has them of a collection in memory: the id and all fields."""
        return self._asked((), {}, "select").__arrow_c_stream__(requested_schema)

    @property
    def __hasmany_collection__(self) -> Many[Any]:
        """What stands for it in an expression."""
        return self._many

    def __repr__(self) -> str:
        return f"<Selection of {self._lake.sources[self._table].model}, of {self._lake!r}>"

    # ── what there is not ────────────────────────────────────────────────────────────────────────

    def __iter__(self) -> Never:
        raise SchemaError(
            "there are no records in a lake to walk through; write .values(...), .to_dicts() or load() a part"
        )

    def __getitem__(self, _at: object) -> Never:
        raise SchemaError(
            "a lake's rows have no places; write .order_by(...).values(...), .top(k, by=...) or load() a part"
        )

    def __contains__(self, _record: object) -> Never:
        raise SchemaError("there are no records in a lake; write .where(id=...) and len(), or ask .column('id')")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Never:
            if name in _WAYS:
                raise _Refused(f"{name}() is not asked of a lake: {_WAYS[name]}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


class Columns:
    """Columns that were asked of a lake, computed whenever they are read: `pl.DataFrame(columns)`, `pa.table(columns)`,
    `to_dicts`, `column`, `to_parquet` for what is larger than memory, `table` for a `Table` as `select` gives it in memory."""

    def __init__(self, lake: "Lake", question: LakeQuestion, rows: Rows) -> None:
        self._lake = lake
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
        return self._question.table(self._lake.run(self._rows))

    def __len__(self) -> int:
        """How many rows there are. Runs."""
        return int(self._lake.run(self._rows.aggregate(n=self._rows.count()))["n"][0].as_py())

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dict a row. Runs."""
        return self.table().to_dicts()

    def column(self, name: str, /) -> npt.NDArray[Any]:
        """A column as an array. Runs."""
        return self.table().column(name)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Writes the columns as a Parquet file, in little memory. Runs."""
        self._lake.write(self.expr, os.fspath(path))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows a batch after the other, of the types that `Table` has. Runs, as it is read."""
        empty = self._rows.limit(0)
        target: Any = pyarrow.table(self._question.table(self._lake.run(empty))).schema
        batches = self._lake.stream(self._rows)

        def cast_batches() -> Any:
            for batch in batches:
                columns = [array.cast(of) for array, of in zip(batch.columns, target.types, strict=True)]
                yield pyarrow.RecordBatch.from_arrays(columns, schema=target)

        reader: Any = pyarrow.RecordBatchReader.from_batches(target, cast_batches())
        return reader.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Columns {', '.join(self.columns)}, of {self._lake!r}>"
