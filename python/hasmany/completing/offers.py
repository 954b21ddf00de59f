"""What may be written where the cursor stands: names between quotes, and names of keywords."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .._hasmany import Table
from .calls import Call, place
from .kinds import Kind, kind_of
from .names import at_end, names_of, of_member

Wanted = Literal["path", "collection", "field", "reference"]


class Offer(NamedTuple):
    """What is offered."""

    typed: str
    """What of it is written already."""
    texts: list[str]
    kind: Literal["field", "param"] = "field"


_TEXTS: dict[str, dict[str, Wanted]] = {
    "many": {
        **dict.fromkeys(("values", "column", "select", "to_dicts", "order_by"), "path"),
        **dict.fromkeys(("through", "similar", "recommend", "also", "projection", "projection_matrix"), "collection"),
    },
    "record": {"to_dict": "path", "similar": "collection", "recommend": "collection", "also": "collection"},
    "class": {"matrix": "reference", "to_networkx": "reference", "projection": "collection"},
    "ranking": {"select": "path"},
    "plot": {"degrees": "collection", "bipartite": "collection", "overlap": "collection", "over_time": "field"},
}
"""By what is asked and the method: what its arguments by position are, where they are texts."""

_KEYWORDS: dict[str, tuple[str, ...]] = {
    "class": ("where", "find", "find_by", "find_or_create", "find_all", "ids_of", "insert_all"),
    "record": ("update",),
    "many": ("where", "find_by", "find_or_create", "create", "update_all"),
}
"""By what is asked: the methods whose keywords are fields."""

_OF_MEMBERS = re.compile(r"""(?:\w+\.)?col\(\s*(["'])([\w.]+)\1\s*\)\.(?:filter|any|all)""")


def offers(before: str, names: Mapping[str, Any]) -> Offer:
    """What may be written at the end of a text of Python, where these names are known."""
    at = place(before)
    nothing = Offer(at.typed, [])
    if not at.calls:
        return nothing
    call, *outer = at.calls
    if at.is_text:
        found = _of_text(call, outer, names, at.typed)
        return Offer(at.typed, [text for text in found if text.startswith(at.typed)])
    if call.keyword or call.function in ("[", "{", "") or call.argument:
        return nothing
    found = [f"{name}=" for name in _keywords(call, names)]
    return Offer(at.typed, [text for text in found if text.startswith(at.typed)], "param")


def _of_text(call: Call, outer: list[Call], names: Mapping[str, Any], typed: str) -> list[str]:
    if call.function in ("{", "["):
        # where(**{"movie.title": ...}): the braces belong to the call around them.
        is_keywords = call.function == "{" and outer and outer[0].argument.startswith("**") and ":" not in call.argument
        cls = _class_of(outer[0], names, _KEYWORDS) if is_keywords else None
        return _paths(cls, typed) if cls is not None else []
    if re.fullmatch(r"(\w+\.)?col", call.function):
        cls = _asked(outer, names)
        return _paths(cls, typed) if cls is not None else []
    asked, method = _asked_by(call, names)
    if isinstance(asked, Table):
        return list(asked.columns) if method == "column" else []
    if asked is None:
        return []
    if call.keyword in ("by", "through") and asked.form in ("many", "record"):
        return _own(asked.cls, "collection")
    wanted = None if call.keyword and method != "select" else _TEXTS.get(asked.form, {}).get(method)
    if wanted is None:
        return []
    if asked.form == "ranking":
        return ["rank", "score", *_paths(asked.cls, typed)]
    return _paths(asked.cls, typed) if wanted == "path" else _own(asked.cls, wanted)


def _asked_by(call: Call, names: Mapping[str, Any]) -> tuple[Kind | Table | None, str]:
    source, _, method = call.function.rpartition(".")
    return (kind_of(source, names) if source else None), method.strip()


def _class_of(call: Call, names: Mapping[str, Any], methods: Mapping[str, Any]) -> type[Any] | None:
    """The class whose members a method is asked about."""
    asked, method = _asked_by(call, names)
    return asked.cls if isinstance(asked, Kind) and method in methods.get(asked.form, ()) else None


_EXPRESSIONS = {
    "class": ("where",),
    "record": ("to_dict",),
    "many": ("where", "order_by", "select", "values", "column", "to_dicts", "top"),
    "ranking": ("select",),
}


def _asked(calls: list[Call], names: Mapping[str, Any]) -> type[Any] | None:
    """The class at which the paths of an expression start that stands in these calls."""
    for at, call in enumerate(calls):
        members = _OF_MEMBERS.fullmatch(call.function)
        if members is not None:
            outer = _asked(calls[at + 1 :], names)
            return of_member(outer, members[2].split(".")) if outer is not None else None
        cls = _class_of(call, names, _EXPRESSIONS)
        if cls is not None:
            return cls
    return None


def _keywords(call: Call, names: Mapping[str, Any]) -> list[str]:
    asked, method = _asked_by(call, names)
    if isinstance(asked, Kind) and method in _KEYWORDS.get(asked.form, ()):
        return [name.name for name in names_of(asked.cls) if name.kind == "field"]
    made = kind_of(call.function, names)
    if isinstance(made, Kind) and made.form == "class":
        return [name.name for name in names_of(made.cls) if name.kind == "field"]
    return []


def _paths(cls: type[Any], typed: str) -> list[str]:
    """Paths that go on where the typed one has come: its last name is still being written."""
    *steps, _ = typed.split(".")
    end = at_end(cls, steps)
    if end is None:
        return []
    begin = "".join(f"{step}." for step in steps)
    return [f"{begin}{name}" for name in ("id", *(each.name for each in names_of(end)))]


def _own(cls: type[Any], wanted: Wanted) -> list[str]:
    names = names_of(cls)
    if wanted == "collection":
        return [name.name for name in names if name.kind == "many"]
    return [name.name for name in names if name.kind == "field" and (wanted == "field" or name.to is not None)]
