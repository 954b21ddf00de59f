"""Structs of Arrow's C interface that are zeroed, released or impossible are a `FieldError`: no panic, no crash, nothing created.

Each is made in a process of its own: what goes wrong here ends the process.
"""

import subprocess
import sys

import pytest

PRELUDE = '''
import ctypes as c
import gc
from hasmany import FieldError, Model, Store
from hasmany._hasmany import panics

class ArrowSchema(c.Structure):
    pass
class ArrowArray(c.Structure):
    pass
class Stream(c.Structure):
    pass
RELEASE = c.CFUNCTYPE(None, c.c_void_p)
GET = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_void_p)
LAST = c.CFUNCTYPE(c.c_void_p, c.c_void_p)
ArrowSchema._fields_ = [("format", c.c_char_p), ("name", c.c_char_p), ("metadata", c.c_void_p), ("flags", c.c_int64),
    ("n_children", c.c_int64), ("children", c.c_void_p), ("dictionary", c.c_void_p), ("release", RELEASE), ("private", c.c_void_p)]
ArrowArray._fields_ = [("length", c.c_int64), ("null_count", c.c_int64), ("offset", c.c_int64), ("n_buffers", c.c_int64),
    ("n_children", c.c_int64), ("buffers", c.c_void_p), ("children", c.c_void_p), ("dictionary", c.c_void_p),
    ("release", RELEASE), ("private", c.c_void_p)]
Stream._fields_ = [("get_schema", GET), ("get_next", GET), ("get_last_error", LAST), ("release", RELEASE), ("private", c.c_void_p)]

new = c.pythonapi.PyCapsule_New
new.restype, new.argtypes = c.py_object, [c.c_void_p, c.c_char_p, c.c_void_p]
kept = []
def keep(thing):
    kept.append(thing)
    return thing
@RELEASE
def release(at):
    pass
def capsule(struct, name):
    keep(name)
    return new(c.addressof(keep(struct)), name, None)
def schema(**fields):
    return ArrowSchema(**{"release": release, **fields})
def array(**fields):
    return ArrowArray(**{"release": release, **fields})
def buffers(*pointers):
    return c.addressof(keep((c.c_void_p * len(pointers))(*pointers)))
def memory(*numbers):
    return c.addressof(keep((c.c_int64 * len(numbers))(*numbers)))
def pointers(*structs):
    return buffers(*(c.addressof(keep(struct)) for struct in structs))

class Array:
    def __init__(self, schema, array):
        self.made = capsule(schema, b"arrow_schema"), capsule(array, b"arrow_array")
    def __arrow_c_array__(self, requested_schema=None):
        return self.made
class Streamed:
    def __init__(self, stream):
        self.made = capsule(stream, b"arrow_array_stream")
    def __arrow_c_stream__(self, requested_schema=None):
        return self.made
def stream(of=None, next=None, schema_code=0, next_code=0, said=None):
    @GET
    def get_schema(_, out):
        if of is not None:
            c.memmove(out, c.addressof(of), c.sizeof(of))
        return schema_code
    arrays = [next]
    @GET
    def get_next(_, out):
        if arrays:
            given = arrays.pop()
            if given is not None:
                c.memmove(out, c.addressof(given), c.sizeof(given))
        return next_code
    @LAST
    def last(_):
        return said and c.cast(c.c_char_p(keep(said)), c.c_void_p).value
    return keep(Stream(get_schema, get_next, last, release, None))

class Score(Model):
    points: int
class Word(Model):
    text: str

def refused(name, *columns):
    """As a column and as a table, of numbers and of text."""
    for column in columns:
        for write in (
            lambda: Score.insert_all(points=column()),
            lambda: Word.insert_all(text=column()),
            lambda: Score.insert_all(column()),
        ):
            with Store() as store:
                try:
                    write()
                except (FieldError, TypeError) as error:
                    if type(error) is TypeError:  # of an array that is whole, but of another type
                        assert "points takes" in str(error) or "text takes" in str(error) or "a table with" in str(error), error
                else:
                    raise AssertionError(f"{name} was taken")
                assert not len(Score.all()) and not len(Word.all())
                store.check()
    gc.collect()
    assert panics() == 0
'''

