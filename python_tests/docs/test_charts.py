"""Charts of the pages are drawn when the site is made: all that they say, in boxes that stand apart."""

import importlib.util
import re
from itertools import combinations
from types import ModuleType
from xml.etree import ElementTree

import pytest

from ..places import ROOT

DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")


@pytest.fixture(scope="module")
def charts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("charts", ROOT / "docs" / "charts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_chart_takes_the_place_of_its_text(charts):
    page = charts.on_page_markdown(DESIGN, page=None)
    assert "```mermaid" in DESIGN and "```mermaid" not in page and page.count("<svg") == 1
    assert charts.on_page_markdown("# A page\n\n```python\n1\n```\n") == "# A page\n\n```python\n1\n```\n"


def test_the_chart_of_the_design_has_every_room_and_every_arrow(charts):
    text = re.search(charts.FENCE, DESIGN)
    assert text is not None
    chart = charts.read(text[1])
    assert len(chart.boxes) == len(re.findall(r'\["', text[1])) and len(chart.arrows) == text[1].count("-->")
    assert chart.boxes["store_cells"] == ("src/store/cells/", ["bits, packed numbers,", "text, columns"])
    picture = ElementTree.fromstring(charts.drawn(chart))
    assert len([path for path in picture.iter("path") if path.get("class") == "line"]) == len(chart.arrows)
    boxes = [[float(box.get(name, 0)) for name in ("x", "y", "width", "height")] for box in picture.iter("rect")]
    assert len(boxes) == len(chart.boxes)
    for (x, y, wide, tall), (other_x, other_y, other_wide, other_tall) in combinations(boxes, 2):
        assert x + wide <= other_x or other_x + other_wide <= x or y + tall <= other_y or other_y + other_tall <= y


def test_what_is_used_is_drawn_below_what_uses_it(charts):
    chart = charts.read(
        'flowchart BT\n  a["one: first"]\n  b["two: <b>"]\n  c["three"]\n  b --> a\n  c --> b\n  c --> a'
    )
    picture = ElementTree.fromstring(charts.drawn(chart))
    tops = [float(box.get("y", 0)) for box in picture.iter("rect")]
    assert tops == sorted(tops, reverse=True) and tops[0] > tops[1] > tops[2]
    assert "<b>" in [text.text for text in picture.iter("text")]


def test_a_chart_that_says_more_fails(charts):
    with pytest.raises(ValueError, match=r"does not know: 'a -\.-> b'"):
        charts.on_page_markdown("```mermaid\nflowchart BT\n  a -.-> b\n```\n")
