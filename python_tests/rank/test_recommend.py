"""Members that a record does not have yet, by walks over the links, and why."""

import math

import numpy as np
import pytest
from hasmany import (
    DeletedError,
    ForeignStoreError,
    Like,
    Many,
    Model,
    Ranking,
    SchemaError,
    Scored,
    Store,
    Tweet,
    User,
    has_many,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from .links import TOLERANCE, Links, agree
from .people import Appointment, Doctor, Patient, Person


class Playlist(Model):
    name: str
    entries: Many["Entry"] = has_many()
    tracks: Many["Track"] = has_many(through="entries")


class Track(Model):
    title: str
    entries: Many["Entry"] = has_many()
    playlists: Many["Playlist"] = has_many(through="entries")


class Entry(Model, unique=("playlist", "track", "position")):
    playlist: Playlist
    track: Track
    position: int


def like_all(likes: dict[str, str]) -> tuple[dict[str, User], dict[str, Tweet]]:
    """Users by name, and the tweets that each likes, a letter each."""
    users = {name: User(name) for name in likes}
    letters = sorted(set("".join(likes.values())))
    tweets = {letter: next(iter(users.values())).post_tweet(letter) for letter in letters}
    for name, liked in likes.items():
        for letter in liked:
            users[name].like_tweet(tweets[letter])
    return users, tweets


def test_the_formula():
    users, tweets = like_all({"alice": "a", "bob": "ab", "carol": "abc", "dave": "d"})
    p, q = 0.8, 0.2
    found = users["alice"].recommend("liked_tweets", damping=(p, q))
    b = 3**-p * (1 / 2 + 1 / 3) * 2**-q
    c = 3**-p * (1 / 3)
    assert isinstance(found, Ranking) and not found.sampled
    assert found.records == [tweets["b"], tweets["c"]]
    np.testing.assert_allclose(found.scores, [b, c], rtol=TOLERANCE)
    assert found[0] == Scored(tweets["b"], found.scores[0])


def test_without_damping_the_walks_say_how_much():
    """Of the other owners' five links two members are new: q; and b is backed by two owners, c by one."""
    users, tweets = like_all({"alice": "a", "bob": "ab", "carol": "abc", "dave": "d"})
    found = users["alice"].recommend("liked_tweets")
    q = round((0.05 + 0.25 * math.log(5 / 2)) * 64) / 64
    b = 3**-0.6 * (1 / 2 + 1 / 3) * 2**-q * 2 / (2 + 3)
    c = 3**-0.6 * (1 / 3) * 1 / (1 + 3)
    assert found.records == [tweets["b"], tweets["c"]]
    np.testing.assert_allclose(found.scores, [b, c], rtol=TOLERANCE)
    for same in ({"damping": "auto"}, {"damping": None}):
        assert users["alice"].recommend("liked_tweets", **same) == found
        assert User.all().recommend("liked_tweets", **same)[users["alice"]] == found


def test_how_much_is_the_same_within_some():
    users, tweets = like_all({"alice": "ab", "bob": "abcdef", "carol": "bcdxy"})
    everything = dict(users["alice"].recommend("liked_tweets"))
    some = users["alice"].recommend("liked_tweets", within=Tweet.where(message=["c", "y"]))
    assert dict(some) == {tweet: everything[tweet] for tweet in (tweets["c"], tweets["y"])}


def test_where_walks_go_back_only_nothing_is_found():
    users, _ = like_all({"alice": "ab", "bob": "a", "carol": "b"})
    assert users["alice"].recommend("liked_tweets").records == []
    assert len(users["bob"].recommend("liked_tweets")) == 1


def test_plain_walks_end_with_certainty():
    users, tweets = like_all({"a": "pq", "b": "pqr", "c": "qrs"})
    found = users["a"].recommend("liked_tweets", damping=(1, 0))
    # p: half its likers have r as a third; q: b's third and c's.
    np.testing.assert_allclose(found.scores, [1 / 2 / 3 + 2 / 3 / 3, 1 / 3 / 3], rtol=TOLERANCE)
    assert found.records == [tweets["r"], tweets["s"]]


def test_why_best_first_and_no_more_than_three():
    users, tweets = like_all({"asker": "abcde", "one": "ax", "two": "abx", "three": "abcx", "four": "abcdxzy"})
    found = users["asker"].recommend("liked_tweets")
    links = Links.of([(like.user.id - 1, like.tweet.id - 1) for like in Like.all()], 5, len(tweets))
    contributions = links.contributions(users["asker"].id - 1)
    for tweet, score in found:
        column = contributions[:, tweet.id - 1]
        assert score == pytest.approx(column.sum(), rel=TOLERANCE)
        assert (found.why(tweet).ids - 1).tolist() == [
            at for at in np.argsort(-column, kind="stable")[:3] if column[at]
        ]
    assert len(found.why(tweets["x"])) == 3
    assert set(found.why(tweets["x"])) < set(users["asker"].liked_tweets)


def test_why_holds_after_the_store_changed():
    users, tweets = like_all({"alice": "ab", "bob": "abc"})
    found = users["alice"].recommend("liked_tweets")
    why = found.why(tweets["c"])
    users["bob"].unlike_tweet(tweets["c"])
    users["alice"].like_tweet(tweets["c"])
    users["alice"].unlike_tweet(tweets["a"])
    assert found.why(tweets["c"]) == why == [tweets["a"], tweets["b"]]
    tweets["a"].delete()
    assert found.why(tweets["c"]) == [tweets["b"]]
    assert found[:1].why(tweets["c"]) == [tweets["b"]]


def test_why_beyond_the_first_sixty_four():
    asker, other = User("asker"), User("other")
    own = asker.post_tweet("own")
    tweets = [asker.post_tweet(str(at)) for at in range(100)]
    for user, liked in ((asker, [own]), (other, [own, *tweets])):
        for tweet in liked:
            user.like_tweet(tweet)
    found = asker.recommend("liked_tweets", 100)
    assert found.records == tweets
    assert all(found.why(tweet) == [own] for tweet in tweets)


def test_why_of_what_is_not_there():
    users, tweets = like_all({"alice": "a", "bob": "ab", "carol": "c"})
    found = users["alice"].recommend("liked_tweets")
    for wrong in (tweets["c"], tweets["a"], users["bob"], "b", None):
        with pytest.raises(ValueError, match="is not in the ranking"):
            found.why(wrong)
    tweets["b"].delete()
    with pytest.raises(ValueError, match="is not in the ranking"):
        found.why(tweets["b"])


def test_without_links_it_is_empty():
    users, tweets = like_all({"alice": "a", "bob": "ab", "carol": "", "dave": "d"})
    assert len(users["carol"].recommend("liked_tweets")) == 0
    assert len(users["dave"].recommend("liked_tweets")) == 0
    assert len(users["bob"].recommend("liked_tweets")) == 0
    assert tweets["a"].recommend("likers").records == []
    assert len(users["alice"].recommend("liked_tweets", 0)) == 0


def test_within():
    users, tweets = like_all({"alice": "a", "bob": "abcd", "carol": "ab"})
    recommend = users["alice"].recommend
    everything = recommend("liked_tweets")
    assert everything.records == [tweets[letter] for letter in "bcd"]
    recent = Tweet.where(message=["c", "d"])
    assert recommend("liked_tweets", within=recent).records == [tweets["c"], tweets["d"]]
    assert recommend("liked_tweets", within=recent).scores.tolist() == everything.scores[1:].tolist()
    assert recommend("liked_tweets", 1, within=recent).records == [tweets["c"]]
    assert recommend("liked_tweets", within=users["carol"].liked_tweets).records == [tweets["b"]]
    assert recommend("liked_tweets", within=users["alice"].liked_tweets).records == []
    assert recommend("liked_tweets", within=Tweet.all()) == everything
    assert recommend("liked_tweets", within=Tweet.all()[:0]).records == []
    assert recommend("liked_tweets", within=None) == everything


def test_within_of_something_else():
    users, tweets = like_all({"alice": "a", "bob": "ab"})
    with pytest.raises(TypeError, match="within takes a collection of Tweet, not one of User"):
        users["alice"].recommend("liked_tweets", within=User.all())
    with pytest.raises(TypeError, match="within takes a collection of Tweet, not list"):
        users["alice"].recommend("liked_tweets", within=[tweets["b"]])
    with Store():
        foreign = Tweet.all()
    with pytest.raises(ForeignStoreError):
        users["alice"].recommend("liked_tweets", within=foreign)


def test_bad_input():
    users, _ = like_all({"alice": "a", "bob": "ab"})
    recommend = users["alice"].recommend
    with pytest.raises(ValueError, match="k is 0 or more, not -1"):
        recommend("liked_tweets", -1)
    with pytest.raises(TypeError, match="k takes int, not str"):
        recommend("liked_tweets", "ten")
    with pytest.raises(SchemaError, match="did you mean 'liked_tweets'"):
        recommend("liked_tweet")
    with pytest.raises(SchemaError, match=r"User.tweets has no links to walk"):
        recommend("tweets")
    with pytest.raises(SchemaError, match=r"User.likes has no links to walk"):
        recommend("likes")
    for damping in ((-0.1, 0.5), (0.5, float("nan")), (5, 0), (0, float("inf"))):
        with pytest.raises(ValueError, match="damping is two numbers from 0 to 4"):
            recommend("liked_tweets", damping=damping)
    for damping in ("Auto", "", "0.5"):
        with pytest.raises(ValueError, match=f"damping is 'auto' or two numbers from 0 to 4, not '{damping}'"):
            recommend("liked_tweets", damping=damping)
    for damping in (0.5, [0.5, 0.5], b"auto"):
        with pytest.raises(TypeError, match="damping takes 'auto' or a tuple of two numbers, not"):
            recommend("liked_tweets", damping=damping)
    for damping in ((1, 2, 3), ()):
        with pytest.raises(ValueError, match="length"):
            recommend("liked_tweets", damping=damping)
    for links in (0, -1):
        with pytest.raises(ValueError, match="max_links is 1 or more"):
            recommend("liked_tweets", max_links=links)
    users["alice"].delete()
    with pytest.raises(DeletedError):
        recommend("liked_tweets")


def test_deleted_rows_never_appear_and_changes_count():
    users, tweets = like_all({"alice": "a", "bob": "abc", "carol": "ad"})
    alice = users["alice"]
    before = alice.recommend("liked_tweets")
    assert set(before.records) == {tweets[letter] for letter in "bcd"}
    tweets["b"].delete()
    users["carol"].delete()
    assert alice.recommend("liked_tweets").records == [tweets["c"]]
    assert set(before.records) == {tweets["c"], tweets["d"]}
    users["bob"].like_tweet(tweets["d"])
    assert alice.recommend("liked_tweets").records == [tweets["c"], tweets["d"]]
    alice.like_tweet(tweets["c"])
    assert alice.recommend("liked_tweets").records == [tweets["d"]]


def test_friends_of_friends_are_recommended_and_nobody_to_themselves():
    a, b, c, d, e = (Person(name) for name in "abcde")
    for follower, followed in ((a, b), (b, c), (b, a), (c, d), (e, b), (e, d)):
        follower.following.add(followed)
    # d is a friend of c, who is none of a's; e follows whom a follows.
    assert a.recommend("following").records == [c]
    assert a.recommend("following").why(c) == [b]
    assert a not in a.recommend("following", within=Person.all()).records
    # Those who follow whom a follows, and whom else: walks of three steps.
    assert a.following.also("followers").records == [d]


def test_playlists_with_a_track_twice():
    lists, tracks = [Playlist(name) for name in "xyz"], [Track(title) for title in "abcd"]
    pairs = [(0, 0), (0, 1), (1, 0), (1, 2), (1, 2), (1, 2), (2, 1), (2, 3), (1, 3)]
    for position, (playlist, track) in enumerate(pairs):
        Entry(lists[playlist], tracks[track], position)
    links = Links.of(pairs, 3, 4)
    for at in range(3):
        agree(lists[at].recommend("tracks"), links.recommend(at), 10)
    found = lists[0].recommend("tracks")
    assert found.why(tracks[2]) == [tracks[0]]


def test_join_rows_that_lead_nowhere_do_not_count():
    pairs = [(0, 0), (0, None), (1, 0), (1, 1), (1, None), (1, None), (None, 0), (None, 1), (None, 1)]
    doctors, patients = [Doctor(name) for name in "de"], [Patient(name) for name in "pq"]
    for doctor, patient in pairs:
        Appointment(None if doctor is None else doctors[doctor], None if patient is None else patients[patient])
    links = Links.of([(one, two) for one, two in pairs if one is not None and two is not None], 2, 2)
    agree(doctors[0].recommend("patients"), links.recommend(0), 10)


def test_equal_scores_the_older_first():
    users, tweets = like_all({"alice": "ab", "bob": "acd", "carol": "bef", "dave": "abgh"})
    found = users["alice"].recommend("liked_tweets")
    assert found.records == [tweets[letter] for letter in "ghcdef"]
    assert found.scores[0] == found.scores[1] and found.scores[2] == found.scores[5]


pairs = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 14)), max_size=140)
dampings = st.just("auto") | st.tuples(st.floats(0, 2), st.floats(0, 2))


