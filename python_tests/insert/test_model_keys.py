"""Models with a key: plain values in place of a record are keys, never ids."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hasmany import Many, Model, NotFoundError, SchemaError, Store, field, has_many


class Author(Model, key="name"):
    name: str
    books: Many["Book"] = has_many()


class Book(Model, key=("author", "title")):
    author: Author
    title: str
    year: int = 0


class Loan(Model):
    book: Book
    reader: Author | None = None
    days: int = 7


class Number(Model, key="number"):
    number: int


class Call(Model):
    number: Number


class Profile(Model, key="author"):
    author: Author
    text: str = ""


class Visit(Model):
    profile: Profile


class Cover(Model, key="book"):
    book: Book


class Print(Model):
    cover: Cover


@pytest.fixture(params=["memory", "file"], autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "s.db") if request.param == "file" else Store() as store:
        Author.insert_all(name=["ann", "bob", "cat"])
        Book.insert_all(author=["bob", "ann", "bob"], title=["B", "A", "A"])
        yield store
        store.check()


def test_a_key_is_unique(store: Store) -> None:
    with pytest.raises(ValueError, match="already has this name"):
        Author("ann")
    with pytest.raises(ValueError, match="already has this author, title"):
        Book(Author.find("ann"), "A")


def test_plain_values_in_a_column_are_keys() -> None:
    assert Book.all().values("author.name") == ["bob", "ann", "bob"]


@pytest.mark.parametrize("carrier", [list, tuple, np.array, pl.Series, iter, lambda v: np.array(v, object)])
def test_keys_come_from_any_carrier(carrier: type) -> None:
    made = Book.insert_all(author=carrier(["cat", "bob"]), title=["x", "y"])
    assert made.values("author.name") == ["cat", "bob"]
    made = Book.insert_all(pl.DataFrame({"author": ["cat", "bob"], "title": ["X", "Y"]}))
    assert made.values("author.name") == ["cat", "bob"]


def test_records_and_collections_still_name_rows() -> None:
    ann, bob, _ = Author.all()
    for authors in ([bob, ann], iter([bob, ann]), np.array([bob, ann], object), Author.all()[:2].order_by("name")):
        made = Book.insert_all(author=authors, title=["x", "y"])
        assert set(made.values("author")) == {ann, bob}
        made.delete_all()
    assert Book.insert_all(author=bob, title=["x", "y"]).values("author") == [bob, bob]
    assert Book.insert_all({"author.id": [3], "title": ["x"]})[0].author == Author.find("cat")


def test_an_integer_column_is_never_taken_for_ids() -> None:
    with pytest.raises(TypeError, match=r"Book\.author takes Author records or their keys \(str\)"):
        Book.insert_all(author=np.array([1, 2]), title=["x", "y"])
    with pytest.raises(TypeError, match=r"row 0: Book\.author"):
        Book.insert_all(author=[1, 2], title=["x", "y"])
    Number.insert_all(number=[2, 1])
    assert Call.insert_all(number=[1, 2]).values("number.id") == [2, 1]
    with pytest.raises(SchemaError, match=r"'author' is the column of keys, and 'author\.id'"):
        Book.insert_all(author_id=[1], title=["x"])


def test_records_and_keys_do_not_mix() -> None:
    with pytest.raises(TypeError, match="row 1"):
        Book.insert_all(author=[Author.find("ann"), "bob"], title=["x", "y"])
    with pytest.raises(TypeError, match="row 1"):
        Book.insert_all(author=["bob", Author.find("ann")], title=["x", "y"])


def test_a_key_that_no_row_has_is_an_error_with_its_row() -> None:
    with pytest.raises(NotFoundError, match=r"row 1: Book\.author: no Author has name 'dan'"):
        Book.insert_all(author=["ann", "dan"], title=["x", "y"])
    assert len(Book.all()) == 3
    made = Book.insert_all(author=["ann", "dan"], title=["x", "y"], create_missing=True)
    assert made[1].author == Author.find("dan")


def test_composite_keys_are_dotted_columns() -> None:
    loans = Loan.insert_all({"book.author.name": ["bob", "ann"], "book.title": ["A", "A"], "reader": ["cat", None]})
    assert loans.values("book") == [Book.find(("bob", "A")), Book.find(("ann", "A"))]
    assert loans.values("reader.name") == ["cat", None]
    again = Loan.insert_all({"book.author": ["bob"], "book.title": "B"})
    assert again[0].book == Book.find(("bob", "B"))
    again = Loan.insert_all({"book.author.id": [2], "book.title": "B"})
    assert again[0].book == Book.find(("bob", "B"))
    again = Loan.insert_all({"book.author": [Author.find("bob")], "book.title": "B"})
    assert again[0].book == Book.find(("bob", "B"))


def test_wrong_parts_of_a_composite_key_are_errors() -> None:
    with pytest.raises(SchemaError, match=r"'book\.author', 'book\.title'"):
        Loan.insert_all(book=["A"])
    with pytest.raises(SchemaError, match="title is not unique"):
        Loan.insert_all({"book.title": ["A"]})
    with pytest.raises(SchemaError, match="pass one"):
        Loan.insert_all({"book.author": ["bob"], "book.author.name": ["bob"], "book.title": ["A"]})
    with pytest.raises(NotFoundError, match=r"row 0: .*no Author has name 'dan'"):
        Loan.insert_all({"book.author.name": ["dan"], "book.title": ["A"]})
    with pytest.raises(NotFoundError, match=r"row 0: Loan\.book: no Book has .*'Z'"):
        Loan.insert_all({"book.author.name": ["ann"], "book.title": ["Z"]})
    with pytest.raises(SchemaError, match="title is not unique"):
        Loan.insert_all({"book.title": ["Z"]}, create_missing=True)


def test_find_takes_the_key_and_ids_by_name() -> None:
    assert Author.find("bob").id == 2 and Author.find(id=2).name == "bob"
    assert Book.find(("bob", "A")) == Book.find((Author.find("bob"), "A")) == Book.find(id=3)
    for missing in ("zoe", "2"):
        with pytest.raises(NotFoundError, match="no Author with name="):
            Author.find(missing)
    with pytest.raises(NotFoundError):
        Book.find(("zoe", "A"))
    with pytest.raises(TypeError, match=r"Author\.find\(id=\.\.\.\)"):
        Author.find(2)
    for wrong in ("A", ["bob", "A"], ("bob",), ("bob", "A", 1)):
        with pytest.raises(TypeError, match=r"Book\.find takes a Book or its key, the tuple \(author, title\)"):
            Book.find(wrong)
    with pytest.raises(TypeError, match="got name twice"):
        Author.find("bob", name="ann")
    Number(7)
    assert Number.find(7).id == 1
    Profile(Author.find("cat"))
    assert Profile.find("cat") == Profile.find(Author.find("cat")) == Profile.find(id=1)


def test_where_and_find_by_take_keys() -> None:
    bob = Author.find("bob")
    assert Book.where(author="bob") == bob.books == Book.where(author=bob)
    assert Book.where(author=["cat", "ann", "nobody"]).values("title") == ["A"]
    assert Book.where(author="nobody") == [] and Book.find_by(author="nobody") is None
    assert Book.find_by(author="ann", title="A") == Book.find(id=2)
    assert Book.all().where(author="ann") == [Book.find(id=2)]
    Loan.insert_all({"book.author.name": ["bob", "ann"], "book.title": ["A", "A"]})
    assert Loan.where(book=("ann", "A")).ids.tolist() == [2]
    assert Loan.where(book=[("ann", "A"), ("bob", "A"), ("bob", "Z")]).ids.tolist() == [1, 2]
    assert len(Loan.where(reader=None)) == 2 and Loan.where(reader="ann") == []


def test_constructors_assignment_and_add_take_records_only() -> None:
    book = Book.find(id=1)
    for call in (
        lambda: Book("ann", "new"),
        lambda: setattr(book, "author", "ann"),
        lambda: book.update(author="ann"),
        lambda: Book.find_or_create(author="ann", title="new"),
        lambda: Book.find_or_create(author="ann", title="A"),
        lambda: Author.find("ann").books.add("B"),
        lambda: Book.all().update_all(author="ann"),
    ):
        with pytest.raises(TypeError, match="str"):
            call()


def test_what_goes_out_under_a_name_comes_in_under_it() -> None:
    Loan.insert_all({"book.author.name": ["bob", "ann"], "book.title": ["A", "A"], "reader": ["cat", None]})
    Profile.insert_all(author=["cat", "ann"])
    Visit.insert_all(profile=["ann", "cat", "ann"])
    Cover.insert_all({"book.author": ["bob"], "book.title": ["B"]})
    Print.insert_all({"cover.book.author": ["bob", "bob"], "cover.book.title": "B"})
    models = (Author, Book, Loan, Profile, Visit, Cover, Print)
    frames = {model: pl.DataFrame(model.all()) for model in models}
    assert frames[Book].columns == ["id", "author", "title", "year"]
    assert frames[Loan].columns == ["id", "book.author", "book.title", "reader", "days"]
    assert frames[Loan]["reader"].to_list() == ["cat", None]
    assert frames[Print].columns == ["id", "cover.book.author", "cover.book.title"]
    with Store():
        for model, frame in frames.items():
            model.insert_all(frame)
        for model, frame in frames.items():
            assert pl.DataFrame(model.all()).equals(frame)
    with Store():  # whatever ids the parents have
        Author.insert_all(name=["zoe", "cat", "bob", "ann"])
        Book.insert_all(frames[Book].drop("id").reverse())
        made = Loan.insert_all(frames[Loan].drop("id"))
        assert made.values("book.author.name") == ["bob", "ann"] and made.values("reader.name") == ["cat", None]


def test_column_gives_keys_and_dot_id_ids() -> None:
    assert Book.all().column("author").tolist() == ["bob", "ann", "bob"]
    assert Book.all().column("author.id").tolist() == [2, 1, 2]
    Loan(Book.find(id=1))
    with pytest.raises(SchemaError, match=r"'book\.author', 'book\.title'"):
        Loan.all().column("book")


def test_a_key_must_be_fields_that_every_row_has() -> None:
    with pytest.raises(SchemaError, match="key names 'hndle', which is no field"):

        class A(Model, key="hndle"):
            handle: str

    with pytest.raises(SchemaError, match=r"B\.handle may be None"):

        class B(Model, key="handle"):
            handle: str | None = None

    for wrong in ((), 5, ("a", 5), ("a", "a")):
        with pytest.raises(SchemaError, match="key is the name of a field or a tuple of names"):

            class C(Model, key=wrong):
                a: str


def test_abstract_bases_hand_their_key_down() -> None:
    class Coded(Model, abstract=True, key="code"):
        code: str

    class Item(Coded):
        price: int = field(default=3)

    Item.insert_all(code=["a", "b"])
    assert Item.find("b").id == 2


def test_a_key_that_leads_to_itself_is_an_error() -> None:
    class Loop(Model, key="loop"):
        loop: "Loop"

    class End(Model):
        loop: Loop

    with pytest.raises(SchemaError, match="to itself"):
        End.insert_all(loop=[1])


def test_many_keys_at_once() -> None:
    count = 20_000
    Author.insert_all(name=[f"n{at}" for at in range(count)])
    order = np.random.default_rng(1).permutation(count)
    made = Book.insert_all(author=[f"n{at}" for at in order], title="t")
    assert (made.column("author.id") == order + 4).all()
