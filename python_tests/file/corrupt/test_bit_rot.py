"""A bit that changes by itself while a file is closed is noticed; what other programs change is no damage."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any

import pytest
from hasmany import CorruptStoreError, Like, Model, Store, StoreLockedError, Tweet, User

from ..files import beside, columns, killed_after, names, raw, rows


class Thing(Model):
    number: int
    size: float
    name: str
    data: bytes
    yes: bool
    at: datetime
    day: date
    user: User
    maybe: int | None = None


KEPT: list[Store] = []  # open until the process is killed
FIELDS = ("number", "size", "name", "data", "yes", "at", "day", "user", "maybe")
NOON = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)


def fill() -> None:
    users = [User(name) for name in ("alice", "bob", "carol")]
    tweet = users[0].post_tweet("hello, world")
    users[1].like_tweet(tweet)
    users[2].like_tweet(tweet)
    for k in range(1, 5):
        Thing(k * 1_000_003, k + 0.25, f"thing {k}", b"\x01\x02\x03" * k, k % 2 == 0, NOON, date(2026, 3, k), users[1])
    Thing.all()[3].maybe = 7
    Thing.all()[2].delete()
    User("spent").delete()


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "things.db"
    with Store(path):
        fill()
    return path


def everything() -> list[Any]:
    return [
        columns(User, "username"),
        columns(Tweet, "message", "user"),
        columns(Like, "user", "tweet"),
        columns(Thing, *FIELDS),
    ]


def changed_elsewhere(path: Path, **how: Any) -> bool | None:
    with Store(path, **how) as store:
        return store.stats().changed_elsewhere


def flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


def differing_bit(path: Path, change: str) -> tuple[int, int]:
    """The place and bit of the one bit by which this statement changes the rows of the file."""
    other = path.with_name("other.db")
    shutil.copy(path, other)
    with raw(other) as connection:
        connection.execute(change)
    before, after = path.read_bytes(), other.read_bytes()
    other.unlink()
    # Neither the two counts of changes in the header count.
    places = [at for at in range(100, len(before)) if before[at] != after[at]]
    (place,) = places
    bit = before[place] ^ after[place]
    assert bit & bit - 1 == 0, "not one bit"
    return place, bit.bit_length() - 1


def as_it_is(path: Path, sql: str) -> list[Any]:
    """What SQLite reads, which notices nothing."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def refuses(path: Path, *words: str) -> None:
    """Opening does, for writing and for reading, and nothing changes."""
    before, there = path.read_bytes(), beside(path)
    for read_only in (False, True):
        with pytest.raises(CorruptStoreError) as caught:
            Store(path, read_only=read_only)
        for word in (str(path), *words):
            assert word in str(caught.value), caught.value
        assert (path.read_bytes(), beside(path)) == (before, there)


# One bit of each kind of value: what a statement of SQL makes of it.
FLIPS = {
    "int": ("update things set number = number + 4 where id = 1", "number"),
    "float": ("update things set size = 1.75 where id = 1", "size"),
    "text": ("update things set name = 'thinf 1' where id = 1", "name"),
    "bytes": ("update things set data = x'010207' where id = 1", "data"),
    "bool": ("update things set yes = 1 where id = 1", "yes"),
    "time": ("update things set at = '2026-03-01T12:30:15.123457Z' where id = 1", "at"),
    "date": ("update things set day = '2026-03-03' where id = 2", "day"),
    "optional": ("update things set maybe = 6 where id = 4", "maybe"),
}


@pytest.mark.parametrize("kind", FLIPS)
def test_a_flipped_bit_in_a_value_is_refused_with_table_and_column(path, kind):
    statement, column = FLIPS[kind]
    flip(path, *differing_bit(path, statement))
    refuses(path, "table things", f"column {column}")


def test_a_flipped_bit_in_a_reference_is_refused(path):
    with Store(path):
        Thing(1, 1.0, "last", b"", True, NOON, date(2026, 3, 9), User.find(2))
    place = path.read_bytes().rindex(b"2026-03-09") + 10
    assert path.read_bytes()[place] == 2
    flip(path, place, 0)  # in the table, not in its index, which nobody compares when a file is opened
    assert as_it_is(path, "select user_id from things where name = 'last'") == [(3,)]
    refuses(path, "table things", "column user_id")


def test_a_flipped_bit_in_a_letter_is_refused(path):
    place = path.read_bytes().rindex(b"hello, world")
    flip(path, place + 7, 0)
    assert as_it_is(path, "select message from tweets") == [("hello, vorld",)]
    refuses(path, "table tweets", "column message")


