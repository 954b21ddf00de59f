"""A reference is given as records, as ids or as a collection; what was linked is read from both ends."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hasmany import DeletedError, DuplicateError, ForeignStoreError, Like, Many, Store, Tweet, User

from .clinic import Appointment, Doctor, Patient, Person, pairs

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
