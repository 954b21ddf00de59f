"""Rows, cursors and paths as the data of `insert_all`, and columns that are no field."""

import csv
import io
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import hasmany
import pytest
from hasmany import FieldError, Model, NotFoundError, SchemaError, User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ..libraries import pandas, polars, pyarrow
from .clinic import Favourite, Patient, Person

ROWS = [{"name": "Ann", "age": 41}, {"name": "Ben", "age": None}, {"name": "Cid", "age": 7}]

# ── rows ──────────────────────────────────────────────────────────────────────────────────────────


class Row(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    def __getitem__(self, name: str) -> Any:
        return self.row[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.row)

    def __len__(self) -> int:
        return len(self.row)


@pytest.mark.parametrize(
    "rows",
    [
        lambda: ROWS,
        lambda: tuple(ROWS),
        lambda: iter(ROWS),
        lambda: (dict(row) for row in ROWS),
        lambda: [MappingProxyType(row) for row in ROWS],
        lambda: [Row(row) for row in ROWS],
        lambda: [ROWS[0], dict(reversed(ROWS[1].items())), ROWS[2]],
    ],
    ids=["list", "tuple", "iterator", "generator", "proxies", "mappings", "other order"],
)
def test_rows_are_any_iterable_of_mappings(rows):
    made = Patient.insert_all(rows())
    assert made.values("name") == ["Ann", "Ben", "Cid"]
    assert made.values("age") == [41, None, 7]


def test_rows_may_hold_records_keys_and_ids(users, tweets):
    rows = [{"user": users[1], "tweet.id": tweets[0].id}, {"user": users[2], "tweet.id": tweets[3].id}]
    assert Favourite.insert_all(rows, stars=3).values("tweet") == [tweets[0], tweets[3]]


def test_no_rows_create_nothing():
    for rows in ([], (), iter([])):
        assert Patient.insert_all(rows) == []
        assert Patient.insert_all(rows, age=3) == []
        with pytest.raises(FieldError, match="age has 2 rows, the data has none"):
            Patient.insert_all(rows, age=[1, 2])
    with pytest.raises(SchemaError, match="aeg"):
        Patient.insert_all([], aeg=3)
    assert Patient.all() == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"name": "a", "age": 1}, {"name": "b"}], "row 1 has no 'age', which row 0 has; .*None"),
        ([{"name": "a"}, {"name": "b"}, {"name": "c", "aeg": 1}], "row 2 has 'aeg', which row 0 has not"),
        ([{"name": "a", "age": 1}, {"name": "b", "aeg": 1}], "row 1 has no 'age'"),
    ],
)
def test_rows_with_other_names_are_refused_and_nothing_is_created(rows, message):
    with pytest.raises(FieldError, match=message):
        Patient.insert_all(rows)
    with pytest.raises(FieldError, match=message):
        Patient.insert_all(iter(rows), extra="ignore")
    assert Patient.all() == []


def test_what_is_no_row_is_named():
    with pytest.raises(TypeError, match=r"row 20000 is no mapping .*list"):
        Patient.insert_all([*({"name": str(n)} for n in range(20_000)), ["x"]])
    with pytest.raises(TypeError, match="got no columns"):
        Patient.insert_all([{}, {}])
    with pytest.raises(SchemaError, match="no field"):
        Patient.insert_all([{1: "x"}])


def test_a_wrong_value_deep_in_the_rows_is_one_error():
    rows = ({"name": str(n), "age": "old" if n == 40_000 else n} for n in range(50_000))
    with pytest.raises(FieldError, match=r"row 40000: Patient\.age.*'old'"):
        Patient.insert_all(rows)
    assert Patient.all() == []


def test_a_generator_that_raises_is_raised_on():
    def rows() -> Iterator[dict[str, Any]]:
        yield {"name": "x"}
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Patient.insert_all(rows())
    assert Patient.all() == []


# ── cursors ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table people (name text, age integer)")
        connection.executemany("insert into people values (:name, :age)", ROWS)
        yield connection


def by_name(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: cell for (name, *_), cell in zip(cursor.description, row, strict=True)}


