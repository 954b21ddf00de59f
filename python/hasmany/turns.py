"""Taking turns: tasks that wait for a store's transactions, of other tasks and of other threads, without blocking a loop."""

import asyncio
import os
from collections import deque
from contextlib import suppress
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from ._hasmany import Store, count_waiting
from .telling import logger

LONG = 1.0  # seconds of waiting that are worth a warning


class _Turn:
    """A task that waits, in its loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.event = asyncio.Event()

    def wake(self) -> None:
        # A loop that is closed has ended its tasks, which took themselves off the queue.
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.event.set)


_queues: WeakKeyDictionary[Store, deque[_Turn]] = WeakKeyDictionary()
_lock = Lock()  # of the queues; nothing is awaited or called under it


async def enter(transaction: Any, store: Store) -> None:
    """Enters a transaction block when it is this task's turn."""
    with _lock:
        others = bool(_queues.get(store))
    if transaction._try_enter(only_nested=others):
        return
    me = _Turn()
    what = f"the transaction of another task or thread in {_name(store)}"
    logger.debug("waits for %s", what)
    warning = me.loop.call_later(LONG, logger.warning, "has waited a second for %s", what)
    with _lock:
        _queues.setdefault(store, deque()).append(me)
    count_waiting(1)
    try:
        while True:
            me.event.clear()
            with _lock:
                is_first = _queues[store][0] is me
            if is_first and transaction._try_enter(only_nested=False):
                return
            await me.event.wait()
    finally:
        warning.cancel()
        count_waiting(-1)
        with _lock:
            _queues[store].remove(me)
        # The next one looks for itself, also where this one was woken and cancelled at once.
        wake(store)


def _name(store: Store) -> str:
    return "a store in memory" if store.path is None else f"the store in {store.path}"


async def leave(transaction: Any, exc: tuple[Any, ...]) -> None:
    """Leaves a transaction block."""
    transaction.__exit__(*exc)


def wake(store: Store) -> None:
    """Tells the task that waits longest for this store to look whether it is its turn."""
    with _lock:
        queue = _queues.get(store)
        first = queue[0] if queue else None
    if first is not None:
        first.wake()


def _forget() -> None:
    """In a forked child, which has none of the loops that others ran."""
    global _lock
    _lock = Lock()
    count_waiting(-sum(map(len, _queues.values())))
    _queues.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
