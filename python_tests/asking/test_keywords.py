"""Fields by name, in `where`, `find_by` and `find`: what a plain loop over the rows says, and what an expression does; of all
rows and of collections, among deleted rows, inside transactions and after they were undone."""

import operator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from hasmany import Json, Many, Model, Store, belongs_to, between, col, field, has_many
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


class Level(Enum):
    low = 1
    high = 7


class Owner(Model, key="name"):
    name: str
    notes: Many["Note"] = has_many()
    tags: Many["Tag"] = has_many(through="labels")
    labels: Many["Label"] = has_many()


class Tag(Model):
    name: str
    owners: Many["Owner"] = has_many(through="labels")
    labels: Many["Label"] = has_many()


class Label(Model, unique=("owner", "tag")):
    owner: Owner = belongs_to(on_delete="cascade")
    tag: Tag = belongs_to(on_delete="cascade")


class Note(Model, unique=("whole", "mark")):
    owner: Owner | None = belongs_to(on_delete="nullify")
    whole: int | None = None
    real: float | None = None
    flag: bool | None = None
    text: str | None = None
    data: bytes | None = None
    at: datetime | None = None
    day: date | None = None
    hour: time | None = None
    span: timedelta | None = None
    price: Decimal | None = field(default=None, scale=2)
    mark: UUID | None = None
    level: Level | None = None
    tree: Json = None
    ranked: int | None = field(default=None, index=True)
    code: str | None = field(default=None, unique=True)


START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ["ann", "bea", "cat"]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "whole": st.integers(-2, 2) | st.sampled_from([-(2**63), 2**63 - 1]),
    "real": st.sampled_from([-1.5, -0.0, 0.0, 2.5, float("inf"), float("-inf")]),
    "flag": st.booleans(),
    "text": st.text("a\0é", max_size=3) | st.text("ab", min_size=7, max_size=10),
    "data": st.binary(max_size=2) | st.binary(min_size=8, max_size=9),
    "at": st.integers(0, 3).map(lambda days: START + timedelta(days)),
    "day": st.dates(date(1999, 12, 30), date(2000, 1, 2)),
    "hour": st.sampled_from([time(0), time(9, 30), time(23, 59, 59, 999_999)]),
    "span": st.integers(-2, 2).map(lambda hours: timedelta(hours=hours)),
    "price": st.sampled_from([Decimal("-1.00"), Decimal("0.01"), Decimal(10) ** 30, Decimal(10) ** 30 + 1]),
    "mark": st.sampled_from([UUID(int=0), UUID(int=1), UUID(int=2**64), UUID(int=2**127)]),
    "level": st.sampled_from(Level),
    "ranked": st.integers(-3, 3),
    "code": st.sampled_from(["a", "b", "c", "aaaaaaaa"]),
}
ORDERED = [name for name in VALUES if name not in ("flag", "level", "code")]
ROWS = st.lists(
    st.fixed_dictionaries(
        {name: st.none() | values for name, values in VALUES.items() if name != "code"}
        | {
            "owner": st.none() | st.sampled_from(NAMES),
            "tree": st.none() | st.sampled_from([Json([1]), Json({"a": "b"})]),
        }
    ),
    max_size=70,
)
SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Row = dict[str, Any]


def held(note: Note) -> Row:
    """A row as plain Python has it."""
    row: Row = {name: getattr(note, name) for name in VALUES}
    tree = None if note.tree is None else Json(note.tree)  # equal to another that is marked
    return row | {"id": note.id, "owner": note.owner and note.owner.name, "tree": tree}


@st.composite
def questions(draw, ids: int) -> tuple[str, Any, Any]:
    """A keyword, and what it asks of a row."""
    name = draw(st.sampled_from([*VALUES, "id", "owner", "tree", "owner.name"]))
    values = {
        **VALUES,
        "id": st.integers(0, ids + 2),
        "owner": st.sampled_from([*NAMES, "nobody"]),
        "owner.name": st.sampled_from([*NAMES, "nobody"]),
        "tree": st.sampled_from([Json([1]), Json({"a": "b"}), Json("c")]),
    }[name]
    kind = draw(st.sampled_from(["is", "none", "in", "between"]))
    if kind == "in":
        several = draw(st.lists(values if name in ("id", "owner.name") else st.none() | values, max_size=4))
        if name == "tree" and (not several or None in several):
            several = [Json([1])]
        return name, several, lambda own: own in several
    if kind == "between" and name in (*ORDERED, "id"):
        low, high = draw(st.none() | values), draw(st.none() | values)
        within = lambda own: own is not None and (low is None or own >= low) and (high is None or own < high)
        return name, between(low, high), within
    if kind == "none" and name != "id":
        return name, None, lambda own: own is None
    value = draw(values)
    return name, value, lambda own: own == value


def asked(draw: Any, notes: list[Row]) -> tuple[dict[str, Any], Any]:
    found = draw(st.lists(questions(len(notes)), min_size=1, max_size=3, unique_by=lambda test: test[0]))
    read = lambda row, name: row["owner" if name == "owner.name" else name]
    return {name: value for name, value, _ in found}, lambda row: all(
        holds(read(row, name)) for name, _, holds in found
    )


def check(data: st.DataObject, many: Many[Note]) -> None:
    """Keywords against a loop over the members."""
    rows = [held(note) for note in many]
    fields, holds = asked(data.draw, rows)
    expected = [row["id"] for row in rows if holds(row)]
    assert many.where(**fields).ids.tolist() == expected, fields
    first = many.find_by(**fields)
    assert (first and first.id) == (expected[0] if expected else None), fields
    few = many.where(col("whole") > 0, **fields)
    assert few.ids.tolist() == [
        row["id"] for row in rows if holds(row) and row["whole"] is not None and row["whole"] > 0
    ]


