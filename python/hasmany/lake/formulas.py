"""Rankings as expressions of ibis: the formulas of `src/rank/`, over a table of pairs of `owner` and `member`, each pair once."""

from .libraries import Cell, Rows, ibis

SHRINK = 10.0
"""What is added below the line, if nothing is said: `SHRINK` in `src/rank/similar.rs`."""

MOST = 2**62
"""More than there can be ranked."""


def similar(pairs: Rows, asked: Rows | None, k: int, measure: str, shrink: float | None) -> Rows:
    """Of each owner that is asked the k others that share most: `owner`, `rank`, `member`, `score`. The same bits as in memory: whole
    numbers, and of them one quotient."""
    others = pairs.select(other="owner", held="member")
    met = mine(pairs, asked).join(others, [("member", "held")])
    shared = met.filter(met["owner"] != met["other"]).group_by(["owner", "other"]).agg(shared=ibis._.count())
    if measure != "count":
        counted = pairs.group_by("owner").agg(degree=ibis._.count())
        shared = shared.join(counted.select(one="owner", a="degree"), [("owner", "one")])
        shared = shared.join(counted.select(two="owner", b="degree"), [("other", "two")])
    score = _alike(shared, measure, SHRINK if shrink is None else abs(float(shrink)))
    return _best(shared.select(owner="owner", member="other", score=score), k)


def _alike(rows: Rows, measure: str, shrink: float) -> Cell:
    """In the order of operations that the engine has."""
    shared = rows["shared"].cast("float64")
    if measure == "count":
        return shared
    a, b = rows["a"].cast("float64"), rows["b"].cast("float64")
    match measure:
        case "cosine" if shrink == 0:
            return (shared * shared / (a * b)).sqrt()
        case "cosine":
            return shared / ((a * b).sqrt() + shrink)
        case "jaccard":
            return shared / (a + b - shared + shrink)
        case _:
            return shared / (ibis.least(a, b) + shrink)


HELD = 0.6
"""`p` where the walks say `q`: `HELD` in `src/rank/damping.rs`."""

FINE = 1 << 24
"""To so many parts of one it is told whether a link is read."""


class Walks:
    """The two long steps of walks: from members to their owners, and on to the members of these."""

    def __init__(self, pairs: Rows, damping: tuple[float, float] | str | None, most: int | None, seed: int) -> None:
        """`damping` as in memory. `most` is about how many links a step reads: which, a hash of the engine's says, of the `seed`
        and what is linked. None: all."""
        self.pairs = pairs
        self.popular = pairs.group_by("member").agg(degree=ibis._.count()).select(of="member", degree="degree")
        self.held: float = HELD
        self.found: float | None = None
        if isinstance(damping, tuple):
            self.held, self.found = damping
        self._most = most
        self._seed = seed

    def ends(self, own: Rows) -> Rows:
        """By owner, the members that its walks come to: the sum `total`, how many owners `backed` it, and, alike for all of them, how
        many `paths` there are."""
        held = own.join(self.popular, [("member", "of")])
        worth = held["degree"].cast("float64") ** ibis.literal(-float(self.held))
        steps = self._weighed(held.select("owner", "degree", at="member", part=worth))
        steps = steps.join(self.pairs.select(other="owner", held="member"), [("at", "held")])
        steps = self._read(steps.filter(steps["owner"] != steps["other"]), ["owner", "at", "other"])
        votes = steps.group_by(["owner", "other"]).agg(vote=(ibis._.part * ibis._.weight).sum())
        active = self.pairs.group_by("owner").agg(degree=ibis._.count()).select(of="owner", degree="degree")
        votes = votes.join(active, [("other", "of")])
        part = votes["vote"] / votes["degree"].cast("float64")
        steps = self._weighed(votes.select("owner", "other", "degree", part=part))
        steps = steps.join(self.pairs.select(voter="owner", member="member"), [("other", "voter")])
        steps = self._read(steps, ["owner", "member", "other"])
        ends = steps.group_by(["owner", "member"]).agg(total=(ibis._.part * ibis._.weight).sum(), backed=ibis._.count())
        paths = ends["backed"].sum().over(ibis.window(group_by="owner"))
        return ends.mutate(paths=paths)

    def _weighed(self, rows: Rows) -> Rows:
        """With what a link counts that is read of them: more than 1 where not all are."""
        if self._most is None:
            return rows.mutate(weight=ibis.literal(1.0))
        reads = rows["degree"].sum().over(ibis.window(group_by="owner")).cast("float64")
        return rows.mutate(weight=ibis.greatest(1.0, reads / float(self._most)))

    def _read(self, links: Rows, names: list[str]) -> Rows:
        """The links that are read, each with the same probability."""
        if self._most is None:
            return links
        drawn = ibis.literal(f"{self._seed},{names[1]}")
        for name in names:
            drawn = drawn + "," + links[name].cast("string")
        return links.filter((drawn.hash() & (FINE - 1)).cast("float64") * links["weight"] < float(FINE))


