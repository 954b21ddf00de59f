"""What stands for a record in a condition: its id, `user_id` for the reference, its key, the tuple of a key of several fields."""

from decimal import Decimal
from enum import Enum

import pytest
from hasmany import Many, Model, SchemaError, Store, col, field, has_many
from hypothesis import given
from hypothesis import strategies as st

from .cinema import Film, Person, Rating


class Author(Model, key="name"):
    name: str = field(unique=True)
    books: Many["Book"] = has_many()


class Book(Model, key=("title", "author")):
    title: str
    author: Author
    loans: Many["Loan"] = has_many()


class Format(Enum):
    PAPER = "paper"
    EAR = "ear"


class Edition(Model, key=("book", "format", "price")):
    book: Book
    format: Format
    price: Decimal = field(scale=2)


class Loan(Model):
    book: Book | None = None
    author: Author | None = None
    edition: Edition | None = None
    days: int = 1


@pytest.fixture
def library(store):
    herbert, lem = Author("Herbert"), Author("Lem")
    dune, solaris, other = Book("Dune", herbert), Book("Solaris", lem), Book("Dune", lem)
    ear = Edition(solaris, Format.EAR, Decimal("9.50"))
    Loan(dune, herbert, None, 1), Loan(solaris, lem, ear, 2), Loan(other, None, None, 3), Loan(None, None, None, 4)


def days(*conditions, **fields) -> list[int]:
    return Loan.where(*conditions, **fields).values("days")


# ── user_id ───────────────────────────────────────────────────────────────────────────────────────


def test_user_id_is_the_reference_user(cinema):
    ann, waves = cinema.ann.id, cinema.waves.id
    assert Rating.where(person_id=ann) == Rating.where(person=cinema.ann)
    assert Rating.where(person_id=cinema.ann, film_id=[waves, None]) == cinema.ann.ratings.where(film=cinema.waves)
    assert Rating.where(col("person_id") == ann) == Rating.where(person=ann) == cinema.ann.ratings
    assert Rating.where(**{"film.studio_id": cinema.zentropa.id}) == cinema.zentropa.ratings
    assert Film.where(col("ratings.person_id").contains(cinema.eve)) == []
    assert Rating.where(film_id=None).values("person") == [cinema.eve]
    assert Rating.find(person_id=cinema.ben).stars == 3 and Rating.find_by(film_id=10**9) is None
    assert Film.all().select("studio_id").to_dicts() == [{"studio_id": 1}, {"studio_id": 2}, {"studio_id": None}]
    assert Rating.all().column("film_id").tolist() == Rating.all().column("film").tolist()
    assert Rating.all().order_by("person_id") == Rating.all().order_by("person")


def test_values_of_user_id_are_ids_and_those_of_user_records(cinema):
    eve = cinema.eve
    assert Rating.where(film_id=None).values("person_id") == [eve.id]
    assert Rating.where(film_id=None).values("film_id", "person", "person_id") == [(None, eve, eve.id)]
    assert (
        Rating.all().values("person_id") == Rating.all().column("person").tolist() == Rating.all().values("person.id")
    )
    assert Rating.all().values("film.studio_id") == Rating.all().values("film.studio.id")
    for expr in (
        col("ratings.person_id").list(),
        col("ratings.person_id").first(),
        col("ratings").filter(col("stars") > 3).count(),
        col("studio_id"),
    ):
        assert Film.all().values(expr) == Film.all().select(x=expr).column("x").tolist(), expr
    assert Film.all().values(col("ratings.person").first()) == [
        film.ratings[0].person if film.ratings else None for film in Film.all()
    ]
    assert Rating.all()[0].to_dict("person_id") == {"person_id": Rating.all()[0].person.id}


def test_a_field_or_collection_of_that_name_comes_first(store):
    class Tag(Model):
        name: str
        post_id: Many["Pin"] = has_many()

    class Pin(Model):
        tag: Tag
        tag_id: int = 7

    pin = Pin(Tag("x"))
    assert Pin.where(tag_id=7) == [pin] and Pin.where(col("tag_id") == 1) == []
    assert Tag.where(col("post_id").count() == 1) == [pin.tag]


def test_user_id_ends_a_path_and_is_of_references_alone(cinema):
    for wrong in ("film_id.title", "stars_id", "persn_id", "id_id", "_id"):
        with pytest.raises(SchemaError, match="Rating has no field"):
            Rating.where(col(wrong) == 1)
        with pytest.raises(SchemaError):
            Rating.where(**{wrong: 1})
    with pytest.raises(SchemaError, match="Person has no"):
        Person.where(ratings_id=1)


def test_rows_are_not_made_by_user_id(cinema):
    for film in (1, 10**9):
        with pytest.raises(SchemaError, match="Rating has no field 'film_id'; write film=, with the record itself"):
            Rating.find_or_create(person=cinema.ann, film_id=film)


def test_of_a_model_with_a_key_user_id_is_refused(library):
    for ask in (
        lambda: Loan.where(author_id=1),
        lambda: Loan.where(col("author_id") == "Lem"),
        lambda: Loan.where(**{"book.author_id": "Lem"}),
        lambda: Loan.all().values("author_id"),
        lambda: Loan.all().select("author_id"),
        lambda: Loan.all().order_by("author_id"),
        lambda: Loan.find_by(author_id=1),
    ):
        with pytest.raises(SchemaError, match=r"author_id: Author has a key, so 'author' is the key, and 'author\.id'"):
            ask()
    assert days(**{"author.id": 2}) == days(author="Lem") == [2]


# ── keys of several fields ────────────────────────────────────────────────────────────────────────


