"""What `insert_all` refuses: with the error that fits, the row, the field and the value; and nothing is created."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hasmany import (
    DeletedError,
    DuplicateError,
    FieldError,
    HasManyError,
    Like,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)

from ..libraries import pyarrow

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
NAN = float("nan")
NONE_OR_MISFIT = (FieldError, TypeError)
BAD_CALL = (ValueError, TypeError)


class Doctor(Model):
    name: str
    city: str = "Leiden"
    visits: Many["Visit"] = has_many(by="doctor")
    patients: Many["Patient"] = has_many(through="visits")


class Patient(Model):
    name: str = field(unique=True)
    age: int | None = None
    visits: Many["Visit"] = has_many()


class Visit(Model, unique=("doctor", "patient")):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None
    cost: int = 0
    note: str | None = None
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


class Nickname(Model):
    username: str
    short: str


@pytest.fixture
def w() -> SimpleNamespace:
    """Doctors 1 and 2, patients 1 to 4 and a visit; doctor 3 and patient 5 were deleted."""
    house, wilson, gone = Doctor("House"), Doctor("Wilson"), Doctor("Gone")
    ann, ben, cid, dee, dead = (Patient(name) for name in ("Ann", "Ben", "Cid", "Dee", "Dead"))
    visit = Visit(house, ann, NOON, 5, "flu", wilson)
    gone.delete()
    dead.delete()
    patients = [ann, ben, cid, dee]
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    return SimpleNamespace(**locals())


def dump() -> list[Any]:
    """Every row with its fields, and every collection of every row: the relationships from both ends."""
    return [
        [(d.id, d.name, list(d.visits), list(d.patients)) for d in Doctor.all()],
        [list(Visit.where(referrer=d)) for d in Doctor.all()],
        [(p.id, p.name, p.age, list(p.visits)) for p in Patient.all()],
        [(v.id, v.doctor, v.patient, v.at, v.cost, v.note, v.referrer) for v in Visit.all()],
        [(u.id, u.username, list(u.tweets), list(u.liked_tweets)) for u in User.all()],
        [(t.id, t.message, list(t.likers)) for t in Tweet.all()],
        [(x.id, x.user, x.tweet) for x in Like.all()],
        [Patient.find_by(name=name) for name in ("Ann", "Ben", "Cid", "Dee", "Dead", "New")],
        [Visit.find_by(doctor=d, patient=p) for d in Doctor.all() for p in Patient.all()],
        {name: rows for name, rows in Store.current().stats().rows.items() if rows},
    ]


@contextmanager
def refused(error: Any, *words: str, row: int | None = None) -> Iterator[Any]:
    """The block raises this error, its message has these words and names the row, and the store is as before."""
    before, heard = dump(), []
    stop = Store.current().on_commit(heard.append)
    with pytest.raises(error, match=None if row is None else rf"\brow {row}\b") as caught:
        yield caught
    stop()
    for word in words:
        assert word in str(caught.value)
    assert dump() == before
    assert heard == []
    Store.current().check()


# ── the shape of the call ─────────────────────────────────────────────────────────────────────────


def test_columns_of_unequal_length_are_refused_with_both_lengths(w):
    with refused(BAD_CALL, "3", "2"):
        Patient.insert_all(name=["x", "y", "z"], age=[1, 2])
    with refused(BAD_CALL, "4", "2"):
        Visit.insert_all(doctor=Doctor.all(), patient=np.array([1, 2, 3, 4]))
    with refused(BAD_CALL, "0", "2"):
        Patient.insert_all(name=["x", "y"], age=[])
    with refused(BAD_CALL, "1", "2"):
        Patient.insert_all(name=["x", "y"], age=[1])


def test_a_table_and_a_keyword_of_unequal_length_are_refused(w):
    with refused(BAD_CALL, "2", "3"):
        Patient.insert_all(pyarrow().table({"name": ["x", "y"]}), age=[1, 2, 3])
    with refused(BAD_CALL, "1", "3"):
        Nickname.insert_all(User.all(), short=["a", "b", "c"])


def test_an_unknown_column_is_a_schema_error_that_names_the_nearest(w):
    with refused(SchemaError, "nmae", "name"):
        Patient.insert_all(nmae=["x"])
    with refused(SchemaError, "aeg", "age"):
        Patient.insert_all({"name": ["x"], "aeg": [1]})
    with refused(SchemaError, "pateint", "patient"):
        Visit.insert_all(pyarrow().table({"doctor": [1], "pateint": [2]}))
    with refused(SchemaError, "usr", "user"):
        Like.insert_all(usr=[1], tweet=[1])


def test_an_unknown_column_is_refused_where_there_are_no_rows_too(w):
    with refused(SchemaError, "nmae", "name"):
        Patient.insert_all(nmae=[])


def test_an_unknown_dotted_column_is_a_schema_error_that_names_the_nearest(w):
    with refused(SchemaError, "pateint", "patient"):
        Visit.insert_all({"doctor": [1], "pateint.name": ["Ben"]})
    with refused(SchemaError, "nmae", "name"):
        Visit.insert_all({"doctor": [1], "patient.nmae": ["Ben"]})
    with refused(SchemaError, "name"):
        Patient.insert_all({"name.first": ["x"]})


@pytest.mark.parametrize("name", ["", ".", "patient.", ".name", "patient..name", "\x00", "\ud800", "x" * 10_000, "%s"])
def test_a_hostile_column_is_a_schema_error(w, name):
    with refused(SchemaError):
        Visit.insert_all({"doctor": [1], "patient": [2], name: ["x"]})


def test_a_column_that_is_a_collection_of_the_model_is_a_type_error(w):
    with refused(TypeError, "visits"):
        Patient.insert_all(name=["x"], visits=[[]])


def test_a_name_of_a_column_is_text(w):
    with refused(TypeError):
        Patient.insert_all({1: ["x"]})
    with refused(TypeError):
        Patient.insert_all({"name": ["x"], None: [1]})


def test_an_absent_required_column_is_a_type_error(w):
    with refused(TypeError, "Visit needs patient"):
        Visit.insert_all(doctor=[1])
    with refused(TypeError, "Patient needs name"):
        Patient.insert_all(age=[1, 2])


def test_ids_are_given_by_the_store(w):
    for call in (
        lambda: Patient.insert_all(id=[9], name=["x"]),
        lambda: Patient.insert_all({"id": [9], "name": ["x"]}),
        lambda: Patient.insert_all(pyarrow().table({"id": [9], "name": ["x"]})),
        lambda: Patient.insert_all({"name": ["x"]}, id=9),
    ):
        with refused(SchemaError, "id", "store"):
            call()


def test_rows_as_dicts_are_a_type_error_that_says_to_pass_columns(w):
    with refused(TypeError, "column"):
        Patient.insert_all([{"name": "x", "age": 1}, {"name": "y", "age": 2}])


@pytest.mark.parametrize(
    "data", [5, "name", b"name", 1.5, object(), ["x"], ("x",), {"name"}, User, NOON, np.array([1, 2]), iter(["x"])]
)
def test_data_that_has_no_columns_is_a_type_error(w, data):
    with refused(TypeError):
        Patient.insert_all(data)


def test_a_record_is_no_data(w):
    with refused(TypeError):
        Patient.insert_all(w.ann)


def test_one_name_twice_in_a_table_is_a_type_error(w):
    pa = pyarrow()
    with refused(TypeError, "name"):
        Patient.insert_all(pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], ["name", "name"]))


@pytest.mark.parametrize("column", [{"x": 1}, object(), int, lambda: [1], 1j])
def test_what_is_no_column_and_no_value_is_a_type_error(w, column):
    with refused(TypeError, "age"):
        Patient.insert_all(name=["x", "y"], age=column)


# ── values ────────────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_value_is_named_with_its_row_and_field(w):
    names = [f"new {n}" for n in range(5)]
    with refused(TypeError, "Patient.age", "int", "str", row=3) as caught:
        Patient.insert_all(name=names, age=[1, 2, None, "old", 5])
    assert not isinstance(caught.value, HasManyError)
    with refused(FieldError, "Patient.age", str(2**63), row=3):
        Patient.insert_all(name=names, age=[1, 2, None, 2**63, 5])
    with refused(FieldError, "Patient.age", str(2**64 - 1), row=4):
        Patient.insert_all(name=names, age=np.array([1, 2, 3, 4, 2**64 - 1], np.uint64))
    with refused(NONE_OR_MISFIT, "Patient.age", "1.5", row=3):
        Patient.insert_all(name=names, age=[1, 2.0, None, 1.5, 5])
    with refused(FieldError, "Patient.name", "ud800", row=3):
        Patient.insert_all(name=["a", "b", "c", "\ud800", "e"])


def test_the_first_row_is_row_0(w):
    with refused(TypeError, row=0):
        Patient.insert_all(name=["x", "y"], age=["old", 1])
    with refused(NotFoundError, row=0):
        Visit.insert_all(doctor=[99], patient=[2])


def test_a_wrong_scalar_is_refused(w):
    with refused(TypeError, "Patient.age", "int", "str"):
        Patient.insert_all(name=["x", "y"], age="old")
    with refused(TypeError, "Patient.age", "bool"):
        Patient.insert_all(name=["x", "y"], age=True)
    with refused(FieldError, "Patient.age", str(2**63)):
        Patient.insert_all(name=["x", "y"], age=2**63)
    with refused(TypeError, "Visit.doctor", "Doctor", "Patient"):
        Visit.insert_all(doctor=w.ann, patient=w.patients)
    with refused(NotFoundError, "99"):
        Visit.insert_all(doctor=99, patient=w.patients)
    with refused(DeletedError, "Doctor 3"):
        Visit.insert_all(doctor=w.gone, patient=w.patients)


def test_a_long_value_is_not_shown_in_full(w):
    with refused(FieldError, row=1) as caught:
        Patient.insert_all(name=["x", "\ud800" * 100_000])
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    "column",
    [
        ["x", "y", "z", None],
        np.array(["x", "y", "z", None], object),
        lambda: pyarrow().array(["x", "y", "z", None]),
        lambda: pyarrow().chunked_array([["x", "y"], ["z", None]]),
        lambda: pyarrow().array(["x", "y", "z", None], pyarrow().string_view()),
        lambda: pyarrow().array(["x", "y", "z", None]).dictionary_encode(),
        lambda: pytest.importorskip("polars").Series(["x", "y", "z", None]),
        lambda: pytest.importorskip("pandas", "3").Series(["x", "y", "z", None]),
    ],
)
def test_none_in_a_required_field_is_refused_with_its_row(w, column):
    with refused(NONE_OR_MISFIT, "Patient.name", row=3):
        Patient.insert_all(name=column() if callable(column) else column)


def test_none_for_all_rows_of_a_required_field_is_refused(w):
    with refused(NONE_OR_MISFIT, "Patient.name"):
        Patient.insert_all(name=None, age=[1, 2])


def test_nan_in_a_required_field_is_a_field_error_with_its_row(w):
    with refused(FieldError, "Visit.cost", row=1):
        Visit.insert_all(doctor=w.house, patient=[2, 3], cost=[1, NAN])
    with refused(FieldError, "Visit.cost", row=1):
        Visit.insert_all(doctor=w.house, patient=[2, 3], cost=np.array([1, NAN]))


# ── ids ───────────────────────────────────────────────────────────────────────────────────────────


ID_COLUMNS: list[Callable[[list[Any]], Any]] = [
    lambda ids: ids,
    lambda ids: np.array(ids),
    lambda ids: np.array(ids, float),
    lambda ids: pyarrow().array(ids),
    lambda ids: pyarrow().chunked_array([ids[:2], ids[2:]]),
    lambda ids: pytest.importorskip("polars").Series(ids),
    lambda ids: pytest.importorskip("pandas", "3").Series(ids),
]
CARRIERS = ["list", "array", "floats", "arrow", "chunks", "polars", "pandas"]


@pytest.mark.parametrize("column", ID_COLUMNS, ids=CARRIERS)
@pytest.mark.parametrize("wrong", [0, -1, 6, 99, 2**31, 2**32 + 1, 2**40, -(2**40)])
def test_an_id_that_never_was_is_a_not_found_error(w, column, wrong):
    for name in ("doctor", "referrer"):
        given = {"doctor": w.wilson, "patient": w.patients, name: column([2, 1, 1, wrong])}
        with refused(NotFoundError, f"Visit.{name}", str(wrong), row=3) as caught:
            Visit.insert_all(given)
        assert not isinstance(caught.value, DeletedError)


@pytest.mark.parametrize("wrong", [2**63 - 1, -(2**63), 2**63, 2**64, -(2**64)])
def test_an_id_of_any_size_is_refused(w, wrong):
    with refused((NotFoundError, FieldError), row=1):
        Visit.insert_all(doctor=[1, wrong], patient=w.patients[1:3])
    if 0 <= wrong < 2**64:
        with refused((NotFoundError, FieldError), row=1):
            Visit.insert_all(doctor=np.array([1, wrong], np.uint64), patient=w.patients[1:3])


@pytest.mark.parametrize("column", ID_COLUMNS, ids=CARRIERS)
def test_the_id_of_a_deleted_row_is_a_deleted_error(w, column):
    for name in ("doctor", "referrer"):
        given = {"doctor": w.wilson, "patient": w.patients, name: column([2, 1, 1, 3])}
        with refused(DeletedError, "Doctor 3", row=3):
            Visit.insert_all(given)


def test_the_id_of_a_row_that_was_deleted_and_squeezed_out_is_a_deleted_error(w, store):
    crowd = [Doctor(f"crowd {n}") for n in range(400)]
    for doctor in crowd[:-1]:
        doctor.delete()
    store.compact()
    with refused(DeletedError, f"Doctor {crowd[100].id}", row=1):
        Visit.insert_all(doctor=[crowd[-1].id, crowd[100].id], patient=w.patients[1:3])
    with refused(NotFoundError, row=1) as caught:
        Visit.insert_all(doctor=[crowd[-1].id, crowd[-1].id + 1], patient=w.patients[1:3])
    assert not isinstance(caught.value, DeletedError)


def test_a_deleted_record_is_a_deleted_error(w):
    with refused(DeletedError, "Doctor 3", row=1):
        Visit.insert_all(doctor=[w.house, w.gone], patient=w.patients[1:3])
    with refused(DeletedError, "Patient 5", row=0):
        Visit.insert_all(doctor=w.house, patient=[w.dead])


def test_a_row_of_a_rolled_back_transaction_is_not_there(w, store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        doctor = Doctor("Undone")
        raise ZeroDivisionError
    with refused((DeletedError, NotFoundError), row=0):
        Visit.insert_all(doctor=[doctor], patient=[w.ben])
    with refused((DeletedError, NotFoundError), row=0):
        Visit.insert_all(doctor=[doctor.id], patient=[w.ben])


@pytest.mark.parametrize(
    "column",
    [
        [1, 2, NAN],
        np.array([1, 2, NAN]),
        np.array([1, 2, NAN], np.float32),
        [1, 2, None],
        [1, 2, np.float64("nan")],
        lambda: pyarrow().array([1, 2, None]),
        lambda: pyarrow().array([1.0, 2.0, NAN]),
        lambda: pytest.importorskip("polars").Series([1, 2, None]),
        lambda: pytest.importorskip("pandas", "3").Series([1, 2, None]),
    ],
)
def test_nan_or_none_where_an_id_belongs_is_refused(w, column):
    with refused(NONE_OR_MISFIT, "Visit.doctor", row=2):
        Visit.insert_all(doctor=column() if callable(column) else column, patient=w.patients[1:])


def test_nan_where_an_id_belongs_is_a_field_error(w):
    with refused(FieldError, "Visit.doctor", row=2):
        Visit.insert_all(doctor=np.array([1, 2, NAN]), patient=w.patients[1:])
    with refused(FieldError, "Visit.doctor", row=2):
        Visit.insert_all(doctor=[1, 2, NAN], patient=w.patients[1:])


@pytest.mark.parametrize("column", [["House", "Wilson"], [b"1", b"2"], [True, True], [[1], [2]], [{}, {}], [1j, 2j]])
def test_what_is_no_id_is_a_type_error(w, column):
    with refused(TypeError, "Visit.doctor"):
        Visit.insert_all(doctor=column, patient=w.patients[1:3])


def test_a_record_of_another_model_is_a_type_error_that_names_the_row(w):
    with refused(TypeError, "Visit.doctor", "Doctor", "Patient", row=1):
        Visit.insert_all(doctor=[w.house, w.ann], patient=w.patients[1:3])
    with refused(TypeError, "Visit.doctor", "Doctor", "Patient"):
        Visit.insert_all(doctor=Patient.all()[:2], patient=w.patients[1:3])


# ── duplicates ────────────────────────────────────────────────────────────────────────────────────


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


# ── natural keys ──────────────────────────────────────────────────────────────────────────────────


def test_a_natural_key_that_is_not_there_is_a_not_found_error(w):
    with refused(NotFoundError, "patient", "name", "Zoe", row=1):
        Visit.insert_all({"doctor": [1, 1], "patient.name": ["Ben", "Zoe"]})


def test_a_natural_key_of_a_deleted_row_is_not_found(w):
    with refused(NotFoundError, "Dead", row=0):
        Visit.insert_all({"doctor": [1], "patient.name": ["Dead"]})


def test_a_natural_key_that_is_not_unique_is_a_schema_error(w):
    with refused(SchemaError, "Doctor.name", "unique"):
        Visit.insert_all({"doctor.name": ["House"], "patient": [2]})
    with refused(SchemaError, "Doctor.name", "unique"):
        Visit.insert_all({"doctor.name": ["New"], "patient": [2]}, create_missing=True)


def test_a_reference_and_its_natural_key_are_refused(w):
    for call in (
        lambda: Visit.insert_all({"doctor": [1], "patient": [2], "patient.name": ["Ben"]}),
        lambda: Visit.insert_all({"doctor": [1], "patient.name": ["Ben"]}, patient=[2]),
        lambda: Visit.insert_all({"doctor": [1], "patient.name": ["New"]}, patient=2, create_missing=True),
    ):
        with refused(TypeError, "patient", "patient.name"):
            call()


def test_a_natural_key_of_the_wrong_type_is_a_type_error(w):
    with refused(TypeError, "atient.name", "str", "int", row=1):
        Visit.insert_all({"doctor": [1, 1], "patient.name": ["Ben", 7]})
    with refused(TypeError, "atient.name"):
        Visit.insert_all({"doctor": [1, 1], "patient.name": np.array([1, 2])}, create_missing=True)


def test_none_as_the_natural_key_of_a_required_reference_is_refused(w):
    for column in (["Ben", None], pyarrow().array(["Ben", None]), ["Ben", NAN]):
        for create_missing in (False, True):
            with refused(NONE_OR_MISFIT, "patient", row=1):
                Visit.insert_all({"doctor": [1, 1], "patient.name": column}, create_missing=create_missing)


def test_an_error_elsewhere_creates_no_missing_row(w):
    with refused(NotFoundError, row=1):
        Visit.insert_all({"doctor": [1, 99], "patient.name": ["New", "Newer"]}, create_missing=True)
    with refused(TypeError, row=2):
        Visit.insert_all({"doctor": 1, "patient.name": ["New", "Newer", 5]}, create_missing=True)
    with refused(DuplicateError, row=2):
        Visit.insert_all({"doctor": 1, "patient.name": ["New", "Newer", "New"]}, create_missing=True)
    with refused(TypeError, row=1):
        Visit.insert_all({"doctor": 1, "patient.name": ["New", "Newer"], "cost": [1, "x"]}, create_missing=True)


# ── broken Arrow data ─────────────────────────────────────────────────────────────────────────────


def broken_text(of: str, parts: list[bytes]) -> Any:
    """An Arrow array of text that is no UTF-8, which pyarrow lets one build."""
    pa = pyarrow()
    if of == "string_view":
        views = b"".join(len(part).to_bytes(4, "little") + part.ljust(12, b"\x00") for part in parts)
        return pa.Array.from_buffers(pa.string_view(), len(parts), [None, pa.py_buffer(views)])
    if of == "dictionary":
        return pa.DictionaryArray.from_arrays(pa.array(range(len(parts))), broken_text("string", parts))
    width = np.int64 if of == "large_string" else np.int32
    offsets = np.cumsum([0, *map(len, parts)], dtype=width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(parts))]
    return pa.Array.from_buffers(getattr(pa, of)(), len(parts), buffers)


@pytest.mark.parametrize("of", ["string", "large_string", "string_view", "dictionary"])
@pytest.mark.parametrize("bad", [b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"])
def test_text_that_is_no_utf8_is_refused(w, of, bad):
    column = broken_text(of, [b"ok", "h\u00e9".encode(), b"", bad, b"fine"])
    patients = [*w.patients, Patient("Eve")]
    with refused(FieldError, "Patient.name", row=3):
        Patient.insert_all(name=column)
    with refused(FieldError, "Visit.note", row=3):
        Visit.insert_all(doctor=w.wilson, patient=patients, note=column)
    with refused(FieldError, "atient.name", row=3):
        Visit.insert_all({"doctor": w.wilson, "patient.name": column}, create_missing=True)


@pytest.mark.parametrize("of", ["string", "large_string"])
def test_text_that_is_no_utf8_by_itself_but_is_when_joined_is_refused(w, of):
    with refused(FieldError, "Patient.name", row=0):
        Patient.insert_all(name=broken_text(of, [b"\xc3", b"\xa9"]))


def test_text_that_is_no_utf8_in_a_table_is_refused(w):
    with refused(FieldError, "Patient.name", row=1):
        Patient.insert_all(pyarrow().table({"name": broken_text("string", [b"ok", b"\xff"])}))


def test_a_stream_that_fails_half_way_creates_nothing(w):
    pa = pyarrow()

    def batches() -> Iterator[Any]:
        yield pa.record_batch({"name": ["New", "Newer"]})
        raise ValueError("the disk is gone")

    reader = pa.RecordBatchReader.from_batches(pa.schema({"name": pa.string()}), batches())
    with refused(Exception, "the disk is gone"):
        Patient.insert_all(reader)


def test_a_stream_that_fails_at_once_creates_nothing(w):
    pa = pyarrow()

    def batches() -> Iterator[Any]:
        raise ValueError("no disk")
        yield

    reader = pa.RecordBatchReader.from_batches(pa.schema({"name": pa.string()}), batches())
    with refused(Exception, "no disk"):
        Patient.insert_all(reader)


def test_a_stream_that_yields_no_batch_creates_nothing(w):
    pa = pyarrow()
    before = dump()
    reader = pa.RecordBatchReader.from_batches(pa.schema({"name": pa.string()}), [])
    assert Patient.insert_all(reader) == []
    assert dump() == before
    with refused(SchemaError, "nmae"):
        Patient.insert_all(pa.RecordBatchReader.from_batches(pa.schema({"nmae": pa.string()}), []))


def test_a_stream_of_empty_batches_creates_nothing(w):
    pa = pyarrow()
    before = dump()
    batch = pa.record_batch({"name": pa.array([], pa.string())})
    assert Patient.insert_all(pa.RecordBatchReader.from_batches(batch.schema, [batch] * 3)) == []
    assert dump() == before


def test_the_row_of_an_error_is_counted_over_all_batches(w):
    pa = pyarrow()
    batches = [pa.record_batch({"name": [f"{n} a", f"{n} b"], "age": [1, 2**63 if n == 2 else 1]}) for n in (0, 1)]
    schema = pa.schema({"name": pa.string(), "age": pa.uint64()})
    last = pa.record_batch({"name": ["x", "y"], "age": pa.array([1, 2**63], pa.uint64())}, schema=schema)
    batches = [batch.cast(schema) for batch in batches]
    with refused(FieldError, "Patient.age", str(2**63), row=5):
        Patient.insert_all(pa.RecordBatchReader.from_batches(schema, [*batches, last]))
    with refused(NotFoundError, "99", row=4):
        Visit.insert_all(doctor=pa.chunked_array([[1, 1], [], [1, 1, 99]]), patient=[1, 2, 3, 4, 1])


class Raising:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        raise ZeroDivisionError


class Lying:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return "no capsule"


class WrongCapsule:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return pyarrow().array([1]).__arrow_c_array__()[0]


def test_an_object_that_gives_no_stream_is_refused(w):
    with refused(ZeroDivisionError):
        Patient.insert_all(Raising())
    with refused((ZeroDivisionError, TypeError)):
        Patient.insert_all(name=["x"], age=Raising())
    for data in (Lying(), WrongCapsule()):
        with refused((TypeError, ValueError)):
            Patient.insert_all(data)


# ── objects that act while they are read ──────────────────────────────────────────────────────────


class Index:
    """An int whose reading does something."""

    def __init__(self, act: Callable[[], object], value: int = 1) -> None:
        self.act, self.value = act, value

    def __index__(self) -> int:
        self.act()
        return self.value


def test_an_element_that_raises_is_raised_on(w):
    with refused(ZeroDivisionError):
        Patient.insert_all(name=["x", "y"], age=[1, Index(lambda: 1 // 0)])


def test_an_element_may_use_the_store_while_it_is_read(w):
    made = Patient.insert_all(name=["x", "y"], age=[1, Index(lambda: Patient("meanwhile"), 7)])
    assert made.values("age") == [1, 7]
    assert Patient.find_by(name="meanwhile") not in made
    Store.current().check()


def test_an_element_may_create_what_the_call_was_to_create(w):
    with pytest.raises(DuplicateError) as caught:
        Patient.insert_all(name=["x", "y"], age=[1, Index(lambda: Patient("x"))])
    assert caught.value.existing == Patient.find(name="x")
    assert Patient.find_by(name="y") is None
    Store.current().check()


def test_an_element_may_delete_what_the_call_refers_to(w):
    with pytest.raises(DeletedError):
        Visit.insert_all(doctor=[w.house, w.wilson], patient=[w.ben, w.cid], cost=[1, Index(w.cid.delete)])
    assert len(Visit.all()) == 1
    Store.current().check()


def test_an_element_may_change_the_list_it_stands_in(w):
    for change in (list.clear, lambda column: column.extend([1] * 1000), lambda column: column.pop(0)):
        column: list[Any] = []
        column += [Index(lambda: change(column)), 2, 3]  # noqa: B023 - called in this round
        before = len(Patient.all())
        try:
            made = Patient.insert_all(name=[f"{before} {n}" for n in range(3)], age=column)
        except (TypeError, ValueError, IndexError, RuntimeError):
            assert len(Patient.all()) == before
        else:
            assert len(made) == 3
            assert len(Patient.all()) == before + 3
        Store.current().check()


def test_a_mapping_that_raises_is_raised_on(w):
    class Broken(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise ZeroDivisionError

        def items(self) -> Any:
            raise ZeroDivisionError

        def keys(self) -> Any:
            raise ZeroDivisionError

        def __iter__(self) -> Iterator[str]:
            raise ZeroDivisionError

    from collections.abc import Mapping

    class AlsoBroken(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise ZeroDivisionError

        def __iter__(self) -> Iterator[str]:
            return iter(["name"])

        def __len__(self) -> int:
            return 1

    with refused(ZeroDivisionError):
        Patient.insert_all(AlsoBroken())
    before = dump()
    try:
        Patient.insert_all(Broken(name=["New"]))
    except ZeroDivisionError:
        assert dump() == before
    else:
        assert Patient.find_by(name="New") is not None
    Store.current().check()


def test_after_every_refusal_the_same_call_put_right_works(w):
    with refused(NotFoundError):
        Visit.insert_all(doctor=[1, 99], patient=[2, 3])
    with refused(DuplicateError):
        Visit.insert_all(doctor=[1, 1], patient=[2, 2])
    made = Visit.insert_all(doctor=[1, 1], patient=[2, 3])
    assert w.house.patients == [w.ann, w.ben, w.cid]
    assert made.values("patient") == [w.ben, w.cid]
