"""The questions of the page "Asking": asked of a lake, on each engine, they have the rows that they have in memory."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hasmany import SchemaError
from hasmany.lake import Lake, Selection

from ..docs.asking import QUESTIONS, Question, rows, the_page, value

IN_A_LAKE = {
    # Of records that are ranked a lake gives the ids.
    "Which two have the most stars?": (
        "[(row['rank'], *Film.where(id=row['id']).values('title'), row['score']) "
        "for row in Film.all().top(2, by=col('ratings.stars').sum()).to_dicts()]"
    ),
}
"""What is written otherwise there."""
REFUSED = {
    "Who taught Lars, and who taught them?": "through",
}
"""What a lake is not asked, and the word that it refuses."""


class Page(NamedTuple):
    """What the page comes to in memory, and the same rows as a lake."""

    answers: dict[str, list[Any]]
    names: dict[str, Any]


class Asked:
    """A model of the page, whose rows are in a lake."""

    def __init__(self, rows: Selection[Any]) -> None:
        self.rows = rows

    def all(self) -> Selection[Any]:
        return self.rows

    def where(self, *conditions: Any, **fields: Any) -> Selection[Any]:
        return self.rows.where(*conditions, **fields)


class Id(int):
    """A record of the page: in a lake its id stands for it, and its collections are selections."""

    rows: Selection[Any]

    @property
    def fans(self) -> Selection[Any]:
        return self.rows.through("fans")

    @property
    def similar(self) -> Any:
        return self.rows.similar


@pytest.fixture(scope="module")
def page(tmp_path_factory, engine) -> Iterator[Page]:
    with the_page() as (store, names):
        answers = {question.words: rows(value(question.here, dict(names))) for question in QUESTIONS}
        place = tmp_path_factory.mktemp("page") / "export"
        store.to_parquet(place)
        models = [names[name] for name in ("Director", "Film", "Person", "Rating")]
        with Lake(place, models=models, engine=engine) as lake:
            asked = dict(names) | {model.__name__: Asked(lake[model]) for model in models}
            for name in ("carl", "ingmar", "lars", "waves", "seal", "lost", "ann", "ben"):
                record = Id(names[name].id)
                record.rows = lake[type(names[name])].where(id=int(record))
                asked[name] = record
            yield Page(answers, asked)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.words)
def test_a_lake_says_the_same(page, question: Question):
    if question.words in REFUSED:
        with pytest.raises((SchemaError, TypeError), match=REFUSED[question.words]):
            value(question.here, dict(page.names))
        return
    here = IN_A_LAKE.get(question.words, "{}").format(question.here.strip())
    answer, wanted = value(here, dict(page.names)), page.answers[question.words]
    found = rows(answer.table() if hasattr(answer, "table") else answer)
    if not any(ordered in question.here for ordered in ("order_by(", "top(", "similar(")):
        # A lake's rows come in no order; those of memory do.
        found, wanted = sorted(found, key=repr), sorted(wanted, key=repr)
    assert found == wanted
