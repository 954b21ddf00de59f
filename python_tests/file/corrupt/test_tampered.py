"""Files in which another program wrote rows that cannot be, or took tables and columns away."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hasmany import CorruptStoreError, HasManyError, Like, SchemaError, Store, User

from ..files import raw, rows
from .entries import Entry, opens_or_refuses, refused

# ── rows that cannot be ───────────────────────────────────────────────────────────────────────────


def tamper(path: Path, *statements: str) -> None:
    """By hand, with nothing in the way."""
    with raw(path) as connection:
        connection.execute("pragma ignore_check_constraints = on")
        for statement in statements:
            connection.execute(statement)


def pretend(path: Path, old: str, new: str, name: str) -> None:
    """Rewrites a statement of the schema, so that SQLite believes it from then on."""
    with raw(path) as connection:
        connection.execute("pragma writable_schema = on")
        sql = "update sqlite_schema set sql = replace(sql, ?, ?) where name = ?"
        assert connection.execute(sql, (old, new, name)).rowcount == 1
        ((version,),) = connection.execute("pragma schema_version").fetchall()
        connection.execute(f"pragma schema_version = {version + 1}")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update likes set user_id = 99 where id = 2", ("likes", "2", "99")),
        ("update tweets set user_id = -1", ("tweets", "1")),
        ("delete from users where id = 2", ("2",)),
        ("update entrys set before_id = 7 where code = 'b'", ("entrys", "2", "7")),
        ("insert into likes (id, user_id, tweet_id) values (5, 1, 44)", ("likes", "5", "44")),
    ],
)
def test_a_foreign_key_broken_by_hand_is_refused_with_its_row(path, statement, words):
    tamper(path, statement)
    refused(path, *words)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update entrys set done = 2 where id = 2", ("entrys", "2", "done")),
        ("update entrys set at = 'yesterday' where id = 3", ("entrys", "3", "at", "yesterday")),
        ("update entrys set at = '' where id = 3", ("entrys", "3", "at")),
        ("update entrys set at = '2026-13-01T00:00:00.000000Z' where id = 1", ("entrys", "1", "at")),
        ("update entrys set day = '2026-02-30' where id = 1", ("entrys", "1", "day")),
        ("update entrys set day = '2026-03-01T00:00:00' where id = 1", ("entrys", "1", "day")),
        ("update users set username = cast(x'ff41' as text) where id = 2", ("users", "2", "username")),
        ("insert into users (id, username) values (0, 'zero')", ("users", "0")),
        ("insert into users (id, username) values (-5, 'below')", ("users", "-5")),
    ],
)
def test_a_value_that_no_field_holds_is_refused_with_its_row(path, statement, words):
    tamper(path, statement)
    refused(path, *words)


def unique_index(path: Path, table: str, columns: tuple[str, ...]) -> str:
    with raw(path) as connection:
        for _, name, unique, *_ in connection.execute(f"pragma index_list({table})").fetchall():
            info = connection.execute(f'pragma index_info("{name}")').fetchall()
            if unique and tuple(column for *_, column in info) == columns:
                return name
    raise LookupError(columns)


@pytest.mark.parametrize(
    ("table", "columns", "statement", "words"),
    [
        ("likes", ("user_id", "tweet_id"), "insert into likes values (9, 1, 1)", ("likes", "9")),
        ("entrys", ("code",), "update entrys set code = 'a' where id = 3", ("entrys", "3")),
    ],
)
def test_a_duplicate_inserted_by_hand_is_refused_with_its_row(path, table, columns, statement, words):
    """The index says that it is unique, and is not."""
    name = unique_index(path, table, columns)
    pretend(path, "UNIQUE INDEX", "INDEX", name)
    tamper(path, statement)
    pretend(path, "INDEX", "UNIQUE INDEX", name)
    refused(path, *words)


def test_a_duplicate_in_a_table_whose_index_was_dropped_is_refused_when_the_class_is_used(path):
    name = unique_index(path, "likes", ("user_id", "tweet_id"))
    tamper(path, f'drop index "{name}"', "insert into likes values (9, 1, 1)")
    with pytest.raises((CorruptStoreError, SchemaError)) as caught, Store(path):
        Like.all()
    assert "likes" in str(caught.value) or "Like" in str(caught.value)
    assert "9" in str(caught.value)
    assert rows(path, "select id from likes") == [(1,), (2,), (9,)]


def test_an_index_that_is_missing_is_made_again(path):
    for table, columns in (("likes", ("user_id", "tweet_id")), ("entrys", ("code",))):
        tamper(path, f'drop index "{unique_index(path, table, columns)}"')
    with Store(path) as store:
        Like.all()
        Entry.all()
        store.check()
    assert unique_index(path, "likes", ("user_id", "tweet_id"))
    assert unique_index(path, "entrys", ("code",))


# ── tables that are not as they were ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("drop table likes", "likes"),
        ("alter table likes rename to favourites", "likes"),
        ("alter table entrys rename column done to finished", "done"),
        ("alter table entrys drop column day", "day"),
    ],
)
def test_a_table_or_a_column_that_is_gone_is_said(path, statement, word):
    """At opening, or when the class is used; never as an error of SQLite's, and no row is touched."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError:
            pytest.skip("SQLite itself refuses this here")
        connection.commit()
    before = rows(path, "select count(*) from users")
    try:
        with Store(path) as store:
            for model in (User, Like, Entry):
                list(model.all())
            store.check()
    except HasManyError as error:
        assert word in str(error)
    assert rows(path, "select count(*) from users") == before


@pytest.mark.parametrize("table", ["hasmany_models", "hasmany_fields"])
def test_a_file_without_our_own_tables_is_refused(path, table):
    tamper(path, f"drop table {table}")
    refused(path)


@pytest.mark.parametrize("table", ["hasmany_models", "hasmany_fields"])
def test_a_file_whose_own_tables_are_empty_or_nonsense_is_refused_or_harmless(path, table):
    names = [name for _, name, *_ in rows(path, f"pragma table_info({table})")]
    clean = path.with_name("clean.db")
    shutil.copy(path, clean)
    for statement in (
        f"delete from {table}",
        *(f"update {table} set {name} = 'nonsense'" for name in names),
        *(f"update {table} set {name} = -7" for name in names),
        *(f"update {table} set {name} = 9223372036854775807" for name in names),
    ):
        shutil.copy(clean, path)
        try:
            tamper(path, statement)
        except sqlite3.Error:
            continue  # the table does not let itself be spoilt
        opens_or_refuses(path)


def test_ids_that_the_file_has_spent_are_not_given_again_whatever_was_deleted_by_hand(path):
    with Store(path):
        User("last").delete()
    tamper(path, "pragma foreign_keys = on", "delete from users")
    with Store(path):
        assert User("next").id == 4


def test_the_message_is_for_people(path):
    tamper(path, "update likes set user_id = 99 where id = 2")
    with pytest.raises(CorruptStoreError) as caught:
        Store(path)
    assert "SQLITE" not in str(caught.value)
    assert "Some(" not in str(caught.value)
