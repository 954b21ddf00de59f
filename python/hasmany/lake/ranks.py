"""What is ranked of a selection: `top`, `similar` and `recommend`."""

from collections.abc import Mapping
from dataclasses import replace
from operator import index
from typing import Any, Literal

from .._hasmany import Expr, Rankings, Table, lake_way
from ..errors import SchemaError
from ..ranked import Question
from .choice import choice_of
from .chosen import Chosen
from .costs import Way
from .libraries import Rows
from .links import links_of
from .rankings import LakeRankings
from .tops import score_of, score_of_links, top


class Ranks(Chosen):
    """The words of a selection that rank, in memory those of `Many`, whose checks and errors they have."""

    __slots__ = ()

    def top(
        self,
        k: int = 10,
        *,
        by: str | Expr,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
    ) -> Table:
        """The `k` for which a number is largest, or that have most members of a collection: a table of rank (from 1), id and
        score. Those without a number are left out; of equal ones the lesser id comes first. `where` and `weight` are of the join row, or
        of the row itself in a collection without one, as `Many.top` has them, with its errors. Runs."""
        if isinstance(k, bool) or not hasattr(k, "__index__"):
            raise TypeError(f"k is an int, not {type(k).__name__}")
        if k < 0:
            raise ValueError(f"k is a number of 0 or more, not {k}")
        asked = (self._rows, self._is_whole)
        if where is None and weight is None:
            return top(self._opened, self._table, asked, self._many, k, score_of(self._many, by))
        self._many.top(k, by=by, where=where, weight=weight)
        path = lake_way(self._many, str(by))
        links = links_of(self._opened, path, asked, (), choice_of(self._opened, path, where, weight))
        return top(self._opened, self._table, asked, self._many, k, score_of_links(links))

    def similar(
        self,
        through: str,
        k: int = 10,
        *,
        measure: Literal["cosine", "jaccard", "overlap", "count"] = "cosine",
        shrink: float = 10.0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        way: Way | None = None,
        progress: bool = False,
    ) -> LakeRankings:
        """For each of these the `k` others that share members of a collection, most alike first, as `Many.similar` in memory and with its
        errors. `way` is how, if not as `cost()` of the rankings says: see `LakeRankings`. Nothing runs; a weight that is no number above
        0 is a `FieldError`, with its join row, when the rankings are read."""
        checked = self._many.similar(through, k, measure=measure, shrink=shrink, where=where, weight=weight)
        options: dict[str, Any] = {"measure": measure, "shrink": shrink}
        return self._ranked(
            checked, Question("similar", _index(k), options), through, (where, weight), None, way, progress
        )

    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Chosen | None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        known: bool = False,
        recent: bool | str | Expr | None = None,
        way: Way | None = None,
        progress: bool = False,
    ) -> LakeRankings:
        """For each of these the `k` members that it lacks and walks lead to most, as `Many.recommend` in memory and with its errors.

        `within` is a selection. A step that would read more than `max_links` is sampled; in memory that is 4,000,000 if not given,
        SQL samples only where it is given, and draws other links than memory. `recent` is for what `load()` gives, and refused. `way`, and a wrong weight: as of `similar`. Nothing runs."""
        if recent is not None and recent is not False:
            raise SchemaError("a lake's links have no age: ask with recent= what load() gives")
        only: Any = getattr(within, "__hasmany_collection__", within)
        checked = self._many.recommend(
            through,
            k,
            within=only,
            damping=damping,
            max_links=max_links,
            seed=seed,
            where=where,
            weight=weight,
            known=known,
        )
        options = {"damping": damping, "max_links": max_links, "seed": seed, "known": known}
        return self._ranked(
            checked,
            Question("recommend", _index(k), options),
            through,
            (where, weight),
            self._only(within),
            way,
            progress,
        )

    @staticmethod
    def _only(within: Chosen | None) -> Rows | None:
        """What alone is recommended from; None for all."""
        return None if within is None or within._is_whole else within.expr

    def _ranked(
        self,
        checked: Rankings,
        asked: Question,
        through: str,
        said: tuple[Expr | Mapping[str, Any] | None, str | Expr | None],
        within: Rows | None,
        way: Way | None,
        progress: bool,
    ) -> LakeRankings:
        path = lake_way(self._many, through)
        choice = choice_of(self._opened, path, *said)
        links = links_of(self._opened, path, (self._rows, self._is_whole), self._keys, choice)
        # Where links that do not count say nothing, they are not read.
        is_narrowed = choice.condition is not None and asked.options.get("known") is False
        is_own, is_weighed = links.to == self._table, choice.weight is not None
        return LakeRankings(
            self._opened,
            links,
            replace(asked, is_own=is_own, is_weighed=is_weighed, is_narrowed=is_narrowed),
            checked,
            name=through,
            owners=(self._table, self._rows),
            within=within,
            way=way,
            progress=progress,
        )


def _index(k: int | None) -> int:
    return 10 if k is None else index(k)
