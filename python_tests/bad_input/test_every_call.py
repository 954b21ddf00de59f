"""Every call with hostile arguments, in a process of its own: what they are keeps stores open, current and changed."""

import subprocess
import sys
from pathlib import Path


def test_whatever_is_passed_to_whatever_is_public_a_known_error_comes_out():
    calls = Path(__file__).with_name("every_call.py")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False, cwd=calls.parents[2])
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
