"""Every type of field from a series of pandas; what does not fit is refused."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from ...libraries import pandas
from .kinds import EPOCH, INTEGERS, SOME, Day, Flag, Moment, Raw, Real, Text, Whole, fits, fits_with_gaps, refused


@pytest.mark.parametrize("dtype", [*INTEGERS, "Int8", "Int32", "Int64", "UInt8", "UInt64", "int32[pyarrow]"])
def test_pandas_series_of_integers(dtype):
    series = pandas().Series([0, 100, 1], dtype=dtype)
    fits(Whole, series, [0, 100, 1])
    fits(Real, series, [0.0, 100.0, 1.0])


@pytest.mark.parametrize("dtype", ["float32", "float64", "Float32", "Float64", "double[pyarrow]"])
def test_pandas_series_of_floats(dtype):
    fits(Real, pandas().Series([0.5, -1.0], dtype=dtype), [0.5, -1.0])
    fits(Whole, pandas().Series([4.0, -1.0], dtype=dtype), [4, -1])


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object", "bool[pyarrow]"])
def test_pandas_series_of_bools(dtype):
    fits(Flag, pandas().Series([True, False], dtype=dtype), [True, False])


@pytest.mark.parametrize(
    "dtype", ["str", "string[python]", "string[pyarrow]", "object", "category", "large_string[pyarrow]"]
)
def test_pandas_series_of_strings(dtype):
    fits(Text, pandas().Series(SOME[Text], dtype=dtype), SOME[Text])
    fits_with_gaps(Text, pandas().Series(["a", None, "b"], dtype=dtype), ["a", None, "b"])


@pytest.mark.parametrize("dtype", ["object", "binary[pyarrow]"])
def test_pandas_series_of_bytes(dtype):
    fits(Raw, pandas().Series(SOME[Raw], dtype=dtype), SOME[Raw])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_pandas_series_of_moments(unit, zone):
    pd = pandas()
    moments = [datetime(2024, 5, 1, 12, 30, tzinfo=UTC), EPOCH, datetime(1900, 1, 1, tzinfo=UTC)]
    stamps = pd.Series(np.array([moment.replace(tzinfo=None) for moment in moments], f"datetime64[{unit}]"))
    series = stamps if zone is None else stamps.dt.tz_localize("UTC").dt.tz_convert(zone)
    fits(Moment, series, moments)
    gaps = series.copy()
    gaps[1] = pd.NaT
    fits_with_gaps(Moment, gaps, [moments[0], None, moments[2]])


def test_pandas_series_of_days():
    pd = pandas()
    fits(Day, pd.Series(SOME[Day], dtype=object), SOME[Day])
    fits(Day, pd.Series([date(2024, 5, 1)], dtype="date32[pyarrow]"), [date(2024, 5, 1)])


@pytest.mark.parametrize("dtype", ["Int64", "Int8", "float64", "Float64", "object", "int64[pyarrow]"])
def test_pandas_series_with_missing_integers(dtype):
    fits_with_gaps(Whole, pandas().Series([3, None, 1], dtype=dtype), [3, None, 1])


@pytest.mark.parametrize("dtype", ["boolean", "object", "bool[pyarrow]"])
def test_pandas_series_with_missing_bools(dtype):
    fits_with_gaps(Flag, pandas().Series([True, None, False], dtype=dtype), [True, None, False])


def test_the_index_of_a_pandas_series_does_not_matter():
    pd = pandas()
    series = pd.Series([1, 2, 3], index=[7, 7, 0])
    fits(Whole, series, [1, 2, 3])
    fits(Whole, series.sort_values(ascending=False), [3, 2, 1])
    fits(Whole, series[series > 1], [2, 3])
    fits(Text, pd.Series(["a", "b"], index=["x", "y"]), ["a", "b"])


def test_the_missing_values_of_pandas_in_a_list_are_none_or_refused_but_never_a_value():
    pd = pandas()
    for model, missing in ((Whole, pd.NA), (Text, pd.NA), (Moment, pd.NaT), (Moment, pd.NA), (Day, pd.NaT)):
        value = SOME[model][0]
        try:
            made = model.insert_all(value=value, maybe=[value, missing])
        except (TypeError, ValueError):
            assert model.all() == []
        else:
            assert made.values("maybe") == [value, None]


def test_timestamps_of_pandas_in_a_list_are_moments():
    pd = pandas()
    column = [pd.Timestamp("2024-05-01 12:00"), pd.Timestamp("2024-05-01 14:00", tz="Europe/Berlin")]
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    fits(Moment, column, [noon, noon])


def test_pandas_series_of_the_wrong_type_are_a_type_error():
    pd = pandas()
    refused(Whole, pd.Series([True]))
    refused(Whole, pd.Series(pd.to_timedelta([1], unit="s")))
    refused(Text, pd.Series([1]))
    refused(Text, pd.Series([1.5]))
    refused(Raw, pd.Series(["a"]))
