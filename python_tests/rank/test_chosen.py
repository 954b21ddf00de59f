"""`where=`, `weight=` and `known=` of rankings, beside matrices: which links count, and how much."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hasmany import (
    DuplicateError,
    FieldError,
    Many,
    Model,
    SchemaError,
    Store,
    col,
    field,
    has_many,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from python_tests.rank.links import Damping, agree, walked

Matrix = Any


class Fan(Model):
    name: str
    ratings: Many["Rating"] = has_many()
    films: Many["Film"] = has_many(through="ratings")
    good: Many["Film"] = has_many(through="ratings", source="film", where=col("ratings.stars") > 2)


class Film(Model):
    title: str
    ratings: Many["Rating"] = has_many()
    fans: Many["Fan"] = has_many(through="ratings")


class Rating(Model, unique=("fan", "film")):
    fan: Fan
    film: Film
    stars: int | None = None
    price: Decimal = field(default=Decimal("1.00"), scale=2)


class Reader(Model):
    name: str
    loans: Many["Loan"] = has_many()
    books: Many["Book"] = has_many(through="loans")


class Book(Model):
    title: str
    loans: Many["Loan"] = has_many()
    readers: Many["Reader"] = has_many(through="loans")


class Loan(Model):
    """A pair may have several, and either side may be missing."""

    reader: Reader | None = None
    book: Book | None = None
    days: float = 1.0


OWNERS, MEMBERS = 7, 6
LINKS = st.lists(st.tuples(st.integers(1, OWNERS), st.integers(1, MEMBERS), st.integers(1, 5)), max_size=40)
DAMPING = st.sampled_from(["auto", (0.8, 0.2), (1.0, 0.0), (0.5, 1.0)])


def similar(weights: Matrix, owner: int, measure: str, shrink: float) -> Matrix:
    own = weights[owner]
    least = np.minimum(weights, own).sum(axis=1)
    sums = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = {
            "cosine": weights @ own / (np.sqrt((own**2).sum() * (weights**2).sum(axis=1)) + shrink),
            "jaccard": least / (sums[owner] + sums - least + shrink),
            "overlap": least / (np.minimum(sums[owner], sums) + shrink),
            "count": least,
        }[measure]
    scores = np.nan_to_num(scores)
    scores[owner] = 0
    return scores


def paths(weights: Matrix, owner: int, damping: Damping) -> Matrix:
    """What each member of the owner (rows) adds to each member (columns)."""
    return walked(weights, weights[owner], damping, owner)


def matrix(links: list[tuple[int, int, float]], total: Callable[[float, float], float] = lambda a, b: a + b) -> Matrix:
    weights = np.zeros((OWNERS, MEMBERS))
    for owner, member, weight in links:
        weights[owner - 1, member - 1] = total(weights[owner - 1, member - 1], weight)
    return weights


def rated(links: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The last of each pair."""
    return [(fan, film, stars) for (fan, film), stars in {(a, b): c for a, b, c in links}.items()]


def filled(links: list[tuple[int, int, int]]) -> None:
    Fan.insert_all(name=[f"fan {at}" for at in range(OWNERS)])
    Film.insert_all(title=[f"film {at}" for at in range(MEMBERS)])
    if links:
        fans, films, stars = zip(*links, strict=True)
        Rating.insert_all(fan=fans, film=films, stars=stars)


@settings(deadline=None)
@given(LINKS, st.integers(1, 6), st.booleans(), st.sampled_from(["cosine", "jaccard", "overlap", "count"]), st.data())
def test_similar_is_that_of_the_chosen_links(
    links: list[tuple[int, int, int]], least: int, is_weighed: bool, measure: str, data: st.DataObject
) -> None:
    links = rated(links)
    shrink = data.draw(st.sampled_from([0.0, 10.0]))
    with Store():
        filled(links)
        chosen = matrix([(a, b, c if is_weighed else 1) for a, b, c in links if c >= least])
        how: dict[str, Any] = {"weight": "stars"} if is_weighed else {}
        for k in (2, 10):
            rankings = Fan.all().similar("films", k, measure=measure, shrink=shrink, where=col("stars") >= least, **how)
            for fan in Fan.all():
                one = fan.similar("films", k, measure=measure, shrink=shrink, where=col("stars") >= least, **how)
                agree(one, similar(chosen, fan.id - 1, measure, shrink), k)
                assert list(rankings[fan]) == list(one)


