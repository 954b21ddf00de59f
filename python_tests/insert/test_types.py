"""Every type of field from every kind of column: lists, NumPy, pyarrow, polars and pandas; what does not fit is refused."""

import enum
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hasmany import FieldError, HasManyError, Model, Store, Tweet, User

from ..libraries import pandas, polars, pyarrow

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAN = float("nan")
MISFIT = (FieldError, TypeError)  # a value that does not fit; a none where one is needed


class Whole(Model):
    value: int
    maybe: int | None = None


class Real(Model):
    value: float
    maybe: float | None = None


class Flag(Model):
    value: bool
    maybe: bool | None = None


class Text(Model):
    value: str
    maybe: str | None = None


class Raw(Model):
    value: bytes
    maybe: bytes | None = None


class Moment(Model):
    value: datetime
    maybe: datetime | None = None


class Day(Model):
    value: date
    maybe: date | None = None


KINDS = {Whole: int, Real: float, Flag: bool, Text: str, Raw: bytes, Moment: datetime, Day: date}
SOME: dict[type[Model], list[Any]] = {
    Whole: [3, -1, 0],
    Real: [0.5, -1.0, 1e300],
    Flag: [True, False, True],
    Text: ["Ann", "", "a longer text than fits a view \U0001f600"],
    Raw: [b"x", b"", b"\x00\xff and more bytes than fit a view"],
    Moment: [EPOCH + timedelta(days=19_844, hours=1, microseconds=1), EPOCH, EPOCH - timedelta(seconds=1)],
    Day: [date(2024, 5, 1), date(1969, 12, 31), date(1, 1, 1)],
}


def same(read: list[Any], expected: list[Any], of: type) -> None:
    """Equal, of exactly the field's type, and moments in UTC."""
    assert read == expected
    for value in read:
        assert value is None or type(value) is of
        if type(value) is datetime:
            assert value.tzinfo == UTC


def fits(model: type[Model], column: Any, expected: list[Any]) -> None:
    """The column fits the model's field, required and optional, and what was kept is found again."""
    of = KINDS[model]
    required = model.insert_all(value=column() if callable(column) else column)
    same(required.values("value"), expected, of)
    for row, value in zip(required, expected, strict=True):
        assert row in model.where(value=value)
    optional = model.insert_all(value=expected, maybe=column() if callable(column) else column)
    same(optional.values("maybe"), expected, of)
    Store.current().check()


def fits_with_gaps(model: type[Model], column: Any, expected: list[Any]) -> None:
    """The column has nulls: it fits the optional field, and the required one refuses it and names the row."""
    model.all().delete_all()
    gap = expected.index(None)
    made = model.insert_all(value=SOME[model][0], maybe=column)
    same(made.values("maybe"), expected, KINDS[model])
    assert model.where(maybe=None) == [row for row, value in zip(made, expected, strict=True) if value is None]
    with pytest.raises(MISFIT, match=rf"\brow {gap}\b") as caught:
        model.insert_all(value=column)
    assert f"{model.__name__}.value" in str(caught.value)
    assert model.all() == made
    Store.current().check()


def refused(model: type[Model], column: Any, error: Any = TypeError, match: str | None = None) -> None:
    """The column fits neither field, and the error names the field."""
    for name in ("value", "maybe"):
        given = {"value": SOME[model][0]} if name == "maybe" else {}
        with pytest.raises(error, match=match) as caught:
            model.insert_all({**given, name: column})
        assert f"{model.__name__}.{name}" in str(caught.value)
    assert model.all() == []
    Store.current().check()


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("model", KINDS)
def test_a_list_of_values(model):
    fits(model, list(SOME[model]), SOME[model])


@pytest.mark.parametrize("model", KINDS)
def test_a_list_with_none(model):
    a, b, c = SOME[model]
    fits_with_gaps(model, [a, None, b, None, c], [a, None, b, None, c])


@pytest.mark.parametrize("model", KINDS)
def test_nan_in_a_list_is_none(model):
    a, b, _ = SOME[model]
    fits_with_gaps(model, [a, NAN, b], [a, None, b])
    assert model.insert_all(value=a, maybe=[np.float32("nan"), a]).values("maybe") == [None, a]


