"""Fields of Json: single values, what is read, what is asked."""

import copy
import enum
import json
import pickle
from collections import OrderedDict, UserDict, defaultdict, namedtuple
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, Json, Model, SchemaError, Store, between, col, field
from hypothesis import given

from .documents import FEW, SAMPLES, VALUES, Mark, Note, Page, Word, form, shapes
from .world import model


@pytest.mark.parametrize("value", SAMPLES, ids=repr)
def test_a_value_comes_back_as_it_was(value):
    note = Note(value, maybe=value)
    assert shapes(note.value) == shapes(value)
    assert shapes(note.maybe) == shapes(value)
    note.value = 7
    note.update(value=value)
    assert shapes(note.value) == shapes(value)
    assert shapes(Note.all().values("value")[0]) == shapes(value)


@given(VALUES)
def test_every_value_comes_back_as_it_was(value):
    with Store():
        note = Note(value)
        assert shapes(note.value) == shapes(value)
        assert json.loads(json.dumps(note.value)) == value
        assert Note.where(value=Json(value)) == [note]


def test_each_read_is_a_fresh_object_and_keeps_nothing_of_what_was_passed():
    given = {"a": [1]}
    note = Note(given)
    given["a"].append(2)
    assert note.value == {"a": [1]}
    assert note.value is not note.value
    assert list(note.value) == ["a"]
    assert list(Note({"b": 1, "a": 2}).value) == ["a", "b"]


def test_subclasses_are_read_as_what_they_are():
    class Loud(str):
        __slots__ = ()

        def __str__(self) -> str:
            return self.upper()

    class Level(enum.IntEnum):
        LOW = 1

    value = OrderedDict(z=defaultdict(list, a=[Loud("x")]), b=Level.LOW, c=np.float64(0.5), d=np.str_("y"))
    note = Note(value)
    assert shapes(note.value) == shapes({"b": 1, "c": 0.5, "d": "y", "z": {"a": ["x"]}})
    assert shapes(Note([np.int64(3), np.bool_(True), np.float32(0.5)]).value) == shapes([3, True, 0.5])
    assert shapes(Note(np.int64(3)).value) == shapes(3)


Pair = namedtuple("Pair", "one two")

WRONG: list[tuple[Any, type[Exception], str]] = [
    (("a",), TypeError, r"Note.value takes Json .*, not tuple; .* list\("),
    (Pair(1, 2), TypeError, r"not Pair"),
    ({"a": [0, (1, 2)]}, TypeError, r"Note.value\['a'\]\[1\] takes Json .*, not tuple"),
    ({1: "a"}, TypeError, r"Note.value: 1 is a key and of type int; keys of JSON are str"),
    ([{"a": {None: 1}}], TypeError, r"Note.value\[0\]\['a'\]: None is a key"),
    ({True: 1}, TypeError, r"of type bool"),
    ({"a", "b"}, TypeError, r"not set"),
    (b"x", TypeError, r"not bytes"),
    (date(2026, 3, 1), TypeError, r"Note.value takes Json .*, not date"),
    ([Decimal(1)], TypeError, r"Note.value\[0\] takes Json .*, not decimal.Decimal|not Decimal"),
    (UserDict(a=1), TypeError, r"not UserDict"),
    (object(), TypeError, r"not object"),
    ([Json([1])], TypeError, r"Json\(...\) stands for a whole value only"),
    (np.array([1, 2]), TypeError, r"not ndarray|not numpy.ndarray"),
    (np.datetime64("2026-03-01"), TypeError, r"not datetime"),
    ([np.datetime64("2026-03-01")], TypeError, r"\[0\] takes Json .*not datetime64|not numpy.datetime64"),
    (float("nan"), FieldError, r"Note.value has NaN"),
    ({"a": [float("inf")]}, FieldError, r"Note.value\['a'\]\[0\] has inf"),
    ([2**63], FieldError, r"Note.value\[0\] has a whole number over 64 bits"),
    (-(2**63) - 1, FieldError, r"over 64 bits"),
    ([10**5000], FieldError, r"over 64 bits"),
    (["\ud800"], FieldError, r"Note.value\[0\] has a lone surrogate"),
    ({"\udc00": 1}, FieldError, r"has a lone surrogate"),
]


@pytest.mark.parametrize(("wrong", "error", "why"), WRONG)
def test_what_json_cannot_say_is_refused_and_nothing_is_changed(wrong, error, why):
    note = Note([1])
    for call in (lambda: Note(wrong), lambda: setattr(note, "value", wrong), lambda: note.update(value=wrong)):
        with pytest.raises(error, match=why):
            call()
    assert Note.all() == [note]
    assert note.value == [1]


