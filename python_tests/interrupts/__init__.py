"""Ctrl-C in the midst of calls."""
