"""The members with the most of a collection."""

from collections import Counter

import pytest
from hasmany import DeletedError, Like, Ranking, SchemaError, Scored, Store, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

from .clinic import Appointment, Doctor, Patient


@pytest.fixture
def world() -> tuple[list[User], list[Tweet]]:
    users = [User(name) for name in "abcd"]
    tweets = [users[0].post_tweet(str(at)) for at in range(5)]
    for tweet, likers in zip(tweets, (1, 3, 0, 3, 2), strict=True):
        for user in users[:likers]:
            user.like_tweet(tweet)
    return users, tweets


def test_best_first_and_ties_by_age(world):
    _, tweets = world
    ranking = Tweet.all().top(3, by="likers")
    assert isinstance(ranking, Ranking)
    assert ranking == [Scored(tweets[1], 3.0), Scored(tweets[3], 3.0), Scored(tweets[4], 2.0)]
    assert not ranking.sampled


def test_zeros_are_included_and_ten_is_the_default(world):
    _, tweets = world
    ranking = Tweet.all().top(by="likers")
    assert ranking.records == [tweets[at] for at in (1, 3, 4, 0, 2)]
    assert ranking.scores.tolist() == [3, 3, 2, 1, 0]
    for at in range(20):
        world[0][0].post_tweet(str(at))
    assert len(Tweet.all().top(by="likers")) == 10


def test_of_any_collection_by_any_collection(world):
    users, tweets = world
    assert User.all().top(1, by="tweets").scores.tolist() == [5]
    assert users[1].liked_tweets.top(2, by="likes").records == [tweets[1], tweets[3]]
    assert Tweet.all()[2:].top(1, by="likers") == [(tweets[3], 3.0)]
    assert Tweet.where(message="2").top(by="likers").scores.tolist() == [0]


def test_a_pair_with_several_join_rows_counts_once():
    doctor, other = Doctor("d"), Doctor("e")
    patients = [Patient(name) for name in "pqr"]
    for patient in (patients[0], patients[0], patients[0], patients[1]):
        Appointment(doctor, patient)
    for patient in patients:
        Appointment(other, patient)
    assert Doctor.all().top(by="patients") == [(other, 3.0), (doctor, 2.0)]
    assert Doctor.all().top(by="appointments") == [(doctor, 4.0), (other, 3.0)]
    assert Patient.all().top(by="doctors").scores.tolist() == [2, 2, 1]
    assert Patient.all().top(by="colleagues").scores.tolist() == [3, 3, 3]


def test_a_live_store_changes_the_next_answer(world):
    users, tweets = world
    before = Tweet.all().top(1, by="likers")
    for user in users:
        user.like_tweet(tweets[2])
    assert before.records == [tweets[1]]
    assert Tweet.all().top(1, by="likers") == [(tweets[2], 4.0)]
    tweets[2].delete()
    users[0].delete()
    assert len(Tweet.all().top(by="likers")) == 0


def test_deleted_members_leave_a_ranking(world):
    _, tweets = world
    ranking = Tweet.all().top(3, by="likers")
    tweets[1].delete()
    assert ranking.records == [tweets[3], tweets[4]] and ranking.scores.tolist() == [3, 2] and len(ranking) == 2


@pytest.mark.parametrize("k", [-1, -(10**30)])
def test_a_negative_k_is_an_error(k):
    with pytest.raises(ValueError, match="k is 0 or more, not -1"):
        Tweet.all().top(k, by="likers")


def test_k_of_zero_is_empty_and_a_large_one_is_all(world):
    assert len(Tweet.all().top(0, by="likers")) == 0
    assert len(Tweet.all().top(10**30, by="likers")) == 5


@pytest.mark.parametrize("k", ["3", 2.0, b""])
def test_k_is_an_int(k):
    with pytest.raises(TypeError, match="k takes int"):
        Tweet.all().top(k, by="likers")


def test_an_unknown_collection_names_the_nearest():
    with pytest.raises(SchemaError, match="'likers'"):
        Tweet.all().top(by="liker")
    with pytest.raises(SchemaError, match="no collection 'user'"):
        Tweet.all().top(by="user")
    with pytest.raises(TypeError):
        Tweet.all().top(3)


def test_of_a_deleted_owner(world):
    users, _ = world
    liked = users[1].liked_tweets
    users[1].delete()
    with pytest.raises(DeletedError):
        liked.top(by="likers")


def test_of_nothing():
    assert list(Tweet.all().top(by="likers")) == []


@settings(max_examples=50, deadline=None)
@given(
    likes=st.sets(st.tuples(st.integers(1, 6), st.integers(1, 9))),
    gone=st.sets(st.integers(1, 9), max_size=3),
    k=st.integers(0, 12),
)
def test_as_counting_does(likes, gone, k):
    with Store() as store:
        User.insert_all(username=list("abcdef"))
        Tweet.insert_all(message="m", user=[1] * 9)
        if likes:
            users, tweets = zip(*sorted(likes), strict=True)
            Like.insert_all(user=list(users), tweet=list(tweets))
        for id in gone:
            Tweet.find(id).delete()
        counts = Counter(tweet for _, tweet in likes)
        expected = sorted((-counts[id], id) for id in range(1, 10) if id not in gone)[:k]
        assert [(-score, tweet.id) for tweet, score in Tweet.all().top(k, by="likers")] == expected
        store.compact()
        assert [(-score, tweet.id) for tweet, score in Tweet.all().top(k, by="likers")] == expected
