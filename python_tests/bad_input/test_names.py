"""A misspelt name is refused, and the nearest named."""

import pytest
from hasmany import SchemaError, User

from .world import Appointment, Patient, case, refused


@pytest.mark.parametrize(
    ("use", "words"),
    [
        case("create", lambda w: User(usrname="x"), "usrname", "username"),
        case("create with more", lambda w: User("x", usrname="y"), "usrname", "username"),
        case("create a model", lambda w: Appointment(w.house, w.ann, reson="x"), "reson", "reason"),
        case("update", lambda w: w.alice.update(usrname="x"), "usrname", "username"),
        case("update in part", lambda w: w.visit.update(at=None, reson="x"), "reson", "reason"),
        case("update_all", lambda w: User.all().update_all(usrname="x"), "usrname", "username"),
        case("where", lambda w: User.where(usrname="x"), "usrname", "username"),
        case("find_by", lambda w: User.find_by(usrname="x"), "usrname", "username"),
        case("find", lambda w: User.find(usrname="x"), "usrname", "username"),
        case("find_or_create", lambda w: Patient.find_or_create(nmae="x"), "nmae", "name"),
        case("where in a collection", lambda w: w.alice.tweets.where(mesage="x"), "mesage", "message"),
        case("find_by in a collection", lambda w: w.alice.tweets.find_by(mesage="x"), "mesage", "message"),
        case("order_by", lambda w: w.alice.tweets.order_by("mesage"), "mesage", "message"),
        case("values", lambda w: w.alice.tweets.values("mesage"), "mesage", "message"),
        case("column", lambda w: w.alice.tweets.column("mesage"), "mesage", "message"),
        case("a dotted name", lambda w: w.alice.tweets.values("user.usrname"), "usrname", "username"),
        case("a dotted reference", lambda w: w.alice.tweets.values("usr.username"), "usr", "user"),
        case("through", lambda w: w.alice.liked_tweets.through("likrs"), "likrs", "likers"),
        case("create in a collection", lambda w: w.alice.tweets.create(mesage="x"), "mesage", "message"),
        case("create over a link", lambda w: w.house.patients.create("New", reson="x"), "reson", "reason"),
        case("add over a link", lambda w: w.house.patients.add(w.ann, w.cid, reson="x"), "reson", "reason"),
    ],
)
def test_a_misspelt_field_is_a_schema_error_that_names_the_nearest(w, use, words):
    with refused(SchemaError, *words):
        use(w)


@pytest.mark.parametrize(
    ("use", "words"),
    [
        case("read a field", lambda w: w.alice.usrname, "usrname", "username"),
        case("set a field", lambda w: setattr(w.alice, "usrname", "x"), "usrname", "username"),
        case("read a collection", lambda w: w.alice.liked_twets, "liked_twets", "liked_tweets"),
        case("set a collection", lambda w: setattr(w.alice, "liked_twets", []), "liked_twets", "liked_tweets"),
        case("read a reference", lambda w: w.tweet.usr, "usr", "user"),
        case("set a reference", lambda w: setattr(w.tweet, "usr", w.bob), "usr", "user"),
        case("read a field of a model", lambda w: w.visit.reson, "reson", "reason"),
        case("set a field of a model", lambda w: setattr(w.visit, "reson", "x"), "reson", "reason"),
        case("read a collection of a model", lambda w: w.house.pateints, "pateints", "patients"),
        case("set a collection of a model", lambda w: setattr(w.house, "pateints", []), "pateints", "patients"),
        case("set a reference of a model", lambda w: setattr(w.visit, "docter", w.house), "docter", "doctor"),
    ],
)
def test_a_misspelt_attribute_is_an_attribute_error_that_names_the_nearest(w, use, words):
    with refused(AttributeError, *words):
        use(w)
