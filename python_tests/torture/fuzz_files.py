"""A store's file with a few bytes, descriptions or values changed: it opens with the rows that SQL reads, or an error
says what is wrong."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

from hasmany import (
    CorruptStoreError,
    HasManyError,
    Like,
    Model,
    Record,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
)

from .mutate import NUMBERS, some_bytes, some_text


class Oddment(Model):
    """A field of every type."""

    code: str = field(unique=True)
    whole: int | None = None
    real: float = 0.5
    flag: bool = True
    raw: bytes | None = None
    at: datetime | None = None
    day: date | None = None
    owner: User | None = belongs_to(on_delete="nullify", default=None)
    above: "Oddment | None" = belongs_to(on_delete="cascade", default=None)


COLUMNS: dict[type[Record], dict[str, str]] = {
    User: {"username": "username"},
    Tweet: {"message": "message", "user": "user_id"},
    Like: {"user": "user_id", "tweet": "tweet_id"},
    Oddment: {name: name for name in ("code", "whole", "real", "flag", "raw", "at", "day")}
    | {"owner": "owner_id", "above": "above_id"},
}
WORDS = (
    *("integer", "text", "real", "blob", "any", "not", "null", "strict", "unique", "primary", "key", "references"),
    *(
        "users",
        "likes",
        "hasmany_models",
        "on delete cascade",
        "default 7",
        "check (0)",
        "id",
        "(",
        ")",
        ",",
        "--",
        '"',
    ),
    *("without rowid", "generated always as (id)", "collate nocase", "table", "view", "create", "temp", "desc"),
)
VALUES: tuple[Any, ...] = (
    *(number for number in NUMBERS if number < 2**63),
    *(-1, -(2**63), 2**57 + 1, None, b"", b"\xff", "", "x", "é", "\0", 0.5, float("inf"), -0.0, 1e300),
    *(
        "int",
        "str",
        "ref",
        "users",
        "int once",
        "2026-02-30",
        "2026-03-01T09:00:00.000000Z",
        "9999-12-31",
        "0000-01-01",
    ),
)


def prepare(folder: Path) -> None:
    """Three files: of the seed world and things, the same with a log beside it, and one without rows."""
    for name in ("whole.db", "empty.db"):
        with Store(folder / name) as store:
            store.schema  # noqa: B018
            for model in COLUMNS:
                len(model.all())
            if name == "whole.db":
                fill()
    with Store(folder / "open.db"):
        fill()
        for name in ("open.db", "open.db-wal"):
            shutil.copy(folder / name, folder / f"log.{name.removeprefix('open.')}")


def fill() -> None:
    users = [User(name) for name in ("ann", "", "é")]
    for user in users:
        tweet = user.post_tweet("x" * 10)
        for liker in users:
            liker.like_tweet(tweet)
    users[1].delete()
    before = None
    for number, code in enumerate("abcdef"):
        at = datetime(2026, 3, 1 + number, tzinfo=UTC)
        before = Oddment(code, number - 2, number / 3, number > 2, b"\0" * number, at, at.date(), users[0], before)


def trial(folder: Path, random: Random) -> None:
    name = random.choice(("whole.db", "whole.db", "log.db", "empty.db"))
    path = folder / f"{os.getpid()}.db"
    for old in folder.glob(f"{path.name}*"):
        old.unlink()
    shutil.copy(folder / name, path)
    if name == "log.db":
        shutil.copy(folder / "log.db-wal", f"{path}-wal")
    change(path, random)
    look(path, read_only=random.random() < 0.3)


def change(path: Path, random: Random) -> None:
    log = Path(f"{path}-wal")
    match random.randrange(6):
        case 0:
            path.write_bytes(some_bytes(random, path.read_bytes(), 0, 100))
        case 1:
            path.write_bytes(some_bytes(random, path.read_bytes()))
        case 2 if log.exists():
            log.write_bytes(some_bytes(random, log.read_bytes(), 0, random.choice((32, 56, None))))
        case _:
            with closing(sqlite3.connect(path)) as connection, connection, suppress(sqlite3.Error, UnicodeError):
                connection.execute("pragma ignore_check_constraints = on")
                for _ in range(random.choice((1, 1, 2))):
                    tamper(connection, random)


def tamper(connection: sqlite3.Connection, random: Random) -> None:
    """A statement of the schema, a description, or a value of a row."""
    what = random.randrange(4)
    if what == 0:
        rows = connection.execute("select rowid, sql from sqlite_schema where sql is not null").fetchall()
        if not rows:
            return
        row, sql = random.choice(rows)
        connection.execute("pragma writable_schema = on")
        connection.execute("update sqlite_schema set sql = ? where rowid = ?", (some_text(random, sql, WORDS), row))
        connection.execute("pragma schema_version = 1000")
        return
    described = ("hasmany_models", "hasmany_fields")
    tables = described if what < 3 else tuple(f"{model.__name__.lower()}s" for model in COLUMNS)
    table = random.choice(tables)
    columns = [column for _, column, *_ in connection.execute(f"pragma table_info({table})")]
    if not columns:
        return
    column = random.choice(columns)
    rows = connection.execute(f'select rowid, "{column}" from {table}').fetchall()
    if not rows:
        return
    row, value = random.choice(rows)
    match random.randrange(8):
        case 0:
            connection.execute(f"delete from {table} where rowid = ?", (row,))
        case 1 if table in described:
            connection.execute(f"insert into {table} select * from {table} where rowid = ?", (row,))
        case _:
            new = some_text(random, value, WORDS) if isinstance(value, str) and random.random() < 0.5 else None
            new = random.choice(VALUES) if new is None else new
            connection.execute(f'update {table} set "{column}" = ? where rowid = ?', (new, row))


def look(path: Path, read_only: bool) -> None:
    """Opens, agrees with itself and has the rows that SQL reads, or says why not."""
    expected = in_sql(path)
    try:
        store = Store(path, read_only=read_only)
    except (HasManyError, OSError) as error:
        said(path, error)
        return
    with closing(store), store.transaction() if not read_only else store:
        found = {}
        for model, columns in COLUMNS.items():
            with suppress(SchemaError):
                rows = model.all()
                values = [[plain(value) for value in rows.values(name)] for name in columns]
                found[model] = list(zip(rows.ids.tolist(), *values, strict=True))
        try:
            store.check()
        except CorruptStoreError as error:
            said(path, error)
            return
    for model, rows in found.items():
        if expected is None:
            raise AssertionError("SQL cannot read it")
        assert rows == expected[model], f"{model.__name__}: {rows}, and SQL reads {expected[model]}"


def said(path: Path, error: Exception) -> None:
    assert isinstance(error, (CorruptStoreError, SchemaError, OSError)), f"{type(error).__name__}: {error}"
    assert path.name in str(error) or isinstance(error, SchemaError), f"which file? {error}"


def in_sql(path: Path) -> dict[type[Record], Any] | None:
    """What SQL reads, in a copy; nothing where it cannot."""
    copy = path.with_name(f"sql {path.name}")
    shutil.copy(path, copy)
    log = Path(f"{path}-wal")
    if log.exists():
        shutil.copy(log, f"{copy}-wal")
    found: dict[type[Record], Any] = {}
    with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as connection:
        connection.text_factory = lambda text: text.decode(errors="surrogateescape")
        for model, columns in COLUMNS.items():
            names = ", ".join(f'"{column}"' for column in columns.values())
            try:
                found[model] = connection.execute(f"select id, {names} from {model.__name__}s order by id").fetchall()
            except (sqlite3.Error, UnicodeError) as error:
                # Where a log does not hold any more, neither do the tables that it made.
                found[model] = [] if "no such table" in str(error) else str(error)
    for old in path.parent.glob(f"{copy.name}*"):
        old.unlink()
    return found or None


def plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.id
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)
    return value.isoformat() if isinstance(value, date) else value
