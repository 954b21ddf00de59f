"""A record, how it is found, and what its fields and references hold to."""
