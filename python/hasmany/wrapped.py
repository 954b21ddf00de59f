"""A filesystem of pyarrow's as one of fsspec's, which DuckDB takes. It is imported where that is needed."""

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

_wrapper: Any = import_module("fsspec.implementations.arrow").ArrowFSWrapper


class Wrapped(_wrapper):  # type: ignore[misc]
    """Of a name of our own, so that no engine takes it for something that it could read itself."""

    protocol = "hasmany"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix("hasmany://")

    def modified(self, path: str) -> Any:
        """When a file was written; not every filesystem says."""
        base: Any = super()
        return base.modified(path) or datetime.fromtimestamp(0, UTC)
