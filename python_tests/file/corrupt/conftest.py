"""A store in a file, that a test then damages."""

from pathlib import Path

import pytest
from hasmany import Store, User

from .entries import Entry


@pytest.fixture
def path(tmp_path) -> Path:
    """Two users, who like a tweet; three entries."""
    path = tmp_path / "likes.db"
    with Store(path):
        alice, bob = User("alice"), User("bob")
        tweet = alice.post_tweet("hi")
        alice.like_tweet(tweet)
        bob.like_tweet(tweet)
        for code in "abc":
            Entry(code, user=bob)
    return path
