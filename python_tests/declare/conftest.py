"""Declares models from a source text."""
# ruff: noqa: S102 - a source text is run

import textwrap
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def declare(new_module) -> Callable[..., ModuleType]:
    """Runs a source text in a new module and gives the module."""

    def run(source: str, module: ModuleType | None = None) -> ModuleType:
        module = module or new_module()
        exec(textwrap.dedent(source), module.__dict__)
        return module

    return run
