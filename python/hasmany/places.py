"""Where an export is: a folder of files, of this machine or elsewhere."""

import os
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO


class Place(ABC):
    """A folder of files, which `str()` names in errors: without what a URL says of passwords."""

    @abstractmethod
    def path(self, name: str) -> str:
        """A file in it, as errors name it."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """All of a small file. Raises `FileNotFoundError`."""

    @abstractmethod
    def parquet(self, name: str) -> Any:
        """A Parquet file, open. Raises `FileNotFoundError`."""

    @abstractmethod
    def has_anything(self) -> bool:
        """Whether there are files in it, or it is a folder that is there."""

    @abstractmethod
    def new(self) -> "AbstractContextManager[Export]":
        """A context in which it is filled: it is empty when the block begins, and empty again where that fails. Raises
        `FileExistsError`."""

    @abstractmethod
    def address(self) -> str:
        """What stands before the names of its files for whoever reads them with means of their own."""

    @abstractmethod
    def readable(self, connection: Any) -> str:
        """What stands before the names of its files for a DuckDB, which is told how to read them."""


class Export(ABC):
    """A place that is being filled."""

    @abstractmethod
    def folder(self, name: str) -> None:
        """Makes a folder."""

    @abstractmethod
    def file(self, name: str) -> AbstractContextManager[Any]:
        """A context that gives a new file to write; it is there to stay when the block ends."""

    @abstractmethod
    def folder_is_whole(self, name: str) -> None:
        """All files of a folder are written."""

    @abstractmethod
    def finish(self, name: str, text: bytes) -> None:
        """Writes the last file, at once, when all else is there to stay."""


class Folder(Place):
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def path(self, name: str) -> str:
        return str(self.root / name)

    def read(self, name: str) -> bytes:
        return (self.root / name).read_bytes()

    def parquet(self, name: str) -> Any:
        return import_module("pyarrow.parquet").ParquetFile(self.root / name)

    def has_anything(self) -> bool:
        return self.root.is_dir()

    def address(self) -> str:
        return str(self.root.absolute())

    def readable(self, connection: Any) -> str:
        return self.address()

    @contextmanager
    def new(self) -> Generator["_NewFolder"]:
        export = _NewFolder(self.root)
        try:
            try:
                self.root.mkdir()
            except FileExistsError:
                if any(self.root.iterdir()):
                    raise full(self) from None
            else:
                export.paths.append(self.root)
                _sync(self.root.parent)
            yield export
        except BaseException:
            export.remove()
            raise


def full(place: Place) -> FileExistsError:
    """The error where there are files in a place for a new export."""
    return FileExistsError(f"{place} is not empty; an export goes into a folder of its own")


class _NewFolder(Export):
    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths: list[Path] = []
        """What was made."""

    def folder(self, name: str) -> None:
        path = self.root / name
        path.mkdir()
        self.paths.append(path)

    @contextmanager
    def file(self, name: str) -> Generator[BinaryIO]:
        path = self.root / name
        with path.open("xb") as out:
            self.paths.append(path)
            yield out
            out.flush()
            os.fsync(out.fileno())

    def folder_is_whole(self, name: str) -> None:
        _sync(self.root / name)

    def finish(self, name: str, text: bytes) -> None:
        _sync(self.root)
        with self.file(f"{name}.new") as out:
            out.write(text)
        # It goes first where this ends early.
        self.paths.append(self.root / name)
        os.replace(self.root / f"{name}.new", self.root / name)
        _sync(self.root)

    def remove(self) -> None:
        """Takes away what was made, as far as that can be."""
        for path in reversed(self.paths):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()


def _sync(folder: Path) -> None:
    """Sees to it that the names in a folder are on the disk, where a system has a word for that."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
