"""What a peer answers on a small table, in ids and numbers, so that all peers can be compared."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from peers import Ids, load
from peers.questions import K, sides, tweets
from peers.visits import answered
from peers.work import SEED, Work

Answer = tuple[str, Any]  # what was asked, and what JSON can hold
SOME = 200


def answers(name: str, directory: Path) -> Iterator[Answer]:
    """Before and after some writing, as far as the peer can."""
    work = Work.load(directory)
    peer: Any = load(name)(*work.people.tolist())
    if hasattr(peer, "more"):
        most = len(work.users) * 9 // 10
        peer.build(work.users[:most], work.tweets[:most])
        peer.more(work.users[most:], work.tweets[most:])
    else:
        peer.build(work.users, work.tweets)
    yield from read(peer, work, "")
    if hasattr(peer, "rate"):
        yield "stars of pairs", rated(peer, work)
    if hasattr(peer, "log"):
        yield from answered(peer, work)
    if hasattr(peer, "like"):
        new, old = sides(peer, work.absent[:SOME]), sides(peer, work.present[:SOME])
        peer.like(*new)
        peer.like(*new)
        peer.unlike(*old)
        yield from read(peer, work, ", after writing")


def read(peer: Any, work: Work, when: str) -> Iterator[Answer]:
    if hasattr(peer, "contains"):
        yield from links(peer, work, when)
    yield f"top {K}{when}", scores(peer, "top", [[K]])
    yield f"co-liked{when}", scores(peer, "colikes", [[tweet, K] for tweet in tweets(peer, work.typical[:SOME])])


def links(peer: Any, work: Work, when: str) -> Iterator[Answer]:
    present, absent = sides(peer, work.present[: 2 * SOME]), sides(peer, work.absent[: 2 * SOME])
    yield f"liked{when}", [bool(found) for found in peer.contains(*present)]
    yield f"not liked{when}", [bool(found) for found in peer.contains(*absent)]
    yield f"likers of tweets{when}", [int(count) for count in peer.count(present[1])]
    yield f"tweets of users{when}", list(liked(peer, work.owners[:SOME]))
    yield f"names of likers{when}", [sorted(peer.usernames(tweet)) for tweet in tweets(peer, work.topics[:SOME])]

    pairs = [(work.most, "most liked"), (work.topics[:2], "random"), (work.typical[:2], "typical")]
    for pair, kind in pairs:
        yield f"likers of both, {kind}{when}", len(peer.both(*tweets(peer, pair)))
        yield f"how many like both, {kind}{when}", int(peer.overlap(*tweets(peer, pair)))


def rated(peer: Any, work: Work) -> list[int]:
    """Of pairs of which some had other stars before, and some none."""
    stars = work.users % 5 + 1
    peer.rate(work.users[::2], work.tweets[::2], 6 - stars[::2])
    peer.rate(work.users[::3], work.tweets[::3], stars[::3])
    had = np.union1d(np.arange(0, len(stars), 2), np.arange(0, len(stars), 3))
    pairs = np.column_stack([work.users, work.tweets])[np.random.default_rng(SEED).permutation(had)]
    return [int(count) for count in peer.stars(*sides(peer, pairs))]


def liked(peer: Any, owners: Ids) -> Iterator[list[int]]:
    """What each of these users likes, as ids of ours."""
    ids = {getattr(tweet, "id", tweet): id for id, tweet in enumerate(peer.tweets)}
    for array in peer.arrays([peer.users[id] for id in owners.tolist()]):
        yield sorted(ids[id] for id in array.tolist())


def scores(peer: Any, name: str, questions: list[list[Any]]) -> list[list[int]] | None:
    """The numbers only: which of two tweets with one number comes first is left to the peer."""
    ask: Callable[..., Any] | None = getattr(peer, name, None)
    return None if ask is None else [[int(score) for _tweet, score in ask(*question)] for question in questions]
