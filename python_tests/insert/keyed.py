"""Models with natural keys: a unique field, or a unique tuple."""

from itertools import count
from typing import Any

from hasmany import Many, Model, belongs_to, field, has_many

numbering = count()


class Doctor(Model):
    name: str = field(unique=True)
    city: str = "Leiden"
    number: int = field(default_factory=lambda: next(numbering))
    visits: Many["Visit"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="visits")


class Patient(Model):
    name: str = field(unique=True)
    visits: Many["Visit"] = has_many()
    doctors: Many["Doctor"] = has_many(through="visits", source="doctor")


class Visit(Model, unique=("doctor", "patient")):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    cost: int = 0
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Town(Model, unique=("name", "country")):
    name: str
    country: str
    people: Many["Person"] = has_many()


class Person(Model):
    name: str = field(unique=True)
    town: Town | None = belongs_to(default=None)
    boss: "Person | None" = belongs_to(default=None)
    staff: Many["Person"] = has_many()


def pairs(visits: Any) -> list[tuple[str, str]]:
    return [(visit.doctor.name, visit.patient.name) for visit in visits]
