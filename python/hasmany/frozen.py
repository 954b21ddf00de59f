"""What a field of Json holds when it is read: dicts and lists that refuse to be changed. And `Json`, its type and the mark of one value."""

from typing import Any, NoReturn, SupportsIndex


class Json:
    """The type of fields that hold JSON: dicts, lists, str, int, float, bool and None, in each other at most 100 deep.

    As an annotation it is the type: `tags: Json`. None is one of its values, so there is no `Json | None`. What is stored is the
    value, not the object: each read makes it anew, as dicts and lists that refuse to be changed; to change a value, assign another.
    A dict comes back with its keys in order. Keys are str, ints have 64 bits, and there is no NaN; tuples and other types are refused.

    Called, it marks one value where a list would be several: `where(tags=Json(["a", "b"]))`, and where text would be read as JSON, in
    columns of many rows: `insert_all(tags=[Json("5"), '{"five": 5}'])`. Values are equal as JSON texts are: the order of keys
    does not matter, and 1, 1.0 and True are three values.

    >>> from hasmany import Json, Model, Store
    >>> class Note(Model):
    ...     tags: Json = []
    >>> with Store():
    ...     note = Note(["red", {"size": 3}])
    ...     note.tags = [*note.tags, None]
    ...     note.tags, Note.where(tags=Json(["red", {"size": 3}, None])) == [note]
    (['red', {'size': 3}, None], True)
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any, /) -> None:
        self._value = value

    @property
    def value(self) -> Any:
        """What is marked."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Json) and self.value == other.value

    def __repr__(self) -> str:
        return f"Json({self.value!r})"


class JsonList(list[Any]):
    """A list that was read from a field of Json. It equals any list of the same elements; copies of it are plain lists."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]:
        return list, (list(self),)


class JsonDict(dict[str, Any]):
    """A dict that was read from a field of Json. It equals any dict of the same items; copies of it are plain dicts."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce_ex__(self, protocol: SupportsIndex, /) -> tuple[Any, ...]:
        return dict, (dict(self),)


def _refuse_of_list(*_args: Any, **_keywords: Any) -> NoReturn:
    raise TypeError(
        "a list that was read from a Json field does not change: assign another, as in record.tags = [*record.tags, 'new'] "
        "(copy.deepcopy makes one that changes)"
    )


def _refuse_of_dict(*_args: Any, **_keywords: Any) -> NoReturn:
    raise TypeError(
        "a dict that was read from a Json field does not change: assign another, as in record.settings = "
        "{**record.settings, 'key': 1} (copy.deepcopy makes one that changes)"
    )


_OF_ANY = ("__init__", "__setitem__", "__delitem__", "clear", "pop")
_OF_LIST = ("__iadd__", "__imul__", "append", "extend", "insert", "remove", "reverse", "sort")
_OF_DICT = ("__ior__", "popitem", "setdefault", "update")

for _name in _OF_ANY + _OF_LIST:
    setattr(JsonList, _name, _refuse_of_list)
for _name in _OF_ANY + _OF_DICT:
    setattr(JsonDict, _name, _refuse_of_dict)
