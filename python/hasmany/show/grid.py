"""The one table that everything is shown as: a line above it, names of columns, cells. Nothing in it is taken for HTML."""

from collections.abc import Iterable, Sequence
from html import escape

from .style import STYLE
from .values import Cell, text

BAR = 80
"""Pixels of the longest bar."""


def grid(caption: str, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """HTML of a table. A column of numbers, whatever else is None in it, stands on the right, all others on the left. Without names there
    is no head."""
    rows = list(rows)
    sides = [_side([row[at] for row in rows]) for at in range(len(rows[0]) if rows else len(names))]
    head = "".join(f"<th>{safe(text(name).text)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(_cell(cell, side) for cell, side in zip(row, sides, strict=True)) + "</tr>" for row in rows
    )
    right = [at for at, side in enumerate(sides, 1) if side == "right"]
    table = (
        f'<table class="{" ".join(f"right{at}" for at in right)}"><caption>{safe(caption)}</caption>'
        f"{f'<thead><tr>{head}</tr></thead>' if names else ''}<tbody>{body}</tbody></table>"
    )
    return f'<div class="hasmany">{STYLE}{_heads(right)}{table}</div>'


def _heads(right: Sequence[int]) -> str:
    """The style of names over columns of numbers: the same for every table that has a number in that place."""
    rules = ",".join(f".hasmany .right{at} th:nth-child({at})" for at in right)
    return f"<style>{rules}{{text-align:right}}</style>" if right else ""


def remark(words: str) -> str:
    """HTML of a sentence in place of a table."""
    return f'<div class="hasmany">{STYLE}<span class="faint">{safe(words)}</span></div>'


def _side(cells: Sequence[Cell]) -> str:
    told = [cell for cell in cells if cell.is_number or not cell.is_faint]
    return "right" if told and all(cell.is_number for cell in told) else "left"


def _cell(cell: Cell, side: str) -> str:
    kinds = ["number"] * cell.is_number + ["faint"] * cell.is_faint
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    title = f' title="{safe(cell.title)}"' if cell.title else ""
    bar = "" if cell.bar is None else _bar(cell.bar)
    return f'<td{kind}{title} style="text-align:{side}">{safe(cell.text)}{bar}</td>'


def _bar(part: float) -> str:
    """As wide as its part, with room behind it for the rest, so that numbers stay below each other."""
    width = round(min(max(part, 0.0), 1.0) * BAR)
    return f'<span class="bar" style="width:{width}px;margin-right:{BAR - width}px"></span>'


def safe(words: str) -> str:
    """As text of HTML and of a quoted attribute; what no document may hold is replaced."""
    return escape("".join(letter if letter.isprintable() or letter in "\n\t" else _mark(letter) for letter in words))


def _mark(letter: str) -> str:
    return letter if ord(letter) > 0x9F and not 0xD800 <= ord(letter) < 0xE000 else "\N{REPLACEMENT CHARACTER}"
