"""`insert_all` creates many rows in one transaction: from columns, in input order, all or nothing."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hasmany import (
    Change,
    DeletedError,
    DuplicateError,
    FieldError,
    ForeignStoreError,
    Like,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
numbering = count()


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    age: int | None = None
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments", source="doctor")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    reason: str = "check-up"
    number: int = field(default_factory=lambda: next(numbering))
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Guest(Model):
    """As User, for rows that are copied."""

    username: str


class Favourite(Model, unique=("user", "tweet")):
    """As Like, for rows that are copied."""

    user: User
    tweet: Tweet
    stars: int = 5


class Seat(Model, unique=(("hall", "number"), ("hall", "guest"))):
    hall: str
    number: int
    guest: int | None = None


class Person(Model):
    name: str
    boss: "Person | None" = belongs_to(default=None)
    staff: Many["Person"] = has_many()


@pytest.fixture
def users(alice) -> list[User]:
    return [alice, *(User(name) for name in ("bob", "carol", "dave"))]


@pytest.fixture
def tweets(alice) -> list[Tweet]:
    return [alice.post_tweet(text) for text in ("one", "two", "three", "four")]


@pytest.fixture
def heard(store) -> list[list[Change]]:
    commits: list[list[Change]] = []
    store.on_commit(lambda changes: commits.append(list(changes)))
    return commits


def pairs(likes: Any) -> list[tuple[User, Tweet]]:
    return [(like.user, like.tweet) for like in likes]


# ── the shape of the call ─────────────────────────────────────────────────────────────────────────


def test_columns_are_keywords():
    users = User.insert_all(username=["ann", "ben", "cid"])
    assert users.values("username") == ["ann", "ben", "cid"]
    assert users == User.all()


def test_columns_are_a_mapping():
    assert User.insert_all({"username": ["ann", "ben"]}).values("username") == ["ann", "ben"]


def test_any_mapping_will_do():
    assert User.insert_all(MappingProxyType({"username": ["ann"]})).values("username") == ["ann"]


def test_a_mapping_and_keywords_are_put_together(users, tweets):
    likes = Like.insert_all({"user": users[:2]}, tweet=tweets[:2])
    assert pairs(likes) == list(zip(users[:2], tweets[:2], strict=True))


def test_a_column_given_twice_is_a_type_error(store):
    with pytest.raises(TypeError, match="username"):
        User.insert_all({"username": ["ann"]}, username=["ben"])
    assert User.all() == []


def test_no_columns_at_all_is_a_type_error():
    for call in (lambda: User.insert_all(None), lambda: User.insert_all(), lambda: Person.insert_all(None)):
        with pytest.raises(TypeError):
            call()


def test_data_is_given_by_position():
    with pytest.raises(TypeError):
        User.insert_all(data={"username": ["ann"]})
    with pytest.raises(TypeError):
        User.insert_all({"username": ["ann"]}, {"username": ["ben"]})
    assert User.all() == []


def test_the_result_is_a_fixed_collection_of_the_created_rows(alice):
    made = User.insert_all(username=["ben", "cid"])
    assert isinstance(made, Many)
    assert alice not in made
    assert made == list(User.all())[1:]
    User("dee")
    assert len(made) == 2
    with pytest.raises(SchemaError):
        made.add(alice)
    made[0].delete()
    assert made.values("username") == ["cid"]


def test_rows_are_created_in_input_order_and_so_are_their_ids():
    names = [f"user {n}" for n in np.random.default_rng(1).permutation(500)]
    users = User.insert_all(username=names)
    assert users.ids.tolist() == list(range(1, 501))
    assert [user.username for user in users] == names
    assert User.all().values("username") == names


def test_ids_go_on_where_they_were(users):
    users[-1].delete()
    made = User.insert_all(username=["x", "y"])
    assert made.ids.tolist() == [5, 6]
    assert User("z").id == 7
    assert User.insert_all(username=["last"])[0].id == 8


def test_a_scalar_fills_all_rows(alice, users):
    tweets = Tweet.insert_all(message=["one", "two", "three"], user=alice)
    assert tweets.values("user") == [alice] * 3
    visits = Appointment.insert_all(
        doctor=Doctor("House"),
        patient=Patient.insert_all(name=["Ann", "Ben"]),
        at=NOON,
        reason="flu",
        number=7,
        referrer=None,
    )
    assert [(v.at, v.reason, v.number, v.referrer) for v in visits] == [(NOON, "flu", 7, None)] * 2


def test_a_numpy_scalar_fills_all_rows(alice):
    assert Tweet.insert_all(message=["one", "two"], user=np.int64(alice.id)).values("user") == [alice, alice]
    assert Tweet.insert_all(message=np.str_("x"), user=[alice, alice]).values("message") == ["x", "x"]


def test_an_id_fills_all_rows(users):
    assert Tweet.insert_all(message=["one", "two"], user=3).values("user") == [users[2]] * 2


def test_scalars_alone_create_one_row(alice):
    assert User.insert_all(username="ann").values("username") == ["ann"]
    (tweet,) = Tweet.insert_all({"message": "hi"}, user=alice)
    assert (tweet.message, tweet.user, alice.tweets) == ("hi", alice, [tweet])


def test_a_scalar_beside_an_empty_column_creates_nothing(alice):
    assert Tweet.insert_all(message=[], user=alice) == []
    assert Tweet.all() == []


def test_an_absent_column_takes_its_default():
    house, ann, ben = Doctor("House"), Patient("Ann"), Patient("Ben")
    visits = Appointment.insert_all(doctor=[house, house], patient=[ann, ben])
    assert [(v.at, v.reason, v.referrer) for v in visits] == [(None, "check-up", None)] * 2


def test_a_default_factory_is_asked_once_for_every_row():
    house, patients = Doctor("House"), Patient.insert_all(name=["Ann", "Ben", "Cid"])
    first = next(numbering) + 1
    visits = Appointment.insert_all(doctor=house, patient=patients)
    assert visits.values("number") == [first, first + 1, first + 2]


def test_a_default_factory_is_not_asked_where_the_column_is_given():
    house, ann = Doctor("House"), Patient("Ann")
    first = next(numbering) + 1
    Appointment.insert_all(doctor=[house], patient=[ann], number=[0])
    assert next(numbering) == first


def test_a_default_factory_may_use_the_store(alice):
    class Draft(Model):
        text: str
        before: int = field(default_factory=lambda: len(User.all()))

    User("bob")
    assert Draft.insert_all(text=["a", "b"]).values("before") == [2, 2]


def test_a_default_factory_that_raises_is_raised_on(store):
    class Broken(Model):
        text: str
        number: int = field(default_factory=lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        Broken.insert_all(text=["a", "b"])
    assert Broken.all() == []


def test_an_absent_required_column_is_a_type_error_as_of_the_constructor(users):
    for call in (lambda: Like.insert_all(user=users), lambda: Like(users[0])):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == "Like needs tweet"
    assert Like.all() == []


@pytest.mark.parametrize(
    "empty",
    [
        lambda: User.insert_all(username=[]),
        lambda: User.insert_all({"username": []}),
        lambda: User.insert_all(username=np.array([], dtype=str)),
        lambda: Like.insert_all(user=[], tweet=[]),
        lambda: Like.insert_all(user=User.all(), tweet=Tweet.all()),
        lambda: Like.insert_all(user=np.array([], np.int64), tweet=np.array([], np.int64), on_conflict="skip"),
        lambda: Appointment.insert_all({"doctor": [], "patient.name": []}, create_missing=True),
    ],
)
def test_empty_input_creates_nothing_and_gives_an_empty_collection(heard, empty):
    made = empty()
    assert isinstance(made, Many)
    assert (len(made), list(made)) == (0, [])
    assert heard == []
    assert User("first").id == 1
    assert len(made) == 0


def test_one_class_at_a_time_on_every_kind_of_model(users):
    assert type(User.insert_all(username=["x"])[0]) is User
    assert type(Person.insert_all(name=["x"])[0]) is Person


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


def test_the_table_of_a_collection_has_ids_and_is_refused(users):
    pyarrow = pytest.importorskip("pyarrow")
    with pytest.raises(SchemaError, match="id"):
        Guest.insert_all(pyarrow.table(User.all()))
    assert Guest.all() == []


def test_a_collection_with_a_field_that_the_model_has_not_is_a_schema_error(users, tweets):
    with pytest.raises(SchemaError, match="message"):
        Guest.insert_all(Tweet.all())


# ── references ────────────────────────────────────────────────────────────────────────────────────


def as_uint8(records: list[Any]) -> Any:
    return np.array([record.id for record in records], np.uint8)


def as_arrow(records: list[Any]) -> Any:
    return pytest.importorskip("pyarrow").array([record.id for record in records])


def as_polars(records: list[Any]) -> Any:
    return pytest.importorskip("polars").Series([record.id for record in records])


def as_pandas(records: list[Any]) -> Any:
    return pytest.importorskip("pandas").Series([record.id for record in records])


def as_fixed(records: list[Any]) -> Any:
    model = type(records[0])
    return model.where(id=[record.id for record in records])


REFERENCES: list[Callable[[list[Any]], Any]] = [
    lambda records: records,
    lambda records: [record.id for record in records],
    lambda records: np.array([record.id for record in records]),
    lambda records: np.array([record.id for record in records], float),
    lambda records: np.array(records, object),
    lambda records: type(records[0]).all(),
    as_fixed,
    as_uint8,
    as_arrow,
    as_polars,
    as_pandas,
]
REFERENCE_NAMES = [
    "records",
    "ids",
    "int array",
    "float array",
    "object array",
    "live",
    "fixed",
    "uint8 array",
    "arrow",
    "polars",
    "pandas",
]


@pytest.mark.parametrize("given", REFERENCES, ids=REFERENCE_NAMES)
@pytest.mark.parametrize("other", [REFERENCES[0], REFERENCES[2], REFERENCES[5]], ids=["records", "int array", "live"])
def test_a_reference_is_given_as_a_collection_as_records_or_as_ids(users, tweets, given, other):
    likes = Like.insert_all(user=given(users), tweet=other(tweets))
    assert pairs(likes) == list(zip(users, tweets, strict=True))
    assert [tweet.likers for tweet in tweets] == [[user] for user in users]
    assert [user.liked_tweets for user in users] == [[tweet] for tweet in tweets]


def test_a_collection_is_a_column_in_its_own_order(alice, users, tweets):
    wanted = Tweet.all().order_by("message")
    likes = Like.insert_all(user=alice, tweet=wanted)
    assert likes.values("tweet.message") == ["four", "one", "three", "two"]
    assert alice.liked_tweets == wanted


def test_a_relation_is_a_column(alice, users, tweets):
    alice.liked_tweets.add(tweets[2], tweets[0])
    likes = Like.insert_all(user=users[1], tweet=alice.liked_tweets)
    assert likes.values("tweet") == [tweets[2], tweets[0]]


@pytest.mark.parametrize("gone", [[2], [1], [1, 2, 3], [40], range(2, 40), range(3, 41, 3), range(10, 20)], ids=str)
@pytest.mark.parametrize("packed", [False, True])
def test_ids_are_followed_where_rows_are_gone(store, gone, packed):
    """Also where rows that were deleted are squeezed out, so that no row stands where its id would say."""
    users = {user.id: user for user in User.insert_all(username=[str(n) for n in range(1, 41)])}
    for id in gone:
        users.pop(id).delete()
    if packed:
        store.compact()
    for made_later in (0, 5):
        users |= {user.id: user for user in (User("later") for _ in range(made_later))}
        ids, records = list(users), list(users.values())
        for column in (ids, np.array(ids), records, User.all()):
            assert Tweet.insert_all(message="x", user=column).values("user") == records
        assert Tweet.insert_all(message="x", user=ids[::-1]).values("user") == records[::-1]
        count = len(Tweet.all())
        for id in gone:
            for column in ([id], np.array([id]), id):
                with pytest.raises(DeletedError, match=rf"User {id}\b"):
                    Tweet.insert_all(message="x", user=column)
        assert len(Tweet.all()) == count
    store.check()


def test_an_optional_reference_may_be_none_in_every_form():
    house, wilson = Doctor("House"), Doctor("Wilson")
    columns: list[Any] = [
        [wilson, None, house],
        [2, None, 1],
        [2, float("nan"), 1],
        np.array([2, np.nan, 1]),
        np.array([wilson, None, house], object),
    ]
    for column in columns:
        patients = Patient.insert_all(name=[f"{n} of {id(column)}" for n in range(3)])
        visits = Appointment.insert_all(doctor=house, patient=patients, referrer=column)
        assert visits.values("referrer") == [wilson, None, house]
    assert Appointment.where(referrer=wilson).ids.tolist() == [1, 4, 7, 10, 13]


def test_an_optional_reference_may_be_null_in_arrow_data():
    pyarrow = pytest.importorskip("pyarrow")
    house, patients = Doctor("House"), Patient.insert_all(name=["Ann", "Ben"])
    visits = Appointment.insert_all(doctor=house, patient=patients, referrer=pyarrow.array([None, 1]))
    assert visits.values("referrer") == [None, house]


def test_a_reference_to_rows_of_the_same_model():
    eve = Person("Eve")
    staff = Person.insert_all(name=["Ann", "Ben"], boss=[eve, None])
    assert staff.values("boss") == [eve, None]
    assert eve.staff == [staff[0]]
    below = Person.insert_all(name=["Cid", "Dee"], boss=staff)
    assert below.values("boss") == list(staff)


def test_what_was_created_is_a_column_of_the_next_call():
    users = User.insert_all(username=["ann", "ben"])
    tweets = Tweet.insert_all(message=["one", "two"], user=users)
    likes = Like.insert_all(user=reversed_list(users), tweet=tweets)
    assert pairs(likes) == [(users[1], tweets[0]), (users[0], tweets[1])]


def reversed_list(records: Many[Any]) -> list[Any]:
    return list(reversed(records))


def test_records_of_another_store_are_refused(users, tweets):
    with Store():
        stranger = User("stranger")
        strangers = User.all()
        first = strangers[:]
    for column in ([users[0], stranger], strangers, first, stranger):
        with pytest.raises(ForeignStoreError):
            Like.insert_all(user=column, tweet=tweets[: 2 if isinstance(column, list) else 1])
    assert Like.all() == []


def test_records_of_another_model_are_a_type_error_that_names_both(users, tweets):
    for column in ([users[0], tweets[0]], Tweet.all()[:2], tweets[0]):
        with pytest.raises(TypeError) as caught:
            Like.insert_all(user=column, tweet=tweets[:2])
        assert "User" in str(caught.value)
        assert "Tweet" in str(caught.value)
    assert Like.all() == []


# ── both ends, and order ──────────────────────────────────────────────────────────────────────────


def test_inserted_links_are_read_from_both_ends(users, tweets):
    grid = [(user, tweet) for tweet in tweets for user in users if user.id != tweet.id]
    Like.insert_all(user=[user for user, _ in grid], tweet=[tweet for _, tweet in grid])
    for tweet in tweets:
        assert tweet.likers == [user for user, liked in grid if liked == tweet]
        assert len(tweet.likers) == 3
    for user in users:
        assert user.liked_tweets == [tweet for liker, tweet in grid if liker == user]
        assert all((tweet in user.liked_tweets) == ((user, tweet) in grid) for tweet in tweets)


def test_inserted_links_come_after_those_that_were_there(users, tweets):
    first = users[2].like_tweet(tweets[0])
    Like.insert_all(user=[users[1], users[0]], tweet=tweets[0])
    last = users[3].like_tweet(tweets[0])
    assert tweets[0].likers == [users[2], users[1], users[0], users[3]]
    assert (tweets[0].likes[0], tweets[0].likes[-1]) == (first, last)


def test_unique_values_are_found_at_once():
    patients = Patient.insert_all(name=["Ann", "Ben"])
    assert Patient.find(name="Ben") == patients[1]
    with pytest.raises(DuplicateError) as caught:
        Patient("Ann")
    assert caught.value.existing == patients[0]


def test_inserted_likes_can_be_unliked_and_liked_again(users, tweets):
    likes = Like.insert_all(user=users, tweet=tweets[0])
    assert users[1].unlike_tweet(tweets[0])
    assert users[0].like_tweet(tweets[0]) == likes[0]
    again = users[1].like_tweet(tweets[0])
    assert again.id == 5
    assert tweets[0].likers == [users[0], users[2], users[3], users[1]]


def test_inserted_rows_obey_on_delete():
    house, (ann, ben) = Doctor("House"), Patient.insert_all(name=["Ann", "Ben"])
    Appointment.insert_all(doctor=house, patient=[ann, ben], referrer=[house, None])
    assert ann.delete() == {"Patient": 1, "Appointment": 1}
    assert house.patients == [ben]


# ── conflicts ─────────────────────────────────────────────────────────────────────────────────────


def test_a_pair_that_is_there_is_a_duplicate_error_that_names_its_row(users, tweets):
    like = users[1].like_tweet(tweets[1])
    with pytest.raises(DuplicateError, match=r"\brow 2\b") as caught:
        Like.insert_all(user=[users[0], users[2], users[1]], tweet=[tweets[0], tweets[0], tweets[1]])
    assert caught.value.existing == like
    assert Like.all() == [like]
    assert tweets[0].likers == []


def test_a_pair_given_twice_is_a_duplicate_error_of_no_row(users, tweets):
    with pytest.raises(DuplicateError, match=r"\brow 2\b") as caught:
        Like.insert_all(user=[users[0], users[1], users[0]], tweet=tweets[0])
    assert caught.value.existing is None
    assert Like.all() == []
    assert tweets[0].likers == []


def test_a_unique_value_that_is_there_or_given_twice_is_a_duplicate_error():
    ann = Patient("Ann")
    with pytest.raises(DuplicateError, match=r"\brow 1\b") as caught:
        Patient.insert_all(name=["Ben", "Ann"])
    assert caught.value.existing == ann
    with pytest.raises(DuplicateError, match=r"\brow 3\b") as caught:
        Patient.insert_all(name=["Ben", "Cid", "Dee", "Ben"])
    assert caught.value.existing is None
    assert Patient.all() == [ann]


def test_a_scalar_in_a_unique_field_is_a_duplicate_of_itself():
    with pytest.raises(DuplicateError, match=r"\brow 1\b"):
        Patient.insert_all(name="Ann", age=[1, 2])
    assert Patient.insert_all(name="Ann", age=[1]).values("age") == [1]


def test_skip_gives_what_was_created(users, tweets):
    like = users[1].like_tweet(tweets[1])
    made = Like.insert_all(
        user=[users[0], users[1], users[2], users[0], users[3]],
        tweet=[tweets[0], tweets[1], tweets[0], tweets[0], tweets[1]],
        on_conflict="skip",
    )
    assert pairs(made) == [(users[0], tweets[0]), (users[2], tweets[0]), (users[3], tweets[1])]
    assert Like.all() == [like, *made]
    assert tweets[1].likers == [users[1], users[3]]


def test_skip_keeps_the_first_duplicate_of_the_input():
    made = Patient.insert_all(name=["Ann", "Ben", "Ann", "Ben", "Cid"], age=[1, 2, 3, 4, 5], on_conflict="skip")
    assert made.values("age") == [1, 2, 5]


def test_skip_of_everything_creates_nothing(users, tweets, heard):
    Like.insert_all(user=users, tweet=tweets)
    heard.clear()
    made = Like.insert_all(user=users, tweet=tweets, on_conflict="skip")
    assert isinstance(made, Many)
    assert made == []
    assert len(Like.all()) == 4
    assert heard == []


def test_skip_looks_at_every_unique_field_and_tuple():
    made = Seat.insert_all(
        hall=["A", "A", "A", "B", "A"],
        number=[1, 1, 2, 1, 3],
        guest=[7, 8, 7, 7, 8],
        on_conflict="skip",
    )
    assert [(s.hall, s.number, s.guest) for s in made] == [("A", 1, 7), ("B", 1, 7), ("A", 3, 8)]


def test_skip_takes_none_for_no_duplicate():
    made = Seat.insert_all(hall="A", number=[1, 2, 3], guest=[None, None, 4], on_conflict="skip")
    assert made.values("number") == [1, 2, 3]


def test_none_is_no_duplicate():
    assert len(Seat.insert_all(hall="A", number=[1, 2, 3], guest=None)) == 3


def test_skip_forgives_no_other_error(users, tweets):
    with pytest.raises(NotFoundError, match=r"\brow 1\b"):
        Like.insert_all(user=[1, 99], tweet=tweets[:2], on_conflict="skip")
    with pytest.raises(FieldError, match=r"\brow 1\b"):
        Patient.insert_all(name=["Ann", "a\ud800"], on_conflict="skip")
    assert (Like.all(), Patient.all()) == ([], [])


@pytest.mark.parametrize("what", ["ignore", "", "Skip", None, True, 1])
def test_another_word_for_a_conflict_is_refused(what):
    with pytest.raises((ValueError, TypeError)):
        User.insert_all(username=["ann"], on_conflict=what)
    assert User.all() == []


def test_a_row_that_was_deleted_is_no_duplicate(users, tweets):
    users[0].like_tweet(tweets[0])
    users[0].unlike_tweet(tweets[0])
    assert pairs(Like.insert_all(user=[users[0]], tweet=[tweets[0]])) == [(users[0], tweets[0])]


def test_a_model_that_is_not_unique_takes_a_pair_twice():
    house, ann = Doctor("House"), Patient("Ann")
    visits = Appointment.insert_all(doctor=[house, house], patient=[ann, ann])
    assert ann.appointments == visits
    assert ann.doctors == [house]


# ── transactions ──────────────────────────────────────────────────────────────────────────────────


def test_what_an_outer_transaction_undoes_is_gone(store, users, tweets):
    users[0].like_tweet(tweets[0])
    with pytest.raises(ZeroDivisionError), store.transaction():
        made = Like.insert_all(user=users, tweet=tweets[1])
        people = User.insert_all(username=["x", "y"])
        assert len(tweets[1].likers) == 4
        raise ZeroDivisionError
    assert list(made) == []
    assert (len(Like.all()), len(User.all())) == (1, 4)
    assert tweets[1].likers == []
    assert people == []
    store.check()
    assert users[1].like_tweet(tweets[1]).id > 5
    assert User("z").id == 7


def test_what_is_undone_may_be_inserted_again(store, users, tweets):
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), store.transaction():
            Like.insert_all(user=users, tweet=tweets)
            raise ZeroDivisionError
    likes = Like.insert_all(user=users, tweet=tweets)
    assert likes.ids.tolist() == [13, 14, 15, 16]
    assert tweets[3].likers == [users[3]]


def test_a_handle_to_an_undone_row_is_deleted(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        (user,) = User.insert_all(username=["ann"])
        raise ZeroDivisionError
    User.insert_all(username=["ben"])
    with pytest.raises(DeletedError):
        _ = user.username


def test_a_transaction_goes_on_after_an_insert_that_failed(store, users, tweets):
    with store.transaction():
        first = Like.insert_all(user=users[:2], tweet=tweets[0])
        with pytest.raises(DuplicateError):
            Like.insert_all(user=users[::-1], tweet=tweets[0])
        last = Like.insert_all(user=users[2:], tweet=tweets[0])
    assert tweets[0].likes == [*first, *last]
    assert tweets[0].likers == users


def test_an_insert_sees_what_its_transaction_did(store, users, tweets):
    with store.transaction():
        like = users[0].like_tweet(tweets[0])
        with pytest.raises(DuplicateError) as caught:
            Like.insert_all(user=[users[0]], tweet=[tweets[0]])
        assert caught.value.existing == like
        like.delete()
        made = Like.insert_all(user=[users[0]], tweet=[tweets[0]])
        made[0].delete()
        assert len(Like.insert_all(user=[users[0]], tweet=[tweets[0]])) == 1
    assert tweets[0].likers == [users[0]]


def test_undoing_an_insert_brings_back_what_was_deleted_before_it(store, users, tweets):
    likes = Like.insert_all(user=users, tweet=tweets[0])
    with pytest.raises(ZeroDivisionError), store.transaction():
        users[1].delete()
        Like.insert_all(user=[users[0]], tweet=[tweets[1]])
        likes[2].delete()
        raise ZeroDivisionError
    assert tweets[0].likes == likes
    assert tweets[0].likers == users
    assert users[0].liked_tweets == [tweets[0]]


def test_an_inner_transaction_undoes_its_own_insert(store, alice):
    with store.transaction():
        User.insert_all(username=["kept"])
        with pytest.raises(ZeroDivisionError), store.transaction():
            User.insert_all(username=["undone"])
            raise ZeroDivisionError
        User.insert_all(username=["kept too"])
    assert User.all().values("username") == ["alice", "kept", "kept too"]


def test_inserted_rows_that_are_deleted_in_the_same_transaction(store, users, tweets):
    with store.transaction():
        likes = Like.insert_all(user=users, tweet=tweets[0])
        users[1].unlike_tweet(tweets[0])
        tweets[0].delete()
    assert list(likes) == []
    assert all(user.liked_tweets == [] for user in users)


def test_an_insert_of_another_task_on_the_same_thread_is_a_runtime_error(store):
    async def insert() -> None:
        with pytest.raises(RuntimeError):
            User.insert_all(username=["ann"])

    async def hold() -> None:
        with store.transaction():
            await asyncio.create_task(insert())

    asyncio.run(hold())
    assert User.all() == []


# ── observers ─────────────────────────────────────────────────────────────────────────────────────


def test_an_observer_hears_one_commit_with_a_change_for_every_row(users, tweets, heard):
    likes = Like.insert_all(user=users, tweet=tweets)
    (changes,) = heard
    assert [(c.kind, c.record, c.field, c.old) for c in changes] == [("create", like, None, None) for like in likes]
    assert [(c.new["user"], c.new["tweet"]) for c in changes] == pairs(likes)


def test_a_change_has_the_values_that_were_kept(heard):
    house, ann = Doctor("House"), Patient("Ann")
    heard.clear()
    (visit,) = Appointment.insert_all(doctor=[1], patient=[ann], at=[datetime(2024, 5, 1, 12)], number=[3.0])
    ((change,),) = heard
    assert change.record == visit
    new = change.new
    assert (new["doctor"], new["patient"], new["at"], new["number"]) == (house, ann, NOON, 3)
    assert (new["reason"], new["referrer"]) == ("check-up", None)


def test_an_observer_hears_only_what_skip_created(users, tweets, heard):
    users[0].like_tweet(tweets[0])
    heard.clear()
    made = Like.insert_all(user=users, tweet=tweets[0], on_conflict="skip")
    ((*changes,),) = heard
    assert [change.record for change in changes] == list(made)


def test_an_observer_hears_an_outer_transaction_once(store, users, tweets, heard):
    with store.transaction():
        Like.insert_all(user=users[:2], tweet=tweets[0])
        User("new")
        Like.insert_all(user=users[2:], tweet=tweets[0])
        assert heard == []
    ((*changes,),) = heard
    assert [type(change.record) for change in changes] == [Like, Like, User, Like, Like]


def test_an_observer_hears_nothing_of_an_insert_that_failed(users, tweets, heard):
    users[0].like_tweet(tweets[0])
    heard.clear()
    with pytest.raises(DuplicateError):
        Like.insert_all(user=users, tweet=tweets[0])
    with pytest.raises(NotFoundError):
        Like.insert_all(user=[1, 77], tweet=tweets[:2])
    assert heard == []


def test_an_observer_may_insert(store, heard):
    copies = []

    def copy(changes: Any) -> None:
        names = [change.new["username"] for change in changes if type(change.record) is User]
        if names:
            copies.extend(Guest.insert_all(username=names))

    store.on_commit(copy)
    User.insert_all(username=["ann", "ben"])
    assert Guest.all() == copies
    assert [guest.username for guest in copies] == ["ann", "ben"]


# ── the current store ─────────────────────────────────────────────────────────────────────────────


def test_rows_go_to_the_current_store(store):
    with Store() as other:
        made = User.insert_all(username=["ann", "ben"])
        assert Store.of(made[0]) is other
    assert User.all() == []
    assert User.insert_all(username=["cid"])[0] in store


@pytest.mark.process_wide
def test_rows_go_to_the_store_in_use():
    mine = Store().use()
    assert Store.of(User.insert_all(username=["ann"])[0]) is mine
    assert len(User.all()) == 1


# ── progress ──────────────────────────────────────────────────────────────────────────────────────


def test_progress_shows_a_bar(capsys):
    pytest.importorskip("tqdm")
    users = User.insert_all(username=[f"user {n}" for n in range(2000)], progress=True)
    assert len(users) == 2000
    shown = capsys.readouterr()
    assert "/s]" in shown.err
    assert shown.out == ""


def test_without_progress_nothing_is_shown(capsys):
    User.insert_all(username=[f"user {n}" for n in range(2000)])
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_progress_changes_no_result(users, tweets):
    pytest.importorskip("tqdm")
    likes = Like.insert_all(user=users, tweet=tweets, progress=True)
    assert pairs(likes) == list(zip(users, tweets, strict=True))
    with pytest.raises(DuplicateError, match=r"\brow 0\b"):
        Like.insert_all(user=users[:1], tweet=tweets[:1], progress=True)
    assert Like.insert_all(user=users, tweet=tweets, on_conflict="skip", progress=True) == []


# ── rows that come and go ─────────────────────────────────────────────────────────────────────────


def likes_by_hand(links: Any) -> Iterator[tuple[int, list[int]]]:
    by_tweet: dict[int, list[int]] = {}
    for user, tweet in links:
        by_tweet.setdefault(tweet, []).append(user)
    yield from by_tweet.items()


def test_inserts_between_deletes_and_packing_keep_every_order(store):
    rng = np.random.default_rng(3)
    users = User.insert_all(username=[str(n) for n in range(60)])
    tweets = Tweet.insert_all(message=[str(n) for n in range(40)], user=users[0])
    links: dict[tuple[int, int], None] = {}
    for step in range(12):
        pairs = {
            (int(u), int(t)): None for u, t in zip(rng.integers(1, 61, 300), rng.integers(1, 41, 300), strict=True)
        }
        new = [pair for pair in pairs if pair not in links]
        made = Like.insert_all(
            user=np.array([user for user, _ in pairs]),
            tweet=np.array([tweet for _, tweet in pairs]),
            on_conflict="skip",
        )
        assert list(zip(made.column("user").tolist(), made.column("tweet").tolist(), strict=True)) == new
        links.update(dict.fromkeys(new))
        for user, tweet in list(links)[:: 3 if step % 2 else 2]:
            assert users[user - 1].unlike_tweet(tweets[tweet - 1])
            del links[user, tweet]
        if step % 3 == 0:
            store.compact()
        store.check()
        for tweet, likers in likes_by_hand(links):
            assert tweets[tweet - 1].likers.ids.tolist() == likers
        for user, liked in likes_by_hand((tweet, user) for user, tweet in links):
            assert users[user - 1].liked_tweets.ids.tolist() == liked
    assert len(Like.all()) == len(links)
