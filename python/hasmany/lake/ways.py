"""The pairs that collections lead from and to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .libraries import Rows, ibis
from .records import Plan, Source


@dataclass(frozen=True)
class Ways:
    """Tables of pairs: `owner`, `at`, and, where order counts, numbers that tell it: first by the first column of them.

    Of links in their order these are the ids of the rows that were come over; where a collection has an order of its own, the
    place that it gives."""

    sources: Mapping[str, Source]
    names: Iterator[int]
    meeting: Callable[[str, Rows, list[Plan], bool], Rows]
    """Those rows of a model for which conditions hold; `True` where they are all of the model."""
    placed: Callable[[str, Rows, list[str], Plan, bool], tuple[Rows, str]]
    """Pairs with the place of each among its owner's by keys, and what that column is called."""

    def pairs(self, way: Plan, in_order: bool, owners: Rows | None = None) -> tuple[Rows, list[str]]:
        """Of a collection: each once. `owners`: the ids of those that are asked, where that are not all."""
        hops, is_distinct, _ = way
        pairs, orders = self.along(hops, in_order, owners)
        if not is_distinct and in_order:
            # Each at its first place.
            place = f"p{next(self.names)}"
            window = ibis.window(group_by=["owner", "at"], order_by=orders)
            pairs = pairs.mutate(**{place: ibis.row_number().over(window)})
            pairs = pairs.filter(pairs[place] == 0).drop(place)
        elif not is_distinct:
            pairs, orders = pairs.select("owner", "at").distinct(), []
        return pairs, orders

    def along(self, hops: tuple[Plan, ...], in_order: bool, owners: Rows | None = None) -> tuple[Rows, list[str]]:
        """Of hops, repeats included."""
        (hop, conditions), *others = _steps(hops)
        pairs, orders = self._step(hop, conditions, in_order, owners)
        for hop, conditions in others:
            pairs, orders = self.chained(pairs, orders, *self._step(hop, conditions, in_order, None))
        return pairs, orders

    def _step(self, hop: Plan, conditions: list[Plan], in_order: bool, owners: Rows | None) -> tuple[Rows, list[str]]:
        """Of one hop, and what must hold of the rows that it leads to."""
        kind, table, *_ = hop
        source, is_whole = self.sources[table], owners is None
        if kind == "down":
            column, order = source.columns[hop[2]], f"o{next(self.names)}"
            rows = source.rows.filter(source.rows[column].notnull())
            if owners is not None:
                rows = rows.semi_join(owners, [(column, "id")])
            if conditions:
                rows = self.meeting(table, rows, [plan for _, _, plan in conditions], is_whole)
            return rows.select(owner=column, at="id", **{order: "id"}), [order]
        orders: list[str] = []
        if kind == "up":
            column = source.columns[hop[2]]
            pairs = source.rows.filter(source.rows[column].notnull()).select(owner="id", at=column)
            if owners is not None:
                pairs = pairs.semi_join(owners, [("owner", "id")])
        else:
            _, _, hops, keys = hop
            pairs, orders = self.along(hops, in_order, owners)
            if in_order:
                pairs, place = self.placed(table, pairs, orders, keys, is_whole)
                orders = [place]
        if conditions:
            target = conditions[0][1]
            rows = self.sources[target].rows
            if not is_whole:
                rows = rows.semi_join(pairs.select("at"), [("id", "at")])
            rows = self.meeting(target, rows, [plan for _, _, plan in conditions], is_whole)
            pairs = pairs.semi_join(rows.select("id"), [("at", "id")])
        return pairs, orders

    def chained(self, first: Rows, orders: list[str], then: Rows, more: list[str]) -> tuple[Rows, list[str]]:
        """Of pairs, and then others from where they lead."""
        number = next(self.names)
        renamed = then.select(**{f"from{number}": "owner", f"to{number}": "at", **{order: order for order in more}})
        joined = first.join(renamed, [("at", f"from{number}")])
        all_orders = [*orders, *more]
        return joined.select("owner", at=f"to{number}", **{order: order for order in all_orders}), all_orders


def _steps(hops: tuple[Plan, ...]) -> list[tuple[Plan, list[Plan]]]:
    """Each hop with the conditions that follow it."""
    steps: list[tuple[Plan, list[Plan]]] = []
    for hop in hops:
        if hop[0] == "keep":
            steps[-1][1].append(hop)
        else:
            steps.append((hop, []))
    return steps