def nested(depth: int) -> Any:
    value: Any = 1
    for step in range(depth):
        value = {"a": value} if step % 2 else [value]
    return value


def test_depth_has_an_end_that_is_an_error():
    deep = nested(100)
    note = Note(deep)
    assert note.value == deep
    assert copy.deepcopy(note.value) == deep == pickle.loads(pickle.dumps(note.value))
    assert isinstance(hash(note.value), int)
    assert json.loads(json.dumps(note.value)) == deep
    endless: list[Any] = []
    endless.append(endless)
    for value in (nested(101), nested(10_000), endless):
        with pytest.raises(FieldError, match=r"Note\.value.* more than 100 deep"):
            Note(value)
    for depth in (101, 10_000, 1_000_000):
        with pytest.raises(FieldError, match=r"row 0: Note\.value.* more than 100 deep"):
            Note.insert_all(value=["[" * depth + "]" * depth])
    assert Note.all() == [note]


# Asking


def test_values_are_found_by_value():
    made = [Note(value) for value in SAMPLES]
    for value, note in zip(SAMPLES, made, strict=True):
        assert Note.where(value=Json(value)) == [note]
        assert Note.find_by(value=Json(value)) == note
        if not isinstance(value, (list, dict)):
            assert Note.where(value=value) == [note]
    assert Note.where(value=Json({"": 0.0, "a": {"b": [1, 2.5, True, None, "x"]}})) == []
    assert Note.where(value=Json({"": 0, "a": {"b": [1, 2.5, True, None, "x"]}})) == [made[3]]


@given(FEW, FEW)
def test_equality_is_that_of_json_texts(stored, asked):
    with Store():
        note = Note(stored)
        expected = [note] if form(stored) == form(asked) else []
        assert Note.where(value=Json(asked)) == expected
        assert Note.where(value=[Json("other"), Json(asked)]) == expected


def test_a_plain_list_or_dict_is_refused_and_the_error_says_both_ways():
    note = Note(["a", "b"])
    for plain in (["a", "b"], [], ("a",), {"a"}, note.value, [Json("a"), "b"], iter([Json(1)])):
        for call in (Note.where, Note.find_by, Note.find, Note.all().where):
            with pytest.raises(TypeError, match=r"Note\.value: .*value=Json\(\[\.\.\.\]\).*\[Json\(\.\.\.\), Json"):
                call(value=plain)
    for plain in ({}, {"a": 1}, Note({"a": 1}).value):
        with pytest.raises(TypeError, match=r"Note\.value: a \w+ is .*value=Json\(\{"):
            Note.where(value=plain)
    assert Note.where(value=[Json(["a", "b"]), Json(None)]) == [note]
    with pytest.raises(TypeError, match=r"value takes one value, not list; for this list itself write value=Json"):
        Note.find_or_create(value=["a"])
    found = Note.find_or_create(value=Json(["a"]))
    assert Note.find_or_create(value=Json(["a"])) == found
    assert found.value == ["a"]


def test_expressions_compare_values_that_are_marked():
    value = col("value")
    notes = Note.insert_all(value=[["a", "b"], {"x": 1}, 5, None])
    assert Note.where(value == Json(["a", "b"])) == [notes[0]]
    assert Note.where(value != Json({"x": 1})) == [notes[0], notes[2], notes[3]]
    assert Note.where(value.is_in([Json(5), Json({"x": 1})])) == [notes[1], notes[2]]
    assert Note.where(value.is_none()) == [notes[3]]
    assert notes.select("value").to_dicts()[:2] == [{"value": ["a", "b"]}, {"value": {"x": 1}}]
    for ask in (lambda: value == ["a"], lambda: value == {"x": 1}, lambda: value.is_in([["a"]])):
        with pytest.raises(TypeError, match=r"Json field is Json\("):
            Note.where(ask())
    for ask in (lambda: value < Json(1), lambda: value.lower(), lambda: value + 1, lambda: value.contains("a")):
        with pytest.raises(SchemaError, match="Json"):
            notes.values(ask())


def test_there_is_no_order():
    Note.insert_all(value=[1, 2])
    with pytest.raises(SchemaError, match=r"value\W* is Json, which has no order"):
        Note.all().order_by("value")
    with pytest.raises(SchemaError, match=r"Note\.value is Json, which has no order"):
        Note.where(value=between(1, 2))


def test_none_is_none():
    note = Note(None)
    assert note.value is None
    assert Note.where(value=None) == [note] == Note.where(value=Json(None))
    assert Note.insert_all(value=["null", "[null]", None]).values("value") == [None, [None], None]


