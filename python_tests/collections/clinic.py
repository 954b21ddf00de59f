"""Doctors who have patients through appointments, and dogs that may have a kennel."""

from hasmany import Many, Model, belongs_to, field, has_many


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    age: int = 0
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor = belongs_to(on_delete="cascade")
    patient: Patient
    reason: str | None = None


class Invoice(Model):
    appointment: Appointment


class Kennel(Model):
    name: str
    dogs: Many["Dog"] = has_many()


class Dog(Model):
    name: str
    kennel: Kennel | None = belongs_to(default=None)


def pairs() -> list[tuple[int, int, int, str | None]]:
    return [(row.id, row.doctor.id, row.patient.id, row.reason) for row in Appointment.all()]
