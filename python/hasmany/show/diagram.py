"""A schema as a picture: SVG, without scripts and without anything from elsewhere.

A box a model, with its fields and collections; an arrow from each reference to the model it leads to, dashed where it may be None. The
picture stands alone, as an image does, and knows nothing of the page's theme: so its boxes have a ground of their own, and its lines
a grey that is seen on light and dark.
"""

import unicodedata
from html import escape
from itertools import pairwise
from typing import NamedTuple

from .._hasmany import Schema
from ..described import ModelDescription
from .layers import Layers

LETTER = 7.3
"""Pixels of a letter: the font is one of equal widths."""
LINE = 18
PAD = 9
GAP = 18
"""Between boxes of a column."""
WAY = 64
"""Between columns."""
BEND = 14
MOST = 24
"""Lines of a box."""
LONGEST = 40
"""Letters of a line of a box."""

STYLE = """<style>
.hasmany-schema .box{fill:#fff;stroke:#8c959f}.hasmany-schema .head{fill:#eaeef2;stroke:#8c959f}
.hasmany-schema .ink{fill:#1f2328}.hasmany-schema .faint{fill:#59636e}.hasmany-schema .bold{font-weight:700}
.hasmany-schema text{font:12px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.hasmany-schema .line{fill:none;stroke:#818b98;stroke-width:1.3}.hasmany-schema .tip{fill:#818b98}
@media (prefers-color-scheme:dark){
.hasmany-schema .box{fill:#151b23;stroke:#656c76}.hasmany-schema .head{fill:#2a313c;stroke:#656c76}
.hasmany-schema .ink{fill:#e6edf3}.hasmany-schema .faint{fill:#9198a1}}
</style>"""
"""Of the picture alone: some show it as a part of their own page."""


class Row(NamedTuple):
    """A line of a box."""

    name: str
    says: str
    is_bold: bool = False
    is_faint: bool = False


class Box:
    """A model, and where it stands."""

    def __init__(self, model: ModelDescription) -> None:
        self.title = _short(model["name"])
        alone = {unique[0] for unique in model["unique"] if len(unique) == 1}
        fields = [
            Row(
                _short(field["name"]),
                _short((field["to"] or field["type"]) + ("?" if field["optional"] else "")),
                is_bold=field["name"] in model["key"] or field["name"] in alone,
            )
            for field in model["fields"]
        ]
        many = [
            Row(_short(each["name"]), _short(each["of"] if each["one"] else f"[{each['of']}]"), is_faint=True)
            for each in model["collections"]
        ]
        rows = fields + many
        left = len(rows) - MOST
        self.rows = rows if left <= 0 else [*rows[: MOST - 1], Row(f"and {left + 1} more", "", is_faint=True)]
        names = max((_wide(row.name) for row in self.rows), default=0)
        says = max((_wide(row.says) for row in self.rows), default=0)
        self.width = round(max(names + says + 2, _wide(self.title) + 1, 8) * LETTER + 2 * PAD)
        self.height = LINE * (len(self.rows) + 1) + PAD
        self.x = self.y = 0.0

    def middle(self, row: int | None) -> float:
        """How far down a line of the box is, or its title."""
        return self.y + LINE * (0.5 if row is None else min(row, len(self.rows) - 1) + 1.5) + 3

    def drawn(self) -> str:
        x, y = self.x, self.y
        parts = [
            f'<rect class="box" x="{x:g}" y="{y:g}" width="{self.width}" height="{self.height}" rx="4"/>',
            f'<rect class="head" x="{x:g}" y="{y:g}" width="{self.width}" height="{LINE + 4}" rx="4"/>',
            _text(x + PAD, y + LINE - 3, self.title, "ink bold"),
        ]
        for at, row in enumerate(self.rows):
            down = y + LINE * (at + 2) - 1
            kind = "faint" if row.is_faint else "ink bold" if row.is_bold else "ink"
            parts.append(_text(x + PAD, down, row.name, kind))
            parts.append(_text(x + self.width - PAD, down, row.says, "faint", ' text-anchor="end"'))
        return "".join(parts)


class Arrow(NamedTuple):
    """A reference: the box and the line of it that has it, the box it leads to."""

    box: int
    row: int
    to: int
    is_dashed: bool


