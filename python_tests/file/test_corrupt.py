"""A file that is no store, or no whole one, is refused with its name, table and row, and not a byte of it changed."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest
from hasmany import CorruptStoreError, HasManyError, Like, Model, SchemaError, Store, User, belongs_to, field

from .files import beside, digest, killed_after, raw, rows


class Entry(Model):
    code: str = field(unique=True)
    done: bool = False
    at: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    day: date = date(2026, 3, 1)
    user: User | None = belongs_to(on_delete="nullify", default=None)
    before: "Entry | None" = None


@pytest.fixture
def path(tmp_path) -> Path:
    """Two users, who like a tweet; three entries."""
    path = tmp_path / "likes.db"
    with Store(path):
        alice, bob = User("alice"), User("bob")
        tweet = alice.post_tweet("hi")
        alice.like_tweet(tweet)
        bob.like_tweet(tweet)
        for code in "abc":
            Entry(code, user=bob)
    return path


def refused(path: Path, *words: str) -> None:
    """Opening raises and names the file, and these words; neither the file nor what lies beside it changes."""
    before, there = digest(path), beside(path)
    for read_only in (False, True):
        with pytest.raises(CorruptStoreError) as caught:
            Store(path, read_only=read_only)
        for word in (str(path), *words):
            assert word in str(caught.value), caught.value
        assert isinstance(caught.value, OSError)
        assert (digest(path), beside(path)) == (before, there)


# ── files that are something else ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"Dear diary,\n" * 1000, b"\x00" * 4096, b"SQLite format 3", b"SQLite format 3\x00", b"\x89PNG" * 99],
    ids=["empty", "a line", "a text", "zeros", "a beginning", "a mark", "a picture"],
)
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "diary.txt"
    path.write_bytes(content)
    refused(path)
    assert path.read_bytes() == content
    assert os.listdir(tmp_path) == ["diary.txt"]


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_database_of_another_application_is_refused(tmp_path, mode):
    path = tmp_path / "places.sqlite"
    with raw(path) as connection:
        connection.execute(f"pragma journal_mode = {mode}")
        connection.execute("create table users (id integer primary key, username text)")
        connection.execute("insert into users (username) values ('theirs')")
    refused(path)
    with raw(path) as connection:
        connection.execute("pragma application_id = 1234")
    refused(path)
    assert rows(path, "select username from users") == [("theirs",)]


def test_an_empty_database_of_another_application_is_refused(tmp_path):
    path = tmp_path / "new.sqlite"
    with raw(path) as connection:
        connection.execute("create table t (a)")
        connection.execute("drop table t")
    refused(path)


def test_a_database_that_another_program_has_open_is_refused_and_left_alone(tmp_path):
    """With what lies beside it: its journal is not ours to read back."""
    path = tmp_path / "theirs.sqlite"

    def work() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table t (a)")
        connection.execute("insert into t values (1)")

    killed_after(work)
    assert beside(path)
    before = {name: digest(path.with_name(name)) for name in (path.name, f"{path.name}-wal")}
    refused(path)
    assert {name: digest(path.with_name(name)) for name in before} == before


@pytest.mark.parametrize("version", [2, 99, 2**31 - 1])
def test_a_newer_format_is_refused_and_says_so(path, version):
    with raw(path) as connection:
        connection.execute(f"pragma user_version = {version}")
    refused(path, str(version), "newer")


@pytest.mark.parametrize("mark", ["application_id = 0", "application_id = 7", "user_version = 0", "user_version = -1"])
def test_a_store_without_its_marks_is_refused(path, mark):
    with raw(path) as connection:
        connection.execute(f"pragma {mark}")
    refused(path)


# ── files that are damaged ────────────────────────────────────────────────────────────────────────


def test_a_truncated_file_is_refused_at_any_length(path, tmp_path):
    content = path.read_bytes()
    part = tmp_path / "part" / "part.db"
    part.parent.mkdir()
    pages = range(4096, len(content), 4096)
    for length in (0, 1, 15, 16, 99, 100, 512, 4095, *pages, pages[-1] + 1, len(content) - 4095, len(content) - 1):
        part.write_bytes(content[:length])
        refused(part)
        assert part.read_bytes() == content[:length]


def test_a_file_with_more_than_its_pages_is_refused_or_read(path):
    content = path.read_bytes()
    for more in (b"x", b"\x00" * 4096, b"\xff" * 5000):
        path.write_bytes(content + more)
        opens_or_refuses(path)


def opens_or_refuses(path: Path) -> bool:
    """Whether it opens and agrees with itself; if not, opening or `check` says so as it should."""
    before = digest(path)
    try:
        store = Store(path, read_only=True)
    except CorruptStoreError as error:
        assert str(path) in str(error)
        assert digest(path) == before
        return False
    with store:
        with suppress(SchemaError):
            for model in (User, Like, Entry):
                list(model.all())
                repr(model.all())
        try:
            store.check()
        except CorruptStoreError as error:  # in an index of SQLite's, which reading does not need
            assert str(path) in str(error)
            return False
    assert digest(path) == before
    return True


@pytest.mark.parametrize("byte", [0, 10, 15, 16, 17, 19, 20, 21, 22, 23, 60, 63, 68, 69, 70, 71])
def test_a_flipped_bit_in_the_header_is_noticed(path, byte):
    """In the mark of SQLite, the page size, the version, the fractions, or our own marks."""
    content = bytearray(path.read_bytes())
    content[byte] ^= 0x40
    path.write_bytes(content)
    refused(path)


def test_a_flipped_bit_anywhere_is_noticed_or_harmless(path, tmp_path):
    content = path.read_bytes()
    random = Random(11)
    places = [*range(24, 100, 3), *(random.randrange(100, len(content)) for _ in range(250))]
    copy = tmp_path / "flipped" / "likes.db"
    copy.parent.mkdir()
    opened = 0
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << random.randrange(8)
        copy.write_bytes(damaged)
        opened += opens_or_refuses(copy)
        assert os.listdir(copy.parent) == ["likes.db"]
    assert 0 < opened < len(places)


def test_a_page_of_noise_is_noticed(path, tmp_path):
    content = path.read_bytes()
    random = Random(12)
    copy = tmp_path / "noise.db"
    for page in range(len(content) // 4096):
        damaged = bytearray(content)
        damaged[page * 4096 : (page + 1) * 4096] = random.randbytes(4096)
        copy.write_bytes(damaged)
        refused(copy)


def test_a_damaged_file_is_refused_for_writing_too_and_not_repaired(path, tmp_path):
    """The pages that hold rows: a store that opened would write to them."""
    content = path.read_bytes()
    ((root,),) = rows(path, "select rootpage from sqlite_schema where name = 'entrys'")
    damaged = bytearray(content)
    for place in range((root - 1) * 4096, (root - 1) * 4096 + 12):
        damaged[place] ^= 0xFF
    path.write_bytes(damaged)
    refused(path)
    path.write_bytes(content)
    with Store(path):
        assert User("carol").id == 3


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
