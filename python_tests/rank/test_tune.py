"""`tune`: the damping by which links that are left out come back best, beside the same by matrices."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hasmany import DeletedError, FieldError, Like, Many, Model, SchemaError, Store, User, col, has_many
from hasmany._hasmany import tuned
from hypothesis import given, settings
from hypothesis import strategies as st

from .likes import fill
from .people import Person

HELD = [0.2, 0.4, 0.5, 0.6, 0.8, 1.0]
FOUND = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
Matrix = npt.NDArray[np.float64]


class Fan(Model):
    name: str
    ratings: Many["Rating"] = has_many()
    films: Many["Film"] = has_many(through="ratings")


class Film(Model):
    title: str
    ratings: Many["Rating"] = has_many()


class Rating(Model, unique=("fan", "film")):
    fan: Fan
    film: Film
    stars: int


class Reader(Model):
    name: str
    loans: Many["Loan"] = has_many()
    books: Many["Book"] = has_many(through="loans")


class Book(Model):
    title: str
    loans: Many["Loan"] = has_many()


class Loan(Model):
    """A pair may have several, and either side may be missing."""

    reader: Reader | None = None
    book: Book | None = None


def forty_digits(scores: Matrix) -> Matrix:
    """As scores are compared: binary digits."""
    mantissa, exponent = np.frexp(scores)
    return np.ldexp(np.round(mantissa * 2**41) / 2**41, exponent)


def gain(
    weights: Matrix, has: npt.NDArray[np.bool_], owner: int, left: int, p: float, q: float, *, are_friends: bool = False
) -> float:
    """What a link gains that is left out, by the walk's formula on what remains."""
    rest = weights.copy()
    rest[owner, left] = 0
    of_members = rest.sum(axis=0)
    if are_friends:
        own = rest[owner].copy()
        own[owner] = 0
        out = weights.sum(axis=1)
        total = (own * np.where(out > 0, out, 1) ** -p) @ np.where(np.arange(len(out))[:, None] == owner, 0, rest)
        return gained(
            total * np.where(of_members > 0, of_members, 1) ** -q, ~has[owner] & (np.arange(len(out)) != owner), left
        )
    # The owner's other links count in their members' degrees; itself has no vote.
    worth = rest[owner] * np.where(of_members > 0, of_members, 1) ** -p
    voters = rest.copy()
    voters[owner] = 0
    of_owners = weights.sum(axis=1)
    votes = voters @ worth / np.where(of_owners > 0, of_owners, 1)
    return gained(votes @ voters * np.where(of_members > 0, of_members, 1) ** -q, ~has[owner], left)


def gained(scores: Matrix, is_other: npt.NDArray[np.bool_], left: int) -> float:
    """What the rank of a link gains among the others."""
    scores = forty_digits(scores)
    others = is_other & (scores > 0)
    ahead = np.count_nonzero(others & (scores > scores[left]))
    ahead += np.count_nonzero((others & (scores == scores[left]))[:left])
    return 1 / np.log2(ahead + 2) if scores[left] > 0 and ahead < 20 else 0.0


def agree(
    many: Any, through: str, weights: Matrix, has: npt.NDArray[np.bool_], *, are_friends: bool = False, **how: Any
) -> None:
    """All owners with two links were drawn, each link gained what the formula says, and the best pair is taken."""
    owners, members, held, found, means = tuned(many, through, 10**30, **how)
    drawn = weights * ~np.eye(len(weights), dtype=bool) if are_friends else weights
    assert sorted(owners.tolist()) == (np.flatnonzero(np.count_nonzero(drawn, axis=1) >= 2) + 1).tolist()
    assert (drawn[owners - 1, members - 1] > 0).all()
    assert (list(held), list(found), means.shape) == (HELD, FOUND, (6, 9))
    links = list(zip((owners - 1).tolist(), (members - 1).tolist(), strict=True))
    wanted = np.array(
        [[sum(gain(weights, has, *link, p, q, are_friends=are_friends) for link in links) for q in FOUND] for p in HELD]
    )
    np.testing.assert_allclose(means, wanted / max(len(links), 1), rtol=1e-9, atol=1e-12)
    if means.max() > 0:
        p, q = many.tune(through, 10**30, **how)
        best = np.argwhere(means == means.max())
        assert (p, q) == min(((HELD[a], FOUND[b]) for a, b in best), key=lambda pair: (pair[1], -pair[0]))
    else:
        with pytest.raises(
            ValueError, match=r"no Fan of these has two links|none was found again|no (Reader|Person) of"
        ):
            many.tune(through, 10**30, **how)


