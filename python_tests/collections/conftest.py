"""Tweets that alice likes; a doctor and patients."""

import pytest
from hasmany import Tweet

from .clinic import Doctor, Patient


@pytest.fixture
def tweets(alice) -> list[Tweet]:
    """Ten tweets that alice posted and likes."""
    posted = [alice.post_tweet(f"tweet {n}") for n in range(10)]
    for tweet in posted:
        alice.like_tweet(tweet)
    return posted


@pytest.fixture
def house() -> Doctor:
    return Doctor("House")


@pytest.fixture
def patients() -> list[Patient]:
    return [Patient(name) for name in ("Ann", "Ben", "Cid", "Dee")]
