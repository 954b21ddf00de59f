"""Random rows that refer to each other and to what is not there, beside a naive model: in memory, in files, undone."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hasmany import DeletedError, DuplicateError, Model, NotFoundError, Store, belongs_to
from hypothesis import given
from hypothesis import strategies as st

from .thorough import SETTINGS
from .trees import Naive, Refused, rows_of


class Town(Model, key="name"):
    name: str


class Person(Model, key="name"):
    name: str
    boss: "Person | None" = None
    town: Town | None = belongs_to(default=None)


class Node(Model):
    parent: "Node | None" = None
    twin: "Node | None" = belongs_to(default=None)


names = st.sampled_from("abcdefghijkl")
people = st.fixed_dictionaries(
    {"name": names, "boss": st.none() | names, "town": st.none() | st.sampled_from(["P", "Q", "R"])}
)
calls = st.fixed_dictionaries(
    {
        "rows": st.lists(people, max_size=8) | st.lists(people, max_size=12, unique_by=lambda row: row["name"]),
        "conflict": st.sampled_from(["error", "skip", "update"]),
        "fates": st.fixed_dictionaries(
            {name: st.sampled_from(["error", "skip", "none", "create"]) for name in ("boss", "town")}
        ),
        "undone": st.booleans(),
        "shape": st.sampled_from(["list", "dotted", "frame"]),
    }
)


def dump() -> tuple[Any, Any]:
    people = {
        name: {"town": town, "boss": boss}
        for name, town, boss in rows_of(Person.all(), "name", "town.name", "boss.name")
    }
    return list(people.items()), Town.all().values("name")


def columns(call: dict[str, Any]) -> Any:
    data = {name: [row[name] for row in call["rows"]] for name in ("name", "boss", "town")}
    if call["shape"] == "dotted":
        return {"name": data["name"], "boss.name": data["boss"], "town.name": data["town"]}
    if call["shape"] == "frame":
        return pl.DataFrame(data, schema=dict.fromkeys(data, pl.String))
    return data


def act(call: dict[str, Any]) -> tuple[list[str], int]:
    """Names, and how many were left out."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        made = Person.insert_all(columns(call), on_conflict=call["conflict"], on_missing=call["fates"])
    assert len(told) <= 1
    text = str(told[0].message) if told else ""
    left_out = int(text.split(": ")[1].split()[0]) if "left out" in text else 0
    return made.values("name"), left_out


@pytest.mark.parametrize("place", ["memory", "file"])
@SETTINGS
@given(history=st.lists(calls, min_size=1, max_size=4))
def test_people(place: str, history: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "s.db") if place == "file" else Store() as store:
        Town.insert_all(name=["P"])
        naive = Naive(["P"])
        for call in history:
            before, people, towns = dump(), naive.people, naive.towns
            try:
                expected = naive.insert(call["rows"], call["conflict"], call["fates"])
            except Refused as refused:
                with pytest.raises(NotFoundError if str(refused) == "NotFoundError" else DuplicateError):
                    act(call)
                assert dump() == before
            else:
                if call["undone"]:
                    with pytest.raises(ZeroDivisionError), store.transaction():
                        act(call)
                        raise ZeroDivisionError
                    naive.people, naive.towns = people, towns
                else:
                    assert act(call) == expected
                assert dump() == (list(naive.people.items()), naive.towns)
            store.check()
        if place == "file":
            last = dump()
            store.close()
            with Store(Path(folder) / "s.db") as again:
                again.check()
                assert dump() == last


nodes = st.lists(
    st.tuples(st.integers(1, 12), st.integers(-1, 14), st.none() | st.integers(-1, 14)),
    max_size=9,
    unique_by=lambda row: row[0],
)


@SETTINGS
@given(
    rows=nodes,
    more=nodes,
    fates=st.fixed_dictionaries({name: st.sampled_from(["error", "skip", "none"]) for name in ("parent", "twin")}),
)
def test_nodes_by_ids(rows: list[tuple], more: list[tuple], fates: dict[str, str]) -> None:
    with Store() as store:
        there: dict[int, tuple] = {}
        for given_rows, shift in ((rows, 0), (more, 12)):
            new = {id + shift: (parent, twin) for id, parent, twin in given_rows}
            kept = set(new)
            while True:
                known = kept | set(there)
                fallen = {
                    id
                    for id in kept
                    for name, to in zip(("parent", "twin"), new[id], strict=True)
                    if fates[name] == "skip" and to is not None and to not in known
                }
                if not fallen:
                    break
                kept -= fallen
            lost = {
                name
                for id in kept
                for name, to in zip(("parent", "twin"), new[id], strict=True)
                if to is not None and to not in known
            }
            data = {"id": list(new), "parent": [p for p, _ in new.values()], "twin": [t for _, t in new.values()]}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                if any(fates[name] == "error" for name in lost):
                    with pytest.raises((NotFoundError, DeletedError)):  # an id that was passed over counts as deleted
                        Node.insert_all(data, on_missing=fates)
                    continue
                made = Node.insert_all(data, on_missing=fates)
            assert made.ids.tolist() == [id for id in new if id in kept]
            there |= {id: tuple(to if to in known else None for to in new[id]) for id in kept}
            assert Node.all().ids.tolist() == sorted(there)
            assert [tuple(pair) for pair in rows_of(Node.all(), "parent.id", "twin.id")] == [
                there[id] for id in sorted(there)
            ]
            store.check()
