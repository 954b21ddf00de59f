"""Random links, and what their matrix says of them: the other way to compute a ranking."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

TOLERANCE = 1e-9
SHRINK = 10.0

# The exponents of popularity, or "auto": as the asker's own walks say.
Damping = tuple[float, float] | str
Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """Pairs of an owner and a member, both from 0; a pair counts once."""

    matrix: Any

    @staticmethod
    def of(pairs: Iterable[tuple[int, int]], owners: int, members: int) -> "Links":
        distinct = sorted(set(pairs))
        sides = ([owner for owner, _ in distinct], [member for _, member in distinct])
        return Links(csr_array((np.ones(len(distinct)), sides), shape=(owners, members)))

    def shared(self, owner: int) -> Scores:
        return (self.matrix[[owner]] @ self.matrix.T).toarray()[0]

    def similar(self, owner: int, measure: str, shrink: float = SHRINK) -> Scores:
        """A score for every owner, 0 for those that share nothing and for the owner itself."""
        degrees = np.asarray(self.matrix.sum(axis=1)).ravel()
        shared, own = self.shared(owner), degrees[owner]
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = {
                "cosine": shared / (np.sqrt(own * degrees) + shrink),
                "jaccard": shared / (own + degrees - shared + shrink),
                "overlap": shared / (np.minimum(own, degrees) + shrink),
                "count": shared,
            }[measure]
        scores = np.nan_to_num(scores)
        scores[owner] = 0
        return scores

    def contributions(self, owner: int, damping: Damping = "auto") -> Scores:
        """What each own member (rows) adds to each member's score (columns)."""
        own = self.matrix[[owner]].toarray()[0]
        p, factors = self.factors(owner, damping)
        paths = diags_array(own * self.popularity**-p) @ self.matrix.T @ diags_array(1 / self.activity) @ self.matrix
        return (paths @ diags_array(factors)).toarray()

    def recommend(self, owner: int, damping: Damping = "auto") -> Scores:
        """A score for every member, 0 for those that the owner has."""
        own = self.matrix[[owner]].toarray()[0]
        p, factors = self.factors(owner, damping)
        votes = self.matrix @ (own * self.popularity**-p) / self.activity
        return (votes @ self.matrix) * factors * (own == 0)

    def friends(self, owner: int, damping: Damping = "auto") -> Scores:
        """A score for every member, who are the owners: friends of friends, 0 for friends and for the owner itself."""
        own = self.matrix[[owner]].toarray()[0]
        own[owner] = 0
        friends, reached = own > 0, (own > 0) @ self.matrix
        if isinstance(damping, tuple):
            p, factors = damping[0], self.popularity ** -damping[1]
        else:
            touched = np.count_nonzero((reached > 0) & (self.matrix[[owner]].toarray()[0] == 0))
            paths = self.matrix.sum(axis=1)[friends].sum()
            q = np.clip(0.05 + 0.25 * np.log(paths / touched), 0, 0.8) if touched else 0.0
            p, factors = 0.6, self.popularity ** -(np.round(q * 64) / 64) * reached / (reached + 3)
        scores = (own * self.activity**-p) @ self.matrix * factors * (self.matrix[[owner]].toarray()[0] == 0)
        scores[owner] = 0
        return np.asarray(scores)

    def factors(self, owner: int, damping: Damping) -> tuple[float, Scores]:
        """p, and what each member's sum is times."""
        if isinstance(damping, tuple):
            return damping[0], self.popularity ** -damping[1]
        own = self.matrix[[owner]].toarray()[0]
        voting = (self.matrix @ own) > 0
        voting[owner] = False
        owners = voting @ self.matrix
        touched = np.count_nonzero((owners > 0) & (own == 0))
        q = 0.0
        if touched:
            q = np.clip(0.05 + 0.25 * np.log(self.activity[voting].sum() / touched), 0, 0.8)
        return 0.6, self.popularity ** -(np.round(q * 64) / 64) * owners / (owners + 3)

    @property
    def activity(self) -> Scores:
        return np.maximum(np.asarray(self.matrix.sum(axis=1)).ravel(), 1)

    @property
    def popularity(self) -> Scores:
        return np.maximum(np.asarray(self.matrix.sum(axis=0)).ravel(), 1)


def walked(weights: Any, own: Any, damping: Damping, owner: int | None = None) -> Any:
    """What each member (rows) that counts so much for an asker adds to each member (columns), over a dense matrix of what the links
    weigh. The asker is one of the owners, or none."""
    votes, has = weights.copy(), (weights > 0).astype(int)
    if owner is not None:
        votes[owner] = 0
    of_owners, of_members = np.maximum(weights.sum(axis=1), 1e-300), np.maximum(weights.sum(axis=0), 1e-300)
    if isinstance(damping, tuple):
        p, factors = damping[0], of_members ** -damping[1]
    else:
        voting = (votes > 0).astype(int) @ (own > 0) > 0
        owners = voting.astype(int) @ has
        touched = np.count_nonzero((owners > 0) & (own == 0))
        q = np.clip(0.05 + 0.25 * np.log(has[voting].sum() / touched), 0, 0.8) if touched else 0.0
        p, factors = 0.6, of_members ** -(np.round(q * 64) / 64) * owners / (owners + 3)
    of_members = np.where(weights.sum(axis=0) > 0, of_members, 1)
    return (own * of_members**-p)[:, None] * (votes.T @ (votes / of_owners[:, None])) * np.nan_to_num(factors)


def agree(ranking: Any, scores: Scores, k: int) -> None:
    """A ranking has the k best of these scores, by id - 1, none of 0; and of equal scores the older first."""
    ids, given = ranking.records.ids - 1, ranking.scores
    assert len(ids) == len(set(ids.tolist())) == len(given) == min(k, np.count_nonzero(scores))
    np.testing.assert_allclose(given, scores[ids], rtol=TOLERANCE, atol=0)
    np.testing.assert_allclose(given, np.sort(scores)[::-1][: len(given)], rtol=TOLERANCE, atol=0)
    assert (np.diff(given) <= 0).all()
    assert all(one < two for one, two, tie in zip(ids, ids[1:], np.diff(given) == 0, strict=False) if tie)
    if len(ids) == k > 0:
        near = np.isclose(scores, given[-1], rtol=TOLERANCE, atol=0)
        last = [one for one, score in zip(ids, given, strict=True) if score == given[-1]]
        assert sorted(last) == np.flatnonzero(near)[: len(last)].tolist()


def numbered(scored: Any) -> list[tuple[int, int, float]]:
    """rank, id and score of each."""
    return [(rank, record.id, score) for rank, (record, score) in zip(count(1), scored, strict=False)]