def test_a_flipped_bit_in_an_id_is_refused(path):
    with Store(path):
        Thing.find(4).delete()  # so that an id that is one bit larger is still in order
    ((root,),) = rows(path, "select rootpage from sqlite_schema where name = 'things'")
    content = path.read_bytes()
    page = (root - 1) * 4096
    last = page + int.from_bytes(content[page + 8 + 2 : page + 8 + 4], "big")  # the second of two cells
    assert content[last + 1] == 2
    flip(path, last + 1, 2)  # 2 becomes 6
    refuses(path, "table things", "column id")


def test_a_flipped_bit_in_a_next_id_is_refused(path):
    flip(path, *differing_bit(path, "update hasmany_models set next_id = 4 where \"table\" = 'users'"))
    refuses(path, "hasmany_models", "users")


def test_a_flipped_bit_in_the_name_of_a_class_is_refused(path):
    flip(path, *differing_bit(path, "update hasmany_models set class = 'Uses' where \"table\" = 'users'"))
    refuses(path, "hasmany_models", "users")


def test_the_error_says_what_to_do_and_that_works(path):
    flip(path, path.read_bytes().rindex(b"hello, world") + 7, 0)
    with pytest.raises(CorruptStoreError, match=r"vacuum"):
        Store(path)
    connection = sqlite3.connect(path)
    connection.execute("vacuum")
    connection.close()
    with Store(path) as store:
        assert Tweet.all().values("message") == ["hello, vorld"]
        assert store.stats().changed_elsewhere
    assert changed_elsewhere(path) is False


def test_whatever_bit_is_flipped_rows_that_differ_are_refused(path, tmp_path):
    content = path.read_bytes()
    with Store(path, read_only=True):
        written = everything()
    copy = tmp_path / "flipped" / "things.db"
    copy.parent.mkdir()
    random = Random(12)
    opened = 0
    for _ in range(500):
        damaged = bytearray(content)
        damaged[random.randrange(100, len(content))] ^= 1 << random.randrange(8)
        copy.write_bytes(damaged)
        try:
            with Store(copy, read_only=True):
                found = everything()
        except CorruptStoreError:
            continue
        opened += 1
        assert found == written
    assert 0 < opened < 500


def test_whatever_bit_is_flipped_among_the_values_is_refused(path, tmp_path):
    """Each byte of the rows of one table."""
    content = path.read_bytes()
    ((root,),) = rows(path, "select rootpage from sqlite_schema where name = 'things'")
    page = (root - 1) * 4096
    begin = page + int.from_bytes(content[page + 5 : page + 7], "big")
    copy = tmp_path / "flipped" / "things.db"
    copy.parent.mkdir()
    for place in range(begin, page + 4096):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        copy.write_bytes(damaged)
        try:
            with Store(copy, read_only=True):
                found = columns(Thing, *FIELDS)
        except CorruptStoreError:
            continue
        with Store(path, read_only=True):
            assert found == columns(Thing, *FIELDS), place


# ── what others do is no damage ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("read_only", [False, True])
def test_what_another_program_changed_is_read_and_said_where_asked(path, read_only):
    with raw(path) as connection:
        connection.execute("update tweets set message = 'theirs'")
    with Store(path, read_only=read_only) as store:
        assert Tweet.all().values("message") == ["theirs"]
        assert store.stats().changed_elsewhere is True
        store.check()
    if not read_only:
        assert changed_elsewhere(path) is False


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "memory", "wal"])
def test_another_program_is_seen_in_whatever_mode_it_writes(path, mode):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"pragma journal_mode = {mode}")
    connection.execute("update tweets set message = 'theirs'")
    connection.close()
    path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
    with Store(path) as store:
        assert Tweet.all().values("message") == ["theirs"]
        assert store.stats().changed_elsewhere is True


@pytest.mark.parametrize("statement", ["vacuum", "analyze", "reindex", "pragma journal_mode = wal"])
def test_a_file_that_was_tidied_only_is_not_changed(path, statement):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    connection.close()
    assert changed_elsewhere(path, read_only=True) is False
    assert changed_elsewhere(path) is False


@pytest.mark.parametrize(
    "statement",
    [
        "alter table tweets add column remark text",
        "update hasmany_models set next_id = 99 where \"table\" = 'tweets'",
        "create table another (id integer primary key)",
    ],
)
def test_columns_and_fields_that_others_changed_are_changes_and_tables_of_theirs_are_none(path, statement):
    with raw(path) as connection:
        connection.execute(statement)
    assert changed_elsewhere(path) is not statement.startswith("create")


def test_after_a_kill_nothing_is_damaged_and_nothing_is_known(path):
    def work() -> None:
        with Store(path):
            Tweet.all()[0].message = "mine"
            os.kill(os.getpid(), signal.SIGKILL)

    killed_after(work)
    with Store(path) as store:
        assert Tweet.all().values("message") == ["mine"]
        assert store.stats().changed_elsewhere is None
    assert changed_elsewhere(path) is False


