"""Random work on a store in a file: against the same work in memory, against dicts, and against what SQL reads."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

from hasmany import Like, Many, Model, Record, Store, Tweet, User, belongs_to, field, has_many
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from ..worlds.random_clinic import Appointment, Clinic, Doctor, Patient
from ..worlds.random_seed import SeedWorld
from ..worlds.random_work import World
from .files import assert_sound, beside, columns, plain

# ── random work on the worlds, in a file ──────────────────────────────────────────────────────────

TABLES: dict[type[Record], dict[str, str]] = {
    User: {"username": "username"},
    Tweet: {"message": "message", "user": "user_id"},
    Like: {"user": "user_id", "tweet": "tweet_id"},
    Doctor: {"name": "name"},
    Patient: {"name": "name"},
    Appointment: {"doctor": "doctor_id", "patient": "patient_id", "at": "at", "referrer": "referrer_id"},
}


class InFile(World):
    """A world whose store is in a file, closed and opened again at times."""

    def __init__(self) -> None:
        super().__init__()
        self.store.__exit__(None, None, None)
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "world.db")
        self.store = Store(self.path)
        self.store.__enter__()

    def teardown(self) -> None:
        super().teardown()
        assert beside(self.path) == []
        assert_sound(self.path)
        self.folder.cleanup()

    @precondition(lambda self: not self.open)
    @rule()
    def open_again(self) -> None:
        self.store.__exit__(None, None, None)
        self.store = Store(self.path)
        self.store.__enter__()
        for model, rows in self.rows.items():
            for key in rows:
                self.handles[model][key] = model.find(key)

    @precondition(lambda self: not self.open)
    @invariant()
    def sql_reads_the_same(self) -> None:
        with closing(connect(self.path)) as connection:
            for model, rows in self.rows.items():
                if model not in self.store.schema.models:
                    continue
                names = ", ".join(["id", *TABLES[model].values()])
                read = connection.execute(f"select {names} from {model.__name__}s order by id").fetchall()
                assert read == [(key, *(row[name] for name in TABLES[model])) for key, row in sorted(rows.items())]


class SeedWorldInFile(InFile, SeedWorld):
    pass


class ClinicInFile(InFile, Clinic):
    pass


SETTINGS = settings(max_examples=12, stateful_step_count=30, deadline=None, database=None)
TestSeedWorldInFile = SeedWorldInFile.TestCase
TestSeedWorldInFile.settings = SETTINGS
TestClinicInFile = ClinicInFile.TestCase
TestClinicInFile.settings = SETTINGS


# ── a store in a file beside one in memory ────────────────────────────────────────────────────────


class Shelf(Model):
    code: str = field(unique=True)
    above: "Shelf | None" = belongs_to(on_delete="nullify", default=None)
    books: Many["Book"] = has_many()


class Book(Model):
    title: str
    shelf: Shelf | None = belongs_to(on_delete="nullify", default=None)
    number: int | None = field(default=None, unique=True)
    sequel_of: "Book | None" = belongs_to(on_delete="cascade", default=None)
    weight: float = 0.5
    loans: Many["Loan"] = has_many()
    readers: Many["Reader"] = has_many(through="loans")


class Reader(Model):
    name: str = field(unique=True)
    loans: Many["Loan"] = has_many()
    books: Many["Book"] = has_many(through="loans")


class Loan(Model, unique=("reader", "book")):
    reader: Reader
    book: Book = belongs_to(on_delete="cascade")
    note: str | None = None


FIELDS: dict[type[Record], dict[str, str]] = {
    Shelf: {"code": "code", "above": "above_id"},
    Book: {"title": "title", "shelf": "shelf_id", "number": "number", "sequel_of": "sequel_of_id", "weight": "weight"},
    Reader: {"name": "name"},
    Loan: {"reader": "reader_id", "book": "book_id", "note": "note"},
}
MODELS = list(FIELDS)


def pick(model: type[Record], number: int) -> Any:
    """A row of the model, or None where there are none."""
    everything = model.all()
    return everything[number % len(everything)] if len(everything) else None


def create(a: int, b: int, word: str) -> Any:
    kind = a % 4
    if kind == 0:
        return Shelf(word, pick(Shelf, b))
    if kind == 1:
        return Book(word, pick(Shelf, a), b or None, pick(Book, b) if b % 3 == 0 else None)
    if kind == 2:
        return Reader(word)
    return Loan(pick(Reader, a), pick(Book, b), word)


def change(a: int, b: int, word: str) -> Any:
    kind = a % 6
    if kind == 0:
        pick(Shelf, b).update(code=word, above=pick(Shelf, a))
    elif kind == 1:
        pick(Book, b).update(title=word, number=a, shelf=pick(Shelf, a))
    elif kind == 2:
        pick(Book, b).sequel_of = pick(Book, a)
    elif kind == 3:
        pick(Reader, b).name = word
    elif kind == 4:
        pick(Loan, b).update(reader=pick(Reader, a), note=None)
    else:
        pick(Book, b).update(number=None, shelf=None, weight=a / 3)


def delete(a: int, b: int, word: str) -> Any:
    return pick(MODELS[a % 4], b).delete()


def link(a: int, b: int, word: str) -> Any:
    books, reader = pick(Reader, a).books, pick(Book, b)
    some = [pick(Book, n) for n in range(b % 4)]
    kind = a % 5
    if kind == 0:
        return plain_ids(books.add(*some, note=word))
    if kind == 1:
        return plain_ids(books.remove(*some))
    if kind == 2:
        return plain_ids(books.replace(some[::-1]))
    if kind == 3:
        return plain_ids(pick(Shelf, a).books.replace([reader, *some]))
    return plain_ids(books.clear())


def plain_ids(many: Many[Any]) -> list[int]:
    return many.ids.tolist()


def insert(a: int, b: int, word: str) -> Any:
    if a % 2:
        return plain_ids(Reader.insert_all(name=[f"{word}{n % 7}" for n in range(a % 10)], on_conflict="skip"))
    readers, books = Reader.all().ids.tolist(), Book.all().ids.tolist()
    pairs = [(reader, book) for reader in readers for book in books][b % 3 :: 2]
    made = Loan.insert_all(reader=[r for r, _ in pairs], book=[b for _, b in pairs], note=word, on_conflict="skip")
    return plain_ids(made)


def set_many(a: int, b: int, word: str) -> Any:
    kind = a % 3
    if kind == 0:
        return pick(Shelf, b).books.update_all(title=word, weight=float(a))
    if kind == 1:
        return Loan.where(reader=pick(Reader, b)).update_all(note=word)
    return Book.all()[a % 3 :: 2].update_all(number=b)


def swap(a: int, b: int, word: str) -> Any:
    """Two rows trade their unique values."""
    one, other = pick(Book, a), pick(Book, b)
    with Store.of(one).transaction():
        held, one.number = one.number, None
        other.number, held = held, other.number
        one.number = held
    first, second = pick(Shelf, a), pick(Shelf, b)
    with Store.of(first).transaction():
        code, other_code = first.code, second.code
        first.code = "between"
        second.code = code
        first.code = other_code
    return None


def recreate(a: int, b: int, word: str) -> Any:
    """Another row takes the unique key of one that goes, in one transaction."""
    old = pick(Loan, a)
    with Store.of(old).transaction():
        reader, book = old.reader, old.book
        old.delete()
        new = Loan(reader, book, word)
        reader.name = reader.name + "."
        Reader(reader.name[:-1]).delete()
    return new.id


class Undone(Exception):
    """Raised to undo a transaction."""


EXPECTED = (ValueError, TypeError, LookupError, AttributeError, Undone)
ACTS: list[Callable[[int, int, str], Any]] = [create, create, change, delete, link, insert, set_many, swap, recreate]


def nested(a: int, b: int, word: str) -> Any:
    """A transaction of several acts, some of which are undone by themselves; one in two is undone as a whole."""
    results = []
    store = Store.current()
    with store.transaction():
        for number in range(b % 5):
            act = ACTS[(a + number) % len(ACTS)]
            try:
                with store.transaction():
                    results.append(plain(act(a + number, b, word)))
                    if (a + number) % 3 == 0:
                        raise Undone
            except EXPECTED as error:
                results.append(type(error).__name__)
        if a % 2:
            raise Undone
    return results


numbers = st.integers(0, 30)
words = st.sampled_from(["a", "b", "c", "d", "\u00e9", ""])
steps = st.lists(
    st.tuples(st.sampled_from([*ACTS, nested, nested]), numbers, numbers, words)
    | st.sampled_from(["reopen", "compact"]),
    min_size=5,
    max_size=30,
)


def done(act: Callable[[int, int, str], Any], a: int, b: int, word: str) -> Any:
    """What it gave back or raised, comparable between stores."""
    try:
        result = act(a, b, word)
    except EXPECTED as error:
        return type(error).__name__
    return plain(result)


def everything() -> list[Any]:
    """All that can be read of the current store, as plain values."""
    return [
        {model.__name__: columns(model, *names) for model, names in FIELDS.items()},
        [(shelf.books.ids.tolist(), Shelf.find(code=shelf.code).id) for shelf in Shelf.all()],
        [(book.readers.ids.tolist(), book.loans.ids.tolist()) for book in Book.all()],
        [(reader.books.ids.tolist(), reader.loans.ids.tolist()) for reader in Reader.all()],
        [plain(Book.find_by(number=number)) for number in range(31)],
    ]


def in_sql(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The tables as SQL reads them, like the first of `everything`."""
    with closing(connect(path)) as connection:
        return {
            model.__name__: connection.execute(
                f"select {', '.join(['id', *names.values()])} from {model.__name__}s order by id"
            ).fetchall()
            for model, names in FIELDS.items()
        }


START = [(create, kind, number, word) for word, number in zip("abc", range(3, 6), strict=True) for kind in range(4)]


@settings(max_examples=30, deadline=None, database=None)
@given(steps)
def test_a_store_in_a_file_is_as_one_in_memory(changes):
    with tempfile.TemporaryDirectory() as folder, ExitStack() as blocks:
        path = Path(folder, "library.db")
        memory, file = Store(), blocks.enter_context(Store(path))
        for step in [*START, *changes, "reopen"]:
            if step == "compact":
                file.compact()
            elif step == "reopen":
                blocks.close()
                assert beside(path) == []
                file = blocks.enter_context(Store(path))
                file.check()
            else:
                with memory:
                    expected = done(*step)
                assert done(*step) == expected
            with memory:
                state = everything()
            assert everything() == state
            assert in_sql(path) == state[0]
        blocks.close()
        assert_sound(path)