@pytest.mark.parametrize("factory", [None, sqlite3.Row, by_name])
def test_what_a_cursor_gives_is_rows(connection, factory):
    connection.row_factory = factory
    made = Patient.insert_all(connection.execute("select name, age from people"))
    assert made.values("age") == [41, None, 7]
    assert Patient.insert_all(connection.execute("select * from people where name = '?'")) == []
    with pytest.raises(SchemaError, match="nmae"):
        Patient.insert_all(connection.execute("select name as nmae from people"))
    if factory is not by_name:
        with pytest.raises(TypeError, match="name twice"):
            Patient.insert_all(connection.execute("select name, name from people"))
    if factory is sqlite3.Row:
        rows = connection.execute("select name || '2' as name from people").fetchall()
        assert Patient.insert_all(rows).values("name") == ["Ann2", "Ben2", "Cid2"]


def test_what_duckdb_gives_is_rows():
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        connection.execute("create table t as select 'n' || i as name, i as age from range(5) as r(i)")
        assert Patient.insert_all(connection.execute("select * from t")).values("age") == [0, 1, 2, 3, 4]
        assert Patient.insert_all(connection.sql("select name || '!' as name from t")).values("age") == [None] * 5


# ── columns that are no field ─────────────────────────────────────────────────────────────────────


