"""Draws the pages' flowcharts, which are written in Mermaid: as SVG that stands in the page, in its theme's colours, without scripts.

A hook of mkdocs, named in mkdocs.yml. It knows what the charts of these pages are made of: boxes, groups of boxes, arrows; anything else
is an error, and so fails the build.
"""

import re
import textwrap
from html import escape
from typing import Any, NamedTuple

from hasmany.show.layers import Layers

WIDE = 186
LETTERS = 25
LINE = 15
GAP = 14
BEND = 10
WAY = 34
"""Between rows of boxes."""

FENCE = re.compile(r"^```mermaid\n(flowchart BT\n.*?)^```$", re.MULTILINE | re.DOTALL)
GROUP = re.compile(r"subgraph (\w+) \[(.+)\]")
BOX = re.compile(r'(\w+)\["(.+)"\]')
ARROW = re.compile(r"(\w+) --> (\w+)")


class Chart(NamedTuple):
    """Boxes by their names, each a title and lines of text; and arrows, which lead to what is used."""

    boxes: dict[str, tuple[str, list[str]]]
    arrows: list[tuple[str, str]]


def read(text: str) -> Chart:
    """What a flowchart says. Raises ValueError for what is not known here."""
    chart, group = Chart({}, []), ""
    for line in text.splitlines()[1:]:
        said = line.strip()
        if found := GROUP.fullmatch(said):
            group = found[2].partition(":")[0] + "/"
        elif said == "end":
            group = ""
        elif found := BOX.fullmatch(said):
            title, _, words = found[2].rpartition(": ")
            chart.boxes[found[1]] = (group + title, textwrap.wrap(words, LETTERS))
        elif found := ARROW.fullmatch(said):
            chart.arrows.append((found[1], found[2]))
        else:
            raise ValueError(f"a chart of the docs says what docs/charts.py does not know: {said!r}")
    return chart


def drawn(chart: Chart) -> str:
    """Rows of boxes, what is used below what uses it."""
    names = list(chart.boxes)
    places = {name: at for at, name in enumerate(names)}
    arrows = [(places[one], places[two]) for one, two in chart.arrows]
    layers = Layers(len(names), arrows)
    wide = [sum(WIDE if node < len(names) else BEND for node in row) + GAP * (len(row) - 1) for row in layers.columns]
    tall = [
        max(LINE * (1 + len(chart.boxes[names[node]][1])) + 14 for node in row if node < len(names))
        for row in layers.columns
    ]
    width, height = max(wide) + 2, sum(tall) + WAY * (len(tall) - 1) + 2
    tops: dict[int, tuple[float, float, float]] = {}
    """Of each node the middle of its width, its top and its bottom."""
    parts: list[str] = []
    bottom = height - 1
    for row, row_wide, row_tall in zip(layers.columns, wide, tall, strict=True):
        x = 1 + (max(wide) - row_wide) / 2
        for node in row:
            own = WIDE if node < len(names) else BEND
            tops[node] = (x + own / 2, bottom - row_tall, bottom)
            if node < len(names):
                parts.append(_box(x, bottom - row_tall, row_tall, *chart.boxes[names[node]]))
            x += own + GAP
        bottom -= row_tall + WAY
    lines = "".join(_line([tops[node] for node in (to, *layers.bends[to, of], of)]) for of, to in arrows)
    return (
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img"><defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" '
        f'markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>{lines}{"".join(parts)}</svg>'
    )


def _box(x: float, y: float, tall: float, title: str, lines: list[str]) -> str:
    down = y + 7 + LINE * 0.75
    text = [f'<text class="title" x="{x + 8:g}" y="{down:g}">{escape(title)}</text>'] + [
        f'<text x="{x + 8:g}" y="{down + LINE * at:g}">{escape(line)}</text>' for at, line in enumerate(lines, 1)
    ]
    return f'<rect x="{x:g}" y="{y:g}" width="{WIDE}" height="{tall:g}" rx="4"/>{"".join(text)}'


def _line(nodes: list[tuple[float, float, float]]) -> str:
    """From what uses, the last, down to what is used."""
    (x, _, y), *rest = reversed(nodes)
    path = f"M{x:g} {y:g}"
    for at, (to_x, top, bottom) in enumerate(rest, 1):
        half = (top - y) / 2
        path += f"C{x:g} {y + half:g} {to_x:g} {top - half:g} {to_x:g} {top:g}"
        x, y = (to_x, bottom) if at < len(rest) else (to_x, top)
        if at < len(rest):
            path += f"V{bottom:g}"
    return f'<path class="line" d="{path}" marker-end="url(#tip)"/>'


def on_page_markdown(markdown: str, **_: Any) -> str:
    """What mkdocs calls with each page."""
    return FENCE.sub(lambda found: drawn(read(found[1])), markdown)
