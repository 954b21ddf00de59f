"""`LakeRankings`: a ranking for each of many owners in a lake; `RankedColumns`: what is asked of their records. Computed when read."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Never, get_args

import numpy as np

from .._hasmany import Expr, LakeQuestion, Rankings, lake_ranked, lake_rankings
from .._notebook import progress as progress_bar
from ..errors import SchemaError
from ..ranked import Question
from . import formulas
from .chosen import compiler_of
from .columns import cast
from .compile import listed
from .costs import Cost, Counted, Way, estimated, refused
from .libraries import Rows, ibis, pyarrow
from .links import LakeLinks
from .opened import Opened
from .records import Base, Frame, Value, named
from .streamed import Streamed

OWNERS = 1 << 14
"""Owners that are asked at once."""
ROWS = 1 << 18
"""Rows that are asked at once."""


class LakeRankings(Streamed):
    """One ranking an owner, as one table of `owner`, `rank` (from 1), `member` and `score`: what `similar` and `recommend` of a
    selection give. Owners, ranks, members and scores are those of memory. They come an owner after the other, in the order of
    `order_by`, or else of their ids.

    Nothing is computed before it is read, and then batch by batch. `cost()` counts before, and says how: where the links fit
    `memory_limit`, they are read into a store in memory, which ranks; for few owners of many links, SQL does. What is too large
    for both is a `SchemaError` that says how large. `len` is the number of owners.

    >>> import pathlib, tempfile
    >>> from hasmany import Store, User
    >>> from hasmany.lake import Lake
    >>> folder = pathlib.Path(tempfile.mkdtemp(), "export")
    >>> with Store() as store:
    ...     alice, bob = User("alice"), User("bob")
    ...     one, two = alice.post_tweet("one"), alice.post_tweet("two")
    ...     _ = alice.like_tweet(one), bob.like_tweet(one), bob.like_tweet(two)
    ...     store.to_parquet(folder)
    >>> with Lake(folder) as lake:
    ...     found = lake[User].recommend("liked_tweets", 5)
    ...     found.select("owner.username", "rank", "message").to_dicts(), found.cost().pairs
    ([{'owner.username': 'alice', 'rank': 1, 'message': 'two'}], 5)
    """

    def __init__(
        self,
        opened: Opened,
        links: LakeLinks,
        asked: Question,
        checked: Rankings,
        *,
        name: str,
        owners: tuple[str, Rows],
        within: Rows | None,
        way: Way | None,
        progress: bool,
    ) -> None:
        """`checked` is the same question, of no rows; `name` the collection's; `owners` are a table and the rows that are asked."""
        if way is not None and way not in get_args(Way):
            raise ValueError(f"way is 'memory', 'sql', 'tasks' or None, not {way!r}")
        if way == "tasks":
            opened.cluster()
        self.opened = opened
        self.owners, self._rows = owners
        """The table of the owners."""
        self.members: str = self.owners if asked.ask == "similar" else links.to
        """The table of what is ranked."""
        self._links = links
        self._asked = asked
        self._checked = checked
        self._name = name
        self._within = within
        self._way: Way | None = way
        self._progress = progress
        self._cost: Cost | None = None
        super().__init__(lake_rankings(checked, *(_key(opened, table) for table in (self.owners, self.members))))

    def __len__(self) -> int:
        """How many owners there are. Runs."""
        return self.opened.count(self._rows)

    def select(self, *columns: str | Expr, **named: str | Expr) -> "RankedColumns":
        """Columns of the rankings, as `Rankings.select` has them: `"rank"`, `"score"`, what is asked of the records that are ranked
        (`"title"`), and, behind `owner.`, of those whose rankings they are (`"owner.name"`). Nothing runs."""
        return RankedColumns(self, lake_ranked(self._checked, columns, named))

    # ── what it costs ────────────────────────────────────────────────────────────────────────────

    def cost(self) -> Cost:
        """What it costs, and how it would be computed. Counts the links, once: a pass over them, grouped by their members."""
        if self._cost is None:
            owners = len(self)
            links, rows, pairs = self._links.counts()
            read = self._links.count_all() if self._asked.is_narrowed else links
            limit = self.opened.memory_limit()
            cost = estimated(self._asked, Counted(owners, links, rows, pairs, read), limit)
            if cost.way == "memory" and self.opened.has_tasks:
                cost = cost._replace(way="tasks")
            self._cost = cost._replace(way=self._way or cost.way)
        return self._cost

    def way(self) -> Way:
        """How it is computed. Raises `SchemaError` where it is refused, and `FieldError` for a weight that is none. Runs."""
        cost = self.cost()
        if cost.way is None:
            raise refused(self._asked.ask, cost)
        self._links.check()
        return cost.way

    # ── by SQL ───────────────────────────────────────────────────────────────────────────────────

    @property
    def expr(self) -> Rows:
        """The rankings as an expression of ibis, in no order, however large they are: the way out. With a weight it is looked first
        whether each is one, which raises `FieldError`."""
        self._links.check()
        pairs, asked, k = self._links.pairs, self._links.owners, self._asked.k
        options = dict(self._asked.options)
        if self._asked.ask == "similar":
            return formulas.similar(pairs, asked, k, options["measure"], options["shrink"])
        kind = formulas.walks_of(is_own=self._asked.is_own)
        walks = kind(pairs, options["damping"], options["max_links"], options["seed"])
        had = formulas.Had(self._links.had, is_left_out=not options["known"], is_own=self._asked.is_own)
        return formulas.recommend(walks, asked, k, within=self._within, had=had)

    @property
    def placed(self) -> Rows:
        """Those that an engine makes, by SQL or in tasks, with the `place` of each owner."""
        return self._links.placed(self._of_tasks() if self.way() == "tasks" else self.expr)

    # ── running ──────────────────────────────────────────────────────────────────────────────────

    @property
    def schema(self) -> Any:
        """What the rankings are as Arrow has them."""
        owner, member = (self.opened.sources[table].rows.select("id") for table in (self.owners, self.members))
        kinds = {"owner": _kind(owner), "rank": "int64", "member": _kind(member), "score": "float64"}
        return pyarrow.schema([pyarrow.field(name, of, nullable=False) for name, of in kinds.items()])

    def _schema(self) -> Any:
        self.way()
        return self.schema

    def _batches(self) -> Iterator[Any]:
        return self.with_bar(self._of_memory() if self.way() == "memory" else self._of_engine())

    def _of_engine(self) -> Iterator[Any]:
        rows = self.placed.order_by(["place", "rank"]).select(*self.columns)
        return cast(self.opened.stream(rows), self.schema)

    def _of_tasks(self) -> Rows:
        return self.opened.ranked(self._links.ordered(self._asked), self._whole(), self._links.asking, self.schema)

    def _whole(self) -> Question:
        """What is asked, with the ids of what alone is ranked."""
        return self._asked if self._within is None else replace(self._asked, within=self._links.ids(self._within))

    def _of_memory(self) -> Iterator[Any]:
        asked = self._whole()
        links, askers = self._links.read(asked), self._links.askers()
        for at in range(0, len(askers), OWNERS):
            yield from cast(links.rankings(asked, askers.slice(at, OWNERS)), self.schema)

    def with_bar(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Batches, behind a bar of the owners if that was asked for."""
        return self._counted(batches, self.cost().owners) if self._progress else batches

    def _counted(self, batches: Iterator[Any], owners: int) -> Iterator[Any]:
        bar, done, last = progress_bar(owners, " rankings"), 0, None
        try:
            for batch in batches:
                if batch.num_rows and "owner" in batch.schema.names:
                    names = batch.column("owner")
                    more = len(names.unique()) - int(names[0] == last)
                    done, last = done + more, names[-1]
                    bar.update(more)
                yield batch
            # Who has no links has no rows.
            bar.update(owners - done)
        finally:
            bar.close()

    # ── what there is not ────────────────────────────────────────────────────────────────────────

    def __getitem__(self, _record: object) -> Never:
        raise SchemaError("there are no records in a lake: ask of one owner, lake[Model].where(...), and .to_dicts()")

    def __repr__(self) -> str:
        return f"<LakeRankings of {self.opened.sources[self.owners].model} by {self._name}, of {self.opened!r}>"


class RankedColumns(Streamed):
    """Columns that `LakeRankings.select` was asked for, computed whenever they are read."""

    def __init__(self, rankings: LakeRankings, question: LakeQuestion) -> None:
        super().__init__(question)
        self._rankings = rankings

    def _schema(self) -> Any:
        self._rankings.way()
        none = self._rankings.schema.empty_table()
        return pyarrow.table(self._question.table(self._run(none))).schema

    def _batches(self) -> Iterator[Any]:
        rankings, schema = self._rankings, self._schema()
        if rankings.way() == "memory":
            return cast(self._in_parts(), schema)
        return rankings.with_bar(cast(rankings.opened.stream(self._joined(rankings.placed)), schema))

    def _in_parts(self) -> Iterator[Any]:
        """Rankings that are not the engine's, some at a time with their records."""
        some: list[Any] = []
        for batch in self._rankings:
            some.append(batch)
            if sum(each.num_rows for each in some) >= ROWS:
                yield from self._run(pyarrow.Table.from_batches(some)).to_batches()
                some = []
        if some:
            yield from self._run(pyarrow.Table.from_batches(some)).to_batches()

    def _run(self, rankings: Any) -> Any:
        placed = rankings.append_column("place", [np.arange(len(rankings))])
        return self._rankings.opened.run(self._joined(ibis.memtable(placed)))

    def _joined(self, rankings: Rows) -> Rows:
        """What is asked of each row of rankings with places, in their order."""
        of, compiler = self._rankings, compiler_of(self._rankings.opened)
        frame = Frame(rankings, compiler.names)
        sides: dict[str, Base] = {}
        for side, table in (("owner", of.owners), ("member", of.members)):
            sides[side] = compiler.reached(of.opened.sources[table], frame, named(side))
            sides[side].within = lambda side=side: rankings.select(id=side).distinct()
        values: list[Value] = []
        for side, question in self._question.plans:
            if question is None:
                values.append(named(side))
                continue
            kind, plan = question
            base = sides[side]
            values.append(compiler.value(plan, frame, base) if kind == "one" else listed(compiler, plan, frame, base))
        rows = frame.rows.order_by(["place", "rank"])
        return rows.select(**{f"c{at}": value(rows) for at, value in enumerate(values)})

    def __repr__(self) -> str:
        return f"<RankedColumns {', '.join(self.columns)}, of {self._rankings!r}>"


def _kind(ids: Rows) -> Any:
    return ids.schema().to_pyarrow().field("id").type


def _key(opened: Opened, table: str) -> str | None:
    """The field that stands for an id, where rows have none. Raises `SchemaError` where that takes several."""
    source = opened.sources[table]
    if len(source.keys) > 1:
        raise SchemaError(
            f"{source.model} has no ids in this lake but a key of several fields, {', '.join(source.keys)}, and a ranking has one column "
            "for each record; load() a part, and ask there"
        )
    return source.keys[0] if source.keys else None
