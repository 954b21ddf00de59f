"""Orders that rows lie in or that an index keeps: what is asked of them is what sorting and looking at every row says, whatever
was written before."""
# ruff: noqa: S102 - a source text is run

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hasmany import Many, Model, SchemaError, Store, belongs_to, between, col, field, has_many
from hypothesis import given, settings
from hypothesis import strategies as st


class Grade(Enum):
    low = "a"
    high = "b"


class Shelf(Model):
    name: str
    boxes: Many["Box"] = has_many()


class Box(Model):
    """`at` and `number` have no index; in some runs they rise with age."""

    shelf: Shelf | None = belongs_to(on_delete="nullify")
    at: datetime | None = None
    number: int = 0
    weight: float | None = field(default=None, index=True)
    label: str | None = field(default=None, index=True)
    size: int = field(default=0, index=True)
    price: Decimal | None = field(default=None, scale=2, index=True)
    grade: Grade | None = field(default=None, index=True)
    is_open: bool | None = field(default=None, index=True)
    code: int | None = field(default=None, unique=True, index=True)


START = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = ("at", "number", "weight", "label", "size", "price", "grade", "is_open", "code", "id")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "at": st.none() | st.integers(0, 50).map(lambda days: START + timedelta(days)),
    "number": st.integers(0, 50),
    "weight": st.none() | st.sampled_from([-1.5, -0.0, 0.0, 1.0, 2.5, 1e300, float("inf")]),
    "label": st.none() | st.sampled_from(["", "a", "ab", "b", "ä", "z"]),
    "size": st.integers(-3, 3),
    "price": st.none() | st.integers(-300, 300).map(lambda cents: Decimal(cents) / 100),
    "grade": st.none() | st.sampled_from(Grade),
    "is_open": st.none() | st.booleans(),
    "code": st.none() | st.integers(0, 10**6),
}
ROWS = st.fixed_dictionaries({name: values for name, values in VALUES.items() if name not in ("at", "number", "code")})


def key(box: dict[str, Any], name: str) -> Any:
    value = box[name]
    return value.value if isinstance(value, Enum) else value


def sorted_by(boxes: list[dict[str, Any]], name: str, reverse: bool) -> list[int]:
    valued = [box for box in boxes if box[name] is not None]
    valued.sort(key=lambda box: key(box, name), reverse=reverse)  # stable both ways
    return [box["id"] for box in valued] + [box["id"] for box in boxes if box[name] is None]


class Undone(Exception):
    pass


class Naive:
    """Rows as dicts by id, beside a store."""

    def __init__(self) -> None:
        self.boxes: dict[int, dict[str, Any]] = {}
        self.clock = 0

    def fresh(self, draw: Callable[..., Any], count: int, rising: bool) -> list[dict[str, Any]]:
        made = []
        for row in draw(st.lists(ROWS, min_size=count, max_size=count)):
            self.clock += 1
            at = START + timedelta(minutes=self.clock) if rising else draw(VALUES["at"])
            taken = {box["code"] for box in (*self.boxes.values(), *made)}
            code = draw(VALUES["code"].filter(lambda code, taken=taken: code is None or code not in taken))
            made.append({**row, "at": at, "number": self.clock if rising else draw(VALUES["number"]), "code": code})
        return made


