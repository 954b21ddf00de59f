"""Rankings as expressions of ibis: the formulas of `src/rank/`, over a table of pairs of `owner` and `member`, each pair once,
and maybe the `weight` of each."""

from typing import NamedTuple

from .libraries import Cell, Rows, ibis

SHRINK = 10.0
"""What is added below the line, if nothing is said: `SHRINK` in `src/rank/similar.rs`."""

TINY = 2.0**-900
"""Scores below are not rounded: small weights make some."""

WHOLE = 2.0**53
"""Below it sums of whole numbers are exact."""

MOST = 2**62
"""More than there can be ranked."""


def weighed(pairs: Rows) -> tuple[Rows, bool]:
    """Pairs with the `weight` of each, which is 1 where there is none, and whether they have such."""
    return (pairs, True) if "weight" in pairs.columns else (pairs.mutate(weight=ibis.literal(1.0)), False)


def similar(pairs: Rows, asked: Rows | None, k: int, measure: str, shrink: float | None) -> Rows:
    """Of each owner that is asked the k others that share most: `owner`, `rank`, `member`, `score`. The same bits as in memory: whole
    numbers, and of them one quotient; of weights the same to 40 binary digits. Of these cosine takes the products, the others the lesser
    of two."""
    pairs, are_weighed = weighed(pairs)
    others = pairs.select(other="owner", held="member", its="weight")
    met = mine(pairs, asked).join(others, [("member", "held")])
    met = met.filter(met["owner"] != met["other"])
    both = met["weight"] * met["its"] if measure == "cosine" else ibis.least(met["weight"], met["its"])
    shared = met.mutate(both=both).group_by(["owner", "other"]).agg(shared=ibis._.both.sum())
    if measure != "count":
        size = pairs["weight"] * pairs["weight"] if measure == "cosine" else pairs["weight"]
        sizes = pairs.mutate(size=size).group_by("owner").agg(size=ibis._.size.sum())
        shared = shared.join(sizes.select(one="owner", a="size"), [("owner", "one")])
        shared = shared.join(sizes.select(two="owner", b="size"), [("other", "two")])
    score = _alike(shared, measure, SHRINK if shrink is None else abs(float(shrink)))
    return _best(shared.select(owner="owner", member="other", score=rounded(score) if are_weighed else score), k)


def _alike(rows: Rows, measure: str, shrink: float) -> Cell:
    """In the order of operations that the engine has."""
    shared = rows["shared"]
    if measure == "count":
        return shared
    a, b = rows["a"], rows["b"]
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
        self.pairs, _ = weighed(pairs)
        self.popular = self._linked("member")
        self.held: float = HELD
        self.found: float | None = None
        if isinstance(damping, tuple):
            self.held, self.found = damping
        self._most = most
        self._seed = seed

    def _linked(self, end: str) -> Rows:
        """Of each owner or member, how many links it has, and what they weigh."""
        sums = self.pairs.group_by(end).agg(degree=ibis._.count(), mass=ibis._.weight.sum())
        return sums.select(of=end, degree="degree", mass="mass")

    def ends(self, own: Rows) -> Rows:
        """By owner, the members that its walks come to: the sum `total`, how many owners `backed` it, and, alike for all of them, how
        many `paths` there are."""
        held = own.join(self.popular, [("member", "of")])
        worth = held["weight"] * held["mass"] ** ibis.literal(-float(self.held))
        steps = self._rated(held.select("owner", "degree", at="member", part=worth))
        steps = steps.join(self.pairs.select(other="owner", held="member", its="weight"), [("at", "held")])
        steps = self._read(steps.filter(steps["owner"] != steps["other"]), ["owner", "at", "other"])
        votes = steps.group_by(["owner", "other"]).agg(vote=(ibis._.part * ibis._.its * ibis._.rate).sum())
        votes = votes.join(self._linked("owner"), [("other", "of")])
        steps = self._rated(votes.select("owner", "other", "degree", part=votes["vote"] / votes["mass"]))
        return self._last(steps)

    def _last(self, steps: Rows) -> Rows:
        """The last step, to the members of those that others are worth a `part` to the owner."""
        steps = steps.join(self.pairs.select(voter="owner", member="member", its="weight"), [("other", "voter")])
        steps = self._read(steps, ["owner", "member", "other"])
        ends = steps.group_by(["owner", "member"]).agg(
            total=(ibis._.part * ibis._.its * ibis._.rate).sum(), backed=ibis._.count()
        )
        paths = ends["backed"].sum().over(ibis.window(group_by="owner"))
        return ends.mutate(paths=paths)

    def _rated(self, rows: Rows) -> Rows:
        """With what a link counts that is read of them: more than 1 where not all are."""
        if self._most is None:
            return rows.mutate(rate=ibis.literal(1.0))
        reads = rows["degree"].sum().over(ibis.window(group_by="owner")).cast("float64")
        return rows.mutate(rate=ibis.greatest(1.0, reads / float(self._most)))

    def _read(self, links: Rows, names: list[str]) -> Rows:
        """The links that are read, each with the same probability."""
        if self._most is None:
            return links
        drawn = ibis.literal(f"{self._seed},{names[1]}")
        for name in names:
            drawn = drawn + "," + links[name].cast("string")
        return links.filter((drawn.hash() & (FINE - 1)).cast("float64") * links["rate"] < float(FINE))


