"""What is in the file, and what a refusal leaves as it was."""

from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hasmany import CorruptStoreError, Like, Model, SchemaError, Store, User, belongs_to, field

from ..files import beside, digest


class Entry(Model):
    code: str = field(unique=True)
    done: bool = False
    at: datetime = datetime(2026, 3, 1, tzinfo=UTC)
    day: date = date(2026, 3, 1)
    user: User | None = belongs_to(on_delete="nullify", default=None)
    before: "Entry | None" = None


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