def write(draw: Callable[..., Any], naive: Naive, shelves: list[Shelf], rising: bool) -> None:
    act = draw(st.sampled_from(["create", "create", "many", "set", "set", "move", "delete", "set all", "delete all"]))
    ids = sorted(naive.boxes)
    if act in ("create", "many") or not ids:
        count = 1 if act == "create" else draw(st.sampled_from([2, 6, 40]))
        rows = naive.fresh(draw, count, rising or draw(st.booleans()))
        for row in rows:
            row["shelf"] = draw(st.sampled_from([None, 1, 1, 1, 2]))
        if act == "create":
            owner = None if rows[0]["shelf"] is None else shelves[rows[0]["shelf"] - 1]
            made = [Box(**{**rows[0], "shelf": owner}).id]
        else:
            columns = {name: [row[name] for row in rows] for name in rows[0]}
            made = Box.insert_all(columns).ids.tolist()
        for id_, row in zip(made, rows, strict=True):
            naive.boxes[id_] = {**row, "id": id_}
        return
    picked = draw(st.sampled_from(ids))
    box = Box.find(picked)
    if act == "set":
        name = draw(st.sampled_from([name for name in VALUES if name != "code"]))
        value = draw(VALUES[name])
        setattr(box, name, value)
        naive.boxes[picked][name] = value
    elif act == "move":
        to = draw(st.sampled_from([None, 1, 2]))
        box.shelf = None if to is None else shelves[to - 1]
        naive.boxes[picked]["shelf"] = to
    elif act == "delete":
        box.delete()
        del naive.boxes[picked]
    else:
        some = draw(st.lists(st.sampled_from(ids), unique=True, min_size=1))
        many = Box.where(id=some)
        if act == "delete all":
            many.delete_all()
            for id_ in some:
                del naive.boxes[id_]
        else:
            name = draw(st.sampled_from(["number", "size", "label"]))
            value = draw(VALUES[name])
            many.update_all(**{name: value})
            for id_ in some:
                naive.boxes[id_][name] = value


def compare(draw: Callable[..., Any], naive: Naive, shelves: list[Shelf]) -> None:
    """Of all rows, of a list, and of one that has an owner's rows only by a condition."""
    for many, of in ((Box.all(), None), (shelves[0].boxes, 1), (shelves[1].boxes, 2)):
        rows = [naive.boxes[id_] for id_ in sorted(naive.boxes) if of is None or naive.boxes[id_]["shelf"] == of]
        for name in draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True)):
            for reverse in (False, True):
                wanted = sorted_by(rows, name, reverse)
                at = draw(st.integers(0, len(wanted) + 2))
                assert many.order_by(name, reverse=reverse).ids.tolist() == wanted
                assert many.order_by(name, reverse=reverse)[:at].ids.tolist() == wanted[:at]
                assert many.order_by(name, reverse=reverse)[at : at + 3].ids.tolist() == wanted[at : at + 3]
                assert many.order_by(name, reverse=reverse)[-at:].ids.tolist() == wanted[-at:]
                assert (
                    many.order_by(col(name).desc(), reverse=reverse)[-at:]
                    == many.order_by(name, reverse=not reverse)[-at:]
                )
                if wanted:
                    assert many.order_by(name, reverse=reverse)[-1].id == wanted[-1]
            if name == "is_open":
                continue
            some = [box[name] for box in rows if box[name] is not None] or [draw(VALUES.get(name, st.integers(1, 9)))]
            low, high = draw(st.sampled_from(some)), draw(st.sampled_from(some))
            if low is None or high is None:
                continue
            value = lambda box, name=name: key(box, name)
            bottom, top = key({name: low}, name), key({name: high}, name)
            tests: list[tuple[Any, Callable[[Any], bool]]] = [
                (col(name) > low, lambda it, bottom=bottom: it > bottom),
                (col(name) >= low, lambda it, bottom=bottom: it >= bottom),
                (col(name) < low, lambda it, bottom=bottom: it < bottom),
                (col(name) <= low, lambda it, bottom=bottom: it <= bottom),
                (col(name) == low, lambda it, bottom=bottom: it == bottom),
                (col(name).between(low, high), lambda it, bottom=bottom, top=top: bottom <= it < top),
                ((col(name) >= low) & (col(name) <= high), lambda it, bottom=bottom, top=top: bottom <= it <= top),
            ]
            for condition, holds in tests:
                wanted = [box["id"] for box in rows if box[name] is not None and holds(value(box))]
                assert many.where(condition).ids.tolist() == wanted, condition
            for ends in ((low, high), (low, None), (None, high), (None, None)):
                wanted = [
                    box["id"]
                    for box in rows
                    if box[name] is not None
                    and (ends[0] is None or value(box) >= bottom)
                    and (ends[1] is None or value(box) < top)
                ]
                assert many.where(**{name: between(*ends)}).ids.tolist() == wanted
                if of is not None:
                    assert Box.where(shelf=shelves[of - 1], **{name: between(*ends)}).ids.tolist() == wanted


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_whatever_is_written_the_order_is_the_sorted_one(tmp_path_factory, data):
    draw, path = data.draw, tmp_path_factory.mktemp("boxes") / "boxes.db"
    place, rising = draw(st.sampled_from([None, path])), draw(st.booleans())
    naive = Naive()
    with Store(place) as store:
        shelves = [Shelf("one"), Shelf("two")]
        for _ in range(draw(st.integers(1, 12))):
            how = draw(st.sampled_from(["write", "write", "write", "undo", "undo", "compact", "ask", "ask"]))
            if how == "write":
                write(draw, naive, shelves, rising)
            elif how == "undo":
                before, clock = {id_: dict(box) for id_, box in naive.boxes.items()}, naive.clock
                with suppress(Undone), store.transaction():
                    for _ in range(draw(st.integers(1, 3))):
                        write(draw, naive, shelves, rising)
                        if draw(st.booleans()):
                            compare(draw, naive, shelves)
                    raise Undone
                naive.boxes, naive.clock = before, clock
            elif how == "compact":
                store.compact()
            else:
                compare(draw, naive, shelves)
                store.check()
        compare(draw, naive, shelves)
        store.check()
        if place is None:
            return
        with Store(place, read_only=True) as reader:
            compare(draw, naive, list(Shelf.all()))
            with store.transaction():
                write(draw, naive, list(Shelf.all()), rising)
            reader.refresh()
            compare(draw, naive, list(Shelf.all()))
            reader.check()
    with Store(place) as store:
        compare(draw, naive, list(Shelf.all()))
        store.check()


