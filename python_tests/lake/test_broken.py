"""What is broken, half there or changing: an error that names it, never part of an answer."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hasmany import CorruptStoreError, Many, Model, Store, col, has_many
from hasmany.lake import Lake, duck

from ..asking.cinema import Film, Person, Rating
from .conftest import MODELS
from .test_folders import folder, manifest, write

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

__all__ = ["folder"]


class Reader(Model):
    name: str
    loans: Many["Loan"] = has_many()


class Loan(Model):
    reader: Reader
    days: int


ROWS = 300_000


@pytest.fixture
def loans(tmp_path) -> Path:
    """An export whose answers come in several batches."""
    with Store() as store:
        Reader.insert_all(name=["ann", "bea"])
        Loan.insert_all(reader=[1 + at % 2 for at in range(ROWS)], days=range(ROWS))
        store.to_parquet(tmp_path / "loans")
    return tmp_path / "loans"


# ── what is not whole ────────────────────────────────────────────────────────────────────────────


def changed(act: Callable[[Any], Any]) -> Callable[[Path], None]:
    """The file of films with other rows or columns."""

    def change(folder: Path) -> None:
        path = folder / "films" / "00000.parquet"
        pq.write_table(act(pq.read_table(path)), path)

    return change


def in_manifest(act: Callable[[Any], None]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        said = manifest(folder)
        act(said)
        write(folder, said)

    return change


def cut(folder: Path, keep: int | None) -> None:
    path = folder / "films" / "00000.parquet"
    path.write_bytes(path.read_bytes()[:keep])


def of_films(said: Any) -> Any:
    return next(entry for entry in said["models"] if entry["model"] == "Film")


def with_column(table: Any, name: str, values: Any) -> Any:
    return table.set_column(table.column_names.index(name), name, values)


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "did not come to its end"),
    "half a manifest": (lambda folder: (folder / "manifest.json").write_text('{"format": "has'), "is no JSON"),
    "another version": (in_manifest(lambda said: said.update(version=2)), "version 2; this program knows 1"),
    "another word": (in_manifest(lambda said: said.update(more=1)), "is not as a manifest of version 1"),
    "another field": (in_manifest(lambda said: said["schema"]["models"][0].update(kind="x")), "is not as a manifest"),
    "a file too much is listed": (
        in_manifest(lambda said: of_films(said)["files"].append({"path": "films/00001.parquet", "rows": 1})),
        "00001.parquet is missing",
    ),
    "no file is listed": (in_manifest(lambda said: of_films(said)["files"].clear()), "lists no file of Film"),
    "a missing file": (lambda folder: (folder / "films" / "00000.parquet").unlink(), "00000.parquet is missing"),
    "a missing folder": (lambda folder: shutil.rmtree(folder / "films"), "00000.parquet is missing"),
    "a folder for a file": (
        lambda folder: ((folder / "films" / "00000.parquet").unlink(), (folder / "films" / "00000.parquet").mkdir()),
        "00000.parquet cannot be read",
    ),
    "an empty file": (lambda folder: cut(folder, 0), "00000.parquet cannot be read"),
    "a file cut short": (lambda folder: cut(folder, -5), "00000.parquet cannot be read"),
    "half a file": (lambda folder: cut(folder, 700), "00000.parquet cannot be read"),
    "rows less": (changed(lambda table: table.slice(1)), "has 2 rows, and manifest.json says 3"),
    "rows more": (changed(lambda table: pa.concat_tables([table, table])), "has 6 rows"),
    "a column less": (changed(lambda table: table.drop_columns("year")), "has the columns"),
    "another type": (changed(lambda table: with_column(table, "year", pa.array(["a"] * 3))), "year is string"),
    "a lesser type": (
        changed(lambda table: with_column(table, "year", table["year"].cast("int32"))),
        "year is int32, and by manifest.json it is int64",
    ),
    "ids that may be null": (
        changed(lambda table: with_column(table, "id", pa.array([1, None, 3]))),
        "id is int64, and by manifest.json it is int64 without nulls",
    ),
    "text for ids": (changed(lambda table: with_column(table, "id", pa.array(["a", "b", "c"]))), "id is string"),
}


@pytest.mark.parametrize("models", [None, MODELS], ids=["made", "own"])
@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_what_is_not_whole_is_refused(folder, change, message, models):
    change(folder)
    with pytest.raises(CorruptStoreError, match=message):
        Lake(folder, models=models)


def test_files_that_no_manifest_lists_are_not_read(folder):
    with Lake(folder, models=MODELS) as lake:
        wanted = lake[Film].order_by("id").to_dicts()
    shutil.copy(folder / "films" / "00000.parquet", folder / "films" / "00001.parquet")
    (folder / "films" / "notes.txt").write_text("x")
    (folder / "more").mkdir()
    with Lake(folder, models=MODELS) as lake:
        assert lake[Film].order_by("id").to_dicts() == wanted
        assert len(lake[Film]) == 3


KILLED = """
import sys
from hasmany import Model, Store, parquet

class Thing(Model):
    name: str