class Bend(NamedTuple):
    """Where a line goes through a column, level from side to side, so that it meets no box there."""

    left: float
    right: float
    y: float

    def ends(self) -> list[tuple[float, float]]:
        return [(self.left, self.y), (self.right, self.y)]


def schema(of: Schema) -> str:
    """The models of a store as one picture. O(models, fields and collections)."""
    models = [model for model in of.describe()["models"] if model["in_store"]]
    boxes = [Box(model) for model in models]
    places = {model["name"]: at for at, model in enumerate(models)}
    arrows = [
        Arrow(box, row, places[field["to"]], field["optional"])
        for box, model in enumerate(models)
        for row, field in enumerate(model["fields"])
        if field["to"] is not None and field["to"] in places
    ]
    layers = Layers(len(boxes), [(arrow.box, arrow.to) for arrow in arrows])
    bends, width, height = _place(boxes, layers)
    lines = "".join(_line(arrow, boxes, layers, bends) for arrow in arrows)
    if not boxes:
        width, height, lines = 170.0, 30.0, _text(10, 19, "No models yet", "faint")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" class="hasmany-schema" role="img"><title>{_safe(repr(of).strip("<>"))}</title>{STYLE}'
        '<defs><marker id="hasmany-tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path class="tip" d="M0 0L8 4L0 8z"/></marker></defs>{lines}{"".join(box.drawn() for box in boxes)}</svg>'
    )


def _place(boxes: list[Box], layers: Layers) -> tuple[dict[int, Bend], float, float]:
    """Puts the boxes in their places; where the bends are, and the size of the whole."""
    tall = [
        sum(boxes[node].height if node < len(boxes) else BEND for node in column) + GAP * (len(column) - 1)
        for column in layers.columns
    ]
    whole = max(tall, default=0)
    bends: dict[int, Bend] = {}
    x = 1.0
    for column, height in zip(layers.columns, tall, strict=True):
        y = 1 + (whole - height) / 2
        wide = max((boxes[node].width for node in column if node < len(boxes)), default=0)
        for node in column:
            if node < len(boxes):
                boxes[node].x, boxes[node].y = x, y
                y += boxes[node].height + GAP
            else:
                bends[node] = Bend(x, x + wide, y + BEND / 2)
                y += BEND + GAP
        x += wide + WAY
    return bends, x - WAY + 40, whole + 2


def _line(arrow: Arrow, boxes: list[Box], layers: Layers, bends: dict[int, Bend]) -> str:
    box, to = boxes[arrow.box], boxes[arrow.to]
    start, end = box.middle(arrow.row), to.middle(None)
    if box is to:
        side = box.x + box.width
        path = f"M{side:g} {start:g}C{side + 34:g} {start:g} {side + 34:g} {end:g} {side:g} {end:g}"
    elif box.x > to.x:
        through = [end for node in reversed(layers.bends[arrow.to, arrow.box]) for end in reversed(bends[node].ends())]
        path = _curve([(box.x, start), *through, (to.x + to.width, end)])
    else:
        through = [end for node in layers.bends[arrow.box, arrow.to] for end in bends[node].ends()]
        path = _curve([(box.x + box.width, start), *through, (to.x, end)])
    dashes = ' stroke-dasharray="4 3"' if arrow.is_dashed else ""
    return f'<path class="line" d="{path}"{dashes} marker-end="url(#hasmany-tip)"/>'


def _curve(points: list[tuple[float, float]]) -> str:
    """Through the points, level at each."""
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x, y), (to_x, to_y) in pairwise(points):
        half = (to_x - x) / 2
        path += f"C{x + half:g} {y:g} {to_x - half:g} {to_y:g} {to_x:g} {to_y:g}"
    return path


def _text(x: float, y: float, words: str, kind: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}"{more}>{_safe(words)}</text>'


def _wide(words: str) -> int:
    """In letters; those of the far East are two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in words)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"


def _safe(words: str) -> str:
    """As text of XML, which may not hold every letter."""
    return escape("".join(letter if _is_xml(ord(letter)) else "\N{REPLACEMENT CHARACTER}" for letter in words))


def _is_xml(code: int) -> bool:
    return code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code >= 0x10000