def test_an_order_is_of_its_moment_whenever_it_is_read(store):
    """Whatever is written after it was asked for, and undone: it is what it was, less what was deleted since."""
    shelf = Shelf("one")
    boxes = [Box(shelf, number=number, size=-number) for number in range(40)]
    for many in (Box.all(), shelf.boxes):
        for name in ("size", "number", "id"):
            kept = [many.order_by(name, reverse=True) for _ in range(2)]
            wanted = kept[0].ids.tolist()
            orders = lambda many=many, name=name: many.order_by(name, reverse=True)
            undone, created, moved, deleted, compacted = orders(), orders(), orders(), orders(), orders()
            inside = None
            with suppress(Undone), store.transaction():
                Box(shelf, number=-5, size=50)
                inside = orders()
                assert undone[:2].ids.tolist() == wanted[:2]
                boxes[7].update(number=99, size=-99)
                raise Undone
            assert inside is not None and len(inside) == 40  # what was undone is gone from it
            assert undone.ids.tolist() == wanted
            added = Box(shelf, number=-7, size=70)
            assert (created[-1].id, created[0].id) == (wanted[-1], wanted[0])
            boxes[3].size, boxes[3].number = 1000, -1000
            assert moved[:3].ids.tolist() == wanted[:3]
            boxes[3].size, boxes[3].number = -3, 3
            added.delete()
            store.compact()
            assert compacted.ids.tolist() == wanted
            boxes.pop(5).delete()
            assert deleted.ids.tolist() == [id_ for id_ in wanted if Box.find_by(id=id_)]
            boxes.insert(5, Box(shelf, number=5, size=-5))
            assert all(record in many for record in kept[1])


def test_an_order_over_the_end_of_its_store(tmp_path):
    with Store(tmp_path / "boxes.db"):
        Box.insert_all(shelf=[None] * 30, size=[3, 1, 2] * 10)
        some = Box.all().order_by("size")
        assert some[:2].ids.tolist() == [2, 5]
    assert some[2:4].ids.tolist() == [8, 11]  # what is closed may be read on


