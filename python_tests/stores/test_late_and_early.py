"""At the interpreter's beginning and end: nothing aborts, nothing panics."""

import subprocess
import sys

import pytest


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)


def test_errors_raised_while_the_interpreter_ends_do_not_abort_it():
    ran = run("""
import sys
from hasmany import Model, Store, User, field

class Tag(Model):
    name: str = field(unique=True)

class Late:
    def __del__(self):
        for work in (
            lambda: User(1),
            lambda: self.user.tweets[5],
            lambda: self.user.nothing,
            lambda: Tag("a"),
            lambda: self.gone.username,
            lambda: self.closed.use(),
            lambda: self.user.update(username=None),
        ):
            try:
                work()
            except BaseException as error:
                print(type(error).__name__)

late = Late()
late.store = Store().use()
late.user, late.tag, late.gone = User("a"), Tag("a"), User("b")
late.gone.delete()
late.closed = Store()
late.closed.close()
sys.late = late  # goes when sys does, after all modules
del late
""")
    assert ran.returncode == 0, ran.stderr
    assert "PanicException" not in ran.stdout + ran.stderr


def test_a_missing_numpy_is_an_import_error_and_no_panic():
    ran = run("""
import sys
from hasmany import Store, User
store = Store().use()
sys.modules["numpy"] = None
for work in (lambda: User.insert_all(username=["a", "b"]), lambda: User.all().ids, lambda: User.all().column("username")):
    try:
        work()
        print("worked")
    except BaseException as error:
        print(type(error).__name__)
""")
    assert ran.returncode == 0, ran.stderr
    assert set(ran.stdout.split()) <= {"worked", "ImportError", "ModuleNotFoundError"}


def test_ctrl_c_in_the_first_import_of_numpy_is_no_panic():
    """NumPy is imported with the package, so no later call can be the first."""
    assert run("import hasmany, sys; assert 'numpy' in sys.modules").returncode == 0


def test_subinterpreters_are_refused_at_import():
    subinterpreters = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    ran = run(f"""
import {subinterpreters} as interpreters
import hasmany
made = interpreters.create()
try:
    failed = interpreters.run_string(made, "import hasmany")
    print("refused" if failed is not None else "imported")
except interpreters.RunFailedError if hasattr(interpreters, "RunFailedError") else Exception as error:
    print("refused")
""")
    if "No module named" in ran.stderr:
        pytest.skip("no subinterpreters here")
    assert ran.stdout.split() == ["refused"], ran.stderr
