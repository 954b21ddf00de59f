"""Models whose rows are more than fits in memory: the same questions, answered by DuckDB from files.

>>> import pathlib, tempfile
>>> from hasmany import Store, User
>>> from hasmany.lake import Lake
>>> folder = pathlib.Path(tempfile.mkdtemp(), "export")
>>> with Store() as store:
...     _ = User.insert_all(username=["ann", "bea"])
...     store.to_parquet(folder)
>>> with Lake(folder) as lake:
...     len(lake[User].where(username="bea"))
1
"""

try:
    from .columns import Columns
    from .costs import Cost
    from .lake import Lake
    from .rankings import LakeRankings, RankedColumns
    from .selection import Selection
except ImportError as _error:
    if (_error.name or "").split(".")[0] not in ("ibis", "duckdb", "pyarrow"):
        raise
    raise ImportError(f'hasmany.lake needs {_error.name}: pip install "hasmany[lake]"', name=_error.name) from _error

__all__ = ["Columns", "Cost", "Lake", "LakeRankings", "RankedColumns", "Selection"]
