"""Where a store's file may be, and what may be in it; another process."""

import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hasmany import Store, User

from .files import Other
from .people import PERSON, Declare


@pytest.fixture
def path(tmp_path) -> Path:
    """Of a file that is not there yet."""
    return tmp_path / "likes.db"


@pytest.fixture
def seed(path) -> Path:
    """Users 1 and 2; tweets 1 (of 1) and 2 (of 2), liked by 2 and by 1 and 2."""
    with Store(path):
        users = User("alice"), User("bob")
        one, two = users[0].post_tweet("one"), users[1].post_tweet("two")
        users[1].like_tweet(one)
        for user in users:
            user.like_tweet(two)
    return path


@pytest.fixture
def declare(new_module) -> Declare:
    """Runs class bodies in a module of their own, as another version of a program would; gives the module."""

    def run(source: str) -> ModuleType:
        module = new_module()
        exec("from datetime import *\n" + textwrap.dedent(source), module.__dict__)  # noqa: S102
        return module

    return run


@pytest.fixture
def people(path, declare) -> Path:
    """Ann, 41, called A; Ben, 30."""
    with Store(path):
        person = declare(PERSON).Person
        person("Ann", 41, "A")
        person("Ben")
    return path


@pytest.fixture
def other() -> Iterator[Other]:
    """Another process."""
    process = Other()
    yield process
    process.end()
