"""Declares models from a source text."""
# ruff: noqa: S102 - a source text is run

import itertools
import sys
import textwrap
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

MODULES = itertools.count()


@pytest.fixture
def declare(monkeypatch) -> Iterator[Any]:
    """Runs a source text in a new module and gives the module."""

    def run(source: str, module: ModuleType | None = None) -> ModuleType:
        if module is None:
            module = ModuleType(f"declared_{next(MODULES)}")
            monkeypatch.setitem(sys.modules, module.__name__, module)
            exec("from hasmany import Many, Model, User, belongs_to, field, has_many", module.__dict__)
        exec(textwrap.dedent(source), module.__dict__)
        return module

    return run