def test_many_threads_make_one_index(store, in_threads):
    Box.insert_all(shelf=[None] * 2000, size=[number * 7919 % 1000 for number in range(2000)])

    boxes = Box.all()
    first, few = boxes.where(id=boxes.ids[[0, 1000]].tolist()), boxes.where(col("size").between(1, 3))

    def ask() -> None:
        for _ in range(50):
            # The last may be one that is not there to stay.
            assert 1001 in boxes.order_by("size", reverse=True)[-2:].ids
            assert boxes.where(col("size").between(1, 3)) == few

    def write() -> None:
        for number in range(1, 50):
            with suppress(Undone), store.transaction():
                Box(None, size=-number)
                raise Undone

    in_threads(ask, ask, ask, write)
    assert boxes.order_by("size")[:2] == first


class Tune(Model):
    title: str = field(index=True)
    length: int = field(unique=True, index=True)
    at: int = 0


def test_what_an_index_takes_is_told_and_given_back(store):
    Tune.insert_all(title=[f"t{number % 500}" for number in range(1000)], length=range(1000))
    assert store.stats().bytes["Tune.title index"] == 0
    assert Tune.all().order_by("title")[:2].values("length") == [0, 500]
    assert 4000 <= store.stats().bytes["Tune.title index"] < 16_000
    assert store.stats().bytes["Tune.length index"] == 0  # it rises with age, so it needs none
    assert "Tune.at index" not in store.stats().bytes
    store.compact()
    assert store.stats().bytes["Tune.title index"] == 0


def test_an_index_comes_and_goes_with_the_class(tmp_path, new_module):
    declare = """
class Note(Model):
    title: str = field({})
""".format
    module = new_module()
    said = lambda store: store.schema.describe()["models"][0]["fields"][0]["index"]
    with Store(tmp_path / "notes.db") as store:
        exec(declare(""), vars(module))
        module.Note.insert_all(title=["b", "a", "c"] * 30)
        file = (tmp_path / "notes.db").read_bytes()
        for options, is_indexed in (("index=True", True), ("", False), ("index=True", True)):
            exec(declare(options), vars(module))
            assert said(store) is is_indexed
            assert ("Note.title index" in store.stats().bytes) is is_indexed
            assert module.Note.all().order_by("title")[:3].values("title") == ["a"] * 3
            store.check()
        assert "title: str = field(index=True)" in store.schema.to_python()
        assert file == (tmp_path / "notes.db").read_bytes()
    other = new_module()
    with Store(tmp_path / "notes.db") as store:
        exec(declare(""), vars(other))
        assert other.Note.all().order_by("title")[-1:].values("title") == ["c"]
        assert said(store) is False


def test_of_an_abstract_base(store, new_module):
    module = new_module()
    exec(
        """
class Stamped(Model, abstract=True):
    at: int = field(default=0, index=True)

class Memo(Stamped):
    text: str = ""
""",
        vars(module),
    )
    module.Memo.insert_all(at=[5, 3, 8, 1] * 20)
    assert module.Memo.all().order_by("at", reverse=True)[:1].values("at") == [8]
    assert store.stats().bytes["Memo.at index"] > 0
    exec("class Stamped(Model, abstract=True):\n    at: int = 0", vars(module))
    assert "Memo.at index" not in store.stats().bytes


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("data: Json = field(index=True)", "Bad.data is Json, which has no order; index=True is for a field with one"),
        (
            "of: User = field(index=True)",
            "the rows that refer to a record are listed anyway; index=True is for a field",
        ),
        ("at: int = field(index=1)", "index is True or False, not 1"),
        ("at: int = field(index='at')", "index is True or False, not 'at'"),
    ],
)
def test_what_has_no_order_has_no_index(new_module, line, message):
    with pytest.raises(SchemaError, match=message):
        exec(f"from hasmany import Json\nclass Bad(Model):\n    {line}", vars(new_module()))
