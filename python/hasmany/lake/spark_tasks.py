"""Rankings in a cluster's tasks: each is given slices of owners and ranks them over all links, which its process reads once."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from typing import Any

from ..errors import SchemaError
from ..ranked import Question
from .libraries import filesystem

SLICE = 4096
"""Owners that a task is given: so many that a task is worth its start, and few enough that workers end at about the same time."""


def task(place: str, question: Question) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What a task does with its slices. A function in a function goes to workers as its code is: they need nothing of a lake, but
    hasmany and pyarrow."""

    def rank(slices: Iterator[Any]) -> Iterator[Any]:
        ranked: Any = import_module("hasmany.ranked").ranked
        for owners in slices:
            yield from ranked(place, question, owners.column("owner"))

    return rank


def new_place(folder: str | None) -> str:
    """Where links are written, for the tasks of one question."""
    if folder is None:
        raise SchemaError(
            "rankings of many owners are made by the cluster's tasks, which read the links from a folder that all of them reach: "
            "say temp_directory='/mnt/...' or 's3://...', or ask fewer owners"
        )
    return f"{folder.rstrip('/')}/hasmany-links-{uuid.uuid4().hex}"


def forget(place: str) -> None:
    """Deletes what was written."""
    with suppress(OSError):
        if "://" in place:
            system, name = filesystem.FileSystem.from_uri(place)
            system.delete_dir(name)
        else:
            shutil.rmtree(os.fspath(place))
