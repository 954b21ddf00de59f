"""A transaction is all or nothing, alone and within another."""

import pytest
from hasmany import DeletedError, DuplicateError, Like, Store, Tweet, User

from .stop import Stop

# ── all or nothing ────────────────────────────────────────────────────────────────────────────────


def test_a_transaction_that_ends_well_stands(store):
    with store.transaction() as nothing:
        alice = User("alice")
        alice.post_tweet("hi")
    assert nothing is None
    assert User.all() == [alice]
    assert alice.tweets.values("message") == ["hi"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, Stop])
def test_any_exception_rolls_back_and_is_raised_again(store, error):
    alice, raised = User("alice"), error("stop")
    with pytest.raises(error) as caught, store.transaction():
        alice.username = "alicia"
        User("bob")
        raise raised
    assert caught.value is raised
    assert User.all().values("username") == ["alice"]


def test_a_rollback_undoes_creates(store):
    alice = User("alice")
    with pytest.raises(Stop), store.transaction():
        bob = User("bob")
        tweet = bob.post_tweet("hi")
        like = alice.like_tweet(tweet)
        raise Stop
    assert (User.all(), Tweet.all(), Like.all(), alice.liked_tweets) == ([alice], [], [], [])
    for access in (lambda: bob.username, lambda: tweet.message, lambda: like.user):
        with pytest.raises(DeletedError):
            access()


def test_a_rollback_undoes_sets_and_moves(store):
    alice, bob = User("alice"), User("bob")
    one, two, three = alice.post_tweet("one"), bob.post_tweet("two"), alice.post_tweet("three")
    with pytest.raises(Stop), store.transaction():
        one.message = "changed"
        one.message = "changed again"
        one.user = bob
        two.user = alice
        raise Stop
    assert one.message == "one"
    assert alice.tweets == [one, three]
    assert bob.tweets == [two]


def test_a_rollback_brings_rows_back_with_ids_handles_and_places(store):
    alice, bob = User("alice"), User("bob")
    tweets = [alice.post_tweet(str(n)) for n in range(5)]
    likes = [bob.like_tweet(tweet) for tweet in tweets]
    other = alice.like_tweet(tweets[2])
    with pytest.raises(Stop), store.transaction():
        tweets[2].delete()
        bob.unlike_tweet(tweets[0])
        bob.like_tweet(tweets[0])
        alice.delete()
        raise Stop
    assert [tweet.id for tweet in tweets] == [1, 2, 3, 4, 5]
    assert [tweet.message for tweet in tweets] == ["0", "1", "2", "3", "4"]
    assert alice.tweets == bob.liked_tweets == Tweet.all() == tweets
    assert bob.likes == likes
    assert tweets[2].likers == [bob, alice]
    assert Like.all() == [*likes, other]
    assert User.all() == [alice, bob]


def test_a_rollback_undoes_a_writers_work(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(4)]
    alice.liked_tweets.add(tweets[2], tweets[0])
    likes = list(alice.likes)
    with pytest.raises(Stop), store.transaction():
        alice.liked_tweets.replace([tweets[3], tweets[0]])
        alice.liked_tweets.clear()
        alice.tweets.update_all(message="x")
        alice.tweets.delete_all()
        raise Stop
    assert alice.liked_tweets == [tweets[2], tweets[0]]
    assert alice.likes == likes
    assert alice.tweets.values("message") == ["0", "1", "2", "3"]


def test_ids_of_a_rolled_back_transaction_are_not_used_again(store):
    with pytest.raises(Stop), store.transaction():
        undone = [User(str(n)) for n in range(3)]
        raise Stop
    after = User("after")
    assert after.id > max(user.id for user in undone)
    for user in undone:
        with pytest.raises(DeletedError):
            _ = user.username


def test_a_row_created_and_deleted_inside_stays_deleted(store):
    with store.transaction():
        user = User("brief")
        user.delete()
    assert User.all() == []
    with pytest.raises(Stop), store.transaction():
        again = User("brief")
        again.delete()
        raise Stop
    assert User.all() == []
    with pytest.raises(DeletedError):
        _ = again.username


def test_a_failed_call_inside_is_undone_alone(store):
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    with store.transaction():
        like = Like(alice, tweet)
        with pytest.raises(DuplicateError):
            Like(alice, tweet)
        with pytest.raises(TypeError):
            alice.update(username=3)
        alice.username = "alicia"
    assert Like.all() == [like]
    assert alice.username == "alicia"


def test_an_empty_transaction_is_none(store):
    with store.transaction():
        pass
    with pytest.raises(Stop), store.transaction():
        raise Stop
    assert User("alice").id == 1


def test_packing_changes_nothing_a_rollback_needs(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(10)]
    with pytest.raises(Stop), store.transaction():
        tweets[3].delete()
        raise Stop
    store.compact()
    assert alice.tweets == tweets


# ── nesting ───────────────────────────────────────────────────────────────────────────────────────


def test_an_inner_transaction_that_fails_undoes_itself(store):
    with store.transaction():
        User("before")
        with pytest.raises(Stop), store.transaction():
            User("inside")
            raise Stop
        User("after")
    assert User.all().values("username") == ["before", "after"]


def test_an_outer_transaction_that_fails_undoes_the_inner_ones(store):
    with pytest.raises(Stop), store.transaction():
        with store.transaction():
            User("inside")
        raise Stop
    assert User.all() == []


def test_transactions_nest_deeply(store):
    def nest(depth: int) -> None:
        with store.transaction():
            User(str(depth))
            if depth == 100:
                raise Stop
            nest(depth + 1)

    with store.transaction():
        User("kept")
        with pytest.raises(Stop):
            nest(1)
    assert User.all().values("username") == ["kept"]


def test_a_row_deleted_inside_an_inner_rollback_is_back_in_the_outer(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(3)]
    with store.transaction():
        tweets[0].delete()
        with pytest.raises(Stop), store.transaction():
            tweets[1].delete()
            raise Stop
        assert alice.tweets == tweets[1:]
    assert alice.tweets == tweets[1:]


def test_transactions_of_two_stores_are_their_own(store):
    with Store() as other:
        User("other")
    with store.transaction():
        User("kept")
        with pytest.raises(Stop), other.transaction(), other:
            User("undone")
            raise Stop
    assert User.all().values("username") == ["kept"]
    with other:
        assert User.all().values("username") == ["other"]
