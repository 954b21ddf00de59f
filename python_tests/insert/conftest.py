"""Users, tweets, doctors, patients, and what an observer heard."""

import pytest
from hasmany import Change, Tweet, User

from .keyed import Doctor, Patient


@pytest.fixture
def users(alice) -> list[User]:
    return [alice, *(User(name) for name in ("bob", "carol", "dave"))]


@pytest.fixture
def tweets(alice) -> list[Tweet]:
    return [alice.post_tweet(text) for text in ("one", "two", "three", "four")]


@pytest.fixture
def heard(store) -> list[list[Change]]:
    commits: list[list[Change]] = []
    store.on_commit(lambda changes: commits.append(list(changes)))
    return commits


@pytest.fixture
def doctors() -> list[Doctor]:
    return [Doctor("House"), Doctor("Wilson"), Doctor("Cuddy")]


@pytest.fixture
def patients() -> list[Patient]:
    return [Patient("Ann"), Patient("Ben"), Patient("Cid")]
