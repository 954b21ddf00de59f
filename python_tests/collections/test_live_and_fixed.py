"""A collection is live where it is a relation, fixed where it was computed."""

import pytest
from hasmany import DeletedError, Tweet, User

# ── live and fixed ────────────────────────────────────────────────────────────────────────────────


def test_a_live_collection_follows_the_store(alice):
    liked, posted, everyone = alice.liked_tweets, alice.tweets, User.all()
    tweet = alice.post_tweet("hi")
    alice.like_tweet(tweet)
    bob = User("bob")
    assert (liked, posted, everyone) == ([tweet], [tweet], [alice, bob])
    alice.unlike_tweet(tweet)
    bob.delete()
    assert (liked, posted, everyone) == ([], [tweet], [alice])


def test_a_slice_is_fixed(alice, tweets):
    first = alice.liked_tweets[:3]
    alice.unlike_tweet(tweets[0])
    assert first == tweets[:3]
    assert alice.liked_tweets == tweets[1:]


def test_results_are_fixed(alice, tweets):
    results = [
        alice.tweets & tweets,
        alice.tweets | tweets,
        alice.tweets - [],
        alice.tweets ^ [],
        alice.tweets.where(user=alice),
        alice.tweets.order_by("id"),
        Tweet.where(user=alice),
        alice.tweets.page(99).items,
    ]
    alice.post_tweet("later")
    assert all(result == tweets for result in results)


def test_a_fixed_collection_loses_deleted_rows_in_everything(alice, tweets):
    fixed = alice.liked_tweets[:4]
    tweets[1].delete()
    left = [tweets[0], tweets[2], tweets[3]]
    assert fixed == left
    assert list(fixed) == left
    assert list(reversed(fixed)) == left[::-1]
    assert len(fixed) == 3
    assert tweets[1] not in fixed
    assert fixed[1] == tweets[2]
    assert fixed[-3] == tweets[0]
    assert fixed[:2] == left[:2]
    assert fixed.index(tweets[3]) == 2
    assert fixed.ids.tolist() == [tweet.id for tweet in left]
    assert fixed.values("message") == ["tweet 0", "tweet 2", "tweet 3"]
    assert fixed.column("id").tolist() == [tweet.id for tweet in left]
    assert fixed & tweets == left
    assert fixed.where(user=alice) == left
    assert fixed.order_by("message", reverse=True) == left[::-1]
    assert fixed.overlap(alice.tweets) == 3
    assert fixed.page(2).items == left[:2]
    with pytest.raises(IndexError):
        _ = fixed[3]


def test_a_fixed_collection_keeps_its_rows_through_a_rollback(store, alice, tweets):
    fixed = alice.liked_tweets[:2]
    with pytest.raises(ZeroDivisionError), store.transaction():
        tweets[0].delete()
        assert fixed == [tweets[1]]
        raise ZeroDivisionError
    assert fixed == tweets[:2]


def test_a_live_collection_of_a_deleted_owner_raises(alice, tweets):
    liked, his = alice.liked_tweets, User("bob").post_tweet("his")
    alice.delete()
    for access in (
        lambda: len(liked),
        lambda: list(liked),
        lambda: liked[0],
        lambda: liked.ids,
        lambda: his in liked,
        lambda: liked.where(message="x"),
        lambda: liked.clear(),
    ):
        with pytest.raises(DeletedError):
            access()


def test_the_representations_never_raise(alice, tweets):
    liked, fixed = alice.liked_tweets, alice.liked_tweets[:]
    alice.delete()
    for collection in (liked, fixed, User.all()):
        assert isinstance(repr(collection), str)
        assert isinstance(collection._repr_html_(), str)


# ── through ───────────────────────────────────────────────────────────────────────────────────────


def test_through_a_reference_gives_each_record_once(alice, tweets):
    bob = User("bob")
    his = bob.post_tweet("his")
    alice.like_tweet(his)
    assert alice.liked_tweets.through("user") == [alice, bob]
    assert alice.likes.through("tweet") == [*tweets, his]


def test_through_a_collection_goes_member_by_member(alice, tweets):
    bob, carol = User("bob"), User("carol")
    carol.like_tweet(tweets[0])
    bob.like_tweet(tweets[1])
    carol.like_tweet(tweets[1])
    assert alice.tweets[:2].through("likers") == [alice, carol, bob]
    assert alice.tweets[1:2].through("likers") == [alice, bob, carol]
    assert alice.tweets.through("likes").through("user") == [alice, carol, bob]


def test_through_is_live_on_live_collections_and_fixed_on_fixed_ones(alice, tweets):
    live, fixed = alice.liked_tweets.through("user"), alice.liked_tweets[:].through("user")
    bob = User("bob")
    alice.like_tweet(bob.post_tweet("his"))
    assert live == [alice, bob]
    assert fixed == [alice]
