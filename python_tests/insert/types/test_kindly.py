"""Columns are read kindly: text as what it says, 0 and 1 as bools, days as datetimes, numbers as times of a unit that is said."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, Model, SchemaError, Store, User

from ...libraries import pandas, polars, pyarrow
from .kinds import EPOCH, NAN, Day, Flag, Moment, Raw, Real, Text, Whole, fits, fits_with_gaps, refused

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)

SAID: list[tuple[type[Model], list[str], list[Any]]] = [
    (Whole, ["3", "-1", " 0 ", "+7", "12.00", "9223372036854775807"], [3, -1, 0, 7, 12, 2**63 - 1]),
    (Real, ["0.5", "-1", "1e300", ".5", "inf", " 2 "], [0.5, -1.0, 1e300, 0.5, float("inf"), 2.0]),
    (Flag, ["true", "False", "TRUE", "1", "0"], [True, False, True, True, False]),
    (Day, ["2024-05-01", "0001-01-01", "9999-12-31 00:00:00"], [date(2024, 5, 1), date.min, date.max]),
    (
        Moment,
        ["2024-05-01T12:00:00Z", "2024-05-01 12:00", "2024-05-01T14:00:00.000+02:00", "2024-05-01T12:00:00,0000001"],
        [NOON] * 4,
    ),
    (Moment, ["2024-05-01", "1970-01-01T00:00:00"], [datetime(2024, 5, 1, tzinfo=UTC), EPOCH]),
]
NOT_SAID: list[tuple[type[Model], list[str]]] = [
    (Whole, ["", "x", "1.5", "1_000", "1,000", "0x1", "9223372036854775808", "1e3", "nan"]),
    (Real, ["", "x", "1,5", "nan", "1_0"]),
    (Flag, ["", "yes", "2", "t"]),
    (Day, ["", "01/05/2024", "2024-02-30", "20240501", "2024-05-01T12:00"]),
    (Moment, ["", "1714564800", "2024-05-01T25:00", "2024-05-01T12", "0001-01-01T00:00+01:00"]),
]
COLUMNS: list[Callable[[list[Any]], Any]] = [
    list,
    np.array,
    lambda values: np.array(values, object),
    lambda values: pandas().Series(values),
    lambda values: pandas().Series(values, dtype=object),
    lambda values: polars().Series(values),
    lambda values: pyarrow().array(values, pyarrow().string_view()),
    lambda values: pyarrow().array(values).dictionary_encode(),
    iter,
]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(("model", "texts", "values"), SAID, ids=lambda given: getattr(given, "__name__", ""))
def test_text_is_read_as_what_it_says(model, texts, values, column):
    fits(model, lambda: column(texts), values)


@pytest.mark.parametrize(("model", "texts", "values"), SAID, ids=lambda given: getattr(given, "__name__", ""))
def test_text_with_gaps_is_read(model, texts, values):
    pl = polars()
    for column in ([texts[0], None], pl.Series([texts[0], None]), pandas().Series([texts[0], None])):
        fits_with_gaps(model, column, [values[0], None])


@pytest.mark.parametrize("column", COLUMNS[:-1])
@pytest.mark.parametrize(("model", "wrong"), [(model, text) for model, texts in NOT_SAID for text in texts])
def test_text_that_says_no_value_is_an_error_that_names_row_and_text(model, wrong, column):
    good = next(texts[0] for known, texts, _ in SAID if known is model)
    refused(model, column([good, wrong]), FieldError, rf"\brow 1\b.*'{re.escape(wrong)}'")


def test_a_single_text_for_all_rows_is_read_too():
    assert Whole.insert_all(value="3", maybe=[1, 2]).values("value") == [3, 3]


def test_a_constructor_reads_no_text():
    for model, texts, _ in SAID:
        with pytest.raises(TypeError):
            model(texts[0])
    with pytest.raises(TypeError):
        Whole.where(value="3")


def test_text_is_no_bytes_and_no_id():
    refused(Raw, ["a"])

    class Post(Model):
        by: User

    User("ann")
    for column in (["1"], np.array(["1"]), polars().Series(["1"])):
        with pytest.raises(TypeError, match=r"Post.by takes User records or their ids, not"):
            Post.insert_all(by=column)


def test_0_and_1_are_bools():
    for column in ([0, 1, 1.0, True], np.array([0, 1, 1, 1], np.uint8), polars().Series([0, 1, 1, 1])):
        fits(Flag, column, [False, True, True, True])
    fits(Flag, np.array([0.0, 1.0]), [False, True])
    fits_with_gaps(Flag, [0, NAN, 1], [False, None, True])
    fits_with_gaps(Flag, np.array([0.0, NAN]), [False, None])
    Flag.all().delete_all()
    refused(Flag, [1, 2], FieldError, r"row 1: Flag\.\w+: 2 is neither 0 nor 1")
    refused(Flag, [1, 0.5], FieldError, "row 1")
    refused(Flag, np.array([1, 2]), FieldError, r"row 1: Flag\.\w+ 2 is neither 0 nor 1")


def test_a_day_is_the_midnight_of_a_datetime():
    midnights = [datetime(2024, 5, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
    days = [date(2024, 5, 1), date.min]
    pa = pyarrow()
    for column in (days, polars().Series(days), pa.array(days, pa.date64()), np.array(days, "datetime64[D]")):
        fits(Moment, column, midnights)


@pytest.mark.parametrize(("unit", "count"), [("s", 10**6), ("ms", 10**3), ("us", 1), ("ns", 10**-3)])
def test_numbers_are_times_where_their_unit_is_said(unit, count):
    seconds = 1_714_564_800
    number = int(seconds * 10**6 / count)
    pl = polars()
    for column in ([number], [float(number)], np.array([number]), np.array([float(number)]), pl.Series([number])):
        made = Moment.insert_all(value=column, unit=unit)
        assert made.values("value") == [NOON]
    assert Moment.insert_all({"value": [number], "maybe": [NOON]}, unit=unit)[0].maybe == NOON
    assert Moment.insert_all(value=NOON, maybe=np.array([number, NAN]), unit=unit).values("maybe") == [NOON, None]


def test_fractions_of_a_unit_are_kept_to_the_microsecond():
    for column in ([1.25], np.array([1.25])):
        assert Moment.insert_all(value=column, unit="s")[0].value == datetime(1970, 1, 1, 0, 0, 1, 250_000, UTC)
    assert Moment.insert_all(value=[-1], unit="ns")[0].value == datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)


def test_numbers_of_no_unit_are_no_times_and_the_error_says_how():
    refused(Moment, [0], TypeError)
    for column in (np.array([0]), polars().Series([0])):
        refused(Moment, column, TypeError, 'unit="s"')


def test_a_time_that_no_datetime_shows_is_named_with_its_row():
    for column in ([0, 2**62], np.array([0, 2**62]), [0, 1e30], np.array([0, 1e30])):
        with pytest.raises(FieldError, match=r"row 1: Moment.value"):
            Moment.insert_all(value=column, unit="s")
    assert Moment.all() == []


@pytest.mark.parametrize("unit", ["m", "seconds", 1, ""])
def test_another_unit_is_an_error(unit):
    with pytest.raises(ValueError, match="unit is 's', 'ms', 'us' or 'ns'"):
        Moment.insert_all(value=[1], unit=unit)


def test_a_field_named_unit_is_not_taken_for_the_option():
    class Part(Model):
        unit: str

    with pytest.raises(SchemaError, match="'unit' is a field of Part and an option"):
        Part.insert_all(unit=["kg"])
    assert Part.insert_all({"unit": ["kg"]}).values("unit") == ["kg"]


def test_keys_are_read_kindly():
    class Place(Model, unique=("code",)):
        code: int

    class Visit(Model):
        place: Place

    Place.insert_all(code=[7, 8])
    assert Visit.insert_all({"place.code": ["8", "7"]}).values("place.code") == [8, 7]
    assert Text.insert_all(value=["3"]).values("value") == ["3"]
    Store.current().check()
