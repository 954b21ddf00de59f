"""A table is read by polars, pandas, pyarrow and DuckDB, is of one moment, and is shown."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import numpy as np
import pytest
from hasmany import Model, Table, User, col, field

from .cinema import Film, Person, Rating


@pytest.fixture
def table(cinema) -> Table:
    return Film.all().select("title", "studio", stars=col("ratings.stars").mean(), fans=col("fans.name").list())


ROWS = [
    {"title": "Breaking the Waves", "studio": 1, "stars": 10 / 3, "fans": ["Ann", "Ben"]},
    {"title": "The Seventh Seal", "studio": 2, "stars": 4.0, "fans": ["Ann"]},
    {"title": None, "studio": None, "stars": None, "fans": []},
]


def test_as_dicts(table):
    assert table.to_dicts() == ROWS
    assert len(table) == 3
    assert table.columns == ("title", "studio", "stars", "fans")


def test_pyarrow_reads_it(table):
    pa = pytest.importorskip("pyarrow")
    assert pa.table(table).to_pylist() == ROWS
    assert pa.table(table).schema.field("fans").type == pa.large_list(pa.large_string())


def test_polars_reads_it(table):
    pl = pytest.importorskip("polars")
    assert pl.DataFrame(table).to_dicts() == ROWS


def test_pandas_reads_it(table):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame.from_arrow(table)
    assert frame["title"].tolist()[:2] == ["Breaking the Waves", "The Seventh Seal"]
    assert [list(fans) for fans in frame["fans"]] == [row["fans"] for row in ROWS]


def test_duckdb_reads_it(table):
    duckdb = pytest.importorskip("duckdb")
    films = table  # noqa: F841 - DuckDB finds it by its name
    assert duckdb.sql("select title, stars from films where stars > 3.5").fetchall() == [("The Seventh Seal", 4.0)]
    assert duckdb.sql("select count(*) from (select unnest(fans) from films)").fetchall() == [(3,)]


def test_as_arrays(table):
    assert table.column("title").tolist() == [row["title"] for row in ROWS]
    assert table.column("studio").tolist() == [1, 2, None]
    assert table.column("fans").tolist() == [row["fans"] for row in ROWS]
    stars = table.column("stars")
    assert stars.dtype == np.float64
    assert np.isnan(stars[2])
    assert Film.all().select(n=col("ratings").count()).column("n").dtype == np.int64
    assert Film.all().column(col("ratings").count()).tolist() == [3, 1, 0]


def test_a_table_is_of_its_moment(cinema, table):
    cinema.waves.title = "another"
    cinema.seal.delete() if not cinema.seal.ratings else cinema.ratings[2].delete()
    Film("new")
    assert table.to_dicts() == ROWS


def test_it_is_shown(table):
    lines = repr(table).splitlines()
    assert lines[0].split() == ["title", "studio", "stars", "fans"]
    assert "['Ann', 'Ben']" in lines[1]
    assert len(lines) == 4
    Film("<b>", None)
    shown = Film.all().select("title")._repr_html_()
    assert "4 rows" in shown
    assert "&lt;b&gt;" in shown


def test_long_ones_are_shown_in_part(store):
    User.insert_all(username=[str(number) for number in range(100)])
    lines = repr(User.all().select("username")).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "... 100 rows"


def test_of_nobody(store):
    pa = pytest.importorskip("pyarrow")
    table = Film.all().select("title", n=col("ratings").count(), fans=col("fans.name").list())
    assert (len(table), table.to_dicts(), table.column("n").tolist()) == (0, [], [])
    assert pa.table(table).schema.names == ["title", "n", "fans"]
    assert repr(table).split() == ["title", "n", "fans"]


def test_it_is_no_array(table):
    with pytest.raises(TypeError, match="column"):
        np.asarray(table)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Thing(Model):
    colour: Colour | None = None
    key: UUID | None = None
    at: time | None = None
    long: timedelta | None = None
    day: date | None = None
    when: datetime | None = None
    raw: bytes | None = None
    price: Decimal | None = field(default=None, scale=1)
    flag: bool | None = None
    real: float | None = None
    whole: int | None = None
    text: str | None = None


VALUES = {
    "colour": Colour.BLUE,
    "key": UUID(int=5),
    "at": time(1, 2, 3),
    "long": timedelta(days=-1),
    "day": date(2024, 2, 29),
    "when": datetime(2024, 2, 29, 1, tzinfo=UTC),
    "raw": b"\0x",
    "price": Decimal("1.5"),
    "flag": True,
    "real": 0.5,
    "whole": -7,
    "text": "é",
}


@pytest.mark.parametrize("name", VALUES)
def test_every_type_is_asked_and_goes_out(store, name):
    pa = pytest.importorskip("pyarrow")
    value = VALUES[name]
    Thing(**{name: value}), Thing()
    assert Thing.where(col(name) == value).ids.tolist() == [1]
    assert Thing.where(col(name) != value).ids.tolist() == [2]
    assert Thing.where(col(name) >= value).ids.tolist() == [1]
    assert Thing.where(col(name).is_in([value])).ids.tolist() == [1]
    assert Thing.where(col(name).is_in([value, None])).ids.tolist() == [1, 2]
    assert Thing.where(col(name).between(value, None)).ids.tolist() == [1]
    assert Thing.where(col(name).is_none()).ids.tolist() == [2]
    assert Thing.all().order_by(col(name).desc()).ids.tolist() == [1, 2]
    table = Thing.all().select(x=col(name).if_none(value), y=name)
    assert table.to_dicts() == [{"x": value, "y": value}, {"x": value, "y": None}]
    assert pa.table(table)["y"].null_count == 1
    assert Thing.all().values(col(name), "id") == [(value, 1), (None, 2)]


def test_values_of_several(cinema):
    assert Rating.all().values("stars", "person.name")[:2] == [(5, "Ann"), (3, "Ben")]
    assert Rating.all().values(col("person"))[:2] == [cinema.ann, cinema.ben]
    assert Person.all().values(col("films").list())[0] == [cinema.waves, cinema.seal]
    assert Person.all().values("name", col("films").first()) == [
        ("Ann", cinema.waves), ("Ben", cinema.waves), ("Eve", None)
    ]  # fmt: skip


def test_dicts_of_collections(cinema):
    assert Person.all().to_dicts("name") == [{"name": "Ann"}, {"name": "Ben"}, {"name": "Eve"}]
    first = cinema.ann.ratings[:1].to_dicts()
    assert first == [{"id": 1, "person": 1, "film": 1, "stars": 5, "weight": 1.0, "at": cinema.at, "public": True}]
