"""Asking collections in columns."""
