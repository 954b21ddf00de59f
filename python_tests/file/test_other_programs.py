"""Other programs read a store's file while it is open, and may write while it is not."""

import os
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hasmany import CorruptStoreError, HasManyError, Like, Model, SchemaError, Store, StoreLockedError, Tweet, User

from .files import Other, assert_sound, beside, forked, raw, rows, run_python, tables
from .keys import indexes

# ── other programs ────────────────────────────────────────────────────────────────────────────────


def test_what_another_program_wrote_while_it_was_closed_is_there(seed):
    with raw(seed) as connection:
        connection.execute("pragma foreign_keys = on")
        connection.execute("insert into users (username) values ('zoe')")
        connection.execute("insert into likes (user_id, tweet_id) values (3, 1)")
        connection.execute("delete from users where id = 2")
    with Store(seed) as store:
        assert User.all().values("username") == ["alice", "zoe"]
        assert Tweet.find(1).likers.values("username") == ["zoe"]
        assert Like.all().values("tweet.message") == ["one"]
        assert User("last").id == 4
        store.check()


def test_what_another_program_put_beside_the_models_stays(seed):
    with raw(seed) as connection:
        connection.execute("create table notes (body, anything)")
        connection.execute("insert into notes values ('keep', 1), (2.5, null)")
        connection.execute("create view likers as select username from users join likes on users.id = user_id")
        connection.execute("create index by_message on tweets (message)")
        connection.execute("create table log (what)")
        connection.execute("create trigger told after insert on users begin insert into log values (new.username); end")
    with Store(seed) as store:
        User("zoe").like_tweet(Tweet.find(1))
        assert {model.__name__ for model in store.schema.models} == {"User", "Tweet", "Like"}
        store.check()
    assert rows(seed, "select * from notes") == [("keep", 1), (2.5, None)]
    assert rows(seed, "select * from log") == [("zoe",)]
    assert rows(seed, "select username from likers")[-1] == ("zoe",)
    assert (False, ("message",)) in indexes(seed, "tweets")
    assert_sound(seed)


def test_columns_that_another_program_added_stay(seed):
    class Account(Model, table="users"):
        username: str
        balance: int = 3

    with raw(seed) as connection:
        connection.execute("alter table users add column nickname text")
        connection.execute("update users set nickname = upper(username)")
    with Store(seed) as store:
        User("zoe")
        User.find(1).username = "alicia"
        store.check()
    with Store(seed) as store:
        assert Account.all().values("balance") == [3, 3, 3]
        store.check()
    assert rows(seed, "select username, nickname from users") == [("alicia", "ALICE"), ("bob", "BOB"), ("zoe", None)]


def test_a_table_that_another_program_made_is_not_taken_for_a_model_s(seed):
    class Remark(Model):
        text: str

    with raw(seed) as connection:
        connection.execute("create table remarks (id integer primary key, text text)")
        connection.execute("insert into remarks values (1, 'theirs')")
    with Store(seed) as store:
        with pytest.raises(SchemaError, match="remarks"):
            Remark("ours")
        User("zoe")
        store.check()
    assert rows(seed, "select * from remarks") == [(1, "theirs")]


def test_a_trigger_that_refuses_a_row_refuses_the_call(seed):
    with raw(seed) as connection:
        refuse = "select raise(abort, 'that is enough') where new.username = 'zoe'"
        connection.execute(f"create trigger enough before insert on users begin {refuse}; end")
    with Store(seed) as store:
        with pytest.raises(HasManyError, match="that is enough"), store.transaction():
            User("yan")
            User("zoe")
        assert User.all().values("username") == ["alice", "bob"]
        User("xia")
        store.check()
    assert rows(seed, "select username from users where id > 2") == [("xia",)]


def test_python_reads_while_the_store_has_the_file_open(path):
    with Store(path), closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as reader:
        for number, name in enumerate(("alice", "bob", "carol"), 1):
            User(name)
            assert reader.execute("select count(*), max(username) from users").fetchall() == [(number, name)]


