"""Arrow whose memory is broken is a `FieldError`; what a producer raises passes through; nothing is created."""

import pyarrow as pa
import pytest
from hasmany import FieldError, User


def numbers(count: int) -> pa.Buffer:
    return pa.py_buffer(bytes(8 * count))


class Producer:
    """Hands over what it is given, or raises it."""

    def __init__(self, made):
        self.made = made

    def __arrow_c_array__(self, requested_schema=None):
        if isinstance(self.made, BaseException):
            raise self.made
        return self.made


class Streamer:
    def __init__(self, error):
        self.error = error

    def __arrow_c_stream__(self, requested_schema=None):
        raise self.error


def broken():
    """Columns whose two capsules disagree, or whose numbers are impossible."""
    yield "negative offset", pa.Array.from_buffers(pa.int64(), 2, [None, numbers(4)], offset=-1)
    ints, texts = pa.array([1, 2]).__arrow_c_array__(), pa.array(["a", "b"]).__arrow_c_array__()
    yield "halves that disagree", Producer((texts[0], ints[1]))
    nested = pa.array([[1], [2]]).__arrow_c_array__()
    yield "a list that is a number", Producer((pa.array([1]).__arrow_c_array__()[0], nested[1]))


@pytest.mark.parametrize(("name", "column"), list(broken()), ids=lambda given: given if isinstance(given, str) else "")
def test_a_broken_column_is_a_field_error(store, name, column):
    with pytest.raises((FieldError, TypeError)):
        User.insert_all(username=column)
    assert len(User.all()) == 0
    store.check()


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), RuntimeError("x"), KeyboardInterrupt(), MemoryError()])
def test_what_a_producer_raises_passes_through(store, error):
    for producer in (Producer(error), Streamer(error)):
        with pytest.raises(type(error)):
            User.insert_all(username=producer)
        with pytest.raises(type(error)):
            User.insert_all(producer)
    assert len(User.all()) == 0


def test_a_refusal_of_a_table_passes_through(store):
    for error in (ValueError("no such column"), TypeError("x"), NotImplementedError("x")):
        for producer in (Producer(error), Streamer(error)):
            with pytest.raises(type(error)) as caught:
                User.insert_all(producer)
            assert caught.value is error
            with pytest.raises(type(error)):
                User.insert_all(username=producer)
    assert len(User.all()) == 0
