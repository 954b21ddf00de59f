"""How many random inserts a test tries."""

from hypothesis import settings

SETTINGS = settings(max_examples=150, deadline=None, database=None)
