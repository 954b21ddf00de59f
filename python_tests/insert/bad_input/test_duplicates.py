"""Duplicates, of the store or of the same call, are named with their row."""

import numpy as np
from hasmany import DuplicateError

from .world import Doctor, Patient, Visit, refused


def test_a_duplicate_of_the_store_is_named(w):
    with refused(DuplicateError, "Visit", "doctor", "patient", row=3) as caught:
        Visit.insert_all(doctor=w.house, patient=[w.ben, w.cid, w.dee, w.ann])
    assert caught.value.existing == w.visit
    with refused(DuplicateError, "Patient", "name", row=1) as caught:
        Patient.insert_all(name=["New", "Ann"])
    assert caught.value.existing == w.ann


def test_a_duplicate_of_the_same_call_is_named(w):
    with refused(DuplicateError, "doctor", "patient", row=3) as caught:
        Visit.insert_all(doctor=[w.house, w.house, w.wilson, w.house], patient=[w.ben, w.cid, w.ben, w.ben])
    assert caught.value.existing is None
    with refused(DuplicateError, "name", row=2) as caught:
        Patient.insert_all(name=["New", "Newer", "New"])
    assert caught.value.existing is None


def test_a_duplicate_among_many_rows_is_named(w):
    names = [f"new {n}" for n in range(5000)]
    names[4321] = names[1234]
    with refused(DuplicateError, row=4321) as caught:
        Patient.insert_all(name=names)
    assert caught.value.existing is None
    names[4321] = "Ben"
    with refused(DuplicateError, row=4321) as caught:
        Patient.insert_all(name=np.array(names))
    assert caught.value.existing == w.ben


def test_a_duplicate_pair_among_many_rows_is_named(w):
    doctors = Doctor.insert_all(name=[str(n) for n in range(100)])
    patients = Patient.insert_all(name=[str(n) for n in range(100)])
    grid = [(doctor, patient) for doctor in doctors.ids.tolist() for patient in patients.ids.tolist()]
    grid[9000] = grid[77]
    doctor, patient = np.array(grid).T
    with refused(DuplicateError, row=9000) as caught:
        Visit.insert_all(doctor=doctor, patient=patient)
    assert caught.value.existing is None
    kept = Visit(*(model.find(id) for model, id in zip((Doctor, Patient), grid[5000], strict=True)))
    rest = np.delete(np.arange(10_000), 9000)
    with refused(DuplicateError, row=5000) as caught:
        Visit.insert_all(doctor=doctor[rest], patient=patient[rest])
    assert caught.value.existing == kept
    assert len(Visit.insert_all(doctor=doctor, patient=patient, on_conflict="skip")) == 9998