@settings(deadline=None)
@given(LINKS, st.integers(1, 6), st.booleans(), st.booleans(), DAMPING)
def test_recommend_is_that_of_the_chosen_links(
    links: list[tuple[int, int, int]], least: int, is_weighed: bool, known: bool, damping: Any
) -> None:
    links = rated(links)
    with Store():
        filled(links)
        chosen = matrix([(a, b, c if is_weighed else 1) for a, b, c in links if c >= least])
        has = matrix(links) > 0
        how: dict[str, Any] = {"weight": col("stars")} if is_weighed else {}
        for fan in Fan.all():
            found = fan.recommend("films", 4, damping=damping, where=col("stars") >= least, known=known, **how)
            adds = paths(chosen, fan.id - 1, damping)
            agree(found, adds.sum(axis=0) * (known | ~has[fan.id - 1]), 4)
            for film, _score in found:
                by = adds[:, film.id - 1]
                why = found.why(film).ids - 1
                np.testing.assert_allclose(by[why], np.sort(by[by > 0])[::-1][:3], rtol=1e-9)
        rankings = Fan.all().recommend("films", 4, damping=damping, where=col("stars") >= least, known=known, **how)
        table = rankings.select("rank", "score", member="id")
        alone = [
            fan.recommend("films", 4, damping=damping, where=col("stars") >= least, known=known, **how)
            for fan in Fan.all()
        ]
        assert table.column("member").tolist() == [film.id for one in alone for film, _ in one]
        assert table.column("score").tolist() == [score for one in alone for _, score in one]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, OWNERS), st.integers(0, MEMBERS), st.floats(1e-3, 1e3)), max_size=30), DAMPING)
def test_a_pair_weighs_what_its_rows_do_together(links: list[tuple[int, int, float]], damping: Any) -> None:
    with Store():
        Reader.insert_all(name=["x"] * OWNERS)
        Book.insert_all(title=["x"] * MEMBERS)
        if links:
            readers, books, days = zip(*links, strict=True)
            Loan.insert_all(reader=[at or None for at in readers], book=[at or None for at in books], days=days)
        whole = [(reader, book, long) for reader, book, long in links if reader and book]
        weights = matrix(whole)
        for reader in Reader.all():
            agree(reader.similar("books", weight="days"), similar(weights, reader.id - 1, "cosine", 10.0), 10)
            scores = paths(weights, reader.id - 1, damping).sum(axis=0) * (weights[reader.id - 1] == 0)
            agree(reader.recommend("books", damping=damping, weight="days"), scores, 10)
        once = matrix([(reader, book, 1) for reader, book, _ in whole], lambda _, b: b)
        tops = Reader.all().top(OWNERS, by="books", weight="days")
        np.testing.assert_allclose(
            [tops.scores[at] for at in np.argsort(tops.records.ids)], weights.sum(axis=1), rtol=1e-9
        )
        counted = Reader.all().top(OWNERS, by="books", where=col("days") > 0)
        assert dict(zip(counted.records.ids, counted.scores, strict=True)) == {
            at + 1: count for at, count in enumerate(once.sum(axis=1))
        }


def world() -> Any:
    filled([(1, 1, 5), (1, 2, 1), (2, 1, 4), (2, 3, 5), (3, 2, 5), (3, 4, 5), (3, 1, 1)])
    return Fan.find(1)


def test_a_weight_of_two_is_two_links() -> None:
    with Store():
        Reader.insert_all(name=["a", "b", "c"])
        Book.insert_all(title=["a", "b", "c", "d"])
        Loan.insert_all(reader=[1, 2, 2, 3, 3], book=[1, 1, 2, 1, 3], days=[1.0, 2.0, 1.0, 1.0, 1.0])
        found = Reader.find(1).recommend("books", damping=(1, 0), weight="days")
        # Of the book's 4 days 2 lead to b, a third of whose days is with book 2; 1 leads to c, half of whose is with book 3.
        assert [(book.id, pytest.approx(score)) for book, score in found] == [(2, 2 / 4 / 3), (3, 1 / 4 / 2)]


def test_conditions_of_a_collection_and_of_a_question_hold_both() -> None:
    with Store():
        fan = world()
        assert [film.id for film, _ in fan.recommend("good")] == [3]
        assert [film.id for film, _ in fan.recommend("films")] == [4, 3]
        both = fan.recommend("good", where=col("price") > 1)
        assert both == []
        assert [film.id for film, _ in fan.recommend("films", where={"stars": 5})] == []


def test_what_the_asker_has_by_any_link_is_left_out() -> None:
    with Store():
        fan = world()
        found = fan.recommend("films", where=col("stars") > 2, known=True)
        assert {film.id for film, _ in found} == {1, 3}
        assert fan.recommend("films", where=col("stars") < 3).records.ids.tolist() == []
        assert 2 not in fan.recommend("films", where=col("stars") > 2).records.ids


def test_top_counts_what_is_chosen() -> None:
    with Store():
        world()
        assert Film.all().top(2, by="fans", where=col("stars") > 3).records.ids.tolist() == [1, 2]
        assert Film.all().top(2, by="fans", weight="stars").scores.tolist() == [10.0, 6.0]
        assert Film.all().top(2, by="ratings", weight="stars").scores.tolist() == [10.0, 6.0]
        assert Film.all().top(1, by="ratings", where=col("fan.name") == "fan 2").records.ids.tolist() == [1]
        assert Film.where(id=4).top(1, by="ratings", where=col("stars") > 5).scores.tolist() == [0.0]
        assert Film.all().top(1, by="fans", weight=col("price") * 2).scores.tolist() == [6.0]
        assert Film.all().top(0, by="fans", weight="stars") == []


