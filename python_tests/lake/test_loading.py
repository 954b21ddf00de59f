"""A part of a lake as an ordinary store: ids are kept, and a reference to what is not loaded is told."""

import pytest
from hasmany import SchemaError, col
from hasmany.lake import Lake

from ..asking.cinema import Film, Person, Rating, Studio
from .conftest import MODELS


def test_a_part_keeps_its_ids(lake, cinema):
    fans = lake[Person].where(col("age") > 25)
    part = lake.load(
        Person=fans,
        Rating=fans.through("ratings"),
        Film=fans.through("films"),
        Studio=lake[Studio],
        Country=lake["Country"],
    )
    with part:
        assert Person.all().ids.tolist() == [1]
        assert Rating.all().ids.tolist() == [1, 3, 4]
        assert Film.all().to_dicts() == [row for row in lake[Film].order_by("id").to_dicts() if row["id"] < 3]
        assert Person.all()[0].films.values("title") == ["Breaking the Waves", "The Seventh Seal"]
        # No id is given again that the lake has given.
        assert Film("new").id == 4
        part.check()


def test_all_of_it(lake):
    whole = lake.load(**{name: lake[model] for name, model in lake.models().items()})
    for model in MODELS:
        wanted = model.all().to_dicts()
        with whole:
            assert model.all().to_dicts() == wanted
            whole.check()


def test_what_is_referred_to_must_be_loaded(lake):
    with pytest.raises(
        SchemaError, match=r"3 of the rows of Rating .* by person to a Person .* Person=some\.through\('person'\)"
    ):
        lake.load(
            Person=lake[Person].where(name="Ben"),
            Rating=lake[Rating].where(col("id") < 5),
            Film=lake[Film],
            Studio=lake[Studio],
            Country=lake["Country"],
        )
    with pytest.raises(SchemaError, match="2 of the rows of Film"):
        lake.load(Film=lake[Film])


def test_what_is_no_selection_of_it(lake, lake_of, store):
    other = lake_of(store)
    with pytest.raises(SchemaError, match="Movie is no model"):
        lake.load(Movie=lake[Film])
    for wrong in (lake[Film], other[Person], Person.all(), 3):
        with pytest.raises(TypeError, match="takes a selection"):
            lake.load(Person=wrong)


def test_classes_that_were_made_for_the_folder(cinema, store, tmp_path):
    store.to_parquet(tmp_path / "export")
    with Lake(tmp_path / "export") as lake:
        part = lake.load(Country=lake["Country"])
    assert part.models()["Country"].all().values("name") == ["DK", "SE"]


@pytest.mark.process_wide
def test_what_was_loaded_is_not_guessed_to_be_meant(lake):
    part = lake.load(Person=lake[Person])
    assert len(Person.all()) == 3  # of the process's own store, though another is open
    with part:
        assert len(Person.all()) == 3
