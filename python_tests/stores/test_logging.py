"""One logger, "hasmany": files that open and close, waiting, observers that raise; quiet where nobody has set up logging."""

import asyncio
import logging
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hasmany import Store, User


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """What is told, from DEBUG on."""
    caplog.set_level(logging.DEBUG, logger="hasmany")
    return caplog


def told(log: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Levels and texts, times as T."""
    assert {record.name for record in log.records} <= {"hasmany"}
    return [(record.levelname, re.sub(r"\d+\.\d+ s", "T", record.getMessage())) for record in log.records]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "100%s.db"  # a name that is no format


def test_opening_and_closing(log, path):
    with Store(path):
        User("alice")
        with Store(path):
            pass
    with Store(path, read_only=True) as reader:
        reader.refresh()
    Store(path).close()
    assert told(log) == [
        ("INFO", f"opened {path}: 0 rows in T"),
        ("DEBUG", f"opened {path} once more"),
        ("INFO", f"closed {path} in T, by the end of its last `with` block"),
        ("INFO", f"opened {path} to read: 1 row in T"),
        ("INFO", f"closed {path} in T, by the end of its last `with` block"),
        ("INFO", f"opened {path}: 1 row in T"),
        ("INFO", f"closed {path} in T, by close()"),
    ]


def test_stores_in_memory_are_silent(log):
    with Store() as store:
        User("alice")
        store.close()
    assert told(log) == []


def test_a_thread_that_waits_for_another_s_transaction(log, store, in_threads):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with store.transaction():
            entered.set()
            assert leave.wait(60)

    def wait():
        assert entered.wait(60)
        threading.Timer(1.5, leave.set).start()
        with store:
            User("alice")

    in_threads(hold, wait)
    what = "the transaction of another thread in a store in memory"
    assert told(log) == [("DEBUG", f"waits for {what}"), ("WARNING", f"has waited a second for {what}")]


def test_a_task_that_waits_for_another_s_transaction(log, store):
    async def hold(seconds: float):
        async with store.transaction():
            await asyncio.sleep(seconds)

    async def both():
        await asyncio.gather(hold(1.3), hold(0))
        await asyncio.gather(hold(0.01), hold(0))

    asyncio.run(both(), debug=False)
    what = "the transaction of another task or thread in a store in memory"
    ours = [line for line in told_by(log, "hasmany")]
    assert ours == [
        ("DEBUG", f"waits for {what}"),
        ("WARNING", f"has waited a second for {what}"),
        ("DEBUG", f"waits for {what}"),
    ]


def told_by(log: pytest.LogCaptureFixture, name: str) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in log.records if record.name == name]


HOLD = """
import sys, time
from hasmany import Store
with Store(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_a_process_that_waits_for_another_to_close_a_file(log, path):
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin and other.stdout and other.stdout.readline() == "open\n"
        threading.Timer(1.4, other.stdin.close).start()
        with Store(path, timeout=60):
            pass
    assert told(log)[:3] == [
        ("DEBUG", f"waits for whoever has {path} open for writing"),
        ("WARNING", f"has waited a second for whoever has {path} open for writing"),
        ("INFO", f"opened {path}: 0 rows in T, after T of waiting"),
    ]


def test_an_observer_that_raises(log, store, unraisable):
    def refuse(_changes):
        raise KeyError("no")

    store.on_commit(refuse)
    User("alice")
    (record,) = log.records
    assert (record.levelname, record.getMessage()) == (
        "ERROR",
        "an observer of a store in memory raised; the commit stands",
    )
    assert isinstance(record.exc_info[1], KeyError)
    assert [type(error) for error in unraisable] == [KeyError]  # as ever
    assert len(User.all()) == 1


class Raises(logging.Handler):
    def __init__(self, error: BaseException):
        super().__init__()
        self.error = error

    def emit(self, _record):
        raise self.error


@pytest.fixture
def handle(log):
    """Adds a handler that raises, to the logger; asserts that no lock is held, which the engine does, too."""
    logger, handlers = logging.getLogger("hasmany"), []

    def add(error: BaseException) -> None:
        handlers.append(Raises(error))
        logger.addHandler(handlers[-1])

    yield add
    for handler in handlers:
        logger.removeHandler(handler)


def test_a_handler_that_raises_spoils_nothing(handle, path, unraisable):
    handle(ValueError("a broken handler"))
    with Store(path) as store:
        User("alice")
    assert "closed" in repr(store)
    assert [type(error) for error in unraisable] == [ValueError] * 2
    with Store(path):
        assert User.all().values("username") == ["alice"]


def test_who_leaves_in_a_handler_leaves(handle, path):
    handle(SystemExit(3))
    with pytest.raises(SystemExit):
        Store(path)


def test_a_handler_may_use_the_store(log, path):
    class Writes(logging.Handler):
        def emit(self, record):
            User(record.getMessage()[:6])

    logger, handler = logging.getLogger("hasmany"), Writes()
    logger.addHandler(handler)
    try:
        with Store() as notes:
            with Store(path):
                pass
            assert User.all().values("username") == ["opened", "closed"]
            assert len(notes.stats().rows) == 3
    finally:
        logger.removeHandler(handler)


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_is_quiet_by_default(path):
    done = run(
        """
import logging, sys
from hasmany import Store, User
with Store(sys.argv[1]) as store:
    sys.unraisablehook = lambda _: None
    store.on_commit(lambda changes: 1 / 0)
    User("alice")
store = Store(sys.argv[1])
""",
        path,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_nobody_who_does_not_log_pays_for_it(path):
    done = run(
        """
import sys
from hasmany import Store
before = set(sys.modules)
assert "hasmany.telling" not in before
sys.modules.pop("logging", None)  # NumPy may have imported it
with Store(sys.argv[1]):
    pass
assert not {"logging", "hasmany.telling"} & set(sys.modules)
""",
        path,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_file_that_is_closed_at_exit_is_told_of(path):
    program = """
import logging, sys
logging.basicConfig(level="INFO", format="%(levelname)s %(name)s %(message)s")
from hasmany import Store
store = Store(sys.argv[1])
"""
    done = run(program, path)
    assert done.returncode == 0
    assert done.stderr.splitlines()[1:] == [f"INFO hasmany closed {path}, at the interpreter's exit"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_a_file_that_cannot_be_closed_at_exit_is_told_of(path):
    program = """
import logging, os, sys
logging.basicConfig(level="ERROR", format="%(levelname)s %(name)s %(message)s")
from hasmany import Store, User
store = Store(sys.argv[1]).use()
User("alice")
os.unlink(sys.argv[1])
"""
    done = run(program, path)
    assert done.returncode == 0
    assert done.stderr.startswith(f"ERROR hasmany closing {path} at the interpreter's exit failed\n")
    assert "hasmany.CorruptStoreError" in done.stderr


def test_a_stop_in_an_observer_is_no_failure_of_it(log, store):
    def leave(_changes):
        raise KeyboardInterrupt

    store.on_commit(leave)
    with pytest.raises(KeyboardInterrupt):
        User("alice")
    assert told(log) == []
