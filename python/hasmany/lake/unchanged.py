"""Files as they were when a lake was opened: an answer is of these, or it is an error."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from ..errors import CorruptStoreError
from ..parquet import MANIFEST

_Stamp = tuple[int, int, int]


class Unchanged:
    """The files of each table, and by what a change of one is told."""

    def __init__(self) -> None:
        self._stamps: dict[str, dict[Path, _Stamp]] = {}

    def add(self, table: str, paths: Iterable[Path]) -> None:
        """From here on these are the files of a table. Raises where one is missing."""
        self._stamps[table] = {path: _stamp(path, f"is missing, and {MANIFEST} lists it") for path in paths}

    @contextmanager
    def during(self, tables: Iterable[str]) -> Generator[None]:
        """Raises `CorruptStoreError` where files of these tables change before the block ends."""
        stamps = {path: stamp for table in tables for path, stamp in self._stamps.get(table, {}).items()}
        _check(stamps)
        try:
            yield
        except Exception:
            # Which is then why.
            _check(stamps)
            raise
        _check(stamps)


def _check(stamps: dict[Path, _Stamp]) -> None:
    for path, stamp in stamps.items():
        if _stamp(path, "has gone since the lake was opened") != stamp:
            raise CorruptStoreError(f"{path} has changed since the lake was opened: open it again")


def _stamp(path: Path, otherwise: str) -> _Stamp:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise CorruptStoreError(f"{path} {otherwise}") from None
    return found.st_ino, found.st_size, found.st_mtime_ns
