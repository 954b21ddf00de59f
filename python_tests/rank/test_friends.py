"""Friends of friends, where a join is of a model with itself: conditions, weights and recency beside matrices."""

from typing import Any

import numpy as np
from hasmany import Many, Model, Store, col, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

from python_tests.rank.links import agree

PEOPLE = 8


class Friend(Model):
    name: str
    ties: Many["Tie"] = has_many(by="owner")
    tied: Many["Tie"] = has_many(by="other")
    friends: Many["Friend"] = has_many(through="ties", source="other")
    fans: Many["Friend"] = has_many(through="tied", source="owner")


class Tie(Model):
    """A pair may have several, and anybody may be tied to themselves."""

    owner: Friend
    other: Friend
    weight: float = 1.0


TIES = st.lists(st.tuples(st.integers(1, PEOPLE), st.integers(1, PEOPLE), st.integers(1, 5)), max_size=50)


def contributions(weights: Any, owner: int, own: Any, damping: Any) -> Any:
    """What each friend (rows) adds to each of its friends (columns)."""
    votes = own.copy()
    votes[owner] = 0
    has = weights > 0
    out, popular = np.maximum(weights.sum(axis=1), 1e-300), np.maximum(weights.sum(axis=0), 1e-300)
    backed = (votes > 0).astype(int) @ has.astype(int)
    if damping == "auto":
        touched = np.count_nonzero((backed > 0) & ~has[owner])
        q = np.clip(0.05 + 0.25 * np.log(has[votes > 0].sum() / touched), 0, 0.8) if touched else 0.0
        p, factors = 0.6, popular ** -(np.round(q * 64) / 64) * backed / (backed + 3)
    else:
        p, factors = damping[0], popular ** -damping[1]
    return np.where(votes > 0, votes * np.where(has.any(axis=1), out, 1) ** -p, 0)[:, None] * weights * factors


@settings(deadline=None)
@given(
    TIES,
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["auto", (1.0, 0.0), (0.5, 0.7), (0.0, 0.0)]),
)
def test_friends_of_friends(
    ties: list[tuple[int, int, int]], least: int, is_weighed: bool, is_recent: bool, known: bool, damping: Any
) -> None:
    weights, has = np.zeros((PEOPLE, PEOPLE)), np.zeros((PEOPLE, PEOPLE), dtype=bool)
    last = np.full((PEOPLE, PEOPLE), -1)
    for at, (owner, other, weight) in enumerate(ties):
        has[owner - 1, other - 1] = True
        if weight >= least:
            old = weights[owner - 1, other - 1]
            weights[owner - 1, other - 1] = old + weight if is_weighed else 1
            last[owner - 1, other - 1] = at
    with Store():
        Friend.insert_all(name=["x"] * PEOPLE)
        if ties:
            owners, others, numbers = zip(*ties, strict=True)
            Tie.insert_all(owner=owners, other=others, weight=[float(number) for number in numbers])
        how: dict[str, Any] = {"weight": "weight"} if is_weighed else {}
        how |= {"damping": damping, "known": known, "where": col("weight") >= least, "recent": is_recent}
        rankings = Friend.all().recommend("friends", 5, **how)
        for friend in Friend.all():
            at = friend.id - 1
            own = weights[at].copy()
            if is_recent:
                newer = (last[at][None, :] > last[at][:, None]).sum(axis=1)
                own *= np.exp(-newer / 5)
            adds = contributions(weights, at, own, damping)
            scores = adds.sum(axis=0) * (known | ~has[at])
            scores[at] = 0
            found = friend.recommend("friends", 5, **how)
            agree(found, scores, 5)
            assert list(rankings[friend]) == list(found)
            for other, _score in found:
                by = adds[:, other.id - 1]
                np.testing.assert_allclose(by[found.why(other).ids - 1], np.sort(by[by > 0])[::-1][:3], rtol=1e-9)


def test_a_long_walk_is_sampled() -> None:
    rng = np.random.default_rng(5)
    with Store():
        Friend.insert_all(name=["x"] * 200)
        Tie.insert_all(owner=rng.integers(1, 201, 4000), other=rng.integers(1, 201, 4000))
        friend = Friend.find(1)
        whole, part = friend.recommend("friends", 100), friend.recommend("friends", 100, max_links=50, seed=2)
        assert part.sampled and not whole.sampled
        assert part == friend.recommend("friends", 100, max_links=50, seed=2)
        assert set(part.records.ids) <= {other.id for other, _ in friend.recommend("friends", 200)}
        mean = np.zeros(201)
        for seed in range(400):
            found = friend.recommend("friends", 200, max_links=150, seed=seed, damping=(1, 0))
            mean[found.records.ids] += found.scores / 400
        exact = friend.recommend("friends", 200, damping=(1, 0))
        assert np.corrcoef(mean[exact.records.ids], exact.scores)[0, 1] > 0.9
