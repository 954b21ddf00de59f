"""Conditions and orders in what is written down: folders, and modules of `to_python()`. What was declared is declared again."""

import datetime as dt
import json
import operator
import sys
from collections import OrderedDict
from functools import reduce
from types import MappingProxyType, ModuleType
from typing import Any

import pytest
from hasmany import DuplicateError, Json, Many, Model, SchemaError, Store, col, has_many
from hasmany.lake import Lake
from hasmany.reread import reread
from hasmany.written import module

FAR = dt.timezone(dt.timedelta(hours=2, minutes=30))
LONG = "x'\"\\\n…é" * 100


def any_of(most: int) -> Any:
    return reduce(operator.or_, [col("a") == n for n in range(most)])


class Owner(Model):
    name: str
    falling: Many["Item"] = has_many(order_by=(col("a") + 1).desc())
    denied: Many["Item"] = has_many(order_by=((~(col("a") == 1)).desc(), (-1 * col("a")).desc(), "id"))
    many: Many["Item"] = has_many(where=col("a").is_in(list(range(500))))
    of_range: Many["Item"] = has_many(where={"a": range(3, 600, 2)}, order_by=col("a").desc())
    chain: Many["Item"] = has_many(where=any_of(200))
    endless: Many["Item"] = has_many(where=any_of(1000) & ~any_of(5))
    late: Many["Item"] = has_many(where=col("at") < dt.datetime(2030, 1, 2, 3, 4, 5, 6, tzinfo=FAR))
    infinite: Many["Item"] = has_many(where=MappingProxyType({"weight": [float("inf"), -2.5]}))
    long: Many["Item"] = has_many(where={"text": LONG})
    tagged: Many["Item"] = has_many(where={"tags": Json(OrderedDict(b=[1, None, True, 2.5], a={}))})
    through: Many["Part"] = has_many(through="many", source="parts", where={"kind": 1, "many.a": 2})


class Item(Model):
    owner: Owner
    a: int = 0
    at: dt.datetime = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    weight: float = 0.0
    text: str | None = None
    tags: Json = None
    parts: Many["Part"] = has_many()


class Part(Model):
    item: Item
    kind: int = 1


def collections(store: Store) -> dict[str, tuple[Any, Any]]:
    owner = next(model for model in store.schema.describe()["models"] if model["name"] == "Owner")
    return {each["name"]: (each["where"], each["order_by"]) for each in owner["collections"]}


def members(owner: Any, names: Any) -> dict[str, list[int]]:
    return {name: getattr(owner, name).ids.tolist() for name in names}


def fill(owner: type[Any], item: type[Any], part: type[Any]) -> Any:
    one = owner("one")
    for n in range(700):
        item(one, a=(n * 37) % 613)
    item(one, a=2, weight=float("inf"), text=LONG, tags={"a": {}, "b": [1, None, True, 2.5]})
    for each in item.all():
        part(each, kind=each.id % 2)
    return one


def test_a_folder_has_them_again(store: Store, tmp_path):
    one = fill(Owner, Item, Part)
    said = collections(store)
    wanted = members(one, said)
    assert all(wanted.values()) and len(said) == 11
    store.to_parquet(tmp_path / "folder")
    again = Store.from_parquet(tmp_path / "folder")
    classes: dict[str, Any] = again.models()
    assert members(classes["Owner"].find(1), said) == wanted
    assert collections(again) == said
    with Lake(tmp_path / "folder") as lake:
        columns = {name: col(f"{name}.id").list() for name in said}
        assert lake["Owner"].select(**columns).to_dicts() == [wanted]


def test_a_module_declares_them_again(store: Store):
    one = fill(Owner, Item, Part)
    said = collections(store)
    wanted = members(one, said)
    declared: Any = ModuleType("terms_declared_again")
    sys.modules[declared.__name__] = declared
    try:
        exec(store.schema.to_python(), vars(declared))  # noqa: S102
        with Store() as again:
            assert members(fill(declared.Owner, declared.Item, declared.Part), said) == wanted
            assert collections(again) == said
    finally:
        del sys.modules[declared.__name__]


