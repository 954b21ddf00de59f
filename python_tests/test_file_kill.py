"""kill -9 at any moment: nothing that was acknowledged is lost, nothing half-done is there."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes do not fork here")

DRIVER = Path(__file__).with_name("killing.py")


@pytest.mark.parametrize(
    ("kind", "kills"),
    [("single calls", 25), ("transactions", 25), ("bulk inserts", 15), ("checkpoints", 20), ("creation", 20)],
)
def test_a_process_may_be_killed_at_any_moment(tmp_path, kind, kills):
    command = [sys.executable, str(DRIVER), kind, str(tmp_path), str(kills)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[-5000:]
    assert run.stdout.startswith(f"{kills} kills")
