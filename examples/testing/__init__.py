"""A small suite: what tests of models look like with the fixture `store` (docs/testing.md)."""
