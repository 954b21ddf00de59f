"""The pairs that collections lead from and to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from .libraries import Rows, ibis
from .records import Plan, Source


@dataclass(frozen=True)
class Pairs:
    """A table of `owner` and `at`."""

    rows: Rows
    orders: list[str]
    """Columns that tell the order, where it counts, first by the first: of links in their order the ids of the rows that were come
    over; where a collection has an order of its own, the place that it gives."""
    own: Mapping[str, str]
    """Where the members' own columns stand, by their names; empty where they do not."""


@dataclass(frozen=True)
class Ways:
    """How pairs are come by. A row that was come down to has its columns beside it, so it is not looked up to be read, or gone
    up from."""

    sources: Mapping[str, Source]
    names: Iterator[int]
    meeting: Callable[[str, Rows, list[Plan], bool], Rows]
    """Those rows of a model for which conditions hold; `True` where they are all of the model."""
    placed: Callable[[str, Rows, list[str], Plan, bool], tuple[Rows, str]]
    """Pairs with the place of each among its owner's by keys, and what that column is called."""

    def pairs(self, way: Plan, in_order: bool, owners: Rows | None = None) -> Pairs:
        """Of a collection: each once. `owners`: the ids of those that are asked, where that are not all."""
        hops, is_distinct, _ = way
        pairs = self.along(hops, in_order, owners)
        if is_distinct or _is_tree(hops):
            return pairs
        rows = pairs.rows
        if not in_order:
            return Pairs(rows.select("owner", "at").distinct(), [], {})
        # Each at its first place.
        places = {f"o{at}": rows[order] for at, order in enumerate(pairs.orders)}
        first = ibis.struct(places).min() if len(places) > 1 else rows[pairs.orders[0]].min()
        place = f"p{next(self.names)}"
        return Pairs(rows.group_by(["owner", "at"]).agg(**{place: first}), [place], {})

    def along(self, hops: tuple[Plan, ...], in_order: bool, owners: Rows | None = None) -> Pairs:
        """Of hops, repeats included."""
        (hop, conditions), *others = _steps(hops)
        pairs = self._step(hop, conditions, in_order, owners)
        for hop, conditions in others:
            pairs = self.farther(pairs, hop, conditions, in_order)
        return pairs

    def farther(self, pairs: Pairs, hop: Plan, conditions: list[Plan], in_order: bool) -> Pairs:
        """From the members over one more hop, and what must hold of the rows that it leads to."""
        kind, table, *more = hop
        if kind != "up" or not pairs.own:
            return self.chained(pairs, self._step(hop, conditions, in_order, None))
        source = self.sources[table]
        column = source.columns[more[0]]
        rows = pairs.rows.select("owner", *pairs.orders, at=pairs.own[column])
        if column not in source.required:
            rows = rows.filter(rows["at"].notnull())
        return self._kept(Pairs(rows, pairs.orders, {}), conditions, True)

    def _step(self, hop: Plan, conditions: list[Plan], in_order: bool, owners: Rows | None) -> Pairs:
        """Of one hop, and what must hold of the rows that it leads to."""
        kind, table, *more = hop
        is_whole = owners is None
        if kind == "sorted":
            hops, keys = more
            pairs = self.along(hops, in_order, owners)
            if in_order:
                rows, place = self.placed(table, pairs.rows, pairs.orders, keys, is_whole)
                pairs = Pairs(rows, [place], {})
            return self._kept(pairs, conditions, is_whole)
        source = self.sources[table]
        column = source.columns[more[0]]
        rows = source.rows
        if column not in source.required:
            rows = rows.filter(rows[column].notnull())
        if owners is not None:
            rows = rows.semi_join(owners, [("id" if kind == "up" else column, "id")])
        if kind == "up":
            return self._kept(Pairs(rows.select(owner="id", at=column), [], {}), conditions, is_whole)
        if conditions:
            rows = self.meeting(table, rows, [plan for _, _, plan in conditions], is_whole)
        number = next(self.names)
        own = {column: f"m{number}_{column}" for column in source.columns.values()}
        order = f"o{number}"
        beside = {new: old for old, new in own.items()}
        return Pairs(rows.select(owner=column, at="id", **{order: "id"}, **beside), [order], own)

    def _kept(self, pairs: Pairs, conditions: list[Plan], is_whole: bool) -> Pairs:
        """Those to members for which conditions hold."""
        if not conditions:
            return pairs
        target = conditions[0][1]
        rows = self.sources[target].rows
        if not is_whole:
            rows = rows.semi_join(pairs.rows.select("at"), [("id", "at")])
        rows = self.meeting(target, rows, [plan for _, _, plan in conditions], is_whole)
        return replace(pairs, rows=pairs.rows.semi_join(rows.select("id"), [("at", "id")]))

    def chained(self, first: Pairs, then: Pairs) -> Pairs:
        """From the members of some to theirs."""
        number = next(self.names)
        beside = [*then.orders, *then.own.values()]
        right = then.rows.select(**{f"from{number}": "owner", f"to{number}": "at"}, **{name: name for name in beside})
        joined = first.rows.join(right, [("at", f"from{number}")])
        orders = [*first.orders, *then.orders]
        columns = {name: name for name in (*first.orders, *beside)}
        return Pairs(joined.select("owner", at=f"to{number}", **columns), orders, then.own)


def _steps(hops: tuple[Plan, ...]) -> list[tuple[Plan, list[Plan]]]:
    """Each hop with the conditions that follow it."""
    steps: list[tuple[Plan, list[Plan]]] = []
    for hop in hops:
        if hop[0] == "keep":
            steps[-1][1].append(hop)
        else:
            steps.append((hop, []))
    return steps


def _references(hops: tuple[Plan, ...]) -> list[str]:
    """Whether each step over a reference is up or down."""
    found: list[str] = []
    for kind, *more in hops:
        found += _references(more[1]) if kind == "sorted" else [kind] if kind != "keep" else []
    return found


def _is_tree(hops: tuple[Plan, ...]) -> bool:
    """Up, and then down: a row has one parent, so nothing is reached twice."""
    kinds = _references(hops)
    return kinds == sorted(kinds, reverse=True)
