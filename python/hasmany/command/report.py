"""What is in a store's file, read once."""

import time
from dataclasses import dataclass
from pathlib import Path

from .._hasmany import Store
from ..described import SchemaDescription
from ..errors import CorruptStoreError


@dataclass(frozen=True)
class Part:
    """A model of the file."""

    name: str
    rows: int
    bytes: int  # in memory, with its indexes


@dataclass(frozen=True)
class Report:
    """What the command prints."""

    path: Path
    file_bytes: int  # with the log beside it
    parts: list[Part]
    schema: str
    description: SchemaDescription
    seconds: float  # to open it
    is_checked: bool
    problem: str | None  # what the check found

    @property
    def rows(self) -> int:
        """Of all models."""
        return sum(part.rows for part in self.parts)

    @property
    def bytes(self) -> int:
        """In memory, of all models."""
        return sum(part.bytes for part in self.parts)

    @property
    def verdict(self) -> str:
        """The check in words."""
        if not self.is_checked:
            return "not checked"
        return "sound" if self.problem is None else f"damaged: {self.problem}"


def read(path: Path, *, check: bool) -> Report:
    """Opens a file to read it, beside whoever writes. O(rows).

    Raises what `Store(path, read_only=True)` raises; what the check finds stands in the report.
    """
    begun = time.monotonic()
    with Store(path, read_only=True) as store:
        seconds = time.monotonic() - begun
        store.models()
        stats = store.stats()
        parts = [Part(name, rows, _held(name, stats.bytes)) for name, rows in stats.rows.items()]
        return Report(
            path=store.path or path,
            file_bytes=_size(path) + _size(path.with_name(path.name + "-wal")),
            parts=parts,
            schema=str(store.schema).rstrip(),
            description=store.schema.describe(),
            seconds=seconds,
            is_checked=check,
            problem=_problem(store) if check else None,
        )


def _held(name: str, held: dict[str, int]) -> int:
    return sum(size for part, size in held.items() if part == name or part.startswith(f"{name}."))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _problem(store: Store) -> str | None:
    try:
        store.check()
    except CorruptStoreError as error:
        return str(error)
    return None
