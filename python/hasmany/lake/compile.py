"""Plans, as the engine checked them, as expressions of ibis: every row that is asked is one row of a table, to which what is
read elsewhere is joined, so that nothing multiplies rows."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, cast

from ..errors import SchemaError
from . import functions
from .conditions import both, condition, either, folded
from .libraries import Cell, Rows, ibis
from .records import Base, Frame, Group, Plan, Source, Value, named, owner_of
from .ways import Pairs, Ways


class Compiler:
    """What one question asks, over one table."""

    def __init__(self, sources: Mapping[str, Source], resolve: Callable[[Any], Rows]) -> None:
        self.sources = sources
        self.resolve = resolve
        """The rows of a selection that stands in an expression."""
        self.names = count()
        self.ways = Ways(sources, self.names, self.meeting, self.placed)

    def base(self, table: str, rows: Rows, is_whole: bool) -> tuple[Frame, Base]:
        """Rows of a model, of which something is asked."""
        frame = Frame(rows, self.names)
        base = Base(self.sources[table], named("id"), named)
        if not is_whole:
            base.within = lambda: rows.select("id")
        return frame, base

    # ── one value a row ──────────────────────────────────────────────────────────────────────────

    def value(self, plan: Plan, frame: Frame, base: Base) -> Value:
        """What a plan says of each row; of a plan whose values are records, what stands as their id."""
        name, of, *parts = plan
        asked = _Asked(self, frame, base, of)
        compiled = getattr(asked, f"_{name}", None)
        if compiled is None:
            raise SchemaError(f"{name} is not asked of a lake yet; take a part of it out with load()")
        return cast(Value, compiled(*parts))

    def condition(self, plan: Plan, frame: Frame, base: Base) -> Value:
        """A condition that a filter passes where it is true."""
        return condition(self, plan, frame, base)

    def meeting(self, table: str, rows: Rows, conditions: list[Plan], is_whole: bool) -> Rows:
        """Those rows of a model for which conditions hold."""
        frame, base = self.base(table, rows, is_whole)
        for plan in conditions:
            frame.keep(self.condition(plan, frame, base))
        return frame.rows.select(*rows.columns)

    def placed(self, table: str, pairs: Rows, orders: list[str], keys: Plan, is_whole: bool) -> tuple[Rows, str]:
        """Pairs with the place that keys give each among those of its owner; where they tie, the order that they have."""
        frame, place = Frame(pairs, self.names), f"o{next(self.names)}"
        members = self.reached(self.sources[table], frame, named("at"))
        if not is_whole:
            members.within = lambda: pairs.select(id="at").distinct()
        values = [(self.value(plan, frame, members), falls) for plan, falls in keys]
        rows, key = frame.rows, f"k{next(self.names)}_"
        named_keys = {f"{key}{at}": value(rows) for at, (value, _) in enumerate(values)}
        # Numbered in a select of its own: ibis moves what a select of joined tables computes behind joins that follow.
        rows = rows.select("owner", "at", *orders, **named_keys)
        by = [functions.sorted_by(rows[name], falls) for name, (_, falls) in zip(named_keys, values, strict=True)]
        window = ibis.window(group_by="owner", order_by=[*by, *(rows[order] for order in orders)])
        return rows.select("owner", "at", **{place: ibis.row_number().over(window)}), place

    # ── records ──────────────────────────────────────────────────────────────────────────────────

    def records(self, plan: Plan, frame: Frame, base: Base) -> Base:
        """The records that a plan says of each row."""
        name, of, *parts = plan
        match name:
            case "itself":
                return base
            case "up" | "one":
                below, step = self.records(parts[0], frame, base), (name, *parts[1:])
                if step not in below.singles:
                    below.singles[step] = self._single(
                        name, of[0], self.sources[parts[1]].columns[parts[2]], frame, below
                    )
                return below.singles[step]
            case "of_owner":
                return self.records(parts[0], frame, owner_of(base))
            case _:
                return self.reached(self.sources[of[0]], frame, self.value(plan, frame, base))

    def _single(self, kind: str, table: str, column: str, frame: Frame, below: Base) -> Base:
        """What a reference leads to, or, of a unique one, the row that refers."""
        source = self.sources[table]
        if kind == "up":
            return self.reached(source, frame, below.read(column))
        joined = frame.joined(source.rows, column, below.id)
        return Base(source, named(joined["id"]), lambda column: named(joined[column]))

    def reached(self, source: Source, frame: Frame, id: Value) -> Base:
        """Records by what stands as their id; their columns are joined when one is asked for."""
        joined: dict[str, str] = {}

        def read(column: str) -> Value:
            if not joined:
                joined.update(frame.joined(source.rows, "id", id))
            return named(joined[column])

        return Base(source, id, read)

    # ── of many, one ─────────────────────────────────────────────────────────────────────────────

    def group(self, frame: Frame, base: Base, plural: Plan, *, in_order: bool = False) -> Group:
        """The members of each row, of which something is asked."""
        return frame.group(base, (*plural[:3], in_order), lambda: self.members(plural, base, base.within, in_order))

    def members(
        self, plural: Plan, base: Base, within: Callable[[], Rows] | None, in_order: bool
    ) -> tuple[Frame, Base, list[str]]:
        """A row a member, with its owner's id beside it; and the columns that put the members of an owner in order."""
        chain, to, filters, _ = plural
        found = self._pairs(chain[0], in_order, None if within is None else within())
        for kind, link in chain[1:]:
            if kind == "hop":
                found = self.ways.farther(found, link, [], in_order)
            else:
                found = self.ways.chained(found, self.ways.pairs(link, in_order))
        rows, own = found.rows, found.own
        frame = Frame(rows, self.names)
        owner = self.reached(base.source, frame, named("owner"))
        members = self.reached(self.sources[to], frame, named("at"))
        if own:
            members = Base(members.source, members.id, lambda column: named(own[column]))
        members.owner = owner
        if within is not None:
            members.within = lambda: rows.select(id="at").distinct()
            owner.within = lambda: rows.select(id="owner").distinct()
        for each in filters:
            frame.keep(self.condition(each, frame, members))
        return frame, members, found.orders

    def _pairs(self, link: Plan, in_order: bool, owners: Rows | None) -> Pairs:
        kind, way = link
        if kind == "hop":
            return self.ways.along((way,), in_order, owners)
        return self.ways.pairs(way, in_order, owners)


