"""Expressions as deep as they may be are answered on a thread with 64 KiB of stack."""

import pytest
from hasmany import _hasmany

from ..small_stack import SMALL, run_on_stack

# Code that is not optimised takes more for each step.
STACK = 8 * SMALL if _hasmany.__debug_build__ else SMALL

PROGRAM = """
from hasmany import Many, Model, SchemaError, Store, col, has_many

class Owner(Model):
    name: str
    items: Many["Item"] = has_many()

class Item(Model):
    owner: Owner
    n: int
    x: float

def deepest(first, more):
    expr = first
    for step in range(64):
        try:
            expr = more(expr)
        except SchemaError as error:
            assert "64 deep" in str(error) and step > 8, (step, error)
            return expr
    raise AssertionError("it has no end")

def test():
    with Store():
        Owner.insert_all(name=["a", "b"])
        Item.insert_all(owner=[1, 2, 1], n=[1, 2, 3], x=[1.0, 2.0, 3.0])
        ask(Item.all())
"""

CASES = {
    "sums": """
def ask(items):
    expr = deepest(col("x"), lambda expr: 1 + expr)
    assert items.values(expr)[1] == items.values(expr)[0] + 1
    assert items.order_by(expr).ids.tolist() == [1, 2, 3] and items.top(1, by=expr)[0].record.id == 3
    assert len(items.select(y=expr).column("y")) == 3 and repr(expr)
""",
    "not": """
def ask(items):
    expr = deepest(col("n") > 1, lambda expr: ~expr)
    assert len(items.where(expr)) in (1, 2)
""",
    "and, or": """
def ask(items):
    expr = deepest(col("n") > 1, lambda expr: (expr & (col("n") < 9)) | (col("x") > 9))
    assert items.where(expr).ids.tolist() == [2, 3]
""",
    "functions": """
def ask(items):
    expr = deepest(col("x"), lambda expr: expr.round(2))
    assert items.values(expr) == [1.0, 2.0, 3.0]
    expr = deepest(col("x"), lambda expr: expr.if_none(1.0))
    assert items.values(expr) == [1.0, 2.0, 3.0]
""",
    "equality": """
def ask(items):
    expr = deepest(col("n") > 1, lambda expr: expr == (col("n") > 0))
    assert items.where(expr).ids.tolist() == [2, 3]
""",
    "members": """
def ask(items):
    expr = deepest(col("n") > 2, lambda expr: col("owner.items").filter(expr).count() > 0)
    assert items.where(expr).ids.tolist() == [1, 3]
""",
    "conditions of collections in each other": """
class Box(Model):
    c0: Many["Part"] = has_many(where={"size": None})
    c1: Many["Part"] = has_many(where=col("box.c0").count() > 0, order_by=col("box.c0").count())
    c2: Many["Part"] = has_many(where=col("box.c1").count() > 0, order_by=col("box.c1").count())
    c3: Many["Part"] = has_many(where=col("box.c2").count() > 0, order_by=col("box.c2").count())

class Part(Model):
    box: Box
    size: int | None = None

def ask(items):
    box = Box()
    Part.insert_all(box=[box, box], size=[None, 3])
    assert len(box.c3) == 2 and box.c3.page(1).items == [Part.find(1)]
    assert box.c3.page(1, box.c3.page(1).next).items == [Part.find(2)]
    assert Box.all().values(col("c3").count()) == [2]
""",
}


@pytest.mark.parametrize("case", CASES)
def test_deep_on_a_small_stack(case):
    run_on_stack(PROGRAM + CASES[case], STACK)
