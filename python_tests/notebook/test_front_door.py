"""What `import hasmany` brings with it, and what the package says of itself."""

import subprocess
import sys
from importlib import metadata
from typing import Any

import hasmany
import pytest

# What only some calls need, and what takes long to import.
LATE = [
    "IPython",
    "asyncio",
    "difflib",
    "duckdb",
    "ibis",
    "matplotlib",
    "networkx",
    "pandas",
    "polars",
    "pyarrow",
    "pydantic",
    "scipy",
    "sqlite3",
    "tqdm",
    "hasmany.completing",
    "hasmany.lake",
    "hasmany.plot",
    "hasmany.show",
]


def imported_by(code: str) -> set[str]:
    program = f"import sys, numpy\nbefore = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_an_import_brings_nothing_that_only_some_calls_need():
    found = imported_by("import hasmany")
    assert "hasmany" in found
    assert sorted(found & set(LATE)) == []


def test_using_the_seed_world_brings_no_more():
    found = imported_by("from hasmany import User; u = User('a'); u.like_tweet(u.post_tweet('b')); repr(User.all())")
    assert sorted(found & set(LATE)) == []


def test_showing_brings_no_library():
    found = imported_by("from hasmany import User; User('a')._repr_html_(); User.all()._repr_html_()")
    assert sorted(found & set(LATE)) == ["hasmany.show"]


def test_the_version_is_said_once():
    assert metadata.version("hasmany") == hasmany.__version__


@pytest.fixture(scope="module")
def told() -> Any:
    return metadata.metadata("hasmany")


def test_what_an_index_shows(told):
    assert told["Summary"] and told["Keywords"] and told["License-Expression"] == "MIT OR Apache-2.0"
    assert {"Programming Language :: Rust", "Typing :: Typed", "Framework :: Jupyter"} <= set(
        told.get_all("Classifier")
    )
    assert {"plot", "lake", "test"} <= set(told.get_all("Provides-Extra"))


def test_extras_bring_what_their_pages_say(told):
    wanted = told.get_all("Requires-Dist")
    assert any(each.startswith("matplotlib") and "plot" in each for each in wanted)