CASES = {
    "zeroed": "refused('zeroed', lambda: Array(ArrowSchema(), ArrowArray()))",
    "a released array": "refused('a', lambda: Array(schema(format=b'l'), ArrowArray()))",
    "a released type": "refused('a', lambda: Array(ArrowSchema(format=b'l'), array(n_buffers=2, buffers=buffers(None, memory(1)))))",
    "no format": "refused('a', lambda: Array(schema(), array()))",
    "a format that is no text": r"refused('a', lambda: Array(schema(format=b'\xff'), array()), lambda: Array(schema(format=b'l', name=b'\xff'), array()))",
    "a format that nobody knows": """
try:
    Score.insert_all(points=Array(schema(format=b'?!'), array()))
except FieldError as error:
    assert '?!' in str(error)
""",
    "no buffers": "refused('a', lambda: Array(schema(format=b'l'), array(length=2)), lambda: Array(schema(format=b'u'), array()))",
    "null buffers": """
for format in b'l', b'u', b'U', b'z', b'vu', b'b', b'g', b'tdD', b'tsu:', b'w:4':
    for count in range(5):
        refused(format, lambda: Array(schema(format=format), array(length=2, n_buffers=count)),
            lambda: Array(schema(format=format), array(length=2, n_buffers=count, buffers=buffers(*[None] * count))))
""",
    "absurd lengths": """
for length in -1, -2**63, 2**63 - 1, 2**61, 2**41:
    made = dict(n_buffers=2, buffers=buffers(None, memory(1, 2)))
    refused(length, lambda: Array(schema(format=b'l'), array(length=length, **made)),
        lambda: Array(schema(format=b'l'), array(length=1, offset=length, **made)))
""",
    "absurd counts": """
for count in -1, 2**62, 2**21:
    refused(count, lambda: Array(schema(format=b'l'), array(length=1, n_buffers=count, buffers=buffers(None, memory(1)))),
        lambda: Array(schema(format=b'vu'), array(length=1, n_buffers=count, buffers=buffers(None, memory(1)))),
        lambda: Array(schema(format=b'+s', n_children=count), array(length=1, n_buffers=1, buffers=buffers(None))),
        lambda: Array(schema(format=b'l', n_children=count), array(length=1, n_buffers=2, buffers=buffers(None, memory(1)))),
        lambda: Array(schema(format=b'+s', n_children=1, children=pointers(schema(format=b'l', name=b'points'))),
            array(length=1, n_buffers=1, n_children=count, buffers=buffers(None))))
""",
    "children that are null": """
for format in b'+s', b'+l', b'+L', b'+m', b'+r', b'+w:2', b'+vl':
    refused(format, lambda: Array(schema(format=format), array(length=1, n_buffers=2, buffers=buffers(None, None))),
        lambda: Array(schema(format=format, n_children=2), array(length=1)),
        lambda: Array(schema(format=format, n_children=2, children=buffers(None, None)), array(length=1)))
child = keep(schema(format=b'l', name=b'points'))
refused('a', lambda: Array(schema(format=b'+s', n_children=1, children=pointers(child)),
    array(length=1, n_buffers=1, buffers=buffers(None), n_children=1, children=buffers(None))))
""",
    "a type in itself": """
inner = keep(schema(format=b'+l', n_children=1))
inner.children = pointers(inner)
refused('a', lambda: Array(inner, array(length=1)))
words = keep(schema(format=b'u'))
words.dictionary = c.addressof(words)
refused('a', lambda: Array(words, array(length=1)))
""",
    "metadata without end": "refused('a', lambda: Array(schema(format=b'l', metadata=memory(-1)), array()), "
    "lambda: Array(schema(format=b'l', metadata=memory(2**31 - 1)), array()))",
    "sizes below zero": "refused('a', lambda: Array(schema(format=b'w:-1'), array(length=1, n_buffers=2, buffers=buffers(None, memory(1)))))",
    "text that goes back": "refused('a', lambda: Array(schema(format=b'U'), "
    "array(length=2, n_buffers=3, buffers=buffers(None, memory(0, 5, 2), memory(0)))), lambda: Array(schema(format=b'U'), "
    "array(length=1, n_buffers=3, buffers=buffers(None, memory(-8, -1), memory(0)))))",
    "no dictionary": "refused('a', lambda: Array(schema(format=b'l', dictionary=c.addressof(keep(schema(format=b'u')))), "
    "array(length=1, n_buffers=2, buffers=buffers(None, memory(0)))))",
    "keys beyond the dictionary": """
texts = keep(array(length=1, n_buffers=3, buffers=buffers(None, memory(0, 1), memory(97))))
refused('a', lambda: Array(schema(format=b'l', dictionary=c.addressof(keep(schema(format=b'U')))),
    array(length=1, n_buffers=2, buffers=buffers(None, memory(7)), dictionary=c.addressof(texts))))
""",
    "a zeroed stream": "refused('a', lambda: Streamed(Stream()))",
    "a stream without a type": """
refused('a', lambda: Streamed(stream()), lambda: Streamed(stream(of=ArrowSchema())))
for said in None, b'no such file':
    try:
        Score.insert_all(points=Streamed(stream(schema_code=5, said=said)))
    except FieldError as error:
        assert (said or b'error 5').decode() in str(error), error
""",
    "a stream that fails": """
for said in None, b'no such file':
    refused('a', lambda: Streamed(stream(of=keep(schema(format=b'l')), next_code=5, said=said)))
""",
    "a stream of broken arrays": """
numbers = keep(schema(format=b'l'))
refused('a', lambda: Streamed(stream(of=numbers, next=keep(array(length=2)))),
    lambda: Streamed(stream(of=numbers, next=keep(array(length=2**60, n_buffers=2, buffers=buffers(None, memory(1)))))))
table = keep(schema(format=b'+s', n_children=1, children=pointers(schema(format=b'l', name=b'points'))))
with Store():
    for broken in array(length=2), array(length=2, n_buffers=1, buffers=buffers(None)), array(length=2, n_buffers=1,
            buffers=buffers(None), n_children=1, children=pointers(array(length=1, n_buffers=2, buffers=buffers(None, None)))):
        try:
            Score.insert_all(Streamed(stream(of=table, next=keep(broken))))
            raise AssertionError(broken)
        except FieldError:
            pass
""",
    "a stream that ends at once": """
with Store():
    assert len(Score.insert_all(points=Streamed(stream(of=keep(schema(format=b'l')), next=ArrowArray())))) == 0
""",
    "whole ones are taken": """
with Store():
    numbers = lambda: array(length=2, n_buffers=2, buffers=buffers(None, memory(3, 4)))
    Score.insert_all(points=Array(schema(format=b'l'), numbers()))
    Score.insert_all(points=Streamed(stream(of=keep(schema(format=b'l')), next=keep(numbers()))))
    table = schema(format=b'+s', n_children=1, children=pointers(schema(format=b'l', name=b'points')))
    Score.insert_all(Array(table, array(length=2, n_buffers=1, buffers=buffers(None), n_children=1, children=pointers(numbers()))))
    assert Score.all().values('points') == [3, 4] * 3
""",
}


@pytest.mark.parametrize("case", CASES)
def test_a_broken_struct_is_a_field_error(case):
    command = [sys.executable, "-c", PRELUDE + CASES[case]]
    run = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "panicked" not in run.stderr
