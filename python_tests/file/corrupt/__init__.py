"""A file that is no store, or no whole one, is refused with its name, table and row, and not a byte of it changed."""
