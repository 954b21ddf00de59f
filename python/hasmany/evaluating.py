"""How good recommendations are: `evaluate`, by links that were held out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._hasmany import Many, Rankings, Table, ids_of_records, lake_rows, ranked_ids, ranked_members, table_of, tested
from ._notebook import progress
from .errors import NotFoundError

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MEASURES = ("recall", "ndcg", "hit_rate", "mrr")
MOST = np.array([0] + [most * 10**zeros for zeros in range(18) for most in (2, 5, 10)])
"""Links of an owner in a group of owners, at most."""
BLOCK = 1 << 18
"""Recommendations that are held at a time, about."""


def evaluate(owners: "Many[Any]", through: str, test: Any, k: int = 20, **options: Any) -> Table:
    """How well `owners.recommend(through, k, **options)` foretells the links of `test`, which the store must not have.

    `test` is a mapping of owners to lists of members, or a tuple of two columns, owners and members, a pair a row; each by records or
    as columns of references name them, by id, or by key where the model has one (of several fields: records). A pair counts once.
    `options` are those of `recommend`: `damping`, `within`, `where`, `progress` and so on.

    Of an owner with test members that are recommended at the ranks r, from 1:

    * `recall`: how many of its test members they are, as a part of all of them, also where these are more than k;
    * `ndcg`: the sum of 1 / log2(r + 1), as a part of what it would be with min(k, test members) of them first;
    * `hit_rate`: 1 where there is one, else 0;
    * `mrr`: 1 / r of the first one, 0 where there is none.

    The table has the means of these and, as `recall_error` and so on, their standard errors: the standard deviation (of a sample)
    over the root of how many owners; None of a single one. Its first row is of all who have test members, the others of those with as
    many members in `through` as `links` says, from "0" and "1-2" to "6-10", "11-20", "21-50" and so on: none where there are no such.
    `owners` and `pairs` are how many were measured. Two tables differ for sure only where their means do by more than two or three
    errors.

    Owners without test members are not asked. A test member that cannot be found counts as missed: one to which nobody is linked, or
    one outside `within`. What would make the numbers wrong is refused instead: test owners that are not among `owners`, members that do
    not exist, and test links that the store has, which are never recommended (but with `known=True`).

    Costs as the rankings of the owners, which are computed some at a time: memory is O(pairs).

    Raises `ValueError` where `test` has no pairs, columns of two lengths, owners besides `owners` or links that are there, and for a k
    below 1; `NotFoundError` for owners and members that are not in the store; and as `recommend` does.

    >>> from hasmany import Store, User, evaluate
    >>> with Store():
    ...     ann, bob, cid = (User(name) for name in ("ann", "bob", "cid"))
    ...     tweets = [ann.post_tweet(text) for text in ("one", "two", "three")]
    ...     _ = [user.like_tweet(tweet) for user in (bob, cid) for tweet in tweets], ann.like_tweet(tweets[0])
    ...     evaluate(User.all(), "liked_tweets", {ann: [tweets[2]]}, k=2).to_dicts()[0]["mrr"]
    0.5
    """
    if not isinstance(owners, Many):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"evaluate takes a collection of a store, as User.all(), not {_named(owners)}")
    is_shown = bool(options.pop("progress", False))
    rankings = owners.recommend(through, k, **options)
    if k < 1:
        raise ValueError(f"evaluate: k is 1 or more, not {k}")
    asked = _asked(owners, rankings, test, is_known=bool(options.get("known")))
    size = max(BLOCK // k, 1)
    bar = progress(len(asked.ids), " rankings") if is_shown else None
    measured: list[Floats] = []
    try:
        for part in asked.parts(size):
            found = lake_rows(owners, part.ids.tolist()).recommend(through, k, **options)
            measured.append(_measured(ranked_ids(found), part, k))
            if bar is not None:
                bar.update(len(part.ids))
    finally:
        if bar is not None:
            bar.close()
    return _table(asked, np.concatenate(measured, axis=1))


class _Asked(NamedTuple):
    """Owners with what they are tested by."""

    ids: Ids  # ascending
    degrees: Ids
    counts: Ids  # of test members
    members: Ids  # of the first owner, ascending, then of the second, and so on

    def parts(self, size: int) -> Iterator["_Asked"]:
        """So many owners at a time."""
        ends = np.cumsum(self.counts)
        for start in range(0, len(self.ids), size):
            part = slice(start, start + size)
            counts, end = self.counts[part], ends[part][-1]
            yield _Asked(self.ids[part], self.degrees[part], counts, self.members[end - counts.sum() : end])


def _asked(owners: "Many[Any]", rankings: "Rankings[Any]", test: Any, *, is_known: bool) -> _Asked:
    """The owners in `test`, checked."""
    first, second = _columns(test)
    pairs = _found(owners, first, "owners"), _found(ranked_members(rankings), second, "members")
    if len(pairs[0]) != len(pairs[1]):
        raise ValueError(f"evaluate: test has {len(pairs[0])} owners and {len(pairs[1])} members, not a pair a row")
    if len(pairs[0]) == 0:
        raise ValueError("evaluate: test has no pairs")
    order = np.lexsort(pairs[::-1])
    of, members = pairs[0][order], pairs[1][order]
    is_new = np.concatenate([[True], (np.diff(of) != 0) | (np.diff(members) != 0)])
    of, members = of[is_new], members[is_new]
    is_asked, degrees, has = tested(rankings, of, members)
    if not is_asked.all():
        others = np.unique(of[~is_asked])
        raise ValueError(
            f"evaluate: of the owners in test {len(others)} are not among those who are asked, the first is {others[0]}: ask them, "
            "too, or leave them out of test"
        )
    if has.any() and not is_known:
        at = has.argmax()
        raise ValueError(
            f"evaluate: {has.sum()} links of test are in the store, the first from {of[at]} to {members[at]}, and what an owner has is "
            "not recommended: take them out of the store or out of test, or pass known=True"
        )
    ids, starts, counts = np.unique(of, return_index=True, return_counts=True)
    return _Asked(ids, degrees[starts], counts, members)


def _columns(test: Any) -> tuple[Any, Any]:
    """Owners and members, a pair a row."""
    given: Any = test  # as checkers are to know it
    if isinstance(test, Mapping):
        pairs = [(owner, member) for owner, members in given.items() for member in _listed(members)]
        return [owner for owner, _ in pairs], [member for _, member in pairs]
    if isinstance(test, tuple) and len(given) == 2:
        return given[0], given[1]
    raise TypeError(
        "evaluate: test is a mapping of owners to lists of members, or a tuple of two columns, (owners, members), not "
        f"{_named(test)}"
    )


def _listed(members: Any) -> Any:
    given: Any = members
    if isinstance(members, (str, bytes)) or not isinstance(members, Iterable):
        raise TypeError(f"evaluate: test maps each owner to a list of members, not to {_named(given)}")
    return given


def _found(many: "Many[Any]", column: Any, of: str) -> Ids:
    """The ids of what a column names."""
    ids = ids_of_records(many, column, f"test.{of}")
    missing = np.flatnonzero(ids == 0)
    if len(missing):
        way = "insert them, and they count as missed" if of == "members" else "insert them with the links they keep"
        raise NotFoundError(
            f"evaluate: {len(missing)} of test's {of} are not in the store, the first is {_at(column, int(missing[0]))}: {way}, "
            "or leave them out"
        )
    return ids


def _at(column: Any, row: int) -> Any:
    """What a column has in a row, as far as it can be looked up."""
    try:
        return getattr(column, "iloc", column)[row]  # pandas looks labels up by [...]
    except Exception:  # noqa: BLE001 - columns of any library
        return f"that in row {row}"


def _named(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def _measured(found: Table, asked: _Asked, k: int) -> Floats:
    """A row for each of `MEASURES`, a column for each owner."""
    rank, owner, member = (found.column(name) for name in ("rank", "owner", "member"))
    # A pair is one number: the places of the owner and of the member among those that are tested.
    known, of = np.unique(asked.members, return_inverse=True)
    wanted = np.repeat(np.arange(len(asked.ids)), asked.counts) * len(known) + of
    place = np.searchsorted(asked.ids, owner)
    at = np.minimum(np.searchsorted(known, member), len(known) - 1)
    is_hit = (known[at] == member) & np.isin(place * len(known) + at, wanted)
    place, rank = place[is_hit], rank[is_hit]
    hits = np.bincount(place, minlength=len(asked.ids))
    gained = np.bincount(place, 1 / np.log2(rank + 1), minlength=len(asked.ids))
    most = min(k, int(asked.counts.max()))
    ideal = np.cumsum(1 / np.log2(np.arange(most) + 2))
    first = np.full(len(asked.ids), np.inf)
    np.minimum.at(first, place, rank)
    measures = (hits / asked.counts, gained / ideal[np.minimum(asked.counts, most) - 1], hits > 0, 1 / first)
    return np.array(measures, dtype=np.float64)


def _table(asked: _Asked, measured: Floats) -> Table:
    """Of all, and of each group by links."""
    group = np.searchsorted(MOST, asked.degrees)
    rows = [("all", np.full(len(group), fill_value=True))]
    for at in np.unique(group):
        label = "0" if at == 0 else f"{MOST[at - 1] + 1}-{MOST[at]}"
        rows.append((label, group == at))
    columns: dict[str, Any] = {
        "links": [label for label, _ in rows],
        "owners": np.array([is_in.sum() for _, is_in in rows]),
        "pairs": np.array([asked.counts[is_in].sum() for _, is_in in rows]),
    }
    for name, of in zip(MEASURES, measured, strict=True):
        columns[name] = np.array([of[is_in].mean() for _, is_in in rows])
        columns[f"{name}_error"] = np.array([_error(of[is_in]) for _, is_in in rows])
    return table_of(columns)


def _error(of: Floats) -> float:
    """The standard error of a mean; of one number there is none."""
    return float(of.std(ddof=1)) / len(of) ** 0.5 if len(of) > 1 else float("nan")
