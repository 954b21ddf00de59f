"""What compare.py found, as Markdown: a table of ratios for each set of likes; and the pages that keep results.

durable.py tells of its own rows with the same tables.
"""

import ast
import os
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from peers import NAMES

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"
FILES = ROOT / "docs" / "files.md"
LAKES = ROOT / "docs" / "past-one-machine.md"
PAGES = {
    "asked": DOCS,
    "calls": DOCS,
    "compare": DOCS,
    "compare-short": README,
    "durable": DOCS,
    "durable-short": FILES,
    "lake": LAKES,
    "recommend": DOCS,
    "shop": DOCS,
}
BASE = "hasmany"
BYTES = ("memory", "size")  # rows that are no times
GROWTH = {"grown_build": "build", "grown_like": "like"}
LINKS = {
    "build": "`Like.insert_all(user=ids, tweet=ids)`, a like",
    "more_tenth": "`Like.insert_all(user=ids, tweet=ids)`, 10 % more, a like of these",
    "more_hundredth": "`Like.insert_all(user=ids, tweet=ids)`, 1 % more, a like of these",
    "upsert": '`Rating.insert_all(..., on_conflict="update")`, half of the pairs there, a pair',
    "like": "`user.like_tweet(tweet)`, new",
    "again": "`user.like_tweet(tweet)`, again",
    "unlike": "`user.unlike_tweet(tweet)`",
    "hit": "`tweet in user.liked_tweets`, true",
    "miss": "`tweet in user.liked_tweets`, false",
    "count": "`len(tweet.likers)`",
    "members": "`for user in tweet.likers`, a user",
    "usernames": '`tweet.likers.values("username")`, a name',
    "arrays": "`user.liked_tweets.ids`, an array",
    "both": "`a.likers & b.likers`, the two most liked",
    "overlap": "`a.likers.overlap(b.likers)`, the two most liked",
    "both_large": "`a.likers & b.likers`, about 10,000 each",
    "overlap_large": "`a.likers.overlap(b.likers)`, about 10,000 each",
    "top": '`Tweet.all().top(10, by="likers")`',
    "colikes": '`tweet.similar("likers", 10, measure="count")`',
    "recommend": '`user.recommend("liked_tweets", 10)`',
    "memory": "memory of a like",
    "grown_build": "a like of `insert_all` in a table ten times the size",
    "grown_like": "`like_tweet`, new, in a table ten times the size",
}
ASKED = {
    "totals": '`Person.all().select("id", count=col("visits").count(), mean=col("visits.stars").mean())`',
    "above": '`Visit.all().where(col("stars") > 3)`',
    "ordered": '`Visit.all().order_by("weight")`',
    "between": "`person.visits.where(at=between(low, high))`, 20 visits",
    "equal": "`person.visits.where(at=time)`",
    "newest": '`person.visits.order_by("at", reverse=True)[:20]`',
    "page": "`person.visits.page(20, after=token)`, in the middle",
}
ROWS = LINKS | ASKED
SHORT_ROWS = ("build", "like", "hit", "usernames", "both", "colikes", "recommend", "memory")
SHORT_PEERS = ("plain", "scipy", "networkx", "sqlite3", "sqlalchemy", "duckdb")
SHORT_SIZE = 1_000_000

Found = dict[str, Any]  # JSON
Rows = dict[str, str]  # a row and what the table says of it
Values = dict[str, dict[str, float | str]]  # peer, row, seconds or bytes or a factor; or why there is none


def full(found: Found, rows: Rows) -> str:
    """Of some rows, with the peers that do one of them."""
    parts = [conditions(found)]
    tables = [table["values"] for table in found["tables"]]
    able = {name for values in tables for name in values if rows.keys() & values[name].keys()}
    peers = [name for name in NAMES if name in able or name in found["missing"]]
    for table, values in zip(found["tables"], tables, strict=True):
        parts += [table["title"] + ":", markdown(values, rows, peers), losses(values, rows)]
    about = [legend(found, peers, "peers"), *failures(found["tables"], rows)]
    return "\n\n".join([*parts, "\n".join(about)])


def has_any(found: Found, rows: Rows) -> bool:
    return any(rows.keys() & values.keys() for table in found["tables"] for values in table["values"].values())


