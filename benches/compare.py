"""hasmany beside what people use today, each in a process of its own.

    pip install ".[bench]" && python benches/compare.py                     # 100,000 likes, every peer, some minutes
    python benches/compare.py --pairs 100000 1000000 --rounds 3 --write     # into the docs and the README, an hour
    python benches/compare.py --check                                       # do all of them give the same answers?

The peers are in benches/peers/; one whose library is not installed has a column of dashes. benches/peers/measure.py
tells how it measures, benches/peers/work.py which likes there are. Gowalla's check-ins are measured too where they are
found. Each column but the first is the time or memory of a peer divided by hasmany's: above 1 hasmany is better.
On a machine that others use too, let the peers take turns: --rounds 3 has the median of three processes a peer.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import report
from peers import NAMES
from peers.work import LIKES_A_USER, SEED, SKEW, Work, gowalla, zipf

BENCHES = Path(__file__).resolve().parent
CHECKED = 20_000  # likes
MEASURED = [row for row in report.ROWS if row not in report.GROWTH]


def compare(arguments: argparse.Namespace) -> Iterator[report.Found]:
    """What is known, again after each peer, so that a run that is cut short is not lost."""
    found: report.Found = {
        "machine": report.machine(),
        "load": os.getloadavg()[0],
        "date": date.today().isoformat(),
        "seed": SEED,
        "repeat": arguments.repeat,
        "rounds": arguments.rounds,
        "versions": {},
        "missing": {},
        "tables": [],
    }
    for title, make in tables(arguments):
        with TemporaryDirectory() as directory:
            table = describe(title, make(), Path(directory))
            found["tables"].append(table)
            runs: dict[str, list[dict[str, Any]]] = {name: [] for name in arguments.peers}
            for _round, name in product(range(arguments.rounds), arguments.peers):
                values = measure(name, directory, arguments)
                if "missing" in values:
                    found["missing"][name] = values["missing"]
                    continue
                found["versions"][name] = values.pop("versions", "")
                runs[name].append(values)
                table["values"][name] = medians(runs[name])
                add_growth(found["tables"])
                yield found


def medians(runs: list[dict[str, Any]]) -> dict[str, float | str]:
    """Of each row; where it failed, why."""
    rows = {row: [run[row] for run in runs if row in run] for run in runs for row in run}
    failed = {row: why for row, values in rows.items() for why in values if isinstance(why, str)}
    return {row: failed.get(row) or statistics.median(values) for row, values in rows.items()}


def tables(arguments: argparse.Namespace) -> Iterator[tuple[str, Callable[[], Work]]]:
    for size in arguments.pairs:
        yield f"Zipf({SKEW})", partial(zipf, size)
    if (arguments.gowalla / "train.txt.xz").exists():
        yield "Gowalla's check-ins", partial(gowalla, arguments.gowalla)


def describe(title: str, work: Work, directory: Path) -> dict[str, Any]:
    work.save(directory)
    users, tweets = work.people.tolist()
    likes = len(work.users)
    return {
        "title": f"**{likes:,} likes** of {users:,} users and {tweets:,} tweets, {title}",
        "likes": likes,
        "values": {},
    }


def measure(name: str, directory: str, arguments: argparse.Namespace) -> dict[str, Any]:
    rows = [row for row in MEASURED if row in arguments.rows]
    print(f"{name} ...", file=sys.stderr, flush=True)
    values = child("times", name, directory, arguments, "--rows", *rows)
    if "memory" in rows and "missing" not in values:
        values |= child("memory", name, directory, arguments)
    return values


def child(task: str, name: str, directory: str, arguments: argparse.Namespace, *more: str) -> dict[str, Any]:
    repeat = ["--repeat", str(arguments.repeat)]
    return process("peers", task, name, directory, *repeat, *more, tmp=directory, limit=arguments.limit)


def process(package: str, task: str, name: str, *more: str, tmp: str, limit: float) -> dict[str, Any]:
    """What a peer's process says, as far as it comes; if it fails, why, under the name of the task."""
    command = [sys.executable, "-m", package, task, name, *more]
    environment = {**os.environ, "TMPDIR": tmp}
    why = None
    try:
        done = subprocess.run(command, cwd=BENCHES, env=environment, stdout=subprocess.PIPE, timeout=limit, check=False)
        said = done.stdout
        if done.returncode:
            why = f"ended with {done.returncode}"
    except subprocess.TimeoutExpired as late:
        said, why = late.stdout or b"", f"was stopped after {limit:.0f} s"
    values = dict(json.loads(line) for line in said.splitlines())
    if why:
        print(f"{name} {why} ({task})", file=sys.stderr)
        values[task] = why
    return values


