"""The page "Asking": its examples run, and what stands beside them in pandas, SQL and Django gives the same answers."""

import ast
import doctest
import importlib.util
import json
import math
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hasmany import Store, Table

from ..places import ROOT

PAGE = ROOT / "docs" / "asking.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
MODELS = {"directors": "Director", "films": "Film", "people": "Person", "ratings": "Rating"}


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


class Page(NamedTuple):
    """What the page comes to: the answers by question, its store as a file, and as DataFrames."""

    answers: dict[str, list[Any]]
    path: Path
    frames: dict[str, Any]


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[Page]:
    """The page, run from top to bottom."""
    module = ModuleType("the_page_on_asking")
    sys.modules[module.__name__] = module
    text = re.sub(r"^```.*$", "", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    example = doctest.DocTestParser().get_doctest(text, {}, "asking", str(PAGE), 0)
    example.globs = module.__dict__
    report: list[str] = []
    with Store() as store:
        result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append, clear_globs=False)
        assert result.attempted > 20
        assert result.failed == 0, "".join(report)
        path = tmp_path_factory.mktemp("asking") / "films.db"
        store.save(path)
        answers = {question.words: rows(value(question.here, dict(module.__dict__))) for question in QUESTIONS}
        frames = {name: pd.DataFrame.from_arrow(module.__dict__[model].all()) for name, model in MODELS.items()}
    yield Page(answers, path, frames)
    del sys.modules[module.__name__]


def test_the_page_runs_from_top_to_bottom(page):
    assert len(page.answers) >= 20 and all(page.answers.values())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_pandas_says_the_same(page, question):
    assert rows(value(question.pandas, {"pd": pd, **page.frames})) == page.answers[question.words]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_sql_says_the_same(page, question):
    with sqlite3.connect(f"file:{page.path}?mode=ro", uri=True) as file:
        found = file.execute(question.sql).fetchall()
    assert rows(found) == page.answers[question.words]


def test_django_says_the_same(page):
    if importlib.util.find_spec("django") is None:
        pytest.skip("Django is not installed")
    asked = json.dumps([str(page.path), {question.words: question.django for question in QUESTIONS}])
    program = [sys.executable, Path(__file__).with_name("asking_in_django.py")]
    done = subprocess.run(program, input=asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {words: rows(answer) for words, answer in json.loads(done.stdout).items()} == page.answers
