"""Who shares how many with whom: a matrix of overlaps."""

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from .._hasmany import Many, class_of, projected
from ..show.named import names_by_id
from .canvas import MAP, canvas
from .order import axis, ranks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 1000
NAMED = 40
"""That are named beside the picture."""


def overlap(many: "Many[Any]", through: str, *, ax: "Axes | None" = None) -> "Axes":
    """How many of a collection each two members share, as a square of colours, in an order in which those stand beside each other that
    share much. What a member shares with itself is left out; up to 40 members are named.

    As costly as `many.projection(through)`, and O(members³) for the order. Raises `ValueError` for more than 1,000 members (take a part, as
    `many.top(200, by=through).records`) and for fewer than two, `SchemaError` for a name that is no collection, `ImportError` without
    matplotlib.
    """
    name, count = class_of(many).__name__, len(many)
    if not 2 <= count <= MOST:
        way = f'; take a part, as many.top(200, by="{through}").records' if count > MOST else ""
        raise ValueError(f"overlap: it takes 2 to {MOST:,} members, not {count:,}{way}")
    (one, other, weights), members = projected(many, through, 1)
    matrix = np.zeros((len(members), len(members)))
    matrix[one, other] = matrix[other, one] = weights
    order: Any = ranks(axis(matrix + np.diag(matrix.max(axis=1)))[0])
    shown = np.ma.array(matrix[np.ix_(order, order)], mask=np.eye(len(members), dtype=bool))
    drawn = canvas(ax, 6.4, 5.4)
    image = drawn.imshow(shown, cmap=MAP, vmin=0, vmax=max(1.0, float(matrix.max())), interpolation="nearest")
    drawn.figure.colorbar(image, ax=drawn, label=f"{through} in common")
    if len(members) <= NAMED:
        called = [cell.text for cell in names_by_id(members).values()]
        labels = [called[int(at)] for at in order.tolist()]
        drawn.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
        drawn.set_yticks(range(len(labels)), labels, fontsize=8)
    else:
        drawn.set(xticks=[], yticks=[])
    drawn.set(xlabel=name, ylabel=name)
    drawn.set_title(f"{through} that {len(members):,} {name} share")
    return cast("Axes", drawn)
