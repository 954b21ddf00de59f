"""Every type of field from Arrow data; what does not fit is refused."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, Model

from ...libraries import pyarrow
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
    same,
)


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


def test_dictionaries_and_runs_are_looked_through():
    pa = pyarrow()
    words = pa.DictionaryArray.from_arrays(pa.array([1, None, 0], pa.int8()), pa.array(["a", "b"]))
    for ends in (pa.int16(), pa.int32(), pa.int64()):
        runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 6], ends), pa.array([7, None, -7]))
        fits_with_gaps(Whole, runs, [7, 7, None, -7, -7, -7])
        fits_with_gaps(Whole, runs.slice(1, 3), [7, None, -7])
        runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3, 6], ends), words)
        fits_with_gaps(Text, runs, ["b", "b", None, "a", "a", "a"])
        runs = pa.RunEndEncodedArray.from_arrays(pa.array([1, 3], ends), pa.array([True, None]))
        fits_with_gaps(Flag, runs, [True, None, None])
    fits_with_gaps(Text, words.slice(1), [None, "a"])
    empty = pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int8()), pa.array([], pa.string()))
    assert list(Text.insert_all(maybe=empty, value="").values("maybe")) == [None, None]
    fits_with_gaps(Moment, pa.array([0, None, 0], pa.timestamp("us")).dictionary_encode(), [EPOCH, None, EPOCH])


def test_what_no_row_has_of_a_dictionary_does_not_matter():
    pa = pyarrow()
    fits(Whole, pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array([1.0, 1.5])), [1, 1])
    unused = pa.DictionaryArray.from_arrays(pa.array([1]), pa.array([float("nan"), 2.0]))
    fits(Whole, unused, [2])


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
