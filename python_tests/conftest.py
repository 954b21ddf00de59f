"""Every test has a store of its own, and every store still agrees with itself, and with what it says of its schema, when its test is over."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from threading import Barrier, Thread
from types import ModuleType
from typing import Any

import pytest
from hasmany import Store, StoreClosedError, User
from hasmany._hasmany import panics
from hypothesis import settings

from .hops import assert_hops_hold

# Nothing is timed in tests: what takes long takes long because others use the machine.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

numbering = count()
PATIENCE = 60  # seconds after which threads that have not ended count as deadlocked


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell makes what it runs in the background deaf to Ctrl-C, and what tests interrupt would never end.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "process_wide: the test runs in the process-wide store, not in one of its own")


@pytest.fixture(autouse=True)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A fresh store, current for the test; with the marker `process_wide` the process-wide one, put back afterwards."""
    if request.node.get_closest_marker("process_wide"):
        before = Store.current()
        try:
            yield before
        finally:
            before.use()
        return
    with Store() as fresh:
        yield fresh
        fresh.check()
        with suppress(StoreClosedError):  # by the test
            assert_hops_hold(fresh)


@pytest.fixture(autouse=True)
def no_panic() -> Iterator[None]:
    """The engine panics in no test, whether somebody sees it or not."""
    before = panics()
    yield
    assert panics() == before, "a call panicked; what it was is in the captured stderr"


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def new_module(monkeypatch) -> Callable[[], ModuleType]:
    """Makes modules, with the names that a declaration needs, in which source texts can be run."""

    def make() -> ModuleType:
        module = ModuleType(f"made_for_a_test_{next(numbering)}")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec("from hasmany import Many, Model, User, belongs_to, field, has_many", module.__dict__)  # noqa: S102
        return module

    return make


@pytest.fixture
def in_threads() -> Callable[..., list[Any]]:
    """Runs functions at once, a thread each; gives their results in order, or raises what one of them raised."""
    return run_in_threads


def run_in_threads(*works: Callable[[], Any]) -> list[Any]:
    ready = Barrier(len(works))
    results: dict[int, Any] = {}
    errors: list[BaseException] = []

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            ready.wait(PATIENCE)
            results[place] = work()
        except BaseException as error:  # noqa: BLE001 - what a thread raises is raised in the test
            errors.append(error)

    threads = [Thread(target=run, args=pair, daemon=True) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    if errors:
        raise errors[0]
    assert not any(thread.is_alive() for thread in threads), "deadlock: a thread did not end"
    return [results[place] for place in range(len(works))]


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """What was handed to sys.unraisablehook."""
    caught: list[BaseException | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: caught.append(args.exc_value))
    return caught
