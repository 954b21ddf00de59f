"""What bulk inserts got wrong once."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hasmany import DuplicateError, Model, Store, Tweet, User, field


class Doctor(Model):
    name: str = field(unique=True)
    email: str = field(unique=True, default="")


class Visit(Model):
    doctor: Doctor
    number: int | None = field(default=None, unique=True)


class Sheet(Model):
    n: int | None = None
    at: datetime | None = None
    ok: bool | None = None


class Link(Model):
    sheet: Sheet


def test_parents_that_clash_by_a_default_are_a_duplicate_and_nothing_is_created():
    with pytest.raises(DuplicateError):
        Visit.insert_all({"doctor.name": ["ann", "bob"]}, create_missing=True)
    assert len(Doctor.all()) == len(Visit.all()) == 0
    assert len(Visit.insert_all({"doctor.name": ["ann", "ann"]}, create_missing=True)) == 2


gone: list[Any] = []


def forgetful() -> str:
    if not gone:
        gone.append(Patron.all().delete_all())
    return "z"


class Patron(Model):
    name: str = field(unique=True)
    note: str = field(default_factory=forgetful)


class Loan(Model):
    patron: Patron
    number: int = field(unique=True)


def test_a_failed_insert_keeps_no_parents_though_keys_went_meanwhile():
    gone.clear()
    Patron.insert_all(name=["a"], note="q")
    with pytest.raises(DuplicateError):
        Loan.insert_all({"patron.name": ["a", "b"]}, number=[1, 1], create_missing=True)
    assert Patron.all().values("name") == []
    Loan.insert_all({"patron.name": ["a", "b"]}, number=[1, 2], create_missing=True)
    assert Loan.all().values("patron.name") == ["a", "b"]


def test_ids_are_looked_up_where_deleted_rows_were_squeezed_out(store: Store):
    User.insert_all(username=["a", "b", "c"])
    User.find(2).delete()
    store.compact()
    with pytest.raises(LookupError, match="row 0"):
        Tweet.insert_all(message="x", user=np.array([2]))
    assert Tweet.insert_all(message="x", user=np.array([3, 1])).values("user.username") == ["c", "a"]


def test_bytes_in_another_order_and_views_of_memory_are_numbers(tmp_path):
    np.save(tmp_path / "m.npy", np.array([1, 2], ">i4"))
    for column in (np.load(tmp_path / "m.npy", mmap_mode="r"), memoryview(np.array([1, 2], ">i8"))):
        assert Sheet.insert_all(n=column).values("n") == [1, 2]
    assert Link.insert_all(sheet=memoryview(np.array([1, 2], ">u2"))).column("sheet").tolist() == [1, 2]


def test_masked_elements_are_none():
    masked = np.ma.array([1, 2, 3], mask=[0, 1, 0])
    assert Sheet.insert_all(n=masked).values("n") == [1, None, 3]
    with pytest.raises(ValueError, match="row 1"):
        Link.insert_all(sheet=masked)


@pytest.mark.parametrize("unit", ["10ms", "100us", "2us", "us", "ns", "5ns"])
def test_datetimes_of_any_unit_keep_their_fraction(unit):
    moment = np.array(["2020-01-01T00:00:00.12"], dtype=f"datetime64[{unit}]")
    assert Sheet.insert_all(at=moment).values("at") == [datetime(2020, 1, 1, 0, 0, 0, 120_000, UTC)]
    assert Sheet.insert_all(at=list(moment)).values("at") == [datetime(2020, 1, 1, 0, 0, 0, 120_000, UTC)]


def test_times_are_no_numbers():
    for column in ([np.datetime64("2020-01-01", "ns")], np.array([5], "m8[ns]")):
        with pytest.raises(TypeError, match=r"Sheet\.n"):
            Sheet.insert_all(n=column)


def test_bools_are_true_by_any_bit():
    assert Sheet.insert_all(ok=np.array([2, 3, 0], np.uint8).view(bool)).values("ok") == [True, True, False]


def test_one_reference_has_one_column_in_a_table_too():
    pa = pytest.importorskip("pyarrow")
    Sheet.insert_all(n=[1, 2])
    for table in ({"sheet": [1], "sheet.id": [2]}, {"sheet.id": [2], "sheet": [1]}):
        with pytest.raises(TypeError, match="same reference"):
            Link.insert_all(pa.table(table))


def test_a_frame_that_lost_rows_is_a_table():
    pd = pytest.importorskip("pandas", minversion="3")
    frame = pd.DataFrame({"n": [1, 2, 3, 4]})
    assert Sheet.insert_all(frame[[True, True, False, True]]).values("n") == [1, 2, 4]


def test_arrays_that_only_speak_arrow_are_columns():
    pa = pytest.importorskip("pyarrow")

    class Capsule:
        def __arrow_c_array__(self, requested_schema: object = None) -> object:
            return pa.array([1, 2]).__arrow_c_array__(requested_schema)

    assert Sheet.insert_all(n=Capsule()).values("n") == [1, 2]


class Page(Model):
    user: Sheet


def test_a_table_of_references_to_another_model_is_refused():
    User("a")
    Sheet()
    Tweet.insert_all(message="x", user=[1])
    with pytest.raises(TypeError, match="not of one model"):
        Page.insert_all(Tweet.all())