@pytest.mark.parametrize("model", KINDS)
def test_nan_in_a_list_is_a_field_error_where_a_value_is_needed(model):
    a, *_ = SOME[model]
    with pytest.raises(FieldError, match=r"\brow 2\b"):
        model.insert_all(value=[a, a, NAN])
    assert model.all() == []


@pytest.mark.parametrize("model", KINDS)
def test_a_list_of_nothing_but_none(model):
    made = model.insert_all(value=SOME[model], maybe=[None] * 3)
    assert made.values("maybe") == [None] * 3


@pytest.mark.parametrize("model", KINDS)
def test_an_array_of_objects(model):
    objects = np.empty(3, object)
    objects[:] = SOME[model]
    fits(model, objects, SOME[model])
    a, _, c = SOME[model]
    objects[1] = None
    fits_with_gaps(model, objects, [a, None, c])


def test_a_list_of_numpy_scalars():
    fits(Whole, [np.int8(3), np.uint64(4), 5], [3, 4, 5])
    fits(Real, [np.float32(0.5), np.int16(2), 3, 0.25], [0.5, 2.0, 3.0, 0.25])
    fits(Flag, [np.True_, False], [True, False])
    fits(Text, [np.str_("a"), "b"], ["a", "b"])


def test_whole_floats_in_a_list_fit_an_int_field():
    fits(Whole, [1.0, 2, -3.0, -0.0, 2.0**62, np.float32(8)], [1, 2, -3, 0, 2**62, 8])


def test_the_largest_and_smallest_values_in_a_list():
    fits(Whole, [2**63 - 1, -(2**63)], [2**63 - 1, -(2**63)])
    fits(
        Real,
        [1.7976931348623157e308, 5e-324, float("inf"), float("-inf")],
        [1.7976931348623157e308, 5e-324, float("inf"), float("-inf")],
    )
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
    fits(Moment, [datetime(1, 1, 1, tzinfo=UTC), last], [datetime(1, 1, 1, tzinfo=UTC), last])
    fits(Day, [date.min, date.max], [date.min, date.max])


def test_subclasses_in_a_list_are_kept_as_the_plain_type():
    class Level(enum.IntEnum):
        HIGH = 3

    class Name(str):
        __slots__ = ()

    fits(Whole, [Level.HIGH], [3])
    fits(Text, [Name("x")], ["x"])


def test_moments_in_a_list_may_have_any_zone_or_none():
    plus_two, berlin = timezone(timedelta(hours=2)), ZoneInfo("Europe/Berlin")
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    column = [
        noon,
        datetime(2024, 5, 1, 12),
        datetime(2024, 5, 1, 14, tzinfo=plus_two),
        datetime(2024, 5, 1, 14, tzinfo=berlin),
        datetime(2024, 10, 27, 2, 30, tzinfo=berlin, fold=1),
    ]
    fits(Moment, column, [noon] * 4 + [datetime(2024, 10, 27, 1, 30, tzinfo=UTC)])


def test_one_moment_without_a_zone_fills_all_rows_as_utc_or_is_refused_as_a_single_value():
    naive = datetime(2024, 5, 1, 12)
    try:
        made = Moment.insert_all(value=[EPOCH, EPOCH], maybe=naive)
    except FieldError:
        assert Moment.all() == []
    else:
        assert made.values("maybe") == [naive.replace(tzinfo=UTC)] * 2


WRONG_IN_A_LIST = [
    (Whole, [1, "2"]),
    (Whole, [1, True]),
    (Whole, [1, np.True_]),
    (Whole, [1, b"2"]),
    (Whole, [1, Decimal(2)]),
    (Whole, [1, Fraction(2)]),
    (Whole, [1, 2j]),
    (Whole, [1, [2]]),
    (Whole, [1, EPOCH]),
    (Real, [1.0, "2"]),
    (Real, [1.0, True]),
    (Real, [1.0, Decimal("0.5")]),
    (Real, [1.0, 2j]),
    (Flag, [True, 1]),
    (Flag, [True, 0.0]),
    (Flag, [True, "true"]),
    (Text, ["a", 1]),
    (Text, ["a", b"b"]),
    (Text, ["a", ["b"]]),
    (Text, ["a", 0.5]),
    (Raw, [b"a", "b"]),
    (Raw, [b"a", 1]),
    (Moment, [EPOCH, date(2024, 5, 1)]),
    (Moment, [EPOCH, "2024-05-01"]),
    (Moment, [EPOCH, 0]),
    (Moment, [EPOCH, timedelta(1)]),
    (Day, [date(2024, 5, 1), EPOCH]),
    (Day, [date(2024, 5, 1), "2024-05-01"]),
    (Day, [date(2024, 5, 1), 0]),
]