def add_growth(found: list[dict[str, Any]]) -> None:
    """A row's time in the table that has ten times the likes, divided by its time here."""
    for small in found:
        for large in found:
            if large["likes"] == 10 * small["likes"]:
                for name, values in small["values"].items():
                    for grown, row in report.GROWTH.items():
                        here = report.number(small["values"], name, row)
                        there = report.number(large["values"], name, row)
                        if here and there:
                            values[grown] = there / here


def check(arguments: argparse.Namespace) -> None:
    """Ends the program where a peer answers other than the sets."""
    differences = 0
    with TemporaryDirectory() as directory:
        zipf(CHECKED).save(Path(directory))
        right = child("answers", "sets", directory, arguments)
        for name in arguments.peers:
            given = child("answers", name, directory, arguments)
            if "missing" in given:
                print(f"{name}: not installed, {given['missing']}")
                continue
            asked = [what for what in right if given.get(what) is not None and what != "versions"]
            wrong = [what for what in asked if given[what] != right[what]]
            if "answers" in given:
                wrong.append(given["answers"])
            print(f"{name}: {len(asked)} answers, {len(wrong)} wrong")
            for what in wrong:
                print(f"  {what}\n    right: {right.get(what)!s:.200}\n    given: {given.get(what)!s:.200}")
            differences += len(wrong)
    if differences:
        sys.exit("peers disagree: what is measured would be wrong")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, nargs="+", default=[100_000], help="likes; a table each")
    parser.add_argument("--peers", type=names(NAMES), default=list(NAMES), help="some of " + ",".join(NAMES))
    parser.add_argument("--rows", type=names(MEASURED), default=MEASURED, help="some of " + ",".join(MEASURED))
    parser.add_argument("--repeat", type=int, default=5, help="runs of a row")
    parser.add_argument("--rounds", type=int, default=1, help="how often the peers take turns")
    parser.add_argument("--limit", type=float, default=900, help="seconds of a peer's process")
    parser.add_argument("--gowalla", type=Path, default=report.ROOT / ".." / "shared" / "data" / "gowalla")
    parser.add_argument("--check", action="store_true", help="compare answers instead of measuring")
    parser.add_argument("--json", type=Path, help="keep the medians in this file")
    parser.add_argument("--from", type=Path, dest="source", help="show what such a file has, without measuring")
    parser.add_argument("--write", action="store_true", help="put the tables into the docs and the README")
    arguments = parser.parse_args()
    if min(arguments.pairs) < 50 * LIKES_A_USER:
        parser.error(f"--pairs: at least {50 * LIKES_A_USER}")
    if arguments.write:
        for name in report.PAGES:
            report.around(name)

    if arguments.source:
        show(json.loads(arguments.source.read_text(encoding="utf-8")), arguments.write)
        return
    refuse_debug()
    if arguments.check:
        check(arguments)
        return
    for found in compare(arguments):
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    show(found, arguments.write)


def names(known: Any) -> Callable[[str], list[str]]:
    """Reads `a,b`; hasmany is always among the peers."""

    def parse(text: str) -> list[str]:
        asked = text.split(",")
        if unknown := set(asked) - set(known):
            raise argparse.ArgumentTypeError(f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return [name for name in known if name in asked or name == report.BASE]

    return parse


def refuse_debug() -> None:
    from hasmany import _hasmany

    if _hasmany.__debug_build__:
        sys.exit("this is a debug build of hasmany: `pip install .` makes a release build")


def show(found: report.Found, write: bool) -> None:
    """A table of links and one of what is asked in columns; what was not measured is not written."""
    for name, rows in (("compare", report.LINKS), ("asked", report.ASKED)):
        if report.has_any(found, rows):
            print(report.full(found, rows))
            if write:
                report.write(name, report.full(found, rows))
                if name == "compare":
                    report.write("compare-short", report.short(found))


if __name__ == "__main__":
    main()
