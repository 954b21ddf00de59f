"""Errors that teach."""
