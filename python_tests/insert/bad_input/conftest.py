"""The world that bad input leaves as it was."""

from types import SimpleNamespace

import pytest
from hasmany import User

from .world import NOON, Doctor, Patient, Visit


@pytest.fixture
def w() -> SimpleNamespace:
    """Doctors 1 and 2, patients 1 to 4 and a visit; doctor 3 and patient 5 were deleted."""
    house, wilson, gone = Doctor("House"), Doctor("Wilson"), Doctor("Gone")
    ann, ben, cid, dee, dead = (Patient(name) for name in ("Ann", "Ben", "Cid", "Dee", "Dead"))
    visit = Visit(house, ann, NOON, 5, "flu", wilson)
    gone.delete()
    dead.delete()
    patients = [ann, ben, cid, dee]
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    return SimpleNamespace(**locals())
