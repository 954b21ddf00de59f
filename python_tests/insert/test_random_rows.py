"""`insert_all` does what a loop over the constructor does: on random rows, some of them wrong, and natural keys."""

import re

import pytest
from hasmany import DeletedError, NotFoundError, Store
from hypothesis import given
from hypothesis import strategies as st

from .marks import (
    GONE,
    NAN,
    Item,
    Mark,
    Owner,
    act,
    as_element,
    by_loop,
    calls,
    check_error,
    clashes,
    columns,
    dump,
    faults,
    new_world,
)
from .thorough import SETTINGS

# ── columns with errors in them ───────────────────────────────────────────────────────────────────


def test_the_faults_of_these_tests_are_faults(store):
    good = {"owner": 1, "item": 1, "score": 2.0, "tag": "a", "giver": NAN}
    assert faults(good) == set()
    assert as_element(good) == {"owner": 1, "item": 1, "score": 2, "tag": "a", "giver": None}
    assert faults({**good, "owner": GONE, "tag": 1}) == {DeletedError, TypeError}


@SETTINGS
@given(
    st.lists(
        st.tuples(calls(), st.booleans(), st.sampled_from(["", "delete", "compact", "undo"]), st.integers(0, 100)),
        min_size=1,
        max_size=4,
    )
)
def test_rows_with_and_without_errors(steps):
    mine, naive = new_world(), new_world()
    for rows, skip, then, number in steps:
        conflict = "skip" if skip else "error"
        with mine:
            before = dump()
            deserved = any(map(faults, rows)) or (not skip and clashes(rows))
            try:
                made = Mark.insert_all(columns(rows), on_conflict=conflict)
            except Exception as error:  # noqa: BLE001 - which one is checked
                assert deserved, error
                check_error(error, rows, skip)
                assert dump() == before
            else:
                assert not deserved
                with naive:
                    expected = by_loop(rows, skip)
                    wanted = [as_element(rows[at]) for at in expected]
                assert [(mark.owner.id, mark.item.id, mark.score, mark.tag) for mark in made] == [
                    (row["owner"], row["item"], row["score"], row["tag"]) for row in wanted
                ]
                assert made.ids.tolist() == sorted(made.ids.tolist())
                assert made == list(Mark.all())[len(Mark.all()) - len(made) :]
            mine.check()
        for store in (mine, naive):
            with store:
                act(store, then, number)
        with naive:
            after = dump()
        with mine:
            assert dump() == after
            mine.check()


# ── natural keys ──────────────────────────────────────────────────────────────────────────────────


KEYS = [*"abcdefgh", "", "\u00e9"]


@SETTINGS
@given(st.lists(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=20), min_size=1, max_size=3))
def test_natural_keys_are_found_or_created_as_a_loop_would(steps):
    mine, naive = Store(), Store()
    for rows in steps:
        with naive:
            for owner, item in rows:
                pair = {"owner": Owner.find_or_create(name=owner), "item": Item.find_or_create(title=item)}
                if Mark.find_by(**pair) is None:
                    Mark(**pair)
            expected = [Owner.all().values("name"), Item.all().values("title"), dump()]
        with mine:
            given_keys = {"owner.name": [owner for owner, _ in rows], "item.title": [item for _, item in rows]}
            known = set(zip(Mark.all().values("owner.name"), Mark.all().values("item.title"), strict=True))
            made = Mark.insert_all(given_keys, create_missing=True, on_conflict="skip")
            new = [pair for pair in dict.fromkeys(rows) if pair not in known]
            assert list(zip(made.values("owner.name"), made.values("item.title"), strict=True)) == new
            assert [Owner.all().values("name"), Item.all().values("title"), dump()] == expected
            mine.check()


@SETTINGS
@given(st.lists(st.sampled_from(KEYS), max_size=5, unique=True), st.lists(st.sampled_from(KEYS), max_size=12))
def test_natural_keys_that_are_not_there_are_named(there, wanted):
    with Store() as store:
        owners = {name: Owner(name) for name in there}
        items = [Item(str(n)) for n in range(len(wanted))]
        missing = [at for at, name in enumerate(wanted) if name not in owners]
        if missing:
            with pytest.raises(NotFoundError) as caught:
                Mark.insert_all({"owner.name": wanted, "item": items})
            match = re.search(r"\brow (\d+)\b", str(caught.value))
            assert match is not None
            assert int(match[1]) in missing
            assert Mark.all() == []
        else:
            made = Mark.insert_all({"owner.name": wanted, "item": items})
            assert made.values("owner") == [owners[name] for name in wanted]
        store.check()