def test_a_reader_sees_one_moment_while_the_store_writes_on(path):
    with Store(path):
        alice = User("alice")
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("begin")
            assert reader.execute("select username from users").fetchall() == [("alice",)]
            alice.username = "alicia"
            User.insert_all(username=[str(n) for n in range(2000)])
            assert reader.execute("select username from users").fetchall() == [("alice",)]
            reader.execute("commit")
            assert reader.execute("select count(*), min(id), max(id) from users").fetchall() == [(2001, 1, 2001)]


def test_a_reader_that_outlives_the_store_loses_nothing(path):
    Store(path).close()
    with closing(sqlite3.connect(path)) as reader:
        with Store(path):
            User("alice")
            assert reader.execute("select username from users").fetchall() == [("alice",)]
            User("bob")
        assert reader.execute("select username from users").fetchall() == [("alice",), ("bob",)]
        with Store(path):
            User("carol")
    assert beside(path) == []
    with Store(path):
        assert User.all().values("username") == ["alice", "bob", "carol"]


def seen_by_others(path: Path) -> list[str]:
    """The users that a process sees which has no part in this one's locks."""
    return [name for (name,) in forked(lambda: rows(path, "select username from users order by id"))]


def test_a_reader_in_this_process_that_closes_takes_nothing_away(path):
    """Two copies of SQLite in one process do not see each other's locks."""
    with Store(path):
        User("alice")
        assert rows(path, "select username from users") == [("alice",)]
        User("bob")
        assert seen_by_others(path) == ["alice", "bob"]
        assert rows(path, "select count(*) from users") == [(2,)]
    with Store(path):
        assert User.all().values("username") == ["alice", "bob"]


def test_a_copy_of_the_bytes_made_in_this_process_takes_nothing_away(path):
    """Closing a file gives up the locks that the process has on it."""
    with Store(path):
        User("alice")
        for name in os.listdir(path.parent):
            path.with_name(name).read_bytes()
        assert seen_by_others(path) == ["alice"]
        User("bob")
        assert seen_by_others(path) == ["alice", "bob"]
    with Store(path):
        assert User.all().values("username") == ["alice", "bob"]


BOTH_READ = """
import os, sqlite3, subprocess, sys
from contextlib import closing
from hasmany import Store, User

path = sys.argv[1]
count = "select count(*) from users"
outside = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute(sys.argv[2]).fetchone()); c.close()"
with Store(path):
    for total in range(1, 2002, 400):
        User.insert_all(username=["x"] * (400 if total > 1 else 1))
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute(count).fetchone() == (total,)
        seen = subprocess.run([sys.executable, "-c", outside, path, count], capture_output=True, text=True).stdout
        assert seen == f"{total}\\n", (seen, total)
with Store(path):
    assert len(User.all()) == total
"""


def test_readers_inside_and_outside_come_and_go_in_turn(path):
    run = run_python(BOTH_READ, path)
    assert run.returncode == 0, run.stderr or run.returncode


def test_pandas_reads_while_the_store_has_the_file_open(path):
    pandas = pytest.importorskip("pandas")
    with Store(path):
        alice = User("alice")
        alice.like_tweet(alice.post_tweet("hi"))
        with closing(sqlite3.connect(path)) as connection:
            frame = pandas.read_sql_query("select * from likes", connection)
        assert frame.to_dict("records") == [{"id": 1, "user_id": 1, "tweet_id": 1}]
        User("bob")
    with Store(path):
        assert User.all().values("username") == ["alice", "bob"]


def test_duckdb_reads_while_the_store_has_the_file_open(path):
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        try:
            connection.execute("load sqlite")
        except duckdb.Error:
            pytest.skip("DuckDB has no sqlite extension here")
        with Store(path):
            alice = User("alice")
            alice.like_tweet(alice.post_tweet("hi"))
            connection.execute(f"attach '{path}' as likes (type sqlite, read_only)")
            sql = "select username, message from likes.likes l join likes.users u on u.id = l.user_id"
            sql += " join likes.tweets t on t.id = l.tweet_id"
            assert connection.execute(sql).fetchall() == [("alice", "hi")]
            connection.execute("detach likes")
            User("bob")
    with Store(path):
        assert User.all().values("username") == ["alice", "bob"]


