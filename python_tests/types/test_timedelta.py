"""Fields of timedeltas."""

import sqlite3
from datetime import datetime, timedelta

import numpy as np
import pytest
from hasmany import FieldError, Store

from ..libraries import pandas, polars, pyarrow
from .world import LONGEST, MICRO, Lap

HOURS = [timedelta(hours=1), timedelta(hours=-2), timedelta(0)]


@pytest.mark.parametrize("unit", ["W", "D", "h", "m", "s", "ms", "us", "ns"])
def test_numpy_arrays_of_every_unit(unit):
    expected = [timedelta(days=7), timedelta(days=-14), timedelta(0)]
    array = np.array(expected, "timedelta64[us]").astype(f"timedelta64[{unit}]")
    for column in (array, array.astype(array.dtype.newbyteorder()), np.repeat(array, 2)[::2], list(array)):
        assert Lap.insert_all(value=column).values("value") == expected
    gap = array.copy()
    gap[1] = "NaT"
    assert Lap.insert_all(value=expected[0], maybe=gap).values("maybe") == [expected[0], None, expected[2]]
    assert Lap(array[0]).value == expected[0]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_arrow_arrays_of_every_unit(unit):
    pa = pyarrow()
    column = pa.array(HOURS, pa.duration("s")).cast(pa.duration(unit))
    assert Lap.insert_all(value=column).values("value") == HOURS
    assert Lap.insert_all(value=pa.chunked_array([column[:1], column[1:]])).values("value") == HOURS


def test_series_of_pandas_and_polars():
    pd, pl = pandas(), polars()
    for column in (
        pd.Series(HOURS),
        pl.Series(HOURS),
        pl.Series(HOURS).cast(pl.Duration("ns")),
        pd.to_timedelta(HOURS),
    ):
        assert Lap.insert_all(value=column).values("value") == HOURS
    made = Lap.insert_all(value=HOURS[0], maybe=pd.Series([HOURS[1], pd.NaT]))
    assert made.values("maybe") == [HOURS[1], None]
    assert Lap(pd.Timedelta("1h")).value == HOURS[0]


def test_digits_beyond_the_microsecond_are_dropped():
    assert Lap.insert_all(value=np.array([1999, -1], "timedelta64[ns]")).values("value") == [MICRO, -MICRO]


@pytest.mark.parametrize("dtype", ["timedelta64", "timedelta64[M]", "timedelta64[Y]"])
def test_what_is_of_no_length_is_refused(dtype):
    with pytest.raises(TypeError, match=r"Lap.value takes timedelta"):
        Lap.insert_all(value=np.array([1], dtype))
    with pytest.raises(TypeError, match=r"Lap.value takes timedelta"):
        Lap(np.array([1], dtype)[0])


def test_a_length_over_64_bits_is_named_with_its_row():
    for column in (
        np.array([0, 2**62], "timedelta64[s]"),
        [timedelta(0), timedelta.max],
        ["0:00:00", "999999999 days"],
    ):
        with pytest.raises((FieldError, TypeError), match=r"row 1: Lap\.value"):
            Lap.insert_all(value=column)
    assert Lap.all() == []
    assert Lap(LONGEST).value - Lap(-LONGEST).value == 2 * LONGEST


@pytest.mark.parametrize(("unit", "number"), [("s", 90), ("ms", 90_000), ("us", 90_000_000), ("ns", 90_000_000_000)])
def test_numbers_are_lengths_where_their_unit_is_said(unit, number):
    for column in ([number], [float(number)], np.array([number]), np.array([float(number)])):
        assert Lap.insert_all(value=column, unit=unit).values("value") == [timedelta(seconds=90)]
    for column in ([number], np.array([number])):
        with pytest.raises(TypeError, match=r"Lap\.value takes timedelta"):
            Lap.insert_all(value=column)


def test_texts_of_other_programs_are_read():
    texts = ["P1DT2H", "PT90M", "0 days 01:30:00", "-1 days +22:30:00", "100:00:00", "1 day"]
    expected = [timedelta(hours=hours) for hours in (26, 1.5, 1.5, -1.5, 100, 24)]
    assert Lap.insert_all(value=texts).values("value") == expected


def test_sql_sums_and_orders_them(tmp_path):
    with Store(tmp_path / "laps.db"):
        Lap.insert_all(value=HOURS)
    with sqlite3.connect(tmp_path / "laps.db") as connection:
        (total,) = connection.execute("select sum(value) / 1e6 from laps").fetchone()
        later = connection.execute("select datetime('2026-03-01', (value / 1e6) || ' seconds') from laps").fetchall()
        longest = connection.execute("select id from laps order by value desc").fetchone()
    assert total == -3600.0
    assert [datetime.fromisoformat(at) - datetime(2026, 3, 1) for (at,) in later] == HOURS
    assert longest == (1,)


def test_readers_of_arrow_have_the_unit_that_they_want():
    pa = pyarrow()
    Lap.insert_all(value=HOURS)
    for unit in ("s", "ms", "us", "ns"):
        wanted = pa.schema([("value", pa.duration(unit))])
        table = pa.RecordBatchReader._import_from_c_capsule(Lap.all().__arrow_c_stream__(wanted.__arrow_c_schema__()))
        column = table.read_all()["value"]
        assert column.type == pa.duration(unit)
        assert column.cast(pa.duration("us")).to_pylist() == HOURS
