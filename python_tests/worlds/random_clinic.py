"""Random work on doctors, patients and appointments."""

import pytest
from hasmany import DuplicateError, Many, Model, RestrictError, belongs_to, field, has_many
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from .random_work import World, counted, has_rows, names, numbers, once, plain, several


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    referrals: Many["Appointment"] = has_many(by="referrer")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments", source="doctor")
    referrers: Many["Doctor"] = has_many(through="appointments", source="referrer")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: int = 0
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Clinic(World):
    """Doctors, patients and appointments; a pair may have several; a delete restricts, cascades or nullifies."""

    models = (Doctor, Patient, Appointment)

    @initialize(meetings=st.lists(st.tuples(numbers, numbers, st.none() | numbers), min_size=2, max_size=8))
    def begin_with_some_rows(self, meetings: list[tuple[int, int, int | None]]) -> None:
        for name in "abc":
            self.create_doctor(name)
            self.create_patient(name)
        for at, (doctor, patient, referrer) in enumerate(meetings):
            self.meet(doctor, patient, at, referrer)

    @rule(name=names)
    def create_doctor(self, name: str) -> None:
        self.made(Doctor(name), name=name)

    @rule(name=names)
    def create_patient(self, name: str) -> None:
        there = self.ids(Patient, name=name)
        if there:
            with pytest.raises(DuplicateError) as caught:
                Patient(name)
            assert caught.value.existing == self.handles[Patient][there[0]]
        else:
            self.made(Patient(name), name=name)

    @has_rows(Patient)
    @rule(patient=numbers, name=names)
    def rename_patient(self, patient: int, name: str) -> None:
        renamed = self.pick(Patient, patient)
        if self.ids(Patient, name=name) in ([], [renamed.id]):
            renamed.name = name
            self.rows[Patient][renamed.id]["name"] = name
        else:
            with pytest.raises(DuplicateError):
                renamed.name = name

    @has_rows(Doctor, Patient)
    @rule(doctor=numbers, patient=numbers, at=numbers, referrer=st.none() | numbers)
    def meet(self, doctor: int, patient: int, at: int, referrer: int | None) -> None:
        seen_by, seen = self.pick(Doctor, doctor), self.pick(Patient, patient)
        by = None if referrer is None else self.pick(Doctor, referrer)
        made = Appointment(seen_by, seen, at, by)
        self.made(made, doctor=seen_by.id, patient=seen.id, at=at, referrer=plain(by))

    @has_rows(Doctor, Appointment)
    @rule(appointment=numbers, doctor=numbers)
    def move_to_doctor(self, appointment: int, doctor: int) -> None:
        moved, target = self.pick(Appointment, appointment), self.pick(Doctor, doctor)
        moved.doctor = target
        self.rows[Appointment][moved.id]["doctor"] = target.id

    @has_rows(Patient, Appointment)
    @rule(appointment=numbers, patient=numbers, at=numbers)
    def move_to_patient(self, appointment: int, patient: int, at: int) -> None:
        moved, target = self.pick(Appointment, appointment), self.pick(Patient, patient)
        moved.update(patient=target, at=at)
        self.rows[Appointment][moved.id].update(patient=target.id, at=at)

    @has_rows(Doctor, Appointment)
    @rule(appointment=numbers, referrer=st.none() | numbers)
    def refer(self, appointment: int, referrer: int | None) -> None:
        changed = self.pick(Appointment, appointment)
        by = None if referrer is None else self.pick(Doctor, referrer)
        changed.referrer = by
        self.rows[Appointment][changed.id]["referrer"] = plain(by)

    @has_rows(Appointment)
    @rule(appointment=numbers)
    def delete_appointment(self, appointment: int) -> None:
        gone = self.pick(Appointment, appointment)
        assert gone.delete() == {"Appointment": 1}
        del self.rows[Appointment][gone.id]

    @has_rows(Patient)
    @rule(patient=numbers)
    def delete_patient(self, patient: int) -> None:
        gone = self.pick(Patient, patient)
        counts, along = gone.delete(), self.ids(Appointment, patient=gone.id)
        assert counted(counts) == counted({"Patient": 1, "Appointment": len(along)})
        del self.rows[Patient][gone.id]
        for key in along:
            del self.rows[Appointment][key]

    @has_rows(Doctor)
    @rule(doctor=numbers)
    def delete_doctor(self, doctor: int) -> None:
        gone = self.pick(Doctor, doctor)
        blocked = self.ids(Appointment, doctor=gone.id)
        if blocked:
            with pytest.raises(RestrictError) as caught:
                gone.delete()
            assert caught.value.blockers == {"Appointment": len(blocked)}
        else:
            assert gone.delete() == {"Doctor": 1}
            del self.rows[Doctor][gone.id]
            for key in self.ids(Appointment, referrer=gone.id):
                self.rows[Appointment][key]["referrer"] = None

    @has_rows(Doctor)
    @rule(doctor=numbers, patients=several, at=numbers)
    def add_patients(self, doctor: int, patients: list[int], at: int) -> None:
        seen_by, added = self.pick(Doctor, doctor), self.pick_several(Patient, patients)
        new = [key for key in once([patient.id for patient in added]) if key not in self.patients_of(seen_by.id)]
        if self.met_otherwise(seen_by.id, added, at):
            with pytest.raises(DuplicateError, match=r"another at; change it with \.update\(at="):
                seen_by.patients.add(*added, at=at)
            return
        seen_by.patients.add(*added, at=at)
        self.made_appointments(seen_by, new, at)

    @has_rows(Doctor)
    @rule(doctor=numbers, patients=several, at=numbers)
    def replace_patients(self, doctor: int, patients: list[int], at: int) -> None:
        seen_by, wanted = self.pick(Doctor, doctor), self.pick_several(Patient, patients)
        keys = once([patient.id for patient in wanted])
        new = [key for key in keys if key not in self.patients_of(seen_by.id)]
        if self.met_otherwise(seen_by.id, wanted, at):
            with pytest.raises(DuplicateError):
                seen_by.patients.replace(wanted, at=at)
            return
        seen_by.patients.replace(wanted, at=at)
        for key in self.ids(Appointment, doctor=seen_by.id):
            if self.rows[Appointment][key]["patient"] not in keys:
                del self.rows[Appointment][key]
        self.made_appointments(seen_by, new, at)

    @has_rows(Doctor)
    @rule(doctor=numbers, patients=several)
    def remove_patients(self, doctor: int, patients: list[int]) -> None:
        seen_by, removed = self.pick(Doctor, doctor), self.pick_several(Patient, patients)
        seen_by.patients.remove(*removed)
        for patient in removed:
            for key in self.ids(Appointment, doctor=seen_by.id, patient=patient.id):
                del self.rows[Appointment][key]

    @has_rows(Doctor)
    @rule(doctor=numbers)
    def clear_referrals(self, doctor: int) -> None:
        by = self.pick(Doctor, doctor)
        by.referrals.clear()
        for key in self.ids(Appointment, referrer=by.id):
            self.rows[Appointment][key]["referrer"] = None

    @has_rows(Doctor)
    @rule(doctor=numbers, appointments=several)
    def replace_referrals(self, doctor: int, appointments: list[int]) -> None:
        by, referred = self.pick(Doctor, doctor), self.pick_several(Appointment, appointments)
        by.referrals.replace(referred)
        for key in self.ids(Appointment, referrer=by.id):
            self.rows[Appointment][key]["referrer"] = None
        for appointment in referred:
            self.rows[Appointment][appointment.id]["referrer"] = by.id

    def patients_of(self, doctor: int) -> list[int]:
        return once([self.rows[Appointment][key]["patient"] for key in self.ids(Appointment, doctor=doctor)])

    def met_otherwise(self, doctor: int, patients: list[Patient], at: int) -> bool:
        """Whether one of these patients has appointments with the doctor, but none at this time."""
        times = [
            {self.rows[Appointment][key]["at"] for key in self.ids(Appointment, doctor=doctor, patient=patient.id)}
            for patient in patients
        ]
        return any(met and at not in met for met in times)

    def made_appointments(self, doctor: Doctor, patients: list[int], at: int) -> None:
        """The newest appointments of the doctor are with these patients, in this order."""
        newest = list(doctor.appointments)[len(doctor.appointments) - len(patients) :]
        for appointment, patient in zip(newest, patients, strict=True):
            self.made(appointment, doctor=doctor.id, patient=patient, at=at, referrer=None)

    # both ends

    @invariant()
    def doctors_see_their_rows(self) -> None:
        for key in self.rows[Doctor]:
            doctor = self.handles[Doctor][key]
            self.same(doctor.appointments, Appointment, self.ids(Appointment, doctor=key))
            self.same(doctor.referrals, Appointment, self.ids(Appointment, referrer=key))
            self.same(doctor.patients, Patient, self.patients_of(key))

    @invariant()
    def patients_see_their_rows(self) -> None:
        for key in self.rows[Patient]:
            patient, rows = self.handles[Patient][key], self.rows[Appointment]
            visits = self.ids(Appointment, patient=key)
            referrers = [rows[visit]["referrer"] for visit in visits if rows[visit]["referrer"] is not None]
            self.same(patient.appointments, Appointment, visits)
            self.same(patient.doctors, Doctor, once([rows[visit]["doctor"] for visit in visits]))
            self.same(patient.referrers, Doctor, once(referrers))

    @invariant()
    def names_are_found_by_their_index(self) -> None:
        for name in "abcd":
            assert [plain(Patient.find_by(name=name))] == (self.ids(Patient, name=name) or [None])

    @invariant()
    def rows_are_found_by_their_reference(self) -> None:
        assert Appointment.where(referrer=None).ids.tolist() == self.ids(Appointment, referrer=None)
        for key, doctor in self.handles[Doctor].items():
            if key in self.rows[Doctor]:
                assert Appointment.where(doctor=doctor).ids.tolist() == self.ids(Appointment, doctor=key)
