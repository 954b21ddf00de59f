"""Values and arguments of the wrong type are a TypeError that names both."""

import numpy as np
import pytest
from hasmany import HasManyError, Like, Store, Tweet, User

from .world import DAY, NOON, Appointment, Patient, Reading, case, refused


@pytest.mark.parametrize(
    ("use", "words"),
    [
        case("create", lambda w: User(3), "User", "username", "str", "int"),
        case("create by name", lambda w: User(username=b"x"), "User", "username", "str", "bytes"),
        case("create with None", lambda w: User(None), "username", "str", "None"),
        case("set", lambda w: setattr(w.alice, "username", 3), "username", "str", "int"),
        case("set None", lambda w: setattr(w.alice, "username", None), "username", "str", "None"),
        case("update", lambda w: w.alice.update(username=1.5), "username", "str", "float"),
        case("update in part", lambda w: w.visit.update(reason="ok", at="noon"), "at", "datetime", "str"),
        case("find_or_create", lambda w: Patient.find_or_create(name=7), "name", "str", "int"),
        case("update_all", lambda w: Tweet.all().update_all(message=3), "message", "str", "int"),
        case("post_tweet", lambda w: w.alice.post_tweet(3), "message", "str", "int"),
        case("create in a collection", lambda w: w.alice.tweets.create(3), "message", "str", "int"),
        case("create with a wrong link", lambda w: w.house.patients.create("New", reason=3), "reason", "str", "int"),
        case("add with a wrong link", lambda w: w.house.patients.add(w.cid, reason=3), "reason", "str", "int"),
        case("str for int", lambda w: Reading(count="1"), "Reading", "count", "int", "str"),
        case("float for int", lambda w: Reading(count=1.0), "count", "int", "float"),
        case("bool for int", lambda w: Reading(count=True), "count", "int", "bool"),
        case("numpy bool for int", lambda w: Reading(count=np.True_), "count", "int", "bool"),
        case("None for int", lambda w: Reading(count=None), "count", "int", "None"),
        case("str for float", lambda w: Reading(level="1.0"), "level", "float", "str"),
        case("int for bool", lambda w: Reading(valid=1), "valid", "bool", "int"),
        case("str for bool", lambda w: Reading(valid="yes"), "valid", "bool", "str"),
        case("str for bytes", lambda w: Reading(raw="x"), "raw", "bytes", "str"),
        case("bytes for str", lambda w: Reading(label=b"x"), "label", "str", "bytes"),
        case("list for str", lambda w: Reading(note=["x"]), "note", "str", "list"),
        case("date for datetime", lambda w: Reading(at=DAY), "at", "datetime", "date"),
        case("str for datetime", lambda w: Reading(at="2024-05-01T12:00:00Z"), "at", "datetime", "str"),
        case("datetime for date", lambda w: Reading(day=NOON), "day", "date", "datetime"),
        case("record for str", lambda w: Reading(label=w.alice), "label", "str", "User"),
        case("model for str", lambda w: User(User), "username", "str"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_type_error_that_names_both(w, use, words):
    with refused(TypeError, *words):
        use(w)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        case("like_tweet of a str", lambda w: w.alice.like_tweet("one"), "Tweet", "str"),
        case("like_tweet of an id", lambda w: w.alice.like_tweet(1), "Tweet", "int"),
        case("like_tweet of None", lambda w: w.alice.like_tweet(None), "Tweet", "None"),
        case("like_tweet of a user", lambda w: w.alice.like_tweet(w.bob), "Tweet", "User"),
        case("like_tweet of a class", lambda w: w.alice.like_tweet(Tweet), "Tweet"),
        case("unlike_tweet of a str", lambda w: w.alice.unlike_tweet("one"), "Tweet", "str"),
        case("unlike_tweet of a user", lambda w: w.alice.unlike_tweet(w.bob), "Tweet", "User"),
        case("Like of two users", lambda w: Like(w.alice, w.bob), "Tweet", "User"),
        case("Like the wrong way round", lambda w: Like(w.tweet, w.alice), "User", "Tweet"),
        case("Tweet of a name", lambda w: Tweet("hi", "alice"), "User", "str"),
        case("Tweet of nobody", lambda w: Tweet("hi", None), "User", "None"),
        case("set to a str", lambda w: setattr(w.tweet, "user", "bob"), "User", "str"),
        case("set to a tweet", lambda w: setattr(w.tweet, "user", w.other), "User", "Tweet"),
        case("set to None", lambda w: setattr(w.tweet, "user", None), "User", "None"),
        case("update to None", lambda w: w.visit.update(doctor=None), "Doctor", "None"),
        case("create with the wrong model", lambda w: Appointment(w.ann, w.house), "Doctor", "Patient"),
        case("an optional reference", lambda w: setattr(w.visit, "referrer", w.ann), "Doctor", "Patient"),
        case("update_all", lambda w: Tweet.all().update_all(user=w.tweet), "User", "Tweet"),
        case("add", lambda w: w.alice.liked_tweets.add(w.bob), "Tweet", "User"),
        case("add a str", lambda w: w.alice.liked_tweets.add("one"), "Tweet", "str"),
        case("add in part", lambda w: w.alice.liked_tweets.add(w.other, w.bob), "Tweet", "User"),
        case("add to an inverse", lambda w: w.alice.tweets.add(w.other, w.bob), "Tweet", "User"),
        case("replace", lambda w: w.bob.liked_tweets.replace([w.other, w.alice]), "Tweet", "User"),
        case("replace by ids", lambda w: w.bob.liked_tweets.replace([2]), "Tweet", "int"),
        case("a record of another class", lambda w: w.house.patients.add(w.alice), "Patient", "User"),
    ],
)
def test_a_record_of_the_wrong_model_is_a_type_error_that_names_both(w, use, words):
    with refused(TypeError, *words):
        use(w)


def test_a_wrong_type_is_a_plain_type_error(w):
    for use in (lambda: User(3), lambda: w.alice.like_tweet("x"), lambda: Reading(count="1")):
        with pytest.raises(TypeError) as caught:
            use()
        assert not isinstance(caught.value, HasManyError)


@pytest.mark.parametrize(
    "use",
    [
        lambda w: w.bob.liked_tweets.replace(5),
        lambda w: w.bob.liked_tweets.replace(None),
        lambda w: w.bob.liked_tweets.replace(),
        lambda w: User.find("1"),
        lambda w: User.find(1.0),
        lambda w: User.all().page("2"),
        lambda w: User.all().sample("2"),
        lambda w: w.bob.liked_tweets & 5,
        lambda w: w.bob.liked_tweets <= 5,
        lambda w: w.bob.liked_tweets.values(3),
        lambda w: w.bob.liked_tweets.through(3),
        lambda w: w.alice.update(w.bob),
        lambda w: w.alice.delete(True),
        lambda w: Store.of("alice"),
        lambda w: Store.of(None),
        lambda w: Store.current().on_commit(5),
    ],
)
def test_other_arguments_of_the_wrong_type_are_a_type_error(w, use):
    with refused(TypeError):
        use(w)


@pytest.mark.parametrize(
    "use",
    [
        lambda w: User(),
        lambda w: User("x", "y"),
        lambda w: User("x", username="y"),
        lambda w: Tweet("x"),
        lambda w: Like(w.alice),
        lambda w: Like(w.alice, w.tweet, w.tweet),
        lambda w: Like(w.alice, user=w.bob),
        lambda w: Appointment(w.house),
        lambda w: Appointment(w.house, doctor=w.house, patient=w.ann),
        lambda w: Appointment(w.house, w.ann, NOON, "flu", None, "more"),
        lambda w: w.alice.tweets.create(),
        lambda w: w.alice.tweets.create("x", "y"),
        lambda w: w.house.appointments.create(),
        lambda w: w.house.patients.create("New", name="Newer"),
    ],
)
def test_missing_surplus_and_repeated_arguments_are_a_type_error(w, use):
    with refused(TypeError):
        use(w)
