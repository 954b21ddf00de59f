"""Every type of field from a series of polars; what does not fit is refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from ...libraries import polars
from .kinds import (
    EPOCH,
    INTEGERS,
    KINDS,
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
    refused(Whole, pl.Series([Decimal(1)]), TypeError, "(?i)decimal")
    refused(Whole, pl.Series([timedelta(1)]))
    refused(Text, pl.Series([1]))
    refused(Text, pl.Series([["a"]]))
    refused(Raw, pl.Series(["a"]))
    refused(Moment, pl.Series([1]))
