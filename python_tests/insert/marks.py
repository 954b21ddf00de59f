"""Models that random rows are inserted into, whole or with errors in them, and what is said against a row."""

import re
from math import isnan
from typing import Any

import pytest
from hasmany import (
    DeletedError,
    DuplicateError,
    FieldError,
    Many,
    Model,
    NotFoundError,
    Store,
    belongs_to,
    field,
    has_many,
)
from hypothesis import strategies as st

NAN = float("nan")


class Owner(Model):
    name: str = field(unique=True)
    marks: Many["Mark"] = has_many(by="owner")
    items: Many["Item"] = has_many(through="marks")


class Item(Model):
    title: str = field(unique=True)
    marks: Many["Mark"] = has_many()
    owners: Many["Owner"] = has_many(through="marks", source="owner")


class Mark(Model, unique=("owner", "item")):
    owner: Owner
    item: Item = belongs_to(on_delete="cascade")
    score: int | None = None
    tag: str | None = field(default=None, unique=True)
    giver: Owner | None = belongs_to(default=None)


LIVE, GONE, NEVER = [1, 2, 4, 5], 3, [0, -1, 6, 99, 2**40]

good_ids = st.sampled_from(LIVE)
good_rows = st.fixed_dictionaries(
    {
        "owner": good_ids,
        "item": good_ids,
        "score": st.sampled_from([None, 0, 1, -(2**63), 2**63 - 1, 2.0, NAN]),
        "tag": st.none() | st.sampled_from(["", "a", "b", "c", "d", "e", "f"]),
        "giver": st.none() | good_ids | st.just(NAN),
    }
)
bad_cells = st.one_of(
    st.tuples(st.sampled_from(["owner", "item", "giver"]), st.sampled_from([GONE, *NEVER, 1.5, True, "1"])),
    st.tuples(st.sampled_from(["owner", "item"]), st.sampled_from([None, NAN])),
    st.tuples(st.just("score"), st.sampled_from([1.5, 2**63, "one", True, float("inf")])),
    st.tuples(st.just("tag"), st.sampled_from([1, b"a", "\ud800", True])),
)


@st.composite
def calls(draw: Any) -> list[dict[str, Any]]:
    """The rows of one call; in every third of them a few cells are wrong."""
    rows = draw(st.lists(good_rows, max_size=10))
    if rows and draw(st.integers(0, 2)) == 0:
        for place, (name, value) in draw(st.lists(st.tuples(st.integers(0, len(rows) - 1), bad_cells), max_size=2)):
            rows[place] = {**rows[place], name: value}
    return rows


def new_world() -> Store:
    """Owners and items 1, 2, 4 and 5; those with the id 3 were deleted, and their place is packed away."""
    with Store() as store:
        for n in range(1, 6):
            Owner(f"owner {n}")
            Item(f"item {n}")
        Owner.find(GONE).delete()
        Item.find(GONE).delete()
        store.compact()
    return store


def dump() -> list[Any]:
    """What is in the store, from both ends; the ids of marks are left out, as errors may use some up."""
    return [
        Mark.all().column("owner").tolist(),
        Mark.all().column("item").tolist(),
        [(mark.score, mark.tag, mark.giver and mark.giver.id) for mark in Mark.all()],
        [(owner.items.ids.tolist(), len(owner.items), owner.marks.values("tag")) for owner in Owner.all()],
        [(item.owners.ids.tolist(), len(item.owners), item.marks.values("tag")) for item in Item.all()],
        [[owner in item.owners for owner in Owner.all()] for item in Item.all()],
        [[place(Mark.find_by(owner=owner, item=item)) for owner in Owner.all()] for item in Item.all()],
        [place(Mark.find_by(tag=tag)) for tag in ["", *"abcdef"]],
        [[place(mark) for mark in Mark.where(giver=owner)] for owner in Owner.all()],
    ]


def place(mark: Mark | None) -> int | None:
    return None if mark is None else Mark.all().index(mark)


