"""How the command prints a report: as text, as rich draws it, or as JSON."""

import json as jsons
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

from .report import Report

Printer: TypeAlias = Callable[[Report], None]


def printer(*, json: bool, plain: bool, rich: bool) -> Printer:
    """The one that was asked for; else rich's in a terminal, where it is installed, and text."""
    if json:
        return as_json
    if plain or not (rich or sys.stdout.isatty()):
        return as_text
    if find_spec("rich") is None:
        if rich:
            print("hasmany: rich is not installed: pip install rich", file=sys.stderr)
        return as_text
    return as_rich


def as_text(report: Report) -> None:
    """Columns of text."""
    head = ("model", "rows", "in memory")
    rows = [(part.name, f"{part.rows:,}", size(part.bytes)) for part in report.parts]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    print(_title(report))
    if rows:
        print()
        for name, *numbers in (head, *rows):
            cells = [text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True)]
            print("  ".join([name.ljust(widths[0]), *cells]))
        print(f"\n{report.schema}")
    print(f"\ncheck: {report.verdict}")


def as_rich(report: Report) -> None:
    """Draws a report, by rich."""
    console: Any = import_module("rich.console").Console()
    text: Any = import_module("rich.text").Text  # what is in a file is no markup
    console.print(text(_title(report)))
    if report.parts:
        table: Any = import_module("rich.table").Table()
        table.add_column("model")
        table.add_column("rows", justify="right")
        table.add_column("in memory", justify="right")
        for part in report.parts:
            table.add_row(text(part.name), f"{part.rows:,}", size(part.bytes))
        console.print(table)
        for line in report.schema.splitlines():
            console.print(text(line, style="" if line.startswith(" ") else "bold"))
    style = "red" if report.problem else "green" if report.is_checked else ""
    console.print(text(f"\ncheck: {report.verdict}", style=style))


def as_json(report: Report) -> None:
    """For programs."""
    models = [{"name": part.name, "rows": part.rows, "bytes": part.bytes} for part in report.parts]
    found = {
        "path": str(report.path),
        "file_bytes": report.file_bytes,
        "bytes": report.bytes,
        "rows": report.rows,
        "models": models,
        "schema": report.description,
        "check": None if not report.is_checked else report.problem or "sound",
    }
    print(jsons.dumps(found, indent=2, default=str))


def _title(report: Report) -> str:
    rows = "1 row" if report.rows == 1 else f"{report.rows:,} rows"
    held = f"{size(report.bytes)} in memory" if report.parts else "no models"
    return f"{report.path}: {size(report.file_bytes)}, {rows}, {held}; opened in {report.seconds:.3f} s"


def size(count: int) -> str:
    """Bytes for people: "272 B", "1.5 KB", "40 MB"; thousands, as disks are sold."""
    amount = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 999.5:
            return f"{count} B" if unit == "B" else f"{amount:.2g} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"
