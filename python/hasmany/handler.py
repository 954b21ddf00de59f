"""Filesystems of fsspec as pyarrow has them, whose files many threads may read. It is imported where that is needed."""

import io
from importlib import import_module
from threading import Lock
from typing import Any

_arrow: Any = import_module("pyarrow")
_handler: Any = import_module("pyarrow.fs").FSSpecHandler
_reading = Lock()
"""Of all such filesystems: several may be over one archive, or one store in memory."""


class Handler(_handler):  # type: ignore[misc]
    """Every opening reads from a place of its own.

    What fsspec opens may be one file that all share ("memory"), or files over one archive ("tar") or one connection ("ftp"):
    threads that read two of them would move each other. Those that are asked over the network in their own loop ("http", "s3")
    share nothing.
    """

    def open_input_file(self, path: str) -> Any:
        """A file to be read at any place."""
        if getattr(self.fs, "async_impl", False):
            base: Any = super()
            return base.open_input_file(path)
        if not self.fs.isfile(path):
            raise FileNotFoundError(path)
        return _arrow.PythonFile(_Apart(self.fs, path), mode="r")

    def open_input_stream(self, path: str) -> Any:
        """A file to be read from its beginning."""
        return self.open_input_file(path)


class _Apart(io.RawIOBase):
    """A file that knows itself where it is read next, and takes its turn."""

    def __init__(self, filesystem: Any, path: str) -> None:
        super().__init__()
        with _reading:
            self._file: Any = filesystem.open(path, "rb")
            self._size: int = self._file.seek(0, io.SEEK_END)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        most = self._size - self._at if size is None or size < 0 else size
        with _reading:
            self._file.seek(self._at)
            data: bytes = self._file.read(max(0, most))
        self._at += len(data)
        return data

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
