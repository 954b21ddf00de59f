"""kill -9 at any moment: nothing that was acknowledged is lost, nothing half-done is there."""

import subprocess
import sys

import pytest

from ..places import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes do not fork here")


@pytest.mark.parametrize(
    ("kind", "kills"),
    [("single calls", 25), ("transactions", 25), ("bulk inserts", 15), ("checkpoints", 20), ("creation", 20)],
)
def test_a_process_may_be_killed_at_any_moment(tmp_path, kind, kills):
    command = [sys.executable, "-m", f"{__package__}.killing", kind, str(tmp_path), str(kills)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stderr[-5000:]
    assert run.stdout.startswith(f"{kills} kills")
