"""How many members have how many: a distribution of degrees."""

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from .._hasmany import Many, class_of, col
from .canvas import BLUE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINTS = 400
"""That are drawn at most: more would lie on each other."""


def degrees(many: "Many[Any]", through: str, *, ax: "Axes | None" = None) -> "Axes":
    """How many of a collection each member has, as the part of members that have so many or more, on two scales of logarithms
    (a complementary cumulative distribution). Members without any are in the whole and not on the scale; the title counts them.

    O(members); at most 400 points are drawn. Raises `SchemaError` for a name that is no collection, `ValueError` where no member
    has any, `ImportError` without matplotlib.
    """
    counts = many.select(degree=col(through).count()).column("degree")
    name = class_of(many).__name__
    times = np.bincount(counts)
    if len(times) <= 1:
        raise ValueError(f"none of the {len(counts):,} {name} has any {through}: there is nothing to draw")
    values = np.flatnonzero(times)
    values = values[values > 0]
    part = (len(counts) - np.concatenate(([0], np.cumsum(times)))[values]) / len(counts)
    shown = _spread(values)
    without = f" ({times[0]:,} without any)" if times[0] else ""
    drawn = canvas(ax)
    drawn.plot(values[shown], part[shown], linestyle="none", marker="o", markersize=3.5, color=BLUE)
    drawn.set(xscale="log", yscale="log", xlabel=f"number of {through}", ylabel=f"part of {name} with as many or more")
    drawn.set_title(f"{through} of {len(counts):,} {name}{without}")
    return cast("Axes", drawn)


def _spread(values: "npt.NDArray[np.intp]") -> Any:
    """The places of some, evenly on a scale of logarithms, the first and the last among them."""
    if len(values) <= POINTS:
        return np.arange(len(values))
    at = np.searchsorted(values, np.geomspace(int(values[0]), int(values[-1]), POINTS))
    return np.unique(np.append(at, len(values) - 1).clip(0, len(values) - 1))
