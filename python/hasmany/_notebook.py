"""How collections, stores and their descriptions show in a notebook."""

from collections.abc import Iterable
from html import escape
from typing import Any

from ._hasmany import Many, Ranking, Schema, Stats, Store, preview
from .errors import HasManyError

ROWS = 10


def _table(caption: str, head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    cells = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def collection(many: "Many[Any]") -> str:
    """At most ten members, with their fields, under the true count."""
    try:
        model, names, count, rows = preview(many, ROWS)
    except HasManyError as error:
        return f"<p>{escape(str(error))}</p>"
    more = f", the first {ROWS}" if count > ROWS else ""
    return _table(f"{count} {model}{more}", ("id", *names), rows)


def table(count: int | None, names: list[str], rows: list[list[str]]) -> str:
    """The first rows of computed columns, under the true count; of those computed while they are read nobody knows it yet."""
    if count is None:
        return _table(f"the first {len(rows)} rows", names, rows)
    more = f", the first {len(rows)}" if count > len(rows) else ""
    return _table(f"{count} rows{more}", names, rows)


def store(of: Store) -> str:
    """A store as its rows per model."""
    return _table(repr(of).strip("<>"), ("model", "rows"), of.stats().rows.items())


def stats(of: Stats) -> str:
    """Rows and bytes."""
    rows = [(name, of.rows.get(name, ""), held) for name, held in of.bytes.items()]
    return _table(f"{of.bytes_total} bytes", ("", "rows", "bytes"), rows)


def schema(of: Schema) -> str:
    """The text; notebooks that know Mermaid show the diagram instead."""
    return f"<pre>{escape(str(of))}</pre>"


def ranking(of: "Ranking[Any]") -> str:
    """At most ten of a ranking: rank, score, id and fields, under the true count."""
    first = of[:ROWS]
    model, names, _count, rows = preview(first.records, ROWS)
    numbered = (
        (rank, f"{score:.4g}", *row) for rank, (score, row) in enumerate(zip(first.scores, rows, strict=False), 1)
    )
    count = len(of)
    more = f", the first {ROWS}" if count > ROWS else ""
    sampled = ", sampled" if of.sampled else ""
    return _table(f"Ranking of {count} {model}{more}{sampled}", ("rank", "score", "id", *names), numbered)


def progress(total: int | None, unit: str) -> Any:
    """The bar of a call with `progress=True`: text in a terminal, a widget in a notebook."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]

    return tqdm(total=total, unit=unit, unit_scale=True)