def _is_never_none(plan: Plan, source: Source) -> bool:
    """Whether members are asked for themselves, or for what each of them has."""
    match plan:
        case ("itself", *_) | ("id", _, ("itself", *_)):
            return True
        case ("up" | "field", _, ("itself", *_), _, name):
            return source.columns[name] in source.required
        case _:
            return False


class _Asked:
    """The steps of plans, by name: each gives what it says of the rows of a frame."""

    def __init__(self, compiler: Compiler, frame: Frame, base: Base, of: Any) -> None:
        self.compiler = compiler
        self.frame = frame
        self.base = base
        self.of = of

    def value(self, plan: Plan) -> Value:
        return self.compiler.value(plan, self.frame, self.base)

    def each(self, made: Callable[[Cell], Cell], plan: Plan) -> Value:
        """What a function makes of the values of a plan."""
        value = self.value(plan)
        return lambda rows: made(value(rows))

    def both(self, made: Callable[[Cell, Cell], Cell], one: Plan, two: Plan) -> Value:
        """What a function makes of the values of two plans."""
        a, b = self.value(one), self.value(two)
        return lambda rows: made(a(rows), b(rows))

    # ── records and fields ──

    def _itself(self) -> Value:
        return self.base.id

    def _up(self, below: Plan, _table: str, name: str) -> Value:
        records = self.compiler.records(below, self.frame, self.base)
        return records.read(records.source.columns[name])

    def _one(self, below: Plan, table: str, name: str) -> Value:
        return self.compiler.records(("one", self.of, below, table, name), self.frame, self.base).id

    def _id(self, of: Plan) -> Value:
        records = self.compiler.records(of, self.frame, self.base)
        if records.source.keys:
            raise SchemaError(
                f"the rows of {records.source.model} have no id in this lake; what stands for them is "
                f"{', '.join(records.source.keys)}"
            )
        return records.id

    def _field(self, of: Plan, _table: str, name: str) -> Value:
        records = self.compiler.records(of, self.frame, self.base)
        if records.source.keys == (name,):
            return records.id
        return records.read(records.source.columns[name])

    def _same(self, value: Any) -> Value:
        cell = functions.literal(value, self.of)
        return lambda _rows: cell

    def _of_owner(self, of: Plan) -> Value:
        return self.compiler.value(of, self.frame, owner_of(self.base))

    # ── conditions ──

    def _compare(self, how: str, a: Plan, b: Plan) -> Value:
        kinds = a[1], b[1]
        literals = [part[2] if part[0] == "same" else None for part in (a, b)]
        return self.both(lambda x, y: functions.compared(how, x, y, kinds, literals), a, b)

    def _between(self, of: Plan, low: Plan, high: Plan) -> Value:
        at_least, less = self._compare(">=", of, low), self._compare("<", of, high)
        return lambda rows: at_least(rows) & less(rows)

    def _is_in(self, of: Plan, has_none: bool, values: tuple[Any, ...]) -> Value:
        cell, holds = self.value(of), self.each(lambda cell: functions.is_in(cell, values, of[1]), of)
        return lambda rows: cell(rows).isnull().ifelse(ibis.literal(has_none), holds(rows))

    def _is_among(self, of: Plan, has_none: bool, selection: Any) -> Value:
        ids = self.compiler.resolve(selection)
        cell = self.value(of)
        met = self.frame.joined(ids.select("id"), "id", cell)
        found = named(met["id"])
        if has_none:
            return lambda rows: found(rows).notnull() | cell(rows).isnull()
        return lambda rows: found(rows).notnull()

    def _is_none(self, of: Plan) -> Value:
        return self.each(lambda cell: cell.isnull(), of)

    def _all(self, *parts: Plan) -> Value:
        return folded([self.value(part) for part in parts], both)

    def _any(self, *parts: Plan) -> Value:
        return folded([self.value(part) for part in parts], either)

    def _not(self, of: Plan) -> Value:
        # A field of bools that has no value does not hold.
        return self.each(lambda cell: ~cell.fill_null(False), of)

    def _has_text(self, place: str, text: Plan, part: Plan) -> Value:
        return self.both(lambda text, part: functions.has_text(place, text, part), text, part)

    # ── values ──

    def _if_none(self, of: Plan, other: Plan) -> Value:
        return self.both(lambda cell, other: ibis.coalesce(cell, other), of, other)

    def _combine(self, how: str, a: Plan, b: Plan, _said: str) -> Value:
        return self.both(lambda x, y: functions.combined(how, x, y, self.of), a, b)

    def _float(self, of: Plan) -> Value:
        return self.each(lambda cell: cell.cast("float64"), of)

    def _scaled(self, of: Plan, _digits: int) -> Value:
        return self.each(lambda cell: cell.cast(functions.kept(self.of)), of)

    def _lower(self, of: Plan) -> Value:
        return self.each(lambda cell: cell.lower(), of)

    def _round(self, of: Plan, digits: int, _said: str) -> Value:
        return self.each(lambda cell: functions.rounded(cell, digits, self.of), of)

    def _abs(self, of: Plan, _said: str) -> Value:
        return self.each(lambda cell: cell.abs(), of)

    def _part(self, part: str, of: Plan) -> Value:
        return self.each(lambda cell: functions.part(part, cell, of[1]), of)

    # ── of many, one ──

    def _total(self, how: str, plural: Plan, _said: str) -> Value:
        if how in ("any", "all"):
            return self.aggregate(plural, lambda cell, _: functions.holds(how, cell), how == "all")
        if how == "count" and _is_never_none(plural[3], self.compiler.sources[plural[1]]):
            # No column is read for it.
            found = named(self.compiler.group(self.frame, self.base, plural).total(lambda rows: rows.count()))
            return lambda rows: ibis.coalesce(found(rows), 0)
        in_order = how in ("first", "last")
        nothing = 0 if how in ("count", "n_unique", "sum") else None
        kind = plural[3][1]
        return self.aggregate(
            plural, lambda cell, places: functions.total(how, cell, places, kind), nothing, in_order=in_order
        )

    def listed(self, plural: Plan) -> Value:
        """All values of each row's members, in order; of no members no value."""
        return self.aggregate(plural, functions.listed, None, in_order=True)

    def aggregate(
        self, plural: Plan, made: Callable[[Cell, list[Cell]], Cell], nothing: Any, *, in_order: bool = False
    ) -> Value:
        """Of the members of each row one value; of no members `nothing`."""
        compiler, asked = self.compiler, plural[3]
        group = compiler.group(self.frame, self.base, plural, in_order=in_order)
        column = group.value(asked, lambda: compiler.value(asked, group.frame, group.members))

        def total(rows: Rows) -> Cell:
            # Of members themselves it is asked whether there is one.
            is_whether = isinstance(nothing, bool) and asked[1] != "bool"
            return made(rows[column].notnull() if is_whether else rows[column], [rows[order] for order in group.orders])

        found = named(group.total(total))
        if nothing is None:
            return found
        kind = "bool" if isinstance(nothing, bool) else self.of
        return lambda rows: ibis.coalesce(found(rows), functions.literal(_zero(nothing, kind), kind))


def _zero(nothing: Any, kind: str) -> Any:
    if kind == "float":
        return float(nothing)
    if kind == "timedelta":
        return functions.NO_TIME
    return nothing


def listed(compiler: Compiler, plural: Plan, frame: Frame, base: Base) -> Value:
    """All values of each row's members."""
    return _Asked(compiler, frame, base, plural[3][1]).listed(plural)
