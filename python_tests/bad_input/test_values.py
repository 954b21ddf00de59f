"""Values that do not fit are a FieldError that names them; any other string is kept as it is."""

import hasmany
import numpy as np
import pytest
from hasmany import FieldError, SchemaError, User

from .world import NAIVE, Patient, Reading, case, refused

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
