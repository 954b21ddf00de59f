"""What a cell's HTML says, as a browser reads it."""

from html.parser import HTMLParser
from typing import Any

EMPTY = {"br", "img", "hr", "input"}
TAGS = {"div", "style", "table", "caption", "b", "thead", "tbody", "tr", "th", "td", "span"}


class Shown(HTMLParser):
    """The parts of one table; an `AssertionError` for what is not closed, and for tags that no table of ours has."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.caption = ""
        self.head: list[str] = []
        self.rows: list[list[str]] = []
        self.sides: list[list[str]] = []
        self.titles: list[str] = []
        self.bars: list[int] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        named: dict[str, Any] = dict(attrs)
        assert set(named) <= {"class", "style", "title"}
        self.open.append(tag)
        if tag == "tr" and "tbody" in self.open:
            self.rows.append([])
            self.sides.append([])
        if tag == "td":
            self.rows[-1].append("")
            self.sides[-1].append(named["style"].removeprefix("text-align:"))
            self.titles.append(named.get("title", ""))
        if tag == "th":
            self.head.append("")
        if named.get("class") == "bar":
            self.bars.append(int(named["style"].partition("width:")[2].partition("px")[0]))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.text += data
        if "caption" in self.open:
            self.caption += data
        elif "td" in self.open:
            self.rows[-1][-1] += data
        elif "th" in self.open:
            self.head[-1] += data


def shown(item: Any) -> Shown:
    return Shown(item._repr_html_())
