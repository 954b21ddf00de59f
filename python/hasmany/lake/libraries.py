"""ibis, pyarrow and DuckDB, which say nothing of their types to checkers."""

from importlib import import_module
from typing import Any, TypeAlias

duckdb: Any = import_module("duckdb")
ibis: Any = import_module("ibis")
datatypes: Any = import_module("ibis.expr.datatypes")
operations: Any = import_module("ibis.expr.operations")
relations: Any = import_module("ibis.expr.types")
expressions: Any = import_module("sqlglot.expressions")
pyarrow: Any = import_module("pyarrow")
parquet: Any = import_module("pyarrow.parquet")

Rows: TypeAlias = Any
"""A table of ibis: an expression, of which nothing is computed."""
Cell: TypeAlias = Any
"""A column of ibis, of whatever type: which methods it has, the plan's types have said."""
