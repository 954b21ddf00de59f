"""A world with records in every state, and values that nobody should pass: of every type, huge, deep, raising, meddling."""

import math
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hasmany
import numpy as np
from hasmany import Model, Store, Tweet, User

from .world import DAY, NAIVE, NOON, Appointment, Doctor, Patient, Reading


class Whim(Exception):
    """What hostile objects raise."""


def raising(*names: str) -> type:
    def whim(*_: Any, **__: Any) -> Any:
        raise Whim

    return type("Raising", (), dict.fromkeys(names, whim))


SPECIAL = ("__eq__", "__hash__", "__index__", "__int__", "__float__", "__bool__", "__len__", "__iter__", "__contains__")
SPECIAL += ("__getitem__", "__str__", "__repr__", "__fspath__", "__call__", "__array__", "__arrow_c_stream__", "__lt__")


class Meddler:
    """Answers everything sensibly, but meanwhile changes the store."""

    def __init__(self, meddle: Callable[[], Any], answer: Any) -> None:
        self.meddle, self.answer = meddle, answer

    def _index(self) -> int:
        self.meddle()
        return 1

    def __eq__(self, other: object) -> bool:
        self.meddle()
        return bool(self.answer)

    def __hash__(self) -> int:
        return self._index()

    def __len__(self) -> int:
        return self._index()

    def __bool__(self) -> bool:
        return bool(self._index())

    def __index__(self) -> int:
        return self._index()

    def __float__(self) -> float:
        return float(self._index())

    def __str__(self) -> str:
        return "name" * self._index()

    def __iter__(self) -> Iterator[Any]:
        for _ in range(3):
            self.meddle()
            yield self.answer

    def __call__(self, *_: Any) -> Any:
        self.meddle()
        return self.answer

    def keys(self) -> list[str]:
        self.meddle()
        return ["name"]

    def __getitem__(self, key: Any) -> Any:
        self.meddle()
        return self.answer


def world() -> SimpleNamespace:
    with Store() as other:
        stranger, far = User("stranger"), Doctor("far")
        foreign = User.all()
    with Store() as closed:
        ghost = User("ghost")
        ghosts = User.all()
        closed_ranking = ghost.similar("liked_tweets")
    closed.close()
    with Store() as store:
        ann, ben = User("ann"), User("ben")
        tweets = [ann.post_tweet(text) for text in "abcd"]
        for tweet in tweets[:3]:
            ben.like_tweet(tweet)
        ann.like_tweet(tweets[0])
        dead = tweets[3]
        dead.delete()
        house, pat = Doctor("House"), Patient("Pat")
        visit, reading = Appointment(house, pat, NOON, "flu"), Reading()
    return SimpleNamespace(**locals())


def values(w: SimpleNamespace) -> list[Any]:
    deep: Any = []
    for _ in range(500):
        deep = [deep]
    around: list[Any] = []
    around.append(around)

    def changed() -> None:
        with w.store:
            User(f"new {random.random()}").post_tweet("x")
            for tweet in Tweet.all()[1:2]:
                tweet.delete()

    hostile: list[Any] = [
        None,
        True,
        False,
        0,
        1,
        -1,
        2,
        10,
        2**31,
        2**32,
        2**63 - 1,
        2**63,
        -(2**63),
        2**64,
        10**400,
        0.0,
        -0.0,
        0.5,
    ]
    hostile += [
        1e308,
        math.inf,
        -math.inf,
        math.nan,
        1j,
        Fraction(1, 3),
        "",
        "x",
        "name",
        "id",
        "user",
        "user.username",
        "tweets",
    ]
    hostile += [
        "liked_tweets",
        "patients",
        "appointments",
        "doctor.name",
        "username",
        "message",
        "likes",
        ".",
        "a.b.c",
        "\0",
        "\ud800",
        "é",
    ]
    hostile += [
        "x" * 10_000,
        b"",
        b"\xff",
        bytearray(b"x"),
        memoryview(b"abcd"),
        [],
        (),
        {},
        set(),
        frozenset(),
        range(3),
        [1],
        (1, 2),
    ]
    hostile += [
        ["name"],
        {"name": 1},
        {"username": ["a", "b"]},
        {1: 2},
        {"username": 1},
        deep,
        around,
        [None],
        [math.nan],
        slice(None),
        slice(3, -9, -2),
    ]
    hostile += [
        slice(2**70, None),
        slice(None, None, 0),
        iter([1, 2]),
        (x for x in "ab"),
        object(),
        type,
        int,
        len,
        lambda *a, **k: 1,
    ]
    hostile += [
        ...,
        NotImplemented,
        Whim,
        Whim(),
        date.max,
        DAY,
        NOON,
        NAIVE,
        datetime.min,
        timedelta.max,
        Path("deep/er"),
        hasmany,
    ]
    hostile += [
        np.array([]),
        np.array([1, 2]),
        np.array([[1]]),
        np.array(["a"]),
        np.array([object()]),
        np.float32("nan"),
        np.int64(3),
    ]
    hostile += [np.datetime64("NaT"), np.array(1), np.array([2**63], dtype="u8"), np.zeros(2, dtype=[("a", "i4")])]
    hostile += [
        w.ann,
        w.ben,
        w.stranger,
        w.ghost,
        w.dead,
        w.tweets[0],
        w.house,
        w.far,
        w.visit,
        w.reading,
        User,
        Doctor,
        Model,
    ]
    hostile += [
        User.all(),
        w.ben.liked_tweets,
        w.foreign,
        w.ghosts,
        w.ann.tweets,
        w.house.patients,
        Reading.all(),
        w.store,
        w.closed,
    ]
    hostile += [
        w.ann.similar("liked_tweets"),
        w.ann.recommend("liked_tweets"),
        hasmany.between(1, 2),
        hasmany.between(None, w.ann),
    ]
    hostile += [
        [w.ann, w.stranger],
        [w.ann, w.ann],
        [w.dead],
        [w.tweets[0], None],
        hasmany.field(),
        hasmany.has_many(),
        "cosine",
        "error",
        "skip",
    ]
    hostile += [raising(name)() for name in SPECIAL] + [raising(*SPECIAL)()]
    for answer in (1, "name", w.ann, w.tweets[0], None):
        hostile += [Meddler(changed, answer), Meddler(w.other.close, answer)]
    return hostile
