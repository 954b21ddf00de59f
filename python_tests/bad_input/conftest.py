"""The world that bad input leaves as it was."""

from types import SimpleNamespace

import pytest
from hasmany import Store, User

from .world import DAY, NOON, Appointment, Doctor, Patient, Reading


@pytest.fixture
def w() -> SimpleNamespace:
    """A small world of every model, with a deleted record and records of another store."""
    with Store():
        stranger = User("stranger")
        strange_tweet = stranger.post_tweet("from elsewhere")
        strange_doctor, strange_patient = Doctor("Strange"), Patient("Stranger")
    alice, bob = User("alice"), User("bob")
    tweet, other, gone = alice.post_tweet("one"), bob.post_tweet("two"), alice.post_tweet("gone")
    like = bob.like_tweet(tweet)
    alice.like_tweet(gone)
    gone.delete()
    house, ann, ben, cid, dead = Doctor("House"), *(Patient(name) for name in ("Ann", "Ben", "Cid", "Dead"))
    visit = Appointment(house, ann, NOON, "flu", house)
    Appointment(house, ben)
    dead.delete()
    reading = Reading(3, 0.5, True, "x", b"x", NOON, DAY, "n")
    return SimpleNamespace(**locals())
