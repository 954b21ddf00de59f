"""`Table`: columns of one moment, for arrays, dicts and whatever reads Arrow."""

import numpy as np
import pytest
from hasmany import Table, Tweet, User

from ..libraries import pandas, polars, pyarrow


@pytest.fixture
def table() -> Table:
    users = [User(name) for name in "abcd"]
    tweets = [users[0].post_tweet(str(n)) for n in range(3)]
    for user in users:
        user.liked_tweets.add(tweets)
    return User.projection("liked_tweets")


@pytest.fixture
def empty() -> Table:
    return Tweet.projection("likers", least=99)


ROWS = [(1, 2, 3), (1, 3, 3), (1, 4, 3), (2, 3, 3), (2, 4, 3), (3, 4, 3)]
DICTS = [dict(zip(("owner", "other", "weight"), row, strict=True)) for row in ROWS]


def test_rows_and_columns(table, empty):
    assert (table.columns, len(table), table.to_dicts()) == (("owner", "other", "weight"), 6, DICTS)
    assert (empty.columns, len(empty), empty.to_dicts()) == (("owner", "other", "weight"), 0, [])
    assert table.column("other").tolist() == [row[1] for row in ROWS]
    assert empty.column("other").dtype == np.int64
    with pytest.raises(KeyError, match=r"no column 'ohter' \(did you mean 'other'\?\)"):
        table.column("ohter")


def test_libraries_read_it(table, empty):
    pa = pyarrow()
    assert pa.table(table).to_pylist() == DICTS
    assert pa.table(table).schema == pa.table(empty).schema
    assert not any(field.nullable for field in pa.table(table).schema)
    assert pa.table(empty).num_rows == 0
    assert polars().DataFrame(table).to_dicts() == DICTS
    assert pandas().DataFrame.from_arrow(table).to_dict("records") == DICTS


def test_a_type_is_cast_where_it_is_asked_for(table):
    pa = pyarrow()
    small = pa.schema([("owner", pa.int16()), ("other", pa.int64()), ("weight", pa.float64())])
    assert pa.table(table, schema=small).schema.types == small.types


def test_numpy_is_told_what_to_take(table):
    with pytest.raises(TypeError, match=r"\.column\(name\)"):
        np.asarray(table)


def test_it_is_shown_as_a_table(table, empty):
    assert repr(table).splitlines()[:2] == ["owner  other  weight", "    1      2       3"]
    assert len(repr(table).splitlines()) == 7
    assert repr(empty) == "owner  other  weight"
    html = table._repr_html_()
    assert "6 rows" in html and "<th>weight</th>" in html and html.count("<tr>") == 7


def test_long_tables_are_cut_when_shown():
    users = [User(str(n)) for n in range(12)]
    tweet = users[0].post_tweet("x")
    tweet.likers.add(users)
    table = User.projection("liked_tweets")
    assert len(table) == 66
    assert repr(table).endswith("\n... 66 rows")
    assert len(repr(table).splitlines()) == 12
    assert "66 rows, the first 10" in table._repr_html_()
