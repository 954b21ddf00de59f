"""What is computed batch by batch, walked through as pyarrow's record batches."""

import time
from collections.abc import Iterator
from importlib import import_module
from typing import Any


def batches(stream: object) -> Iterator[Any]:
    """The record batches of an Arrow stream. A mistake in the question is raised by the first."""
    try:
        arrow: Any = import_module("pyarrow")
    except ImportError as error:
        raise ImportError("to walk through its batches needs pyarrow: pip install pyarrow") from error
    return _read(arrow.RecordBatchReader.from_stream(stream), arrow.ArrowException)


def _read(reader: Any, failure: type[Exception]) -> Iterator[Any]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (failure, OSError):
            # What was pressed in the midst of it waits to be raised, and a call raises it: pyarrow only knows that the stream failed.
            time.sleep(0)
            raise
        yield batch
