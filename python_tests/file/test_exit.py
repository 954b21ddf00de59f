"""However a program ends, the file is whole; where it ends by itself, or forgets the store, nothing lies beside it."""

import gc
import os
import textwrap
import weakref
from pathlib import Path

import pytest
from hasmany import Model, Store, User

from .files import assert_sound, beside, columns, rows, run_python

START = """
import atexit, gc, os, sys, threading
from hasmany import Model, Store, User

path = sys.argv[1]
"""

ENDINGS = {
    "a store that is used by the process": """
        Store(path).use()
        User("alice")
    """,
    "a global store": """
        store = Store(path)
        store.use()
        alice = User("alice")
        everyone = User.all()
    """,
    "a block that the program ends in": """
        with Store(path):
            User("alice")
            sys.exit()
    """,
    "a block that an error leaves": """
        def main():
            with Store(path):
                User("alice")
                raise SystemExit(0)
        main()
    """,
    "a block that is never left": """
        Store(path).__enter__()
        User("alice")
    """,
    "a circle": """
        class Keeper:
            pass
        keeper = Keeper()
        keeper.itself, keeper.store = keeper, Store(path).use()
        keeper.record = User("alice")
        gc.disable()
        del keeper
    """,
    "an observer that holds its store": """
        store = Store(path).use()
        store.on_commit(lambda changes: store.stats())
        User("alice")
    """,
    "a store in a class, a module and a thread's block": """
        class Holder:
            store = Store(path).use()
        sys.modules["holder"] = Holder
        User("alice")
        threading.Thread(target=lambda: Holder.store.__enter__()).start()
    """,
    "a declared model that knows its store": """
        class Note(Model):
            text: str = ""
            store = None
        Note.store = Store(path).use()
        User("alice")
        Note("x")
    """,
    "a transaction that is open": """
        store = Store(path).use()
        User("alice")
        store.transaction().__enter__()
        User("not committed")
    """,
    "a generator inside a transaction": """
        store = Store(path).use()
        User("alice")
        def inside():
            with store.transaction():
                User("not committed")
                yield
        generator = inside()
        next(generator)
    """,
    "a thread that sleeps in a transaction": """
        store = Store(path).use()
        User("alice")
        begun = threading.Event()
        def sleep():
            with store.transaction():
                User("not committed")
                begun.set()
                threading.Event().wait()
        threading.Thread(target=sleep, daemon=True).start()
        begun.wait()
    """,
    "a write at exit": """
        @atexit.register
        def at_exit():
            with Store(path):
                User("alice")
    """,
    "a store that reads": """
        Store(path).use()
        User("alice")
        reader = Store(path, read_only=True)
    """,
    "a child that ends first": """
        Store(path).use()
        User("alice")
        child = os.fork()
        if child == 0:
            sys.exit()
        assert os.waitpid(child, 0)[1] == 0
    """,
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_that_ends_leaves_one_clean_file(path, ending):
    run = run_python(START + textwrap.dedent(ENDINGS[ending]), path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert os.listdir(path.parent) == [path.name]
    assert rows(path, "select id, username from users") == [(1, "alice")]
    assert_sound(path)


SUDDEN = {
    "without a goodbye": "os._exit(7)",
    "by a signal": "import signal; os.kill(os.getpid(), signal.SIGKILL)",
    "by a fault": "import ctypes; ctypes.string_at(0)",
}


@pytest.mark.parametrize("ending", SUDDEN)
def test_a_program_that_ends_suddenly_leaves_what_it_was_told_is_there(path, ending):
    body = (
        f"Store(path).use()\nUser('alice')\nStore.current().transaction().__enter__()\nUser('bob')\n{SUDDEN[ending]}\n"
    )
    assert run_python(START + body, path).returncode
    with Store(path) as store:
        assert columns(User, "username") == [(1, "alice")]
        store.check()
    assert os.listdir(path.parent) == [path.name]


# ── a store that nobody refers to any more ────────────────────────────────────────────────────────


def test_a_store_that_is_forgotten_closes_its_file(path):
    store = Store(path)
    forgotten = weakref.ref(store)
    del store
    gc.collect()
    assert forgotten() is None
    assert os.listdir(path.parent) == [path.name]
    with Store(path):
        User("alice")


@pytest.mark.process_wide
def test_a_store_lives_as_long_as_a_record_of_it(path):
    Store(path).use()
    alice = User("alice")
    Store().use()
    gc.collect()
    assert beside(path)
    alice.post_tweet("hi")
    del alice
    gc.collect()
    assert os.listdir(path.parent) == [path.name]
    assert rows(path, "select message from tweets") == [("hi",)]


def test_a_circle_with_a_store_in_it_is_collected(path):
    class Keeper:
        pass

    def make() -> weakref.ref[Keeper]:
        keeper = Keeper()
        keeper.store, keeper.itself = Store(path), keeper
        keeper.store.on_commit(lambda changes: keeper)
        return weakref.ref(keeper)

    forgotten = make()
    gc.collect()
    assert forgotten() is None
    assert os.listdir(path.parent) == [path.name]


def test_a_forgotten_transaction_is_not_committed(path):
    store = Store(path)
    block = store.transaction()
    block.__enter__()
    del block, store
    gc.collect()
    assert os.listdir(path.parent) == [path.name]


def test_many_files_are_opened_and_forgotten(tmp_path):
    """No descriptor and no lock is left."""

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    if not Path("/proc/self/fd").exists():
        pytest.skip("descriptors cannot be counted here")

    class Note(Model):
        text: str

    before = []
    for number in range(20):
        with Store(tmp_path / f"{number % 3}.db"):
            Note("x")
        with Store(tmp_path / f"{number % 3}.db", read_only=True) as reader:
            reader.refresh()
        with pytest.raises(OSError):
            Store(tmp_path / "missing" / "x.db")
        gc.collect()
        before.append(descriptors())
    assert before[-1] <= before[4]
