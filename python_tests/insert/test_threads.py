"""`insert_all` among threads: the interpreter is free while it works, and every reader sees all of its rows or none."""

import sys
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

import numpy as np
import pytest
from hasmany import DuplicateError, Like, Many, Model, Store, Tweet, User, field

MILLION = 1_000_000


def here(work: Callable[..., Any], *args: Any) -> Callable[[], Any]:
    """The work, to be done in another thread but in the store that is current here."""
    return partial(copy_context().run, work, *args)


def grid(side: int) -> tuple[Any, Any]:
    """All pairs of ids up to a side, in random order."""
    codes = np.random.default_rng(2).permutation(side * side)
    return codes // side + 1, codes % side + 1


@pytest.fixture
def parents() -> Callable[[int], tuple[Many[User], Many[Tweet]]]:
    def make(side: int) -> tuple[Many[User], Many[Tweet]]:
        users = User.insert_all(username=[str(n) for n in range(side)])
        return users, Tweet.insert_all(message=[str(n) for n in range(side)], user=users[0])

    return make


def test_another_thread_runs_python_while_a_million_rows_are_inserted(parents, store):
    users, tweets = parents(1000)
    of_users, of_tweets = grid(1000)
    working, done = threading.Event(), threading.Event()
    rounds = []

    def tick() -> None:
        """Counts how often this thread got the interpreter back while the insert was at work."""
        working.wait()
        count = 0
        while not done.is_set():
            time.sleep(0.0005)
            count += 1
        rounds.append(count)

    thread = threading.Thread(target=tick)
    thread.start()
    working.set()
    try:
        made = Like.insert_all(user=of_users, tweet=of_tweets)
    finally:
        done.set()
        thread.join()
    assert len(made) == len(Like.all()) == MILLION
    assert rounds[0] >= 5
    assert tweets[7].likers.ids.tolist() == of_users[of_tweets == 8].tolist()
    assert users[7].liked_tweets.ids.tolist() == of_tweets[of_users == 8].tolist()


def test_readers_see_all_rows_of_an_insert_or_none(parents, in_threads, store):
    side = 400
    users, tweets = parents(side)
    of_users, of_tweets = grid(side)
    likes, likers, liked = Like.all(), tweets[3].likers, users[5].liked_tweets
    first, done = users[0], threading.Event()

    def insert() -> int:
        try:
            return len(Like.insert_all(user=of_users, tweet=of_tweets))
        finally:
            done.set()

    def read() -> set[int]:
        seen = set()
        while not done.is_set():
            before = len(likes)
            links, other = len(likers), len(liked)
            fans, all_of_them = likers.ids.tolist(), first in likers
            seen |= {before, links * side, other * side, len(fans) * side, side * side * all_of_them}
            assert before <= len(likes)
            assert fans in ([], of_users[of_tweets == 4].tolist())
        return seen

    created, *seen = in_threads(here(insert), read, read)
    assert created == side * side
    assert set().union(*seen) <= {0, side * side}
    assert len(likes) == side * side


def test_readers_see_nothing_of_an_insert_that_fails(parents, in_threads):
    side = 300
    parents(side)
    of_users, of_tweets = (np.append(ids, ids[5]) for ids in grid(side))
    likes, likers, done = Like.all(), Tweet.find(3).likers, threading.Event()

    def insert() -> None:
        try:
            for _ in range(5):
                with pytest.raises(DuplicateError, match=rf"\brow {side * side}\b"):
                    Like.insert_all(user=of_users, tweet=of_tweets)
        finally:
            done.set()

    def read() -> set[int]:
        seen = set()
        while not done.is_set():
            seen |= {len(likes), len(likers), len(likes.ids)}
        return seen

    _, seen = in_threads(here(insert), read)
    assert seen <= {0}
    assert likes == []


def test_a_write_of_another_thread_waits_for_an_insert(parents, in_threads):
    side = 400
    users, tweets = parents(side)
    of_users, of_tweets = grid(side)

    def insert() -> None:
        Like.insert_all(user=of_users, tweet=of_tweets, on_conflict="skip")

    def write() -> list[int]:
        return [users[n].like_tweet(tweets[n]).id for n in range(side)]

    _, ids = in_threads(here(insert), write)
    assert len(Like.all()) == side * side
    assert len(set(ids)) == side
    assert [Like.find(id).user for id in ids] == list(users)


def test_an_insert_waits_for_the_transaction_of_another_thread(store, in_threads):
    inside, order = threading.Event(), []

    def hold() -> None:
        with store.transaction():
            inside.set()
            User("first")
            time.sleep(0.05)
            order.append("transaction")

    def insert() -> Many[User]:
        inside.wait()
        made = User.insert_all(username=["second", "third"])
        order.append("insert")
        return made

    _, made = in_threads(here(hold), here(insert))
    assert order == ["transaction", "insert"]
    assert made.ids.tolist() == [2, 3]


