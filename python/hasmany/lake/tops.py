"""The rows of a lake for which a number is largest."""

from typing import TYPE_CHECKING, Any

from .._hasmany import Expr, Many, Table, col, lake_columns, lake_number
from .libraries import Rows, ibis
from .records import Plan

if TYPE_CHECKING:
    from .lake import Lake

_MOST = 2**31 - 1
"""Rows that a limit can say on every engine, and more than a table in memory has."""


def top(lake: "Lake", table: str, asked: tuple[Rows, bool], many: Many[Any], k: int, by: str | Expr) -> Table:
    """Of rows of a model, and whether these are all of it, the `k` best: rank, what stands for the record, and score."""
    plan: Plan = lake_number(many, by)
    # Of the types that a rank, what stands for a record, and a score have.
    keys = lake.sources[table].keys
    ids = {key: key for key in keys} if len(keys) > 1 else {"id": keys[0] if keys else "id"}
    question = lake_columns(many, (), {"rank": col("id"), **ids, "score": col("id") / 1}, "top")
    compiler = lake.compiler()
    frame, base = compiler.base(table, *asked)
    score = compiler.value(plan, frame, base)
    named = {f"n{at}": compiler.value(plan, frame, base) for at, (_, plan) in enumerate(question.plans[1:-1])}
    rows = frame.rows.select("id", own=score(frame.rows), **{name: value(frame.rows) for name, value in named.items()})
    rows = rows.filter(rows["own"].notnull()).order_by([rows["own"].desc(), rows["id"]]).limit(min(k, _MOST))
    window = ibis.window(order_by=[rows["own"].desc(), rows["id"]])
    ranked = rows.select(*named, rank=ibis.row_number().over(window) + 1, score=rows["own"].cast("float64"))
    return question.table(lake.run(ranked.order_by("rank").select("rank", *named, "score")))
