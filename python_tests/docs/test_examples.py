"""What the documentation shows runs: the examples of every docstring, and each page from top to bottom."""

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import hasmany
import pytest

from ..places import ROOT

DOCS = ROOT / "docs"
PAGES = [DOCS / "your-data.md", DOCS / "notebooks.md"]
LAKES = DOCS / "past-one-machine.md"
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def public() -> Iterator[tuple[str, Any]]:
    """The public names of the package, and the public methods and properties of its classes."""
    names = getattr(hasmany, "__all__", None) or [name for name in dir(hasmany) if not name.startswith("_")]
    for name in names:
        item = getattr(hasmany, name)
        if inspect.ismodule(item) or not (inspect.isroutine(item) or inspect.isclass(item)):
            continue
        yield name, item
        if inspect.isclass(item):
            # Sorted: the attributes of a native class stand in another order in each process, and workers of xdist must collect
            # the same tests.
            members = sorted(vars(item).items(), key=lambda pair: pair[0])
            yield from ((f"{name}.{member}", value) for member, value in members if is_public(member, value))


def is_public(name: str, value: Any) -> bool:
    return not name.startswith("_") and (
        isinstance(value, (property, staticmethod, classmethod))
        or inspect.isroutine(value)
        or inspect.isdatadescriptor(value)
    )


def docstring(item: Any) -> str:
    return inspect.cleandoc(getattr(item, "__doc__", None) or "")


PUBLIC = {"hasmany": hasmany, **dict(public())}
WITH_EXAMPLES = [name for name, item in PUBLIC.items() if ">>>" in docstring(item)]


@pytest.fixture
def namespace(request, monkeypatch) -> dict[str, Any]:
    """The namespace of a new module, with the public names of the package."""
    module = ModuleType(re.sub(r"\W", "_", request.node.name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    module.__dict__.update({name: item for name, item in PUBLIC.items() if "." not in name})
    return module.__dict__


def test_there_are_examples_to_run():
    assert WITH_EXAMPLES


def test_they_are_found_in_one_order_in_every_process():
    program = "from python_tests.docs.test_examples import PUBLIC; print(*PUBLIC)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(PUBLIC)


@pytest.mark.parametrize("name", list(PUBLIC))
def test_every_public_item_has_a_docstring(name):
    assert docstring(PUBLIC[name])


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_docstring_run(name, namespace):
    example = doctest.DocTestParser().get_doctest(docstring(PUBLIC[name]), {}, name, None, 0)
    example.globs = namespace
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append, clear_globs=False)
    assert result.attempted > 0
    assert result.failed == 0, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_runs_from_top_to_bottom(page, namespace, tmp_path, monkeypatch):
    blocks = list(re.finditer(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE))
    assert blocks
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        line = block.string[: block.start(1)].count("\n")
        exec(compile("\n" * line + block[1], str(page), "exec"), namespace)  # noqa: S102 - the pages are ours


def test_the_page_on_lakes_runs_from_top_to_bottom(namespace, tmp_path, monkeypatch):
    pytest.importorskip("ibis", reason="hasmany.lake needs ibis")
    monkeypatch.chdir(tmp_path)
    page = re.sub(r"^```\w*\n", "", LAKES.read_text("utf-8"), flags=re.MULTILINE)
    example = doctest.DocTestParser().get_doctest(page, namespace, "lakes", str(LAKES), 0)
    example.globs = namespace
    report: list[str] = []
    result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=report.append, clear_globs=False)
    assert result.attempted > 20
    assert result.failed == 0, "".join(report)


def test_the_examples_of_lakes_run():
    lake = pytest.importorskip("hasmany.lake", reason="hasmany.lake needs ibis", exc_type=ImportError)
    result = doctest.testmod(lake, optionflags=OPTIONS)
    assert (result.attempted > 5, result.failed) == (True, 0)
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    for name in ("Lake", "LakeRankings"):
        (example, *_) = doctest.DocTestFinder().find(getattr(lake, name), name, globs={})
        assert runner.run(example).failed == 0
