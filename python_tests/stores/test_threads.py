"""Records, collections and iterators may be used from several threads; no Python code runs under a store's lock."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

import pytest
from hasmany import Change, DeletedError, DuplicateError, Like, Model, Tweet, User, field


@pytest.fixture
def tweets(alice) -> list[Tweet]:
    return [alice.post_tweet(str(n)) for n in range(200)]


def test_a_record_made_in_one_thread_is_used_in_another(alice, in_threads):
    (tweet,) = in_threads(lambda: alice.post_tweet("hi"))
    assert (tweet.message, tweet.user) == ("hi", alice)
    (name,) = in_threads(lambda: tweet.username)
    assert name == "alice"
    tweet.delete()
    with pytest.raises(DeletedError):
        in_threads(lambda: tweet.message)


def test_threads_that_like_different_tweets_lose_nothing(tweets, in_threads, store):
    users = [User(str(n)) for n in range(6)]

    def like_all(user: User) -> None:
        for tweet in tweets:
            user.like_tweet(tweet)

    in_threads(*(lambda user=user: like_all(user) for user in users))
    assert all(user.liked_tweets == tweets for user in users)
    assert all(tweet.likers == set(users) for tweet in tweets)
    assert sorted(Like.all().ids.tolist()) == list(range(1, 1201))
    store.check()


def test_threads_that_like_one_tweet_make_one_like(alice, tweets, in_threads):
    for tweet in tweets[:50]:
        likes = in_threads(*[lambda tweet=tweet: alice.like_tweet(tweet)] * 4)
        assert likes == [likes[0]] * 4
    assert alice.liked_tweets == tweets[:50]


def test_threads_that_create_one_pair_make_it_once(alice, tweets, in_threads):
    def create(tweet: Tweet) -> bool:
        """Whether this thread made the Like."""
        try:
            Like(alice, tweet)
        except DuplicateError as error:
            assert error.existing.tweet == tweet
            return False
        return True

    for tweet in tweets[:50]:
        works = [partial(copy_context().run, create, tweet) for _ in range(4)]
        assert sorted(in_threads(*works)) == [False, False, False, True]
    assert alice.liked_tweets == tweets[:50]


def test_ids_are_given_once(alice, in_threads):
    made = in_threads(*[lambda: [alice.post_tweet("x").id for _ in range(500)]] * 4)
    assert all(ids == sorted(ids) for ids in made)
    assert sorted(number for ids in made for number in ids) == list(range(1, 2001))
    assert alice.tweets.ids.tolist() == list(range(1, 2001))


def test_reading_while_others_write(alice, tweets, in_threads, store):
    done = threading.Event()
    known = set(tweets)

    def write() -> None:
        try:
            for _ in range(5):
                alice.liked_tweets.add(*tweets)
                for tweet in tweets[::2]:
                    alice.unlike_tweet(tweet)
                alice.liked_tweets.replace(tweets[::-1])
                alice.liked_tweets.clear()
        finally:
            done.set()

    def read() -> int:
        liked, rounds = alice.liked_tweets, 0
        while not done.is_set():
            assert set(liked) <= known
            assert 0 <= len(liked) <= len(tweets)
            assert liked[:10] <= known
            assert isinstance(tweets[0] in liked, bool)
            assert set(liked.values("message")) <= {tweet.message for tweet in known}
            assert (liked & tweets[:20]) <= known
            rounds += 1
        return rounds

    in_threads(write, read, read, read)
    assert alice.liked_tweets == []
    store.check()


def test_a_loop_goes_on_while_another_thread_unlinks(alice, tweets, in_threads):
    alice.liked_tweets.add(*tweets)
    walk = iter(alice.liked_tweets)
    first = [next(walk) for _ in range(10)]
    in_threads(lambda: alice.liked_tweets.clear())
    assert first + list(walk) == tweets


def test_a_loop_skips_what_another_thread_deletes(alice, tweets, in_threads):
    walk = iter(alice.tweets)
    first = [next(walk) for _ in range(10)]
    in_threads(lambda: [tweet.delete() for tweet in tweets[5:20]])
    assert first + list(walk) == tweets[:10] + tweets[20:]


def test_an_iterator_shared_by_threads_gives_each_member_once(alice, tweets, in_threads):
    for walk in (iter(alice.tweets), reversed(alice.tweets), iter(alice.tweets[:])):
        taken = in_threads(*[lambda walk=walk: list(walk)] * 4)
        assert sorted(tweet.id for share in taken for tweet in share) == alice.tweets.ids.tolist()


def test_transactions_of_threads_come_one_after_the_other(alice, in_threads, store):
    def post() -> list[int]:
        seen = []
        for _ in range(50):
            with store.transaction():
                alice.post_tweet("one")
                before = len(alice.tweets)
                alice.post_tweet("two")
                assert len(alice.tweets) == before + 1
                seen.append(before)
        return seen

    seen = in_threads(post, post, post, post)
    assert sorted(count for share in seen for count in share) == list(range(1, 400, 2))


def test_rollbacks_of_one_thread_leave_the_work_of_others(alice, in_threads, store):
    def keep() -> list[Tweet]:
        return [alice.post_tweet("kept") for _ in range(200)]

    def undo() -> list[Tweet]:
        made = []
        for _ in range(100):
            with pytest.raises(ZeroDivisionError), store.transaction():
                made += [alice.post_tweet("undone"), alice.post_tweet("undone")]
                raise ZeroDivisionError
        return made

    kept, undone, more = in_threads(keep, undo, keep)
    assert alice.tweets == set(kept + more)
    assert not any(tweet in store for tweet in undone)
    store.check()


def test_many_threads_of_a_pool_share_one_store(alice, tweets, store):
    with ThreadPoolExecutor(8) as pool:
        likes = [pool.submit(alice.like_tweet, tweet) for tweet in tweets * 3]
        results = [like.result(60) for like in likes]
    assert len(set(results)) == len(tweets)
    assert alice.liked_tweets == set(tweets)


# ── no Python code under the lock: each of these would wait for its own thread ────────────────────


def look(alice: User) -> int:
    """Reads and writes: both need the store."""
    alice.username = "seen"
    return len(alice.tweets)


def test_an_iterable_is_read_without_the_lock(alice, tweets, in_threads):
    def members() -> Iterator[Tweet]:
        for tweet in tweets[:3]:
            in_threads(lambda: look(alice))
            yield tweet

    assert alice.liked_tweets.replace(members()) == tweets[:3]
    assert alice.liked_tweets & members() == tweets[:3]
    assert alice.liked_tweets | members() == tweets[:3]
    assert alice.liked_tweets <= members()


def test_a_default_factory_is_called_without_the_lock(alice, in_threads):
    class Counted(Model):
        number: int = field(default_factory=lambda: in_threads(lambda: len(alice.tweets))[0])

    assert Counted().number == 0
    alice.post_tweet("hi")
    assert Counted().number == 1


def test_an_index_is_asked_without_the_lock(alice, in_threads):
    class Numbered(Model):
        number: int

    class Asking:
        def __index__(self) -> int:
            return in_threads(lambda: len(alice.tweets))[0]

    alice.post_tweet("hi")
    assert Numbered(Asking()).number == 1
    assert alice.tweets[Asking() : Asking()] == []


def test_a_stranger_is_compared_without_the_lock(alice, tweets, in_threads):
    class Stranger:
        def __eq__(self, other: object) -> bool:
            in_threads(lambda: look(alice))
            return False

        __hash__ = None  # type: ignore[assignment]

    assert Stranger() not in alice.tweets
    assert alice.tweets != [Stranger()] * len(tweets)


def test_observers_of_several_threads_do_not_wait_for_each_other(alice, in_threads, store):
    heard: list[Any] = []

    def look_again(changes: Sequence[Change]) -> None:
        heard.append((len(alice.tweets), [change.record.id for change in changes]))

    store.on_commit(look_again)
    in_threads(*[lambda: [alice.post_tweet("x") for _ in range(100)]] * 4)
    assert sorted(number for _, ids in heard for number in ids) == list(range(1, 401))
