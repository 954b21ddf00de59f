"""Random loans, read through every collection, against lists that are filtered and sorted by hand."""

from typing import Any

from hasmany import Store, col
from hypothesis import given, settings
from hypothesis import strategies as st

from .library import Book, Film, Loan, Member, Reader, Rental

SETTINGS = settings(max_examples=40, deadline=None)
MEMBERS, FILMS = 4, 5
OF = {"open_loans": Loan, "best_loans": Loan, "fellows": Member, "close": Member}
"""The models of members, of those that are no films."""

loans = st.lists(
    st.tuples(
        st.integers(0, MEMBERS - 1),
        st.none() | st.integers(0, FILMS - 1),
        st.none() | st.integers(1, 3),
        st.none() | st.integers(1, 5),
    ),
    max_size=25,
)
films = st.lists(
    st.tuples(st.none() | st.sampled_from("abc"), st.none() | st.sampled_from(["rock", "pop"])),
    min_size=FILMS,
    max_size=FILMS,
)
changes = st.lists(
    st.tuples(st.sampled_from(["end", "star", "move", "delete", "genre"]), st.integers(0, 24), st.integers(0, 4)),
    max_size=12,
)


def filled(data: Any, of_films: Any) -> None:
    members = [Member(f"m{at}") for at in range(MEMBERS)]
    made = [Film(*film) for film in of_films]
    for member, film, ended, stars in data:
        Loan(members[member], None if film is None else made[film], ended, stars)


def change(kind: str, place: int, number: int) -> None:
    rows = list(Loan.all())
    if not rows:
        return
    loan = rows[place % len(rows)]
    match kind:
        case "end":
            loan.ended = None if loan.ended else number
        case "star":
            loan.stars = number or None
        case "move":
            loan.member = Member.all()[number % MEMBERS]
        case "delete":
            loan.delete()
        case _ if loan.film:
            loan.film.genre = "pop" if loan.film.genre == "rock" else "rock"
        case _:
            pass


def once(rows: Any) -> list[Any]:
    return list(dict.fromkeys(row for row in rows if row is not None))


def ordered(rows: Any, *keys: Any) -> list[Any]:
    """By keys, each a function and whether it falls; None last."""
    rows = list(rows)
    for key, falls in reversed(keys):
        some = [row for row in rows if key(row) is not None]
        rows = sorted(some, key=key, reverse=falls) + [row for row in rows if key(row) is None]
    return rows


def title(loan: Any) -> Any:
    return loan.film.title if loan.film else None


def expected(member: Any) -> dict[str, list[Any]]:
    """What each collection of a member has."""
    own = [loan for loan in Loan.all() if loan.member == member]
    opened = [loan for loan in own if loan.ended is None]
    best = ordered(own, (lambda loan: loan.stars, True), (title, False))
    return {
        "open_loans": opened,
        "best_loans": best,
        "open_films": once(loan.film for loan in opened),
        "rock": once(loan.film for loan in own if loan.film and loan.film.genre == "rock"),
        "good": once(loan.film for loan in own if loan.stars is not None and loan.stars >= 3),
        "liked": once(loan.film for loan in own if loan.stars in (4, 5) and loan.ended is None),
        "ranked": once(loan.film for loan in ordered(own, (lambda loan: loan.stars, False))),
        "by_title": once(loan.film for loan in ordered(own, (title, True))),
        "best_films": once(loan.film for loan in best),
        "fellows": once(loan.member for film in once(loan.film for loan in opened) for loan in Loan.where(film=film)),
        "close": once(
            loan.member
            for film in once(loan.film for loan in opened)
            if film.genre == "rock"
            for loan in Loan.where(film=film, ended=None)
        ),
    }


def assert_members(many: Any, wanted: list[Any], of: Any) -> None:
    assert list(many) == wanted
    assert len(many) == len(wanted)
    assert many == wanted
    assert list(reversed(many)) == wanted[::-1]
    assert many[1:3] == wanted[1:3]
    assert [row in many for row in of.all()] == [row in wanted for row in of.all()]
    assert many.ids.tolist() == [row.id for row in wanted]
    some = of.all()[:3]
    assert (many & some) == [row for row in wanted if row in list(some)]
    assert (many - some) == [row for row in wanted if row not in list(some)]
    assert (some & many) == [row for row in some if row in wanted]
    assert many.overlap(some) == len([row for row in wanted if row in list(some)])
    assert many.where(col("id") > 2) == [row for row in wanted if row.id > 2]
    for row in of.all():
        assert many.find_by(id=row.id) == (row if row in wanted else None)


