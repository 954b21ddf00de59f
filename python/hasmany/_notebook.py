"""The bar of a call with `progress=True`, and how far it has to go. What cells show is in `hasmany.show`."""

from collections.abc import Callable, Mapping
from threading import Event, Thread
from typing import Any

MOMENT = 0.1
"""Seconds between two looks at a call that holds a store's lock."""


def progress(total: int | None, unit: str) -> Any:
    """The bar: text in a terminal, a widget in a notebook. tqdm is imported now."""
    from tqdm.auto import tqdm  # type: ignore[import-untyped, unused-ignore]

    return tqdm(total=total, unit=unit, unit_scale=True)


def watch(seen: Callable[[], tuple[int, int, str] | None]) -> Callable[[], None]:
    """Has a thread of its own show how far a call is, which must not wait for that; returns what ends it. `seen` gives how much is
    done, of how much, and in which unit, or None as long as the whole is not known."""
    is_over = Event()

    def show() -> None:
        bar: Any = None
        shown, is_last = 0, False
        while not is_last:
            is_last = is_over.wait(MOMENT)
            now = seen()
            if now is None:
                continue
            done, total, unit = now
            bar = progress(total, unit) if bar is None else bar
            bar.update(done - shown)
            shown = done
        if bar is not None:
            bar.close()

    thread = Thread(target=show, name="hasmany progress", daemon=True)
    thread.start()

    def end() -> None:
        is_over.set()
        thread.join()

    return end


def count_values(data: Any, columns: Mapping[str, Any] | None) -> int | None:
    """How many values `insert_all` is going to read, as far as its arguments say it without being read; None where they do not."""
    parts = [_in_column(column) for column in (columns or {}).values()]
    table: Any = data
    if isinstance(data, Mapping):
        parts.extend(map(_in_column, table.values()))
    elif data is not None:
        parts.append(_in_table(table))
    told = [part for part in parts if part is not None]
    return sum(told) if len(told) == len(parts) else None


def _in_column(column: Any) -> int | None:
    if column is None or isinstance(column, (str, bytes)) or not hasattr(column, "__iter__"):
        return 1  # one value for all rows
    return len(column) if hasattr(column, "__len__") else None


def _in_table(data: Any) -> int | None:
    """Of a table of pyarrow's, polars' or pandas', or of rows that are a list of dicts."""
    shape: Any = getattr(data, "shape", None)
    if shape is not None:
        return int(shape[0]) * int(shape[1]) if len(shape) == 2 else None
    first: Any = data[0] if hasattr(data, "append") and data else None  # a list, as far as checkers are to know
    return len(data) * len(first) if hasattr(first, "keys") else None
