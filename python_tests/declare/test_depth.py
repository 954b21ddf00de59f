"""Declarations that lead on and on have an end: a result or a `SchemaError` that says the limit, on a thread with 64 KiB of stack, too."""

import pytest

from ..small_stack import SMALL, run_on_stack

PRELUDE = """
from hasmany import Many, Model, SchemaError, Store, belongs_to, has_many

def make(name, annotations, bases=(Model,), keywords={}, **body):
    body |= {"__annotations__": annotations, "__module__": "__main__", "__qualname__": name}
    globals()[name] = type(Model)(name, bases, body, **keywords)
    return globals()[name]

def refused(function, *words):
    try:
        function()
    except SchemaError as error:
        message = str(error)
        assert all(word in message for word in words) and len(message) < 1000, message
    else:
        raise AssertionError("not refused")

def node(collections, **body):
    return make("Node", {"up": "Node | None", **collections}, **body)
"""

CASES = {
    "a through of 10,000 throughs": """
def test():
    names = {f"c{at}": "Many['Node']" for at in range(10_000)}
    ways = {f"c{at}": has_many(through=f"c{at - 1}", source="up") for at in range(1, 10_000)}
    Node = node(names, c0=has_many(), **ways)
    with Store():
        top = Node(None)
        Node(top)
        assert list(top.c63) == []  # a hop down and 63 up
        refused(lambda: len(top.c64), "more than 64")
        refused(lambda: len(top.c9999), "Node.c9999", "more than 64 collections")
        refused(lambda: top.recommend("c9999"), "more than 64")
        refused(lambda: Node.all().through("c9999"), "more than 64")
""",
    "64 hops down": """
def test():
    names = {f"c{at}": "Many['Node']" for at in range(64)}
    ways = {f"c{at}": has_many(through=f"c{at - 1}", source="c0") for at in range(1, 64)}
    Node = node(names, c0=has_many(), **ways)
    with Store():
        rows = [Node(None)]
        for _ in range(70):
            rows.append(Node(rows[-1]))
        assert list(rows[0].c63) == [rows[64]] and rows[64] in rows[0].c63 and len(rows[0].c63) == 1
        assert rows[0].c63.page(5).items == [rows[64]] and list(Node.all().through("c63")) == rows[64:]
""",
    "throughs that double": """
def test():
    names = {f"c{at}": "Many['Node']" for at in range(200)}
    ways = {f"c{at}": has_many(through=f"c{at - 1}", source=f"c{at - 1}") for at in range(1, 200)}
    Node = node(names, c0=has_many(), **ways)
    with Store():
        assert len(Node(None).c6) == 0
        refused(lambda: len(Node.all()[0].c7), "Node.c7", "more than 64 steps")
        refused(lambda: len(Node.all()[0].c199), "more than 64")
""",
    "throughs in a circle": """
def test():
    for around in 2, 3, 60, 3000:
        names = {f"c{at}": "Many['Node']" for at in range(around)}
        Node = node(names, **{f"c{at}": has_many(through=f"c{(at + 1) % around}") for at in range(around)})
        with Store():
            refused(lambda: len(Node(None).c0), "through itself" if around < 64 else "more than 64")
    a = make("A", {"b": "B | None", "bs": "Many['B']", "far": "Many['A']"}, bs=has_many(), far=has_many(through="bs", source="far"))
    make("B", {"a": "A", "aas": "Many['A']", "far": "Many['A']"}, aas=has_many(), far=has_many(through="aas", source="far"))
    with Store():
        refused(lambda: len(a(None).far), "A.far", "through itself")
""",
    "a collection over 3,000 models": """
def test():
    count = 3000
    for at in range(count):
        names = {"parent": f"M{at - 1}"} if at else {}
        names |= {"kids": f"Many['M{at + 1}']", "last": f"Many['M{count - 1}']"} if at < count - 2 else {}
        body = dict(kids=has_many(), last=has_many(through="kids", source="last")) if at < count - 2 else {}
        make(f"M{at}", names, **body)
    with Store():
        refused(lambda: len(M0().last), "M0.last", "more than 64")
""",
    "through() after through()": """
def test():
    Node = node({"down": "Many['Node']"}, down=has_many())
    with Store():
        many = Node(None).down
        def on():
            nonlocal many
            for _ in range(1000):
                many = many.through("up")
            len(many)
        refused(on, "more than 64 steps")
""",
    "1,000 abstract bases": """
def test():
    base = Model
    for at in range(64):
        base = make(f"B{at}", {f"f{at}": "int"}, (base,), {"abstract": True, "kw_only": True})
    bottom = make("Bottom", {}, (base,))
    with Store():
        assert bottom(**{f"f{at}": at for at in range(64)}).f63 == 63
    def on():
        below = base
        for at in range(64, 1000):
            below = make(f"B{at}", {f"f{at}": "int"}, (below,), {"abstract": True, "kw_only": True})
    refused(on, "abstract bases", "64")
    sides = tuple(make(f"S{at}", {f"s{at}": "int"}, (Model,), {"abstract": True}) for at in range(200))
    refused(lambda: make("Wide", {}, sides), "200 abstract bases", "64")
""",
    "references in a chain of 2,000 models": """
def test():
    count = 2000
    make("M0", {})
    for at in range(1, count):
        make(f"M{at}", {"up": f"M{at - 1} | None"}, up=belongs_to(on_delete="cascade"))
    last = globals()[f"M{count - 1}"]
    with Store() as store:
        last(None)  # binds them all
        row = M0()
        for at in range(1, count):
            row = globals()[f"M{at}"](row)
        assert last.all().values(".".join(["up"] * (count - 1) + ["id"])) == [None, 1]
        assert sum(M0.all()[0].delete().values()) == count
        store.check()
        store.schema.to_mermaid()
""",
    "rows in a chain of 20,000, and in a circle": """
def test():
    Node = make("Node", {"up": "Node | None"}, up=belongs_to(on_delete="cascade"))
    with Store() as store:
        rows = [Node(None)]
        for _ in range(20_000):
            rows.append(Node(rows[-1]))
        assert Node.all()[:3].values(".".join(["up"] * 20_000)) == [None] * 3
        rows[0].up = rows[-1]
        assert rows[7].delete() == {"Node": 20_001}
        store.check()
""",
    "annotations in annotations": """
deep = 3000
given = Many["X"]
for _ in range(deep):
    given = Many[given]  # the main thread's: CPython 3.13 frees them by recursion, for which a small stack is too small

def test():
    for text in (
        "Many[" * deep + "int" + "]" * deep, "Optional[" * deep + "int" + "]" * deep,
        "Annotated[" * deep + "int" + ", 1]" * deep, "Union[" * deep + "int" + ", None]" * deep,
        "(" * deep + "int" + ")" * deep, "[" * deep + "]" * deep, "~" * deep + "int", "not " * deep + "int",
        "lambda: " * deep + "int", " | ".join(["int"] * deep), ".".join(["a"] * deep), "a" + "()" * deep, "int" + " + 1" * deep,
    ):
        refused(lambda: make("X", {"x": text}), "X.x")
    text = "int"
    for _ in range(14):
        text = repr(text)
    refused(lambda: make("X", {"x": text}), "more than 10")
    refused(lambda: make("X", {"x": given}, x=has_many()), "more than 10")
    refused(lambda: make("X", {"x": "int\\0"}), "X.x")
    make("Y", {"x": "Annotated[int | None, Doc('" + "words " * 1000 + "')]", "y": '"None | Optional[' + "'str'" + ']"'})
    with Store():
        assert Y(None, None).x is None
""",
}


@pytest.mark.parametrize("stack", [0, SMALL], ids=["a usual stack", "a small stack"])
@pytest.mark.parametrize("case", CASES)
def test_what_leads_on_and_on_has_an_end(case, stack):
    run_on_stack(PRELUDE + CASES[case], stack)
