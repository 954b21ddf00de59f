"""A small relation as a picture of two sides."""

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .._hasmany import Many, class_of, col
from ..show.named import names_by_id
from .canvas import BLUE, GREY, ORANGE, canvas
from .order import axis, ranks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 150
"""Of a side: more names than a page has lines."""


def bipartite(many: "Many[Any]", through: str, *, ax: "Axes | None" = None) -> "Axes":
    """The members on the left, what they have of a collection on the right, a line for each that is linked. Both sides are ordered so that
    those stand beside each other that have much in common; the two groups that differ most are blue and orange, lines between them grey.
    A member without any stands last.

    Raises `ValueError` for more than 150 on a side, and where nobody has any; `SchemaError` for a name that is no collection,
    `ImportError` without matplotlib.
    """
    name = class_of(many).__name__
    others = many.through(through)
    other_name = class_of(others).__name__
    for model, count in ((name, len(many)), (other_name, len(others))):
        if count > MOST:
            raise ValueError(
                f"bipartite: {count:,} {model} are more than can be seen; take a part, {MOST} at most, as "
                f'many.top(50, by="{through}").records, or draw plot.overlap("{through}")'
            )
    rows = many.select("id", there=col(f"{through}.id").list()).to_dicts()
    names, other_names = names_by_id(many), names_by_id(others)
    column = {id: at for at, id in enumerate(other_names)}
    links = np.zeros((len(rows), len(column)))
    for at, row in enumerate(rows):
        links[at, [column[id] for id in row["there"] if id in column]] = 1
    if not links.any():
        raise ValueError(f"bipartite: none of the {len(rows):,} {name} has any {through}")
    from matplotlib.collections import LineCollection

    places = list(axis(links))
    heights = [_heights(each) for each in places]
    drawn = canvas(ax, 7.0, max(3.0, 0.22 * max(links.shape) + 0.8))
    ends: list[Any] = []
    colours: list[str] = []
    for at, to in np.argwhere(links):
        ends.append([(0.0, heights[0][at]), (1.0, heights[1][to])])
        one, another = _colour(places[0][at]), _colour(places[1][to])
        colours.append(one if one == another else GREY)
    drawn.add_collection(LineCollection(ends, colors=colours, linewidths=0.9, alpha=0.55, zorder=1))
    sides = [([row["id"] for row in rows], names, "o", "right", -0.03), (list(column), other_names, "s", "left", 1.03)]
    for side, (ids, called, marker, align, beside) in enumerate(sides):
        points = [_colour(number) for number in places[side]]
        drawn.scatter([side] * len(ids), heights[side], c=points, marker=marker, s=22, zorder=2)
        for id, height in zip(ids, heights[side], strict=True):
            words = called[id].text if id in called else str(id)
            drawn.text(beside, height, words, ha=align, va="center", fontsize=8)
    drawn.set(xlim=(-0.6, 1.6), ylim=(-0.04, 1.04), yticks=[], xticks=[0, 1])
    drawn.set_xticklabels([name, f"{other_name} ({through})"])
    drawn.set_title(f"{through} of {len(rows):,} {name}: {int(links.sum()):,} links")
    for spine in drawn.spines.values():
        spine.set_visible(False)
    drawn.tick_params(length=0)
    return cast("Axes", drawn)


def _heights(numbers: Any) -> Any:
    """How high each stands, the first in order on top."""
    heights = np.empty(len(numbers))
    heights[ranks(numbers)] = np.linspace(1, 0, len(numbers)) if len(numbers) > 1 else 0.5
    return heights


def _colour(number: float) -> str:
    return GREY if np.isnan(number) else BLUE if number < 0 else ORANGE
