"""Columns of somebody else's tables as fields have them: nothing is cut, rounded or guessed."""

from collections.abc import Mapping
from decimal import Decimal

from ..described import FieldDescription
from ..errors import FieldError, SchemaError
from .engine import Engine
from .functions import kept, literal
from .libraries import Cell, Rows, datatypes, ibis


def reference(cell: Cell, where: str) -> Cell:
    kind = cell.type()
    if kind.is_integer():
        return cell.cast("int64")
    if kind.is_string():
        return cell
    if kind.is_uuid():
        return cell.cast("string").lower()
    raise SchemaError(f"{where}, is {kind}; a reference's column has ids, or keys that are text")


def fitted(cell: Cell, field: FieldDescription, where: str) -> Cell:
    """A column as files have it. Nothing is cut or rounded."""
    kind = cell.type()
    of = field["type"]
    if field["values"]:
        of = "str" if isinstance(field["values"][0], str) else "int"
    wanted = kept(of)
    match of:
        case "int" if kind.is_integer():
            return cell.cast("int64")
        case "float" if kind.is_floating():
            cell = cell.cast("float64")
            return cell.isnan().ifelse(ibis.null("float64"), cell)
        case "float" if kind.is_integer():
            return cell.cast("float64")
        case "str" if kind.is_string():
            return cell
        case "bool" if kind.is_boolean():
            return cell
        case "bytes" if kind.is_binary():
            return cell
        case "date" if kind.is_date():
            return cell
        case "time" if kind.is_time():
            return cell
        case "datetime" if isinstance(kind, datatypes.Timestamp) and kind.timezone is None:
            raise SchemaError(
                f"{where}, is {kind}, a time without a zone, and fields are of one moment; where it is UTC, give a table with the "
                "column as .cast(\"timestamp('UTC')\")"
            )
        case "datetime" if isinstance(kind, datatypes.Timestamp) and (kind.scale or 0) > 6:
            raise SchemaError(
                f"{where}, is {kind}, in nanoseconds, and the field has microseconds; give a table with the column as "
                ".cast(\"timestamp('UTC', 6)\")"
            )
        case "datetime" if isinstance(kind, datatypes.Timestamp):
            return cell
        case "Json":
            raise SchemaError(
                f"{where}: Json is not read of somebody's tables, where one value may be written in many ways; leave the field out "
                "of the class"
            )
        case "UUID" if kind.is_uuid() or kind.is_string():
            return cell.cast("string").lower()
        case _ if isinstance(wanted, datatypes.Decimal) and (
            kind.is_integer() or (isinstance(kind, datatypes.Decimal) and (kind.scale or 0) <= (wanted.scale or 0))
        ):
            return cell.cast(wanted)
        case _:
            raise SchemaError(
                f"{where}, is {kind}, and the field is {of}; give a table with a column of that, as in .cast(...)"
            )


_INT_END = 2**63 - 1
_EXACT = 2**53
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


def misfits(cell: Cell, field: FieldDescription) -> dict[str, Cell]:
    """Which values no field has that has the type of the column: conditions by what is said of so many values."""
    kind, wanted = cell.type(), field["type"]
    found = {f"values are {what}": which for what, which in beyond(cell).items()}
    if field["values"]:
        found["values are of no member of the enum"] = cell.notnull() & ~cell.isin(field["values"])
    elif wanted == "UUID" and kind.is_string():
        found["values are no UUID, which is written as 00000000-0000-0000-0000-000000000000"] = (
            cell.notnull() & ~cell.re_search(_UUID)
        )
    elif wanted == "float" and kind.is_integer() and kind.nbytes == 8:
        found["values are beyond 2^53, where not every int is a float"] = (cell > _EXACT) | (cell < -_EXACT)
    elif wanted.startswith("Decimal") and (kind.is_integer() or kind.is_decimal()):
        end, scale = 38 - int(wanted[8:-1]), 0 if kind.is_integer() else kind.scale or 0
        digits = 20 if kind.is_integer() else (kind.precision or 38) - scale
        if digits > end:
            same = f"Decimal({scale})"
            is_over = cell.cast(kept(same)).abs() >= literal(Decimal(10) ** end, same)
            found[f"values have more than {end} digits before the point"] = is_over
    return found


def beyond(cell: Cell) -> dict[str, Cell]:
    if cell.type().is_unsigned_integer() and cell.type().nbytes == 8:
        return {"over 2^63 - 1, the largest int": cell > ibis.literal(_INT_END, "uint64")}
    return {}


def check_fit(engine: Engine, table: Rows, doubts: Mapping[str, Cell]) -> None:
    if not doubts:
        return
    numbers = {f"n{at}": cell.cast("int64").sum() for at, cell in enumerate(doubts.values())}
    for said, number in zip(doubts, counts(engine, table, **numbers).values(), strict=True):
        if number:
            raise FieldError(f"{said.format(number)}; give a table without them, as in .filter(...)")


def counts(engine: Engine, rows: Rows, **numbers: Cell) -> dict[str, int]:
    answer = engine.run(rows.aggregate(**numbers)).to_pylist()[0]
    return {name: int(number or 0) for name, number in answer.items()}
