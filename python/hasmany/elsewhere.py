"""What paths and URLs name: folders of this machine, and places elsewhere, by pyarrow's filesystems or fsspec's."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import url2pathname
from uuid import uuid4

from .places import Export, Folder, Place, full

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_OF_ARROW = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")
"""Schemes that pyarrow has filesystems for; fsspec has the others."""


def place_of(place: str | os.PathLike[str]) -> Place:
    """What a path, or a URL, says. Raises `ValueError` for a URL that is none, `ImportError` for what a scheme needs."""
    path = local_path(place)
    return Elsewhere(os.fsdecode(place)) if path is None else Folder(Path(path))


def local_path(place: str | os.PathLike[str]) -> str | None:
    """What names a file of this machine, as a path; None for what is elsewhere."""
    text = os.fsdecode(place)
    if not isinstance(place, str) or _SCHEME.match(text) is None:
        return text
    parts = urlsplit(text)
    if parts.scheme != "file":
        return None
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"{text} is of another machine; a file of this one is file:///path")
    return url2pathname(parts.path)


@contextmanager
def new_path(path: str) -> Generator[str]:
    """What a new file of this machine is written to: it has its name when the block ends, and is not there where that fails."""
    new = f"{path}.{uuid4().hex[:8]}.new"
    try:
        yield new
        os.replace(new, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(new)
        raise


@contextmanager
def new_file(name: str) -> Generator[Any]:
    """A file here or elsewhere, to be written; it is there when the block ends, and not where that fails."""
    path = local_path(name)
    if path is not None:
        with new_path(path) as new, open(new, "wb") as out:
            yield out
        return
    place = Elsewhere(name)
    with place.errors():
        try:
            with place.filesystem.open_output_stream(place.root) as out:
                yield out
        except BaseException:
            with suppress(OSError):
                place.filesystem.delete_file(place.root)
            raise


class Elsewhere(Place):
    """A place that a URL names."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        with self.errors():
            open_by = _by_arrow if parts.scheme in _OF_ARROW else _by_fsspec
            self.filesystem, root = open_by(url, parts.scheme, self.name)
        self.root = root.rstrip("/")
        self.url = url.split("?")[0].rstrip("/")
        if not self.root:
            raise ValueError(f"{self} names no folder; write {parts.scheme}://bucket/folder")

    def __str__(self) -> str:
        return self.name

    def path(self, name: str) -> str:
        return f"{self.name}/{name}"

    def read(self, name: str) -> bytes:
        with self.errors(), self.filesystem.open_input_stream(f"{self.root}/{name}") as file:
            return cast(bytes, file.read())

    def parquet(self, name: str) -> Any:
        with self.errors():
            file = self.filesystem.open_input_file(f"{self.root}/{name}")
            return import_module("pyarrow.parquet").ParquetFile(file, pre_buffer=True)

    def has_anything(self) -> bool:
        with self.errors():
            return self._is_there()

    def _is_there(self) -> bool:
        fs = import_module("pyarrow.fs")
        return bool(self.filesystem.get_file_info(fs.FileSelector(self.root, allow_not_found=True)))

    def address(self) -> str:
        return self.url

    def readable(self, connection: Any) -> str:
        try:
            wrapped: Any = import_module("hasmany.wrapped")
        except ImportError as error:
            raise ImportError(f"{self} is read by way of fsspec: pip install fsspec") from error
        connection.register_filesystem(wrapped.Wrapped(self.filesystem, skip_instance_cache=True))
        return f"hasmany://{self.root}"

    @contextmanager
    def new(self) -> Generator["_NewElsewhere"]:
        with self.errors():
            if self._is_there():
                raise full(self)
        export = _NewElsewhere(self.filesystem, self.root)
        try:
            with self.errors():
                yield export
        except BaseException:
            export.remove()
            raise

    @contextmanager
    def errors(self) -> Generator[None]:
        """What a store of files answers, as the errors that files have."""
        try:
            yield
        except (FileNotFoundError, FileExistsError, PermissionError):
            raise
        except OSError as error:
            text = str(error)
            if re.search(r"NO_SUCH_BUCKET|NoSuchBucket|NO_SUCH_KEY|bucket does not exist", text):
                raise FileNotFoundError(f"{self}: the bucket is not there: {text}") from error
            if re.search(
                r"ACCESS_DENIED|AccessDenied|INVALID_ACCESS_KEY|SIGNATURE_DOES_NOT|Forbidden|HTTP \b40[13]\b", text
            ):
                raise PermissionError(f"{self}: access was refused: {text}") from error
            raise


def _by_arrow(url: str, scheme: str, name: str) -> tuple[Any, str]:
    pyarrow, fs = import_module("pyarrow"), import_module("pyarrow.fs")
    try:
        return cast("tuple[Any, str]", fs.FileSystem.from_uri(url))
    except NotImplementedError:
        # This build of pyarrow goes without.
        return _by_fsspec(url, scheme, name)
    except (pyarrow.ArrowInvalid, ValueError) as error:
        raise ValueError(f"{name} is no address: {str(error).replace(url, name)}") from None


def _by_fsspec(url: str, scheme: str, name: str) -> tuple[Any, str]:
    fs = import_module("pyarrow.fs")
    try:
        core: Any = import_module("fsspec.core")
    except ImportError as error:
        raise ImportError(f"{scheme}:// needs fsspec: pip install fsspec") from error
    try:
        filesystem, root = core.url_to_fs(url)
    except ImportError as error:
        raise ImportError(f"{scheme}:// needs a library: {error}") from error
    except ValueError as error:
        raise ValueError(
            f"{scheme}:// is no place that pyarrow or fsspec knows: {str(error).replace(url, name)}"
        ) from None
    handler: Any = import_module("hasmany.handler")
    return fs.PyFileSystem(handler.Handler(filesystem)), root


class _NewElsewhere(Export):
    def __init__(self, filesystem: Any, root: str) -> None:
        self.fs: Any = import_module("pyarrow.fs")
        self.filesystem = filesystem
        self.root = root
        self.folders: list[str] = [root]
        self.paths: list[str] = []

    def folder(self, name: str) -> None:
        # Where a name is all that there is of a folder, this makes none.
        path = f"{self.root}/{name}"
        self.folders.append(path)
        self.filesystem.create_dir(path, recursive=True)

    @contextmanager
    def file(self, name: str) -> Generator[Any]:
        path = f"{self.root}/{name}"
        if self.filesystem.get_file_info([path])[0].type != self.fs.FileType.NotFound:
            raise FileExistsError(f"{path} is there: somebody else exports to this place")
        self.paths.append(path)
        with self.filesystem.open_output_stream(path) as out:
            yield out

    def folder_is_whole(self, name: str) -> None:
        """Its files were there to stay when each was closed."""

    def finish(self, name: str, text: bytes) -> None:
        # In one piece: it is there whole, or not at all.
        with self.file(name) as out:
            out.write(text)

    def remove(self) -> None:
        """Takes away what was made, as far as that can be."""
        for path in reversed(self.paths):
            with suppress(OSError):
                self.filesystem.delete_file(path)
        for folder in reversed(self.folders):
            with suppress(OSError):
                if not self.filesystem.get_file_info(self.fs.FileSelector(folder, allow_not_found=True)):
                    self.filesystem.delete_dir(folder)
