"""The links of a collection in a lake: pairs of an owner and a member, whose owners are asked, and what that costs."""

from typing import Any

from ..ranked import Links, Question
from .choice import WEIGHT, Choice, JoinRows, bare
from .chosen import compiler_of
from .formulas import mine
from .functions import sorted_by
from .libraries import Rows, ibis, pyarrow
from .opened import Opened


def links_of(
    opened: Opened, way: tuple[Any, ...], asked: tuple[Rows, bool], keys: tuple[tuple[str, bool], ...], choice: Choice
) -> "LakeLinks":
    """The links of rows, which may be all of their model, and have columns by which they are ordered."""
    (rows, is_whole), place = asked, None
    if keys:
        order = [sorted_by(rows[name], falls) for name, falls in keys]
        place = ibis.row_number().over(ibis.window(order_by=[*order, rows["id"]]))
    owners = rows.select("id") if place is None else rows.select(id="id", place=place)
    return LakeLinks(opened, way, None if is_whole and not keys else owners, choice, is_ordered=place is not None)


class LakeLinks:
    """The links of a collection, and owners of it. Nothing runs before it is asked for."""

    def __init__(
        self, opened: Opened, way: tuple[Any, ...], asked: Rows | None, choice: Choice, *, is_ordered: bool
    ) -> None:
        """`way` is what leads from an owner to its members; `asked` has the owners that are asked, by `id`, and with an order the
        `place` of each, or is None for all of them."""
        hops, is_unique, to = way
        self._opened = opened
        self.to: str = to
        self._choice = choice
        self._asked = asked
        self._is_ordered = is_ordered
        self._is_checked = False
        self._joins: JoinRows | None = None
        compiler = compiler_of(opened)
        steps = bare(hops)
        (kind, table, near), *others = [hop for hop in steps if hop[0] != "keep"]
        is_of_rows = kind == "down" and not others
        if is_of_rows or ([kind, *(hop[0] for hop in others)] == ["down", "up"] and steps[-1][:2] == ("up", table)):
            source = opened.sources[table]
            conditions = [hop[2] for hop in steps if hop[0] == "keep"]
            self._joins = JoinRows(compiler, source, table, conditions, choice)
            # One hop down each row is a member itself, of one owner.
            self._ends = source.columns[near], "id" if is_of_rows else source.columns[others[0][2]]
            is_unique = is_unique or is_of_rows
            self._links = self._pairs(self._joins.counted(), is_unique=is_unique)
            self._all = self._links if choice.condition is None else self._pairs(self._joins.all(), is_unique=is_unique)
        else:
            # Of a longer path pairs are what a walk over it says, once each.
            found = compiler.ways.pairs(way, False).rows
            is_unique = False
            self._links = self._all = found.select(owner="owner", member="at").distinct()
        self._is_unique = is_unique

    def _pairs(self, rows: Rows, *, is_unique: bool) -> Rows:
        """What join rows link, each pair once, with the sum of their weights where they have such."""
        near, far = self._ends
        rows = rows.filter([rows[near].notnull(), rows[far].notnull()])
        weight = {"weight": WEIGHT} if WEIGHT in rows.columns else {}
        if is_unique:
            return rows.select(**weight, owner=near, member=far, link="id")
        links = rows.select(**weight, owner=near, member=far)
        sums = {name: links[name].sum() for name in weight}
        return links.group_by(["owner", "member"]).agg(**sums) if sums else links.distinct()

    def check(self) -> None:
        """Raises `FieldError` for a weight that is none. Runs, the first time."""
        if self._joins is not None and not self._is_checked:
            self._joins.check(self._opened)
            self._is_checked = True

    @property
    def is_weighed(self) -> bool:
        """Whether links count as much as their weights say."""
        return self._choice.weight is not None

    @property
    def pairs(self) -> Rows:
        """The links that count, as a table of `owner` and `member`, and `weight` where they have one: each pair once."""
        return self._links.select("owner", "member", *(["weight"] if self.is_weighed else []))

    @property
    def had(self) -> Rows | None:
        """All links of the collection, as a table of `owner` and `member`; None where all of them count."""
        return None if self._choice.condition is None else self._all.select("owner", "member")

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
        """How many links there are that count, how many owners and members have some, and how many pairs of links meet in a member."""
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

    def count_all(self) -> int:
        """How many links the collection has, whether they count or not."""
        return self._numbers(self._all.aggregate(links=self._all.count()))[0]

    def _numbers(self, counted: Rows) -> list[int]:
        return [int(number or 0) for number in self._opened.run(counted).to_pylist()[0].values()]

    # ── in memory ──

    def read(self, question: Question) -> Links:
        """The links as a store in memory, for a question."""
        links = self._links_for(question)
        ends = {name: links.select(end=name) for name in ("owner", "member")}
        if question.is_own:
            both = ends["owner"].union(ends["member"])
            owners = members = self._column(both.distinct().order_by("end"))
        else:
            owners, members = (self._column(ends[name].distinct().order_by("end")) for name in ("owner", "member"))
        pairs = self._opened.stream(self.ordered(question))
        return Links(owners, members, pairs, is_own=question.is_own, has_weights=question.has_weights)

    def _links_for(self, question: Question) -> Rows:
        """The links that it takes to answer: those that do not count are without a weight."""
        if not question.is_narrowed or self._joins is None:
            return self._links
        return self._pairs(self._joins.marked(), is_unique=self._is_unique)

    def ordered(self, question: Question) -> Rows:
        """The links in their order, as a table of `owner` and `member`, and `weight` where they have one. As the engine reads them in
        memory: so sums add up in one order."""
        orders = ["link"] if self._is_unique else ["owner", "member"]
        columns = ["owner", "member", *(["weight"] if question.has_weights else [])]
        return self._links_for(question).order_by(orders).select(*columns)

    @property
    def asking(self) -> Rows:
        """Those who are asked and have links, in their order, as a table of `owner`."""
        owners = self._links.select(end="owner")
        if self._asked is None:
            return owners.distinct().order_by("end").select(owner="end")
        asked = self._asked.semi_join(owners, [("id", "end")])
        return asked.order_by("place" if self._is_ordered else "id").select(owner="id")

    def askers(self) -> Any:
        """Those of `asking` as an Arrow array."""
        return self._column(self.asking)

    def _column(self, rows: Rows) -> Any:
        found: Any = self._opened.run(rows)
        return pyarrow.concat_arrays([pyarrow.array([], found.column(0).type), *found.column(0).chunks])

    def ids(self, rows: Rows) -> Any:
        """Ids of rows, ascending, as an Arrow array."""
        return self._column(rows.select("id").order_by("id"))
