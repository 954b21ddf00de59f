"""A record whose row was deleted."""

import pytest
from hasmany import User


@pytest.fixture
def deleted() -> User:
    user = User("gone")
    user.delete()
    return user
