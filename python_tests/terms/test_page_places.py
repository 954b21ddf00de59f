"""Pages of collections that are declared with an order, and of what is computed of them, while rows come, go and change."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hasmany import Many, Store, col
from hypothesis import given, settings
from hypothesis import strategies as st

from ..asking.expressions import Key
from .library import Book, Film, Loan, Member, Reader, Rental

Place = tuple[Any, ...]
Placed = list[tuple[Any, Place]]

TITLES = [None, "a", "b", "x" * 60 + "a", "x" * 60 + "b"]
GENRES = [None, "rock", "pop"]

acts = st.tuples(
    st.sampled_from(
        ["lend", "end", "star", "late", "move", "delete", "title", "title", "genre", "drop", "undo", "compact"]
    ),
    st.integers(0, 50),
    st.integers(0, 5),
)
worlds = st.lists(acts, max_size=20)
gaps = st.lists(st.lists(acts, max_size=3), max_size=6)


def write(store: Store, act: tuple[str, int, int]) -> None:
    """One write of loans and one of rentals, or none where what it is about is gone."""
    kind, one, two = act
    films, books, loans, rentals = (list(model.all()) for model in (Film, Book, Loan, Rental))
    loan = loans[one % len(loans)] if loans else None
    rental = rentals[one % len(rentals)] if rentals else None
    match kind:
        case "lend":
            Loan(Member.find(1 + two % 2), films[one % len(films)] if films else None, two or None, one % 4 or None)
            if books:
                Reader.find(1 + two % 2).books.add(books[one % len(books)])
        case "compact":
            store.compact()
        case "title":
            for some, none in (films, None), (books, ""):
                if some:
                    some[one % len(some)].title = TITLES[two % 5] or none
        case "genre" if films:
            films[one % len(films)].genre = GENRES[two % 3]
        case "drop" if films:
            films[one % len(films)].delete()
        case "undo":
            with contextlib.suppress(KeyError), store.transaction():
                Member.find(1).loans.delete_all()
                Reader.find(1).books.clear()
                raise KeyError
        case "end" | "star" | "late" | "move" | "delete":
            if loan:
                write_loan(kind, loan, two)
            if rental:
                write_rental(kind, rental, two)


def write_loan(kind: str, loan: Loan, number: int) -> None:
    match kind:
        case "end":
            loan.ended = number or None
        case "star":
            loan.stars = number or None
        case "move":
            loan.member = Member.find(1 + number % 2)
        case "delete":
            loan.delete()


def write_rental(kind: str, rental: Rental, number: int) -> None:
    match kind:
        case "end":
            rental.ended = number or None
        case "late":
            rental.late = not rental.late
        case "move" if not Rental.find_by(reader=1 + number % 2, book=rental.book):
            rental.reader = Reader.find(1 + number % 2)
        case "delete":
            rental.delete()


def filled(world: list[tuple[str, int, int]]) -> Store:
    store = Store()
    with store:
        members = [Member("m"), Member("n")]
        readers = [Reader("m"), Reader("n")]
        for number in range(7):
            film = Film(TITLES[number % 5], GENRES[number % 3])
            for member in members[: 1 + number % 2]:
                Loan(member, film, stars=number % 3 or None)
            book = Book(TITLES[number % 5] or "")
            for reader in readers[: 1 + number % 2]:
                Rental(reader, book, number % 3 or None)
        Loan(members[0], Film.find(1), stars=3)
        for act in world:
            write(store, act)
    return store


def up(value: Any) -> Key:
    return Key(value, False)


def down(value: Any) -> Key:
    return Key(value, True)


def loans(order: Callable[[Loan], Place], member: int = 1) -> list[tuple[Loan, Place]]:
    placed = [(loan, (*order(loan), loan.id)) for loan in Loan.all() if loan.member.id == member]
    return sorted(placed, key=lambda one: one[1])


def films(order: Callable[[Loan], Place], member: int = 1) -> Placed:
    return once([(loan.film, place) for loan, place in loans(order, member) if loan.film])


def rentals(order: Callable[[Rental], Place], holds: Callable[[Rental], bool]) -> Placed:
    own = [rental for rental in Rental.all() if rental.reader.id == 1 and holds(rental)]
    return sorted([(rental, (*order(rental), rental.id)) for rental in own], key=lambda one: one[1])


def books(placed: Placed) -> Placed:
    return [(rental.book, place) for rental, place in placed]


def once(placed: Placed) -> Placed:
    met: dict[Any, Place] = {}
    for row, place in placed:
        met.setdefault(row, place)
    return list(met.items())


def title(loan: Loan) -> Any:
    return loan.film.title if loan.film else None


def best(loan: Loan) -> Place:
    return down(loan.stars), up(title(loan))


def genre(loan: Loan) -> Place:
    return (up(loan.film.genre if loan.film else None), *best(loan))


def is_open(loan: Loan) -> bool:
    return loan.ended is None


# A collection, and its members with their places.
LIVE: dict[str, tuple[Callable[[], Many[Any]], Callable[[], Placed]]] = {
    "best_loans": (lambda: Member.find(1).best_loans, lambda: loans(best)),
    "open_loans": (
        lambda: Member.find(1).open_loans,
        lambda: [(loan, place) for loan, place in loans(lambda loan: ()) if is_open(loan)],
    ),
    "ranked": (lambda: Member.find(1).ranked, lambda: films(lambda loan: (up(loan.stars),))),
    "by_title": (lambda: Member.find(1).by_title, lambda: films(lambda loan: (down(title(loan)),))),
    "best_films": (lambda: Member.find(1).best_films, lambda: films(best)),
    "best_by_genre": (lambda: Member.find(1).best_by_genre, lambda: films(genre)),
    "open_films": (
        lambda: Member.find(1).open_films,
        lambda: once([(loan.film, place) for loan, place in loans(lambda loan: ()) if loan.film and is_open(loan)]),
    ),
    "of all": (
        lambda: Member.all().through("best_films"),
        lambda: once([(film, (member, *place)) for member in (1, 2) for film, place in films(best, member)]),
    ),
    "by_end": (
        lambda: Reader.find(1).by_end,
        lambda: rentals(lambda one: (up(one.ended), down(one.book.title)), lambda one: not one.late),
    ),
    "books by title": (
        lambda: Reader.find(1).by_title,
        lambda: books(rentals(lambda one: (up(one.book.title),), lambda one: True)),
    ),
    "last_ended": (
        lambda: Reader.find(1).last_ended,
        lambda: books(rentals(lambda one: (down(one.ended),), lambda one: not one.late)),
    ),
}
OF_FILMS = ["ranked", "by_title", "best_films", "best_by_genre", "open_films", "of all"]


def over(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(st.just("where"), inner),
        st.tuples(st.just("order"), inner, st.booleans()),
        st.tuples(st.sampled_from("&|-^"), inner, inner),
        st.tuples(st.just("through"), inner),
    )


of_films = st.recursive(st.tuples(st.just("live"), st.sampled_from(OF_FILMS)), over, max_leaves=3)
specs = st.tuples(st.just("live"), st.sampled_from(sorted(LIVE))) | of_films


def made(spec: Any) -> Many[Any]:
    match spec:
        case ("live", name):
            return LIVE[name][0]()
        case ("where", of):
            return made(of).where(col("genre") != "pop")
        case ("order", of, falls):
            return made(of).order_by(col("title").desc() if falls else "title")
        case ("through", of):
            return made(of).through("members").through("best_films")
        case ("&", one, two):
            return made(one) & made(two)
        case ("|", one, two):
            return made(one) | made(two)
        case ("-", one, two):
            return made(one) - made(two)
        case ("^", one, two):
            return made(one) ^ made(two)
    raise AssertionError(spec)


def stand(spec: Any) -> Placed:
    match spec:
        case ("live", name):
            return LIVE[name][1]()
        case ("where", of):
            return [(film, place) for film, place in stand(of) if film.genre != "pop"]
        case ("order", of, falls):
            return sorted(
                ((film, (Key(film.title, falls), *place)) for film, place in stand(of)), key=lambda one: one[1]
            )
        case ("through", of):
            return once(through(stand(of)))
    sign, one, two = spec
    ours, theirs = stand(one), stand(two)
    in_ours, in_theirs = {film for film, _ in ours}, {film for film, _ in theirs}
    if sign in "&-":
        return [(film, place) for film, place in ours if (film in in_theirs) == (sign == "&")]
    first_side = [(film, (0, *place)) for film, place in ours if sign == "|" or film not in in_theirs]
    return first_side + [(film, (1, *place)) for film, place in theirs if film not in in_ours]


def through(placed: Placed) -> Placed:
    lent = list(Loan.all())
    members = once([(loan.member, (*place, loan.id)) for film, place in placed for loan in lent if loan.film == film])
    best_of = {member: films(best, member.id) for member, _ in members}
    return [(film, (*place, *own)) for member, place in members for film, own in best_of[member]]


def pages(many: Many[Any], limit: int, *, reverse: bool) -> list[Any]:
    found: list[Any] = []
    token = None
    for _ in range(1000):
        page = many.page(limit, token, reverse=reverse)
        assert len(page.items) == limit or page.next is None
        found += page.items
        token = page.next
        if token is None:
            return found
    raise AssertionError("no end")


@settings(max_examples=150, deadline=None)
@given(world=worlds, spec=specs, limit=st.integers(1, 5), reverse=st.booleans())
def test_pages_are_the_collection_cut_up(world, spec, limit, reverse):
    with filled(world):
        expected = [row for row, _ in stand(spec)]
        assert made(spec) == expected
        assert pages(made(spec), limit, reverse=reverse) == expected[:: -1 if reverse else 1]


@settings(max_examples=300, deadline=None)
@given(world=worlds, spec=specs, limit=st.integers(1, 4), reverse=st.booleans(), gaps=gaps, anew=st.booleans())
def test_what_keeps_its_place_is_seen_once(world, spec, limit, reverse, gaps, anew):
    with filled(world) as store:
        same, token, seen = made(spec), None, []
        kept = places(spec)
        waiting = list(gaps)
        for _ in range(1000):
            page = (made(spec) if anew else same).page(limit, token, reverse=reverse)
            seen += page.items.ids.tolist()
            token = page.next
            if token is None:
                break
            for act in waiting.pop(0) if waiting else []:
                write(store, act)
            now = places(spec)
            kept = {id: place for id, place in kept.items() if now.get(id) == place}
        assert token is None
        often = {id: seen.count(id) for id in kept}
        # Of a long text a token has the beginning: what begins alike may come again where the row it speaks of is gone.
        cut = {id for id, count in often.items() if count > 1 and any(is_long(part) for part in kept[id])}
        assert {id: count for id, count in often.items() if id not in cut} == dict.fromkeys(kept.keys() - cut, 1)
        store.check()


def places(spec: Any) -> dict[int, Place]:
    return {row.id: place for row, place in stand(spec)}


def is_long(part: Any) -> bool:
    return isinstance(part, Key) and isinstance(part.value, str) and len(part.value) > 48


@settings(max_examples=100, deadline=None)
@given(world=worlds, name=st.sampled_from(sorted(LIVE)), other=st.sampled_from(sorted(LIVE)), reverse=st.booleans())
def test_a_token_is_of_one_collection(world, name, other, reverse):
    with filled(world):
        token = LIVE[name][0]().page(1, reverse=reverse).next
        for of, turned in ((other, reverse), (name, not reverse)):
            if token and (of, turned) != (name, reverse):
                with pytest.raises(ValueError, match="malformed or of another"):
                    LIVE[of][0]().page(1, token, reverse=turned)


def test_a_token_says_the_keys_and_the_link():
    with filled([]):
        token = Member.find(1).ranked.page(1).next
        assert token
        assert token.split(".")[1:] == ["i1", str(Loan.all().where(member=1, stars=1)[0].id)]
        token = Reader.find(1).last_ended.page(2).next
        assert token
        assert token.split(".")[1] == "i2"


def test_a_page_costs_no_more_than_its_keys():
    """Of a list of one's own, or of links of a unique pair, only what a page ends with is placed."""
    with Store():
        reader = Reader("r")
        Rental.insert_all(reader=[reader] * 500, book=Book.insert_all(title=[f"{n % 7}" for n in range(500)]))
        for many in (reader.by_title, reader.by_end):
            assert pages(many, 60, reverse=False) == list(many) == pages(many, 60, reverse=True)[::-1]
