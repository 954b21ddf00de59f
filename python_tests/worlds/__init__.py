"""Whole worlds, from both ends: users who like tweets, a clinic, a record shop, random work."""