def test_a_tuple_is_a_key_of_several_fields(library):
    assert days(col("book") == ("Dune", "Herbert")) == [1]
    assert days(("Dune", "Herbert") == col("book")) == [1]  # noqa: SIM300
    assert days(col("book") != ("Dune", "Herbert")) == [2, 3, 4]
    assert days(col("book") == ("Dune", "nobody")) == []
    assert days(col("book") != ("Dune", "nobody")) == [1, 2, 3, 4]
    assert days(col("book") == ("Dune", Author.find("Herbert"))) == [1]
    assert days(col("book") == ("Dune", None)) == []
    assert days(col("book").is_in([("Dune", "Lem"), ("Dune", "nobody"), None])) == [3, 4]
    assert days(~col("book").is_in({("Dune", "Lem")})) == [1, 2, 4]
    assert days((col("book") == ("Dune", "Lem")) | (col("days") == 1)) == [1, 3]
    assert days(col("edition.book") == ("Solaris", "Lem")) == [2]
    assert Author.where(col("books").contains(("Solaris", "Lem"))).values("name") == ["Lem"]
    assert Author.where(col("books").filter(col("") == ("Solaris", "Lem")).count() == 1).values("name") == ["Lem"]
    assert Author.all().values((col("books") == ("Dune", "Lem")).any()) == [False, True]


def test_in_keywords_a_tuple_is_one_key_and_a_list_several(library):
    assert days(book=("Dune", "Lem")) == [*days(**{"edition.book": ("Dune", "Lem")}), 3]
    assert days(**{"edition.book": ("Solaris", "Lem")}) == [2]
    assert days(**{"edition.book": [("Solaris", "Lem"), ("Dune", "Lem")]}) == [2]
    assert days(**{"book.title": ("Dune", "Solaris")}) == [1, 2, 3]


def test_keys_in_keys_and_keys_of_every_type(library):
    key = (("Solaris", "Lem"), Format.EAR, Decimal("9.5"))
    assert days(col("edition") == key) == [2]
    assert days(col("edition").is_in([key])) == [2]
    assert days(col("edition") == (("Solaris", "Lem"), Format.PAPER, Decimal("9.5"))) == []
    assert days(col("edition") == (Book.find(("Solaris", "Lem")), Format.EAR, Decimal("9.501"))) == []


def test_it_is_shown_as_it_was_written():
    assert repr(col("book") == ("Dune", "Lem")) == "col(\"book\") == ('Dune', 'Lem')"
    assert repr(col("a").is_in([(1, "x")])) == "col(\"a\").is_in([(1, 'x')])"


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        (
            lambda: col("book") == ("Dune",),
            r"its key, the tuple \(title, author\), not with \(str\); by id: Book\.find",
        ),
        (lambda: col("book") == ("Dune", "Lem", 3), r"not with \(str, str, int\)"),
        (lambda: col("book") == ("Dune", 3), r"a Author is compared with a record or its key \(name\), not with int"),
        (lambda: col("book") == (3, "Lem"), r"the tuple \(title, author\), not with \(int, str\)"),
        (lambda: col("book") == "Dune", r"the tuple \(title, author\), not with str"),
        (lambda: col("book") == (), r"not with \(\)"),
        (lambda: col("book").is_in(("Dune", "Lem")), r"the tuple \(title, author\), not with str"),
        (lambda: col("author") == ("Lem",), r"its key \(name\), not with \(str\)"),
        (lambda: col("edition") == ("Solaris", Format.EAR, Decimal(1)), r"a Book is compared with .*, not with str"),
        (lambda: col("days") == (1, 2), r"a tuple is the key of a record, .*, not of int"),
        (lambda: col("days").is_in([(1, 2)]), r"a tuple is the key of a record, .*, not int"),
        (lambda: (col("days") + 1) == (1, 2), r"a tuple is the key of a record"),
    ],
)
def test_what_is_no_key_says_what_is_one(library, expr, words):
    with pytest.raises(SchemaError, match=words):
        Loan.where(expr())


def test_tuples_go_with_equality_alone(library):
    deep: tuple = ()
    for _ in range(100_000):
        deep = (deep,)
    for ask in (
        lambda: col("book") < ("Dune", "Lem"),
        lambda: col("book") + ("Dune", "Lem"),  # noqa: RUF005
        lambda: col("book").between(("Dune", "Lem"), None),
        lambda: col("book") == ["Dune", "Lem"],
        lambda: col("book") == deep,
        lambda: col("book").is_in([deep]),
    ):
        with pytest.raises(TypeError):
            ask()


def test_a_key_that_leads_back_to_itself_names_nothing(store):
    class Knot(Model, key="knot"):
        knot: "Knot" = field(unique=True)
        held: Many["Hold"] = has_many()

    class Hold(Model):
        knot: Knot

    with pytest.raises(SchemaError, match="leads back to itself"):
        Hold.where(col("knot") == 3)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), unique=True),
    st.lists(st.none() | st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"))),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("wxyz"))),
)
def test_keys_find_what_their_fields_find(keys, loans, asked):
    with Store():
        for name in "xyz":
            Author(name)
        for title, author in keys:
            Book(title, Author.find(author))
        for at, key in enumerate(loans):
            Loan(Book.find(key) if key in keys else None, days=at)
        kept = [key if key in keys else None for key in loans]
        for key in asked:
            wanted = [at for at, own in enumerate(kept) if own == key]
            assert days(col("book") == key) == days(book=key) == wanted
            assert days(col("book") != key) == [at for at in range(len(kept)) if at not in wanted]
            by_fields = (col("book.title") == key[0]) & (col("book.author.name") == key[1])
            assert days(by_fields) == wanted
        assert days(col("book").is_in(asked)) == [at for at, own in enumerate(kept) if own in asked]
