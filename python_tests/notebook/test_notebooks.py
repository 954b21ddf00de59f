"""The notebooks of examples/ run, twice in one kernel, and show what they promise."""

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ..places import SHARED, needs
from .books import BOOKS, FOLDER, Shown

nbformat: Any = pytest.importorskip("nbformat")
nbclient: Any = pytest.importorskip("nbclient")
for library in ("ipykernel", "matplotlib", "polars"):
    pytest.importorskip(library, reason=f"the notebooks need {library}")

CHINOOK = SHARED / "data" / "chinook" / "Chinook_Sqlite.sqlite"
SECONDS = 60  # a cell may take


@pytest.fixture(autouse=True)
def nothing_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kernels of this interpreter, without anybody's settings or data."""
    for name in ("CHINOOK", "GOWALLA", "MPLBACKEND"):
        monkeypatch.delenv(name, raising=False)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


def runs(name: str, times: int) -> Iterator[dict[str, list[Any]]]:
    """The outputs of each cell by its id, each time that all cells are run in the same kernel. What raises, raises here."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(FOLDER)}})
    with client.setup_kernel():
        for _ in range(times):
            for at, cell in enumerate(notebook.cells):
                client.execute_cell(cell, at)
            yield {cell.id: list(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"}


def bundles(outputs: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [output.data for each in outputs.values() for output in each if "data" in output]


def texts(outputs: dict[str, list[Any]]) -> dict[str, list[str]]:
    return {
        cell: [output.text if output.output_type == "stream" else output.data["text/plain"] for output in each]
        for cell, each in outputs.items()
    }


def counted(outputs: dict[str, list[Any]]) -> Shown:
    shown = bundles(outputs)
    diagrams = [each for each in shown if {"text/vnd.mermaid", "image/svg+xml"} <= set(each)]
    tables = [each for each in shown if "<td" in each.get("text/html", "")]
    return Shown(len(diagrams), len(tables), sum("image/png" in each for each in shown))


def result(outputs: dict[str, list[Any]], cell: str) -> str:
    return outputs[cell][-1].data["text/plain"]


def test_they_are_all_known():
    assert {file.stem for file in FOLDER.iterdir() if file.suffix == ".ipynb"} == set(BOOKS)


@pytest.mark.parametrize("name", BOOKS)
def test_what_is_kept_has_no_outputs_and_nothing_of_who_wrote_it(name):
    text = (FOLDER / f"{name}.ipynb").read_text("utf-8")
    notebook = nbformat.from_dict(json.loads(text))
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"} and set(notebook.metadata.language_info) == {
        "name"
    }
    assert all(not cell.metadata for cell in notebook.cells)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert all(re.fullmatch("[a-z]+(-[a-z]+)?", cell.id) for cell in notebook.cells), "ids are names, not random"


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_runs_twice_in_one_kernel(name):
    first, second = runs(name, 2)
    for outputs in (first, second):
        assert not [output for each in outputs.values() for output in each if output.output_type == "error"]
        assert not [output for each in outputs.values() for output in each if output.get("name") == "stderr"]
        assert counted(outputs) == BOOKS[name]
    assert texts(first) == texts(second), "the second time, something is there that was not the first time"


@needs(CHINOOK, "the Chinook database")
def test_the_music_may_be_chinook(monkeypatch):
    monkeypatch.setenv("CHINOOK", str(CHINOOK))
    (outputs,) = runs("music", 1)
    assert counted(outputs) == BOOKS["music"]
    assert "275 Artist, 25 Genre, 347 Album, 3503 Track, 18 Playlist, 8715 Entry" in result(outputs, "load")
    assert "59 Customer, 2240 Purchase" in result(outputs, "load")


def test_the_interactions_may_be_files_of_a_folder(monkeypatch, tmp_path):
    chance = np.random.default_rng(3)
    rows = [chance.permutation(50)[:12] for _ in range(40)]
    train = "".join(f"{at} {' '.join(map(str, row[:9]))}\n" for at, row in enumerate(rows))
    test = "".join(f"{at} {' '.join(map(str, row[9:]))}\n" for at, row in enumerate(rows[:-1])) + f"{len(rows) - 1}\n"
    (tmp_path / "train.txt.xz").write_bytes(lzma.compress(train.encode()))
    (tmp_path / "test.txt").write_text(test, "ascii")
    monkeypatch.setenv("GOWALLA", str(tmp_path))
    (outputs,) = runs("interactions", 1)
    assert counted(outputs) == BOOKS["interactions"]
    assert result(outputs, "load") == "<Store in memory: 40 Person, 50 Place, 360 Visit>"
    assert outputs["read"][0].text == "360 visits, and 117 held back\n"
