"""Runs a program of this folder as a person would."""

import subprocess
import sys

from ..places import ROOT

PATIENCE = 300


def run(program: str, *options: object) -> str:
    """What it prints last; it is to succeed."""
    command = [sys.executable, "-m", f"{__package__}.{program}", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-5000:]
    return done.stdout.splitlines()[-1]