parquet.ROWS_A_FILE = parquet.ROWS_AT_ONCE = 20_000
with Store() as store:
    Thing.insert_all(name=[f"thing {at}" * 20 for at in range(400_000)])
    print("filled", flush=True)
    store.to_parquet(sys.argv[1])
    print("written", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
@pytest.mark.parametrize("files", [1, 5, 15])
def test_an_export_that_was_killed_is_none(tmp_path, files):
    place = tmp_path / "export"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(place)], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"filled\n"
    until = time.monotonic() + 60
    while len([*place.glob("things/*.parquet")]) < files and time.monotonic() < until:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert process.stdout.read() == b""
    assert not (place / "manifest.json").exists()
    with pytest.raises(CorruptStoreError, match="did not come to its end"):
        Lake(place)
    with Store() as store, pytest.raises(FileExistsError):
        store.to_parquet(place)


# ── what changes while a lake is open ────────────────────────────────────────────────────────────


def questions(lake: Lake) -> list[Callable[[], Any]]:
    return [
        lambda: len(lake[Loan]),
        lambda: lake[Loan].where(days=3).to_dicts(),
        lambda: lake[Reader].top(2, by="loans"),
        lambda: lake[Loan].where(col("days") < 10).through("reader").values("name"),
        lambda: pa.table(lake[Loan].select("days")),
    ]


@pytest.mark.parametrize("at", range(5))
def test_another_export_in_its_place_is_not_mixed_in(loans, tmp_path, at):
    with Lake(loans, models=[Reader, Loan]) as lake:
        questions(lake)[at]()
        shutil.rmtree(loans)
        with Store() as store:
            Reader.insert_all(name=["cat", "dan"])
            Loan.insert_all(reader=[1, 2], days=[3, 4])
            store.to_parquet(loans)
        with pytest.raises(CorruptStoreError, match="has changed since the lake was opened: open it again"):
            questions(lake)[at]()
        with pytest.raises(CorruptStoreError, match="has changed"):
            lake[Loan].select("days").to_parquet(tmp_path / "out.parquet")
        assert not (tmp_path / "out.parquet").exists()
    with Lake(loans, models=[Reader, Loan]) as lake:
        assert len(lake[Loan]) == 2


@pytest.mark.parametrize("at", range(5))
def test_a_folder_that_goes_is_an_error(loans, at):
    with Lake(loans, models=[Reader, Loan]) as lake:
        shutil.rmtree(loans)
        with pytest.raises(CorruptStoreError, match="has gone since the lake was opened"):
            questions(lake)[at]()


def test_a_file_cut_short_while_rows_are_read_ends_in_an_error(loans):
    with Lake(loans, models=[Reader, Loan]) as lake:
        reader = pa.RecordBatchReader.from_stream(lake[Loan].select("days", "id"))
        first = reader.read_next_batch()
        assert len(first) > 0
        (loans / "loans" / "00000.parquet").write_bytes(b"PAR1")
        with pytest.raises((CorruptStoreError, OSError)):
            while True:
                reader.read_next_batch()


def test_other_questions_do_not_end_one_that_is_read(loans):
    with Lake(loans, models=[Reader, Loan]) as lake:
        reader = pa.RecordBatchReader.from_stream(lake[Loan].select("days"))
        rows = len(reader.read_next_batch())
        assert len(lake[Loan]) == ROWS
        rows += sum(len(batch) for batch in reader)
        assert rows == ROWS


def test_an_error_that_comes_late_ends_what_is_read(loans):
    with Lake(loans, models=[Reader, Loan]) as lake:
        asked = lake[Loan].select(x=col("days") * (2**63 // ROWS + 10**9))
        with pytest.raises(OverflowError):
            asked.table()
        with pytest.raises(Exception, match="too large for a row"):
            pa.table(asked)


# ── what is written ──────────────────────────────────────────────────────────────────────────────


def test_a_file_has_its_name_when_it_is_whole(loans, tmp_path):
    out = tmp_path / "o'ut.parquet"
    with Lake(loans, models=[Reader, Loan]) as lake:
        lake[Loan].where(col("days") < 10).select("days").to_parquet(out)
        assert sorted(pq.read_table(out)["days"].to_pylist()) == [*range(10)]
        with pytest.raises(OverflowError):
            lake[Loan].select(x=col("days") * (2**63 // ROWS + 10**9)).to_parquet(out)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["loans", "o'ut.parquet"]
        assert pq.read_table(out).num_rows == 10
        with pytest.raises(OSError):
            lake[Loan].select("days").to_parquet(tmp_path / "nowhere" / "out.parquet")


# ── what is installed ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["2.0.0", "2.1.3", "1.3.2", "0.10.0"])
def test_another_duckdb_is_refused_by_its_version(folder, monkeypatch, version):
    monkeypatch.setattr(duck.duckdb, "__version__", version)
    for opened in (lambda: Lake(folder, models=MODELS), lambda: Lake(folder)):
        with pytest.raises(ImportError, match=rf"works with duckdb>=1\.4,<2, and {version} is installed: pip install"):
            opened()


@pytest.mark.parametrize("version", ["1.4.0", "1.5.6", "1.10.0.dev3"])
def test_versions_that_work_are_taken(folder, monkeypatch, version):
    monkeypatch.setattr(duck.duckdb, "__version__", version)
    with Lake(folder, models=MODELS) as lake:
        assert len(lake[Person]) == len(Person.all()) and len(lake[Rating]) == len(Rating.all())
