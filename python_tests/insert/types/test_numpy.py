"""Every type of field from a NumPy array of any layout; what does not fit is refused."""

import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, Model

from .kinds import (
    EPOCH,
    INTEGERS,
    KINDS,
    MISFIT,
    NAN,
    SOME,
    Day,
    Flag,
    Moment,
    Raw,
    Real,
    Text,
    Whole,
    fits,
    fits_with_gaps,
    refused,
    strided,
)


@pytest.mark.parametrize("dtype", [*INTEGERS, ">i2", ">u4", ">i8", "intp", "longlong"])
def test_numpy_integers(dtype):
    info = np.iinfo(dtype)
    values = [0, 1, int(info.min), min(int(info.max), 2**63 - 1)]
    fits(Whole, np.array(values, dtype), values)
    fits(Real, np.array(values, dtype), [float(value) for value in values])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", ">f8"])
def test_numpy_floats(dtype):
    values = [0.5, -1.0, 0.0, float("inf"), float(np.array(0.1, dtype))]
    fits(Real, np.array(values, dtype), values)
    fits(Whole, np.array([1, -2, 0, -0.0, 1024], dtype), [1, -2, 0, 0, 1024])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_nan_in_a_numpy_array_is_none(dtype):
    fits_with_gaps(Real, np.array([0.5, NAN, 1.0], dtype), [0.5, None, 1.0])
    fits_with_gaps(Whole, np.array([5.0, NAN, 1.0], dtype), [5, None, 1])


@pytest.mark.parametrize("model", KINDS)
def test_an_array_of_nothing_but_nan_is_a_column_of_none(model):
    made = model.insert_all(value=SOME[model], maybe=np.full(3, NAN))
    assert made.values("maybe") == [None] * 3


@pytest.mark.parametrize("model", [Whole, Real])
def test_nan_in_an_array_is_a_field_error_where_a_value_is_needed(model):
    with pytest.raises(FieldError, match=r"\brow 1\b"):
        model.insert_all(value=np.array([1.0, NAN]))
    assert model.all() == []


def test_numpy_bools():
    fits(Flag, np.array([True, False, False]), [True, False, False])
    fits(Flag, np.array([n % 3 == 0 for n in range(1000)]), [n % 3 == 0 for n in range(1000)])


@pytest.mark.parametrize("values", [["a", "", "h\u00e9llo \U0001f600"], ["one"], ["nul\x00inside", "x"]])
def test_numpy_strings(values):
    fits(Text, np.array(values), values)
    fits(Text, np.array(values, ">U40"), values)


def test_numpy_strings_of_any_length():
    if not hasattr(np.dtypes, "StringDType"):
        pytest.skip("this NumPy has none")
    values = ["a", "", "x" * 1000, "h\u00e9llo"]
    fits(Text, np.array(values, np.dtypes.StringDType()), values)


def test_numpy_bytes():
    fits(Raw, np.array([b"a", b"", b"long enough"]), [b"a", b"", b"long enough"])


UNITS = {"h": 3600 * 10**6, "m": 60 * 10**6, "s": 10**6, "ms": 1000, "us": 1}


