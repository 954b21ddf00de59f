"""By which field a row is named, and the paths that show the fields of rows."""

from collections.abc import Collection
from typing import Any, NamedTuple

from .._hasmany import Many, Record, models_shown, table_head
from .values import NONE, Cell, cell

_NAMES = ("name", "title", "label")
REFERENCE = "reference"


class Field(NamedTuple):
    """A field of a model."""

    name: str
    type: str
    """Of its values; "reference" for one."""
    unique: bool
    to: int | None
    """Of a reference: the place of its model among those that were asked for with it."""


class Known(NamedTuple):
    """A model, as far as showing its rows needs it."""

    name: str
    key: list[str]
    fields: list[Field]

    def naming(self) -> list[str]:
        """The fields that name a row: its key; else a text called name, title or label; else the first text that is unique, or the
        first. None of them where it has no text."""
        values = {field.name: field for field in self.fields if field.type != REFERENCE}
        if self.key and all(name in values for name in self.key):
            return self.key
        texts = [field for field in values.values() if field.type == "str"]
        named = [field for field in texts if field.name in _NAMES]
        first = named or [field for field in texts if field.unique] or texts
        return [first[0].name] if first else []


def models(of: "Many[Any] | Record") -> list[Known]:
    """The model of a collection's members, or of a record, and then those that its references lead to."""
    return [Known(name, key, [Field(*field) for field in fields]) for name, key, fields in models_shown(of)]


class Columns(NamedTuple):
    """What is asked of rows to show their fields: paths, and how many of them belong to each field."""

    fields: list[tuple[Field, Known | None, int]]
    """Each with the model that a reference leads to, and the number of its paths."""
    paths: list[str]

    @classmethod
    def of(cls, models: list[Known], keyed: Collection[str] = ()) -> "Columns":
        """`keyed` are models whose rows have no ids: a reference to such goes out as the key, which names the row."""
        fields: list[tuple[Field, Known | None, int]] = []
        paths: list[str] = []
        for field in models[0].fields:
            to = models[field.to] if field.type == REFERENCE and field.to is not None else None
            to = None if to is not None and to.name in keyed else to
            own = [field.name] if to is None else [f"{field.name}.{name}" for name in ("id", *to.naming())]
            fields.append((field, to, len(own)))
            paths.extend(own)
        return cls(fields, paths)

    @property
    def names(self) -> list[str]:
        return [field.name for field, _, _ in self.fields]

    def cells(self, values: list[Any]) -> list[Cell]:
        """Of the values of a row, one a path."""
        cells: list[Cell] = []
        at = 0
        for _, to, count in self.fields:
            own = values[at : at + count]
            cells.append(cell(own[0]) if to is None else reference(to, own[0], own[1:]))
            at += count
        return cells


def reference(to: Known, id: int | None, names: list[Any]) -> Cell:
    """A row of another model, by what names it; the id is shown where the pointer rests."""
    if id is None:
        return NONE
    told = [name for name in names if name is not None and name != ""]
    if not told:
        return Cell(f"{to.name} {id}", is_faint=True)
    shown = cell(told[0]) if len(told) == 1 else Cell(", ".join(cell(name).text for name in told))
    full = f": {shown.title}" if shown.title else ""
    return Cell(shown.text, title=f"{to.name} {id}{full}")


def identity(id: int) -> Cell:
    """An id is a name, no amount: it stands as it is written in `find(...)`."""
    return Cell(str(id), is_number=True, is_faint=True)


def names_by_id(many: "Many[Any]") -> dict[int, Cell]:
    """What each member is called. O(members)."""
    known = models(many)[0]
    paths = {str(at): name for at, name in enumerate(known.naming())}
    rows, _ = table_head(many.select("id", **paths), len(many))
    return {row[0]: reference(known, row[0], row[1:]) for row in rows}
