"""Kills a process that works on a store's file, again and again, and looks at the file after each time.

    python -m python_tests.torture.kills --count 400 [--kinds "single calls" ...]

Children are forked from this process, which has imported everything. A child does the steps of one kind of work and
says after each that it is done; it is killed (SIGKILL) at a random moment. Then the file must hold what the steps left
that were done, or those and the next one, whole.
"""

import argparse
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from hasmany import Store, User

from ..file.files import assert_sound
from .workload import MODELS, WORK, Account, highest, prepare, state, step

KINDS = [*WORK, "creation"]
CLOSED_EVERY = 4  # steps after which a child closes the file and opens it again, where the work is "checkpoints"


def work(kind: str, path: Path, first: int, pipe: int) -> None:
    """What a child does until it is killed: each step, and a line with its number and the largest ids there are."""
    k = first
    while True:
        with Store(path):
            if not User.all():
                prepare()
            while True:
                step(kind, k)
                os.write(pipe, b"%d %d %d %d %d %d\n" % (k, *highest()))
                k += 1
                if kind == "checkpoints" and k % CLOSED_EVERY == 0:
                    break


class Killer:
    """Remembers what the steps left, in memory, and how long one takes."""

    def __init__(self, kind: str, path: Path) -> None:
        self.kind, self.path = kind, path
        self.random = random.Random(kind)
        self.done = 0  # steps that are in `model`
        self.given = [0] * len(MODELS)  # the largest ids that children have told
        self.pace = 0.003  # seconds a step
        self.model = Store()
        with self.model:
            prepare()

    def round(self) -> None:
        """Forks a child, kills it and looks at what is there."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                work(self.kind, self.path, self.done, writing)
            except BaseException:  # noqa: BLE001 - told to the parent by the status
                traceback.print_exc()
            os._exit(1)
        os.close(writing)
        told = self.wait(reading)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        while part := os.read(reading, 65536):
            told += part
        os.close(reading)
        assert os.WIFSIGNALED(status), "the child failed before it was killed"
        acknowledged = [tuple(map(int, line.split())) for line in told.decode().splitlines()]
        for k, *given in acknowledged:
            assert k == self.done
            self.do_next()
            self.given = list(map(max, self.given, given))
        self.verify()

    def wait(self, reading: int) -> bytes:
        """For some steps to be done and then for a moment, which falls anywhere within the next two steps."""
        told, wanted, begun = b"", self.random.randrange(6), time.monotonic()
        while told.count(b"\n") < wanted:
            part = os.read(reading, 65536)
            if not part:
                return told
            told += part
        if wanted:
            self.pace = (self.pace + (time.monotonic() - begun) / wanted) / 2
        select.select([], [], [], self.random.random() * 2 * self.pace)
        return told

    def do_next(self) -> None:
        with self.model:
            step(self.kind, self.done)
        self.done += 1

    def verify(self) -> None:
        """Opens the file: what was acknowledged is there, what was not is there whole or not at all."""
        with Store(self.path) as store:
            store.check()
            if not User.all():
                assert not self.done, "all of it is lost"
                prepare()
            found = state()
            if found != self.expected():
                self.do_next()
                for part, expected in zip(found, self.expected(), strict=True):
                    wrong = set(part) ^ set(expected)
                    assert part == expected, f"neither before nor after step {self.done}: {sorted(wrong)[:5]}"
            try:
                with store.transaction():
                    User("x").like_tweet(User("y").post_tweet("z"))
                    Account("x").entries.create(0)
                    assert all(new > given for new, given in zip(highest(), self.given, strict=True))
                    raise ZeroDivisionError
            except ZeroDivisionError:
                pass
        assert os.listdir(self.path.parent) == [self.path.name]
        assert_sound(self.path)

    def expected(self) -> list[Any]:
        with self.model:
            return state()


def kill(kind: str, folder: Path, kills: int) -> int:
    """Kills that many processes at this kind of work; gives the number of steps that were done."""
    if kind != "creation":
        killer = Killer(kind, folder / "work.db")
        for _ in range(kills):
            killer.round()
        return killer.done
    done = 0
    for number in range(kills):
        killer = Killer("single calls", folder / f"{number}" / "new.db")
        killer.random = random.Random(number)
        killer.pace = 0.004
        killer.path.parent.mkdir()
        killer.round()
        done += killer.done
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=400, help="kills, in all")
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    given = parser.parse_args()
    each, steps = -(-given.count // len(given.kinds)), 0
    for kind in given.kinds:
        folder = Path(tempfile.mkdtemp(prefix="hasmany-kills-"))
        try:
            done = kill(kind, folder, each)
        except BaseException:
            print(
                f"python -m {__spec__.name} --count {each} --kinds '{kind}'; the file is in {folder}", file=sys.stderr
            )
            raise
        shutil.rmtree(folder)
        print(f"{kind}: {each} kills, {done} steps")
        steps += done
    print(f"{each * len(given.kinds)} kills, {steps} steps")


if __name__ == "__main__":
    main()
