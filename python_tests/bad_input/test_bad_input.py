"""Bad input is refused with the error that fits, and leaves the store exactly as it was."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import hasmany
import numpy as np
import pytest
from hasmany import (
    DeletedError,
    FieldError,
    ForeignStoreError,
    HasManyError,
    Like,
    Many,
    Model,
    Record,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NAIVE = datetime(2024, 5, 1, 12)
DAY = date(2024, 5, 1)


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    reason: str | None = None
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Reading(Model):
    """A field of every type."""

    count: int = 0
    level: float = 0.0
    valid: bool = False
    label: str = ""
    raw: bytes = b""
    at: datetime = NOON
    day: date = DAY
    note: str | None = None


@pytest.fixture
def w() -> SimpleNamespace:
    """A small world of every model, with a deleted record and records of another store."""
    with Store():
        stranger = User("stranger")
        strange_tweet = stranger.post_tweet("from elsewhere")
        strange_doctor, strange_patient = Doctor("Strange"), Patient("Stranger")
    alice, bob = User("alice"), User("bob")
    tweet, other, gone = alice.post_tweet("one"), bob.post_tweet("two"), alice.post_tweet("gone")
    like = bob.like_tweet(tweet)
    alice.like_tweet(gone)
    gone.delete()
    house, ann, ben, cid, dead = Doctor("House"), *(Patient(name) for name in ("Ann", "Ben", "Cid", "Dead"))
    visit = Appointment(house, ann, NOON, "flu", house)
    Appointment(house, ben)
    dead.delete()
    reading = Reading(3, 0.5, True, "x", b"x", NOON, DAY, "n")
    return SimpleNamespace(**locals())


def dump() -> list[Any]:
    """Every row with its fields, and every collection of every row: the relationships from both ends."""
    readings = ("count", "level", "valid", "label", "raw", "at", "day", "note")
    return [
        [(u.id, u.username, list(u.tweets), list(u.likes), list(u.liked_tweets)) for u in User.all()],
        [(t.id, t.message, t.user, t.username, list(t.likes), list(t.likers)) for t in Tweet.all()],
        [(x.id, x.user, x.tweet) for x in Like.all()],
        [(d.id, d.name, list(d.patients)) for d in Doctor.all()],
        [list(Appointment.where(doctor=d)) for d in Doctor.all()],
        [list(Appointment.where(referrer=d)) for d in Doctor.all()],
        [(p.id, p.name, list(p.appointments), list(p.doctors)) for p in Patient.all()],
        [(a.id, a.doctor, a.patient, a.at, a.reason, a.referrer) for a in Appointment.all()],
        [(r.id, *(getattr(r, name) for name in readings)) for r in Reading.all()],
        [Patient.find_by(name=name) for name in ("Ann", "Ben", "Cid", "Dead", "New")],
        [Like.find_by(user=u, tweet=t) for u in User.all() for t in Tweet.all()],
    ]


@contextmanager
def refused(error: type[BaseException], *words: str) -> Iterator[None]:
    """The block raises this error, its message has these words, and the store is as before."""
    before = dump()
    with pytest.raises(error) as caught:
        yield
    for word in words:
        assert word in str(caught.value)
    assert dump() == before
    Store.current().check()


def case(name: str, use: Callable[[SimpleNamespace], Any], *words: str) -> Any:
    return pytest.param(use, words, id=name)


# ── values of the wrong Python type ───────────────────────────────────────────────────────────────


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


# ── values that do not fit ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("use", "words"),
    [
        case("int too large", lambda w: Reading(count=2**63), "Reading", "count", str(2**63)),
        case("int too small", lambda w: Reading(count=-(2**63) - 1), "Reading", "count", str(-(2**63) - 1)),
        case("int far too large", lambda w: Reading(count=10**5000), "Reading", "count"),
        case("set", lambda w: setattr(w.reading, "count", 2**64), "Reading", "count", str(2**64)),
        case("update", lambda w: w.reading.update(label="new", count=2**64), "Reading", "count", str(2**64)),
        case("update_all", lambda w: Reading.all().update_all(count=2**64), "Reading", "count", str(2**64)),
        case("int too large for a float", lambda w: Reading(level=10**400), "Reading", "level"),
        case("int far too large for a float", lambda w: Reading(level=10**5000), "Reading", "level"),
        case("NaN", lambda w: Reading(level=float("nan")), "Reading", "level", "nan"),
        case("negative NaN", lambda w: setattr(w.reading, "level", -float("nan")), "Reading", "level", "nan"),
        case("lone surrogate", lambda w: User("a\ud800b"), "User", "username", "ud800"),
        case("lone low surrogate", lambda w: w.alice.post_tweet("\udfff"), "Tweet", "message", "udfff"),
        case("surrogates the wrong way round", lambda w: Reading(note="\ude00\ud83d"), "Reading", "note", "ude00"),
        case("set a surrogate", lambda w: setattr(w.alice, "username", "\udcff"), "User", "username", "udcff"),
        case("naive datetime", lambda w: Reading(at=NAIVE), "Reading", "at", "2024"),
        case("set a naive datetime", lambda w: setattr(w.visit, "at", NAIVE), "Appointment", "at", "2024"),
        case("create a linked member", lambda w: w.house.patients.create("New", at=NAIVE), "Appointment", "at", "2024"),
        case("add", lambda w: w.house.patients.add(w.cid, at=NAIVE), "Appointment", "at", "2024"),
        case("replace", lambda w: w.house.patients.replace([w.cid, w.ben], at=NAIVE), "Appointment", "at", "2024"),
    ],
)
def test_a_value_that_does_not_fit_is_a_field_error_that_names_it(w, use, words):
    with refused(FieldError, *words):
        use(w)


def test_the_largest_and_smallest_values_fit(w):
    for value in (2**63 - 1, -(2**63), 0):
        w.reading.count = value
        assert w.reading.count == value
    for value in (1.7976931348623157e308, -5e-324, float("inf")):
        w.reading.level = value
        assert w.reading.level == value
    w.reading.level = 2**1023
    assert w.reading.level == 2.0**1023


def test_what_has_an_index_fits_an_int_field(w):
    class Seven:
        def __index__(self) -> int:
            return 7

    for value in (Seven(), np.int64(7), np.uint8(7)):
        w.reading.count = value
        assert w.reading.count == 7
        assert type(w.reading.count) is int


def test_an_index_that_raises_is_raised_on(w):
    class Broken:
        def __index__(self) -> int:
            raise ZeroDivisionError

    with refused(ZeroDivisionError):
        w.reading.count = Broken()
    with refused(ZeroDivisionError):
        Reading(Broken())


# ── hostile strings ───────────────────────────────────────────────────────────────────────────────


HOSTILE = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\n\r\t\x1b[31m",
    "'; DROP TABLE users; --",
    '"',
    "\\",
    "%s %(x)s {0} {x!r}",
    "\u202egnp.exe",
    "\ufeff",
    "\uffff",
    "\U0010ffff",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "e\u0301",
    "İ",
    "None",
    "x" * 1_000_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_other_string_is_kept_and_found_as_it_is(w, text):
    user = User(text)
    patient = Patient(text)
    assert user.username == text
    assert User.where(username=text) == [user]
    assert User.all().values("username")[-1] == text
    assert Patient.find_by(name=text) == patient
    with pytest.raises(hasmany.DuplicateError):
        Patient(text)
    assert user.post_tweet(text).username == text
    assert isinstance(repr(user), str)
    assert isinstance(User.all()._repr_html_(), str)


@pytest.mark.parametrize("name", ["", "\x00", "usrname\x00", "\ud800", "username ", "x" * 100_000, "__class__", "%s"])
def test_a_hostile_field_name_is_a_schema_error(w, name):
    for use in (
        lambda: User(**{name: "x"}),
        lambda: w.alice.update(**{name: "x"}),
        lambda: User.where(**{name: "x"}),
        lambda: User.find_by(**{name: "x"}),
        lambda: User.all().values(name),
        lambda: User.all().order_by(name),
        lambda: w.alice.liked_tweets.through(name),
    ):
        with refused(SchemaError):
            use()


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "usr name", "x" * 100_000, "%s"])
def test_a_hostile_attribute_name_is_an_attribute_error(w, name):
    for record in (w.alice, w.house):
        with refused(AttributeError):
            getattr(record, name)
        with refused(AttributeError):
            setattr(record, name, "x")


# ── records of another store ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "use",
    [
        lambda w: w.alice.like_tweet(w.strange_tweet),
        lambda w: w.stranger.like_tweet(w.tweet),
        lambda w: Like(w.stranger, w.tweet),
        lambda w: Like(w.alice, w.strange_tweet),
        lambda w: Like(w.stranger, w.strange_tweet),
        lambda w: Tweet("x", w.stranger),
        lambda w: setattr(w.tweet, "user", w.stranger),
        lambda w: w.like.update(user=w.alice, tweet=w.strange_tweet),
        lambda w: w.alice.liked_tweets.add(w.other, w.strange_tweet),
        lambda w: w.alice.tweets.add(w.strange_tweet),
        lambda w: w.bob.liked_tweets.replace([w.other, w.strange_tweet]),
        lambda w: w.stranger.liked_tweets.add(w.tweet),
        lambda w: Tweet.all().update_all(user=w.stranger),
        lambda w: Appointment(w.strange_doctor, w.ann),
        lambda w: Appointment(w.house, w.strange_patient),
        lambda w: setattr(w.visit, "referrer", w.strange_doctor),
        lambda w: w.house.patients.add(w.ann, w.strange_patient),
        lambda w: w.house.appointments.create(w.strange_patient),
        lambda w: w.house.patients.create("New", referrer=w.strange_doctor),
    ],
)
def test_linking_records_of_two_stores_is_a_foreign_store_error(w, use):
    with refused(ForeignStoreError):
        use(w)
    assert w.stranger.tweets == [w.strange_tweet]
    assert w.stranger.likes == []
    assert w.strange_doctor.appointments == []


# ── deleted records ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "use",
    [
        lambda w: w.alice.like_tweet(w.gone),
        lambda w: Like(w.alice, w.gone),
        lambda w: setattr(w.like, "tweet", w.gone),
        lambda w: w.like.update(user=w.alice, tweet=w.gone),
        lambda w: w.alice.liked_tweets.add(w.other, w.gone),
        lambda w: w.alice.tweets.add(w.gone),
        lambda w: w.bob.liked_tweets.replace([w.other, w.gone]),
        lambda w: Like.all().update_all(tweet=w.gone),
        lambda w: Like.find_or_create(user=w.bob, tweet=w.gone),
        lambda w: Like.where(tweet=w.gone),
        lambda w: Like.where(tweet=[w.tweet, w.gone]),
        lambda w: Like.find_by(tweet=w.gone),
        lambda w: w.alice.tweets | [w.gone],
        lambda w: Appointment(w.house, w.dead),
        lambda w: setattr(w.visit, "patient", w.dead),
        lambda w: w.house.patients.add(w.ann, w.dead),
        lambda w: w.house.appointments.create(w.dead),
        lambda w: w.dead.doctors,
        lambda w: w.dead.delete(),
        lambda w: setattr(w.dead, "name", "New"),
    ],
)
def test_a_deleted_record_is_a_deleted_error(w, use):
    with refused(DeletedError):
        use(w)


# ── misspelt names ────────────────────────────────────────────────────────────────────────────────


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


# ── hostile objects ───────────────────────────────────────────────────────────────────────────────


class Unequal:
    """Raises when it is compared or hashed."""

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError

    def __hash__(self) -> int:
        raise ZeroDivisionError


def test_membership_asks_nothing_of_a_stranger(w):
    assert Unequal() not in w.alice.tweets
    assert Unequal() not in w.alice.tweets[:]
    assert w.alice.tweets.count(Unequal()) == 0
    assert Unequal() not in Store.current()


def test_an_iterable_that_raises_is_raised_on(w):
    def broken() -> Iterator[Tweet]:
        yield w.other
        raise ZeroDivisionError

    for use in (
        lambda: w.bob.liked_tweets.replace(broken()),
        lambda: w.bob.liked_tweets & broken(),
        lambda: w.bob.liked_tweets | broken(),
        lambda: w.bob.liked_tweets - broken(),
        lambda: w.bob.liked_tweets ^ broken(),
        lambda: w.bob.liked_tweets <= broken(),
        lambda: w.bob.liked_tweets.isdisjoint(broken()),
    ):
        with refused(ZeroDivisionError):
            use()


def test_an_iterable_may_use_the_store_while_it_is_read(w):
    def writing() -> Iterator[Tweet]:
        yield w.other
        yield w.alice.post_tweet("made meanwhile")

    assert w.bob.liked_tweets.replace(writing()).values("message") == ["two", "made meanwhile"]
    assert (w.alice.liked_tweets | writing()).values("message") == ["two", "made meanwhile"]
    Store.current().check()


def test_an_iterable_may_delete_what_it_gave(w):
    def deleting() -> Iterator[Tweet]:
        yield w.other
        w.other.delete()

    with pytest.raises(DeletedError):
        w.bob.liked_tweets.replace(deleting())
    assert w.bob.liked_tweets == [w.tweet]
    Store.current().check()


# ── errors ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("SchemaError", TypeError),
        ("FieldError", ValueError),
        ("NotFoundError", LookupError),
        ("DeletedError", LookupError),
        ("DuplicateError", ValueError),
        ("RestrictError", ValueError),
        ("ForeignStoreError", ValueError),
        ("ReadOnlyError", RuntimeError),
        ("StoreClosedError", RuntimeError),
        ("StoreLockedError", OSError),
        ("CorruptStoreError", OSError),
    ],
)
def test_every_error_is_the_builtin_it_specialises(name, builtin):
    error = getattr(hasmany, name)
    assert issubclass(error, HasManyError)
    assert issubclass(error, builtin)
    assert issubclass(HasManyError, Exception)


def test_the_world_of_these_tests_is_as_it_should_be(w):
    assert all(isinstance(record, Record) for record in (w.alice, w.tweet, w.like, w.house, w.visit, w.reading))
    assert (len(User.all()), len(Tweet.all()), len(Like.all())) == (2, 2, 1)
    assert (len(Doctor.all()), len(Patient.all()), len(Appointment.all())) == (1, 3, 2)
    assert dump() == dump()


def test_numpy_scalars_fit_as_what_they_stand_for():
    reading = Reading(count=np.int16(3), level=np.float32(0.5), valid=np.True_, label=np.str_("x"), raw=np.bytes_(b"y"))
    assert (reading.count, reading.level, reading.valid, reading.label, reading.raw) == (3, 0.5, True, "x", b"y")
    assert [type(value) for value in (reading.count, reading.level, reading.valid)] == [int, float, bool]
    assert Reading.find_by(level=np.float32(0.5)) == reading


@pytest.mark.parametrize("several", [[1, 2], (1,)])
def test_find_takes_one_id(several):
    with refused(TypeError, "User", "id", "int"):
        User.find(several)


def test_a_collection_in_the_place_of_a_field_is_named_as_such():
    for use in (
        lambda: Doctor("Eve", patients=[]),
        lambda: Doctor.where(patients=[]),
        lambda: Doctor.all().order_by("patients"),
        lambda: Doctor.all().values("patients"),
    ):
        with refused(TypeError, "Doctor.patients", "collection"):
            use()
