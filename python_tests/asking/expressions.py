"""Collections of tweets as engine and naive lists have them: each member with the place at which it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import total_ordering
from typing import Any

from hasmany import Like, Many, Tweet, User, col
from hypothesis import strategies as st

Place = tuple[Any, ...]
Placed = list[tuple[Tweet, Place]]
Spec = tuple[Any, ...]


@total_ordering
@dataclass
class Key:
    """A key of an order: None last both ways."""

    value: Any
    falls: bool

    def __lt__(self, other: Key) -> bool:
        if self.value is None or other.value is None:
            return self.value is not None and other.value is None
        return self.value > other.value if self.falls else self.value < other.value


KEYS: dict[str, tuple[Any, Callable[[Tweet], Any]]] = {
    "message": ("message", lambda tweet: tweet.message),
    "name": ("user.username", lambda tweet: tweet.user.username),
    "fans": (col("likers").count(), lambda tweet: len(tweet.likers)),
    "half": (col("likers").count() / 2, lambda tweet: len(tweet.likers) / 2),
    "first": (col("likers.username").min(), lambda tweet: min(tweet.likers.values("username"), default=None)),
    "short": (col("message") < "b", lambda tweet: tweet.message < "b"),
}
CONDITIONS: dict[str, tuple[Any, Callable[[Tweet], bool]]] = {
    "liked": (col("likers").count() >= 1, lambda tweet: len(tweet.likers) >= 1),
    "early": (col("message") < "c", lambda tweet: tweet.message < "c"),
    "by one": (col("user") == 1, lambda tweet: tweet.user.id == 1),
}

users = st.integers(1, 3)
keys = st.lists(st.tuples(st.sampled_from(sorted(KEYS)), st.booleans()), min_size=1, max_size=2).map(tuple)
base = st.one_of(
    st.just(("all",)), st.tuples(st.just("tweets"), users), st.tuples(st.just("liked"), users)
)  # fmt: skip


def over(inner: st.SearchStrategy[Spec]) -> st.SearchStrategy[Spec]:
    return st.one_of(
        st.tuples(st.just("where"), inner, st.sampled_from(sorted(CONDITIONS))),
        st.tuples(st.just("order"), inner, keys),
        st.tuples(st.sampled_from("&|-^"), inner, inner),
        st.tuples(st.just("through"), inner),
    )


specs = st.recursive(base, over, max_leaves=4)


def made(spec: Spec) -> Many[Tweet]:
    """As the engine computes it."""
    match spec:
        case ("all",):
            return Tweet.all()
        case ("tweets", user):
            return User.find(user).tweets
        case ("liked", user):
            return User.find(user).liked_tweets
        case ("where", of, name):
            return made(of).where(user=User.find(1)) if name == "by one" else made(of).where(CONDITIONS[name][0])
        case ("order", of, names):
            return made(of).order_by(*(ordered(name, falls) for name, falls in names))
        case ("&", left, right):
            return made(left) & made(right)
        case ("|", left, right):
            return made(left) | made(right)
        case ("-", left, right):
            return made(left) - made(right)
        case ("^", left, right):
            return made(left) ^ made(right)
        case ("through", of):
            return made(of).through("likers").through("liked_tweets")
    raise AssertionError(spec)


def ordered(name: str, falls: bool) -> Any:
    key = KEYS[name][0]
    expr = col(key) if isinstance(key, str) else key
    return expr.desc() if falls else expr


def stand(spec: Spec) -> Placed:
    """The members and their places, in order."""
    match spec:
        case ("all",):
            return [(tweet, (tweet.id,)) for tweet in Tweet.all()]
        case ("tweets", user):
            return [(tweet, (tweet.id,)) for tweet in Tweet.all() if tweet.user.id == user]
        case ("liked", user):
            return [(like.tweet, (like.id,)) for like in Like.all() if like.user.id == user]
        case ("where", of, name):
            return [(tweet, place) for tweet, place in stand(of) if CONDITIONS[name][1](tweet)]
        case ("order", of, names):
            key = lambda tweet: tuple(Key(KEYS[name][1](tweet), falls) for name, falls in names)
            return sorted(((tweet, key(tweet) + place) for tweet, place in stand(of)), key=lambda one: one[1])
        case ("through", of):
            return list(first(fans(stand(of))))
    sign, left, right = spec
    ours, theirs = stand(left), stand(right)
    in_left, in_right = {tweet for tweet, _ in ours}, {tweet for tweet, _ in theirs}
    if sign in "&-":
        return [(tweet, place) for tweet, place in ours if (tweet in in_right) == (sign == "&")]
    first_side = [(tweet, (0, *place)) for tweet, place in ours if sign == "|" or tweet not in in_right]
    return first_side + [(tweet, (1, *place)) for tweet, place in theirs if tweet not in in_left]


def fans(placed: Placed) -> Iterator[tuple[Tweet, Place]]:
    """Each fan, at the first place, and what she likes."""
    likes = list(Like.all())
    met: set[User] = set()
    for tweet, place in placed:
        for like in likes:
            if like.tweet == tweet and like.user not in met:
                met.add(like.user)
                yield from ((other.tweet, (*place, like.id, other.id)) for other in likes if other.user == like.user)


def first(placed: Iterator[tuple[Tweet, Place]]) -> Iterator[tuple[Tweet, Place]]:
    met: set[Tweet] = set()
    for tweet, place in placed:
        if tweet not in met:
            met.add(tweet)
            yield tweet, place
