"""Each operator and method, with None and without members."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hasmany import Model, Store, col

from .cinema import Film, Person, Rating, Studio

WAVES, SEAL = "Breaking the Waves", "The Seventh Seal"


def answers(expr, of=None) -> list:
    return (of or Film).all().select(x=expr).column("x").tolist()


# ── none ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expr", "holds"),
    [
        (col("age") == None, [False, True, False]),
        (col("age") != None, [True, False, True]),
        (col("age").is_none(), [False, True, False]),
        (col("age") == 30, [True, False, False]),
        (col("age") != 30, [False, True, True]),
        (col("age") < 30, [False, False, True]),
        (col("age") <= 30, [True, False, True]),
        (col("age") > 20, [True, False, False]),
        (col("age") >= 20, [True, False, True]),
        (~(col("age") > 20), [False, True, True]),
        (30 > col("age"), [False, False, True]),  # noqa: SIM300 - the other way around
        (col("age") < None, [False, False, False]),
        (col("age") >= None, [False, False, False]),
        (col("age").is_in([20, None]), [False, True, True]),
        (col("age").is_in([20.0, 30.5]), [False, False, True]),
        (col("age").is_in([]), [False, False, False]),
        (col("age").between(20, 30), [False, False, True]),
        (col("age").between(20, None), [True, False, True]),
        (col("age").between(None, None), [True, False, True]),
        ((col("age") > 20) & (col("name") == "Ann"), [True, False, False]),
        ((col("age") > 20) | (col("name") == "Ben"), [True, True, False]),
        (col("age") == col("age"), [True, True, True]),
        (col("age") < col("height") * 20, [False, False, False]),
        (col("name").contains("e"), [False, True, True]),
        (col("name").startswith("B"), [False, True, False]),
        (col("name").endswith("e"), [False, False, True]),
        (col("name").lower().contains("a"), [True, False, False]),
        (col("age") == 30.0, [True, False, False]),
        (col("age") < 20.5, [False, False, True]),
        (col("").is_in([]), [False, False, False]),
    ],
)
def test_conditions(cinema, expr, holds):
    assert answers(expr, Person) == holds
    people = [cinema.ann, cinema.ben, cinema.eve]
    assert Person.where(expr) == [person for person, held in zip(people, holds, strict=True) if held]


@pytest.mark.parametrize(
    ("expr", "values"),
    [
        (col("age") + 1, [31, None, 21]),
        (1 - col("age"), [-29, None, -19]),
        (col("age") * 0.5, [15.0, None, 10.0]),
        (col("age") / 4, [7.5, None, 5.0]),
        (1 / (col("age") - 20), [0.1, None, None]),
        (col("age") / 0, [None, None, None]),
        (col("height") / 0.0, [None, None, None]),
        (col("age").if_none(0), [30, 0, 20]),
        (col("age").if_none(0.5), [30.0, 0.5, 20.0]),
        (col("age").if_none(col("id")), [30, 2, 20]),
        ((col("age") * -1).abs(), [30, None, 20]),
        ((col("height") * -1).abs(), [1.5, 1.75, None]),
        (col("height").round(1), [1.5, 1.8, None]),
        (col("height").round(), [2.0, 2.0, None]),
        (col("age").round(-1), [30, None, 20]),
        (col("name").lower(), ["ann", "ben", "eve"]),
        (col("born").year() * 100 + col("born").month(), [199005, None, None]),
        (col("born").day(), [1, None, None]),
        (col("born").weekday(), [1, None, None]),
        (col("id"), [1, 2, 3]),
        (col(""), [1, 2, 3]),
    ],
)
def test_values(cinema, expr, values):
    assert [row["x"] for row in Person.all().select(x=expr).to_dicts()] == values


# ── many ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expr", "values"),
    [
        (col("ratings").count(), [3, 1, 0]),
        (col("ratings.stars").count(), [3, 1, 0]),
        (col("ratings.weight").count(), [3, 0, 0]),
        (col("ratings.stars").sum(), [10, 4, 0]),
        (col("ratings.weight").sum(), [3.5, 0.0, 0.0]),
        (col("ratings.stars").mean(), [10 / 3, 4.0, None]),
        (col("ratings.weight").mean(), [3.5 / 3, None, None]),
        (col("ratings.stars").min(), [2, 4, None]),
        (col("ratings.stars").max(), [5, 4, None]),
        (col("ratings.person.name").max(), ["Ben", "Ann", None]),
        (col("ratings.at").min(), [datetime(2024, 2, 29, 12, tzinfo=UTC)] * 2 + [None]),
        (col("ratings.at").last(), [datetime(2024, 2, 29, 12, tzinfo=UTC)] * 2 + [None]),
        (col("ratings.weight").first(), [1.0, None, None]),
        (col("ratings.weight").last(), [2.0, None, None]),
        (col("ratings.stars").list(), [[5, 3, 2], [4], []]),
        (col("ratings.weight").list(), [[1.0, 0.5, 2.0], [None], []]),
        (col("ratings.person.name").list(), [["Ann", "Ben", "Ann"], ["Ann"], []]),  # repeats of join rows
        (col("fans.name").list(), [["Ann", "Ben"], ["Ann"], []]),  # each once
        (col("fans").list(), [[1, 2], [1], []]),
        (col("fans").first(), [1, 1, None]),
        (col("fans").count(), [2, 1, 0]),
        (col("ratings.person").n_unique(), [2, 1, 0]),
        (col("ratings.weight").n_unique(), [3, 0, 0]),
        (col("ratings").any(), [True, True, False]),
        (col("ratings").any(col("stars") > 4), [True, False, False]),
        ((col("ratings.stars") > 4).any(), [True, False, False]),
        (col("ratings.public").any(), [True, False, False]),
        (col("ratings").all(col("stars") > 3), [False, True, True]),
        ((col("ratings.stars") > 3).all(), [False, True, True]),
        (col("ratings").filter(col("stars") > 2).count(), [2, 1, 0]),
        (col("ratings.stars").filter(col("public") == True).sum(), [7, 0, 0]),
        (col("ratings.stars").filter(col("person.name") == "Ann").filter(col("stars") < 5).list(), [[2], [4], []]),
        ((col("ratings.stars") * col("ratings.weight")).sum(), [5 + 1.5 + 4, 0.0, 0.0]),
        ((col("ratings.stars") + col("year")).max(), [2001, 1961, None]),  # what is of the film, for each rating
        ((col("ratings.stars") > col("ratings.stars").mean()).any(), [True, False, False]),
        (col("ratings.stars").filter(col("stars").is_in([5, 2])).count() / col("ratings").count(), [2 / 3, 0.0, None]),
        (col("fans.following.name").list(), [["Ben", "Eve", "Eve"], ["Ben", "Eve"], []]),
        (col("fans.suggested").count(), [1, 1, 0]),
        (col("fans.films.title").list(), [[WAVES, SEAL, WAVES], [WAVES, SEAL], []]),
        (col("studio.films").count(), [1, 1, 0]),
        (col("studio.country.studios.films.ratings.stars").sum(), [10, 4, 0]),
    ],
)  # fmt: skip
def test_totals(cinema, expr, values):
    assert [row["x"] for row in Film.all().select(x=expr).to_dicts()] == values


def test_records_and_collections(cinema):
    people = Person.where(name=["Ann", "Eve"])
    assert answers(col("fans").contains(cinema.ben)) == [True, False, False]
    assert answers(col("ratings.person").contains(cinema.ben)) == [True, False, False]
    assert answers(col("fans").filter(people).list()) == [[1], [1], []]
    assert answers(col("ratings.person").filter(people).list()) == [[1, 1], [1], []]
    assert answers(col("ratings.stars").filter(Rating.where(stars=[5, 4])).sum()) == [5, 4, 0]
    assert Rating.where(col("person") == cinema.ann) == [cinema.ratings[place] for place in (0, 2, 3)]
    assert Rating.where(col("film") != cinema.waves) == [cinema.ratings[place] for place in (2, 4)]
    assert Rating.where(col("person") == 1) == Rating.where(person=1) == Rating.where(person=cinema.ann)
    assert Rating.where(person=[1, 3]) == Rating.where(col("person").is_in(people)) == Rating.where(person=people)
    assert Rating.where(person=99) == Rating.where(col("person") == 99) == Rating.where(person=-1) == []
    assert len(Rating.where(col("person") != 99)) == 5
    assert Person.where(col("").is_in(people)) == people
    assert Person.where(col("").is_in([cinema.ben])) == [cinema.ben]
    assert Rating.where(col("film").is_in([None, cinema.seal])) == [cinema.ratings[2], cinema.ratings[4]]


def test_a_live_collection_is_read_when_it_is_asked_and_an_iterable_when_it_is_made(cinema):
    fans, names = cinema.seal.fans, ["Ann"]
    of_fans, of_names = col("").is_in(fans), col("name").is_in(names)
    Rating(cinema.eve, cinema.seal)
    names.append("Ben")
    assert Person.where(of_fans) == [cinema.ann, cinema.eve]
    assert Person.where(of_names) == [cinema.ann]


def test_names_with_dots_in_where(cinema):
    assert Rating.where(**{"film.title": "The Seventh Seal"}) == [cinema.ratings[2]]
    assert Rating.where(**{"film.studio.country.name": "DK"}) == [cinema.ratings[place] for place in (0, 1, 3)]
    assert Rating.where(**{"film.title": None}) == [cinema.ratings[4]]
    assert len(Rating.where(**{"film.title": ["The Seventh Seal", None]})) == 2
    assert Rating.where(col("stars") > 2, person=cinema.ann, **{"film.year": 1996}) == [cinema.ratings[0]]
    assert cinema.ann.ratings.find_by(**{"film.year": 1957}) == cinema.ratings[2]
    assert cinema.ann.ratings.where(col("stars") < 5, col("weight") > 1) == [cinema.ratings[3]]


def test_decimals_are_exact(cinema):
    assert answers(col("price") * 2 + Decimal("0.125")) == [Decimal("19.125"), Decimal("14.625"), None]
    assert answers(col("price") > 8) == [True, False, False]
    assert answers(col("price") == Decimal("7.250")) == [False, True, False]
    assert answers(col("price").is_in([Decimal("9.5"), 7])) == [True, False, False]
    assert answers(col("films.price").sum(), Studio) == [Decimal("9.50"), Decimal("7.25")]
    assert answers(col("price").round(1)) == [Decimal("9.50"), Decimal("7.20"), None]


class Shift(Model):
    start: datetime
    length: timedelta | None = None


def test_timedeltas_add_up(store):
    start = datetime(2024, 1, 1, tzinfo=UTC)
    Shift(start, timedelta(hours=1)), Shift(start, None), Shift(start, timedelta(minutes=-30))
    lengths = [row["x"] for row in Shift.all().select(x=col("length") + timedelta(hours=1)).to_dicts()]
    assert lengths == [timedelta(hours=2), None, timedelta(minutes=30)]
    assert Shift.where(col("length").abs() == timedelta(minutes=30)).ids.tolist() == [3]


def test_expressions_are_of_no_store(cinema):
    loud = col("name").lower() == "ann"
    assert Person.where(loud) == [cinema.ann]
    with Store():
        other = Person("ANN")
        assert Person.where(loud) == [other]


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (col("a.b").sum(), 'col("a.b").sum()'),
        ((col("a") + 1) * col("b"), '(col("a") + 1) * col("b")'),
        (col("a") + col("b") * 2, 'col("a") + col("b") * 2'),
        (col("a") - (col("b") - 1), 'col("a") - (col("b") - 1)'),
        ((col("a") == 1) & (col("b") != "x") & ~(col("c") > 2), """(col("a") == 1) & (col("b") != 'x') & ~(col("c") > 2)"""),
        ((col("a") | col("b")) & col("c"), '(col("a") | col("b")) & col("c")'),
        (col("a") | col("b") & col("c"), 'col("a") | col("b") & col("c")'),
        ((col("a") + 1).round(2), '(col("a") + 1).round(2)'),
        (col("a").round(), 'col("a").round()'),
        (col("a").filter(col("b") > 1).list(), 'col("a").filter(col("b") > 1).list()'),
        (1 + col("a"), '1 + col("a")'),
        (col("a").is_in([1, 2]), 'col("a").is_in([1, 2])'),
        (col("a").between(1, None), 'col("a").between(1, None)'),
        (col("a").count().alias("n"), "col(\"a\").count().alias('n')"),
        (col("a").desc(), 'col("a").desc()'),
        (col(""), 'col("")'),
    ],
)  # fmt: skip
def test_expressions_print_as_they_were_written(expr, text):
    assert repr(expr) == text


def test_columns_are_called_as_they_are_written(cinema):
    table = Film.all().select("title", "studio.name", col("fans").count(), (col("year") + 1), n=col("id"))
    assert table.columns == ("title", "studio.name", "fans.count()", "year + 1", "n")
    assert Film.all().select(col("year").alias("when")).columns == ("when",)
