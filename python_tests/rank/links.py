"""Random links, and what their matrix says of them: the other way to compute a ranking."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array

TOLERANCE = 1e-9
DAMPING = (0.8, 0.2)

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

    def similar(self, owner: int, measure: str) -> Scores:
        """A score for every owner, 0 for those that share nothing and for the owner itself."""
        degrees = np.asarray(self.matrix.sum(axis=1)).ravel()
        shared, own = self.shared(owner), degrees[owner]
        with np.errstate(invalid="ignore", divide="ignore"):
            scores = {
                "cosine": shared / np.sqrt(own * degrees),
                "jaccard": shared / (own + degrees - shared),
                "overlap": shared / np.minimum(own, degrees),
                "count": shared,
            }[measure]
        scores = np.nan_to_num(scores)
        scores[owner] = 0
        return scores

    def contributions(self, owner: int, damping: tuple[float, float] = DAMPING) -> Scores:
        """What each own member (rows) adds to each member's score (columns)."""
        p, q = damping
        owners = np.maximum(np.asarray(self.matrix.sum(axis=1)).ravel(), 1)
        members = np.maximum(np.asarray(self.matrix.sum(axis=0)).ravel(), 1)
        own = diags_array(self.matrix[[owner]].toarray()[0] * members**-p)
        paths = own @ self.matrix.T @ diags_array(1 / owners) @ self.matrix @ diags_array(members**-q)
        return paths.toarray()

    def recommend(self, owner: int, damping: tuple[float, float] = DAMPING) -> Scores:
        """A score for every member, 0 for those that the owner has."""
        p, q = damping
        owners = np.maximum(np.asarray(self.matrix.sum(axis=1)).ravel(), 1)
        members = np.maximum(np.asarray(self.matrix.sum(axis=0)).ravel(), 1)
        own = self.matrix[[owner]].toarray()[0]
        votes = self.matrix @ (own * members**-p) / owners
        return (votes @ self.matrix) * members**-q * (own == 0)


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
