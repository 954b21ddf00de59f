"""What the package shows: the public names, each with words about it, and nothing else."""

import re
import rlcompleter
from typing import Any, Literal, get_origin

import hasmany
import pytest

from ..places import ROOT


def without_dunders(names: list[str]) -> list[str]:
    return sorted(name for name in names if not name.startswith("__"))


PUBLIC = without_dunders(hasmany.__all__)


def is_literal_alias(item: Any) -> bool:
    return get_origin(item) is Literal


def test_dir_is_what_users_may_use():
    assert without_dunders(dir(hasmany)) == PUBLIC
    assert set(hasmany.__all__) <= set(dir(hasmany))


def test_completion_offers_what_users_may_use():
    completer = rlcompleter.Completer({"hasmany": hasmany})
    offered = [offer.rstrip("()").removeprefix("hasmany.") for offer in completer.attr_matches("hasmany.")]
    assert without_dunders(offered) == PUBLIC


def test_what_dir_gives_is_a_copy():
    hasmany.__dir__().clear()
    assert without_dunders(dir(hasmany)) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_is_described(name):
    item = getattr(hasmany, name)
    assert is_literal_alias(item) or (item.__doc__ or "").strip()


def test_the_reference_has_every_name_once():
    page = (ROOT / "docs" / "reference.md").read_text("utf-8")
    assert sorted(re.findall(r"^::: hasmany\.([A-Z]?\w*)$", page, re.MULTILINE)) == sorted([*PUBLIC, "lake", "plot"])
