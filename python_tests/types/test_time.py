"""Fields of times of day."""

import sqlite3
from datetime import UTC, datetime, time

import numpy as np
import pytest
from hasmany import FieldError, Store

from ..libraries import pandas, polars, pyarrow
from .world import Alarm

CLOCKS = [time(9, 30), time(0), time(23, 59, 59)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_arrow_arrays_of_every_unit(unit):
    pa = pyarrow()
    of = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    column = pa.array(CLOCKS, of)
    assert Alarm.insert_all(value=column).values("value") == CLOCKS
    assert Alarm.insert_all(value=CLOCKS[0], maybe=pa.array([None, CLOCKS[1]], of)).values("maybe") == [None, CLOCKS[1]]


def test_series_of_pandas_and_polars():
    pd, pl = pandas(), polars()
    for column in (
        pl.Series(CLOCKS),
        pd.Series(CLOCKS),
        pd.Series(CLOCKS, dtype=pd.ArrowDtype(pyarrow().time64("ns"))),
    ):
        assert Alarm.insert_all(value=column).values("value") == CLOCKS


def test_a_time_with_a_zone_is_refused_and_so_is_a_datetime():
    aware = time(9, tzinfo=UTC)
    for call in (lambda: Alarm(aware), lambda: Alarm.insert_all(value=[time(1), aware])):
        with pytest.raises(FieldError, match=r"Alarm\.value: .* has a time zone"):
            call()
    for column in ([datetime.now(UTC)], np.array(["2024-05-01T09:00"], "datetime64[s]")):
        with pytest.raises(TypeError, match=r"Alarm\.value takes time, not"):
            Alarm.insert_all(value=column)


def test_which_of_two_equal_times_at_a_change_of_clocks_is_not_kept():
    assert Alarm(time(2, 30, fold=1)).value.fold == 0


def test_texts_of_other_programs_are_read():
    assert Alarm.insert_all(value=["09:30", "09:30:00.5", "23:59:59.9999999"]).values("value") == [
        time(9, 30),
        time(9, 30, 0, 500_000),
        time.max,
    ]
    for wrong in ("9:30", "24:00", "09:60", "09:30Z", "09:30+01:00", "0930", "9 am", ""):
        with pytest.raises(FieldError, match=r"row 1: Alarm\.value.* is no time of day"):
            Alarm.insert_all(value=["09:30", wrong])


def test_numbers_are_times_of_day_where_their_unit_is_said():
    for column in ([34_200], np.array([34_200]), np.array([34_200.0])):
        assert Alarm.insert_all(value=column, unit="s").values("value") == [time(9, 30)]
        with pytest.raises(TypeError, match=r"Alarm\.value takes time"):
            Alarm.insert_all(value=column)
    for column in ([0, 86_400], [0, -1], np.array([0, 86_400])):
        with pytest.raises(FieldError, match=r"row 1: Alarm\.value.* midnight"):
            Alarm.insert_all(value=column, unit="s")


def test_the_functions_of_sqlite_read_them(tmp_path):
    with Store(tmp_path / "alarms.db"):
        Alarm.insert_all(value=CLOCKS)
    with sqlite3.connect(tmp_path / "alarms.db") as connection:
        rows = connection.execute("select strftime('%H:%M', value) from alarms order by value").fetchall()
    assert rows == [("00:00",), ("09:30",), ("23:59",)]


def test_readers_of_arrow_have_the_unit_that_they_want():
    pa = pyarrow()
    Alarm.insert_all(value=CLOCKS)
    for of in (pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")):
        wanted = pa.schema([("value", of)])
        table = pa.RecordBatchReader._import_from_c_capsule(Alarm.all().__arrow_c_stream__(wanted.__arrow_c_schema__()))
        column = table.read_all()["value"]
        assert column.type == of
        assert column.to_pylist() == CLOCKS
