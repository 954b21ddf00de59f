"""Suites of other people: texts that pytest runs in a process of its own."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

MODELS = """
import pytest
from hasmany import Many, Model, NoCurrentStoreError, Store, User, field, has_many

class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")

class Patient(Model):
    name: str = field(unique=True)

class Appointment(Model):
    doctor: Doctor
    patient: Patient
"""


def run_suite(place: Path, source: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a test module, beginning with the models above, as somebody does who has installed the package."""
    (place / "test_suite.py").write_text(MODELS + textwrap.dedent(source), encoding="utf-8")
    return run_pytest(place, *options, **environment)


def run_pytest(place: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(place), *options]
    return subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "COLUMNS": "200", "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
