"""Arrow that is not quite right: the rows that it means, or an error of the input, and nothing is created.

What it points to stays memory of this process: buffers are longer than anything that the changes can reach, because a
pointer has no length for who gets it.
"""

import struct
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
from hasmany import HasManyError, Model, Store

from .mutate import some_bytes

ROOM = 1 << 17  # bytes of every buffer


class Row(Model):
    whole: int | None
    real: float | None
    flag: bool | None
    text: str | None
    raw: bytes | None


TYPES: dict[str, tuple[pa.DataType, ...]] = {
    "whole": (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint32(), pa.uint64()),
    "real": (pa.float32(), pa.float64(), pa.float16(), pa.int32()),
    "flag": (pa.bool_(),),
    "text": (pa.string(), pa.large_string(), pa.string_view()),
    "raw": (pa.binary(), pa.large_binary(), pa.binary_view(), pa.binary(3)),
}


def prepare(folder: Path) -> None:
    """Nothing is needed."""


def trial(folder: Path, random: Random) -> None:
    name = random.choice(list(TYPES))
    values = valid(random, name)
    column = random.choice((buffers, dictionary, runs, message))(random, values)
    if column is None:
        return
    with Store() as store:
        try:
            rows = Row.insert_all({name: column, **{other: None for other in TYPES if other != name}})
        except (HasManyError, TypeError, ValueError, OverflowError, pa.ArrowException):
            assert len(Row.all()) == 0
            store.check()
            return
        store.check()
        found = rows.values(name)
        assert len(found) == len(column) or isinstance(column, pa.Table)
        if not isinstance(column, pa.Table) and is_valid(column):
            # NaN is None where a field is optional.
            meant = [None if value is None or value != value else kind(name)(value) for value in column.to_pylist()]  # noqa: PLR0124
            assert repr(found) == repr(meant), f"{column.type}: {found}, not {meant}"


def kind(name: str) -> Any:
    return {"whole": int, "real": float, "flag": bool, "text": str, "raw": bytes}[name]


def valid(random: Random, name: str) -> pa.Array:
    of = random.choice(TYPES[name])
    some: dict[str, list[Any]] = {
        "whole": [0, 1, 100],
        "real": [0, 1, 7],
        "flag": [True, False],
        "text": ["", "a", "é", "a longer text than a view holds"],
        "raw": [b"abc", b"\0\xff\x80"] if of == pa.binary(3) else [b"", b"\xff", b"more than twelve bytes"],
    }
    values = random.choices([*some[name], None] if random.random() < 0.5 else some[name], k=random.randint(0, 20))
    return pa.array(values, of)


def is_valid(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
        column.to_pylist()
    except (pa.ArrowException, ValueError, IndexError, OverflowError):
        return False
    return True


def buffers(random: Random, array: pa.Array) -> pa.Array | None:
    """Other bytes in a buffer, another length, offset or number of nulls."""
    if array.type in (pa.string_view(), pa.binary_view()):
        return views(random, array)
    valid, *made = (
        bytearray((buffer.to_pybytes() if buffer else b"").ljust(ROOM, b"\0")) for buffer in array.buffers()
    )
    parts = [None if array.buffers()[0] is None else valid, *made]
    length, offset, used = len(array), 0, len(array) * 8
    for _ in range(random.randint(1, 3)):
        match random.randrange(5):
            case 0:
                length = random.randint(0, 200)
            case 1:
                offset = random.randint(0, 50)
            case 2:
                parts[0] = bytearray(random.randbytes(64).ljust(ROOM, b"\0"))
            case _ if len(parts) == 3:
                width = 8 if array.type in (pa.large_string(), pa.large_binary()) else 4
                at = random.randrange(0, (length + 1) * width, width)
                number = random.choice((-1, -(2**31), 0, 1, 5, 1000, 60_000))
                made[0][at : at + width] = number.to_bytes(width, "little", signed=True)
            case _:
                made[-1][:used] = some_bytes(random, bytes(made[-1][:used])).ljust(used, b"\0")[:used]
    nulls = -1 if parts[0] is None else random.choice((-1, -1, 0, 3))
    return assembled(array.type, length, parts, nulls, offset)


def views(random: Random, array: pa.Array) -> pa.Array | None:
    """Texts that begin or end elsewhere. Unlike offsets, what they point to has a length for who gets it."""
    valid, places, *texts = array.buffers()
    places = some_bytes(random, places.to_pybytes()).ljust(16 * len(array), b"\0")
    return assembled(array.type, len(array), [valid, places, *texts], -1, 0)


def assembled(of: pa.DataType, length: int, parts: list[Any], nulls: int, offset: int) -> pa.Array | None:
    """None where pyarrow refuses to make it."""
    held = [pa.py_buffer(bytes(part)) if isinstance(part, (bytes, bytearray)) else part for part in parts]
    try:
        return pa.Array.from_buffers(of, length, held, nulls, offset)
    except (pa.ArrowException, ValueError):
        return None


def dictionary(random: Random, array: pa.Array) -> pa.Array | None:
    """Indices that lead nowhere."""
    indices = [random.choice((0, 1, 2, None, -1, 100, 127)) for _ in range(random.randint(0, 9))]
    if random.random() < 0.3:
        indices = [index if index is None else index % max(len(array), 1) for index in indices]
    of = random.choice((pa.int8(), pa.int64(), pa.int16()))
    return pa.DictionaryArray.from_arrays(pa.array(indices, of), array, safe=False)


def runs(random: Random, array: pa.Array) -> pa.Array | None:
    """Ends of runs that do not ascend, are negative, or end before the column does."""
    ends = sorted(random.sample(range(1, 60), len(array)))
    for _ in range(random.randrange(3)):
        if ends:
            ends[random.randrange(len(ends))] = random.choice((-1, 0, 1, 5, 30_000, -(2**15)))
    try:
        made = pa.RunEndEncodedArray.from_arrays(pa.array(ends, pa.int16()), array)
    except (pa.ArrowException, ValueError):
        # pyarrow refuses to make it, not to have it made of its parts.
        length = random.randint(0, 60)
        kind = pa.run_end_encoded(pa.int16(), array.type)
        try:
            made = pa.Array.from_buffers(kind, length, [None], 0, 0, [pa.array(ends, pa.int16()), array])
        except (pa.ArrowException, ValueError):
            return None
    return made[random.randint(0, 3) :] if random.random() < 0.3 else made


def message(random: Random, array: pa.Array) -> pa.Table | None:
    """A stream of record batches with other bytes, as far as pyarrow reads it and finds it valid."""
    sink = pa.BufferOutputStream()
    table = pa.table({"column": array})
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    try:
        read = pa.ipc.open_stream(some_bytes(random, sink.getvalue().to_pybytes())).read_all()
        read.validate(full=True)
        return read.column(0).combine_chunks() if read.num_columns else None
    except (pa.ArrowException, ValueError, OSError, EOFError, KeyError, struct.error, UnicodeError, MemoryError):
        return None