@pytest.mark.parametrize(("model", "column"), WRONG_IN_A_LIST, ids=str)
def test_a_value_of_the_wrong_type_in_a_list_is_a_type_error_that_names_the_row(model, column):
    refused(model, column, TypeError, r"\brow 1\b")
    with pytest.raises(TypeError) as caught:
        model.insert_all(value=column)
    assert not isinstance(caught.value, HasManyError)
    assert type(column[1]).__name__ in str(caught.value)


OUTSIDE_IN_A_LIST = [
    (Whole, [1, 2, 2**63]),
    (Whole, [1, 2, -(2**63) - 1]),
    (Whole, [1, 2, 10**400]),
    (Whole, [1, 2, np.uint64(2**63)]),
    (Whole, [1, 2, 2.0**63]),
    (Whole, [1, 2, 1e300]),
    (Real, [1, 2, 10**400]),
    (Text, ["a", "b", "\ud800"]),
    (Moment, [EPOCH, EPOCH, datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))]),
    (Moment, [EPOCH, EPOCH, datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2)))]),
]


@pytest.mark.parametrize(("model", "column"), OUTSIDE_IN_A_LIST, ids=lambda given: str(given)[:60])
def test_a_value_out_of_range_in_a_list_is_a_field_error_that_names_the_row(model, column):
    refused(model, column, FieldError, r"\brow 2\b")


@pytest.mark.parametrize("wrong", [1.5, float("inf"), float("-inf"), np.float32(0.5)])
def test_a_broken_float_in_a_list_does_not_fit_an_int_field(wrong):
    refused(Whole, [1, 2.0, wrong], MISFIT, r"\brow 2\b")


# ── NumPy ─────────────────────────────────────────────────────────────────────────────────────────

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


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


def strided(array: Any) -> Any:
    wide = np.zeros(len(array) * 3, array.dtype)
    wide[::3] = array
    return wide[::3]


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


# ── pyarrow ───────────────────────────────────────────────────────────────────────────────────────


def arrow_columns() -> list[tuple[type[Model], Any, list[Any]]]:
    """A column of every Arrow type that fits some field, and what it stands for."""
    pa = pyarrow()
    columns: list[tuple[type[Model], Any, list[Any]]] = []
    for name in INTEGERS:
        info = np.iinfo(name)
        values = [0, int(info.min), min(int(info.max), 2**63 - 1), 1]
        columns.append((Whole, pa.array(values, name), values))
        columns.append((Real, pa.array(values, name), [float(value) for value in values]))
    for name in ("float16", "float32", "float64"):
        values = [0.5, -1.0, float("inf"), float(np.array(0.1, name))]
        columns.append((Real, pa.array(np.array(values, name)), values))
        columns.append((Whole, pa.array(np.array([1, -2, 0, 1024], name)), [1, -2, 0, 1024]))
    columns.append((Flag, pa.array([True, False, True, True]), [True, False, True, True]))
    texts, raws = SOME[Text], SOME[Raw]
    for of in (pa.string(), pa.large_string(), pa.string_view()):
        columns.append((Text, pa.array(texts, of), texts))
    for of in (pa.binary(), pa.large_binary(), pa.binary_view()):
        columns.append((Raw, pa.array(raws, of), raws))
    columns.append((Raw, pa.array([b"abc", b"\x00\x01\x02"], pa.binary(3)), [b"abc", b"\x00\x01\x02"]))
    for index in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()):
        for values in (pa.array(["b", "a", ""]), pa.array(["b", "a", ""], pa.large_string())):
            codes = pa.array([1, 0, 0, 2, 1], index)
            columns.append((Text, pa.DictionaryArray.from_arrays(codes, values), ["a", "b", "b", "", "a"]))
    columns.append((Raw, pa.array([b"b", b"a", b"b"]).dictionary_encode(), [b"b", b"a", b"b"]))
    for unit, per_second in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)):
        for zone in (None, "UTC", "Europe/Berlin", "America/St_Johns", "+02:00", "-09:30", "Etc/UTC"):
            seconds = [0, 1, -1, 1_714_564_800, -2_208_988_800]
            if unit != "ns":
                seconds += [-62_135_596_800, 253_402_300_799]
            counts = pa.array([second * per_second for second in seconds], pa.int64())
            moments = [EPOCH + timedelta(seconds=second) for second in seconds]
            columns.append((Moment, counts.cast(pa.timestamp(unit, zone)), moments))
    fine = [EPOCH + timedelta(microseconds=count) for count in (1, -1, 999_999)]
    columns.append((Moment, pa.array([1, -1, 999_999]).cast(pa.timestamp("us", "UTC")), fine))
    columns.append((Moment, pa.array([1000, -1000, 999_999_000]).cast(pa.timestamp("ns")), fine))
    days = [date(2024, 5, 1), date(1969, 12, 31), date(1, 1, 1), date(9999, 12, 31)]
    columns.append((Day, pa.array(days, pa.date32()), days))
    columns.append((Day, pa.array(days, pa.date64()), days))
    return columns