def assert_all() -> None:
    names = list(expected(Member.all()[0]))
    for member in Member.all():
        for name, wanted in expected(member).items():
            many = getattr(member, name)
            assert_members(many, wanted, OF.get(name, Film))
    table = Member.all().select(
        **{name: col(name).list() for name in names}, **{f"{name}_count": col(name).count() for name in names}
    )
    for member, row in zip(Member.all(), table.to_dicts(), strict=True):
        for name, wanted in expected(member).items():
            assert row[name] == [one.id for one in wanted], name
            assert row[f"{name}_count"] == len(wanted)
    for name in names:
        counts = {member: len(expected(member)[name]) for member in Member.all()}
        best = sorted(counts, key=lambda member: (-counts[member], member.id))
        assert list(Member.all().top(MEMBERS, by=name).records) == best
        through = [one for member in Member.all() for one in expected(member)[name]]
        assert list(Member.all()[:].through(name)) == once(through)
    for film in Film.all():
        opened = [loan for loan in Loan.where(film=film) if loan.ended is None]
        assert film.open_members == once(loan.member for loan in opened)
        busy = [loan for loan in Loan.where(film=film) if len(loan.member.open_loans) >= 2]
        assert film.popular == busy
        assert Film.where(id=film.id).values(col("popular").count()) == [len(busy)]


@SETTINGS
@given(loans, films, changes, changes)
def test_collections_have_what_meets_their_terms(data, of_films, later, undone):
    with Store() as store:
        filled(data, of_films)
        assert_all()
        for one in later:
            change(*one)
        assert_all()
        before = [list(getattr(member, name)) for member in Member.all() for name in expected(member)]
        try:
            with store.transaction():
                for one in undone:
                    change(*one)
                assert_all()
                raise KeyError
        except KeyError:
            pass
        assert [list(getattr(member, name)) for member in Member.all() for name in expected(member)] == before
        store.compact()
        assert_all()
        store.check()


rentals = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 7), st.none() | st.integers(1990, 2010), st.booleans()),
    unique_by=lambda row: row[:2],
    max_size=40,
)


@SETTINGS
@given(rentals)
def test_rankings_are_those_of_a_store_with_only_what_meets_the_condition(data):
    def fill(rows: Any) -> None:
        readers, books = [Reader(f"r{at}") for at in range(6)], [Book(f"b{at}") for at in range(8)]
        for reader, book, ended, late in rows:
            Rental(readers[reader], books[book], ended, late)

    def asked(name: str) -> list[Any]:
        found: list[Any] = []
        for reader in Reader.all():
            for ranking in (
                reader.similar(name, 8),
                reader.recommend(name, 8),
                reader.recommend(name, 8, damping=(0.5, 0.5)),
                reader.recommend(name, 8, max_links=3, seed=7),
            ):
                found.append([(one.record.id, one.score) for one in ranking])
            recommended = reader.recommend(name, 8)
            found.append([recommended.why(one.record).ids.tolist() for one in recommended])
        for rankings in (Reader.all().similar(name, 5), Reader.all().recommend(name, 5)):
            found.append([[(one.record.id, one.score) for one in rankings[reader]] for reader in Reader.all()])
        found.append([(one.record.id, one.score) for one in Reader.all().top(6, by=name)])
        found.append(Reader.all().projection(name).to_dicts())
        return found

    for name, meets in (
        ("active_books", lambda row: row[2] is None),
        ("late", lambda row: row[2] is None and row[3]),
        ("old", lambda row: row[2] is not None and row[2] < 2000),
    ):
        with Store():
            fill(data)
            narrowed = asked(name)
        with Store():
            fill([row for row in data if meets(row)])
            assert narrowed == asked("books")
