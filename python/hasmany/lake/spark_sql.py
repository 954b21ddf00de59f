"""Spark's SQL of what ibis says: where ibis has no word for it in Spark, or one that has another answer than memory."""

from typing import Any

from ..errors import SchemaError
from .libraries import datatypes, operations, replaced, rewrites, spark_compiler, sqlglot

_POWERS = 22
"""10^22 is the largest power of ten that is a float."""
_SPLIT = 2.0**27 + 1


def _sql(template: str, **parts: Any) -> Any:
    """Spark's SQL, with expressions in place of names."""

    def put_in(node: Any) -> Any:
        return parts[node.name].copy() if isinstance(node, sqlglot.exp.Column) and node.name in parts else node

    return sqlglot.parse_one(template, dialect="spark").transform(put_in)


_FLOOR = "CASE WHEN abs(x) < 9007199254740992D THEN CAST(floor(x) AS DOUBLE) ELSE x END"
"""That of Spark gives an int; from 2^53 on every float is whole."""


def _rounding(digits: int) -> str:
    """To so many digits after the point, of a half to the even one, by what a float is and not by how it is written: its product
    with a power of ten is made exactly, as a sum of two floats (Dekker), and then rounded."""
    power = 10.0**digits
    high = _SPLIT * power - (_SPLIT * power - power)
    low = power - high

    def let(name: str, value: str, then: str) -> str:
        return f"element_at(transform(array({value}), {name} -> {then}), 1)"

    rest = f"((high * {high!r}D - product) + high * {low!r}D + (size - high) * {high!r}D) + (size - high) * {low!r}D"
    up = "product - whole > 0.5D OR (product - whole = 0.5D AND (rest > 0D OR (rest = 0D AND whole % 2D = 1D)))"
    made = f"sign(number) * CASE WHEN {up} THEN whole + 1D ELSE whole END / {power!r}D"
    made = let("whole", "CAST(floor(product) AS DOUBLE)", let("rest", rest, made))
    made = let("high", f"{_SPLIT!r}D * size - ({_SPLIT!r}D * size - size)", made)
    made = let("size", "abs(number)", let("product", f"abs(number) * {power!r}D", made))
    made = f"CASE WHEN abs(number) * {power!r}D < 9007199254740992D THEN {made} ELSE number END"
    return let("number", "x", made)


def _ordered_apart(_: Any, **_others: Any) -> Any:
    """Rows that are made different, in a query of their own, and then put in order: Spark does not take both in one, and ibis
    makes rows different by what they are ordered by, too."""
    select = _
    if not (select.distinct and select.sort_keys):
        return select
    rows = select.copy(sort_keys=())
    fields = {name: operations.Field(rows, name) for name in select.selections}
    columns = {value: fields[name] for name, value in select.selections.items()}
    return rewrites.Select(rows, selections=fields, sort_keys=tuple(key.replace(columns) for key in select.sort_keys))


class SparkSQL(spark_compiler):  # type: ignore[misc]  # of an untyped package
    """Makes SQL of an expression of ibis."""

    __slots__ = ()
    post_rewrites = (replaced(rewrites.Select)(_ordered_apart),)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        # Spark reads 0.1 as a decimal, and 5 as an int of 32 bits; ibis takes it for one of 8.
        if dtype.is_floating() or dtype.is_integer():
            return self.cast(str(value), datatypes.float64 if dtype.is_floating() else datatypes.int64)
        return spark_compiler.visit_NonNullLiteral(self, op, value=value, dtype=dtype)

    # ── null and nothing else ──

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sqlglot.exp.null())

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sqlglot.exp.null()).not_()

    # ── of many, one ──

    def visit_Sum(self, op: Any, *, arg: Any, where: Any) -> Any:
        # Of ints of 64 bits Spark makes one of 64, also on the way.
        if op.arg.dtype.is_integer():
            arg = self.cast(arg, datatypes.Decimal(38, 0))
        return spark_compiler.visit_Sum(self, op, arg=arg, where=where)

    def visit_First(self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool) -> Any:
        return self.f.min_by(arg, self._place(order_by))

    def visit_Last(self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool) -> Any:
        return self.f.max_by(arg, self._place(order_by))

    def _place(self, order_by: Any) -> Any:
        """One value that is in the order of several, which all rise."""
        keys = [key.this for key in order_by]
        return keys[0] if len(keys) == 1 else self.f.struct(*keys)

    def visit_ArrayCollect(self, op: Any, *, arg: Any, where: Any, order_by: Any, **_options: Any) -> Any:
        # Spark collects in no order and leaves null out, but no struct that has it.
        if not order_by and op.arg.dtype.is_struct():
            return self.f.collect_list(arg)
        made = "transform(array_sort(collect_list(named_struct('place', place, 'value', value))), each -> each.value)"
        return _sql(made, place=self._place(order_by), value=arg)

    # ── what DuckDB calls so ──

    def visit_ScalarUDF(self, op: Any, **parts: Any) -> Any:
        args = list(parts.values())
        match op.__func_name__:
            case "floor":
                return _sql(_FLOOR, x=args[0])
            case "printf":
                digits = int(op.args[0].value[2:-1])
                if digits > _POWERS:
                    raise SchemaError(
                        f"round({digits}) of floats is not asked of Spark, of which {_POWERS} digits are the most"
                    )
                return _sql(_rounding(digits), x=args[1])
            case "epoch_us" | "make_timestamp":
                return args[0]  # the session is in UTC
            case _:
                return spark_compiler.visit_ScalarUDF(self, op, **parts)


class SailSQL(SparkSQL):
    """Sail's, which differs from Spark's in what is here."""

    __slots__ = ()

    # Ints wrap: they are made in decimals, and then have to fit.

    def visit_Add(self, op: Any, *, left: Any, right: Any) -> Any:
        return self._checked(op, sqlglot.exp.Add, left, right)

    def visit_Subtract(self, op: Any, *, left: Any, right: Any) -> Any:
        return self._checked(op, sqlglot.exp.Sub, left, right)

    def visit_Multiply(self, op: Any, *, left: Any, right: Any) -> Any:
        return self._checked(op, sqlglot.exp.Mul, left, right)

    def _checked(self, op: Any, made: Any, left: Any, right: Any) -> Any:
        if op.dtype.is_integer():
            wide = datatypes.Decimal(20, 0)
            return self.cast(made(this=self.cast(left, wide), expression=self.cast(right, wide)), op.dtype)
        return self.binop(made, left, right)

    def visit_IdenticalTo(self, op: Any, *, left: Any, right: Any) -> Any:
        # Of IS NOT DISTINCT FROM its planner says in one place that it may be null, and in another that it may not, and gives up.
        return _sql("CASE WHEN a IS NULL OR b IS NULL THEN a IS NULL AND b IS NULL ELSE a = b END", a=left, b=right)

    def visit_ScalarUDF(self, op: Any, **parts: Any) -> Any:
        # It writes a float's digits as C does, and does not find columns in functions where it filters files.
        if op.__func_name__ == "printf":
            how, number = parts.values()
            # Of no number it writes a part of the word null.
            return _sql("CASE WHEN x IS NULL THEN NULL ELSE y END", x=number, y=self.f.format_string(how, number))
        return SparkSQL.visit_ScalarUDF(self, op, **parts)