def taken(pa: Any, array: Any, places: list[int | None]) -> Any:
    """These elements of an array, as an array of the same type; pyarrow's own `take` knows no views."""
    if array.type in (pa.string_view(), pa.binary_view()):
        values = array.to_pylist()
        return pa.array([None if place is None else values[place] for place in places], array.type)
    return array.take(pa.array(places))


def each_arrow_column(check: Callable[[Any, type[Model], Any, list[Any]], None]) -> None:
    pa = pyarrow()
    for model, array, values in arrow_columns():
        try:
            check(pa, model, array, values)
        except BaseException as error:
            error.add_note(f"{model.__name__} from {array.type}")
            raise
        model.all().delete_all()


def test_arrow_arrays_of_every_type():
    each_arrow_column(lambda pa, model, array, values: fits(model, array, values))


def test_arrow_arrays_with_nulls():
    def check(pa: Any, model: type[Model], array: Any, values: list[Any]) -> None:
        fits_with_gaps(model, taken(pa, array, [0, None, 1, None]), [values[0], None, values[1], None])

    each_arrow_column(check)


def test_arrow_arrays_that_were_cut_out():
    def check(pa: Any, model: type[Model], array: Any, values: list[Any]) -> None:
        size = len(values)
        many = taken(pa, array, [*range(size)] * 5)
        fits(model, many.slice(size + 1, 2 * size), (values * 5)[size + 1 : 3 * size + 1])
        gaps = taken(pa, array, [None, None, 0, 1, None, 0, None])
        fits_with_gaps(model, gaps.slice(3, 3), [values[1], None, values[0]])

    each_arrow_column(check)


def test_arrow_arrays_of_several_chunks():
    def check(pa: Any, model: type[Model], array: Any, values: list[Any]) -> None:
        chunks = pa.chunked_array([array, array[:0], array[1:], array[:1]])
        fits(model, chunks, values + values[1:] + values[:1])
        with_gap = pa.chunked_array([array[:1], pa.nulls(2, array.type), array[:2]])
        made = model.insert_all(value=values[0], maybe=with_gap)
        assert made.values("maybe") == [values[0], None, None, *values[:2]]
        with pytest.raises(MISFIT, match=r"\brow 1\b"):
            model.insert_all(value=with_gap)

    each_arrow_column(check)


def test_arrow_columns_of_a_table():
    def check(pa: Any, model: type[Model], array: Any, values: list[Any]) -> None:
        made = model.insert_all(pa.table({"value": pa.chunked_array([array[:1], array[1:]])}))
        same(made.values("value"), values, KINDS[model])
        (row,) = model.insert_all(pa.record_batch({"maybe": array[1:2], "value": array[1:2]}))
        same([row.value, row.maybe], values[1:2] * 2, KINDS[model])

    each_arrow_column(check)


