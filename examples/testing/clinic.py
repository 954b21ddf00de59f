"""What is tested: doctors, patients, and a rule about their appointments."""

from hasmany import Many, Model, Store, belongs_to, field, has_many


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    hour: int


class Busy(Exception):
    """The doctor has somebody else at that hour."""


def book(doctor: Doctor, name: str, hour: int) -> Appointment:
    """An appointment for a patient, who is made where nobody has that name."""
    if doctor.appointments.find_by(hour=hour):
        raise Busy(f"{doctor.name} is busy at {hour}")
    return Appointment(doctor, Patient.find_or_create(name=name), hour)


def move(doctor: Doctor, to: Doctor) -> None:
    """Gives all appointments of a doctor to another one: all of them, or none."""
    with Store.of(doctor).transaction():
        for appointment in doctor.appointments:
            if to.appointments.find_by(hour=appointment.hour):
                raise Busy(f"{to.name} is busy at {appointment.hour}")
            appointment.doctor = to
