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
filesystem: Any = import_module("pyarrow.fs")
parquet: Any = import_module("pyarrow.parquet")
sqlglot: Any = import_module("sqlglot")
rewrites: Any = import_module("ibis.backends.sql.rewrites")
replaced: Any = import_module("ibis.common.patterns").replace
duck_compiler: Any = import_module("ibis.backends.sql.compilers.duckdb").DuckDBCompiler
"""What makes DuckDB's SQL of an expression of ibis."""
spark_compiler: Any = import_module("ibis.backends.sql.compilers.pyspark").PySparkCompiler
"""What makes Spark's SQL of an expression of ibis; it needs nothing of Spark."""

Rows: TypeAlias = Any
"""A table of ibis: an expression, of which nothing is computed."""
Cell: TypeAlias = Any
"""A column of ibis, of whatever type: which methods it has, the plan's types have said."""