class Club(Model):
    name: str
    open: Many["Person"] = has_many(
        through="us", source="person", where={"us.kind": 1, "us.done": None, "us.text": LONG}
    )
    us: Many["Us"] = has_many()


class Person(Model):
    name: str


class Us(Model, unique=("club", "person")):
    club: Club
    person: Person
    kind: int = 1
    done: int | None = None
    text: str = LONG


def test_conditions_of_a_mapping_are_said_in_brackets_and_not_too_long(store: Store):
    club, person = Club("c"), Person("p")
    Us(club, person, kind=2)
    with pytest.raises(DuplicateError) as caught:
        club.open.add(person)
    assert '(col("us.kind") == 1) & (col("us.done") == None) & (col("us.text") == ' in str(caught.value)
    assert "…)" in str(caught.value) and len(str(caught.value)) < 400


def test_what_cannot_be_read_is_left_out_with_a_warning(store: Store, tmp_path):
    fill(Owner, Item, Part)
    store.to_parquet(tmp_path / "folder")
    path = tmp_path / "folder/manifest.json"
    manifest = json.loads(path.read_text())
    owner = next(model for model in manifest["schema"]["models"] if model["name"] == "Owner")
    next(each for each in owner["collections"] if each["name"] == "many")["where"] = 'col("a").is_in([0, 1, …)'
    path.write_text(json.dumps(manifest))
    with pytest.warns(UserWarning) as warned:
        classes: dict[str, Any] = Store.from_parquet(tmp_path / "folder").models()
    texts = [str(each.message) for each in warned]
    assert any('left out is Owner.many: col("a").is_in([0, 1, …) cannot be read again' in text for text in texts)
    assert any("left out is Owner.through: it goes through many, which is left out" in text for text in texts)
    assert {each.filename for each in warned} == {__file__}
    assert not hasattr(classes["Owner"], "many") and hasattr(classes["Owner"], "falling")
    with pytest.warns(UserWarning, match=r"to_python\(\) can say of Owner.many"):
        text = module(manifest["schema"])
    assert "    # many: Many[Item] = " in text and "    falling: Many[Item] = " in text


def test_who_writes_a_folder_is_told_what_its_readers_will_not_have(store: Store, tmp_path, monkeypatch):
    def refused(text: str) -> Any:
        raise SchemaError(f"{text} cannot be read again")

    fill(Owner, Item, Part)
    monkeypatch.setattr("hasmany.unread.reread", refused)
    with pytest.warns(
        UserWarning, match=r"reads this folder without its classes has no Owner\.many: .*cannot be read again"
    ):
        store.to_parquet(tmp_path / "folder")


@pytest.mark.parametrize(
    "text",
    [
        *("", "(", ")", "1 2", "col", "col(", 'col("a"', 'col("a").desc', 'col("a").__class__', "[1, 2)", "{1: 2, 3}"),
        *("{1, 2: 3}", "{1:}", "(,)", "1 +", "+ 1", "f(1)", "datetime", "datetime.datetime.now()", "float(x='1')"),
        *("'x' * 1000000000", "9 * 9", 'col("a") < col("b") < 1', "lambda: 1", "__import__('os')", "1 if 1 else 2"),
        *("(" * 100_000, "[" * 100_000, "~" * 100_000 + 'col("a")', "'x", "x'", "b'\\xzz'", "…", "1" * 10_000),
        *("Decimal('x')", "UUID('x')", "datetime.date(1, 2, 300)", "datetime.timedelta(days=10**9)", "1,", "a=1"),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(SchemaError):
        reread(text)


def test_what_stands_in_each_other_is_read_however_deep():
    deep = 100_000
    assert reread("(" * deep + "1" + ")" * deep) == 1
    found = reread("[" * deep + "]" * deep)
    for _ in range(deep - 1):
        (found,) = found
    assert found == []
