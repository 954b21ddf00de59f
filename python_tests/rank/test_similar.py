"""Other records that share members of a collection."""

import math

import pytest
from hasmany import DeletedError, Like, SchemaError, Store, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

from .links import Links, agree
from .people import Appointment, Doctor, Patient, Person

MEASURES = ("cosine", "jaccard", "overlap", "count")


@pytest.fixture
def tweets() -> list[Tweet]:
    users = [User(name) for name in "abcdef"]
    tweets = [users[0].post_tweet(str(at)) for at in range(4)]
    for tweet, likers in zip(tweets, ("abc", "abcdef", "ab", ""), strict=True):
        for name in likers:
            User.find(username=name).like_tweet(tweet)
    return tweets


def test_measures(tweets):
    one, two, three, _ = tweets
    assert one.similar("likers", shrink=0) == [(three, math.sqrt(4 / 6)), (two, math.sqrt(9 / 18))]
    assert one.similar("likers", measure="jaccard", shrink=0) == [(three, 2 / 3), (two, 0.5)]
    assert one.similar("likers", measure="overlap", shrink=0) == [(two, 1.0), (three, 1.0)]
    assert one.similar("likers", measure="count") == [(two, 3.0), (three, 2.0)]
    assert not one.similar("likers").sampled


def test_measures_shrink_by_ten(tweets):
    one, two, three, _ = tweets
    assert one.similar("likers") == [(two, 3 / (math.sqrt(18) + 10)), (three, 2 / (math.sqrt(6) + 10))]
    assert one.similar("likers", measure="jaccard") == [(two, 3 / 16), (three, 2 / 13)]
    assert one.similar("likers", measure="overlap") == [(two, 3 / 13), (three, 2 / 12)]
    for measure in MEASURES:
        assert one.similar("likers", measure=measure) == one.similar("likers", measure=measure, shrink=10)
    assert one.similar("likers", measure="count", shrink=3.5) == [(two, 3.0), (three, 2.0)]
    assert one.similar("likers", measure="overlap", shrink=0.5).scores.tolist() == [3 / 3.5, 2 / 2.5]


@pytest.mark.parametrize("shrink", [-1, -1e-300, math.nan, math.inf])
def test_shrink_is_zero_or_more(tweets, shrink):
    for ask in (tweets[0].similar, Tweet.all().similar):
        with pytest.raises(ValueError, match="shrink is a number of 0 or more, not"):
            ask("likers", shrink=shrink)
        with pytest.raises(TypeError):
            ask("likers", shrink="10")


def test_shrink_reaches_every_ranking(tweets):
    many = Tweet.all().similar("likers", measure="overlap", shrink=1)
    assert many[tweets[0]] == tweets[0].similar("likers", measure="overlap", shrink=1)


def test_the_same_members_are_as_alike_as_can_be(tweets):
    twin = Tweet("twin", tweets[0].user)
    twin.likers.add(*tweets[0].likers)
    for measure in ("cosine", "jaccard", "overlap"):
        assert twin.similar("likers", 1, measure=measure, shrink=0).scores.tolist() == [1.0]


def test_without_links_it_is_empty(tweets):
    ranking = tweets[3].similar("likers")
    assert len(ranking) == 0 and list(ranking) == [] and len(ranking.records) == 0
    assert all(tweets[3] not in tweet.similar("likers").records for tweet in tweets)


def test_k(tweets):
    assert tweets[0].similar("likers", 1) == tweets[0].similar("likers")[:1]
    assert len(tweets[0].similar("likers", 0)) == 0
    with pytest.raises(ValueError, match="k is 0 or more, not -3"):
        tweets[0].similar("likers", -3)


def test_bad_names(tweets):
    with pytest.raises(SchemaError, match="did you mean 'likers'"):
        tweets[0].similar("liker")
    with pytest.raises(ValueError, match="measure is one of 'cosine', 'jaccard', 'overlap', 'count', not 'cosin'"):
        tweets[0].similar("likers", measure="cosin")


