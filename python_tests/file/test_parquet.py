"""`Store.to_parquet` and `Store.from_parquet`: a store as a folder of Parquet files."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time as time_
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import hasmany.parquet as parquet  # noqa: PLR0402
import pytest
from hasmany import (
    CorruptStoreError,
    Json,
    Like,
    Many,
    Model,
    SchemaError,
    Store,
    StoreClosedError,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..places import SHARED, needs

CHINOOK = SHARED / "data" / "chinook" / "Chinook_Sqlite.sqlite"
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

MANIFEST = "manifest.json"
NOON = datetime(2026, 3, 1, 12, 0, 0, 1, tzinfo=UTC)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = -1
    HIGH = 3


class Author(Model, key="handle"):
    handle: str
    books: Many["Book"] = has_many()
    readers: Many["Reader"] = has_many(through="books", source="readers")


class Book(Model, key=("author", "title")):
    author: Author = belongs_to(on_delete="cascade")
    title: str
    sequel: "Book | None" = belongs_to(on_delete="nullify", default=None)
    loans: Many["Loan"] = has_many()
    readers: Many["Reader"] = has_many(through="loans")


class Reader(Model):
    name: str = field(unique=True)
    code: UUID = field(default_factory=uuid4)
    balance: Decimal = field(default=Decimal("1.50"), scale=2)
    born: date = date(2000, 2, 29)
    seen: datetime = NOON
    rest: timedelta = timedelta(days=-1, microseconds=1)
    wakes: time = time(6, 30, 0, 1)
    photo: bytes = b"\x00\xff"
    color: Color = Color.BLUE
    level: Level | None = None
    weight: float = float("inf")
    best: Book | None = None
    loans: Many["Loan"] = has_many()
    books: Many["Book"] = has_many(through="loans")


class Loan(Model, unique=("book", "reader"), table="borrowings"):
    book: Book
    reader: Reader
    number: int = 0
    late: bool = False
    note: str | None = None


class Empty(Model):
    x: int


def fill() -> None:
    ann, bob = Author.insert_all(id=[2, 9], handle=["ann", "bób\0"])
    books = Book.insert_all(id=[1, 3, 8], author=[ann, ann, bob], title=["A", "B", "A"])
    books[0].sequel, books[2].sequel = books[2], books[2]
    readers = [
        Reader(f"r{n}", color=Color.RED, level=Level(-1) if n % 2 else None, best=books[n % 3]) for n in range(6)
    ]
    Loan.insert_all(
        book=[books[n % 3] for n in range(9)], reader=[readers[n % 4] for n in range(9)], number=range(9), note="x"
    )
    Loan.find(4).delete()
    Loan.find(9).delete()
    readers[5].delete()
    Empty(1).delete()


def plain(cell: Any) -> Any:
    return cell.value if isinstance(cell, Enum) else (type(cell).__name__, cell.id) if hasattr(cell, "id") else cell


def contents(store: Store) -> dict[str, list[Any]]:
    """All rows of all models, by their tables; enums as their values."""
    models = store.models()
    described = {model["name"]: model for model in store.schema.describe()["models"]}
    found: dict[str, list[Any]] = {}
    with store:
        for name, of in models.items():
            fields = sorted(each["name"] for each in described[name]["fields"])
            columns = [of.all().values(field) for field in fields]
            rows = zip(of.all().ids.tolist(), *([plain(cell) for cell in column] for column in columns), strict=True)
            found[described[name]["table"]] = list(rows)
    return found


def said(store: Store) -> list[dict[str, Any]]:
    """What the schema says, but for what a store's classes cannot have."""
    models = store.schema.describe()["models"]
    for model in models:
        for each in model["fields"]:
            if each["values"] is not None:
                each["type"], each["values"] = type(each["values"][0]).__name__, None
    return sorted(models, key=lambda model: model["table"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "export"


@pytest.fixture
def exported(folder: Path) -> Iterator[Path]:
    with Store() as store:
        fill()
        store.to_parquet(folder)
    yield folder


def test_a_store_comes_back_as_it_was(folder):
    with Store() as store:
        fill()
        User.insert_all(id=[5, 7], username=["x", "y"])
        Like(User.find(5), Tweet("t", User.find(7)))
        store.to_parquet(folder)
        before, described = contents(store), said(store)
    again = Store.from_parquet(folder)
    again.check()
    assert contents(again) == before
    assert said(again) == described
    assert again.path is None
    models = again.models()
    assert (models["User"], models["Like"]) == (User, Like)
    assert models["Author"].find("ann").books.values("title") == ["A", "B"]
    assert [reader.name for reader in models["Author"].find("ann").readers] == ["r0", "r2", "r1", "r3"]
    made = models["Reader"]("new")
    assert (made.id, made.balance, made.born, made.seen) == (7, Decimal("1.50"), date(2000, 2, 29), NOON)
    assert (made.rest, made.wakes, made.photo) == (timedelta(days=-1, microseconds=1), time(6, 30, 0, 1), b"\x00\xff")
    assert (made.color, made.level, made.weight) == ("blue", None, float("inf"))
    assert isinstance(made.code, UUID)
    # Ids that were given are not given again, nor of rows that are gone.
    assert models["Loan"](models["Book"].find(id=8), made).id == 10
    assert models["Empty"](x=1).id == 2
    again.check()


def test_what_comes_back_goes_out_the_same(exported, tmp_path):
    store = Store.from_parquet(exported)
    store.to_parquet(tmp_path / "again")
    one, two = (json.loads((folder / MANIFEST).read_text()) for folder in (exported, tmp_path / "again"))
    assert sorted(one["models"], key=lambda each: each["model"]) == sorted(
        two["models"], key=lambda each: each["model"]
    )
    assert contents(Store.from_parquet(tmp_path / "again")) == contents(store)


def test_the_module_that_declares_it_can_be_run(exported, new_module):
    store = Store.from_parquet(exported)
    text = store.schema.to_python()
    module = new_module()
    exec(text, module.__dict__)  # noqa: S102
    with Store():
        module.Author.insert_all(handle=["ann"])
        assert module.Author.find("ann").id == 1
        assert module.Reader("x").color == "blue"


def test_columns_are_named_and_typed_as_files_have_them(exported):
    names = [
        "id",
        "name",
        "code",
        "balance",
        "born",
        "seen",
        "rest",
        "wakes",
        "photo",
        "color",
        "level",
        "weight",
        "best_id",
    ]
    table = pq.read_table(exported / "readers")
    assert table.column_names == names
    assert table["balance"].type == pa.decimal128(38, 2)
    assert table["seen"].type == pa.timestamp("us", "UTC")
    assert (table["color"].type, table["level"].type) == (pa.large_string(), pa.int64())
    assert pq.read_table(exported / "borrowings").column_names == [
        "id",
        "book_id",
        "reader_id",
        "number",
        "late",
        "note",
    ]
    assert pq.read_table(exported / "books")["author_id"].to_pylist() == [2, 2, 9]
    assert pq.read_table(exported / "emptys").num_rows == 0


def test_duckdb_reads_the_folders(exported):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:

        def rows(sql: str) -> list[Any]:
            return connection.execute(sql).fetchall()

        loans = rows(
            f"select id, book_id, reader_id, number, late, note from read_parquet('{exported}/borrowings/*.parquet')"
        )
        store = Store.from_parquet(exported)
        loans_of = store.models()["Loan"].all()
        assert loans == [(x.id, x.book.id, x.reader.id, x.number, x.late, x.note) for x in loans_of]
        found = rows(
            f"select balance, born, seen = '2026-03-01 12:00:00.000001Z', wakes, color from '{exported}/readers/*.parquet'"
        )
        assert found == [(Decimal("1.50"), date(2000, 2, 29), True, time(6, 30, 0, 1), "red")] * 5
        joined = f"select count(*) from '{exported}/books/*.parquet' b join '{exported}/authors/*.parquet' a on a.id = b.author_id"
        assert rows(joined) == [(3,)]


def test_polars_reads_the_folders(exported):
    polars = pytest.importorskip("polars")
    assert polars.read_parquet(exported / "authors" / "*.parquet")["id"].to_list() == [2, 9]


def test_a_file_is_exported_too_also_by_a_reader_and_without_its_program(tmp_path, folder):
    with Store(tmp_path / "s.db") as store:
        fill()
        before = contents(store)
    with Store(tmp_path / "s.db", read_only=True) as store:
        store.to_parquet(folder)
    again = Store.from_parquet(folder)
    assert contents(again) == before  # of tables that nobody declared here
    assert {each["name"] for each in again.schema.describe()["models"]} >= {"Author", "Book", "Reader", "Loan"}
    book = again.models()["Book"].find(id=1)
    assert book.loans.values("number") == [0, 6] and book.readers.values("name") == ["r0", "r3"]


def test_rows_are_divided_into_files_and_parts(folder, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_A_FILE", 1000)
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 300)
    with Store() as store:
        users = User.insert_all(username=[f"u{n}" for n in range(5000)])
        users[::7].delete_all()
        rows = users.ids.tolist()
        store.to_parquet(folder)
    files = sorted((folder / "users").iterdir())
    assert [pq.ParquetFile(path).metadata.num_rows for path in files] == [1200, 1200, 1200, len(rows) - 3600]
    with Store.from_parquet(folder):
        assert User.all().ids.tolist() == rows


def test_long_values_are_divided_by_their_bytes(folder):
    with Store() as store:
        User.insert_all(username=[f"{n:02}" * (1 << 23) for n in range(12)])
        store.to_parquet(folder)
    opened = pq.ParquetFile(folder / "users" / "00000.parquet").metadata
    assert [opened.row_group(n).num_rows for n in range(opened.num_row_groups)] == [5, 5, 2]


def test_progress_counts_all_rows(folder, capsys):
    with Store() as store:
        User.insert_all(username=[str(n) for n in range(1234)])
        store.to_parquet(folder, progress=True)
    assert "1.23k" in capsys.readouterr().err


ODD = [
    "../x",
    "CON",
    "con.txt",
    "nul",
    "a/b",
    "a\\b",
    ".",
    "..",
    "é",
    "x" * 300,
    "Ä Ö",
    "table",
    "table_2",
    "a\nb",
    "C:x",
    "-x",
]


def test_names_that_are_no_names_of_folders_are_safe(tmp_path):
    space = tmp_path / "space"
    space.mkdir()
    with Store() as store:
        models = [type(Model)(f"Odd{at}", (Model,), {"__module__": __name__, "__qualname__": f"Odd{at}", "__annotations__": {"x": int}}, table=name)
                  for at, name in enumerate(ODD)]  # fmt: skip
        for at, model in enumerate(models):
            model(at)
        store.to_parquet(space / "export")
    assert os.listdir(tmp_path) == ["space"] and os.listdir(space) == ["export"]
    folders = [path for path in (space / "export").iterdir() if path.is_dir()]
    assert len(folders) == len(ODD)
    assert all(folder.name.replace("_", "").isalnum() and folder.name.isascii() for folder in folders)
    again = Store.from_parquet(space / "export")
    assert [of.find(1).x for of in again.models().values()] == list(range(len(ODD)))
    assert [model["table"] for model in again.schema.describe()["models"]] == ODD


# ── one moment ────────────────────────────────────────────────────────────────────────────────────


def test_writers_wait_so_all_rows_are_of_one_moment(tmp_path, monkeypatch):
    """Each moment has as many users, and a tweet of the first for each that came after those who were there."""
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 100)
    part = parquet.parquet_part

    def slow(*args: Any) -> Any:
        time_.sleep(0.001)
        return part(*args)

    monkeypatch.setattr(parquet, "parquet_part", slow)
    stop, wrote = threading.Event(), threading.Event()
    with Store() as store:
        author = User.insert_all(username=[str(n) for n in range(2000)])[0]

        def write() -> None:
            for oldest in itertools.count(author.id + 1):
                with store.transaction():
                    User("new")
                    Tweet("t", author)
                    User.find(oldest).delete()
                wrote.set()
                if stop.is_set():
                    break

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for at in range(3):
                wrote.clear()
                assert wrote.wait(30)
                store.to_parquet(tmp_path / str(at))
        finally:
            stop.set()
            writer.join(60)
    counts = []
    for at in range(3):
        with Store.from_parquet(tmp_path / str(at)) as again:
            again.check()
            users, tweets = User.all(), Tweet.all()
            assert len(users) == 2000
            assert len(tweets) == users[-1].id - 2000 == users[1].id - 2
            counts.append(len(tweets))
    assert counts == sorted({*counts})


def test_inside_a_transaction_is_refused(folder, store):
    with store.transaction():
        User("x")
        with pytest.raises(RuntimeError, match="inside a transaction"):
            store.to_parquet(folder)
    assert not folder.exists()
    assert User.all().values("username") == ["x"]
    store.to_parquet(folder)


def test_a_closed_store_is_refused(folder):
    store = Store()
    store.close()
    with pytest.raises(StoreClosedError):
        store.to_parquet(folder)


# ── whole or nothing ──────────────────────────────────────────────────────────────────────────────


def test_a_folder_that_is_not_empty_is_refused_and_left_as_it_is(exported, tmp_path, store):
    User("x")
    before = sorted(path.name for path in exported.rglob("*"))
    with pytest.raises(FileExistsError, match="not empty"):
        store.to_parquet(exported)
    assert sorted(path.name for path in exported.rglob("*")) == before
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError):
        store.to_parquet(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        store.to_parquet(tmp_path / "no" / "folder")
    (tmp_path / "empty").mkdir()
    store.to_parquet(tmp_path / "empty")
    assert Store.from_parquet(str(tmp_path / "empty")).stats().rows["User"] == 1


class Gone(Exception):
    pass


@pytest.mark.parametrize("at", range(8))
def test_what_fails_midway_leaves_nothing(folder, store, monkeypatch, at):
    """Whichever file cannot be written."""
    fill()
    calls = iter(range(100))
    fsync = os.fsync

    def failing(descriptor: int) -> None:
        if next(calls) == at:
            raise Gone
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(Gone):
        store.to_parquet(folder)
    assert not folder.exists()
    with store.transaction():  # of anybody
        Empty(1)
    monkeypatch.undo()
    store.to_parquet(folder)
    assert contents(Store.from_parquet(folder)) == contents(store)


def test_ctrl_c_leaves_nothing(folder, store, monkeypatch):
    fill()

    def interrupted(*_args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.to_parquet(folder)
    assert not folder.exists()


def test_what_was_killed_midway_is_no_export(folder):
    script = f"""
import os, signal
from hasmany import Store, User
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with Store() as store:
    User("x")
    store.to_parquet({str(folder)!r})
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    assert (folder / "users").exists()
    with pytest.raises(CorruptStoreError, match=r"export has no manifest\.json: .*not come to its end"):
        Store.from_parquet(folder)


def test_a_missing_library_is_said(folder, store, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r"to_parquet\(\) needs pyarrow: pip install pyarrow"):
        store.to_parquet(folder)
    with pytest.raises(ImportError, match=r"from_parquet\(\) needs pyarrow"):
        Store.from_parquet(folder)
    assert not folder.exists()


def test_columns_of_one_name_are_refused_before_anything_is_written(folder, store):
    class Pair(Model):
        user: User
        user_id: int

    Pair(User("x"), 3)
    with pytest.raises(SchemaError, match=r"Pair: two columns .*'user_id'"):
        store.to_parquet(folder)
    assert not folder.exists()


# ── what is wrong with a folder ───────────────────────────────────────────────────────────────────


def change(folder: Path, act: Any) -> None:
    path = folder / MANIFEST
    manifest = json.loads(path.read_text())
    act(manifest)
    path.write_text(json.dumps(manifest))


def model(manifest: Any, name: str) -> Any:
    return next(each for each in manifest["models"] if each["model"] == name)


def described(manifest: Any, name: str) -> Any:
    return next(each for each in manifest["schema"]["models"] if each["name"] == name)


def rewrite(path: Path, act: Any) -> None:
    table = act(pq.read_table(path))
    pq.write_table(table, path)


def put(table: Any, name: str, values: list[Any]) -> Any:
    at = table.column_names.index(name)
    return table.set_column(at, table.schema.field(name), pa.array(values, table.schema.field(name).type))


BROKEN: list[tuple[str, Any, Any]] = [
    ("no manifest", lambda f: (f / MANIFEST).unlink(), "no manifest"),
    ("no JSON", lambda f: (f / MANIFEST).write_text("{"), "manifest.json is no JSON"),
    ("deep JSON", lambda f: (f / MANIFEST).write_text("[" * 100_000), "manifest.json is no JSON"),
    ("a list", lambda f: (f / MANIFEST).write_text("[]"), "no manifest of"),
    ("another version", lambda f: change(f, lambda m: m.update(version=2)), "version 2; this program knows 1"),
    ("no version", lambda f: change(f, lambda m: m.pop("version")), "version None"),
    ("no models", lambda f: change(f, lambda m: m.pop("models")), "is not as a manifest"),
    ("an unknown word", lambda f: change(f, lambda m: model(m, "Loan").update(x=1)), "is not as a manifest"),
    ("a model less", lambda f: change(f, lambda m: m["models"].pop()), "not those that it describes"),
    ("a model twice", lambda f: change(f, lambda m: m["schema"]["models"].append(m["schema"]["models"][0])), "twice"),
    ("a path outside", lambda f: change(f, lambda m: model(m, "Loan")["files"][0].update(path="../a.parquet")), "no file of"),
    ("no such id", lambda f: change(f, lambda m: model(m, "Loan").update(next_id=0)), "0 cannot be the next id"),
    ("an id too low", lambda f: change(f, lambda m: model(m, "Loan").update(next_id=3)), "00000.parquet: the id"),
    ("a type too much", lambda f: change(f, lambda m: described(m, "Loan")["fields"][2].update(type="eval")), "declared.*eval"),
    (
        "a default astray",
        lambda f: change(f, lambda m: described(m, "Reader")["fields"][2].update(default="x")),
        "cannot be declared",
    ),
    ("a reference to nothing", lambda f: change(f, lambda m: described(m, "Loan")["fields"][0].update(to="X")), "declared"),
    ("a missing file", lambda f: (f / "authors/00000.parquet").unlink(), "authors.00000.parquet is missing"),
    ("an empty file", lambda f: (f / "authors/00000.parquet").write_bytes(b""), "authors.00000.parquet cannot be read"),
    ("a wrong count", lambda f: change(f, lambda m: model(m, "Author")["files"][0].update(rows=5)), "has 2 rows, .*says 5"),
    ("rows less", lambda f: rewrite(f / "authors/00000.parquet", lambda t: t.slice(1)), "has 1 rows, .*says 2"),
    ("a column less", lambda f: rewrite(f / "authors/00000.parquet", lambda t: t.select(["id"])), "authors.*columns id"),
    (
        "another type",
        lambda f: rewrite(f / "authors/00000.parquet", lambda t: t.set_column(1, "handle", pa.array([1, 2]))),
        "handle is int64, .*large_string without nulls",
    ),
    ("ids that repeat", lambda f: rewrite(f / "authors/00000.parquet", lambda t: put(t, "id", [2, 2])), "row 1: the id 2 after 2"),
    ("negative ids", lambda f: rewrite(f / "authors/00000.parquet", lambda t: put(t, "id", [-2, 9])), "row 0: the id -2"),
    ("a reference astray", lambda f: rewrite(f / "books/00000.parquet", lambda t: put(t, "author_id", [2, 5, 9])), "books.00000.parquet: row 1: .*Author 5"),
    ("a key twice", lambda f: rewrite(f / "authors/00000.parquet", lambda t: put(t, "handle", ["a", "a"])), "authors.00000.parquet: row 1"),
    ("no UTF-8", lambda f: (f / MANIFEST).write_bytes(b"\xff"), "no JSON"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "message"), [(act, message) for _, act, message in BROKEN], ids=[name for name, *_ in BROKEN]
)
def test_what_is_wrong_with_a_folder_is_named(exported, act, message):
    act(exported)
    with pytest.raises(CorruptStoreError, match=message):
        Store.from_parquet(exported)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        Store.from_parquet(tmp_path / "none")


def test_a_later_file_is_named(folder, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS_A_FILE", 10)
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 10)
    with Store() as store:
        User.insert_all(username=["x"])
        Tweet.insert_all(message=[str(n) for n in range(25)], user=User.find(1))
        store.to_parquet(folder)
    rewrite(folder / "tweets/00002.parquet", lambda table: put(table, "user_id", [1, 1, 1, 7, 1]))
    with pytest.raises(CorruptStoreError, match=r"tweets.00002\.parquet: row 3: .*no User 7"):
        Store.from_parquet(folder)


def test_flipped_bytes_are_an_error_or_other_rows_never_a_crash(exported):
    path = exported / "readers" / "00000.parquet"
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        try:
            Store.from_parquet(exported).check()
        except CorruptStoreError as error:
            assert str(error)


def test_default_factories_are_not_looked_up(folder):
    class Ticket(Model):
        code: str = field(default_factory=lambda: "made")
        x: int = 3

    with Store() as store:
        Ticket()
        store.to_parquet(folder)
    change(folder, lambda m: described(m, "Ticket")["fields"][0].update(default_factory="os:getcwd"))
    made = Store.from_parquet(folder).models()["Ticket"]
    with pytest.raises(TypeError, match="code"):
        made()
    assert made(code="c").x == 3


def test_a_store_of_no_models_and_a_collection_that_leads_out_of_it(folder, tmp_path):
    with Store() as store:
        store.to_parquet(folder)
    assert Store.from_parquet(folder).models() == {}
    with Store() as store:
        Author("ann")
        store.to_parquet(tmp_path / "one")
    again = Store.from_parquet(tmp_path / "one")
    assert again.models()["Author"].find("ann").readers == []


NUMBERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.integers(0, 5)), max_size=20)


class Node(Model):
    name: str
    next: "Node | None" = belongs_to(default=None)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=NUMBERS, gone=st.sets(st.integers(0, 19)), gap=st.integers(1, 1 << 40))
def test_any_rows_come_back(rows, gone, gap, tmp_path_factory):
    folder = tmp_path_factory.mktemp("any") / "export"
    with Store() as store:
        ids = [1 + at * gap for at in range(len(rows))]
        Node.insert_all(id=ids, name=[name for name, _ in rows])
        nodes = list(Node.all())
        for node, (_, to) in zip(nodes, rows, strict=True):
            node.next = nodes[to] if to is not None and to < len(nodes) else None
        for at in gone:
            if at < len(nodes) and not Node.where(next=nodes[at]):
                nodes[at].delete()
        store.to_parquet(folder)
        before = contents(store)
        last = Node("last").id
    again = Store.from_parquet(folder)
    again.check()
    assert contents(again) == before
    assert again.models()["Node"]("last").id == last


@needs(CHINOOK, "the Chinook sample database")
def test_a_store_of_another_programs_file_goes_through_a_folder(folder):
    store = Store.from_sqlite(CHINOOK)
    store.to_parquet(folder)
    again = Store.from_parquet(folder)
    assert again.stats().rows == store.stats().rows
    assert again.schema.to_python() == store.schema.to_python()
    assert contents(again) == contents(store)


def test_json_comes_back_and_its_default(folder):
    class Leaf(Model):
        tags: Json
        more: Json = Json({"a": [1, None]})

    with Store() as store:
        Leaf.insert_all(tags=[[1, {"b": None}], None, '"x"'])
        store.to_parquet(folder)
    of = Store.from_parquet(folder).models()["Leaf"]
    assert of.all().values("tags") == [[1, {"b": None}], None, "x"]
    assert of(tags=2.5).more == {"a": [1, None]}
