"""What a cell shows of a lake: its models, and the first rows of what is asked, of which no more is read."""

from typing import Any

import pytest
from hasmany import col
from hasmany.show.lakes import READ

from ..asking.cinema import Film, Person, Rating
from ..notebook.html import shown
from .test_tables import Account, Following, accounts


@pytest.fixture
def asked(lake, monkeypatch) -> list[int]:
    """How many rows each answer has."""
    found: list[int] = []
    run = lake._opened.run

    def heard(expr: Any) -> Any:
        answer = run(expr)
        found.append(len(answer))
        return answer

    monkeypatch.setattr(lake._opened, "run", heard)
    return found


def test_a_lake_is_its_models_with_the_rows_that_its_folder_tells(lake, store, asked):
    card = shown(lake)
    assert card.caption.startswith("Lake of 6 models in ")
    rows = store.stats().rows
    assert card.rows == [[model, f"{rows[model]:,}"] for model in lake.models()]
    assert asked == []
    lake.close()
    assert shown(lake).caption.endswith(", closed")


def test_of_tables_nothing_is_counted():
    card = shown(accounts())
    assert card.rows == [["Account", "not counted"], ["Following", "not counted"]]
    assert card.caption == "Lake of 2 models in 2 tables"


def test_a_selection_is_its_first_rows_with_references_by_what_names_them(lake, asked):
    same, card = shown(Rating.all()), shown(lake[Rating].order_by("id"))
    assert (card.caption, card.head, card.rows) == (same.caption, same.head, same.rows)
    assert asked == [5]


def test_of_many_only_those_are_read_that_are_shown(cinema, store, lake_of, monkeypatch):
    Person.insert_all(name=[f"person {at}" for at in range(100)])
    lake = lake_of(store)
    found: list[int] = []
    run = lake._opened.run
    monkeypatch.setattr(lake._opened, "run", lambda expr: (answer := run(expr), found.append(len(answer)))[0])
    people = lake[Person].where(col("name").startswith("person")).order_by("name")
    for item, caption in ((people, "Person, the first 10"), (people.select("name"), "rows, the first 10")):
        assert shown(item).caption == caption and len(shown(item).rows) == 10
    assert set(found) == {READ}


def test_few_rows_are_counted(lake):
    assert shown(lake[Film].where(title="no such film")).caption == "0 Film"
    assert shown(lake[Person]).caption == "3 Person"


def test_columns_are_a_table_of_their_first_rows(lake, asked):
    columns = lake[Film].order_by("id").select("title", fans=col("fans").count())
    card = shown(columns)
    assert (card.caption, card.head) == ("3 rows", ["title", "fans"])
    assert card.rows == [[str(row["title"]), str(row["fans"])] for row in columns.to_dicts()]
    assert asked[0] == 3
    assert columns.head(2).to_dicts() == columns.to_dicts()[:2] and columns.head(0).to_dicts() == []


def test_rankings_are_not_computed_to_be_shown(lake, asked):
    rankings = lake[Person].similar("following", 3)
    for item in (rankings, rankings.select("rank", "name")):
        card = shown(item)
        assert card.head == list(item.columns) and card.rows == []
        assert "computed when it is read" in card.caption
    assert asked == []


def test_rows_without_ids_are_shown_by_their_keys():
    lake = accounts()
    assert shown(lake[Account].order_by("handle")).rows == [["ann", "30"], ["bea", "None"], ["cat", "20"]]
    assert shown(lake[Following].order_by("id")).rows[0][:3] == ["1", "ann", "bea"]


def test_every_text_is_text(cinema, store, lake_of):
    cinema.waves.title = "<script>alert(1)</script>"
    lake = lake_of(store)
    assert "<script>" not in lake[Film]._repr_html_() + lake[Film].select("title")._repr_html_()
    assert "<script>alert(1)</script>" in shown(lake[Film]).text


def test_what_cannot_be_read_says_why(lake):
    films = lake[Film]
    columns = films.select("title")
    lake.close()
    for item in (films, columns):
        assert "the lake was closed" in shown(item).text
