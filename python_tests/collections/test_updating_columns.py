"""`update_all` with columns: a value a member, as one change."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hasmany import DuplicateError, FieldError, Many, Model, NotFoundError, SchemaError, Store, field, has_many


class Owner(Model, key="name"):
    name: str
    items: Many["Item"] = has_many()


class Item(Model, unique=("owner", "place")):
    owner: Owner
    place: int
    code: str = field(unique=True)
    note: str | None = None


class Plain(Model):
    number: int
    other: "Plain | None" = None


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "s.db") if request.param == "file" else Store()
    with store:
        Owner.insert_all(name=["ann", "bob"])
        yield store
        store.check()
        before = [(model, model.all().ids.tolist(), rows(model)) for model in (Owner, Item, Plain)]
    if request.param == "file":
        with Store(tmp_path / "s.db") as again:
            again.check()
            assert [(model, model.all().ids.tolist(), rows(model)) for model in (Owner, Item, Plain)] == before


def rows(model: type[Model]) -> list:
    names = {Owner: ("name",), Item: ("owner.id", "place", "code", "note"), Plain: ("number", "other.id")}[model]
    return list(zip(*(model.all().values(name) for name in names), strict=True))


def items(count: int) -> Many:
    return Item.insert_all(owner="ann", place=range(count), code=[f"c{at}" for at in range(count)])


@pytest.mark.parametrize("count", [2, 3, 50, 3000])
def test_values_may_swap_and_shift_under_a_unique(count: int) -> None:
    made = items(count)
    assert made.update_all({"place": list(range(count))[::-1]}) == count
    assert made.values("place") == list(range(count))[::-1]
    made.update_all({"code": [f"c{at + 1}" for at in range(count)], "place": np.arange(count) + 1})
    assert made.values("code")[:2] == ["c1", "c2"]
    assert Item.find(code=f"c{count}").place == count


@pytest.mark.parametrize("count", [4, 2000])
def test_a_few_rows_of_many_may_swap(count: int) -> None:
    made = items(count)
    pair = made.where(place=[1, 3]) if count == 4 else made.where(place=[1, 1000])
    places = pair.values("place")
    pair.update_all({"place": places[::-1]})
    assert pair.values("place") == places[::-1]
    assert Item.find(owner="ann", place=1) == pair[1]


@pytest.mark.parametrize("count", [4, 2000])
def test_two_rows_of_one_key_are_an_error_and_nothing_is_set(count: int) -> None:
    made = items(count)
    before = rows(Item)
    with pytest.raises(DuplicateError, match="would have this owner, place") as caught:
        made.update_all({"place": [7] + [9] * (count - 1)})
    assert caught.value.existing in made
    assert rows(Item) == before
    with pytest.raises(DuplicateError, match=r"row 1: Item 3 already has this code \('c2'\)"):
        made[:2].update_all({"code": ["x", "c2"]})
    with pytest.raises(DuplicateError, match="code"):
        made.update_all(code="same")
    assert rows(Item) == before


def test_references_are_columns_too() -> None:
    made = items(40)
    made.update_all({"owner": ["bob", "ann"] * 20})
    assert Owner.find("bob").items == made[::2] and Owner.find("ann").items == made[1::2]
    made.update_all({"owner": [Owner.find("bob")] * 40})
    assert Owner.find("bob").items == made and Owner.find("ann").items == []
    made[:3].update_all({"owner": ["ann"] * 3})
    assert Owner.find("ann").items == made[:3] and Owner.find("bob").items == made[3:]


def test_keywords_go_with_columns_and_are_one_value_for_all() -> None:
    made = items(10)
    made.update_all({"place": range(10, 20)}, note="n", owner=Owner.find("bob"))
    assert made.values("note") == ["n"] * 10 and made[3].place == 13 and made[3].owner.name == "bob"
    made.update_all(note=None)
    assert made.values("note") == [None] * 10
    with pytest.raises(TypeError, match="got note twice"):
        made.update_all({"note": ["x"] * 10}, note="y")


@pytest.mark.parametrize(
    ("columns", "error", "match"),
    [
        ({"place": [1, 2]}, FieldError, r"Item\.place has 2 values, and there are 3 members"),
        ({"place": [1, 2, 3], "note": ["a"]}, FieldError, "has 1 rows"),
        ({"place": [1, 2, "x"]}, FieldError, "row 2"),
        ({"place": [1, None, 3]}, FieldError, "row 1"),
        ({"owner": ["ann", "zoe", "bob"]}, NotFoundError, "row 1: .*no Owner has name 'zoe'"),
        ({"plaice": [1, 2, 3]}, SchemaError, "place"),
        ({"id": [4, 5, 6]}, SchemaError, "given by the store"),
        ({}, TypeError, "got no columns"),
        ([1, 2, 3], TypeError, "a mapping of field names to columns"),
    ],
)
def test_wrong_columns_are_errors_and_nothing_is_set(columns: object, error: type, match: str) -> None:
    made = items(3)
    before = rows(Item)
    with pytest.raises(error, match=match):
        made.update_all(columns)  # type: ignore[arg-type]
    assert rows(Item) == before


@pytest.mark.parametrize("count", [3, 100])
def test_it_is_undone_with_its_block(store: Store, count: int) -> None:
    made = items(count)
    before = rows(Item)
    with pytest.raises(ZeroDivisionError), store.transaction():
        made.update_all({"place": range(count, 0, -1), "owner": ["bob", *["ann"] * (count - 1)], "note": ["x"] * count})
        made[0].delete()
        made.update_all({"code": [f"c{at}" for at in range(count - 1)]})
        raise ZeroDivisionError
    assert rows(Item) == before
    assert Owner.find("ann").items == made


def test_several_changes_of_one_block_reach_the_file_in_their_order(store: Store) -> None:
    with store.transaction():
        made = items(6)
        made.update_all({"place": [1, 0, 3, 2, 5, 4]})
        made[0].place = 10
        made.update_all({"code": [f"c{(at + 1) % 6}" for at in range(6)]})
        made[5].delete()
        made[:2].update_all({"place": [0, 10]})
    assert made.values("place") == [0, 10, 3, 2, 5] and made.values("code") == ["c1", "c2", "c3", "c4", "c5"]


def test_observers_hear_what_changed(store: Store) -> None:
    made = items(3)
    heard = []
    stop = store.on_commit(heard.extend)
    made.update_all({"place": [1, 0, 2], "note": [None, "x", None]})
    stop()
    assert [(change.record.id, change.field, change.old, change.new) for change in heard] == [
        (1, "place", 0, 1),
        (2, "place", 1, 0),
        (2, "note", None, "x"),
    ]


def test_as_a_naive_store_does() -> None:
    random = np.random.default_rng(3)
    made = Plain.insert_all(number=range(200))
    numbers, others = list(range(200)), [None] * 200
    for _ in range(60):
        picked = sorted(random.choice(200, random.integers(1, 200), replace=False).tolist())
        part = Plain.where(id=[at + 1 for at in picked])
        new = random.integers(0, 50, len(picked)).tolist()
        to = [None if at % 3 == 0 else at for at in random.integers(1, 200, len(picked)).tolist()]
        part.update_all({"number": new, "other": to})
        for at, number, other in zip(picked, new, to, strict=True):
            numbers[at], others[at] = number, other
    assert made.values("number") == numbers and made.values("other.id") == others
