"""Records of another store, and records whose row was deleted, are refused."""

import pytest
from hasmany import DeletedError, ForeignStoreError, Like, Tweet

from .world import Appointment, refused

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