def test_after_a_kill_before_the_first_write_nothing_was_changed(path):
    killed_after(lambda: KEPT.append(Store(path)))
    assert changed_elsewhere(path) is False


def test_what_another_program_does_to_the_file_of_a_killed_writer_is_no_damage(path):
    killed_after(lambda: KEPT.append(Store(path)))
    with raw(path) as connection:
        connection.execute("update tweets set message = 'theirs'")
    with Store(path) as store:
        assert Tweet.all().values("message") == ["theirs"]
        assert store.stats().changed_elsewhere is True


@pytest.mark.parametrize("more", [0, 100])
def test_what_another_program_left_half_way_is_undone_and_is_no_change(path, more):
    def work() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("pragma cache_size = 1")
        connection.execute("begin")
        connection.execute("update tweets set message = 'theirs'")
        connection.execute("create table theirs (a)")
        connection.executemany("insert into theirs values (?)", [("x" * 1000,)] * 1000)

    before = path.read_bytes()
    killed_after(work)
    assert path.read_bytes() != before
    assert beside(path) == [f"{path.name}-journal"]
    with path.open("ab") as file:
        file.write(bytes(more))  # of a page that was not written whole
    with Store(path) as store:
        assert Tweet.all().values("message") == ["hello, world"]
        assert store.stats().changed_elsewhere is False
    assert path.read_bytes() == before
    assert beside(path) == []


def test_what_another_program_writes_while_the_file_is_open_is_no_damage(path):
    with Store(path):
        Tweet("mine", User.find(1))
        with raw(path) as connection:
            connection.execute("update tweets set message = 'theirs' where id = 1")
    with Store(path) as store:
        assert Tweet.all().values("message") == ["theirs", "mine"]
        assert store.stats().changed_elsewhere is None


def test_what_a_trigger_of_others_does_is_no_damage(path):
    with raw(path) as connection:
        connection.execute(
            "create trigger loud after insert on tweets begin update tweets set message = upper(message); end"
        )
    with Store(path):
        Tweet("mine", User.find(1))
    with Store(path) as store:
        assert Tweet.all().values("message") == ["HELLO, WORLD", "MINE"]
        assert store.stats().changed_elsewhere is None


def test_a_trigger_that_changes_nothing_of_ours_does_not_keep_a_file_from_being_sealed(path):
    with raw(path) as connection:
        connection.execute("create table notes (what text)")
        connection.execute("create trigger noted after insert on tweets begin insert into notes values ('one'); end")
    with Store(path):
        Tweet("mine", User.find(1))
    assert changed_elsewhere(path) is False
    flip(path, path.read_bytes().rindex(b"hello, world") + 7, 0)
    refuses(path, "table tweets", "column message")


# ── when files are sealed ─────────────────────────────────────────────────────────────────────────


def sealed(path: Path) -> bool:
    """Whether what is in the seal would be noticed to differ."""
    found = rows(path, "select distinct counter from hasmany_seal")
    return found == [(int.from_bytes(path.read_bytes()[24:28], "big"),)]


def test_a_file_is_sealed_when_it_is_closed_and_copies_are(path, tmp_path):
    assert sealed(path)
    with Store(path) as store:
        User("dave")
        store.save(tmp_path / "copy.db")
        assert rows(path, "select * from hasmany_seal") == []  # gone with the first write
    with Store() as store:
        fill()
        store.save(tmp_path / "saved.db")
    with Store(path, read_only=True) as store:
        store.save(tmp_path / "of a reader.db")
    for name in ("copy.db", "saved.db", "of a reader.db", path.name):
        assert sealed(tmp_path / name), name
        assert changed_elsewhere(tmp_path / name, read_only=True) is False
        flip(tmp_path / name, (tmp_path / name).read_bytes().rindex(b"hello, world"), 0)
        refuses(tmp_path / name, "table tweets", "column message")


def test_rows_that_were_deleted_and_squeezed_out_do_not_matter(path):
    with Store(path) as store:
        User.insert_all(username=[f"user {k}" for k in range(1000)])
        User.all()[100:900].delete_all()
        store.compact()
    assert changed_elsewhere(path) is False
    with Store(path):
        User("another")
    assert changed_elsewhere(path) is False


def test_zeros_of_both_signs_are_one(tmp_path):
    with Store(tmp_path / "zeros.db"):
        user = User("a")
        Thing(0, -0.0, "", b"", False, NOON, date(1, 1, 1), user)
    assert changed_elsewhere(tmp_path / "zeros.db") is False


def test_a_file_that_others_read_is_left_without_a_seal(path):
    with Store(path):
        User("dave")
        reader = Store(path, read_only=True)
    assert changed_elsewhere(path, read_only=True) is None
    reader.close()
    with Store(path):
        assert names() == ["alice", "bob", "carol", "dave"]
    assert changed_elsewhere(path) is False


