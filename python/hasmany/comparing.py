"""Why a collection or a record is not equal to what a test expects of it, in lines for pytest."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ._hasmany import Many, Ranking, Record, Store
from .errors import HasManyError

MOST = 5  # records that are listed where nobody asked for all
WIDTH = 200  # characters of a side in the first line
ORDERED: Any = (Many, Ranking)


def explain(left: Any, right: Any, verbosity: int) -> list[str] | None:
    """The lines; None where neither side is a collection, a ranking or a record, or one cannot be read.

    O(members of both), records built.
    """
    try:
        if isinstance(left, ORDERED) or isinstance(right, ORDERED):
            lines = _collections(left, right, None if verbosity > 0 else MOST)
        elif isinstance(left, Record) and isinstance(right, Record):
            lines = _records(left, right)
        else:
            return None
    except HasManyError:
        return None  # a collection of a deleted record, and the like: the comparison itself said so
    return [f"{_shown(left)} == {_shown(right)}", *lines] if lines else None


def _shown(side: Any) -> str:
    text = repr(side)
    return text if len(text) <= WIDTH else text[:WIDTH] + "…"


def _collections(left: Any, right: Any, most: int | None) -> list[str]:
    ours, other = (left, right) if isinstance(left, ORDERED) else (right, left)
    is_collection = type(ours) is Many
    sets: Any = (set, frozenset) if is_collection else ()
    takes: Any = (list, tuple, type(ours), *sets)
    if not isinstance(other, takes):
        of, words = ("collection", ", a set or a collection") if is_collection else ("ranking", " or a ranking")
        return [f"a {of} is equal to a list, a tuple{words}, not to {_named(other)}"]
    mine: list[Any] = list(left)
    theirs: list[Any] = list(right)
    lines = [
        *_listed("only on the left", _less(mine, theirs), most),
        *_listed("only on the right", _less(theirs, mine), most),
    ]
    if not lines and not isinstance(other, sets):
        lines = _order(mine, theirs)
    if is_collection:
        lines += _hints(ours, theirs if ours is left else mine)
    return lines


def _less(members: Sequence[Any], others: Sequence[Any]) -> list[Any]:
    """The members that the others lack, repeats counted, in their order."""
    try:
        left = Counter(others)
    except TypeError:  # what has no hash is no record
        return [member for member in members if member not in others]
    found: list[Any] = []
    for member in members:
        if left[member] > 0:
            left[member] -= 1
        else:
            found.append(member)
    return found


def _listed(where: str, members: list[Any], most: int | None) -> list[str]:
    lines = [f"{where}: {member!r}" for member in members[:most]]
    if len(lines) < len(members):
        lines.append(f"{where}: {len(members) - len(lines)} more, shown with -vv")
    return lines


def _order(mine: list[Any], theirs: list[Any]) -> list[str]:
    for at, (one, other) in enumerate(zip(mine, theirs, strict=True)):
        if one != other:
            return [
                f"the same members in another order, from index {at} on: {one!r} != {other!r}",
                "a collection is in the order of its linking rows; compare with a set where order does not matter",
            ]
    return []


def _hints(many: Any, other: Sequence[Any]) -> list[str]:
    """What it is about members that could not be equal."""
    first = next(iter(many), None)
    strangers = [member for member in other if not isinstance(member, Record)]
    if strangers:
        return [f"its members are records, not {_named(strangers[0])}; compare many.values(name) with plain values"]
    records = [member for member in other if isinstance(member, Record)]
    lines: list[str] = []
    if deleted := [record for record in records if record not in Store.of(record)]:
        lines.append(f"{deleted[0]!r} is deleted")
    if first is not None:
        if other_model := [record for record in records if type(record) is not type(first)]:
            lines.append(f"{other_model[0]!r} is no {type(first).__name__}")
        if elsewhere := [record for record in records if Store.of(record) is not Store.of(first)]:
            lines.append(f"{elsewhere[0]!r} is of another store")
    repeated = [record for record, times in Counter(records).items() if times > 1]
    return lines + [f"{record!r} is there twice, a collection has each member once" for record in repeated[:1]]


def _records(left: Record, right: Record) -> list[str]:
    if Store.of(left) is not Store.of(right):
        return ["records of two stores are never equal"]
    if type(left) is not type(right):
        return ["records of two models are never equal"]
    gone = [record for record in (left, right) if record not in Store.of(record)]
    if gone:
        return [f"two rows, and {gone[0]!r} is deleted"]
    mine, theirs = left.to_dict(), right.to_dict()
    differing = [name for name in mine if name != "id" and mine[name] != theirs[name]]
    fields = [f"{name}: {mine[name]!r} != {theirs[name]!r}" for name in differing]
    return [f"two rows, ids {left.id} and {right.id}", *(fields or ["their fields are the same"])]


def _named(value: Any) -> str:
    return "None" if value is None else type(value).__name__
