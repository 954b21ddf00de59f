"""A record whose row was deleted still knows which it was, and never shows another."""

import pytest
from hasmany import DeletedError, Like, User

from .notes import Note


def test_a_deleted_record_still_has_its_id_its_equality_its_hash_and_a_representation(deleted):
    assert deleted.id == 1
    assert deleted != User("gone")
    assert len({deleted, deleted}) == 1
    assert repr(deleted) == "<User 1, deleted>"


def test_handles_to_a_deleted_row_stay_equal(alice):
    again = User.find(1)
    before = hash(alice)
    alice.delete()
    assert again == alice
    assert hash(again) == hash(alice) == before


@pytest.mark.parametrize(
    "access",
    [
        lambda user: user.username,
        lambda user: user.tweets,
        lambda user: user.likes,
        lambda user: user.liked_tweets,
        lambda user: user.post_tweet("hi"),
        lambda user: user.delete(),
        lambda user: user.update(username="x"),
        lambda user: setattr(user, "username", "x"),
        lambda user: hasattr(user, "username"),
        lambda user: getattr(user, "username", "default"),
    ],
)
def test_every_other_access_to_a_deleted_user_raises(deleted, access):
    with pytest.raises(DeletedError):
        access(deleted)


@pytest.mark.parametrize(
    "access",
    [
        lambda note: note.text,
        lambda note: note.update(text="x"),
        lambda note: note.delete(),
        lambda note: setattr(note, "text", "x"),
        lambda note: hasattr(note, "text"),
    ],
)
def test_every_other_access_to_a_deleted_model_record_raises(access):
    note = Note("x")
    note.delete()
    with pytest.raises(DeletedError):
        access(note)
    assert repr(note) == "<Note 1, deleted>"
    assert Note.all() == []


def test_the_error_names_the_deleted_row(deleted):
    with pytest.raises(DeletedError, match=r"User.*1"):
        _ = deleted.username


def test_a_deleted_record_never_shows_a_row_created_since(deleted):
    for n in range(100):
        User(f"new {n}")
    with pytest.raises(DeletedError):
        _ = deleted.username
    assert deleted not in User.all()


def test_a_deleted_record_never_shows_another_row_after_packing(store):
    users = [User(str(n)) for n in range(100)]
    for user in users[::2]:
        user.delete()
    store.compact()
    assert [user.username for user in users[1::2]] == [str(n) for n in range(1, 100, 2)]
    for user in users[::2]:
        with pytest.raises(DeletedError):
            _ = user.username


def test_rows_deleted_along_are_deleted_records(alice):
    tweet = alice.post_tweet("hi")
    like = alice.like_tweet(tweet)
    alice.delete()
    for access in (lambda: tweet.message, lambda: like.user, lambda: like.tweet):
        with pytest.raises(DeletedError):
            access()


def test_a_deleted_record_as_an_argument_raises(alice):
    tweet = alice.post_tweet("hi")
    tweet.delete()
    for use in (
        lambda: alice.like_tweet(tweet),
        lambda: alice.unlike_tweet(tweet),
        lambda: Like(alice, tweet),
        lambda: alice.liked_tweets.add(tweet),
        lambda: alice.liked_tweets.replace([tweet]),
        lambda: Like.where(tweet=tweet),
        lambda: Like.find_by(tweet=tweet),
        lambda: alice.liked_tweets | [tweet],
    ):
        with pytest.raises(DeletedError):
            use()
    assert Like.all() == []


def test_a_deleted_record_is_simply_not_there(alice):
    kept, gone = alice.post_tweet("kept"), alice.post_tweet("gone")
    alice.liked_tweets.add(kept, gone)
    gone.delete()
    assert gone not in alice.liked_tweets
    assert alice.liked_tweets.remove(gone) == [kept]
    assert alice.liked_tweets & [gone, kept] == [kept]
    assert alice.liked_tweets - [gone] == [kept]


def test_a_deleted_record_says_so_before_anything_else():
    user = User("x")
    user.delete()
    for use in (lambda: setattr(user, "username", 5), lambda: user.update(bogus=1), lambda: user.update(username=5)):
        with pytest.raises(LookupError):
            use()
