"""Tables as people have them: of several types, without rows or columns, with types that no field has."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hasmany import FieldError, Model

from ...libraries import pandas, polars, pyarrow
from .world import NAN, NONE_OR_MISFIT, Patient, Visit, dump, refused

DEEP = 200_000


def frames(columns: dict[str, Any]) -> list[Any]:
    return [pandas().DataFrame(columns), pandas().DataFrame(columns, dtype=object), polars().DataFrame(columns)]


def test_a_wrong_row_deep_in_a_table_is_one_error(w):
    names, ages = [f"deep {n}" for n in range(DEEP)], [str(n) for n in range(DEEP)]
    ages[DEEP - 3] = "n/a"
    for table in (*frames({"name": names, "age": ages}), pyarrow().table({"name": names, "age": ages})):
        with refused(FieldError, "Patient.age", "'n/a'", row=DEEP - 3) as caught:
            Patient.insert_all(table)
        assert len(str(caught.value)) < 300


def test_an_object_column_of_several_types_is_read_value_by_value(w):
    columns = {"name": ["x", "y", "z"], "age": [1, "2", None]}
    assert Patient.insert_all(pandas().DataFrame(columns)).values("age") == [1, 2, None]
    frame = polars().DataFrame({"name": ["p", "q", "r"], "age": polars().Series([1, "2", None], dtype=polars().Object)})
    assert Patient.insert_all(frame).values("age") == [1, 2, None]


@pytest.mark.parametrize(
    "wrong", ["old", b"3", object(), 1.5, {}, datetime(2026, 1, 1, tzinfo=UTC)], ids=lambda wrong: type(wrong).__name__
)
def test_what_does_not_fit_in_an_object_column_is_named_with_its_row(w, wrong):
    columns = {"name": ["x", "y", "z"], "age": [1, "2", wrong]}
    with refused(NONE_OR_MISFIT, "Patient.age", row=2):
        Patient.insert_all(pandas().DataFrame(columns))
    series = polars().Series("age", columns["age"], dtype=polars().Object)
    with refused(NONE_OR_MISFIT, "Patient.age", row=2):
        Patient.insert_all(polars().DataFrame({"name": columns["name"]}).with_columns(series))


def test_a_name_that_is_a_number_among_texts_is_named(w):
    with refused(TypeError, "Patient.name", "int", row=1):
        Patient.insert_all(pandas().DataFrame({"name": ["x", 5, "z"]}))


def test_nan_is_no_id(w):
    for table in frames({"doctor": [1.0, NAN], "patient": [2.0, 3.0]}):
        with refused(FieldError, "Visit.doctor", row=1):
            Visit.insert_all(table)
    for table in frames({"id": [100.0, NAN], "name": ["x", "y"]}):
        with refused(FieldError, "Patient.id", row=1):
            Patient.insert_all(table)


def test_tables_without_rows_create_nothing(w):
    before = dump()
    empty: dict[str, Any] = {"name": [], "age": []}
    for table in (empty, *frames(empty), pyarrow().table({"name": pyarrow().array([], pyarrow().string())})):
        assert Patient.insert_all(table) == []
    assert dump() == before


def test_columns_of_nothing_but_none_are_none(w):
    columns = {"name": ["x", "y"], "age": [None, None]}
    for table in (*frames(columns), pyarrow().table(columns)):
        assert Patient.insert_all(table, on_conflict="update").values("age") == [None, None]
    with refused(NONE_OR_MISFIT, "Patient.name"):
        Patient.insert_all(polars().DataFrame({"name": [None]}))


def test_tables_without_columns_are_refused(w):
    for table in ({}, *frames({}), pyarrow().table({}), pandas().DataFrame(index=range(3)), [{}]):
        with refused(TypeError, "no columns"):
            Patient.insert_all(table)


def test_a_table_with_one_name_twice_is_refused(w):
    frame = pandas().DataFrame([["x", "y"]], columns=["name", "name"])
    for table in (frame, frame.astype(object), pyarrow().table([["x"], ["y"]], names=["name", "name"])):
        with refused((TypeError, ValueError), "name"):
            Patient.insert_all(table)


def test_a_column_of_another_length_than_the_table_is_refused(w):
    for table in frames({"name": ["x", "y"]}):
        with refused(FieldError, "Patient.age", "3", "2"):
            Patient.insert_all(table, age=[1, 2, 3])


class Kind(Model):
    whole: int | None = None
    text: str | None = None
    at: datetime | None = None
    day: date | None = None
    raw: bytes | None = None


def unknown() -> dict[str, Any]:
    """Arrays of types that no field has."""
    pa = pyarrow()
    return {
        "list": pa.array([[1, 2], [3]]),
        "large_list": pa.array([[1], [2]], pa.large_list(pa.int64())),
        "fixed_size_list": pa.array([[1, 2], [3, 4]], pa.list_(pa.int64(), 2)),
        "struct": pa.array([{"x": 1}, {"x": 2}]),
        "map": pa.array([[("x", 1)], []], pa.map_(pa.string(), pa.int64())),
        "interval": pa.array([(1, 2, 3), (4, 5, 6)], pa.month_day_nano_interval()),
        "list_view": pa.array([[1], [2]], pa.list_view(pa.int64())),
        "union": pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])]),
        "list_of_dictionaries": pa.array([["x"], ["y"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    }


@pytest.mark.parametrize("of", sorted(unknown()) if pytest.importorskip("pyarrow") else [])
@pytest.mark.parametrize("name", ["whole", "text", "at", "day", "raw"])
def test_arrow_types_that_no_field_has_are_refused(w, of, name):
    column = unknown()[of]
    with refused(NONE_OR_MISFIT, f"Kind.{name}"):
        Kind.insert_all(pyarrow().table({name: column}))
    with refused(NONE_OR_MISFIT, f"Kind.{name}"):
        Kind.insert_all({name: column})
    assert Kind.all() == []


def test_runs_and_dictionaries_are_looked_through(w):
    pa = pyarrow()
    runs = pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["x", None]))
    assert Kind.insert_all(pa.table({"text": runs})).values("text") == ["x", "x", None]
    wrong = pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["1", "x"]))
    with refused(FieldError, "Kind.whole", "'x'", row=2):
        Kind.insert_all(pa.table({"whole": wrong}))
    with refused(NONE_OR_MISFIT, "Kind.whole"):
        Kind.insert_all({"whole": pa.RunEndEncodedArray.from_arrays([2], pa.array([[1]]))})
    assert len(Kind.all()) == 3


def test_an_interval_is_a_timedelta_where_it_has_no_months(w):
    class Span(Model):
        value: timedelta | None = None

    def column(*values: Any) -> Any:
        return pyarrow().table({"value": pyarrow().array(values, pyarrow().month_day_nano_interval())})

    made = Span.insert_all(column((0, 1, 5_000), None, (0, 0, -1_000)))
    assert made.values("value") == [timedelta(days=1, microseconds=5), None, timedelta(microseconds=-1)]
    with refused(FieldError, "Span.value", "months", row=1):
        Span.insert_all(column((0, 1, 0), (1, 0, 0)))


def test_a_decimal_column_fits_no_int_field_that_it_would_cut(w):
    with refused(NONE_OR_MISFIT, "Patient.age"):
        Patient.insert_all(pyarrow().table({"name": ["x"], "age": [Decimal("1.5")]}))
