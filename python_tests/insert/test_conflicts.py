"""A duplicate is refused and named, or skipped."""

import pytest
from hasmany import DuplicateError, FieldError, Like, Many, NotFoundError, User

from .clinic import Appointment, Doctor, Patient, Seat, pairs


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
