"""One transaction of the store is one of the file: when a call returns it stands, and what failed left no trace."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hasmany import DuplicateError, Like, RestrictError, Store, Tweet, User

from .files import assert_sound, columns, killed_after, rows, tables
from .games import Game, Player

# ── a call that returned stands ───────────────────────────────────────────────────────────────────


def test_each_call_is_in_the_file_when_it_returns(path):
    with Store(path), closing(sqlite3.connect(path)) as reader:

        def count(table: str) -> int:
            return reader.execute(f"select count(*) from {table}").fetchone()[0]

        alice = User("alice")
        assert count("users") == 1
        tweets = [alice.post_tweet(str(n)) for n in range(3)]
        assert count("tweets") == 3
        alice.liked_tweets.add(*tweets)
        assert count("likes") == 3
        alice.liked_tweets.replace(tweets[1:2])
        assert reader.execute("select id, tweet_id from likes").fetchall() == [(2, 2)]
        alice.tweets.update_all(message="x")
        assert reader.execute("select distinct message from tweets").fetchall() == [("x",)]
        tweets[0].update(message="y", user=alice)
        assert reader.execute("select message from tweets where id = 1").fetchall() == [("y",)]
        assert alice.delete() == {"User": 1, "Tweet": 3, "Like": 1}
        assert [count(table) for table in ("users", "tweets", "likes")] == [0, 0, 0]


@pytest.mark.parametrize("durability", ["normal", "full"])
def test_a_killed_process_leaves_what_its_calls_returned(path, durability):
    def work() -> None:
        store = Store(path, durability=durability).__enter__()
        alice = User("alice")
        with store.transaction():
            alice.post_tweet("hi")
            alice.username = "alicia"
        store.transaction().__enter__()
        alice.post_tweet("not committed")
        alice.username = "not committed"

    killed_after(work)
    assert tables(path) == {"users": [(1, "alicia")], "tweets": [(1, "hi", 1)], "likes": []}
    with Store(path) as store:
        assert User.all().values("username") == ["alicia"]
        store.check()
    assert_sound(path)


def test_nothing_of_a_transaction_is_in_the_file_before_it_ends(path):
    with Store(path) as store:
        alice = User("alice")
        with store.transaction():
            with store.transaction():
                alice.username = "alicia"
                User("bob")
            assert rows(path, "select username from users") == [("alice",)]
        assert rows(path, "select username from users") == [("alicia",), ("bob",)]


def test_a_transaction_that_was_rolled_back_is_not_in_the_file(path):
    with Store(path) as store:
        alice, bob = User("alice"), User("bob")
        tweet = alice.post_tweet("hi")
        bob.like_tweet(tweet)
        before = tables(path)
        with pytest.raises(ZeroDivisionError), store.transaction():
            tweet.user = bob
            User("carol").like_tweet(tweet)
            bob.delete()
            alice.username = "x"
            raise ZeroDivisionError
        assert tables(path) == before
        bob.username = "bert"
    with Store(path) as store:
        assert columns(User, "username") == [(1, "alice"), (2, "bert")]
        assert Tweet.find(1).likers.ids.tolist() == [2]
        store.check()


def test_an_inner_transaction_that_was_rolled_back_is_not_in_the_file(path):
    with Store(path) as store, store.transaction():
        first = Player("first", 1)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), store.transaction():
                first.update(name="x", shirt=2)
                Player("second", 1)
                raise ZeroDivisionError
        second = Player("second", 2, first)
        with store.transaction():
            Game(first, second)
        with pytest.raises(ZeroDivisionError), store.transaction():
            first.delete()
            raise ZeroDivisionError
        first.shirt = 3
    with Store(path) as store:
        assert columns(Player, "name", "shirt", "rival") == [(1, "first", 3, None), (4, "second", 2, 1)]
        assert columns(Game, "home", "away") == [(1, 1, 4)]
        store.check()
    assert_sound(path)


def test_calls_that_are_refused_leave_no_trace(path):
    with Store(path) as store:
        one, two = Player("one", 1), Player("two", 2)
        Game(one, two)
        before = tables(path)
        for refused in (
            lambda: Player("one"),
            lambda: one.update(rival=two, shirt=2),
            lambda: Player.insert_all(name=["three", "one"]),
            lambda: Player.all().update_all(shirt=5),
            lambda: Game(one, two),
        ):
            with pytest.raises(DuplicateError):
                refused()
        with pytest.raises(RestrictError):
            two.delete()
        with pytest.raises(TypeError):
            one.games.add(two)
        assert tables(path) == before
        store.check()


# ── values that must be unique, in transactions ───────────────────────────────────────────────────


def test_unique_values_are_swapped_in_a_transaction(path):
    with Store(path) as store:
        one, two, three = Player("one", 1), Player("two", 2), Player("three", 3)
        with store.transaction():
            one.shirt = None
            two.shirt, one.shirt = 1, 2
        with store.transaction():
            one.name = "free"
            two.name = "one"
            three.name = "two"
            one.name = "three"
    with Store(path):
        assert columns(Player, "name", "shirt") == [(1, "three", 2), (2, "one", 1), (3, "two", 3)]
        assert Player.find(shirt=1).name == "one"
    assert_sound(path)


def test_a_unique_value_that_went_from_row_to_row_ends_where_it_ended(path):
    with Store(path) as store:
        rows_ = [Player(name, number) for number, name in enumerate("abcd")]
        with store.transaction():
            for _ in range(3):
                free = rows_[0].shirt
                rows_[0].shirt = 99
                for row in rows_[1:]:
                    row.shirt, free = free, row.shirt
                rows_[0].shirt = free
            with pytest.raises(ZeroDivisionError), store.transaction():
                rows_[3].delete()
                rows_[2].shirt = None
                raise ZeroDivisionError
        expected = columns(Player, "name", "shirt")
    with Store(path):
        assert columns(Player, "name", "shirt") == expected
        assert sorted(Player.all().values("shirt")) == [0, 1, 2, 3]


def test_a_key_is_used_again_by_another_row_in_one_transaction(path):
    with Store(path) as store:
        old = Player("ann", 1)
        game = Game(Player("ben", 2), old)
        with store.transaction():
            game.delete()
            old.delete()
            new = Player("ann", 1)
            again = Game(Player.find(name="ben"), new)
            again.delete()
            Game(Player.find(name="ben"), new, 5)
        with store.transaction():
            new.name = "gone"
            Player("ann").delete()
            Player("ann", 7)
    with Store(path) as store:
        assert columns(Player, "name", "shirt") == [(2, "ben", 2), (3, "gone", 1), (5, "ann", 7)]
        assert columns(Game, "home", "away", "score") == [(3, 2, 3, 5)]
        store.check()
    assert_sound(path)


def test_a_like_taken_back_and_given_again_in_a_transaction_is_the_new_one(path):
    with Store(path) as store:
        alice = User("alice")
        tweet = alice.post_tweet("hi")
        alice.like_tweet(tweet)
        with store.transaction():
            for _ in range(3):
                alice.unlike_tweet(tweet)
                alice.like_tweet(tweet)
    assert tables(path)["likes"] == [(4, 1, 1)]
    with Store(path):
        assert Like.all().ids.tolist() == [4]


def test_rows_of_a_circle_are_created_and_deleted_in_one_transaction(path):
    with Store(path) as store:
        with store.transaction():
            one, two = Player("one"), Player("two")
            one.rival, two.rival = two, one
        assert rows(path, "select rival_id from players order by id") == [(2,), (1,)]
        with store.transaction():
            one.delete()
            two.delete()
    assert tables(path)["players"] == []


def test_a_row_that_is_set_and_deleted_in_one_transaction_goes(path):
    with Store(path) as store:
        one, two = Player("one"), Player("two")
        Game(one, two)
        with store.transaction():
            one.update(name="x", shirt=1)
            one.delete()
            two.update(name="one", shirt=1)
            two.rival = two
    assert tables(path) == {"players": [(2, "one", 1, 2)], "games": []}


# ── many rows ─────────────────────────────────────────────────────────────────────────────────────


def index_names(path: Path) -> list[str]:
    return [name for (name,) in rows(path, "select name from sqlite_schema where type = 'index' order by name")]


def test_a_bulk_insert_that_fails_leaves_the_file_as_it_was(path):
    with Store(path) as store:
        Player.insert_all(name=[f"p{n}" for n in range(100)])
        before, indexes = tables(path), index_names(path)
        with pytest.raises(DuplicateError):
            Player.insert_all(name=[*(str(n) for n in range(3000)), "p7"])
        with pytest.raises(ZeroDivisionError), store.transaction():
            Player.insert_all(name=[str(n) for n in range(3000)])
            raise ZeroDivisionError
        assert (tables(path), index_names(path)) == (before, indexes)
        Player.insert_all(name=[str(n) for n in range(3000)])
        assert index_names(path) == indexes
        assert rows(path, "select count(*) from players") == [(3100,)]
        store.check()
    assert_sound(path)


def test_many_rows_may_be_changed_in_the_transaction_that_made_them(path):
    with Store(path) as store:
        with store.transaction():
            Player("before", -1)
            many = Player.insert_all(name=[str(n) for n in range(2000)], shirt=list(range(2000)))
            many[::2].delete_all()
            many[1].shirt = 0
            many[3].update(name="0", rival=many[1])
            Player.insert_all(name=["2", "4"], shirt=[None, 2])
            Game.insert_all(home=many[1], away=many[3:100:2], score=7)
            with pytest.raises(ZeroDivisionError), store.transaction():
                Player.insert_all(name=[f"undone {n}" for n in range(2000)])
                many[6].delete()
                raise ZeroDivisionError
            many[8].delete()
        before = columns(Player, "name", "shirt", "rival"), columns(Game, "home", "away", "score")
        assert [table for table in tables(path).values() if table] == [before[1], before[0]]
        store.check()
    with Store(path) as store:
        assert (columns(Player, "name", "shirt", "rival"), columns(Game, "home", "away", "score")) == before
        assert len(before[0]) == 1002
        store.check()
    assert_sound(path)


def test_many_rows_are_deleted_at_once(path):
    with Store(path) as store:
        first = Player.insert_all(name=list("abcdefghij"))
        many = Player.insert_all(name=[str(n) for n in range(1500)], rival=[n % 10 + 1 for n in range(1500)])
        first.update_all(rival=many[7])
        assert many.delete_all() == {"Player": 1500}
        store.check()
    assert rows(path, "select count(*), max(id), max(rival_id) from players") == [(10, 10, None)]
