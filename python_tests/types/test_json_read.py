"""What is read from a field of Json: dicts and lists that refuse to be changed."""

import copy
import json
import pickle
from contextlib import suppress
from typing import Any

import pytest

from .documents import Note


def frozen() -> Any:
    return Note({"list": [3, 1, 2], "dict": {"a": 1}}).value


CHANGES = {
    "list": [
        lambda it: it.append(1),
        lambda it: it.extend([1]),
        lambda it: it.insert(0, 1),
        lambda it: it.remove(3),
        lambda it: it.pop(),
        lambda it: it.clear(),
        lambda it: it.sort(),
        lambda it: it.reverse(),
        lambda it: it.__setitem__(0, 1),
        lambda it: it.__setitem__(slice(None), []),
        lambda it: it.__delitem__(0),
        lambda it: it.__iadd__([1]),
        lambda it: it.__imul__(2),
        lambda it: it.__init__([1]),
        lambda it: it.__init__(),
    ],
    "dict": [
        lambda it: it.__setitem__("b", 1),
        lambda it: it.__delitem__("a"),
        lambda it: it.pop("a"),
        lambda it: it.pop("b", None),
        lambda it: it.popitem(),
        lambda it: it.clear(),
        lambda it: it.update(b=1),
        lambda it: it.setdefault("a", 2),
        lambda it: it.__ior__({"b": 1}),
        lambda it: it.__init__({"b": 1}),
        lambda it: it.__init__(),
    ],
}


@pytest.mark.parametrize(("of", "change"), [(of, change) for of, changes in CHANGES.items() for change in changes])
def test_what_is_read_refuses_to_be_changed_and_names_assignment(of, change):
    value = frozen()
    with pytest.raises(
        TypeError, match=r"read from a Json field does not change: assign another, as in record\.\w+ = "
    ):
        change(value[of])
    with pytest.raises(AttributeError):
        value[of].other = 1
    assert value == {"list": [3, 1, 2], "dict": {"a": 1}}


def test_every_method_of_list_and_dict_that_changes_one_is_among_those():
    def missed(of: Any, made: Any) -> set[str]:
        """Methods that change a plain one and are not overridden."""
        attempts: list[tuple[Any, ...]] = [(), (0,), ("a",), ([1],), (0, 1), ({"b": 1},), ("b", 1)]
        found = set()
        for name in dir(of):
            if getattr(type(made), name) is not getattr(of, name, None) or name in ("__class__", "__new__"):
                continue
            for arguments in attempts:
                plain = of(made)
                with suppress(Exception):
                    getattr(plain, name)(*arguments)
                if plain != made or type(plain) is not of:
                    found.add(name)
        return found

    value = frozen()
    assert missed(list, value["list"]) == missed(dict, value["dict"]) == set()


def test_adding_in_place_is_refused_and_adding_makes_a_plain_list():
    note = Note(["a"])
    with pytest.raises(TypeError, match="assign another"):
        note.value += ["b"]
    note.value = note.value + ["b"]  # noqa: RUF005 - it is what is tested
    note.value = [*note.value, "c"]
    assert note.value == ["a", "b", "c"]
    note.value = {"a": 1}
    with pytest.raises(TypeError, match="assign another"):
        note.value |= {"b": 1}
    note.value = note.value | {"b": 2}
    assert note.value == {"a": 1, "b": 2}


def test_what_is_read_is_equal_to_plain_ones_and_is_shown_as_these():
    value, plain = frozen(), {"list": [3, 1, 2], "dict": {"a": 1}}
    assert value == plain
    assert plain == value
    assert value["list"] != [3, 1]
    assert repr(value) == repr({"dict": {"a": 1}, "list": [3, 1, 2]})
    assert isinstance(value, dict)
    assert isinstance(value["list"], list)
    assert json.dumps(value, indent=1) == json.dumps({"dict": {"a": 1}, "list": [3, 1, 2]}, indent=1)
    assert value["list"][1:] == [1, 2]
    assert sorted(value["list"]) == [1, 2, 3]
    match value:
        case {"list": [first, *_]}:
            assert first == 3


def test_copies_are_plain_and_can_be_changed():
    value = frozen()
    for deep in (copy.deepcopy(value), pickle.loads(pickle.dumps(value)), json.loads(json.dumps(value))):
        assert (type(deep), type(deep["list"]), type(deep["dict"])) == (dict, list, dict)
        deep["list"].append(4)
        deep["dict"]["b"] = 2
        note = Note(deep)
        assert note.value == {"list": [3, 1, 2, 4], "dict": {"a": 1, "b": 2}}
    for shallow in (copy.copy(value), value.copy(), dict(value)):
        assert type(shallow) is dict
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value


def test_what_is_read_can_be_counted():
    Note.insert_all(value=[["a"], ["b"], ["a"], {"x": ["a"]}, {"x": ["a"]}])
    values = Note.all().values("value")
    assert len(set(values)) == 3
    assert hash(values[0]) == hash(values[2])
    assert hash(values[3]) == hash(values[4])


def test_what_is_read_can_be_assigned():
    one, other = Note({"a": [1, {"b": 2}]}), Note(None)
    other.value = one.value
    other.maybe = one.value["a"]
    assert other.value == one.value
    assert other.maybe == [1, {"b": 2}]
