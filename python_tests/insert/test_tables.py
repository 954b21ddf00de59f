"""The data may be any table of Arrow streams, or a collection."""

from typing import Any

import pytest
from hasmany import Like, Model, SchemaError, Tweet, User

from .clinic import Favourite, Guest, Patient, pairs

# ── tables ────────────────────────────────────────────────────────────────────────────────────────


class Stream:
    """Nothing but the Arrow stream of a table."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


ROWS = {"name": ["Ann", "Ben", "Cid", "Dee", "Eve"], "age": [41, 5, None, 0, 2**40]}


def polars_frame() -> Any:
    return pytest.importorskip("polars").DataFrame(ROWS)


def polars_frame_of_chunks() -> Any:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(ROWS)
    return polars.concat([frame[:2], frame[2:3], frame[3:]], rechunk=False)


def pandas_frame() -> Any:
    pandas = pytest.importorskip("pandas", "3")
    return pandas.DataFrame({"name": ROWS["name"], "age": pandas.Series(ROWS["age"], dtype="Int64")})


def pandas_frame_of_floats() -> Any:
    """A column of ints with a gap is one of floats with a NaN."""
    return pytest.importorskip("pandas", "3").DataFrame(ROWS)


def pandas_frame_that_was_filtered() -> Any:
    pandas = pytest.importorskip("pandas", "3")
    frame = pandas.DataFrame({"name": ["no", *ROWS["name"], "no"], "age": [0, *ROWS["age"], 0]})
    return frame[frame["name"] != "no"]


def pyarrow_table() -> Any:
    return pytest.importorskip("pyarrow").table(ROWS)


def pyarrow_table_of_chunks() -> Any:
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.table({name: pyarrow.chunked_array([column[:2], [], column[2:]]) for name, column in ROWS.items()})


def pyarrow_table_cut_out() -> Any:
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.table({name: [None, *column, None] for name, column in ROWS.items()}).slice(1, 5)


def pyarrow_batch() -> Any:
    return pytest.importorskip("pyarrow").record_batch(ROWS)


def pyarrow_reader() -> Any:
    return pyarrow_table().to_reader(max_chunksize=2)


def duckdb_relation() -> Any:
    return pytest.importorskip("duckdb").sql(
        "SELECT * FROM (VALUES ('Ann', 41), ('Ben', 5), ('Cid', NULL), ('Dee', 0), ('Eve', 1099511627776)) AS t(name, age)"
    )


def mapping_of_arrays() -> Any:
    pyarrow, polars = pytest.importorskip("pyarrow"), pytest.importorskip("polars")
    return {"name": pyarrow.array(ROWS["name"]), "age": polars.Series(ROWS["age"])}


TABLES = [
    polars_frame,
    polars_frame_of_chunks,
    pandas_frame,
    pandas_frame_of_floats,
    pandas_frame_that_was_filtered,
    pyarrow_table,
    pyarrow_table_of_chunks,
    pyarrow_table_cut_out,
    pyarrow_batch,
    pyarrow_reader,
    duckdb_relation,
    mapping_of_arrays,
    lambda: Stream(pyarrow_table()),
    lambda: dict(ROWS),
]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_data_is_any_table_of_arrow_streams(table):
    patients = Patient.insert_all(table())
    assert patients.values("name") == ROWS["name"]
    assert patients.values("age") == ROWS["age"]
    assert [type(age) for age in patients.values("age") if age is not None] == [int] * 4


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_keywords_add_columns_to_a_table(table):
    class Member(Model):
        name: str
        age: int | None
        club: str
        since: int

    members = Member.insert_all(table(), club="chess", since=[1, 2, 3, 4, 5])
    assert members.values("name") == ROWS["name"]
    assert members.values("club") == ["chess"] * 5
    assert members.values("since") == [1, 2, 3, 4, 5]


def test_a_table_and_a_keyword_of_one_name_is_a_type_error():
    with pytest.raises(TypeError, match="age"):
        Patient.insert_all(pyarrow_table(), age=1)
    assert Patient.all() == []


def test_the_columns_of_a_table_may_stand_in_any_order():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"age": [1, 2], "name": ["Ann", "Ben"]})
    assert Patient.insert_all(table).values("age") == [1, 2]


def test_a_table_of_no_rows_creates_nothing():
    assert Patient.insert_all(pyarrow_table().slice(0, 0)) == []
    assert Patient.insert_all(polars_frame()[:0]) == []
    assert Patient.all() == []


def test_a_query_result_links_records(users, tweets):
    duckdb = pytest.importorskip("duckdb")
    likes = Like.insert_all(duckdb.sql('SELECT i AS "user", i + 1 AS tweet FROM range(1, 4) AS t(i)'))
    assert pairs(likes) == [(users[0], tweets[1]), (users[1], tweets[2]), (users[2], tweets[3])]


def test_a_table_of_several_hundred_batches():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"username": [f"user {n}" for n in range(3000)]})
    assert User.insert_all(table.to_reader(max_chunksize=7)).values("username") == table["username"].to_pylist()


# ── a collection as the data ──────────────────────────────────────────────────────────────────────


def test_rows_are_copied_from_a_collection_and_get_ids_of_their_own(users):
    Guest("first")
    guests = Guest.insert_all(User.all())
    assert guests.values("username") == [user.username for user in users]
    assert guests.ids.tolist() == [2, 3, 4, 5]


def test_references_are_copied_from_a_collection(users, tweets):
    for user, tweet in zip(users, tweets, strict=True):
        user.like_tweet(tweet)
    copies = Favourite.insert_all(Like.all(), stars=[1, 2, 3, 4])
    assert [(c.user, c.tweet, c.stars) for c in copies] == [
        (user, tweet, n) for n, (user, tweet) in enumerate(zip(users, tweets, strict=True), 1)
    ]


def test_rows_are_copied_from_any_collection_in_its_order(users):
    some = User.all().order_by("username", reverse=True)[:3]
    assert Guest.insert_all(some).values("username") == ["dave", "carol", "bob"]
    assert Guest.insert_all(User.where(username="none")) == []


def test_a_collection_may_be_copied_into_its_own_model(users):
    assert User.insert_all(User.all()).values("username") == ["alice", "bob", "carol", "dave"]
    assert len(User.all()) == 8


def test_the_table_of_a_collection_has_ids_which_are_kept(users):
    pyarrow = pytest.importorskip("pyarrow")
    assert Guest.insert_all(pyarrow.table(User.all()[1:])).ids.tolist() == [2, 3, 4]


def test_a_collection_with_a_field_that_the_model_has_not_is_a_schema_error(users, tweets):
    with pytest.raises(SchemaError, match="message"):
        Guest.insert_all(Tweet.all())
