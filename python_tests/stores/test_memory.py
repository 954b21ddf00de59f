"""Memory stays flat under endless work, and packing gives back what was deleted."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hasmany import Like, Store, Tweet, User

from .hotel import Guest, Room, Stay

FLAT = 1.3  # what the later peak may be of the earlier one: lists and tables keep room to grow


def peaks(store: Store, work: Callable[[int], None]) -> tuple[int, int]:
    """The most bytes held while operations 10,000 to 20,000 run, and while those up to 100,000 run."""
    early = late = 0
    for number in range(100_000):
        work(number)
        if number >= 10_000 and number % 100 == 0:
            held = store.stats().bytes_total
            early, late = (max(early, held), late) if number <= 20_000 else (early, max(late, held))
    return early, late


def test_likes_and_unlikes_run_in_flat_memory(store):
    random = Random(1)
    users = [User(f"user {n}") for n in range(60)]
    tweets = [user.post_tweet("hi") for user in users]
    liked = deque((user, tweet) for user in users[:20] for tweet in tweets)
    free = [(user, tweet) for user in users[20:] for tweet in tweets]
    for user, tweet in liked:
        user.like_tweet(tweet)

    def like_another(number: int) -> None:
        user, tweet = liked.popleft()
        user.unlike_tweet(tweet)
        place = random.randrange(len(free))
        free[place], pair = (user, tweet), free[place]
        pair[0].like_tweet(pair[1])
        liked.append(pair)

    early, late = peaks(store, like_another)
    assert late <= early * FLAT
    assert len(Like.all()) == 1200
    store.check()


def test_the_same_pair_again_and_again_runs_in_flat_memory(store):
    alice = User("alice")
    tweet = alice.post_tweet("hi")

    def toggle(number: int) -> None:
        alice.like_tweet(tweet)
        alice.unlike_tweet(tweet)

    early, late = peaks(store, toggle)
    assert late <= early * FLAT


def test_rows_with_text_that_come_and_go_run_in_flat_memory(store):
    rooms = [Room(str(n)) for n in range(10)]
    guests = [Guest(str(n)) for n in range(40)]
    start = datetime(2024, 5, 1, tzinfo=UTC)
    stays: deque[Stay] = deque()

    def check_in(number: int) -> None:
        note, since = f"note {number:06}" * 5, start + timedelta(minutes=number)
        stays.append(Stay(rooms[number % 10], guests[number * 7 % 40], note, since, number))
        if len(stays) > 500:
            stays.popleft().delete()

    early, late = peaks(store, check_in)
    assert late <= early * FLAT
    assert Stay.all() == list(stays)
    store.check()


def test_moved_references_and_changed_text_run_in_flat_memory(store):
    rooms = [Room(str(n)) for n in range(10)]
    stays = [Stay(rooms[0], Guest(str(n))) for n in range(300)]

    def move(number: int) -> None:
        stay = stays[number * 31 % 300]
        stay.update(room=rooms[number * 7 % 10], note=f"note {number:06}", code=number)

    early, late = peaks(store, move)
    assert late <= early * FLAT
    store.check()


def test_rollbacks_run_in_flat_memory(store):
    alice = User("alice")
    tweets = [alice.post_tweet(str(n)) for n in range(50)]
    alice.liked_tweets.add(*tweets)

    def undo(number: int) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():
            tweets[number % 50].delete()
            alice.post_tweet("undone")
            raise ZeroDivisionError

    early, late = peaks(store, undo)
    assert late <= early * FLAT
    assert alice.liked_tweets == tweets
    store.check()


def test_deleted_rows_give_their_memory_back(store):
    alice = User("alice")
    empty = store.stats().bytes_total
    for n in range(20_000):
        alice.like_tweet(alice.post_tweet(f"a tweet of some length {n}"))
    full = store.stats().bytes_total
    alice.tweets.delete_all()
    store.compact()
    packed = store.stats().bytes_total
    assert full - empty > 20_000 * 20
    assert packed - empty < (full - empty) / 10


def test_packing_changes_no_id_no_order_and_no_result(store):
    random = Random(2)
    users = [User(str(n)) for n in range(30)]
    tweets = [user.post_tweet(str(n)) for n in range(5) for user in users]
    for _ in range(2000):
        random.choice(users).like_tweet(random.choice(tweets))
    for like in random.sample(list(Like.all()), 700):
        like.delete()
    for tweet in random.sample(tweets, 30):
        tweet.delete()

    def everything() -> list[object]:
        return [
            [(user.id, user.username, list(user.tweets), list(user.liked_tweets)) for user in User.all()],
            [(tweet.id, tweet.message, list(tweet.likers), list(tweet.likes)) for tweet in Tweet.all()],
            [(like.id, like.user, like.tweet) for like in Like.all()],
        ]

    before, last = everything(), Like.all()[-1].id
    held = store.stats().bytes_total
    fixed = Tweet.all()[::3]
    members, token = list(fixed), Tweet.all().page(7).next
    rest = list(Tweet.all().page(7, token).items)
    store.compact()
    assert everything() == before
    assert fixed == members
    assert Tweet.all().page(7, token).items == rest
    assert store.stats().bytes_total <= held
    store.check()
    tweet = users[0].post_tweet("new")
    assert users[1].like_tweet(tweet).id > last
    store.check()


def test_stats_count_the_rows_of_each_model(store):
    alice = User("alice")
    for n in range(3):
        alice.like_tweet(alice.post_tweet(str(n)))
    alice.tweets[0].delete()
    Room("one")
    rows = store.stats().rows
    assert (rows["User"], rows["Tweet"], rows["Like"], rows["Room"]) == (1, 2, 2, 1)


def test_stats_give_the_bytes_of_each_model_and_index(store):
    alice = User("alice")
    before = store.stats()
    for n in range(1000):
        alice.like_tweet(alice.post_tweet(str(n)))
    after = store.stats()
    assert after.bytes_total == sum(after.bytes.values())
    assert after.bytes_total > before.bytes_total + 1000 * 8
    assert all(isinstance(name, str) and isinstance(held, int) and held >= 0 for name, held in after.bytes.items())
