"""A value as a cell shows it: a short text, which side it stands on, and in full what it is short for."""

import math
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, cast

WIDE = 60
"""Letters of a text that are shown."""
FULL = 1000
"""Letters of what is shown when the pointer rests on it."""


class Cell(NamedTuple):
    """What is shown of a value."""

    text: str
    is_number: bool = False
    is_faint: bool = False
    """What stands for a value: None, an id, a remark."""
    title: str = ""
    """What the text is short for."""
    bar: float | None = None
    """The part of the largest that a number is, from 0 to 1, to be drawn beside it."""


NONE = Cell("None", is_faint=True)


def cell(value: Any) -> Cell:
    """Of a value of any type that a field or an expression has."""
    if value is None:
        return NONE
    if isinstance(value, Enum):
        return Cell(value.name, title=f"{type(value).__name__}.{value.name}: {value.value}")
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        shown, full = number(value), str(value)
        return Cell(shown, is_number=True, title=full if full != shown else "")
    if isinstance(value, str):
        return text(value)
    if isinstance(value, datetime):
        return text(value.isoformat(" ").removesuffix("+00:00"), str(value))
    if _is_list(value):
        return text(_list(cast("list[Any]", value)))
    if isinstance(value, bytes):
        return text(repr(value[:FULL]))
    return text(str(value))


def text(of: str, full: str | None = None, wide: int = WIDE) -> Cell:
    """A text, shortened; without breaks of its lines, which would be none here."""
    one_line = " ".join(of[: 4 * FULL].split())
    short = one_line if len(one_line) <= wide else one_line[: wide - 1].rstrip() + "…"
    full = of if full is None else full
    return Cell(short, title=full if len(full) <= FULL else full[: FULL - 1] + "…") if short != full else Cell(short)


def number(value: float | Decimal) -> str:
    """With its thousands apart where there are ten of them, so that years and small ids stay one word; of floats six digits."""
    if isinstance(value, Decimal):
        return f"{value:,f}" if abs(value) >= 10_000 else f"{value:f}"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    if not math.isfinite(value):
        return str(value)
    if value and not 1e-4 <= abs(value) < 1e15:
        return f"{value:.6g}"
    digits = max(0, 5 - math.floor(math.log10(abs(value)))) if value else 0
    shown = f"{value:,.{digits}f}" if abs(value) >= 10_000 else f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def count(of: int) -> str:
    """How many there are: thousands apart, always."""
    return f"{of:,}"


def many(of: int, what: str) -> str:
    """How many of something there are: "1 row", "2 rows"."""
    return f"{of:,} {what}" if of == 1 else f"{of:,} {what}s"


def size(of: int) -> str:
    """Bytes, in the unit that leaves one to three digits before the point."""
    if of < 1000:
        return many(of, "byte")
    amount, unit = of / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.3g} {unit}" if amount < 999.5 else f"{amount:,.0f} {unit}"


def _list(values: Sequence[Any]) -> str:
    """Texts and JSON as Python writes them, all else as it is shown by itself."""
    # Each at least one letter and a comma: what follows could not be seen.
    parts = [_in_list(value) for value in values[:FULL]]
    return "[" + ", ".join(parts) + (", …" if len(values) > FULL else "") + "]"


def _in_list(value: Any) -> str:
    return repr(value) if isinstance(value, str) or _is_list(value) or _is_dict(value) else cell(value).text


# Of JSON and of columns of lists; checkers are not to ask what is in them.


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)
