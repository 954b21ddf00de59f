"""A ranking as bars."""

from typing import TYPE_CHECKING, Any, cast

from .._hasmany import Ranking, class_of
from ..show.named import names_by_id
from .canvas import BLUE, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40


def ranking(of: "Ranking[Any]", *, ax: "Axes | None" = None) -> "Axes":
    """The scores of a ranking as bars, each beside what its record is called, the best on top; the first 40 where there are more.

    Raises `ValueError` for a ranking of nothing, `ImportError` without matplotlib.
    """
    first, count = of[:MOST], len(of)
    entries = [(record.id, score) for record, score in first]
    name = class_of(first.records).__name__
    if not entries:
        raise ValueError(f"ranking: there are no {name} in it")
    called = names_by_id(first.records)
    entries = [entry for entry in entries if entry[0] in called]  # not deleted meanwhile
    drawn = canvas(ax, 6.4, max(1.8, 0.26 * len(entries) + 0.9))
    places = range(len(entries))
    drawn.barh(places, [score for _, score in entries], color=BLUE)
    drawn.set_yticks(places, [called[id].text for id, _ in entries], fontsize=8)
    drawn.invert_yaxis()
    drawn.set(xlabel="score (an estimate)" if of.sampled else "score", ylabel=name)
    drawn.set_title(
        f"The best {len(entries)} of {count:,} {name}" if count > len(entries) else f"Ranking of {count:,} {name}"
    )
    return cast("Axes", drawn)