def test_two_inserts_of_the_same_pairs_make_them_once(parents, in_threads):
    side = 150
    parents(side)
    of_users, of_tweets = grid(side)

    def insert() -> int:
        try:
            return len(Like.insert_all(user=of_users, tweet=of_tweets))
        except DuplicateError as error:
            assert error.existing in Like.all()
            return 0

    made = in_threads(*(here(insert) for _ in range(3)))
    assert sorted(made) == [0, 0, side * side]
    assert len(Like.all()) == side * side


def test_two_inserts_that_skip_share_the_pairs(parents, in_threads, store):
    side = 150
    users, tweets = parents(side)
    of_users, of_tweets = grid(side)

    def insert(start: int) -> list[int]:
        made = []
        for at in range(start, side * side, 1000):
            part = slice(at, at + 1500)
            made += Like.insert_all(user=of_users[part], tweet=of_tweets[part], on_conflict="skip").ids.tolist()
        return made

    parts = in_threads(*(here(insert, start) for start in (0, 300, 700)))
    ids = [id for part in parts for id in part]
    assert len(ids) == len(set(ids)) == len(Like.all())
    assert sorted(ids) == Like.all().ids.tolist()
    assert len(ids) == side * side
    assert all(tweet.likers == set(users) for tweet in tweets)
    store.check()


def test_threads_that_insert_lose_nothing_and_share_no_id(in_threads, store):
    def insert(name: str) -> list[tuple[int, str]]:
        made = []
        for n in range(30):
            users = User.insert_all(username=[f"{name} {n} {m}" for m in range(50)])
            made += zip(users.ids.tolist(), users.values("username"), strict=True)
        return made

    parts = in_threads(*(here(insert, name) for name in "abcd"))
    rows = dict(row for part in parts for row in part)
    assert len(rows) == 4 * 30 * 50
    assert rows == dict(zip(User.all().ids.tolist(), User.all().values("username"), strict=True))
    for part in parts:
        ids = [id for id, _ in part]
        assert ids == sorted(ids)
        assert all(ids[at + 49] == ids[at] + 49 for at in range(0, len(ids), 50))


def test_missing_rows_are_created_once_by_threads_that_need_them(in_threads):
    class Club(Model):
        name: str = field(unique=True)

    class Member(Model):
        name: str
        club: Club

    assert Member.all() == []
    names = [f"club {n % 40}" for n in range(400)]

    def insert() -> int:
        made = 0
        for at in range(0, 400, 20):
            columns = {"name": names[at : at + 20], "club.name": names[at : at + 20]}
            made += len(Member.insert_all(columns, create_missing=True))
        return made

    assert in_threads(*(here(insert) for _ in range(4))) == [400] * 4
    assert sorted(Club.all().values("name")) == sorted(set(names))
    assert Member.all().values("club.name") == Member.all().values("name")


def test_a_loop_goes_on_while_another_thread_inserts(parents, in_threads):
    users, tweets = parents(100)
    tweet = tweets[0]
    Like.insert_all(user=users[:50], tweet=tweet)
    walk = iter(tweet.likers)
    first = [next(walk) for _ in range(10)]
    in_threads(here(lambda: Like.insert_all(user=users[50:], tweet=tweet)))
    assert first + list(walk) == list(users[:50])
    assert tweet.likers == list(users)


def test_tables_are_read_while_another_thread_inserts(parents, in_threads):
    pa = pytest.importorskip("pyarrow")
    side = 100
    parents(side)
    of_users, of_tweets = grid(side)
    likes, done = Like.all(), threading.Event()

    def insert() -> None:
        try:
            for at in range(0, side * side, 100):
                Like.insert_all(user=of_users[at : at + 100], tweet=of_tweets[at : at + 100])
        finally:
            done.set()

    def read() -> None:
        while not done.is_set():
            table = pa.table(likes)
            assert table.num_rows % 100 == 0
            assert table["user"].to_pylist() == of_users[: table.num_rows].tolist()
            assert table["tweet"].to_pylist() == of_tweets[: table.num_rows].tolist()

    in_threads(here(insert), read)
    assert pa.table(likes).num_rows == side * side


def test_packing_while_another_thread_inserts(parents, in_threads, store):
    side = 100
    users, tweets = parents(side)
    of_users, of_tweets = grid(side)
    done = threading.Event()

    def insert() -> None:
        try:
            for at in range(0, side * side, 500):
                Like.insert_all(user=of_users[at : at + 500], tweet=of_tweets[at : at + 500])
        finally:
            done.set()

    def pack() -> None:
        while not done.is_set():
            store.compact()

    in_threads(here(insert), pack)
    assert Like.all().column("user").tolist() == of_users.tolist()
    assert all(tweet.likers == set(users) for tweet in tweets)


def test_a_model_is_first_used_by_several_threads_at_once(in_threads):
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(200):

            class Late(Model):
                name: str

            with Store():
                made = in_threads(*(here(Late.insert_all, {"name": ["x"]}) for _ in range(4)))
                assert sorted(row.id for many in made for row in many) == [1, 2, 3, 4]
    finally:
        sys.setswitchinterval(before)
