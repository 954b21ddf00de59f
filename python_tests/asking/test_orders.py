"""Several keys, each up or down; None last both ways; ties stay."""

import pytest
from hasmany import SchemaError, col

from .cinema import Film, Person, Rating


def test_keys_of_every_kind(cinema):
    ids = lambda *keys, **how: Rating.all().order_by(*keys, **how).ids.tolist()
    assert ids("stars") == [4, 2, 3, 1, 5]
    assert ids(col("stars").desc()) == [1, 3, 2, 4, 5]
    assert ids("stars", reverse=True) == [1, 3, 2, 4, 5]
    assert ids("person.name", col("stars").desc()) == [1, 3, 4, 2, 5]
    assert ids(col("person.name").desc(), "stars") == [5, 2, 4, 3, 1]
    assert ids(col("person.name").desc(), "stars", reverse=True) == [1, 3, 4, 2, 5]
    assert ids("public") == [2, 1, 4, 3, 5]
    assert ids("film") == [1, 2, 4, 3, 5]  # records by age
    assert ids(col("weight").if_none(1.0)) == [2, 1, 3, 5, 4]


def test_by_aggregates(cinema):
    assert Film.all().order_by(col("ratings.stars").mean().desc()) == [cinema.seal, cinema.waves, cinema.lost]
    assert Person.all().order_by(col("following").count().desc(), "name") == [cinema.ann, cinema.ben, cinema.eve]
    assert cinema.waves.fans.order_by(col("ratings").count()) == [cinema.ben, cinema.ann]


def test_top_by_any_number(cinema):
    best = Film.all().top(2, by=col("ratings.stars").mean())
    assert [(scored.record, scored.score) for scored in best] == [(cinema.seal, 4.0), (cinema.waves, 10 / 3)]
    assert len(Film.all().top(10, by=col("price") * -1)) == 2  # those without one are left out
    assert Film.all().top(1, by=col("price") * -1)[0].record == cinema.seal
    assert Person.all().top(3, by=col("id") * 0).records == [cinema.ann, cinema.ben, cinema.eve]  # the older first
    assert Person.all()[::-1].top(2, by=col("films").count() * 0).records == [cinema.ann, cinema.ben]
    with pytest.raises(SchemaError, match="is str; a ranking is by int, float or Decimal"):
        Person.all().top(3, by=col("name"))