def recommend(walks: Walks, asked: Rows | None, k: int, *, within: Rows | None, is_own: bool) -> Rows:
    """Of each owner that is asked the k members that walks come to most: `owner`, `rank`, `member`, `score`. Only those `within`, a
    table of `id`, where that is given. `is_own`: members are owners, and none is recommended to itself."""
    own = mine(walks.pairs, asked)
    ends = walks.ends(own).anti_join(own.select(holder="owner", had="member"), [("owner", "holder"), ("member", "had")])
    if walks.found is None:
        touched = ibis._.count().over(ibis.window(group_by="owner"))
        ends = ends.mutate(touched=touched)
        told = 0.05 + 0.25 * (ends["paths"].cast("float64") / ends["touched"].cast("float64")).ln()
        steps = (ibis.least(ibis.greatest(told, 0.0), 0.8) * 64.0).round()
        backed = ends["backed"].cast("float64")
        ends = ends.mutate(worth=ends["total"] * (backed / (backed + 3.0)), q=steps.cast("float64") / 64.0)
    else:
        ends = ends.mutate(worth=ends["total"], q=ibis.literal(float(walks.found)))
    ends = ends.filter(ends["total"] > 0)
    if is_own:
        ends = ends.filter(ends["owner"] != ends["member"])
    if within is not None:
        ends = ends.semi_join(within.select("id"), [("member", "id")])
    ends = ends.join(walks.popular, [("member", "of")])
    score = rounded(ends["worth"] * ends["degree"].cast("float64") ** -ends["q"])
    return _best(ends.select("owner", "member", score=score), k)


def mine(pairs: Rows, asked: Rows | None) -> Rows:
    """The pairs of those who are asked. An inner join, which an engine does first: a semi-join DuckDB puts off until all pairs of
    links were made."""
    own = pairs.select("owner", "member")
    return own if asked is None else own.join(asked.select(asker="owner"), [("owner", "asker")]).drop("asker")


def rounded(score: Cell) -> Cell:
    """To 40 binary digits, half away from zero, as `rounded` in `src/rank/best.rs`: an engine sums in any order, and what that does to
    the last digits must not decide a rank. Where `log2` is one off, the scale has a digit more or less, and there these are 0."""
    scale = ibis.literal(2.0) ** (40 - score.log2().floor()).cast("float64")
    return (score * scale + 0.5).floor().cast("float64") / scale


def _best(rows: Rows, k: int) -> Rows:
    """The k of each owner: the highest score first, of equal ones the lesser."""
    window = ibis.window(group_by="owner", order_by=[rows["score"].desc(), rows["member"]])
    ranked = rows.mutate(rank=ibis.row_number().over(window) + 1)
    return ranked.filter(ranked["rank"] <= min(k, MOST)).select("owner", "rank", "member", "score")