def as_element(row: dict[str, Any]) -> dict[str, Any]:
    """A row as columns read it: NaN is None, whole floats are ints."""
    read = {}
    for name, value in row.items():
        if isinstance(value, float):
            value = None if isnan(value) else int(value) if value.is_integer() else value
        read[name] = value
    return read


def faults(row: dict[str, Any]) -> set[type[Exception]]:
    """What may be said against a row by itself."""
    said: set[type[Exception]] = set()
    row = as_element(row)
    for name in ("owner", "item", "giver"):
        value = row[name]
        if value is None:
            said |= set() if name == "giver" else {FieldError, TypeError}
        elif type(value) is float:
            said |= {FieldError, TypeError}
        elif type(value) is not int:
            said |= {TypeError}
        elif value == GONE:
            said |= {DeletedError}
        elif value not in LIVE:
            said |= {NotFoundError}
    score, tag = row["score"], row["tag"]
    if type(score) is float:
        said |= {FieldError, TypeError}
    elif (type(score) is int and not -(2**63) <= score < 2**63) or type(score) is str:
        said |= {FieldError}
    elif not isinstance(score, int | None) or score is True:
        said |= {TypeError}
    if tag == "\ud800":
        said |= {FieldError}
    elif not isinstance(tag, str | None):
        said |= {TypeError}
    return said


def clashes(rows: list[dict[str, Any]]) -> dict[int, list[Mark | None]]:
    """The rows that repeat a pair or a tag: of the store (with the rows that are there), of an earlier row (with none)."""
    found: dict[int, list[Mark | None]] = {}
    pairs: set[Any] = set()
    tags: set[Any] = set()
    for at, row in enumerate(map(as_element, rows)):
        pair, tag = (row["owner"], row["item"]), row["tag"]
        there: list[Mark | None] = [mark for mark in Mark.all() if (mark.owner.id, mark.item.id) == pair]
        there += [mark for mark in Mark.all() if mark.tag is not None and mark.tag == tag]
        if pair in pairs or (tag is not None and tag in tags):
            there.append(None)
        if there:
            found[at] = there
        pairs.add(pair)
        tags.add(tag)
    return found


def create(row: dict[str, Any]) -> Mark:
    """The naive way: the constructor."""
    row = as_element(row)
    for name, model in (("owner", Owner), ("item", Item), ("giver", Owner)):
        row[name] = None if row[name] is None else model.find(row[name])
    return Mark(**row)


def by_loop(rows: list[dict[str, Any]], skip: bool) -> list[int]:
    """Creates the rows one by one, in one transaction; gives the places of those that were created."""
    made = []
    with Store.current().transaction():
        for at, row in enumerate(rows):
            try:
                create(row)
            except DuplicateError:
                if not skip:
                    raise
            else:
                made.append(at)
    return made


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in ("owner", "item", "score", "tag", "giver")}


def check_error(error: Exception, rows: list[dict[str, Any]], skip: bool) -> None:
    """The error is one that its row deserves."""
    match = re.search(r"\brow (\d+)\b", str(error))
    assert match, str(error)
    at = int(match[1])
    twice = {} if skip else clashes(rows)
    if isinstance(error, DuplicateError):
        assert error.existing in twice.get(at, [])
    else:
        assert any(type(error) is fault for fault in faults(rows[at])), (error, rows[at])


def act(store: Store, then: str, number: int) -> None:
    """Does something to both stores, between two calls."""
    marks = list(Mark.all())
    if then == "delete":
        for mark in marks[number % 3 :: 2]:
            mark.delete()
    elif then == "compact":
        store.compact()
    elif then == "undo":
        with pytest.raises(ZeroDivisionError), store.transaction():
            for mark in marks[::2]:
                mark.delete()
            free = [(o, i) for o in LIVE for i in LIVE if not Mark.find_by(owner=Owner.find(o), item=Item.find(i))]
            Mark.insert_all(owner=[o for o, _ in free], item=[i for _, i in free])
            raise ZeroDivisionError
