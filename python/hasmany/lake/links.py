"""The links of a collection in a lake: pairs of an owner and a member, whose owners are asked, and what that costs."""

from typing import TYPE_CHECKING, Any

from ..ranked import Links
from .formulas import mine
from .functions import sorted_by
from .libraries import Rows, ibis, pyarrow

if TYPE_CHECKING:
    from .lake import Lake


def links_of(
    lake: "Lake", way: tuple[Any, ...], asked: tuple[Rows, bool], keys: tuple[tuple[str, bool], ...]
) -> "LakeLinks":
    """The links of rows, which may be all of their model, and have columns by which they are ordered."""
    (rows, is_whole), place = asked, None
    if keys:
        order = [sorted_by(rows[name], falls) for name, falls in keys]
        place = ibis.row_number().over(ibis.window(order_by=[*order, rows["id"]]))
    owners = rows.select("id") if place is None else rows.select(id="id", place=place)
    return LakeLinks(lake, way, None if is_whole and not keys else owners, is_ordered=place is not None)


class LakeLinks:
    """The links of a collection, and owners of it. Nothing runs before it is asked for."""

    def __init__(self, lake: "Lake", way: tuple[Any, ...], asked: Rows | None, *, is_ordered: bool) -> None:
        """`way` is what leads from an owner to its members; `asked` has the owners that are asked, by `id`, and with an order the
        `place` of each, or is None for all of them."""
        hops, is_unique, to = way
        table = hops[0][1]
        source = lake.sources[table]
        self.lake = lake
        self.to: str = to
        self._orders: list[str] = ["owner", "member"]
        if [kind for kind, *_ in hops] == ["down", "up"] and hops[1][1] == table:
            near, far = (source.columns[hop[2]] for hop in hops)
            rows = source.rows.filter([source.rows[near].notnull(), source.rows[far].notnull()])
            links = rows.select(owner=near, member=far, link="id")
        else:
            found = lake.compiler().ways.pairs(way, False).rows
            links, is_unique = found.select(owner="owner", member="at"), False
        self._links = links if is_unique else links.select("owner", "member").distinct()
        if is_unique:
            # As the engine reads them in memory: so sums add up in one order.
            self._orders = ["link"]
        self._asked = asked
        self._is_ordered = is_ordered

    @property
    def pairs(self) -> Rows:
        """The links, as a table of `owner` and `member`: each pair once."""
        return self._links.select("owner", "member")

    @property
    def owners(self) -> Rows | None:
        """Those who are asked, as a table of `owner`; None for all."""
        return None if self._asked is None else self._asked.select(owner="id")

    def placed(self, rankings: Rows) -> Rows:
        """Rankings with the `place` of each owner, by which and then by rank they are to be ordered."""
        if self._asked is None or not self._is_ordered:
            return rankings.mutate(place=rankings["owner"])
        return rankings.join(self._asked.select("place", asker="id"), [("owner", "asker")]).drop("asker")

    # ── what it costs ──

    def counts(self) -> tuple[int, int, int]:
        """How many links there are, how many owners and members have some, and how many pairs of links meet in a member."""
        popular = self.pairs.group_by("member").agg(degree=ibis._.count())
        links, members, pairs = self._numbers(
            popular.aggregate(
                links=popular["degree"].sum(),
                members=popular.count(),
                pairs=(popular["degree"] * popular["degree"]).sum(),
            )
        )
        (owners,) = self._numbers(self._links.aggregate(owners=self._links["owner"].nunique()))
        if self.owners is not None:
            met = mine(self.pairs, self.owners).join(popular.select(of="member", degree="degree"), [("member", "of")])
            (pairs,) = self._numbers(met.aggregate(pairs=met["degree"].sum()))
        return links, members + owners, pairs

    def _numbers(self, counted: Rows) -> list[int]:
        return [int(number or 0) for number in self.lake.run(counted).to_pylist()[0].values()]

    # ── in memory ──

    def read(self, *, is_own: bool) -> Links:
        """The links as a store in memory."""
        ends = {name: self._links.select(end=name) for name in ("owner", "member")}
        if is_own:
            both = ends["owner"].union(ends["member"])
            owners = members = self._column(both.distinct().order_by("end"))
        else:
            owners, members = (self._column(ends[name].distinct().order_by("end")) for name in ("owner", "member"))
        return Links(owners, members, self.lake.stream(self.ordered), is_own=is_own)

    @property
    def ordered(self) -> Rows:
        """The links in their order, as a table of `owner` and `member`."""
        return self._links.order_by(self._orders).select("owner", "member")

    @property
    def asking(self) -> Rows:
        """Those who are asked and have links, in their order, as a table of `owner`."""
        owners = self._links.select(end="owner")
        if self._asked is None:
            return owners.distinct().order_by("end").select(owner="end")
        asked = self._asked.semi_join(owners, [("id", "end")])
        return asked.order_by("place" if self._is_ordered else "id").select(owner="id")

    def askers(self) -> Any:
        """The same as an Arrow array."""
        return self._column(self.asking)

    def _column(self, rows: Rows) -> Any:
        found: Any = self.lake.run(rows)
        return pyarrow.concat_arrays([pyarrow.array([], found.column(0).type), *found.column(0).chunks])

    def ids(self, rows: Rows) -> Any:
        """Ids of rows, ascending, as an Arrow array."""
        return self._column(rows.select("id").order_by("id"))
