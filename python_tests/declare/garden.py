"""Models that refer to each other in every form that a reference can be written in."""
# ruff: noqa: UP045 - Optional is among what is declared here

from typing import Optional

from hasmany import Many, Model, belongs_to, field, has_many


class Garden(Model):
    name: str
    beds: Many["Bed"] = has_many(init=False)
    plants: "Many[Plant]" = has_many(through="beds")


class Bed(Model):
    """Refers to one model before it and one model after it, and to itself."""

    garden: Garden
    plant: "Plant"
    beside: "Bed | None" = belongs_to(on_delete="nullify", default=None)
    after: Optional["Bed"] = belongs_to(default=None)
    under: "Optional[Bed]" = None


class Plant(Model):
    name: str = field(default="moss", unique=True)
    beds: Many[Bed] = has_many()
    gardens: Many[Garden] = has_many(through="beds")