# ── a program that writes while the store has the file open ───────────────────────────────────────


def write_user(path: Path, name: str) -> None:
    with raw(path) as connection:
        connection.execute("insert into users (username) values (?)", (name,))


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_write_by_another_program_is_noticed_before_the_next_write(path, elsewhere):
    other = Other() if elsewhere else None
    with Store(path) as store:
        alice = User("alice")
        write_user(path, "from outside") if other is None else other(write_user, path, "from outside")
        heard = []
        store.on_commit(heard.append)
        for write in (
            lambda: User("bob"),
            lambda: setattr(alice, "username", "x"),
            alice.delete,
            lambda: User.insert_all(username=["x"]),
        ):
            with pytest.raises(StoreLockedError, match="open"):
                write()
        with pytest.raises(StoreLockedError, match="open"), store.transaction():
            User("bob")
        assert heard == []
        assert User.all().values("username") == ["alice"]
    if other:
        other.end()
    with Store(path):
        assert User.all().values("username") == ["alice", "from outside"]
        assert User("bob").id == 3


def test_a_program_that_holds_the_file_makes_a_write_wait_or_fail_and_no_more(path):
    with Store(path) as store:
        alice = User("alice")
        begun = threading.Event()

        def write() -> None:
            begun.set()
            with suppress(OSError):
                alice.username = "alicia"

        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            writing = threading.Thread(target=write)
            writing.start()
            assert begun.wait(60)
            other.execute("rollback")
            writing.join(60)
        assert rows(path, "select username from users") == [(alice.username,)]
        alice.username = "alicia"
        store.check()
    assert tables(path) == {"users": [(1, "alicia")], "tweets": [], "likes": []}


# ── whatever else others do to the file ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("maintenance", ["analyze", "pragma wal_checkpoint(truncate)", "vacuum"])
def test_a_file_may_be_tidied_by_others(path, maintenance):
    """The next write may be refused; then the store has seen that its rows are the same, and goes on."""
    with Store(path) as store:
        User("alice")
        with raw(path) as connection:
            connection.execute(maintenance).fetchall()
        with suppress(StoreLockedError):
            User("perhaps")
        User("bob")
        store.check()


def test_a_row_that_a_trigger_leaves_out_is_refused(path):
    with Store(path):
        User("alice")
    with raw(path) as connection:
        connection.execute(
            "create trigger no_spam before insert on users when new.username = 'spam' begin select raise(ignore); end"
        )
        connection.commit()
    with Store(path) as store:
        with pytest.raises(CorruptStoreError, match="row 2"):
            User("spam")
        assert User.all().values("username") == ["alice"]
        User("bob")
        store.check()


def test_columns_of_others_outlive_a_rebuilt_table(path):
    def declared(**fields: type) -> type[Model]:
        return type("Note", (Model,), {"__annotations__": {"text": str, **fields}, "__module__": __name__})

    with Store(path):
        declared()("one")
    with raw(path) as connection:
        connection.execute("alter table notes add column mark text not null default 'x'")
        connection.commit()
    with Store(path) as store:
        note = declared(count=int | None)
        note("two", 2)
        store.check()
    assert rows(path, "select text, mark, count from notes") == [("one", "x", None), ("two", "x", 2)]
    with raw(path) as connection:
        connection.execute("alter table notes add column loud text as (upper(text)) virtual")
        connection.commit()
    with Store(path), pytest.raises(SchemaError, match="loud"):
        declared(count=int | None, more=str | None).all()


def test_a_connection_of_python_outlives_stores(path):
    """Closing a store must not drop what Python's SQLite has locked in the same process."""
    with Store(path):
        User("a")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select username from users").fetchall() == [("a",)]
        with Store(path):
            User("b")
        assert connection.execute("select username from users").fetchall() == [("a",), ("b",)]
        connection.execute("insert into users values (3, 'c')")
        connection.commit()
        with Store(path):
            assert User.all().values("username") == ["a", "b", "c"]
            User("d")
        assert len(connection.execute("select * from users").fetchall()) == 4
    with Store(path) as store:
        assert User.all().values("username") == ["a", "b", "c", "d"]
        store.check()
    assert beside(path) == []
