"""The page "Asking": its questions, in the languages that it asks them in, and their answers in a form that can be compared."""

import ast
import doctest
import json
import math
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple

from hasmany import Store, Table

from ..places import ROOT

PAGE = ROOT / "docs" / "asking.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Question(NamedTuple):
    """A question of the page, in four languages."""

    words: str
    here: str
    pandas: str
    django: str
    sql: str


def questions() -> Iterator[Question]:
    """Each line in bold with a question mark, and the blocks below it."""
    parts = re.split(r"^(\*\*[^*]*\?\*\*)", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    for words, below in zip(parts[1::2], parts[2::2], strict=True):
        (_, here), (_, others), (sql, select) = BLOCK.findall(below.split("\n## ")[0])
        pandas, django = re.fullmatch(r"# pandas\n(.*)# Django\n(.*)", others, re.DOTALL).groups()  # type: ignore[union-attr]
        assert sql == "sql"
        example = doctest.DocTestParser().get_examples(here)[-1]
        yield Question(words.strip("*"), example.source, pandas, django, select)


QUESTIONS = list(questions())


def value(code: str, names: dict[str, Any]) -> Any:
    """Of the last expression."""
    tree = ast.parse(code)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, PAGE.name, "exec"), names)  # noqa: S102 - the page is ours
    return eval(compile(ast.Expression(last.value), PAGE.name, "eval"), names)


def cell(of: Any) -> Any:
    """A value in the form that all have in common: no NaN, lists as lists."""
    if isinstance(of, str) and of.startswith("["):
        return json.loads(of)
    if isinstance(of, float) and math.isnan(of):
        return None
    return of


def rows(answer: Any) -> list[Any]:
    """An answer as a list of values, or of tuples."""
    if isinstance(answer, Table):
        answer = answer.to_dicts()
    elif hasattr(answer, "itertuples"):
        answer = list(answer.itertuples(index=False, name=None))
    elif hasattr(answer, "tolist"):
        answer = answer.tolist()
    found: list[Any] = []
    for row in answer:
        parts = list(row.values()) if isinstance(row, dict) else row
        parts = [cell(part) for part in parts] if isinstance(parts, (list, tuple)) else [cell(parts)]
        found.append(parts[0] if len(parts) == 1 else tuple(parts))
    return found


@contextmanager
def the_page() -> Iterator[tuple[Store, dict[str, Any]]]:
    """The page, run from top to bottom: its store, which is current, and its names."""
    module = ModuleType("the_page_on_asking")
    sys.modules[module.__name__] = module
    text = re.sub(r"^```.*$", "", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    example = doctest.DocTestParser().get_doctest(text, {}, "asking", str(PAGE), 0)
    example.globs = module.__dict__
    report: list[str] = []
    try:
        with Store() as store:
            result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append, clear_globs=False)
            assert result.attempted > 20
            assert result.failed == 0, "".join(report)
            yield store, module.__dict__
    finally:
        del sys.modules[module.__name__]
