"""One ranking as a result: a collection of pairs, and a table."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hasmany import Many, Ranking, Scored, Tweet, User

from .likes import fill


@pytest.fixture
def found() -> Ranking:
    fill()
    return User.find(1).recommend("liked_tweets", 12)


def test_it_is_a_collection_of_pairs(found):
    pairs = list(found)
    assert len(found) == len(pairs) == 12 and all(type(pair) is Scored for pair in pairs)
    assert [pair.record for pair in pairs] == list(found.records)
    assert [score for _, score in pairs] == found.scores.tolist()
    assert list(reversed(found)) == pairs[::-1]
    assert found.scores.dtype == np.float64 and isinstance(found.records, Many)


def test_membership_is_of_pairs(found):
    record, score = found[3]
    assert found[3] in found and (record, score) in found
    for other in ((record, score + 1), (found[2].record, score), record, (record,), (record, "x"), None, 3):
        assert other not in found
    assert record in found.records


def test_indices_and_slices(found):
    pairs = list(found)
    for part in (slice(3), slice(-3, None), slice(None, None, -1), slice(2, 9, 3), slice(50, 60)):
        assert isinstance(found[part], Ranking) and list(found[part]) == pairs[part]
    assert found[0] == pairs[0] and found[-1] == pairs[-1] and found[np.int64(2)] == pairs[2]
    for wrong in (12, -13, 10**30):
        with pytest.raises(IndexError):
            found[wrong]
    with pytest.raises(TypeError, match="a ranking's index takes int or slice, not str"):
        found["a"]
    assert found[::-1].why(pairs[3].record) == found.why(pairs[3].record)


def test_equality(found):
    again = User.find(1).recommend("liked_tweets", 12)
    assert found == again and found == list(found) and found == tuple(found) and found[:0] == []
    assert found != found[:5] and found != list(found)[::-1] and found != "text" and found != Tweet.all()
    with pytest.raises(TypeError, match="unhashable"):
        hash(found)


def test_rows_deleted_while_walking_are_skipped(found):
    expected = list(found)
    seen = []
    for at, pair in enumerate(found):
        seen.append(pair)
        if at == 0:
            expected[1].record.delete()
    assert seen == [expected[0], *expected[2:]]
    assert len(found) == 11 and list(found) == seen and found[1] == expected[2]


def test_repr_and_html(found):
    text = repr(found)
    assert text.startswith("<Ranking of 12 Tweet: [") and text.endswith(", …]>") and text.count("Tweet(") == 5
    html = found._repr_html_()
    assert html.count("<tr>") == 11 and "Ranking of 12 Tweet, the first 10" in html
    assert "<b>" not in html and "&lt;b&gt;" in html
    assert repr(found[:0]) == "<Ranking of 0 Tweet: []>" and found[:0]._repr_html_().count("<tr>") == 1
    found[0].record.delete()
    assert "Ranking of 11 Tweet" in found._repr_html_()


def test_it_is_an_arrow_table(found):
    expected = {
        "rank": list(range(1, 13)),
        "id": [record.id for record, _ in found],
        "score": found.scores.tolist(),
    }
    table = pa.table(found)
    assert table.schema == pa.schema(
        [pa.field("rank", pa.int64(), False), pa.field("id", pa.int64(), False), pa.field("score", pa.float64(), False)]
    )
    assert table.to_pydict() == pl.DataFrame(found).to_dict(as_series=False) == expected
    assert pd.DataFrame.from_arrow(found).to_dict("list") == expected
    assert duckdb.sql("SELECT count(*), sum(id) FROM found").fetchall() == [(12, sum(expected["id"]))]
    assert pa.table(found[:0]).num_rows == 0 and pa.table(found[:0]).schema == table.schema


def test_it_is_no_array(found):
    with pytest.raises(TypeError, match="scores"):
        np.asarray(found)
    with pytest.raises(TypeError, match="table"):
        np.asarray(User.all().similar("liked_tweets"))


def test_a_ranking_outlives_its_asker(found):
    record = found[0].record
    why = list(found.why(record))
    User.find(1).liked_tweets.clear()
    assert list(found.why(record)) == why