OWNERS, MEMBERS = 8, 7
LINKS = st.lists(st.tuples(st.integers(1, OWNERS), st.integers(1, MEMBERS), st.integers(1, 5)), max_size=50)


def rated(links: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """The last of each pair."""
    return [(fan, film, stars) for (fan, film), stars in {(a, b): c for a, b, c in links}.items()]


def matrix(links: Any, owners: int = OWNERS, members: int = MEMBERS) -> Matrix:
    weights = np.zeros((owners, members))
    for owner, member, weight in links:
        weights[owner - 1, member - 1] = weight
    return weights


def filled(links: list[tuple[int, int, int]], owners: int = OWNERS, members: int = MEMBERS) -> None:
    Fan.insert_all(name=["x"] * owners)
    Film.insert_all(title=["x"] * members)
    if links:
        fans, films, stars = zip(*links, strict=True)
        Rating.insert_all(fan=fans, film=films, stars=stars)


@settings(deadline=None, max_examples=40)
@given(LINKS, st.integers(1, 3), st.booleans())
def test_it_is_what_matrices_say(links: list[tuple[int, int, int]], least: int, is_weighed: bool) -> None:
    links = rated(links)
    with Store():
        filled(links)
        has = matrix(links) > 0
        agree(Fan.all(), "films", has.astype(float), has)
        chosen = matrix([(a, b, c if is_weighed else 1) for a, b, c in links if c >= least])
        agree(Fan.all(), "films", chosen, has, where=col("stars") >= least, weight="stars" if is_weighed else None)


@settings(deadline=None, max_examples=40)
@given(st.sets(st.tuples(st.integers(1, OWNERS), st.integers(1, OWNERS)), max_size=40))
def test_of_friends(follows: set[tuple[int, int]]) -> None:
    with Store():
        people = Person.insert_all(name=["x"] * OWNERS)
        for one, two in follows:
            people[one - 1].following.add(people[two - 1])
        has = matrix([(one, two, 1) for one, two in follows], OWNERS, OWNERS)
        agree(Person.all(), "following", has, has > 0, are_friends=True)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, OWNERS), st.integers(0, MEMBERS)), max_size=50))
def test_a_pair_counts_once(links: list[tuple[int, int]]) -> None:
    with Store():
        Reader.insert_all(name=["x"] * OWNERS)
        Book.insert_all(title=["x"] * MEMBERS)
        if links:
            readers, books = zip(*links, strict=True)
            Loan.insert_all(reader=[at or None for at in readers], book=[at or None for at in books])
        has = matrix([(reader, book, 1) for reader, book in links if reader and book])
        agree(Reader.all(), "books", has, has > 0)


@pytest.mark.parametrize("is_weighed", [False, True])
def test_only_the_first_twenty_count(is_weighed: bool) -> None:
    owners, members = 40, 90
    rng = np.random.default_rng(1)
    popularity = rng.random(members) ** 3
    pairs = [(a + 1, b + 1) for a in range(owners) for b in np.flatnonzero(rng.random(members) < popularity)]
    links = [(a, int(b), int(rng.integers(1, 6))) for a, b in pairs]
    with Store():
        filled(links, owners, members)
        has = matrix(links, owners, members)
        how: dict[str, Any] = {"weight": "stars"} if is_weighed else {}
        agree(Fan.all(), "films", has if is_weighed else np.sign(has), has > 0, **how)


