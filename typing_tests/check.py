"""Runs mypy --strict, basedpyright and pyright over accepted.py and rejected.py.

    python typing_tests/check.py

All must find nothing in accepted.py, and in rejected.py an error on each line that ends in
`# rejected` and on no other. The stubs are those of this checkout; nothing needs to be built,
but NumPy must be installed. Exits with 1, after naming the lines, where a checker disagrees.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
STUBS = HERE.parent / "python"
FILES = [HERE / "accepted.py", HERE / "rejected.py"]
MARK = re.compile(r"# rejected$")

Errors = dict[tuple[str, int], str]  # (file name, line from 1) to the first message there


def mypy(scratch: Path) -> Errors:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull]
    command += ["--cache-dir", str(scratch), "--output", "json", *map(str, FILES)]
    found: Errors = {}
    for line in run(command, MYPYPATH=str(STUBS)).splitlines():
        report = json.loads(line)
        if report["severity"] == "error":
            found.setdefault((Path(report["file"]).name, report["line"]), report["message"])
    return found


def basedpyright(scratch: Path) -> Errors:
    return pyright_or_like_it("basedpyright", scratch, {})


def pyright(scratch: Path) -> Errors:
    return pyright_or_like_it("pyright", scratch, {})


def pyright_or_like_it(name: str, scratch: Path, options: dict[str, str]) -> Errors:
    config = scratch / "pyrightconfig.json"
    config.write_text(
        json.dumps(
            {"include": [os.path.relpath(file, scratch) for file in FILES], "extraPaths": [str(STUBS)], **options}
        ),
        encoding="utf-8",
    )
    command = [sys.executable, "-m", name, "--outputjson", "--project", str(config)]
    command += ["--pythonpath", sys.executable]
    report = json.loads(run(command))
    if report["summary"]["filesAnalyzed"] != len(FILES):
        sys.exit(f"{name} looked at {report['summary']['filesAnalyzed']} files")
    found: Errors = {}
    for each in report["generalDiagnostics"]:
        if each["severity"] == "error":
            line = each["range"]["start"]["line"] + 1  # it counts from 0
            found.setdefault((Path(each["file"]).name, line), each["message"])
    return found


def run(command: list[str], **environment: str) -> str:
    """What a checker printed. It exits with 1 where it found errors, which is as it should be."""
    variables = os.environ | environment
    done = subprocess.run(command, capture_output=True, text=True, env=variables, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def expected() -> set[tuple[str, int]]:
    lines = FILES[1].read_text(encoding="utf-8").splitlines()
    return {(FILES[1].name, number) for number, line in enumerate(lines, 1) if MARK.search(line)}


def disagreements(checker: Callable[[Path], Errors]) -> list[str]:
    with tempfile.TemporaryDirectory() as scratch:
        found = checker(Path(scratch))
    marked = expected()
    wrong = [(where, f"not accepted: {found[where]}") for where in found.keys() - marked]
    wrong += [(where, "not rejected") for where in marked - found.keys()]
    return [f"{checker.__name__}: {file}:{line}: {what}" for (file, line), what in sorted(wrong)]


def main() -> int:
    wrong = disagreements(mypy) + disagreements(basedpyright) + disagreements(pyright)
    print("\n".join(wrong) or f"mypy, basedpyright and pyright agree on all {len(expected())} mistakes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
