"""Names of classes, fields and collections from those of tables and columns."""

import keyword
import re
from collections.abc import Collection

from ._hasmany import Record

RESERVED = frozenset(name for name in dir(Record) if not name.startswith("__"))
"""What every record has already."""

NO_FIELDS = RESERVED.union(word for word in keyword.kwlist if word.islower())
"""What no field may be called."""

_CLASSES = frozenset(
    ("Many", "Model", "Record", "Store", "ClassVar", "Optional", "Union", "Annotated", "None", "True", "False")
)
"""What no class may be called: an annotation of the name says something else, or the module that declares it has it already."""

_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
    "geese": "goose",
}
_SAME = ("series", "species", "news", "media", "data", "metadata", "sales")
_IES = ("movies", "cookies", "ties", "pies", "zombies", "calories", "selfies")
_HISSING = ("sses", "shes", "ches", "xes", "zzes", "uses")


def words(name: str) -> list[str]:
    """The words of a name in small letters: "OrderDetails", "order_details" and "Order Details" have two."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[^\W_]+", parts.lower())


def snake(name: str) -> str:
    """A name as fields have it; "x" before what would begin with a digit, and where nothing is left."""
    joined = "_".join(words(name))
    return joined if joined.isidentifier() else f"x{joined}" if f"x{joined}".isidentifier() else "x"


def field_name(name: str, taken: Collection[str]) -> str:
    """The name of a field for a column, none of these."""
    return free(snake(name), [*taken, *NO_FIELDS])


def class_name(table: str, taken: Collection[str]) -> str:
    """The name of a class for a table: its last word in the singular."""
    parts = words(table) or ["table"]
    parts[-1] = singular(parts[-1])
    name = "".join(part[:1].upper() + part[1:] for part in parts)
    return free(name if name.isidentifier() else f"X{name}", [*taken, *_CLASSES])


def free(name: str, taken: Collection[str]) -> str:
    """The name, with "_" or a number where that is taken; SQLite takes capital letters for small ones."""
    small = {other.lower() for other in taken}
    if name.lower() not in small:
        return name
    number = 1
    while (tried := f"{name}_" if number == 1 else f"{name}_{number}").lower() in small:
        number += 1
    return tried


def singular(word: str) -> str:
    """Of an English plural in small letters; the word itself where that is not sure."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word in _SAME or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and word not in _IES and len(word) > 4:
        return word[:-3] + "y"
    return (
        word[:-2]
        if word.endswith(_HISSING) and word not in ("houses", "causes", "uses", "axes", "caches")
        else word[:-1]
    )


def plural(name: str) -> str:
    """Of the last word of a name in small letters; a word that is one already stays."""
    head, _, word = name.rpartition("_")
    return f"{head}_{_plural(word)}" if head else _plural(word)


def _plural(word: str) -> str:
    for many, one in _IRREGULAR.items():
        if word in (many, one):
            return many
    if word in _SAME or (word.endswith("s") and singular(word) != word):
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")