@pytest.mark.parametrize("unit", [*UNITS, "ns"])
def test_numpy_moments(unit):
    counts = [0, 1, -1, 400_000] if unit != "ns" else [0, 1000, -1000, 1_700_000_000_123_456_000]
    column = np.array(counts, "int64").view(f"datetime64[{unit}]")
    micros = [count * UNITS[unit] if unit != "ns" else count // 1000 for count in counts]
    fits(Moment, column, [EPOCH + timedelta(microseconds=count) for count in micros])


def test_numpy_moments_of_the_other_byte_order():
    column = np.array(["2024-05-01T12:00", "1969-12-31T00:00"], "datetime64[us]").astype(">M8[us]")
    fits(Moment, column, [datetime(2024, 5, 1, 12, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])


def test_numpy_days():
    days = [date(2024, 5, 1), date(1969, 12, 31), date(1, 1, 1), date(9999, 12, 31)]
    fits(Day, np.array(days, "datetime64[D]"), days)


def test_nat_in_a_numpy_array_is_none():
    moment, day = datetime(2024, 5, 1, tzinfo=UTC), date(2024, 5, 1)
    for unit in ("s", "ms", "us", "ns"):
        fits_with_gaps(Moment, np.array(["NaT", "2024-05-01"], f"datetime64[{unit}]"), [None, moment])
    fits_with_gaps(Day, np.array(["2024-05-01", "NaT"], "datetime64[D]"), [day, None])


def backwards(array: Any) -> Any:
    return array[::-1].copy()[::-1]


def transposed(array: Any) -> Any:
    return np.stack([array, array]).T[:, 1]


def unaligned(array: Any) -> Any:
    packed = np.zeros(len(array), [("pad", "u1"), ("value", array.dtype)])
    packed["value"] = array
    return packed["value"]


def read_only(array: Any) -> Any:
    array = array.copy()
    array.flags.writeable = False
    return array


def of_a_subclass(array: Any) -> Any:
    return array.view(type("Subclass", (np.ndarray,), {}))


NUMPY_COLUMNS = [
    (Whole, np.array([3, -1, 0])),
    (Whole, np.array([3, 1, 0], np.uint16)),
    (Real, np.array([0.5, -1.0, 2.0])),
    (Flag, np.array([True, False, True])),
    (Text, np.array(["a", "b", "ccc"])),
    (Raw, np.array([b"a", b"b", b"ccc"])),
    (Moment, np.array([0, 1, -1], "datetime64[us]")),
    (Day, np.array([0, 1, -1], "datetime64[D]")),
]


@pytest.mark.parametrize("layout", [strided, backwards, transposed, unaligned, read_only, of_a_subclass])
@pytest.mark.parametrize(("model", "array"), NUMPY_COLUMNS, ids=lambda given: str(getattr(given, "dtype", "")))
def test_numpy_arrays_of_any_layout(model, array, layout):
    expected = model.insert_all(value=array).values("value")
    assert model.insert_all(value=layout(array)).values("value") == expected


@pytest.mark.parametrize(
    "dtype", [*INTEGERS, "float16", "float32", "float64", "longdouble", "longlong", "ulonglong", "intc"]
)
@pytest.mark.parametrize(
    "layout", [unaligned, strided, lambda array: array.byteswap().view(array.dtype.newbyteorder())]
)
def test_numpy_numbers_of_any_type_and_layout(dtype, layout):
    array = layout(np.arange(1, 8, dtype=dtype))
    fits(Whole, array, [int(value) for value in array])
    fits(Whole, array[:0], [])


def test_an_array_lives_as_long_as_it_is_read_and_no_longer():
    array = np.arange(1, 1000)
    before = sys.getrefcount(array)
    Whole.insert_all(value=array, maybe=array)
    with pytest.raises(FieldError):
        Whole.insert_all(value=array, maybe=np.arange(3))
    assert sys.getrefcount(array) == before


WRONG_ARRAYS: list[tuple[type[Model], Any]] = [
    (Whole, np.array([True, False])),
    (Whole, np.array(["1"])),
    (Whole, np.array([b"1"])),
    (Whole, np.array([1j])),
    (Whole, np.array([0], "datetime64[s]")),
    (Whole, np.array([0], "timedelta64[s]")),
    (Real, np.array([True])),
    (Real, np.array(["1"])),
    (Real, np.array([1j])),
    (Flag, np.array([0, 1])),
    (Flag, np.array([0, 1], np.uint8)),
    (Flag, np.array([0.0, 1.0])),
    (Text, np.array([1, 2])),
    (Text, np.array([0.5])),
    (Text, np.array([b"a"])),
    (Text, np.array([True])),
    (Raw, np.array(["a"])),
    (Raw, np.array([1], np.uint8)),
    (Moment, np.array([1, 2])),
    (Moment, np.array(["2024-05-01"])),
    (Moment, np.array([1], "timedelta64[us]")),
    (Day, np.array([1, 2])),
    (Day, np.array([1], "timedelta64[D]")),
]


@pytest.mark.parametrize(("model", "array"), WRONG_ARRAYS, ids=lambda given: getattr(given, "__name__", str(given)))
def test_a_numpy_array_of_the_wrong_type_is_a_type_error_that_names_the_field(model, array):
    refused(model, array)


@pytest.mark.parametrize(
    ("model", "array"),
    [
        (Whole, np.array([0, 2**63], np.uint64)),
        (Whole, np.array([0, 2**64 - 1], np.uint64)),
        (Whole, np.array([0.0, 2.0**63])),
        (Whole, np.array([0.0, -(2.0**64)])),
        (Whole, np.array([0.0, np.inf])),
        (Moment, np.array([0, 10**12], "datetime64[s]")),
        (Moment, np.array([0, 2**62], "datetime64[s]")),
        (Moment, np.array([0, -(2**62)], "datetime64[ms]")),
        (Moment, np.array([0, 2**62], "datetime64[us]")),
        (Day, np.array([0, 10**7], "datetime64[D]")),
        (Day, np.array([0, 2**40], "datetime64[D]")),
    ],
    ids=str,
)
def test_a_number_out_of_range_in_an_array_is_a_field_error_that_names_the_row(model, array):
    refused(model, array, FieldError, r"\brow 1\b")


def test_a_broken_float_in_an_array_does_not_fit_an_int_field():
    refused(Whole, np.array([1.0, 2.0, 1.5]), MISFIT, r"\brow 2\b.*1\.5|1\.5.*\brow 2\b")


def test_an_array_has_one_dimension():
    for array in (np.array([[1, 2], [3, 4]]), np.zeros((2, 1)), np.zeros((0, 3))):
        with pytest.raises((TypeError, ValueError), match="value"):
            Whole.insert_all(value=array)
    assert Whole.all() == []
