"""`hasmany FILE` and `hasmany shell FILE`, as programs."""

import importlib.util
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hasmany import Many, Model, Store, User, __version__, field, has_many
from hasmany.command import main
from hasmany.command.printing import size


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)


class Appointment(Model):
    doctor: Doctor
    patient: Patient


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a file with a doctor and three patients."""
    path = tmp_path / "clinic.db"
    with Store(path):
        Doctor("[bold]Meredith").patients.add(*[Patient(name) for name in ["Joe", "Ann", "Zoe"]])
    return path


def run(*arguments: object, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hasmany", *map(str, arguments)],
        input=typed,
        env={**os.environ, "COLUMNS": "150", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_it_says_what_is_in_a_file(path):
    done = run(path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{path}: ") and ", 7 rows, " in lines[0]
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["model", "rows"],
        ["Doctor", "1"],
        ["Appointment", "3"],
        ["Patient", "3"],
    ]
    assert "Doctor (table doctors)" in lines and "    patients: many Patient through appointments" in lines
    assert lines[-1] == "check: sound"


def test_the_script_is_the_same(path):
    script = shutil.which("hasmany", path=os.path.dirname(sys.executable))
    if script is None:
        pytest.skip("the package is not installed with its script")
    done = subprocess.run([script, path, "--no-check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "check: not checked")


def test_it_reads_beside_a_writer_and_leaves_the_file_as_it_is(path):
    with Store(path):
        Patient("Max")
        before = path.read_bytes()
        assert " 8 rows, " in run(path).stdout
        assert path.read_bytes() == before


def test_json_is_for_programs(path):
    found = json.loads(run(path, "--json").stdout)
    assert (found["path"], found["rows"], found["check"]) == (str(path), 7, "sound")
    assert {model["name"]: model["rows"] for model in found["models"]} == {"Doctor": 1, "Appointment": 3, "Patient": 3}
    with Store(path, read_only=True) as store:
        store.models()
        assert found["bytes"] == store.stats().bytes_total
    assert [model["name"] for model in found["schema"]["models"]] == ["Doctor", "Appointment", "Patient"]


def test_rich_draws_it(path):
    pytest.importorskip("rich", reason="rich is not installed")
    done = run(path, "--rich")
    assert done.returncode == 0 and "┃" in done.stdout and "check: sound" in done.stdout
    assert "┃" not in run(path).stdout


def test_without_rich_it_is_text(path, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("hasmany.command.printing.find_spec", lambda name: None)
    assert main([str(path), "--rich"]) == 0
    printed = capsys.readouterr()
    assert "check: sound" in printed.out
    assert printed.err == "hasmany: rich is not installed: pip install rich\n"


def test_a_store_of_no_model(tmp_path):
    Store(tmp_path / "x.db").close()
    done = run(tmp_path / "x.db")
    assert (done.returncode, done.stdout.splitlines()[1:]) == (0, ["", "check: sound"])
    assert "0 rows, no models" in done.stdout


def test_the_seed_world(tmp_path):
    with Store(tmp_path / "x.db"):
        User("alice")
    assert "    liked_tweets: many Tweet through likes" in run(tmp_path / "x.db").stdout


def test_a_damaged_file_is_told_with_a_status(path):
    with sqlite3.connect(path) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("update appointments set doctor_id = 99")
    connection.close()
    done = run(path)
    assert done.returncode == 1
    assert "hasmany: " in done.stderr and "appointments" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [[], ["shell"], ["shell", "--write"]], ids=["show", "shell", "write"])
def test_a_file_that_is_not_there_is_not_made(tmp_path, command):
    done = run(*command, tmp_path / "typo.db")
    assert (done.returncode, done.stderr) == (1, f"hasmany: {tmp_path / 'typo.db'}: No such file or directory\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "x.txt").write_text("no store at all, but some text " * 100)
    done = run(tmp_path / "x.txt")
    assert done.returncode == 1 and done.stderr.startswith("hasmany: ") and "Traceback" not in done.stderr


def test_usage():
    assert run().returncode == 2
    assert run("--version").stdout == f"hasmany {__version__}\n"
    assert "hasmany shell FILE" in run("--help").stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_a_reader_of_the_output_may_stop(path):
    done = subprocess.run(
        f"'{sys.executable}' -m hasmany '{path}' | head -1; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable=shutil.which("bash"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith(f"{path}: ")


TYPED = """
print("doctor", Doctor.all()[0].patients.values("name"))
print("counts", Doctor.all().select(n=col("patients").count()).to_dicts())
print("current", store is hasmany.Store.current())
"""


@pytest.mark.parametrize("plain", [True, False], ids=["python", "ipython"])
def test_a_prompt_with_the_models(path, plain, tmp_path):
    if not plain:
        pytest.importorskip("IPython", reason="IPython is not installed")
    options = ["--plain"] if plain else []
    done = run("shell", path, *options, typed=TYPED, IPYTHONDIR=str(tmp_path / "ipython"), TERM="dumb")
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "read only" in said and "models: Doctor (1), Appointment (3), Patient (3)" in said
    assert "doctor ['Joe', 'Ann', 'Zoe']" in said
    assert "counts [{'n': 3}]" in said
    assert "current True" in said


def test_a_prompt_writes_where_that_is_said(path):
    refused = run("shell", path, "--plain", typed="Patient('Max')\n")
    assert "ReadOnlyError" in refused.stderr
    assert run("shell", path, "--plain", "--write", typed="Patient('Max')\n").returncode == 0
    with Store(path):
        assert Patient.all().values("name") == ["Joe", "Ann", "Zoe", "Max"]


def test_a_prompt_that_would_write_beside_a_writer_is_refused(path):
    with Store(path):
        done = run("shell", path, "--plain", "--write", typed="")
        assert done.returncode == 1 and "open for writing already" in done.stderr
        assert run("shell", path, "--plain", typed="").returncode == 0


def test_sizes_are_for_people():
    shown = {
        0: "0 B",
        999: "999 B",
        1000: "1 KB",
        1540: "1.5 KB",
        40_000_000: "40 MB",
        999_700: "1 MB",
        10**13: "10.0 TB",
    }
    assert {count: size(count) for count in shown} == shown
