"""The short way to the pictures of a collection."""

from typing import TYPE_CHECKING, Any

from .._hasmany import Many

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .times import Every


class Plots:
    """The pictures of a collection, as `collection.plot` has them: see `hasmany.plot`, whose functions these are."""

    def __init__(self, many: "Many[Any]") -> None:
        self._many = many

    def degrees(self, through: str, *, ax: "Axes | None" = None) -> "Axes":
        """How many of a collection each member has, as a distribution: `hasmany.plot.degrees`."""
        from .ccdf import degrees

        return degrees(self._many, through, ax=ax)

    def over_time(
        self, at: str, value: str | None = None, *, every: "Every | None" = None, ax: "Axes | None" = None
    ) -> "Axes":
        """How many members there are over time, or the mean of a field: `hasmany.plot.over_time`."""
        from .times import over_time

        return over_time(self._many, at, value, every=every, ax=ax)

    def bipartite(self, through: str, *, ax: "Axes | None" = None) -> "Axes":
        """The members and what they have of a collection, on two sides: `hasmany.plot.bipartite`."""
        from .sides import bipartite

        return bipartite(self._many, through, ax=ax)

    def overlap(self, through: str, *, ax: "Axes | None" = None) -> "Axes":
        """How many of a collection each two members share: `hasmany.plot.overlap`."""
        from .overlaps import overlap

        return overlap(self._many, through, ax=ax)

    def __repr__(self) -> str:
        return "<the pictures of a collection: degrees, over_time, bipartite, overlap>"
