"""Every type of field from a list; what does not fit is refused."""

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hasmany import FieldError, HasManyError

from .kinds import (
    EPOCH,
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
)


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
    (Whole, [1, True]),
    (Whole, [1, np.True_]),
    (Whole, [1, b"2"]),
    (Whole, [1, Decimal(2)]),
    (Whole, [1, Fraction(2)]),
    (Whole, [1, 2j]),
    (Whole, [1, [2]]),
    (Whole, [1, EPOCH]),
    (Real, [1.0, True]),
    (Real, [1.0, Decimal("0.5")]),
    (Real, [1.0, 2j]),
    (Text, ["a", 1]),
    (Text, ["a", b"b"]),
    (Text, ["a", ["b"]]),
    (Text, ["a", 0.5]),
    (Raw, [b"a", "b"]),
    (Raw, [b"a", 1]),
    (Moment, [EPOCH, 0]),
    (Moment, [EPOCH, timedelta(1)]),
    (Day, [date(2024, 5, 1), EPOCH]),
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
