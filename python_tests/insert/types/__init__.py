"""Every type of field from every kind of column: lists, NumPy, pyarrow, polars and pandas."""