@settings(max_examples=60, deadline=None)
@given(likes=pairs, k=st.integers(0, 16), damping=dampings, within=st.none() | st.sets(st.integers(0, 14)))
def test_as_the_matrix_says(likes, k, damping, within):
    with Store() as store:
        users = User.insert_all(username=[str(at) for at in range(12)])
        Tweet.insert_all(message="m", user=[1] * 15)
        if distinct := list(dict.fromkeys(likes)):
            Like.insert_all(user=[user + 1 for user, _ in distinct], tweet=[tweet + 1 for _, tweet in distinct])
        links = Links.of(distinct, 12, 15)
        allowed = np.ones(15) if within is None else np.isin(np.arange(15), list(within))
        chosen = None if within is None else Tweet.where(id=[at + 1 for at in within])
        for _ in range(2):
            for at in range(0, 12, 3):
                found = users[at].recommend("liked_tweets", k, damping=damping, within=chosen)
                agree(found, links.recommend(at, damping) * allowed, k)
                reasons_agree(found, links.contributions(at, damping))
            store.compact()


@settings(max_examples=40, deadline=None)
@given(visits=pairs, gone=st.sets(st.integers(0, 14), max_size=4), k=st.integers(0, 16))
def test_as_the_matrix_says_where_pairs_repeat_and_rows_go(visits, gone, k):
    with Store():
        doctors = Doctor.insert_all(name=[str(at) for at in range(12)])
        patients = Patient.insert_all(name=[str(at) for at in range(15)])
        rows = [(Appointment(doctors[one], patients[two]), two) for one, two in visits]
        for row, patient in rows:
            if patient in gone:
                row.delete()
        links = Links.of([(one, two) for one, two in visits if two not in gone], 12, 15)
        for at in range(0, 12, 3):
            found = doctors[at].recommend("patients", k)
            agree(found, links.recommend(at), k)
            reasons_agree(found, links.contributions(at))


