"""The page "Asking": its examples run, and what stands beside them in pandas, SQL and Django gives the same answers."""

import importlib.util
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from .asking import QUESTIONS, rows, the_page, value

MODELS = {"directors": "Director", "films": "Film", "people": "Person", "ratings": "Rating"}


class Page(NamedTuple):
    """What the page comes to: the answers by question, its store as a file, and as DataFrames."""

    answers: dict[str, list[Any]]
    path: Path
    frames: dict[str, Any]


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Iterator[Page]:
    """The page, run from top to bottom."""
    with the_page() as (store, names):
        path = tmp_path_factory.mktemp("asking") / "films.db"
        store.save(path)
        answers = {question.words: rows(value(question.here, dict(names))) for question in QUESTIONS}
        frames = {name: pd.DataFrame.from_arrow(names[model].all()) for name, model in MODELS.items()}
    yield Page(answers, path, frames)


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
