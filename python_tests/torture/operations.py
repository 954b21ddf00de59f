"""Does random work in several stores at once and holds them against naive copies.

    python -m python_tests.torture.operations --operations 1_000_000 [--file] [--seed 1]

An operation is a call that writes, or some that read (`acts.py`, `looks.py`). They come in transactions that nest and
are undone, in transactions of threads, in blocks of one store and another. The program is redefined meanwhile
(`school.py`). With --file two of the three stores are in files, which are closed, opened again, saved, read beside and
read by SQL. Every so many operations all rows are compared from both ends.
"""

import argparse
import gc
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from random import Random
from typing import Any

from hasmany import ForeignStoreError, NoCurrentStoreError, Store

from .acts import ACTS, NoRows, World, delete, make_room
from .looks import LOOKS, everything, in_sql, read_beside
from .school import School, other


class Undone(Exception):
    """Raised to undo a transaction."""


class Place:
    """A store, its file if it has one, and its naive copy."""

    def __init__(self, school: School, path: Path | None) -> None:
        self.world, self.path = World(school), path
        self.store = Store() if path is None else Store(path)

    def entered(self, random: Random) -> AbstractContextManager[Any]:
        """A block in which the store is current, which leaves it open."""
        if random.random() < 0.5:
            return self.store.transaction()
        if self.path is None:
            return self.store
        again = Store(self.path)
        assert again is self.store, "a file that is open is opened twice"
        return again


class Work:
    def __init__(self, seed: int, folder: Path | None, every: int) -> None:
        self.random = Random(seed)
        self.every = every
        self.school = School()
        paths = [None, None, None] if folder is None else [folder / "one.db", folder / "two.db", None]
        self.places = [Place(self.school, path) for path in paths]
        self.done = self.looked = 0

    def run(self, operations: int) -> None:
        while self.done < operations:
            place = self.random.choice(self.places)
            with place.entered(self.random):
                for _ in range(self.random.randint(1, 12)):
                    self.operation(place, 0)
                make_room(place.world, self.random)
            self.between(place)
            if self.done // self.every > self.looked:
                self.looked = self.done // self.every
                self.look()
                if self.looked % 50 == 0:
                    print(f"{self.done} operations", file=sys.stderr, flush=True)
        self.look()

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    def operation(self, place: Place, depth: int, random: Random | None = None) -> None:
        random = random or self.random
        kind = random.random()
        if kind < 0.05 and depth < 3:
            self.nested(place, depth, random)
        else:
            act = random.choice(ACTS if random.random() < 0.8 else LOOKS)
            with suppress(NoRows):
                act(place.world, random)
            self.done += 1

    def nested(self, place: Place, depth: int, random: Random) -> None:
        """A transaction, half of which are undone."""
        naive = place.world.naive
        before = naive.snapshot()
        undone = random.random() < 0.5
        try:
            with place.store.transaction():
                for _ in range(random.randint(0, 6)):
                    self.operation(place, depth + 1, random)
                if undone:
                    raise Undone
        except Undone:
            naive.restore(before)

    # ── between ───────────────────────────────────────────────────────────────────────────────────

    def between(self, place: Place) -> None:
        kind = self.random.random()
        if kind < 0.02:
            self.threads(place)
        elif kind < 0.04:
            place.store.compact()
        elif kind < 0.05:
            self.foreign()
        elif kind < 0.06 and place.path:
            self.nowhere(place)
        elif kind < 0.08 and place.path:
            self.open_again(place)
        elif kind < 0.085:
            self.redefine()
        elif kind < 0.09 and place.path:
            read_beside(place.world, place.path)
        elif kind < 0.095 and place.path:
            self.save(place)

    def threads(self, place: Place) -> None:
        """Each begins its transaction while the one before it has its own, and waits for it."""
        errors: list[BaseException] = []

        def work(left: int, seed: int) -> None:
            random = Random(seed)
            follower = threading.Thread(target=work, args=(left - 1, random.randrange(2**32)))
            try:
                with place.store.transaction():
                    if left:
                        follower.start()
                    before = place.world.naive.snapshot()
                    for _ in range(random.randint(0, 5)):
                        self.operation(place, 1, random)
                    if random.random() < 0.4:
                        place.world.naive.restore(before)  # while nobody else writes
                        raise Undone
            except Undone:
                pass
            except BaseException as error:  # noqa: BLE001 - raised by who waits
                errors.append(error)
            if left:
                follower.join(60)
                assert not follower.is_alive(), "a thread waits for ever"

        work(3, self.random.randrange(2**32))
        if errors:
            raise errors[0]

    def foreign(self) -> None:
        """A record of one store is refused by another."""
        one, two = self.random.sample(self.places, 2)
        with one.store.transaction():
            students = one.world.model("Student").all()[:1]
        with two.store.transaction():
            for student in students:
                for call in (
                    lambda student=student: two.world.model("Student")("nobody", mentor=student),
                    lambda student=student: two.world.model("Student").all() & [student],
                ):
                    expect(ForeignStoreError, call)

    def nowhere(self, place: Place) -> None:
        """A file is open and current nowhere: rows go nowhere, instead of into another store."""
        expect(NoCurrentStoreError, lambda: place.world.model("Teacher")("nobody"))

    def open_again(self, place: Place) -> None:
        assert place.path
        place.store.close()
        place.store = Store(place.path)

    def save(self, place: Place) -> None:
        assert place.path
        copy = place.path.with_name("copy.db")
        self.look_at(place)
        place.store.save(copy)
        in_sql(place.world, copy)
        copy.unlink()

    def redefine(self) -> None:
        """Rules change at any time; fields while the files are closed, which keep what a field had that is gone."""
        closed = self.random.random() < 0.5
        files = [place for place in self.places if place.path]
        self.look()
        if closed:
            for place in files:
                place.store.close()
        version = other(self.random, self.school.version, closed)
        with warnings.catch_warnings(action="ignore"):  # that values are gone
            self.school.declare(version)
        for place in self.places:
            place.world.naive.redefine(version, keeps=place.path is not None)
        if closed:
            gc.collect()
            for place in files:
                assert place.path
                place.store = Store(place.path)
                with place.store.transaction():
                    if version.teacher is None:
                        len(place.world.model("Course").all())  # else the rule that the file has is its own
                    with suppress(NoRows):
                        delete(place.world, self.random)  # before any other class is used

    def look(self) -> None:
        for place in self.places:
            self.look_at(place)

    def look_at(self, place: Place) -> None:
        with place.store.transaction():
            everything(place.world)
        if place.path:
            in_sql(place.world, place.path)


def expect(kind: type[Exception], call: Callable[[], Any]) -> None:
    try:
        call()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--file", action="store_true", help="two of the three stores are in files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1000, help="operations after which everything is compared")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() if given.file else nullcontext() as folder:
        work = Work(given.seed, Path(folder) if folder else None, given.every)
        try:
            work.run(given.operations)
        except BaseException:
            again = f"--operations {work.done + 1000} --seed {given.seed} --every {given.every}"
            print(
                f"after {work.done} operations: python -m {__spec__.name} {again}{' --file' * given.file}",
                file=sys.stderr,
            )
            raise
        rows = {place.world: sum(map(len, place.world.naive.tables.values())) for place in work.places}
        print(
            f"{work.done} operations; {sum(rows.values())} rows now; the largest ids {work.places[0].world.naive.top}"
        )


if __name__ == "__main__":
    main()
