"""The power may be cut at any moment: with "full" nothing is lost that was acknowledged, with "normal" the last steps."""

import shutil
import sys
from random import Random

import pytest

from .disk import Disk, Event
from .power import Cutter, build, record
from .workload import WORK

STEPS, CUTS = 25, 15


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    if sys.platform != "linux" or shutil.which("cc") is None:
        pytest.skip("no C compiler, or no LD_PRELOAD")
    return build(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize("kind", WORK)
@pytest.mark.parametrize("durability", ["full", "normal"])
def test_what_a_power_cut_leaves_opens_and_holds_what_its_durability_promises(library, tmp_path, kind, durability):
    log = record(library, tmp_path / "work", kind, durability, STEPS)
    Cutter(log, tmp_path / "work", kind, durability, STEPS).cuts(CUTS, f"{kind} {durability}")


def test_a_file_that_was_not_synced_is_found_to_lack_what_was_acknowledged(library, tmp_path):
    log = record(library, tmp_path / "work", "single calls", "normal", STEPS)
    with pytest.raises(AssertionError, match="holds no state from"):
        Cutter(log, tmp_path / "work", "single calls", "full", STEPS).cuts(60, "as if it were full")


def happened(*events: tuple[str, int, int, bytes]) -> Disk:
    disk = Disk()
    for event in events:
        disk.happens(Event(*event))
    return disk


NEW = [("I", 1, 0, b""), ("N", 1, 0, b"/x/a")]


def left(disk: Disk) -> set[bytes | None]:
    return {disk.left(Random(seed))[1].get("a") for seed in range(300)}


def test_what_is_synced_stays_and_what_is_not_may_be_there_block_by_block():
    disk = happened(*NEW, ("W", 1, 0, b"a" * 1024), ("S", 1, 0, b""), ("F", 9, 0, b""))
    assert left(disk) == {b"a" * 1024}
    disk = happened(*NEW, ("W", 1, 0, b"a" * 1024), ("S", 1, 0, b""), ("F", 9, 0, b""), ("W", 1, 0, b"b" * 1024))
    assert left(disk) == {one * 512 + other * 512 for one in (b"a", b"b") for other in (b"a", b"b")}


def test_a_name_that_was_not_synced_may_be_missing_and_one_taken_away_may_be_there():
    disk = happened(*NEW, ("W", 1, 0, b"a"), ("S", 1, 0, b""))
    assert left(disk) == {None, b"a"}
    disk.happens(Event("F", 9, 0, b""))
    assert left(disk) == {b"a"}
    disk.happens(Event("U", 0, 0, b"/x/a"))
    assert left(disk) == {None, b"a"}


def test_a_file_that_was_cut_off_may_have_its_old_length():
    disk = happened(*NEW, ("W", 1, 0, b"a" * 600), ("S", 1, 0, b""), ("F", 9, 0, b""), ("T", 1, 10, b""))
    assert left(disk) == {b"a" * 600, b"a" * 10}
    disk.happens(Event("W", 1, 0, b"bb"))
    assert left(disk) == {b"a" * 600, b"a" * 10, b"bb" + b"a" * 8}
