"""Doctors and patients, each of whom has the other through appointments."""

from hasmany import Many, Model, has_many


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")
    colleagues: Many["Patient"] = has_many(through="doctors", source="patients")


class Appointment(Model):
    doctor: Doctor
    patient: Patient
