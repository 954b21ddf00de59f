"""`on_missing`: what becomes of rows whose references lead nowhere, by keys and by ids."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hasmany import (
    DeletedError,
    FieldError,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    belongs_to,
)


class City(Model, key="name"):
    name: str


class Person(Model, key="name"):
    name: str
    city: City | None = None
    boss: "Person | None" = None


class Visit(Model):
    person: Person
    city: City | None = belongs_to(default=None, on_delete="nullify")


class Node(Model):
    parent: "Node | None" = None
    label: str = ""


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") if request.param == "file" else Store() as store:
        City.insert_all(name=["Rome", "Oslo"])
        Person.insert_all(name=["ann", "bob"], city=["Rome", None])
        yield store
        store.check()


# ── the error ─────────────────────────────────────────────────────────────────────────────────────


def test_one_row_is_said_with_its_value_and_what_to_do() -> None:
    with pytest.raises(NotFoundError) as caught:
        Visit.insert_all(person=["ann", "zoe"])
    assert str(caught.value) == (
        'row 1: Visit.person: no Person has name \'zoe\'; on_missing="skip" leaves such rows out, "create" creates what a '
        "key names"
    )


def test_up_to_five_values_of_all_references_and_how_many_rows() -> None:
    people = ["ann", "p1", "p2", "p1", "p3", "p4", "p5", "p6", "bob"]
    cities = ["Rome", "Rome", None, None, "Bern", "Bern", None, None, "Bonn"]
    with pytest.raises(NotFoundError) as caught:
        Visit.insert_all(person=people, city=cities)
    text = str(caught.value)
    assert text.startswith("row 1: Visit.person: no Person has name 'p1'; ")
    assert "person leads nowhere in 7 rows ('p1', 'p2', 'p3', 'p4', 'p5', ...)" in text
    assert "city in 3 ('Bern', 'Bonn')" in text
    assert '"none"' not in text  # person is required
    assert len(Visit.all()) == 0


def test_ids_are_listed_likewise() -> None:
    with pytest.raises(NotFoundError) as caught:
        Visit.insert_all({"person.id": [1, 7, 0, 7, -3], "city.id": [1, 2, 9, None, 1]})
    text = str(caught.value)
    assert text.startswith(
        "row 1: Visit.person: there is no Person 7; person leads nowhere in 4 rows (7, 0, -3), city in 1 (9)"
    )
    City.find("Oslo").delete()
    with pytest.raises(
        DeletedError, match=r"row 0: Visit\.city: City 2 was deleted; city leads nowhere in 2 rows \(2, 5\)"
    ):
        Visit.insert_all({"person": "ann", "city.id": [2, 5]})


def test_update_all_lists_them_too_but_has_no_option() -> None:
    Visit.insert_all(person=["ann", "bob"])
    with pytest.raises(NotFoundError, match=r"row 0: .*'x'; person leads nowhere in 2 rows \('x', 'y'\)$"):
        Visit.all().update_all({"person": ["x", "y"]})


def test_the_first_row_decides_which_error_it_is() -> None:
    City.find("Oslo").delete()
    with pytest.raises(DeletedError):
        Visit.insert_all({"person": "ann", "city.id": [2, 77]})
    with pytest.raises(NotFoundError) as caught:
        Visit.insert_all({"person": "ann", "city.id": [77, 2]})
    assert not isinstance(caught.value, DeletedError)


# ── skip ──────────────────────────────────────────────────────────────────────────────────────────


def test_skip_leaves_rows_out_and_tells_how_many_once() -> None:
    with pytest.warns(
        UserWarning, match=r"Visit\.insert_all: 3 rows were left out: person leads nowhere in 2 rows, city in 1 row$"
    ) as told:
        made = Visit.insert_all(
            person=["ann", "zoe", "bob", "zoe"], city=["Rome", None, "Bern", "Rome"], on_missing="skip"
        )
    assert len(told) == 1
    assert made.values("person.name") == ["ann"] == Visit.all().values("person.name")


def test_skip_by_ids() -> None:
    with pytest.warns(UserWarning, match="2 rows were left out"):
        made = Visit.insert_all({"person.id": np.array([1, 9, 2, 0])}, on_missing="skip")
    assert made.values("person.id") == [1, 2]


def test_nothing_is_told_where_all_lead_somewhere() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for how in ("skip", {"city": "none", "person": "create"}):
            assert len(Visit.insert_all(person=["ann"], city=["Rome"], on_missing=how)) == 1


def test_what_leads_to_a_row_that_is_left_out_leads_nowhere_too() -> None:
    with pytest.warns(
        UserWarning, match=r"4 rows were left out: boss leads nowhere in 1 row, 3 rows lead to such rows$"
    ):
        made = Person.insert_all(
            name=["a", "b", "c", "d", "e"], boss=["b", "c", "nobody", None, "a"], on_missing="skip"
        )
    assert made.values("name") == ["d"]
    with pytest.warns(UserWarning, match=r"1 row was left out: city leads nowhere in 1 row; .*None: boss in 1 row$"):
        made = Person.insert_all(
            name=["f", "g", "h"],
            city=["Bern", None, None],
            boss=[None, "f", "g"],
            on_missing={"city": "skip", "boss": "none"},
        )
    assert made.values("name") == ["g", "h"] and made.values("boss.name") == [None, "g"]
    with pytest.raises(NotFoundError, match=r"row 1: Person\.boss: no Person has name 'i'"):
        Person.insert_all(name=["i", "j"], city=["Bern", None], boss=[None, "i"], on_missing={"city": "skip"})


def test_circles_stay_and_what_hangs_on_them() -> None:
    with pytest.warns(UserWarning, match="2 rows were left out"):
        made = Person.insert_all(name=["a", "b", "c", "d", "e"], boss=["b", "a", "b", "x", "d"], on_missing="skip")
    assert made.values("boss.name") == ["b", "a", "b"]


def test_a_row_that_is_left_out_leaves_its_key_to_others() -> None:
    with pytest.warns(UserWarning, match="1 row was left out"):
        made = Person.insert_all(
            name=["a", "a", "b"], city=["Bern", None, None], boss=[None, None, "a"], on_missing="skip"
        )
    assert made.values("name") == ["a", "b"] and made.values("boss") == [None, made[0]]
    with pytest.warns(UserWarning, match="1 row was left out"):
        made = Person.insert_all(name=["c", "c", "d"], boss=["x", None, "c"], on_missing="skip")
    assert made.values("name") == ["c", "d"]
    with pytest.warns(UserWarning, match="2 rows were left out"):
        made = Person.insert_all(
            name=["ann", "e", "f"], city=["Bern", None, None], boss=[None, "ann", "x"], on_missing="skip"
        )
    assert made.values("boss.name") == ["ann"]


def test_long_chains_fall_at_once() -> None:
    count = 30_000
    names = [f"n{at}" for at in range(count)]
    with pytest.warns(UserWarning, match=f"{count} rows were left out"):
        assert len(Person.insert_all(name=names, boss=[*names[1:], "nobody"], on_missing="skip")) == 0
    ids = np.arange(count) + 1
    with pytest.warns(UserWarning, match=f"{count - 10} rows were left out"):
        assert (
            len(
                Node.insert_all(
                    id=ids, parent=np.where(ids <= 10, ids, np.where(ids == 11, count + 9, ids - 1)), on_missing="skip"
                )
            )
            == 10
        )


def test_skip_with_conflicts() -> None:
    with pytest.warns(UserWarning, match="1 row was left out"):
        made = Person.insert_all(
            name=["ann", "cat", "dan"], city=["Oslo", "Bern", "Rome"], on_conflict="update", on_missing="skip"
        )
    assert made.values("name") == ["ann", "dan"] and Person.all().values("city.name") == ["Oslo", None, "Rome"]


def test_a_none_is_not_missing() -> None:
    with pytest.raises(FieldError, match=r"row 1: Visit\.person may not be None"):
        Visit.insert_all({"person": ["ann", None]}, on_missing="skip")


# ── none ──────────────────────────────────────────────────────────────────────────────────────────


def test_none_sets_the_reference_to_none_and_tells() -> None:
    with pytest.warns(UserWarning, match=r"set to None: city in 2 rows$"):
        made = Person.insert_all(name=["a", "b", "c"], city=["Bern", "Rome", "Bonn"], on_missing="none")
    assert made.values("city.name") == [None, "Rome", None]
    with pytest.warns(UserWarning, match=r"set to None: parent in 2 rows$"):
        nodes = Node.insert_all(id=[1, 2, 3], parent=[0, 1, 8], on_missing="none")
    assert nodes.values("parent.id") == [None, 1, None]


def test_none_on_a_required_reference_is_refused_at_once() -> None:
    for how in ("none", {"person": "none"}):
        with pytest.raises(SchemaError, match=r"Visit\.person is required"):
            Visit.insert_all(person=["ann"], city=["Rome"], on_missing=how)
    with pytest.warns(UserWarning, match="city in 1 row"):
        made = Visit.insert_all(person=["ann"], city=["Bern"], on_missing={"city": "none"})
    assert made.values("city") == [None]


# ── options ───────────────────────────────────────────────────────────────────────────────────────


def test_create_is_create_missing() -> None:
    for how in (
        {"on_missing": "create"},
        {"create_missing": True},
        {"on_missing": {"city": "create"}},
        {"on_missing": "create", "create_missing": True},
    ):
        name = f"City {len(City.all())}"
        assert Person.insert_all(name=[name], city=[name], **how).values("city.name") == [name]
    with pytest.warns(UserWarning, match="1 row was left out"):
        made = Person.insert_all(
            name=["x", "y"], city=["Kiel", "Bonn"], boss=["ann", "zoe"], on_missing={"city": "create", "boss": "skip"}
        )
    assert made.values("city.name") == ["Kiel"]


def test_nothing_is_created_for_rows_that_are_left_out() -> None:
    with pytest.warns(UserWarning, match="1 row was left out"):
        Visit.insert_all(person=["ann", "zoe"], city=["Kiel", "Bonn"], on_missing={"person": "skip", "city": "create"})
    assert City.all().values("name") == ["Rome", "Oslo", "Kiel"]


def test_create_missing_beside_another_on_missing_is_a_value_error() -> None:
    for how in ("skip", "none", {"city": "create"}, {}):
        with pytest.raises(ValueError, match="pass one of them"):
            Person.insert_all(name=["a"], city=["Rome"], on_missing=how, create_missing=True)


@pytest.mark.parametrize("how", ["drop", 5, ["skip"], {"city": "drop"}, {"city": None}])
def test_an_unknown_way_is_a_value_error(how: object) -> None:
    with pytest.raises(ValueError, match="'error', 'skip', 'none' or 'create'"):
        Person.insert_all(name=["a"], city=["Rome"], on_missing=how)


def test_a_name_that_is_no_reference_is_a_schema_error() -> None:
    with pytest.raises(SchemaError, match=r"no reference 'ctiy' \(did you mean 'city'\?\)"):
        Person.insert_all(name=["a"], on_missing={"ctiy": "skip"})
    with pytest.raises(SchemaError, match="no reference 'name'; it has city, boss"):
        Person.insert_all(name=["a"], on_missing={"name": "skip"})


def test_a_field_of_that_name_is_not_mixed_up() -> None:
    class Rule(Model):
        on_missing: str

    assert Rule.insert_all({"on_missing": ["skip"]})[0].on_missing == "skip"
    with pytest.raises(SchemaError, match="a field of Rule and an option of this call"):
        Rule.insert_all(on_missing=["skip"])


# ── nothing by halves ─────────────────────────────────────────────────────────────────────────────


def test_who_makes_errors_of_warnings_has_nothing_created(store: Store) -> None:
    heard: list[object] = []
    store.on_commit(heard.append)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="1 row was left out"):
            Visit.insert_all(person=["ann", "zoe"], on_missing="skip")
    assert len(Visit.all()) == 0 and heard == []
    with pytest.warns(UserWarning):
        Visit.insert_all(person=["ann", "zoe"], on_missing="skip")
    assert len(heard) == 1


def test_an_error_elsewhere_creates_nothing() -> None:
    with pytest.raises(NotFoundError, match="'zoe'"):
        Visit.insert_all(person=["ann", "zoe"], city=["Kiel", "Kiel"], on_missing={"city": "create"})
    assert City.all().values("name") == ["Rome", "Oslo"]


def test_from_frames_with_all_rows_left_out() -> None:
    frame = pl.DataFrame({"person": ["x", "y"], "city": ["Rome", "Rome"]})
    with pytest.warns(UserWarning, match="2 rows were left out"):
        assert len(Visit.insert_all(frame, on_missing="skip")) == 0
    assert len(Visit.insert_all(frame.clear(), on_missing="skip")) == 0