TABLES: list[Callable[[dict[str, list[Any]]], Any]] = [
    lambda columns: columns,
    lambda columns: [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
    lambda columns: pyarrow().table(columns),
    lambda columns: polars().DataFrame(columns),
]


@pytest.mark.parametrize("table", TABLES, ids=["mapping", "rows", "pyarrow", "polars"])
def test_columns_that_are_no_field_are_refused_by_name_or_left_out(table):
    data = table({"nmae": ["x"], "name": ["Ann"], "zip": [1], "aeg": [2]})
    with pytest.raises(SchemaError, match=r"'nmae' \(did you mean 'name'\?\), 'zip', 'aeg' .*extra=\"ignore\""):
        Patient.insert_all(data)
    with pytest.raises(SchemaError, match=r"extra=\"ignore\""):
        Patient.insert_all(table({"name": ["Ann"], "zip": [1]}), extra="error")
    assert Patient.insert_all(data, extra="ignore").values("name") == ["Ann"]
    assert Patient.all().values("age") == [None]


def test_columns_that_are_left_out_are_not_read():
    assert Patient.insert_all({"name": ["Ann"], "zip": [object(), 1, 2]}, extra="ignore").values("name") == ["Ann"]


def test_many_such_columns_are_counted():
    with pytest.raises(SchemaError, match="'c4' and 5 more; extra"):
        Patient.insert_all({"name": ["x"]} | {f"c{n}": [1] for n in range(10)})


def test_only_columns_of_the_data_are_left_out(users):
    with pytest.raises(SchemaError, match="nmae"):
        Patient.insert_all({"name": ["Ann"]}, nmae=["x"], extra="ignore")
    with pytest.raises(SchemaError, match="usrname"):  # a path from a field goes somewhere
        Favourite.insert_all({"user.usrname": ["bob"], "tweet": [1]}, extra="ignore")
    with pytest.raises(TypeError, match="needs name"):
        Patient.insert_all({"nmae": ["Ann"], "age": [1]}, extra="ignore")
    with pytest.raises(TypeError, match="got no columns"):
        Patient.insert_all({"nmae": ["Ann"]}, extra="ignore")
    with pytest.raises(ValueError, match="'error' or 'ignore', not 'drop'"):
        Patient.insert_all(name=["Ann"], extra="drop")
    assert Patient.all() == []


def test_a_field_of_that_name_is_not_taken_for_the_option():
    class Option(Model):
        extra: str

    with pytest.raises(SchemaError, match=r"'extra' is a field .*mapping"):
        Option.insert_all(extra=["ignore"])
    assert Option.insert_all({"extra": ["ignore"]}).values("extra") == ["ignore"]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Every(Model):
    name: str
    note: str | None = None
    whole: int | None = None
    real: float | None = None
    flag: bool | None = None
    at: datetime | None = None
    day: date | None = None
    span: timedelta | None = None
    clock: time | None = None
    code: UUID | None = None
    price: Decimal | None = hasmany.field(default=None, scale=2)
    color: Color | None = None
    raw: bytes | None = None


EVERY = '''name,note,whole,real,flag,at,day,span,clock,code,price,color
007,"two
lines, and ""quotes""",3,0.5,true,2026-03-01T09:00:00Z,2026-03-01,1:00:00,09:30,12345678-1234-5678-1234-567812345678,12.50,red
"",,,,,,,,,,,
NA,null,-1,1e3,0,2026-03-01,1999-12-31,"2 days, 0:00:01",23:59:59.5,12345678123456781234567812345678,-0.05,blue
'''
READ = [
    ["007", "", "NA"],
    ['two\nlines, and "quotes"', None, "null"],
    [3, None, -1],
    [0.5, None, 1000.0],
    [True, None, False],
    [datetime(2026, 3, 1, 9, tzinfo=UTC), None, datetime(2026, 3, 1, tzinfo=UTC)],
    [date(2026, 3, 1), None, date(1999, 12, 31)],
    [timedelta(hours=1), None, timedelta(days=2, seconds=1)],
    [time(9, 30), None, time(23, 59, 59, 500_000)],
    [UUID("12345678123456781234567812345678"), None, UUID("12345678123456781234567812345678")],
    [Decimal("12.50"), None, Decimal("-0.05")],
    [Color.RED, None, Color.BLUE],
]

Reader = Callable[[Path, str], Any]


def as_path(folder: Path, text: str) -> Any:
    path = folder / "data.CSV"
    path.write_text(text, encoding="utf-8-sig", newline="")
    return path


def as_text(folder: Path, text: str) -> Any:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def as_reader(folder: Path, text: str) -> Any:
    return csv.DictReader(io.StringIO(text, newline=""))


@pytest.fixture(params=["pyarrow", "without"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With pyarrow, and with nothing."""
    if request.param == "pyarrow":
        pyarrow()
    else:
        for name in ("pyarrow", "polars", "pandas"):
            monkeypatch.setitem(sys.modules, name, None)
    return request.param


SOURCES = pytest.mark.parametrize("source", [as_path, as_text, as_reader])


@SOURCES
def test_csv_is_read_as_the_types_of_fields_say(source, tmp_path, library):
    made = Every.insert_all(source(tmp_path, EVERY))
    for name, values in zip(EVERY.partition("\n")[0].split(","), READ, strict=True):
        assert made.values(name) == values, name


@SOURCES
def test_a_wrong_cell_is_named_with_its_row(source, tmp_path, library):
    lines = [f"n{n},{n}" for n in range(30_000)]
    lines[25_000] = "n,old"
    with pytest.raises(FieldError, match=r"row 25000: Every\.whole 'old' is no int"):
        Every.insert_all(source(tmp_path, "name,whole\n" + "\n".join(lines)))
    with pytest.raises(FieldError, match=r"row 1: Whole\.name may not be None"):
        Whole.insert_all(source(tmp_path, 'name\n1\n""\n'))
    with pytest.raises(TypeError, match=r"Every\.raw takes bytes"):
        Every.insert_all(source(tmp_path, "name,raw\nx,abc\n"))
    assert Every.all() == []


class Whole(Model):
    name: int


@SOURCES
def test_ids_and_references_of_csv_are_numbers(source, tmp_path, library):
    text = "id,name,boss\n30,Ann,\n10,Ben,30\n007,Cid,10\n"
    made = Person.insert_all(source(tmp_path, text))
    assert made.ids.tolist() == [30, 10, 7]
    assert made.values("boss.name") == [None, "Ann", "Ben"]
    for wrong in ("x", "0", "-1", "1.5", "99"):
        with pytest.raises((FieldError, NotFoundError), match=r"row 1: Person\.boss"):
            Person.insert_all(source(tmp_path, f"name,boss\nDee,7\nEve,{wrong}\n"))
    with pytest.raises(FieldError, match=r"row 0: Person\.id may not be None"):
        Person.insert_all(source(tmp_path, "id,name\n,Dee\n"))


class City(Model, key="code"):
    code: str


class Street(Model):
    name: str
    city: City


@SOURCES
def test_keys_of_csv_keep_their_zeros(source, tmp_path, library):
    City.insert_all(source(tmp_path, "code\n007\n7\n"))
    streets = Street.insert_all(source(tmp_path, "name,city\na,7\nb,007\n"))
    assert streets.values("city.code") == ["7", "007"]


@SOURCES
def test_numbers_in_csv_are_times_where_their_unit_is_said(source, tmp_path, library):
    text = "name,at,span\na,0,90\nb,1.5,\nc,2026-03-01,1:00:00\n"
    with pytest.raises(FieldError, match=r"row 0: Every.at"):
        Every.insert_all(source(tmp_path, text))
    made = Every.insert_all(source(tmp_path, text), unit="s")
    assert made.values("at") == [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    ]
    assert made.values("span") == [timedelta(seconds=90), None, timedelta(hours=1)]


@SOURCES
@pytest.mark.parametrize(
    "text",
    ["name,note\nx\n", "name,note\nx,y,z\n", "name,name\nx,y\n", "", "\n\n"],
    ids=["few", "many", "twice", "empty", "blank"],
)
def test_csv_that_is_no_table_is_refused(source, text, tmp_path, library):
    with pytest.raises((FieldError, TypeError)):
        Every.insert_all(source(tmp_path, text), extra="ignore")
    assert Every.all() == []


@SOURCES
def test_csv_without_rows_creates_nothing(source, tmp_path, library):
    assert Every.insert_all(source(tmp_path, "name,note\n")) == []
    with pytest.raises(SchemaError, match="nmae"):
        Every.insert_all(source(tmp_path, "nmae\n"))
    assert Every.insert_all(source(tmp_path, "name,x\na,b\n"), extra="ignore").values("name") == ["a"]


def test_tabs_separate_a_tsv_file(tmp_path, library):
    path = tmp_path / "data.tsv"
    path.write_text("name\tnote\na, b\tc\n")
    assert Every.insert_all(path).values("name") == ["a, b"]


def test_csv_that_is_no_utf8_is_refused_with_its_name(tmp_path, library):
    path = tmp_path / "data.csv"
    path.write_bytes(b"name\n" + b"x\n" * 3 + b"caf\xe9\n")
    with pytest.raises((FieldError, UnicodeError)):
        Every.insert_all(path)
    assert Every.all() == []


def test_a_path_that_leads_nowhere_or_to_no_table_is_refused(tmp_path):
    for name in ("none.csv", "none.parquet"):
        with pytest.raises(FileNotFoundError):
            User.insert_all(tmp_path / name)
    (tmp_path / "users.txt").write_text("username\nx\n")
    for path in (tmp_path / "users.txt", tmp_path):
        with pytest.raises(TypeError, match=r"does not end in \.csv, \.tsv, \.parquet, \.pq"):
            User.insert_all(path)
    with pytest.raises(TypeError, match="not str"):
        User.insert_all(str(tmp_path / "users.txt"))
    (tmp_path / "users.pq").write_bytes(b"PAR1 no")
    with pytest.raises(FieldError, match=r"users\.pq"):
        User.insert_all(tmp_path / "users.pq")


@pytest.mark.parametrize("library", ["pyarrow", "polars"])
def test_a_parquet_file_is_a_table(library, tmp_path, monkeypatch):
    frame = polars().DataFrame({"username": [f"u{n}" for n in range(5000)], "id": [2 * n + 1 for n in range(5000)]})
    frame.write_parquet(tmp_path / "users.parquet")
    if library == "polars":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    else:
        pyarrow()
    assert User.insert_all(tmp_path / "users.parquet").ids.tolist() == frame["id"].to_list()


def test_a_parquet_file_needs_a_library(tmp_path, monkeypatch):
    (tmp_path / "users.parquet").write_bytes(b"")
    for name in ("pyarrow", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match="pip install"):
        User.insert_all(tmp_path / "users.parquet")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ufeff"), max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS, st.none() | st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=8))
def test_what_csv_wrote_comes_back(rows, tmp_path):
    """By both ways of reading."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([("name", "note", "whole"), *rows])
    for source in (as_text, as_reader):
        made = Every.insert_all(source(tmp_path, out.getvalue()))
        assert made.values("name") == [name for name, _, _ in rows]
        assert made.values("note") == [note or None for _, note, _ in rows]
        assert made.values("whole") == [whole for _, _, whole in rows]


def test_what_pandas_reads_by_sql_is_a_table(connection):
    frame = pandas().read_sql("select name, age, '2026-03-01' as day from people", connection)
    with pytest.raises(SchemaError, match="'day'"):
        Patient.insert_all(frame)
    assert Patient.insert_all(frame, extra="ignore").values("age") == [41, None, 7]