def test_a_chunk_may_have_a_dictionary_of_its_own():
    pa = pyarrow()
    chunks = [pa.array(["a", "b", "a"]).dictionary_encode(), pa.array(["c", "a"]).dictionary_encode()]
    fits(Text, pa.chunked_array(chunks), ["a", "b", "a", "c", "a"])
    table = pa.table({"value": pa.chunked_array(chunks)})
    assert Text.insert_all(table).values("value") == ["a", "b", "a", "c", "a"]


def test_a_null_may_stand_in_the_dictionary():
    pa = pyarrow()
    column = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 0]), pa.array(["a", None]))
    fits_with_gaps(Text, column, ["a", None, None, "a"])


def test_what_lies_under_a_null_does_not_matter():
    pa = pyarrow()
    valid = pa.array([True, False]).buffers()[1]
    wrong = pa.Array.from_buffers(pa.float64(), 2, [valid, pa.py_buffer(np.array([1.0, 1.5]))])
    fits_with_gaps(Whole, wrong, [1, None])
    offsets = pa.py_buffer(np.array([0, 1, 3], np.int32))
    text = pa.Array.from_buffers(pa.string(), 2, [valid, offsets, pa.py_buffer(b"a\xff\xff")])
    fits_with_gaps(Text, text, ["a", None])
    far = pa.Array.from_buffers(pa.timestamp("s"), 2, [valid, pa.py_buffer(np.array([0, 2**62]))])
    fits_with_gaps(Moment, far, [EPOCH, None])


def test_nan_in_arrow_data_is_none():
    pa = pyarrow()
    for of in (pa.float32(), pa.float64()):
        column = pa.array([1.0, NAN, None], of)
        fits_with_gaps(Real, column, [1.0, None, None])
        fits_with_gaps(Whole, column, [1, None, None])


@pytest.mark.parametrize("model", KINDS)
def test_an_arrow_array_of_no_type_is_a_column_of_none(model):
    made = model.insert_all(value=SOME[model], maybe=pyarrow().nulls(3))
    assert made.values("maybe") == [None] * 3
    with pytest.raises(MISFIT):
        model.insert_all(value=pyarrow().nulls(3))


def test_no_chunks_at_all_are_no_rows():
    pa = pyarrow()
    for model, of in ((Whole, pa.int32()), (Text, pa.string()), (Text, pa.dictionary(pa.int8(), pa.string()))):
        assert model.insert_all(value=pa.chunked_array([], of)) == []


def test_decimals_are_refused():
    pa = pyarrow()
    for of in (pa.decimal128(10, 0), pa.decimal128(10, 2), pa.decimal256(40, 0)):
        column = pa.array([Decimal(1), Decimal(2)], of)
        for model in KINDS:
            refused(model, column, TypeError, "(?i)decimal")


WRONG_ARROW: list[tuple[type[Model], Callable[[Any], Any]]] = [
    (Whole, lambda pa: pa.array([True])),
    (Whole, lambda pa: pa.array(["1"])),
    (Whole, lambda pa: pa.array(["1"]).dictionary_encode()),
    (Whole, lambda pa: pa.array([b"1"])),
    (Whole, lambda pa: pa.array([EPOCH])),
    (Whole, lambda pa: pa.array([1], pa.duration("us"))),
    (Whole, lambda pa: pa.array([1], pa.time64("us"))),
    (Whole, lambda pa: pa.array([[1]])),
    (Whole, lambda pa: pa.array([{"x": 1}])),
    (Real, lambda pa: pa.array([True])),
    (Real, lambda pa: pa.array(["1"])),
    (Flag, lambda pa: pa.array([1])),
    (Flag, lambda pa: pa.array([1.0])),
    (Flag, lambda pa: pa.array(["true"])),
    (Text, lambda pa: pa.array([1])),
    (Text, lambda pa: pa.array([b"a"])),
    (Text, lambda pa: pa.array([b"a"], pa.binary_view())),
    (Text, lambda pa: pa.array([1]).dictionary_encode()),
    (Text, lambda pa: pa.array([["a"]])),
    (Raw, lambda pa: pa.array(["a"])),
    (Raw, lambda pa: pa.array(["a"], pa.large_string())),
    (Raw, lambda pa: pa.array([1], pa.uint8())),
    (Moment, lambda pa: pa.array([1])),
    (Moment, lambda pa: pa.array(["2024-05-01"])),
    (Moment, lambda pa: pa.array([1], pa.duration("us"))),
    (Moment, lambda pa: pa.array([1], pa.time32("s"))),
    (Day, lambda pa: pa.array([1])),
    (Day, lambda pa: pa.array([1], pa.time64("ns"))),
    (Day, lambda pa: pa.array(["2024-05-01"])),
]


