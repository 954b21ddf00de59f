"""A page's token that is not quite one: a `ValueError` or `TypeError`, or a page of that collection."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from hasmany import Like, Many, Store, Tweet, User

from .mutate import NUMBERS, some_bytes, some_text

OTHERS: tuple[Any, ...] = (
    "",
    b"",
    0,
    1.5,
    (),
    [],
    {},
    object(),
    "0" * 10_000,
    "9" * 400,
    "\ud800",
    "\0",
    "-1",
    "é",
    True,
)


def prepare(folder: Path) -> None:
    """Done once a trial: a store belongs to its process."""


def collections() -> Iterator[Many[Any]]:
    for number in range(9):
        User(f"{number}")
    author = User.find(1)
    for number in range(9):
        author.post_tweet(f"{number}").likers.add(*User.all()[: number + 1])
    Tweet.find(4).delete()
    author.liked_tweets.remove(Tweet.find(2))
    yield from (User.all(), Tweet.find(9).likers, author.tweets, author.liked_tweets, Like.all())
    yield from (User.where(username="3") | User.all(), Tweet.all().order_by("message"), Like.all()[::-2])
    yield from (User.all().through("liked_tweets"), Like.where(user=author), User.all().sample(5, seed=1))


def trial(folder: Path, random: Random) -> None:
    with Store():
        everything = list(collections())
        for collection in random.choices(everything, k=20):
            token = nearly(random, random.choice(everything))
            limit, reverse = random.choice((1, 3, 100, 2**62)), random.random() < 0.5
            try:
                page = collection.page(limit, token, reverse=reverse)
            except (ValueError, TypeError):
                continue
            ids, members = page.items.ids.tolist(), collection.ids.tolist()[:: -1 if reverse else 1]
            starts = range(len(members) + 1)
            assert any(members[start : start + limit] == ids for start in starts), f"{ids} of {members} by {token!r}"
        Store.current().check()


def nearly(random: Random, collection: Many[Any]) -> Any:
    """A token of a collection, changed."""
    token = collection.page(random.randint(1, 3)).next or "1"
    match random.randrange(6):
        case 0:
            return random.choice(OTHERS)
        case 1:
            return some_bytes(random, token.encode())
        case 2:
            digits = [at for at, letter in enumerate(token) if letter.isdigit()] or [0]
            at = random.choice(digits)
            return token[:at] + str(random.choice(NUMBERS) * random.choice((1, -1))) + token[at + 1 :]
        case 3:
            return token
        case _:
            return some_text(random, token)
