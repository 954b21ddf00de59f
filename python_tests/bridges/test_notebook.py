"""Collections and stores show themselves as tables."""

import re
from datetime import UTC, datetime

import pytest
from hasmany import Many, Model, User, field, has_many


class Memo(Model):
    text: str
    at: datetime | None = field(default=None)
    replies: Many["Reply"] = has_many()


class Reply(Model):
    memo: Memo
    text: str | None = None


def shown(html: str, names: list[str]) -> list[str]:
    return [name for name in names if name in html]


def test_a_collection_is_shown_as_a_table():
    memo = Memo("hello there", datetime(2024, 5, 1, 9, 30, tzinfo=UTC))
    Reply(memo, "general kenobi")
    html = Memo.all()._repr_html_()
    assert "<table" in html
    assert "hello there" in html
    assert "2024-05-01" in html
    assert "general kenobi" in memo.replies._repr_html_()


def test_a_table_shows_at_most_ten_rows_and_the_true_count():
    names = [f"memo-{n:03}-" for n in range(237)]
    for name in names:
        Memo(name)
    for collection in (Memo.all(), Memo.all()[:]):
        html = collection._repr_html_()
        assert 1 <= len(shown(html, names)) <= 10
        assert "237" in html
    assert len(shown(Memo.all()[:7]._repr_html_(), names)) == 7


def test_an_empty_collection_is_shown():
    assert re.search(r"\b0\b", Memo.all()._repr_html_())


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "</td></table><b>",
        "&lt;b&gt;",
        "a & b < c",
    ],
)
def test_values_are_escaped(hostile):
    escaped = hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    memo = Memo(hostile)
    Reply(memo, hostile)
    User(hostile)
    for html in (Memo.all()._repr_html_(), memo.replies._repr_html_(), User.all()._repr_html_()):
        assert hostile not in html
        assert escaped in html


def test_a_store_is_shown_with_its_models_and_their_counts(store):
    for n in range(123):
        Memo(str(n))
    html = store._repr_html_()
    assert "<table" in html
    assert "Memo" in html
    assert "123" in html


def test_stats_are_shown_as_a_table(store):
    for n in range(123):
        Memo(str(n))
    html = store.stats()._repr_html_()
    assert "Memo" in html
    assert "123" in html
