"""The README and the pages that a newcomer reads: each block is run as a newcomer would, in processes of their own."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hasmany import Many, Model, Store, field, has_many

from ..places import ROOT
from ..plugin.suites import run_pytest

DOCS = ROOT / "docs"


def blocks(page: str, language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found
    return found


def run(command: list[str], place: Path, typed: str = "") -> str:
    """What it printed. It must end well."""
    done = subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        input=typed,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", ["index.md", "tutorial.md", "rankings.md", "files.md", "alternatives.md"])
def test_a_page_runs_in_a_process_of_its_own(tmp_path, page):
    (tmp_path / "page.py").write_text("\n".join(blocks(page, "python")), "utf-8")
    assert run([sys.executable, "page.py"], tmp_path) == ""


def sides() -> dict[str, list[str]]:
    """The blocks of the page on what one comes from, by whose they are: of Django, of SQLAlchemy, and of the page itself."""
    found: dict[str, list[str]] = {"Django": [], "SQLAlchemy": [], "": []}
    for block in blocks("coming-from.md", "python"):
        name = re.match(r"(?:# (Django|SQLAlchemy)\n)?", block)
        assert name
        found[name[1] or ""].append(block)
    assert all(found.values())
    return found


@pytest.mark.parametrize(("side", "library"), [("", "networkx"), ("SQLAlchemy", "sqlalchemy")])
def test_the_page_on_what_one_comes_from(tmp_path, side, library):
    pytest.importorskip(library)
    (tmp_path / "page.py").write_text("\n".join(sides()[side]), "utf-8")
    assert run([sys.executable, "page.py"], tmp_path) == ""


def test_the_page_on_what_one_comes_from_in_django(tmp_path):
    pytest.importorskip("django")
    program = [sys.executable, str(Path(__file__).with_name("coming_from_django.py"))]
    assert run(program, tmp_path, json.dumps(sides()["Django"])) == ""


@pytest.mark.parametrize("number", range(len(blocks("../README.md", "python"))))
def test_each_block_of_the_readme_runs_alone(tmp_path, number):
    (tmp_path / "block.py").write_text(blocks("../README.md", "python")[number], "utf-8")
    run([sys.executable, "block.py"], tmp_path)


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) < 150


def test_every_page_is_in_the_navigation():
    named = set(re.findall(r": ([\w-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE))
    assert named == {page.name for page in DOCS.glob("*.md")}


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The files of the page on testing; what stands in conftest.py in a folder below."""
    for block in blocks("testing.md", "python"):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name, block
        folder = tmp_path / "in_files" if name[1] == "conftest.py" else tmp_path
        folder.mkdir(exist_ok=True)
        (folder / name[1]).write_text(block, "utf-8")
    return tmp_path


def test_the_page_on_testing(suite):
    done = run_pytest(suite, "test_clinic.py")
    assert "2 passed" in done.stdout, done.stdout
    (suite / "in_files" / "test_clinic.py").write_text((suite / "test_clinic.py").read_text("utf-8"), "utf-8")
    done = run_pytest(suite / "in_files")
    assert "2 passed" in done.stdout, done.stdout
    done = run_pytest(suite, "test_many.py")
    assert "1 passed" in done.stdout, done.stdout


def test_the_page_on_testing_says_what_pytest_says(suite):
    done = run_pytest(suite, "test_differences.py", CI="1")  # where pytest cuts nothing off
    assert "3 failed" in done.stdout, done.stdout
    (shown,) = blocks("testing.md", "text")
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    missing = [line for line in shown.splitlines() if line not in printed]
    assert not missing, done.stdout


def test_a_suite_asks_for_the_store_by_one_line(suite):
    (options,) = blocks("testing.md", "toml")
    (suite / "pyproject.toml").write_text(options, "utf-8")
    (suite / "test_two.py").write_text(
        "from hasmany import Store, User\n"
        "before = Store.current()\n"
        "def test_it():\n    assert Store.current() is not before and User('a').id == 1\n"
    )
    assert "1 passed" in run_pytest(suite, "test_two.py").stdout


def test_the_page_on_services(tmp_path):
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    (tmp_path / "page.py").write_text("\n".join(blocks("services.md", "python")), "utf-8")
    assert run([sys.executable, "-W", "ignore", "page.py"], tmp_path) == ""
    with Store(tmp_path / "copy.db", read_only=True) as backup:
        assert backup.stats().rows["Account"] == 2


def wait_for(url: str) -> None:
    """Until something answers there: workers listen a moment after their parent has said so."""
    httpx = pytest.importorskip("httpx")
    for _ in range(600):
        with suppress(httpx.ConnectError):
            assert httpx.get(url, timeout=60).status_code == 200
            return
        time.sleep(0.1)
    pytest.fail(f"nobody answers at {url}")


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[tuple[Any, str]]]:
    """The commands of the page on services, each started once the one before serves: the processes, and where they serve."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("fastapi")
    if sys.platform == "win32":
        pytest.skip("no signal asks a process to end there")
    started: list[tuple[Any, str]] = []
    for block in blocks("services.md", "sh"):
        words = shlex.split(block)
        settings = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
        assert words[len(settings)] == "uvicorn"
        arguments = words[len(settings) + 1 :]
        arguments[arguments.index("--port") + 1] = "0"
        settings["LIBRARY_FILE"] = str(tmp_path / settings["LIBRARY_FILE"])
        settings["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", *arguments],
            cwd=ROOT,
            env={**os.environ, **settings},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.stderr is not None
        lines = iter(server.stderr)
        url = next((found[1] for line in lines if (found := re.search(r"running on (http://\S+)", line))), None)
        assert url, "it did not start"
        wait_for(f"{url}/books")
        started.append((server, url))
    yield started
    for server, _url in started:
        server.terminate()
        assert server.wait(60) in (0, -signal.SIGTERM)  # uvicorn's own way to end in order
        server.stderr.close()


def test_the_commands_of_the_page_on_services(servers):
    httpx = pytest.importorskip("httpx")
    (_writer, write), (_reader, read) = servers
    assert httpx.post(f"{write}/members", json={"name": "Ann"}).status_code == 201
    assert httpx.post(f"{read}/members", json={"name": "Ben"}).status_code == 405
    assert httpx.get(f"{read}/books").status_code == 200


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)


class Appointment(Model):
    doctor: Doctor
    patient: Patient


def comparable(text: str) -> list[str]:
    """Lines, without where the file is, sizes and times, and spaces in a row."""
    text = re.sub(r"\S*clinic\.db(, read only)?", r"clinic.db\1", text)
    text = re.sub(r"\d+(\.\d+)? (B|KB|s)\b", "N", text)
    return [re.sub(" +", " ", line.rstrip()) for line in text.splitlines() if line.strip()]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    with Store(tmp_path / "clinic.db"):
        Doctor("Meredith").patients.add([Patient(name) for name in ["Joe", "Ann", "Zoe"]])
    return tmp_path


@pytest.mark.parametrize("block", blocks("command.md", "console"), ids=["show", "shell"])
def test_the_page_on_the_command(clinic, block):
    first, *lines = block.splitlines()
    command = shlex.split(first.removeprefix("$ hasmany"))
    typed = "".join(line.removeprefix(">>> ") + "\n" for line in lines if line.startswith(">>> "))
    wanted = comparable("\n".join(line for line in lines if not line.startswith(">>> ")))
    said = run([sys.executable, "-m", "hasmany", *command], clinic, typed)
    # The prompts go out without a line's end, where nobody types.
    found = comparable(said.replace(">>> ", ""))
    assert sorted(found) == sorted(wanted)
