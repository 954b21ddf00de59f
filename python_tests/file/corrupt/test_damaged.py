"""Files that are something else, or were cut off, overwritten or had bits flipped."""

import os
import sqlite3
from random import Random

import pytest
from hasmany import Store, User

from ..files import beside, digest, killed_after, raw, rows
from .entries import opens_or_refuses, refused

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