@pytest.mark.parametrize(("model", "make"), WRONG_ARROW)
def test_an_arrow_array_of_the_wrong_type_is_a_type_error_that_names_the_field(model, make):
    refused(model, make(pyarrow()))


@pytest.mark.parametrize(
    ("model", "make"),
    [
        (Whole, lambda pa: pa.array([0, 2**63], pa.uint64())),
        (Whole, lambda pa: pa.array([0.0, 1e30])),
        (Whole, lambda pa: pa.array([0.0, float("-inf")])),
        (Moment, lambda pa: pa.array([0, 253_402_300_800]).cast(pa.timestamp("s"))),
        (Moment, lambda pa: pa.array([0, -62_135_596_801]).cast(pa.timestamp("s", "UTC"))),
        (Moment, lambda pa: pa.array([0, 2**62]).cast(pa.timestamp("s"))),
        (Moment, lambda pa: pa.array([0, -(2**62)]).cast(pa.timestamp("ms"))),
        (Day, lambda pa: pa.array([0, 10**7], pa.int32()).cast(pa.date32())),
        (Day, lambda pa: pa.array([0, 10**7 * 86_400_000], pa.int64()).cast(pa.date64())),
    ],
)
def test_a_number_out_of_range_in_arrow_data_is_a_field_error_that_names_the_row(model, make):
    refused(model, make(pyarrow()), FieldError, r"\brow 1\b")


def test_dictionaries_of_other_types_are_read_right_or_refused():
    pa = pyarrow()
    for model, values in ((Whole, [7, -1, 7]), (Real, [0.5, 2.0, 0.5]), (Day, [date(2024, 5, 1)] * 3)):
        column = pa.array(values).dictionary_encode()
        try:
            made = model.insert_all(value=column)
        except TypeError:
            assert model.all() == []
        else:
            assert made.values("value") == values


def test_only_one_array_is_a_column():
    pa = pyarrow()
    for column in (pa.table({"value": [1]}), pa.record_batch({"value": [1]})):
        with pytest.raises(TypeError):
            Whole.insert_all(value=column)
    for data in (pa.array([1]), pa.chunked_array([[1]])):
        with pytest.raises(TypeError):
            Whole.insert_all(data)
    assert Whole.all() == []


# ── polars ────────────────────────────────────────────────────────────────────────────────────────


