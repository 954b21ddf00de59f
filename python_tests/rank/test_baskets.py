"""`also`: what those who have a basket's members have besides, beside matrices."""

from typing import Any

import numpy as np
import pytest
from hasmany import ForeignStoreError, Many, SchemaError, Store, col
from hypothesis import given, settings
from hypothesis import strategies as st

from python_tests.rank.links import agree, walked
from python_tests.rank.people import Doctor, Patient, Person
from python_tests.rank.test_chosen import (
    DAMPING,
    LINKS,
    MEMBERS,
    OWNERS,
    Book,
    Fan,
    Film,
    Loan,
    Rating,
    Reader,
    filled,
    matrix,
    rated,
    world,
)


@settings(deadline=None)
@given(
    LINKS, st.sets(st.integers(1, MEMBERS)), st.integers(1, 6), st.booleans(), st.booleans(), st.integers(0, 7), DAMPING
)
def test_as_if_they_were_one_owners(
    links: list[tuple[int, int, int]],
    basket: set[int],
    least: int,
    is_weighed: bool,
    known: bool,
    k: int,
    damping: Any,
) -> None:
    links = rated(links)
    with Store():
        filled(links)
        weights = matrix([(a, b, c if is_weighed else 1) for a, b, c in links if c >= least])
        own = np.array([float(at + 1 in basket) for at in range(MEMBERS)])
        how: dict[str, Any] = {"weight": "stars"} if is_weighed else {}
        films = Film.where(id=sorted(basket))
        found = films.also("fans", k, damping=damping, where=col("stars") >= least, known=known, **how)
        adds = walked(weights, own, damping)
        agree(found, adds.sum(axis=0) * (known | (own == 0)), k)
        assert not found.sampled
        for film, _score in found:
            by = adds[:, film.id - 1]
            why = found.why(film).ids - 1
            np.testing.assert_allclose(by[why], np.sort(by[by > 0])[::-1][:3], rtol=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, OWNERS), st.integers(0, MEMBERS)), max_size=30),
    st.sets(st.integers(1, OWNERS)),
    DAMPING,
)
def test_of_pairs_with_several_rows_and_missing_ends(
    links: list[tuple[int, int]], basket: set[int], damping: Any
) -> None:
    """From the other end: readers whom the books of some readers have, too."""
    with Store():
        Reader.insert_all(name=["x"] * OWNERS)
        Book.insert_all(title=["x"] * MEMBERS)
        if links:
            readers, books = zip(*links, strict=True)
            Loan.insert_all(reader=[at or None for at in readers], book=[at or None for at in books])
        weights = matrix([(reader, book, 1) for reader, book in links if reader and book], lambda _, b: b).T
        own = np.array([float(at + 1 in basket) for at in range(OWNERS)])
        found = Reader.where(id=sorted(basket)).also("books", damping=damping)
        agree(found, walked(weights, own, damping).sum(axis=0) * (own == 0), 10)


def test_an_owner_with_the_basket_is_one_of_those_who_have_it() -> None:
    """What is recommended to one counts all others; a basket of the same members counts that one, too."""
    with Store():
        fan = world()
        plain: dict[str, Any] = {"known": True, "damping": (1, 0)}
        # Of the walks from its films 1 and 2, 1/3 and 1/2 lead to fan itself, and from there half to each.
        alone, basket = (dict(found) for found in (fan.recommend("films", **plain), fan.films.also("fans", **plain)))
        for film in Film.all()[:4]:
            own = (1 / 3 + 1 / 2) / 2 if film.id <= 2 else 0
            assert basket[film] == pytest.approx(alone.get(film, 0) + own)


def test_within_and_what_is_left_of_a_basket() -> None:
    with Store():
        world()
        basket = Film.where(id=[1])
        assert basket.also("fans").records.ids.tolist() == [2, 3, 4]
        assert basket.also("fans", within=Film.where(id=[4, 1])).records.ids.tolist() == [4]
        fixed = Film.where(id=[1, 2])[:]
        before = fixed.also("fans")
        assert before.records.ids.tolist() == [4, 3]
        Film.find(2).ratings.delete_all()
        Film.find(2).delete()
        assert before.why(Film.find(4)).ids.tolist() == [1]
        assert fixed.also("fans") == Film.where(id=1).also("fans")
        assert Film.where(id=99).also("fans") == [] == Film.where(id=5).also("fans")
        assert Film.all().also("fans", 0) == []


def test_reasons_beyond_the_first_are_asked_for_again() -> None:
    with Store():
        Fan.insert_all(name=["a", "b"])
        Film.insert_all(title=[str(at) for at in range(100)])
        Rating.insert_all(fan=[1] * 100, film=range(1, 101))
        found = Film.where(id=[7, 8]).also("fans", 98)
        last = found[-1].record
        assert len(found) == 98 and found.why(last).ids.tolist() == [7, 8]
        Film.find(7).ratings.delete_all()
        Film.find(7).delete()
        assert found.why(last).ids.tolist() == [8]


def test_a_long_walk_is_sampled_and_the_same_for_a_seed() -> None:
    rng = np.random.default_rng(1)
    with Store():
        Fan.insert_all(name=["x"] * 100)
        Film.insert_all(title=["x"] * 200)
        pairs = np.unique(np.stack([rng.integers(1, 101, 2000), rng.integers(1, 201, 2000)]), axis=1)
        Rating.insert_all(fan=pairs[0], film=pairs[1])
        basket = Film.where(id=[1, 2, 3, 4, 5])
        whole, one, two = (
            basket.also("fans", 50, **how) for how in ({}, *({"max_links": 30, "seed": s} for s in (1, 2)))
        )
        assert one.sampled and not whole.sampled
        assert one == basket.also("fans", 50, max_links=30, seed=1) and one != two
        assert set(one.records.ids) <= {film.id for film, _ in basket.also("fans", 200)}


def test_who_shares_nothing_cannot_be_asked() -> None:
    with Store():
        doctor = Doctor("d")
        with pytest.raises(SchemaError, match="no links to walk"):
            Doctor.all().also("appointments")
        with pytest.raises(SchemaError, match="did you mean 'patients'"):
            Doctor.all().also("patient")
        with pytest.raises(TypeError):
            Doctor.all().also("patients", recent=True)  # type: ignore[call-arg]
        with pytest.raises(ValueError, match="k is 0 or more"):
            Doctor.all().also("patients", -1)
        with pytest.raises(TypeError, match="within takes a collection of Doctor"):
            Doctor.all().also("patients", within=Patient.all())  # type: ignore[arg-type]
        with Store():
            foreign: Many[Doctor] = Doctor.all()
        with pytest.raises(ForeignStoreError):
            Doctor.all().also("patients", within=foreign)
        assert Doctor.where(id=doctor.id).also("patients") == []
        with pytest.raises(TypeError, match="recommend"):
            Person.all().top(by="followers").why(Person("p"))