def short(found: Found) -> str:
    table = min(found["tables"], key=lambda table: abs(table["likes"] - SHORT_SIZE))
    values = table["values"]
    rows = {row: ROWS[row] for row in SHORT_ROWS if number(values, BASE, row)}
    peers = [name for name in (BASE, *SHORT_PEERS) if name in values or name in found["missing"]]
    return f"{table['title']}. {conditions(found)}\n\n{markdown(values, rows, peers)}"


def conditions(found: Found) -> str:
    runs = f"median of {found['repeat']} runs in each of {found['rounds']} rounds"
    return f"{found['machine']}; {found['date']}, load {found['load']:.1f} before; seed {found['seed']}; {runs}."


def markdown(values: Values, rows: Rows, peers: list[str]) -> str:
    """hasmany's own times, and beside them by how much the others take more."""
    cells = [["", *peers], ["---", *("---:" for _ in peers)]]
    for row, title in rows.items():
        if any(row in values.get(peer, {}) for peer in peers):
            cells.append([title, own(values, row), *(ratio(values, peer, row) for peer in peers if peer != BASE)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for title, *rest in cells:
        lines.append(f"| {title:<{widths[0]}} | {' | '.join(map(str.rjust, rest, widths[1:]))} |")
    return "\n".join(lines)


def number(values: Values, peer: str, row: str) -> float | None:
    value = values.get(peer, {}).get(row)
    return value if isinstance(value, float) else None


def own(values: Values, row: str) -> str:
    value = number(values, BASE, row)
    if value is None:
        return "-"
    if row in GROWTH:
        return f"x {value:.2g}"
    if row in BYTES:
        return f"{value:.0f} B"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e9:.0f} ns"


def ratio(values: Values, peer: str, row: str) -> str:
    theirs, ours = number(values, peer, row), number(values, BASE, row)
    if theirs is None or (ours is None and row not in GROWTH):
        return "-"
    if row in GROWTH:
        return f"x {theirs:.2g}"
    times = theirs / (ours or 1)
    return f"{times:.2f}" if times < 1 else f"{times:.1f}" if times < 10 else f"{times:,.0f}"


def losses(values: Values, rows: Rows) -> str:
    """The rows in which a peer is better than hasmany."""
    lines = []
    for row, title in rows.items():
        ours = number(values, BASE, row)
        better = [
            f"{peer} {ratio(values, peer, row)}"
            for peer in values
            if ours and row not in GROWTH and round((number(values, peer, row) or ours) / ours, 2) < 1
        ]
        if better:
            lines.append(f"* {title}: {', '.join(better)}")
    return "\n".join(["hasmany is behind in:", "", *lines]) if lines else "hasmany is behind in no row."


def legend(found: Found, names: Sequence[str], folder: str) -> str:
    """What the columns are, by the modules of a folder."""
    lines = ["The columns:", ""]
    for name in names:
        if name in found["versions"]:
            about = first_line(ROOT / "benches" / folder / f"{name}.py")
            lines.append(f"* **{name}** ({found['versions'][name] or 'standard library'}): {about}")
    return "\n".join(lines + [f"* **{name}** is not installed here: {why}." for name, why in found["missing"].items()])


def failures(tables: list[dict[str, Any]], of: Rows) -> list[str]:
    return [
        f"* {table['likes']:,} likes, **{peer}**, {ROWS.get(row, row)}: {why}"
        for table in tables
        for peer, rows in table["values"].items()
        for row, why in rows.items()
        if isinstance(why, str) and (row in of or row not in ROWS)
    ]


def first_line(module: Path) -> str:
    """Of the docstring, without importing what may not be installed."""
    return (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").splitlines()[0]


def machine() -> str:
    cpu = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = re.findall(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE)
        cpu = names[0] if names else cpu
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}; {python}"


def write(name: str, text: str) -> None:
    """Puts the text between a page's markers of that name."""
    before, after = around(name)
    PAGES[name].write_text(f"{before}\n{text}\n{after}", encoding="utf-8")


def around(name: str) -> tuple[str, str]:
    """What stands before and after that place, markers included. Ends the program where there is none."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    page = PAGES[name].read_text(encoding="utf-8")
    if page.count(begin) != 1 or page.count(end) != 1:
        sys.exit(f"{PAGES[name].name} must have {begin} and {end} once each")
    before, rest = page.split(begin)
    return before + begin, end + rest.split(end)[1]