def test_a_file_without_a_seal_opens_as_before(path):
    with raw(path) as connection:
        connection.execute("drop table hasmany_seal")
    with Store(path) as store:
        assert store.stats().changed_elsewhere is None
        assert "seal" not in str(store.schema)
    assert sealed(path)


def test_a_seal_that_is_none_is_no_seal(path):
    for statement in ("create table hasmany_seal (a)", "create view hasmany_seal as select 1"):
        with raw(path) as connection:
            connection.execute("drop table if exists hasmany_seal")
            connection.execute(statement)
        with Store(path) as store:
            assert store.stats().changed_elsewhere is None
            User(statement)
        with Store(path) as store:
            assert statement in names()


def test_a_flipped_bit_in_the_seal_is_refused_or_harmless(path, tmp_path):
    content = path.read_bytes()
    ((root,),) = rows(path, "select rootpage from sqlite_schema where name = 'hasmany_seal'")
    page = (root - 1) * 4096
    begin = page + int.from_bytes(content[page + 5 : page + 7], "big")
    with Store(path, read_only=True):
        written = everything()
    copy = tmp_path / "flipped" / "things.db"
    copy.parent.mkdir()
    for place in range(begin, page + 4096, 11):
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        copy.write_bytes(damaged)
        try:
            assert changed_elsewhere(copy, read_only=True) is not True
        except CorruptStoreError as error:
            if "vacuum" not in str(error):
                continue  # SQLite itself cannot read it
            with closing(sqlite3.connect(copy)) as connection:
                connection.execute("vacuum")
        with Store(copy):
            assert everything() == written
        assert changed_elsewhere(copy) is False


def test_what_was_taken_out_is_not_sealed(path, tmp_path):
    class Note(Model, table="notes"):
        text: str
        remark: str | None = None

    with Store(path):
        Note("one", "remarkable")

    class Shorter(Model, table="notes"):
        text: str

    with Store(path):
        Shorter("two")
    assert changed_elsewhere(path) is False
    flip(path, path.read_bytes().rindex(b"remarkable"), 0)
    with Store(path):
        assert Shorter.all().values("text") == ["one", "two"]


def test_the_first_write_waits_for_those_who_read_a_file_at_rest(path):
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection, Store(path):
        connection.execute("begin")
        connection.execute("select * from users").fetchall()
        with pytest.raises(StoreLockedError, match="reading"):
            User("nobody")
        assert names() == ["alice", "bob", "carol"]
        later = Timer(0.5, connection.execute, ["commit"])
        later.start()
        User("dave")
        later.join()
        connection.execute("begin")
        assert len(connection.execute("select * from users").fetchall()) == 4
        User("eve")  # from then on nobody waits
    assert names_in(path) == ["alice", "bob", "carol", "dave", "eve"]


def test_ids_that_cannot_be_kept_because_others_read_are_said_when_the_file_is_closed(path):
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        store = Store(path)
        with suppress(ZeroDivisionError), store.transaction():
            connection.execute("begin")
            connection.execute("select * from users").fetchall()
            User("undone")
            raise ZeroDivisionError
        with pytest.raises(StoreLockedError, match="reading"):
            store.close()


def test_a_session_that_writes_nothing_changes_no_byte(path):
    before = path.read_bytes()
    with Store(path) as store:
        assert len(User.all()) == 3
        store.check()
        store.save(path.with_name("copy.db"))
    assert path.read_bytes() == before


def names_in(path: Path) -> list[str]:
    return [name for (name,) in rows(path, "select username from users")]


# ── check() ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("read_only", [False, True])
def test_check_finds_a_bit_that_flips_while_the_file_is_open(path, read_only):
    with Store(path, read_only=read_only) as store:
        store.check()
        flip(path, path.read_bytes().rindex(b"hello, world"), 0)
        with pytest.raises(CorruptStoreError, match="tweets"):
            store.check()
        assert Tweet.all().values("message") == ["hello, world"]


def test_check_finds_a_bit_that_flips_in_an_index(path):
    with Store(path) as store:
        store.check()
        ((root,),) = as_it_is(path, "select rootpage from sqlite_schema where name = 'hasmany_things(user_id)'")
        flip(path, root * 4096 - 1, 0)  # of the first row that was entered: its id
        with pytest.raises(CorruptStoreError, match="index"):
            store.check()


def test_check_of_a_reader_takes_what_others_wrote_for_no_damage(path):
    with Store(path, read_only=True) as store:
        with raw(path) as connection:
            connection.execute("update tweets set message = 'theirs'")
        store.check()
        assert store.refresh()
        assert store.stats().changed_elsewhere is True
        store.check()
