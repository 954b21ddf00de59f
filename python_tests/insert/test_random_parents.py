"""Random keys of books and their authors, some of which are there, beside a naive model: what is found, what is created."""

from typing import Any

import pytest
from hasmany import DuplicateError, FieldError, Model, Store, field
from hypothesis import given
from hypothesis import strategies as st

from .thorough import SETTINGS
from .trees import rows_of


class Author(Model, key="name"):
    name: str
    born: int = 7


class Book(Model, key=("author", "title")):
    author: Author
    title: str
    isbn: int | None = field(default=None, unique=True)


class Loan(Model):
    book: Book | None = None
    twin: Book | None = None


class Refused(Exception):
    """Said with the error that is raised."""


Said = dict[str, Any]

books = st.builds(
    lambda author, title, isbn, born: {"author": author, "title": title, "isbn": isbn, "born": author and born},
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["x", "y", None]),
    st.sampled_from([1, 2, 3, None]),
    st.sampled_from([7, 7, 7, 8]),
)


class Naive:
    def __init__(self) -> None:
        self.authors: dict[str, int] = {}
        self.books: list[tuple] = []

    def find(self, book: Said, books: list[tuple]) -> Any:
        """The book, False where no key is whole, None where there is none."""
        found: list[Any] = []
        if book["author"] is not None and book["title"] is not None:
            found.append(next((row for row in books if row[:2] == (book["author"], book["title"])), None))
        if book["isbn"] is not None:
            found.append(next((row for row in books if row[2] == book["isbn"]), None))
        if len(found) == 2 and found[0] != found[1]:
            raise Refused(DuplicateError)
        return found[0] if found else False

    def lead(self, column: list[Said], authors: dict[str, int], new: list[tuple]) -> list[tuple | None]:
        is_new: dict[str, int] = {}
        for book in column:  # authors are parts of keys, so they come first
            name = book["author"]
            if book["title"] is not None and name is not None and name not in self.authors:
                known = authors.get(name, is_new.get(name))
                if known not in (None, book["born"]):
                    raise Refused(DuplicateError)
                is_new[name] = book["born"]
        authors |= is_new
        led: list[tuple | None] = []
        for book in column:
            found = self.find(book, self.books)
            if found is None:
                key = (book["author"], book["title"], book["isbn"])
                alike = [
                    row
                    for row in new
                    if (None not in key[:2] and row[:2] == key[:2]) or (key[2] is not None and row[2] == key[2])
                ]
                if any(row != key for row in alike):
                    raise Refused(DuplicateError)
                if not alike:
                    new.append(key)
                found = key
            led.append(found or None)
        return led

    def insert(self, rows: list[tuple[Said, Said]]) -> list[tuple]:
        authors: dict[str, int] = {}
        new: list[tuple] = []
        columns = [self.lead([row[at] for row in rows], authors, new) for at in (0, 1)]
        if any(None in key[:2] for key in new):
            raise Refused(FieldError)
        self.authors |= authors
        self.books += new
        return list(zip(*columns, strict=True))


def dump() -> tuple[list[tuple], list[tuple]]:
    return rows_of(Author.all(), "name", "born"), rows_of(Book.all(), "author.name", "title", "isbn")


def columns(rows: list[tuple[Said, Said]]) -> dict[str, list]:
    names = {"author": "author.name", "title": "title", "isbn": "isbn", "born": "author.born"}
    return {
        f"{reference}.{path}": [row[at][name] for row in rows]
        for at, reference in enumerate(("book", "twin"))
        for name, path in names.items()
    }


@SETTINGS
@given(history=st.lists(st.lists(st.tuples(books, books), max_size=4), min_size=1, max_size=4))
def test_parents(history: list[list[tuple[Said, Said]]]) -> None:
    with Store() as store:
        naive = Naive()
        for rows in history:
            before = dump()
            try:
                expected = naive.insert(rows)
            except Refused as refused:
                with pytest.raises((refused.args[0], FieldError)):  # of two errors either may come first
                    Loan.insert_all(columns(rows), create_missing=True)
                assert dump() == before
            else:
                made = Loan.insert_all(columns(rows), create_missing=True)
                paths = ("author.name", "title", "isbn")
                for at, reference in enumerate(("book", "twin")):
                    got = rows_of(made, *(f"{reference}.{path}" for path in paths))
                    assert got == [row[at] or (None,) * 3 for row in expected]
                assert dump() == (list(naive.authors.items()), naive.books)
            store.check()