def write(data: st.DataObject) -> None:
    """Some rows come, go, and change."""
    for row in data.draw(ROWS):
        with suppress(ValueError):  # a pair that is there
            Note(**row | {"owner": row["owner"] and Owner.find(row["owner"])})
    for note in Note.all():
        match data.draw(st.integers(0, 9)):
            case 0:
                note.delete()
            case 1:
                with suppress(ValueError):
                    note.code = data.draw(VALUES["code"])
            case 2:
                note.owner = Owner.find(data.draw(st.sampled_from(NAMES)))
            case 3:
                note.text, note.whole = None, None
            case 4:
                note.ranked = data.draw(st.none() | VALUES["ranked"])
            case _:
                pass


@SETTINGS
@given(st.data())
def test_as_a_loop_says(data):
    with Store() as store:
        owners = list(Owner.insert_all(name=NAMES))
        write(data)
        looks = [
            lambda: Note.all(),
            lambda: owners[0].notes,
            lambda: Note.all()[::-1],
            lambda: Note.all().order_by("ranked"),
            lambda: Note.all().order_by("ranked", "whole")[1:20],
            lambda: owners[0].notes | owners[1].notes,
        ]
        check(data, data.draw(st.sampled_from(looks))())
        before, fails = Note.all().to_dicts(), data.draw(st.booleans())
        with suppress(ZeroDivisionError), store.transaction():
            write(data)
            check(data, data.draw(st.sampled_from(looks))())
            if fails:
                raise ZeroDivisionError
        assert not fails or Note.all().to_dicts() == before
        check(data, data.draw(st.sampled_from(looks))())
        store.check()


@SETTINGS
@given(st.data())
def test_as_an_expression_says(data):
    with Store():
        Owner.insert_all(name=NAMES)
        write(data)
        rows = [held(note) for note in Note.all()]
        fields, _ = asked(data.draw, rows)
        # An end that is None is open in between(), and nothing is less than None.
        fields = {name: value for name, value in fields.items() if type(value) is not type(between(1, 2))}
        several = lambda value: isinstance(value, list) and not isinstance(value, Json)
        say = lambda name, value: col(name).is_in(value) if several(value) else col(name) == value
        conditions = [say(name, value) for name, value in fields.items()]
        if not conditions:
            return
        for many in (Note.all(), Note.all()[::-1], Note.all().order_by("whole")[: len(rows) // 2]):
            expected = many.where(*conditions)
            assert many.where(**fields) == expected == many.where(reduce(operator.and_, conditions))
            assert many.find_by(**fields) == (expected[0] if expected else None)


@SETTINGS
@given(st.data())
def test_through_a_join(data):
    with Store():
        owners, tags = list(Owner.insert_all(name=NAMES)), list(Tag.insert_all(name=["x", "y", "x", "z"] * 3))
        pairs = data.draw(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 11)), unique=True))
        for owner, tag in pairs:
            Label(owners[owner], tags[tag])
        for tag in data.draw(st.sets(st.integers(0, 11), max_size=3)):
            tags[tag].delete()
        for owner in owners:
            names = [(tag.id, tag.name) for tag in owner.tags]
            for asked in ("x", ["x", "z"], "nothing"):
                expected = [id for id, name in names if name == asked or (isinstance(asked, list) and name in asked)]
                assert owner.tags.where(name=asked).ids.tolist() == expected
                first = owner.tags.find_by(name=asked)
                assert (first and first.id) == (expected[0] if expected else None)
            for tag in range(1, 14):
                assert owner.tags.where(id=tag).ids.tolist() == [id for id, _ in names if id == tag]


class Event(Model):
    kind: int = 0
    note: str | None = None


@pytest.mark.parametrize("gone", [0, 7])
def test_of_many_rows(store, gone):
    """Longer than one block, with and without gaps."""
    rows = 50_000
    Event.insert_all(
        kind=[row % 1000 for row in range(rows)], note=[["a", None, "b" * 9][row % 3] for row in range(rows)]
    )
    if gone:
        Event.where(kind=gone).delete_all()
    live = [row for row in range(rows) if not gone or row % 1000 != gone]
    expected = lambda holds: [row + 1 for row in live if holds(row)]
    assert Event.where(kind=999).ids.tolist() == expected(lambda row: row % 1000 == 999)
    assert Event.where(kind=[3, 5, 2000]).ids.tolist() == expected(lambda row: row % 1000 in (3, 5))
    assert Event.where(kind=between(990, None), note="b" * 9).ids.tolist() == expected(
        lambda row: row % 1000 >= 990 and row % 3 == 2
    )
    assert Event.where(col("note") != "b" * 9).ids.tolist() == expected(lambda row: row % 3 != 2)
    assert Event.where(note=None).ids.tolist() == expected(lambda row: row % 3 == 1)
    assert Event.where(col("note") != "a", kind=4).ids.tolist() == expected(lambda row: row % 1000 == 4 and row % 3)
    late = Event(kind=-1, note="last")
    assert Event.find_by(kind=-1) == Event.find(note="last") == late == Event.all()[::-1].find_by(kind=-1)
    assert Event.find_by(kind=-2) is None
    Event.find_or_create(kind=-2)
    assert Event.find_or_create(kind=-2) == Event.find_by(kind=-2) == Event.all()[-1]