def test_polars_series_of_every_type():
    pl = polars()
    for name in INTEGERS:
        top = min(int(np.iinfo(name).max), 2**63 - 1)
        series = pl.Series(np.array([0, top, 1], name))
        fits(Whole, series, [0, top, 1])
        fits(Real, series, [0.0, float(top), 1.0])
    for of in (pl.Float32, pl.Float64):
        fits(Real, pl.Series([0.5, -1.0], dtype=of), [0.5, -1.0])
        fits(Whole, pl.Series([4.0, -1.0], dtype=of), [4, -1])
    fits(Flag, pl.Series(SOME[Flag]), SOME[Flag])
    fits(Text, pl.Series(SOME[Text]), SOME[Text])
    fits(Text, pl.Series(SOME[Text], dtype=pl.Categorical), SOME[Text])
    fits(Text, pl.Series(["a", "b", "a"], dtype=pl.Enum(["b", "a"])), ["a", "b", "a"])
    fits(Raw, pl.Series(SOME[Raw]), SOME[Raw])
    fits(Day, pl.Series(SOME[Day]), SOME[Day])


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Kolkata"])
def test_polars_series_of_moments(unit, zone):
    pl = polars()
    moments = [datetime(2024, 5, 1, 12, 30, 0, 5000, tzinfo=UTC), EPOCH, datetime(1900, 1, 1, tzinfo=UTC)]
    per_micro = {"ms": (1, 1000), "us": (1, 1), "ns": (1000, 1)}[unit]
    counts = [(moment - EPOCH) // timedelta(microseconds=1) * per_micro[0] // per_micro[1] for moment in moments]
    fits(Moment, pl.Series(counts, dtype=pl.Int64).cast(pl.Datetime(unit, zone)), moments)


@pytest.mark.parametrize("model", KINDS)
def test_polars_series_with_nulls(model):
    a, b, _ = SOME[model]
    fits_with_gaps(model, polars().Series([a, None, b, None]), [a, None, b, None])


@pytest.mark.parametrize("model", KINDS)
def test_polars_series_of_nothing_but_nulls(model):
    made = model.insert_all(value=SOME[model], maybe=polars().Series([None] * 3))
    assert made.values("maybe") == [None] * 3


@pytest.mark.parametrize("model", KINDS)
def test_polars_series_of_several_chunks(model):
    pl = polars()
    a, b, c = SOME[model]
    series = pl.concat([pl.Series([a, b]), pl.Series([c]), pl.Series([b, a])], rechunk=False)
    fits(model, series, [a, b, c, b, a])
    fits(model, series[1:4], [b, c, b])


def test_polars_series_of_the_wrong_type_are_a_type_error():
    pl = polars()
    refused(Whole, pl.Series([True]))
    refused(Whole, pl.Series(["1"]))
    refused(Whole, pl.Series([Decimal(1)]), TypeError, "(?i)decimal")
    refused(Whole, pl.Series([timedelta(1)]))
    refused(Flag, pl.Series([1]))
    refused(Text, pl.Series([1]))
    refused(Text, pl.Series([["a"]]))
    refused(Raw, pl.Series(["a"]))
    refused(Moment, pl.Series([1]))
    refused(Day, pl.Series(["2024-05-01"]))


# ── pandas ────────────────────────────────────────────────────────────────────────────────────────


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
    refused(Whole, pd.Series(["1"]))
    refused(Whole, pd.Series([True]))
    refused(Whole, pd.Series(pd.to_timedelta([1], unit="s")))
    refused(Flag, pd.Series([1]))
    refused(Text, pd.Series([1]))
    refused(Text, pd.Series([1.5]))
    refused(Moment, pd.Series(["2024-05-01"]))
    refused(Raw, pd.Series(["a"]))


# ── references ────────────────────────────────────────────────────────────────────────────────────


def id_columns() -> list[Any]:
    ids = [3, 1, 2]
    columns: list[Any] = [np.array(ids, name) for name in (*INTEGERS, "float32", "float64")]
    columns += [np.array(ids, object), [3.0, 1, np.int8(2)], strided(np.array(ids))]
    pa, pl, pd = pyarrow(), polars(), pandas()
    columns += [pa.array(ids, name) for name in (*INTEGERS, "float32", "float64")]
    columns += [pa.chunked_array([ids[:1], ids[1:]]), pa.array([0, *ids]).slice(1)]
    columns += [pl.Series(ids, dtype=of) for of in (pl.Int8, pl.UInt32, pl.Int64, pl.Float64)]
    columns += [pd.Series(ids, dtype=of) for of in ("int16", "Int64", "float64", "uint32[pyarrow]")]
    return columns


def test_ids_may_be_numbers_of_any_width():
    users = User.insert_all(username=["a", "b", "c"])
    for column in id_columns():
        tweets = Tweet.insert_all(message="x", user=column)
        assert tweets.values("user") == [users[2], users[0], users[1]], repr(column)


def test_ids_are_no_bools_and_no_strings():
    User.insert_all(username=["a", "b"])
    pa, pl, pd = pyarrow(), polars(), pandas()
    for values in ([True, True], ["1", "2"], [b"1", b"2"], [EPOCH, EPOCH]):
        for column in (values, np.array(values), pa.array(values), pl.Series(values), pd.Series(values)):
            with pytest.raises(TypeError, match=r"Tweet\.user"):
                Tweet.insert_all(message="x", user=column)
    assert Tweet.all() == []


def test_ids_are_whole():
    User.insert_all(username=["a", "b"])
    for column in ([1, 1.5], np.array([1, 1.5]), pyarrow().array([1, 1.5])):
        with pytest.raises(MISFIT, match=r"\brow 1\b"):
            Tweet.insert_all(message="x", user=column)
    assert Tweet.all() == []
