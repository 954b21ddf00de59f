"""No two files of the package need each other, as a checker reads them: imports in functions and for types count."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "python" / "hasmany"


def module_of(path: Path) -> str:
    names = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imported(path: Path, modules: set[str]) -> Iterator[str]:
    """The modules that a file imports; `from folder import file` imports the file."""
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield name if (name := f"{base}.{alias.name}") in modules else base


def test_files_import_each_other_in_no_circle():
    if not PACKAGE.is_dir():
        pytest.skip("the sources are not beside the tests")
    paths = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    imports = {name: {*imported(path, {*paths})} & {*paths} - {name} for name, path in paths.items()}
    assert imports["hasmany.lake.lake"] >= {"hasmany.lake.opened", "hasmany.lake.folder", "hasmany.elsewhere"}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"files that need each other: {' <- '.join(error.args[1])}")