@settings(max_examples=40, deadline=None)
@given(follows=st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=80), damping=dampings)
def test_as_the_matrix_says_of_who_follows_whom(follows, damping):
    with Store():
        people = Person.insert_all(name=[str(at) for at in range(12)])
        for one, two in follows:
            people[one].following.add(people[two])
        links = Links.of(follows, 12, 12)
        for at in range(0, 12, 3):
            agree(people[at].recommend("following", damping=damping), links.friends(at, damping), 10)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    owners=st.integers(20, 400),
    members=st.integers(20, 4000),
    damping=st.sampled_from(["auto", (0.8, 0.2), (1, 0), (0, 0), (0.5, 1.5)]),
)
def test_as_the_matrix_says_of_hundreds(seed, owners, members, damping):
    """Few are far better than the rest, and are pruned by; nobody is missed. Some rows are dead, or all are packed."""
    rng = np.random.default_rng(seed)
    with Store() as store:
        users = User.insert_all(username=[str(at) for at in range(owners)])
        Tweet.insert_all(message="m", user=[1] * members)
        drawn = (owners * rng.random(6000) ** 2).astype(int), (members * rng.random(6000) ** 4).astype(int)
        rows = Like.insert_all(user=drawn[0] + 1, tweet=drawn[1] + 1, on_conflict="skip")
        for keep in (1.0, 0.8):
            if keep < 1:
                rows.sample(len(rows) // 5, seed=1).delete_all()
            pairs = zip(
                (Like.all().column("user") - 1).tolist(), (Like.all().column("tweet") - 1).tolist(), strict=True
            )
            links = Links.of(pairs, owners, members)
            for at in rng.integers(0, owners, 3).tolist():
                for k in (1, 10):
                    agree(users[at].recommend("liked_tweets", k, damping=damping), links.recommend(at, damping), k)
        store.compact()
        agree(users[0].recommend("liked_tweets", damping=damping), links.recommend(0, damping), 10)


def reasons_agree(found: Ranking, contributions: np.ndarray) -> None:
    """The reasons are the three largest contributions, or as large."""
    for record in found.records:
        column = contributions[:, record.id - 1]
        given = column[found.why(record).ids - 1]
        np.testing.assert_allclose(given, np.sort(column[column > 0])[::-1][:3], rtol=TOLERANCE)


def test_what_is_wrong_is_said_in_this_order():
    """That the record is gone; that the collection is none, or shares nothing; then what is wrong with the rest."""
    alice = User("alice")
    alice.post_tweet("hello")
    with pytest.raises(SchemaError, match="has no links to walk"):
        alice.recommend("tweets", within=User.all())
    with pytest.raises(TypeError, match="within takes"):
        alice.recommend("liked_tweets", within=User.all())
    alice.delete()
    for name in ("liked_tweets", "tweets", "nothing"):
        with pytest.raises(DeletedError):
            alice.recommend(name)
        with pytest.raises(DeletedError):
            alice.similar(name)