def test_so_many_links_are_drawn_by_the_seed() -> None:
    with Store():
        fill()
        some = User.where(col("id") > 10)
        owners, members, _, _, means = tuned(some, "liked_tweets", 20, 3)
        assert len(owners) == len(set(owners.tolist())) == 20
        assert owners.min() > 10
        assert all(
            member in User.find(owner).liked_tweets.ids for owner, member in zip(owners, members.tolist(), strict=True)
        )
        again = tuned(some, "liked_tweets", 20, 3)
        assert (again[0] == owners).all()
        assert (again[1] == members).all()
        assert (again[4] == means).all()
        assert tuned(some, "liked_tweets", 20, 4)[0].tolist() != owners.tolist()
        assert len({tuned(some, "liked_tweets", 1, seed)[0][0] for seed in range(50)}) > 20
        assert some.tune("liked_tweets", 20, 3) == some.tune("liked_tweets", links=20, seed=3)
        assert some.tune("liked_tweets", np.int8(20), seed=np.int64(3)) == some.tune("liked_tweets", 20, 3)
        for wrong in (True, 1.0, "1"):
            for option in ("links", "seed"):
                with pytest.raises(TypeError, match=f"{option} takes int, not"):
                    some.tune("liked_tweets", **{option: wrong})  # type: ignore[arg-type]
        assert some.tune("liked_tweets") == some.tune("liked_tweets", 1000, 0)


def test_it_changes_nothing() -> None:
    with Store():
        fill()
        before = User.all().recommend("liked_tweets").select("owner.id", "id", "score").to_dicts()
        likes = len(Like.all())
        User.all().tune("liked_tweets")
        assert len(Like.all()) == likes
        assert User.all().recommend("liked_tweets").select("owner.id", "id", "score").to_dicts() == before


def test_what_is_too_little_to_tell_is_refused() -> None:
    with Store():
        filled([(1, 1, 5), (2, 1, 5), (2, 2, 5)])
        with pytest.raises(ValueError, match=r"no Fan of these has two links in 'films'"):
            Fan.where(id=1).tune("films")
        with pytest.raises(ValueError, match=r"no Fan of these has two links in 'films'"):
            Fan.where(id=[]).tune("films")
        with pytest.raises(ValueError, match=r"of 1 links that were left out none was found again"):
            Fan.where(id=2).tune("films")
        with pytest.raises(ValueError, match="no Fan of these has two links"):
            Fan.all().tune("films", where=col("stars") > 5)


def test_bad_input() -> None:
    with Store():
        filled([(1, 1, 5), (2, 1, 5), (2, 2, 0), (1, 2, 1)])
        for links in (0, -1):
            with pytest.raises(ValueError, match=f"links is 1 or more, not {links}"):
                Fan.all().tune("films", links)
        with pytest.raises(TypeError, match="links"):
            Fan.all().tune("films", 2.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(TypeError, match="seed"):
            Fan.all().tune("films", seed="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(SchemaError, match="films"):
            Fan.all().tune("filmz")
        with pytest.raises(SchemaError, match="no links to walk"):
            Fan.all().tune("ratings")
        with pytest.raises(SchemaError, match="stars"):
            Fan.all().tune("films", where=col("start") > 1)
        with pytest.raises(FieldError, match="a weight is a number above 0"):
            Fan.all().tune("films", weight="stars")
        fan = Fan.find(1)
        theirs = fan.films
        fan.ratings.delete_all()
        fan.delete()
        with pytest.raises(DeletedError):
            theirs.tune("ratings")


def test_nobody_is_left_out_for_itself():
    """To itself nobody is recommended, so such a link says nothing."""
    with Store():
        people = [Person(str(at)) for at in range(12)]
        for at, person in enumerate(people):
            person.following.add(person)
            for other in range(1, 4):
                person.following.add(people[(at + other) % 12])
        owners, members, *_ = tuned(Person.all(), "following", 100, 1)
        assert sorted(owners) == list(range(1, 13)) and (owners != members).all()
