"""How many there are over time, or the mean of a field."""

from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from .._hasmany import Many, class_of
from .canvas import BLUE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Every = Literal["year", "month", "week", "day", "hour", "minute", "second"]

_UNITS: dict[str, str] = {
    "second": "s",
    "minute": "m",
    "hour": "h",
    "day": "D",
    "week": "D",
    "month": "M",
    "year": "Y",
}
FINEST_FIRST: tuple[Every, ...] = ("second", "minute", "hour", "day", "week", "month", "year")
FEW = 120
"""Steps of time that a picture has at most, where nothing is said."""
MOST = 100_000
"""Where it is said."""


def over_time(
    many: "Many[Any]", at: str, value: str | None = None, *, every: Every | None = None, ax: "Axes | None" = None
) -> "Axes":
    """How many members there are in each step of the time `at`, a field or path that holds datetimes or dates; with `value`, a field or
    path of numbers, the mean of that instead. Members without a time, or without a number, are left out.

    The steps are what `every` says, else the finest of which there are at most 120. Weeks begin on Mondays; datetimes are in UTC.
    O(members). Raises `TypeError` for fields of other types, `ValueError` where there is nothing to draw or more than 100,000 steps,
    `ImportError` without matplotlib.
    """
    if every is not None and every not in _UNITS:
        raise ValueError(f"every is one of {', '.join(_UNITS)}, not {every!r}")
    columns = {"at": at} if value is None else {"at": at, "value": value}
    table = many.select(**columns)
    times, name = table.column("at"), class_of(many).__name__
    if times.dtype.kind != "M":
        raise TypeError(f"over_time: {name}.{at} holds no datetimes or dates")
    numbers = None if value is None else _numbers(table.column("value"), f"{name}.{value}")
    there = ~np.isnat(times) if numbers is None else ~np.isnat(times) & ~np.isnan(numbers)
    times = times[there]
    if not len(times):
        raise ValueError(
            f"over_time: none of the {len(there):,} {name} has {at if value is None else f'{at} and {value}'}"
        )
    first_time, last_time = times.min(), times.max()
    every = every or _finest(first_time, last_time)
    first, last = (int(_steps(each, every)) for each in (first_time, last_time))
    if last - first >= MOST:
        raise ValueError(f"over_time: that is {last - first + 1:,} steps of a {every}; take longer ones")
    steps = _steps(times, every) - first
    counts = np.bincount(steps, minlength=last - first + 1)
    edges = _edges(np.arange(first, last + 2), every)
    drawn = canvas(ax)
    if numbers is None:
        drawn.stairs(counts, edges, fill=True, color=BLUE, alpha=0.85)
        drawn.set(ylabel=f"{name} per {every}", ylim=(0, None))
        drawn.set_title(f"{len(times):,} {name} over time")
    else:
        some = counts > 0
        means = np.bincount(steps, weights=numbers[there], minlength=len(counts))[some] / counts[some]
        drawn.plot(edges[:-1][some], means, marker="o", markersize=3, color=BLUE)
        drawn.set(ylabel=f"mean of {value} per {every}")
        drawn.set_title(f"{value} of {len(times):,} {name} over time")
    drawn.set_xlabel(at)
    drawn.tick_params(axis="x", rotation=30)
    return cast("Axes", drawn)


def _numbers(column: Any, name: str) -> Any:
    """As floats, NaN where there is none."""
    if column.dtype.kind not in "iufbO":
        raise TypeError(f"over_time: {name} holds no numbers")
    try:
        return column.astype(np.float64)  # of objects (Decimals, numbers with None among them) one by one
    except (TypeError, ValueError):
        raise TypeError(f"over_time: {name} holds no numbers") from None


def _finest(first: Any, last: Any) -> Every:
    for each in FINEST_FIRST:
        if _steps(last, each) - _steps(first, each) < FEW:
            return each
    return "year"


def _steps(times: Any, every: Every) -> Any:
    """The number of the step of each time, from 1970 on."""
    numbers = times.astype(f"datetime64[{_UNITS[every]}]").astype(np.int64)
    return (numbers + 3) // 7 if every == "week" else numbers  # 1970 began on a Thursday


def _edges(steps: Any, every: Every) -> Any:
    """When each step begins."""
    numbers = steps * 7 - 3 if every == "week" else steps
    return numbers.astype(f"datetime64[{_UNITS[every]}]").astype("datetime64[s]")