def test_a_collection_that_shares_nothing_is_an_error(tweets):
    with pytest.raises(SchemaError, match=r"User.tweets has no links to walk: each Tweet in it belongs to one User"):
        tweets[0].user.similar("tweets")


def test_deleted_rows_never_appear(tweets):
    one, two, three, _ = tweets
    before = one.similar("likers")
    two.delete()
    assert before.records == one.similar("likers").records == [three]
    User.find(username="c").delete()
    assert one.similar("likers", shrink=0).scores.tolist() == [1.0]
    one.delete()
    with pytest.raises(DeletedError):
        one.similar("likers")


def test_a_live_store_changes_the_next_answer(tweets):
    one, _, _, four = tweets
    assert four not in one.similar("likers").records
    User.find(username="a").like_tweet(four)
    assert four in one.similar("likers").records
    User.find(username="a").unlike_tweet(four)
    assert four not in one.similar("likers").records


def test_why_is_for_recommendations(tweets):
    with pytest.raises(TypeError, match="recommend"):
        tweets[0].similar("likers").why(tweets[1])


def test_join_rows_that_lead_nowhere_do_not_count():
    doctors, patients = [Doctor(name) for name in "de"], [Patient(name) for name in "pq"]
    for doctor in doctors:
        for patient in (patients[0], None, patients[0], patients[1], None):
            Appointment(doctor, patient)
    Appointment(None, patients[0])
    assert doctors[0].similar("patients", shrink=0) == [(doctors[1], 1.0)]
    assert patients[0].similar("doctors", measure="count") == [(patients[1], 2.0)]


def test_who_follows_the_same():
    people = [Person(name) for name in "abcd"]
    a, b, c, d = people
    for follower, followed in ((a, c), (b, c), (a, d), (b, d), (c, d), (d, a)):
        follower.following.add(followed)
    assert a.similar("following", measure="count") == [(b, 2.0), (c, 1.0)]
    assert c.similar("followers", measure="count") == [(d, 2.0)]


shrinks = st.just(10.0) | st.just(0) | st.floats(0, 1000)
pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 14)), max_size=120)


@settings(max_examples=60, deadline=None)
@given(likes=pairs, k=st.integers(0, 14), measure=st.sampled_from(MEASURES), shrink=shrinks)
def test_as_the_matrix_says(likes, k, measure, shrink):
    with Store() as store:
        users = User.insert_all(username=[str(at) for at in range(12)])
        tweets = Tweet.insert_all(message="m", user=[1] * 15)
        if distinct := list(dict.fromkeys(likes)):
            Like.insert_all(user=[user + 1 for user, _ in distinct], tweet=[tweet + 1 for _, tweet in distinct])
        links = Links.of(distinct, 12, 15)
        turned = Links(links.matrix.T.tocsr())
        for _ in range(2):
            for at in range(0, 12, 3):
                found = users[at].similar("liked_tweets", k, measure=measure, shrink=shrink)
                agree(found, links.similar(at, measure, shrink), k)
                found = tweets[at].similar("likers", k, measure=measure, shrink=shrink)
                agree(found, turned.similar(at, measure, shrink), k)
            store.compact()


@settings(max_examples=40, deadline=None)
@given(visits=pairs, k=st.integers(0, 14), measure=st.sampled_from(MEASURES))
def test_as_the_matrix_says_where_pairs_repeat(visits, k, measure):
    with Store():
        doctors = Doctor.insert_all(name=[str(at) for at in range(12)])
        patients = Patient.insert_all(name=[str(at) for at in range(15)])
        for doctor, patient in visits:
            Appointment(doctors[doctor], patients[patient])
        links = Links.of(visits, 12, 15)
        for at in range(0, 12, 3):
            agree(doctors[at].similar("patients", k, measure=measure), links.similar(at, measure), k)
