"""Engines that are named, that are given, and that are none."""

from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hasmany import Many, Model, SchemaError, Store, col, has_many
from hasmany.lake import Lake
from hasmany.lake.spark_sql import SparkSQL

from ..asking.cinema import Film, Rating
from .conftest import MODELS


class Shop(Model):
    name: str
    sales: Many["Sale"] = has_many()


class Sale(Model):
    price: int | None = None
    shop: Shop | None = None


SHOPS = pa.table({"id": [1, 2], "name": ["a", "b"]})
SALES = pa.table({"id": [1, 2, 3], "price": [5, None, 7], "shop_id": [1, 1, None]})
TOTALS = [{"name": "a", "n": 2, "sum": 5}, {"name": "b", "n": 0, "sum": 0}]


def totals(lake: Lake) -> Any:
    asked = lake[Shop].order_by("name").select("name", n=col("sales").count(), sum=col("sales.price").sum())
    return asked.to_dicts()


@pytest.fixture
def connection(engine) -> Any:
    """A connection of somebody's own."""
    if engine == "duckdb":
        made = ibis.duckdb.connect()
    else:
        session = pytest.importorskip("pyspark.sql.connect.session")
        made = ibis.pyspark.connect(session.SparkSession(connection=engine))
    yield made
    made.disconnect()


def test_a_connection_that_was_given_is_left_as_it_was(cinema, store, connection, tmp_path):
    store.to_parquet(tmp_path / "export")
    with Lake(tmp_path / "export", models=MODELS, engine=connection) as lake:
        assert sorted(lake[Film].where(col("fans").count() > 1).values("title")) == ["Breaking the Waves"]
        assert connection.list_tables()
    assert connection.list_tables() == []


def test_tables_in_memory_go_to_the_engine_that_is_named(engine):
    tables = {Shop: ibis.memtable(SHOPS), Sale: ibis.memtable(SALES)}
    with Lake(tables=tables, engine=engine) as lake:
        assert totals(lake) == TOTALS


def test_tables_of_an_engine(connection, tmp_path):
    for name, rows in (("shops", SHOPS), ("sales", SALES)):
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    tables = {
        model: connection.read_parquet(str(tmp_path / f"{name}.parquet"), table_name=name)
        for model, name in ((Shop, "shops"), (Sale, "sales"))
    }
    with Lake(tables=tables) as lake:
        assert totals(lake) == TOTALS
    with Lake(tables=tables, engine=connection) as lake:
        assert totals(lake) == TOTALS
    assert sorted(connection.list_tables()) == ["sales", "shops"]
    with pytest.raises(SchemaError, match="another engine"):
        Lake(tables=tables, engine=ibis.duckdb.connect())


def test_answers_go_out_in_batches_and_files(lake, tmp_path):
    asked = lake[Rating].order_by("id").select("id", "stars", film="film.title")
    wanted = Rating.all().select("id", "stars", film="film.title").to_dicts()
    assert pa.table(asked).to_pylist() == wanted
    asked.to_parquet(tmp_path / "ratings.parquet")
    assert pq.read_table(tmp_path / "ratings.parquet").to_pylist() == wanted
    lake[Rating].where(id=99).select("id").to_parquet(tmp_path / "none.parquet")
    assert pq.read_table(tmp_path / "none.parquet").to_pylist() == []
    with pytest.raises(OverflowError):
        lake[Rating].select(x=col("stars") * 2**62).to_parquet(tmp_path / "too_large.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["none.parquet", "ratings.parquet"]


def test_floats_are_rounded_by_what_they_are(engine):
    class Number(Model):
        real: float

    reals = [2.675, 1.005, 0.125, 0.375, -2.5, 0.5, 1e300, 5e-324, 2.0**52 + 0.5, 123456789.125, 1.115]
    rows = ibis.memtable(pa.table({"id": range(1, len(reals) + 1), "real": reals}))
    with Lake(tables={Number: rows}, engine=engine) as lake:
        for digits in (0, 1, 2, 3, 22):
            found = lake[Number].order_by("id").values(col("real").round(digits))
            assert found == [round(real, digits) for real in reals], digits
        assert [row["id"] for row in lake[Number].top(2, by=col("real").round(1)).to_dicts()] == [7, 9]
        assert lake[Number].where(col("real").round(2) == 2.67).values("id") == [1]


def test_what_is_no_engine():
    for wrong in (object(), None, 3):
        with pytest.raises(TypeError, match="sc://host"):
            Lake("x", engine=wrong)
    with pytest.raises(ValueError, match="sc://host"):
        Lake("x", engine="spark://host:7077")
    pytest.importorskip("polars")
    with pytest.raises(SchemaError, match="polars does not answer"):
        Lake("x", engine=ibis.polars.connect())


def test_rows_that_are_made_different_are_so_in_an_order_too():
    """What ibis made of it for Spark was rows that were not different."""
    rows = ibis.table({"a": "int64", "b": "int64"}, name="rows")
    for asked in (
        rows.select(e="a").distinct().order_by("e"),
        rows.select(e=rows.a + rows.b).distinct().order_by(ibis._.e * 2),
    ):
        sql = SparkSQL().to_sqlglot(asked).sql(dialect="spark")
        assert "SELECT DISTINCT" in sql
        assert sql.count("AS `e`") == 1
        assert "`a`" not in sql.partition("DISTINCT")[2].partition("FROM")[0].replace("`t0`.`a` AS `e`", "").replace(
            "`t0`.`a` + `t0`.`b` AS `e`", ""
        )


def test_the_same_store_asks_two_engines(cinema, store: Store, lake_of):
    one, two = lake_of(store), lake_of(store)
    assert len(one[Film]) == len(two[Film]) == 3


def test_tasks_are_a_clusters(lake, engine):
    if engine != "duckdb":
        pytest.skip("a cluster has them")
    with pytest.raises(SchemaError, match="way='tasks' is for a cluster"):
        lake[Film].similar("fans", 10, way="tasks")


def test_rows_of_two_questions_are_one_set(lake):
    """What may be None in one of them, and not in the other, is of one type."""
    both = lake[Film].where(col("id") != 1) | lake[Film].where(id=1)
    assert sorted(both.values("id")) == [1, 2, 3]
