"""The rows of a lake for which a number is largest."""

from collections.abc import Callable
from typing import Any, TypeAlias

from .._hasmany import Expr, Many, Table, col, lake_columns, lake_number
from .chosen import compiler_of
from .compile import Compiler
from .formulas import rounded
from .libraries import Rows, ibis
from .links import LakeLinks
from .opened import Opened
from .records import Base, Frame, Plan, Value

_MOST = 2**31 - 1
"""Rows that a limit can say on every engine, and more than a table in memory has."""

Score: TypeAlias = Callable[[Compiler, Frame, Base], Value]
"""What a row is ranked by."""


def score_of(many: Many[Any], by: str | Expr) -> Score:
    """A number, or how many members there are."""
    plan: Plan = lake_number(many, by)
    return lambda compiler, frame, base: compiler.value(plan, frame, base)


def score_of_links(links: LakeLinks) -> Score:
    """How many links of a row count, or what they weigh. Raises `FieldError` for a weight that is none. Runs."""
    links.check()
    pairs = links.pairs
    total = rounded(pairs["weight"].sum()) if links.is_weighed else pairs.count().cast("float64")
    totals = pairs.group_by("owner").agg(total=total)

    def score(_: Compiler, frame: Frame, base: Base) -> Value:
        joined = frame.joined(totals, "owner", base.id)["total"]
        return lambda rows: ibis.coalesce(rows[joined], 0.0)

    return score


def top(opened: Opened, table: str, asked: tuple[Rows, bool], many: Many[Any], k: int, score_of: Score) -> Table:
    """Of rows of a model, and whether these are all of it, the `k` best: rank, what stands for the record, and score."""
    # Of the types that a rank, what stands for a record, and a score have.
    keys = opened.sources[table].keys
    ids = {key: key for key in keys} if len(keys) > 1 else {"id": keys[0] if keys else "id"}
    question = lake_columns(many, (), {"rank": col("id"), **ids, "score": col("id") / 1}, "top")
    compiler = compiler_of(opened)
    frame, base = compiler.base(table, *asked)
    score = score_of(compiler, frame, base)
    named = {f"n{at}": compiler.value(plan, frame, base) for at, (_, plan) in enumerate(question.plans[1:-1])}
    rows = frame.rows.select("id", own=score(frame.rows), **{name: value(frame.rows) for name, value in named.items()})
    rows = rows.filter(rows["own"].notnull()).order_by([rows["own"].desc(), rows["id"]]).limit(min(k, _MOST))
    window = ibis.window(order_by=[rows["own"].desc(), rows["id"]])
    ranked = rows.select(*named, rank=ibis.row_number().over(window) + 1, score=rows["own"].cast("float64"))
    return question.table(opened.run(ranked.order_by("rank").select("rank", *named, "score")))
