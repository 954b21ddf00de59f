"""The fixture `store`: fresh, current for the whole test and for nothing else, and checked."""

import subprocess
import sys

import pytest

from .suites import run_suite


def passes(done: subprocess.CompletedProcess[str], count: int) -> bool:
    return done.returncode == 0 and f"{count} passed" in done.stdout


def test_it_is_fresh_current_and_restored(tmp_path):
    done = run_suite(
        tmp_path,
        """
        before = Store.current()

        @pytest.mark.parametrize("time", range(3))
        def test_fresh(store, time):
            assert Store.current() is store is not before
            assert User("alice").id == 1 and store.stats().rows["User"] == 1
            assert store.path is None

        def test_without_it():
            assert Store.current() is before and User.all() == []
        """,
    )
    assert passes(done, 4), done.stdout


def test_every_thread_and_task_of_the_test_has_it(tmp_path):
    done = run_suite(
        tmp_path,
        """
        import asyncio, threading
        from concurrent.futures import ThreadPoolExecutor
        from contextvars import Context, copy_context

        early = ThreadPoolExecutor(2)
        early.submit(int).result()  # a thread from before the test
        context = copy_context()

        def test_threads(store):
            for pool in (early, ThreadPoolExecutor(2)):
                assert pool.submit(lambda: Store.of(User("a"))).result() is store
            found = []
            thread = threading.Thread(target=lambda: found.append(Store.of(User("b"))))
            thread.start(); thread.join()
            assert found == [store]
            assert Context().run(Store.current) is context.run(Store.current) is store

        def test_tasks(store):
            async def one():
                return await asyncio.to_thread(Store.current), Store.current()
            async def both():
                return await asyncio.gather(one(), one())
            assert asyncio.run(both()) == [(store, store)] * 2
        """,
    )
    assert passes(done, 2), done.stdout


def test_code_under_test_may_say_another_store(tmp_path):
    done = run_suite(
        tmp_path,
        """
        before = Store.current()

        def test_use(store, tmp_path):
            other = Store(tmp_path / "app.db").use()
            assert Store.of(User("a")) is other
            with Store() as third:
                assert Store.of(User("b")) is third
            Store().__enter__()  # and never left
            other.close()

        def test_after_it(store):
            assert Store.current() is store and User.all() == []

        def test_without():
            assert Store.current() is before
        """,
    )
    assert passes(done, 3), done.stdout


def test_what_was_current_before_is_current_again(tmp_path):
    (tmp_path / "conftest.py").write_text(
        "import pytest\n"
        "from hasmany import Store\n"
        "@pytest.fixture(scope='session', autouse=True)\n"
        "def of_the_session():\n"
        "    with Store() as store:\n"
        "        yield store\n"
    )
    done = run_suite(
        tmp_path,
        """
        def test_before(of_the_session):
            assert Store.current() is of_the_session

        def test_in_between(of_the_session, store):
            assert Store.current() is store is not of_the_session

        def test_after(of_the_session):
            assert Store.current() is of_the_session
        """,
    )
    assert passes(done, 3), done.stdout


def test_it_is_checked_and_restored_all_the_same(tmp_path):
    done = run_suite(
        tmp_path,
        """
        import hasmany.pytest_plugin

        class Damaged:
            def __init__(self):
                self.store = Store()
            def use(self):
                self.store.use()
            def check(self):
                from hasmany import CorruptStoreError
                raise CorruptStoreError("Like.user inverse disagrees with the column")

        @pytest.fixture(autouse=True)
        def damaged(monkeypatch):
            monkeypatch.setattr(hasmany.pytest_plugin, "Store", Damaged)

        before = Store.current()

        def test_damaged(damaged, store):
            assert store.store is Store.current()

        def test_after():
            assert Store.current() is before
        """,
    )
    assert done.returncode == 1
    assert "2 passed, 1 error" in done.stdout
    assert "ERROR at teardown of test_damaged" in done.stdout
    assert "CorruptStoreError: Like.user inverse disagrees" in done.stdout


def test_workers_of_xdist_have_their_own(tmp_path):
    pytest.importorskip("xdist", reason="pytest-xdist is not installed")
    done = run_suite(
        tmp_path,
        """
        @pytest.mark.parametrize("time", range(40))
        def test_fresh(store, time):
            assert [User(str(n)).id for n in range(50)] == list(range(1, 51))
        """,
        "-n",
        "2",
    )
    assert passes(done, 40), done.stdout


def test_a_store_of_the_suite_s_own_takes_its_place(tmp_path):
    done = run_suite(
        tmp_path,
        """
        @pytest.fixture
        def store(tmp_path):
            with Store(tmp_path / "x.db") as store:
                yield store

        def test_it(store):
            assert store.path is not None and Store.current() is store
        """,
    )
    assert passes(done, 1), done.stdout


def test_the_whole_suite_can_have_it_by_one_line(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\nusefixtures = store\n")
    done = run_suite(
        tmp_path,
        """
        def test_one():
            assert User("a").id == 1

        def test_two():
            assert User("a").id == 1
        """,
    )
    assert passes(done, 2), done.stdout


def test_it_can_be_left_out(tmp_path):
    done = run_suite(tmp_path, "def test_it(store): pass\n", "-p", "no:hasmany")
    assert done.returncode == 1 and "fixture 'store' not found" in done.stdout


def test_the_package_needs_no_pytest():
    program = "import sys; sys.modules['pytest'] = None; import hasmany, hasmany.command; print(hasmany.Store())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "<Store in memory: empty>\n"), done.stderr