class Friends(Walks):
    """Walks of those who have each other: from an owner to those it has, and on to those that they have, who are two steps away."""

    def ends(self, own: Rows) -> Rows:
        held = own.filter(own["owner"] != own["member"]).join(self._linked("owner"), [("member", "of")])
        worth = held["weight"] * held["mass"] ** ibis.literal(-float(self.held))
        return self._last(self._rated(held.select("owner", "degree", other="member", part=worth)))


def walks_of(*, is_own: bool) -> type[Walks]:
    """How it is walked: `is_own`, members are of the owners' model."""
    return Friends if is_own else Walks


class Had(NamedTuple):
    """What is left out for being the asker's."""

    pairs: Rows | None
    """All that owners have, where some of it does not count."""
    is_left_out: bool
    is_own: bool
    """Whether members are owners, of whom none is recommended to itself."""


def recommend(walks: Walks, asked: Rows | None, k: int, *, within: Rows | None, had: Had) -> Rows:
    """Of each owner that is asked the k members that walks come to most: `owner`, `rank`, `member`, `score`. Only those `within`, a
    table of `id`, where that is given."""
    own = mine(walks.pairs, asked)
    ends = walks.ends(own).left_join(
        own.select(holder="owner", mine="member"), [("owner", "holder"), ("member", "mine")]
    )
    if walks.found is None:
        touched = ends["mine"].isnull().cast("int64").sum().over(ibis.window(group_by="owner"))
        ends = ends.mutate(touched=touched.nullif(0).cast("float64"))
        # Of one who lacks nothing that is come to, nothing is said.
        told = (0.05 + 0.25 * (ends["paths"].cast("float64") / ends["touched"]).ln()).fill_null(0.0)
        steps = (ibis.least(ibis.greatest(told, 0.0), 0.8) * 64.0).round()
        backed = ends["backed"].cast("float64")
        ends = ends.mutate(worth=ends["total"] * (backed / (backed + 3.0)), q=steps.cast("float64") / 64.0)
    else:
        ends = ends.mutate(worth=ends["total"], q=ibis.literal(float(walks.found)))
    ends = ends.filter(ends["total"] > 0)
    if had.is_left_out:
        ends = ends.filter(ends["mine"].isnull())
        if had.pairs is not None:
            all_had = mine(had.pairs, asked).select(keeper="owner", kept="member")
            ends = ends.anti_join(all_had, [("owner", "keeper"), ("member", "kept")])
    if had.is_own:
        ends = ends.filter(ends["owner"] != ends["member"])
    if within is not None:
        ends = ends.semi_join(within.select("id"), [("member", "id")])
    ends = ends.join(walks.popular, [("member", "of")])
    score = rounded(ends["worth"] * ends["mass"] ** -ends["q"])
    return _best(ends.select("owner", "member", score=score), k)


def mine(pairs: Rows, asked: Rows | None) -> Rows:
    """The pairs of those who are asked. An inner join, which an engine does first: a semi-join DuckDB puts off until all pairs of
    links were made."""
    return pairs if asked is None else pairs.join(asked.select(asker="owner"), [("owner", "asker")]).drop("asker")


def rounded(score: Cell) -> Cell:
    """To 40 binary digits, half away from zero, as `rounded` in `src/rank/best.rs`: an engine sums in any order, and what that does to
    the last digits must not decide a rank. Whole numbers are exact. Where `log2` is one off, the scale has a digit more or less, and there these are 0."""
    scale = ibis.literal(2.0) ** (40 - score.log2().floor()).cast("float64")
    is_whole = (score == score.floor()) & (score < WHOLE)
    # Of what is less than TINY the scale would be no number.
    return ((score < TINY) | is_whole).ifelse(score, (score * scale + 0.5).floor().cast("float64") / scale)


def _best(rows: Rows, k: int) -> Rows:
    """The k of each owner: the highest score first, of equal ones the lesser."""
    window = ibis.window(group_by="owner", order_by=[rows["score"].desc(), rows["member"]])
    ranked = rows.mutate(rank=ibis.row_number().over(window) + 1)
    return ranked.filter(ranked["rank"] <= min(k, MOST)).select("owner", "rank", "member", "score")
