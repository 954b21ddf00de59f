"""The seed world: users post tweets and like them, and both ends read the one Like row."""

import pytest
from hasmany import DeletedError, DuplicateError, Like, Record, Tweet, User


def test_a_user_has_a_username():
    assert User("alice").username == "alice"
    assert User(username="bob").username == "bob"


def test_two_users_may_share_a_username():
    one, other = User("alice"), User("alice")
    assert one != other
    assert User.all() == [one, other]


def test_a_posted_tweet_belongs_to_its_user():
    alice = User("alice")
    tweet = alice.post_tweet("Hello, world")
    assert (tweet.message, tweet.user, tweet.username) == ("Hello, world", alice, "alice")
    assert alice.tweets == [tweet]


def test_a_tweet_can_be_made_by_its_class():
    alice = User("alice")
    first, second = Tweet("one", alice), Tweet(user=alice, message="two")
    assert alice.tweets == [first, second]
    assert alice.tweets.values("message") == ["one", "two"]


def test_tweets_are_listed_oldest_first():
    alice = User("alice")
    posted = [alice.post_tweet(str(n)) for n in range(5)]
    assert alice.tweets == posted


def test_a_tweets_username_follows_its_user():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    alice.username = "alicia"
    assert tweet.username == "alicia"


def test_all_lists_each_model_in_order_of_creation():
    alice, bob = User("alice"), User("bob")
    one, two = bob.post_tweet("one"), alice.post_tweet("two")
    first, second = alice.like_tweet(one), bob.like_tweet(two)
    assert User.all() == [alice, bob]
    assert Tweet.all() == [one, two]
    assert Like.all() == [first, second]


def test_a_like_is_read_from_both_ends():
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    like = bob.like_tweet(tweet)
    assert (like.user, like.tweet) == (bob, tweet)
    assert bob.liked_tweets == [tweet]
    assert tweet.likers == [bob]
    assert bob.likes == tweet.likes == [like]
    assert tweet in bob.liked_tweets
    assert bob in tweet.likers
    assert alice.liked_tweets == []


def test_liking_again_returns_the_same_like():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    like = alice.like_tweet(tweet)
    assert alice.like_tweet(tweet) == like
    assert Like.all() == [like]


def test_liked_tweets_are_in_the_order_of_the_likes():
    alice = User("alice")
    one, two, three = (alice.post_tweet(text) for text in ("one", "two", "three"))
    for tweet in (three, one, two):
        alice.like_tweet(tweet)
    assert alice.liked_tweets == [three, one, two]


def test_likers_are_in_the_order_of_the_likes():
    users = [User(name) for name in ("a", "b", "c")]
    tweet = users[0].post_tweet("hi")
    for user in reversed(users):
        user.like_tweet(tweet)
    assert tweet.likers == users[::-1]


def test_unlike_says_whether_there_was_a_like():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    alice.like_tweet(tweet)
    assert alice.unlike_tweet(tweet) is True
    assert alice.unlike_tweet(tweet) is False


def test_unlike_is_seen_from_both_ends_and_deletes_the_like():
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    gone, kept = alice.like_tweet(tweet), bob.like_tweet(tweet)
    alice.unlike_tweet(tweet)
    assert (alice.liked_tweets, alice.likes) == ([], [])
    assert tweet.likers == [bob]
    assert tweet.likes == Like.all() == [kept]
    with pytest.raises(DeletedError):
        _ = gone.user


def test_liking_after_unliking_is_a_new_like_in_the_last_place():
    alice = User("alice")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    first = alice.like_tweet(one)
    alice.like_tweet(two)
    alice.unlike_tweet(one)
    again = alice.like_tweet(one)
    assert again != first
    assert again.id > first.id
    assert alice.liked_tweets == [two, one]


def test_like_links_a_user_and_a_tweet():
    alice = User("alice")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    by_place, by_name = Like(alice, one), Like(tweet=two, user=alice)
    assert alice.likes == [by_place, by_name]
    assert alice.liked_tweets == [one, two]
    assert alice.like_tweet(one) == by_place


def test_like_refuses_a_pair_that_is_there_and_names_the_row():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    like = alice.like_tweet(tweet)
    with pytest.raises(DuplicateError) as caught:
        Like(alice, tweet)
    assert caught.value.existing == like
    assert "Like" in str(caught.value)
    assert Like.all() == [like]


def test_a_tweet_can_be_given_to_another_user():
    alice, bob = User("alice"), User("bob")
    first = alice.post_tweet("first")
    second = bob.post_tweet("second")
    first.user = bob
    assert alice.tweets == []
    assert bob.tweets == [first, second]
    assert first.username == "bob"


def test_a_like_can_be_moved_and_takes_the_place_of_its_age():
    alice, bob = User("alice"), User("bob")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    like = alice.like_tweet(one)
    bob.like_tweet(two)
    like.tweet = two
    assert one.likers == []
    assert two.likers == [alice, bob]
    assert alice.liked_tweets == [two]


def test_a_like_cannot_be_moved_onto_a_pair_that_is_there():
    alice = User("alice")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    like, other = alice.like_tweet(one), alice.like_tweet(two)
    with pytest.raises(DuplicateError) as caught:
        like.tweet = two
    assert caught.value.existing == other
    assert like.tweet == one
    assert alice.liked_tweets == [one, two]


def test_a_deleted_like_is_gone_from_both_ends():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    like = alice.like_tweet(tweet)
    assert like.delete() == {"Like": 1}
    assert (alice.liked_tweets, tweet.likers, Like.all()) == ([], [], [])


def test_a_deleted_tweet_takes_its_likes_along():
    alice, bob = User("alice"), User("bob")
    tweet, other = alice.post_tweet("hi"), alice.post_tweet("ho")
    for user in (alice, bob):
        user.like_tweet(tweet)
    bob.like_tweet(other)
    assert tweet.delete() == {"Tweet": 1, "Like": 2}
    assert alice.tweets == [other]
    assert alice.liked_tweets == []
    assert bob.liked_tweets == [other]


def test_a_deleted_user_takes_tweets_and_likes_along():
    alice, bob = User("alice"), User("bob")
    hers, his = alice.post_tweet("hers"), bob.post_tweet("his")
    alice.like_tweet(his)
    bob.like_tweet(hers)
    kept = bob.like_tweet(his)
    assert alice.delete() == {"User": 1, "Tweet": 1, "Like": 2}
    assert User.all() == [bob]
    assert Tweet.all() == [his]
    assert Like.all() == bob.likes == [kept]
    assert his.likers == [bob]


def test_a_user_without_rows_is_deleted_alone():
    assert User("alice").delete() == {"User": 1}
    assert User.all() == []


def test_likes_are_written_through_either_collection():
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    tweet.likers.add(bob, alice)
    assert tweet.likers == [bob, alice]
    bob.liked_tweets.remove(tweet)
    assert tweet.likers == [alice]
    carol = tweet.likers.create("carol")
    assert carol.liked_tweets == [tweet]
    assert alice.tweets.create("more").user == alice


def test_the_seed_classes_are_records():
    assert all(issubclass(model, Record) for model in (User, Tweet, Like))


def test_a_record_shows_its_fields_and_its_references():
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    like = alice.like_tweet(tweet)
    assert repr(alice) == "User(1, username='alice')"
    assert repr(tweet) == "Tweet(1, message='hi', user=User(1))"
    assert repr(like) == "Like(1, user=User(1), tweet=Tweet(1))"