def test_a_mark_is_read_as_what_is_in_it():
    assert Note(Json([1])).value == [1]
    assert repr(Json({"a": 1})) == "Json({'a': 1})"
    assert Json([1]) == Json([1]) != Json([2])
    note = Note("5")
    note.value = Json("6")
    assert note.value == "6"


# Elsewhere


def test_join_rows_are_compared_by_value():
    page, word = Page("a"), Word("x")
    page.words.add(word, style={"b": 1, "a": 2})
    page.words.add(word, style={"a": 2, "b": 1})
    assert len(Mark.all()) == 1
    assert Mark.find(1).style == {"a": 2, "b": 1}
    assert Page.find_or_create(slug="a", defaults={"data": {"x": 1}}).data == {}
    assert Page.find_or_create(slug="b", defaults={"data": [1]}).data == [1]


def test_observers_are_told_the_values():
    heard: list[Any] = []
    with Store() as store:
        store.on_commit(heard.extend)
        note = Note([1])
        note.value = {"a": 1}
        note.delete()
    assert heard[0].new == {"value": [1], "maybe": None}
    assert (heard[1].old, heard[1].new) == ([1], {"a": 1})
    assert heard[2].old == {"value": {"a": 1}, "maybe": None}


def test_a_record_shows_the_value():
    assert repr(Note({"a": [1]}, maybe="x")) == "Note(1, value={'a': [1]}, maybe='x')"
    assert "{&#x27;a&#x27;: [1]}" in Note.all()._repr_html_() or "{'a': [1]}" in Note.all()._repr_html_()


def test_all_members_are_set_to_one_value_or_one_each():
    notes = Note.insert_all(value=[1, 2, 3])
    notes.update_all(value=["a"])
    assert notes.values("value") == [["a"]] * 3
    notes.update_all({"value": [{"a": 1}, "[2]", None]})
    assert notes.values("value") == [{"a": 1}, [2], None]


# Declaring


def test_a_default_is_a_value_and_does_not_change():
    given: Any = {"a": []}
    Noted = model("Noted", value=(Json, given))
    given["a"].append(1)
    assert Noted().value == {"a": []}
    assert Noted.insert_all(value=[None, 2]).values("value") == [None, 2]
    Made = model("MadeNote", value=(Json, field(default_factory=lambda: ["x"])), marked=(Json, Json("5")))
    assert (Made().value, Made().marked) == (["x"], "5")
    assert Store.current().schema.describe()["models"][0]["fields"][0]["default"] == {"a": []}


def test_what_does_not_fit_is_refused_at_the_class():
    for default, why in [
        (field(unique=True), "no key"),
        (field(scale=2), "scale= is for a Decimal"),
        (("a",), r"Odd\.value takes Json .*, not tuple.* default"),
        (float("nan"), "NaN"),
    ]:
        with pytest.raises(SchemaError, match=why):
            model("Odd", value=(Json, default))
    with pytest.raises(SchemaError, match=r"Odd\.value: None is a value of Json; write value: Json"):
        model("Odd", value=(Json | None, ...))
    for default in ({}, {"value": None}):
        with pytest.raises(SchemaError, match=r"Odd\.value: None is a value of Json; write value: Json"):
            model("Odd", value=("Json | None", default.get("value", ...)))(1)
    for keywords in ({"unique": ("slug", "data")}, {"unique": ("data",)}, {"key": "data"}, {"key": ("slug", "data")}):
        with pytest.raises(SchemaError, match=r"Odd\.data is Json, which is no key"):

            class Odd(Model, **keywords):  # type: ignore[call-arg]
                slug: str
                data: Json


def test_the_annotation_may_be_text():
    Text = model("TextNote", value=("Json", ...), other=("Json", None))
    assert Text([1]).value == [1]
    assert Text([1]).other is None


def test_rows_that_are_there_have_none_in_a_new_field():
    Growing = model("Growing", name=(str, ...))
    row = Growing("a")
    Growing = model("Growing", name=(str, ...), data=(Json, ...))
    assert row.data is None
    row.data = [1]
    assert row.data == [1]


def test_a_schema_says_the_type():
    Note(1)
    store = Store.current()
    assert "    value: Json\n    maybe: Json\n" in str(store.schema)
    assert "Json value" in store.schema.to_mermaid()
    fields = store.schema.describe()["models"][0]["fields"]
    assert [(each["type"], each["optional"], each["required"]) for each in fields] == [
        ("Json", True, True),
        ("Json", True, False),
    ]
    text = store.schema.to_python()
    assert "from hasmany import Json, Model\n" in text
    assert "    value: Json\n    maybe: Json = None\n" in text
    space: dict[str, Any] = {"__name__": "made_of_text"}
    exec(text, space)  # noqa: S102 - it is ours
    with Store():
        assert space["Note"]([1]).value == [1]
