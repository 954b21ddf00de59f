"""The notebooks of examples/, and what they show."""

from typing import NamedTuple

from ..places import ROOT

FOLDER = ROOT / "examples" / "notebooks"


class Shown(NamedTuple):
    """How many of each."""

    diagrams: int
    tables: int
    pictures: int


BOOKS = {"tour": Shown(1, 12, 2), "music": Shown(1, 8, 2), "interactions": Shown(1, 7, 2)}
