"""Cuts the power: work is recorded call by call, and files are put together as a disk may have them after a cut.

    python -m python_tests.torture.power --cuts 500 [--steps 60] [--seed 1]

Needs Linux and a C compiler (`record.c`). A process does steps of work in a store and says after each that it is done.
Then moments are chosen, and for each a state of the disk (`disk.py` says which there are). With durability="full" the
file must hold every step that was done; with "normal" all steps up to some step. It opens, to be read only, too, agrees
with itself, and takes what comes next. A copy that `save()` made is there when the call has returned.
"""

import argparse
import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import Any

from hasmany import Store

from ..file.files import assert_sound
from ..places import ROOT
from .disk import Disk, Event, events
from .workload import WORK, prepare, state, step

NAME = "work.db"
CLOSED_EVERY, SAVED_EVERY = 17, 11  # steps after which the file is closed and opened again, and copied


def build(folder: Path) -> Path:
    """The library that records. Raises `OSError` where there is no compiler."""
    library = folder / "record.so"
    source = Path(__file__).with_name("record.c")
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"]
    if (run := subprocess.run(command, capture_output=True, text=True, check=False)).returncode:
        raise OSError(run.stderr)
    return library


# ── the process that is recorded ──────────────────────────────────────────────────────────────────


def work(folder: Path, log: Path, kind: str, durability: Any, steps: int) -> None:
    """Step 0 makes the rows to begin with."""
    shim = ctypes.CDLL(None)

    def said(**what: Any) -> None:
        shim.record_mark(json.dumps(what).encode())

    shim.record_begin(os.fsencode(folder), os.fsencode(log))
    done = 0
    while done < steps:
        with Store(folder / NAME, durability=durability) as store:
            said(opened=done)
            while done < steps:
                step(kind, done) if done else prepare()
                done += 1
                said(done=done)
                if done % SAVED_EVERY == 0:
                    store.save(folder / f"copy {done}.db")
                    said(saved=f"copy {done}.db", holds=done)
                if done % CLOSED_EVERY == 0:
                    break
    said(closed=done)


def record(library: Path, folder: Path, kind: str, durability: str, steps: int) -> Path:
    """The log of a process that does this work."""
    folder.mkdir()
    log = folder.with_suffix(".log")
    command = [sys.executable, "-m", __spec__.name, "--record", str(folder), str(log), kind, durability, str(steps)]
    subprocess.run(command, check=True, env={**os.environ, "LD_PRELOAD": str(library)}, cwd=ROOT)
    return log


# ── cutting ───────────────────────────────────────────────────────────────────────────────────────


class Cutter:
    """Replays a log up to moments, and looks at what may be left there."""

    def __init__(self, log: Path, folder: Path, kind: str, durability: str, steps: int) -> None:
        self.events: list[Event] = list(events(log))
        self.folder, self.kind, self.durability = folder, kind, durability
        self.states = states(kind, steps)
        self.lost = 0  # steps that were said to be done and are not there, at most

    def cuts(self, count: int, seed: str) -> None:
        moments = self.moments(count, Random(seed))
        disk, done = Disk(), 0
        said: dict[str, Any] = {}
        copies: dict[str, int] = {}
        for number, moment in enumerate(moments):
            for event in self.events[done:moment]:
                if event.kind == "M":
                    mark = json.loads(event.text)
                    said.update(mark)
                    copies |= {mark["saved"]: mark["holds"]} if "saved" in mark else {}
                else:
                    disk.happens(event)
            done = moment
            random = Random(f"{seed} {number}")
            way, files = disk.left(random)
            try:
                self.look(files, said, copies)
            except BaseException as error:
                kept = keep(files, f"{seed} {number}")
                error.add_note(f"cut {number} at event {moment} of {len(self.events)}: {way}; the files: {kept}")
                raise

    def moments(self, count: int, random: Random) -> list[int]:
        """Half of them anywhere, half at calls that do something else than write: those are few, and matter."""
        others = [place for place, event in enumerate(self.events) if event.kind != "W"]
        anywhere = random.choices(range(len(self.events) + 1), k=count // 2)
        return sorted(
            anywhere + [place + random.randint(0, 1) for place in random.choices(others, k=count - count // 2)]
        )

    def look(self, files: dict[str, bytes], said: dict[str, Any], copies: dict[str, int]) -> None:
        folder = self.folder / "after"
        write(folder, files)
        path = folder / NAME
        if path.exists():
            acknowledged = said.get("done", 0)
            least = acknowledged if self.durability == "full" else 0
            self.holds(path, least, acknowledged)
        else:
            assert "opened" not in said, f"{NAME} is not there"
            self.holds(path, 0, 0)  # it can be made
        for name, held in copies.items():
            assert (folder / name).exists(), f"{name} is not there"
            self.holds(folder / name, held, held - 1)
        shutil.rmtree(folder)

    def holds(self, path: Path, least: int, most: int) -> None:
        """The file holds these steps, or the one that was going on, too; and takes more, which is there tomorrow."""
        seen = None
        if path.exists():
            with Store(path, read_only=True) as reader:
                reader.check()
                seen = state()
        with Store(path, durability=self.durability) as store:
            store.check()
            found = state()
            assert seen in (None, found), "who only reads, reads something else"
            here = [place for place in range(least, min(most + 2, len(self.states))) if self.states[place] == found]
            assert here, f"{path.name} holds no state from {least} to {most + 1}: {self.nearest(found)}"
            self.lost = max(self.lost, most - here[-1])
            step(self.kind, here[-1]) if here[-1] else prepare()
            store.check()
            after = state()
        with Store(path) as store:
            store.check()
            assert state() == after
        assert_sound(path)

    def nearest(self, found: list[Any]) -> str:
        if found in self.states:
            return f"it holds state {self.states.index(found)}"
        return f"it holds half a step: {[len(part) for part in found]} rows"


def keep(files: dict[str, bytes], name: str) -> Path:
    """Where somebody can look at them."""
    kept = Path(tempfile.mkdtemp(prefix="hasmany-power-"), name)
    write(kept, files)
    return kept


def write(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def states(kind: str, steps: int) -> list[list[Any]]:
    """What there is after each number of steps."""
    with Store():
        found = [state()]
        for done in range(steps):
            step(kind, done) if done else prepare()
            found.append(state())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=500, help="in all")
    parser.add_argument("--steps", type=int, default=60, help="of each kind of work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", nargs="+", default=list(WORK), choices=list(WORK))
    parser.add_argument("--durability", nargs="+", default=["full", "normal"], choices=["full", "normal"])
    parser.add_argument("--record", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.record:
        folder, log, kind, durability, steps = given.record
        work(Path(folder), Path(log), kind, durability, int(steps))
        return
    pairs = [(kind, durability) for kind in given.kinds for durability in given.durability]
    each = -(-given.cuts // len(pairs))
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        library = build(root)
        for place, (kind, durability) in enumerate(pairs):
            log = record(library, root / f"{place}", kind, durability, given.steps)
            cutter = Cutter(log, root / f"{place}", kind, durability, given.steps)
            try:
                cutter.cuts(each, f"{given.seed} {kind} {durability}")
            except BaseException:
                again = f"--cuts {each} --steps {given.steps} --seed {given.seed} --kinds '{kind}'"
                print(f"python -m {__spec__.name} {again} --durability {durability}", file=sys.stderr)
                raise
            print(f"{kind}, {durability}: {each} cuts in {len(cutter.events)} calls; {cutter.lost} steps lost at most")
    print(f"{each * len(pairs)} cuts")


if __name__ == "__main__":
    main()
