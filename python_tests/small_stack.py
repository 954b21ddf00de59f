"""Programs on a thread with a small stack, in a process of their own, which a stack that ends takes along."""

import subprocess
import sys

SMALL = 64 * 1024

RUN = """
import sys, threading

failed = []
def run():
    try:
        test()
    except BaseException as error:
        failed.append(repr(error)[:2000])

threading.stack_size(int(sys.argv[1]))
thread = threading.Thread(target=run)
thread.start()
thread.join()
assert not failed, failed
"""


def run_on_stack(program: str, stack: int) -> None:
    """Runs a program's `test()` on a thread with a stack of so many bytes, 0 for the usual one."""
    command = [sys.executable, "-c", program + RUN, str(stack)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:] or f"the process died with {done.returncode}"
