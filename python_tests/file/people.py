"""Versions of the class of a person, some of whom have pets."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .files import rows

Declare = Callable[..., Any]

PERSON = """
    class Person(Model):
        name: str
        age: int = 30
        nickname: str | None = None
"""

PETS = """
    class Person(Model):
        name: str
        pets: Many["Pet"] = has_many()

    class Pet(Model):
        name: str
        owner: Person = belongs_to(on_delete={on_delete!r})
"""

UNIQUE = PERSON.replace("name: str\n", "name: str = field(unique=True)\n")

NARROW = "class Person(Model):\n    name: str\n"


def uniqueness(path: Path, table: str) -> list[bool]:
    """For each index of a table, whether it is unique."""
    return [bool(unique) for _, _, unique, *_ in rows(path, f"pragma index_list({table})")]
