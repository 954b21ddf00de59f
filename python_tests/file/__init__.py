"""Stores in files: opened, read by others, changed, killed, damaged, and opened again."""
