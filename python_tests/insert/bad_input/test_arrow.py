"""Arrow data that is broken, or breaks off."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, NotFoundError, SchemaError

from ...libraries import pyarrow
from .world import Patient, Visit, dump, refused


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