def test_a_condition_follows_writes() -> None:
    with Store() as store:
        fan = world()
        good = col("stars") > 3
        before = fan.similar("films", where=good, shrink=0)
        assert before.records.ids.tolist() == [2]
        try:
            with store.transaction():
                Rating.find_by(fan=2, film=1).stars = 1
                assert fan.similar("films", where=good) == []
                raise DuplicateError("undo")
        except DuplicateError:
            pass
        assert fan.similar("films", where=good, shrink=0) == before
        Rating.find_by(fan=2, film=1).delete()
        assert fan.similar("films", where=good) == []
        assert fan.recommend("films", where=good) == []


@pytest.mark.parametrize(
    "weight", ["stars", col("stars") - 5, col("stars") * 0.0, col("stars") / 0, col("stars") * 1e300]
)
def test_a_weight_is_a_number_above_0(weight: Any) -> None:
    with Store():
        fan = world()
        Rating.insert_all(fan=[7], film=[6], stars=[None])
        for ask in (fan.similar, fan.recommend):
            with pytest.raises(FieldError, match="a weight is a number above 0"):
                ask("films", weight=weight)
        for by in ("ratings", "fans"):
            with pytest.raises(FieldError, match="a weight is a number above 0"):
                Film.all().top(by=by, weight=weight)
        rankings = Fan.all().similar("films", weight=weight)
        with pytest.raises(FieldError, match="a weight is a number above 0"):
            rankings.select("id").to_dicts()


def test_what_cannot_be_asked_says_why() -> None:
    with Store():
        fan = world()
        with pytest.raises(SchemaError, match=r"starz.*stars"):
            fan.recommend("films", where=col("starz") > 3)
        with pytest.raises(SchemaError, match=r"starz.*stars"):
            fan.similar("films", weight="starz")
        with pytest.raises(SchemaError, match=r"int, float or Decimal"):
            fan.similar("films", weight="film.title")
        with pytest.raises(SchemaError, match="no links to walk"):
            fan.similar("ratings", where=col("stars") > 3)
        with pytest.raises(TypeError, match="where takes an expression"):
            fan.recommend("films", where="stars")
        with pytest.raises(TypeError, match="where: a field's name takes str, not int"):
            fan.similar("films", where={1: 2})  # type: ignore[dict-item]
        with pytest.raises(TypeError, match="by=col"):
            Film.all().top(by=col("fans").count(), where=col("stars") > 3)
        with pytest.raises(SchemaError):
            fan.recommend("films", where=col("ratings").count() > 1)
        with Store():
            other = Film("x")
        with pytest.raises(ValueError, match="store"):
            fan.recommend("films", where=col("film") == other)


def test_whole_sums_are_exact() -> None:
    with Store():
        fans, films = [Fan(name) for name in "abc"], [Film(title) for title in "xyz"]
        many = 2**45
        for fan, film, stars in [(0, 0, many), (1, 1, many + 3), (2, 0, 1), (2, 2, many + 1)]:
            Rating(fans[fan], films[film], stars)
        assert Film.all().top(3, by="fans", weight="stars").scores.tolist() == [many + 3, many + 1, many + 1]
        assert Film.all().top(3, by="ratings", weight="stars").records.ids.tolist() == [2, 1, 3]
        Rating(fans[0], films[1], many + 2)
        assert fans[0].similar("films", measure="count", weight="stars").scores.tolist() == [many + 2, 1]


@pytest.mark.parametrize("size", [1e-18, 1e-9, 1.0, 1e9, 1e18])
def test_scores_are_numbers_whatever_the_unit(size: float) -> None:
    """Of weights that are all the same, cosine without shrinking is what it is without weights."""
    with Store():
        fan = world()
        weight = (col("stars") * 0 + 1) * size
        assert fan.similar("films", weight=weight, shrink=0).records == fan.similar("films", shrink=0).records
        np.testing.assert_allclose(
            fan.similar("films", weight=weight, shrink=0).scores, fan.similar("films", shrink=0).scores
        )
        for damping in ((4, 4), (0, 0), "auto"):
            found = fan.recommend("films", weight=weight, damping=damping)
            assert found.records == fan.recommend("films", damping=damping).records
            assert all(0 < score < np.inf for score in found.scores)


def test_an_empty_collection_is_ranked_without_a_look_at_the_weights() -> None:
    with Store():
        world()
        Rating.insert_all(fan=[7], film=[6], stars=[None])
        assert Fan.where(id=0).similar("films", weight="stars").select("id").to_dicts() == []
