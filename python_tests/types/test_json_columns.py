"""Fields of Json in columns: texts, objects, and what other libraries nest."""

import json
from random import Random
from typing import Any

import numpy as np
import pytest
from hasmany import FieldError, Json, Store
from hypothesis import given
from hypothesis import strategies as st

from ..libraries import pandas, polars, pyarrow
from .documents import SAMPLES, VALUES, Note, Page, shapes

VALUES_OF_TEXTS = [{"a": [1, 2.5]}, ["x", None, True], "text", 5, -0.5, False, None]
TEXTS = ['{ "a" : [1, 2.5] }', '["x",null,true]', '"text"', "5", " -0.5 ", "false", "null"]


def read(column: Any) -> list[Any]:
    """What a column is read as."""
    with Store():
        return Note.insert_all(value=column).values("value")


def same(found: list[Any], expected: list[Any]) -> None:
    assert shapes(found) == shapes(expected)


# Text


def test_text_in_columns_is_json():
    pl, pa, pd = polars(), pyarrow(), pandas()
    for column in (
        TEXTS,
        iter(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, object),
        pl.Series(TEXTS),
        pl.Series(TEXTS, dtype=pl.Categorical),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype=object),
        pa.array(TEXTS),
        pa.array(TEXTS, pa.large_string()),
        pa.array(TEXTS, pa.string_view()),
        pa.array(TEXTS).dictionary_encode(),
        pa.chunked_array([TEXTS[:2], TEXTS[2:]]),
    ):
        same(read(column), VALUES_OF_TEXTS)
    same(Note.insert_all(pl.DataFrame({"value": TEXTS})).values("value"), VALUES_OF_TEXTS)
    same(Note.insert_all(value="[1]", maybe=[1, 2]).values("value"), [[1], [1]])


BAD = [
    ("no json", r"'no json'\)? is no JSON; a text of its own stands between double quotes"),
    ("[1,]", r"'\[1,\]'\)? is no JSON: '\]' at character 4"),
    ("{'a': 1}", r"is no JSON: '\\'' at character 2"),
    ("", r"''\)? is no JSON: the end at character 1"),
    ('{"a":1,"a":2}', r'has the key "a" twice'),
    ("[NaN]", "has NaN, which is no number of JSON"),
    ("[1e999]", "too large for a float"),
    ("[9223372036854775808]", "over 64 bits"),
    ('["\\ud800"]', "lone surrogate"),
]


@pytest.mark.parametrize(("text", "why"), BAD)
def test_bad_json_is_named_with_its_row_and_nothing_is_created(text, why):
    pl, pa = polars(), pyarrow()
    texts = ["[1]", "2", text]
    for column in (texts, np.array(texts), pl.Series(texts), pa.array(texts)):
        with pytest.raises(FieldError, match=rf"^row 2: Note\.value.*{why}"):
            Note.insert_all(value=column)
    with pytest.raises(FieldError, match=r"^row 2: Note\.value"):
        Note.insert_all(pl.DataFrame({"value": texts}))
    assert Note.all() == []


@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1]), st.booleans())
def test_columns_of_texts_are_the_values_that_they_say(values, indent, is_ascii):
    texts = [json.dumps(value, indent=indent, ensure_ascii=is_ascii) for value in values]
    same(read(texts), values)
    same(read(pyarrow().array(texts, pyarrow().string())), values)


# Objects


def test_objects_are_read_one_by_one_and_text_among_them_is_json():
    values: list[Any] = [{"a": [1]}, {"b": 2}, [], [1, "x"], 5, True, 0.5, None, Json("5"), Json(["x"]), '"x"']
    expected = [{"a": [1]}, {"b": 2}, [], [1, "x"], 5, True, 0.5, None, "5", ["x"], "x"]
    objects = np.empty(len(values), object)
    objects[:] = values
    for column in (values, iter(values), objects):
        same(read(column), expected)
    same(Note.insert_all(value=Json({"a": 1}), maybe=[1, 2]).values("value"), [{"a": 1}] * 2)
    same(Note.insert_all(value=Json("5"), maybe=[1, 2]).values("value"), ["5"] * 2)
    with pytest.raises(TypeError, match=r"Note\.value takes a list, .*one for all rows is Json\(\{"):
        Note.insert_all(value={"a": 1})


def test_what_json_cannot_say_is_named_with_its_row_and_place():
    for column, error, why in [
        ([[1], {"a": (1,)}], TypeError, r"row 1: Note\.value\['a'\] takes Json .*not tuple"),
        ([[1], {1: 2}], TypeError, r"row 1: Note\.value: 1 is a key"),
        ([[1], [float("nan")]], FieldError, r"row 1: Note\.value\[0\] has NaN"),
        ([[1], object()], TypeError, r"row 1: Note\.value takes Json"),
        ([[1], [2**64]], FieldError, r"row 1: Note\.value\[0\] has a whole number over 64 bits"),
        ([[1], "\ud800"], FieldError, r"row 1: Note\.value.*surrogate"),
    ]:
        with pytest.raises(error, match=why):
            Note.insert_all(value=column)
    assert Note.all() == []


def test_what_stands_for_nothing_is_none():
    pd = pandas()
    same(read([[1], float("nan"), None, pd.NA, pd.NaT]), [[1], None, None, None, None])
    same(read(np.array([1.0, np.nan])), [1.0, None])
    with pytest.raises(FieldError, match="row 0"):
        Note.insert_all(value=[np.array([np.nan])])


def test_objects_of_pandas_keep_their_own_keys():
    pd = pandas()
    values: list[Any] = [{"a": 1}, {"b": [1, 2]}, None, [1, "x"], ["y"]]
    frame = pd.DataFrame({"value": values, "maybe": [1, 2, 3, 4, 5]})
    same(read(frame["value"]), values)
    for data in (frame, frame[["maybe", "value"]], {"value": frame["value"]}):
        with Store():
            same(Note.insert_all(data).values("value"), values)
    with Store():
        made = Note.insert_all(frame[frame["maybe"] > 2])
        same(made.values("maybe"), [3, 4, 5])
        same(made.values("value"), values[2:])


def test_arrays_among_objects_are_lists():
    same(
        read([np.array([1, 2]), np.array([["a"], ["b"]]), {"x": np.array([0.5])}]),
        [[1, 2], [["a"], ["b"]], {"x": [0.5]}],
    )
    frame = pyarrow().table({"value": [[1, 2], None, [3]]}).to_pandas()
    same(read(frame["value"]), [[1, 2], None, [3]])


# Arrow


def nested_arrays() -> list[tuple[Any, list[Any]]]:
    pa = pyarrow()
    lists: list[Any] = [[1, None], None, [], [3]]
    structs: list[Any] = [{"b": 1, "a": "x"}, None, {"b": None, "a": None}, {"b": 2, "a": "5"}]
    deep: list[Any] = [{"a": [{"b": [True, None]}]}, {"a": None}, None, {"a": [None, {"b": None}]}]
    texts = pa.array(["x", "y", None, "x"]).dictionary_encode()
    ends = pa.array([1, 4], pa.int32())
    return [
        (pa.array(lists, pa.list_(pa.int8())), lists),
        (pa.array(lists, pa.large_list(pa.uint64())), lists),
        (pa.array(lists, pa.list_view(pa.int64())), lists),
        (pa.array(lists, pa.large_list_view(pa.uint16())), lists),
        (pa.array([[1, 2], None, [3, None], [5, 6]], pa.list_(pa.int32(), 2)), [[1, 2], None, [3, None], [5, 6]]),
        (pa.array([[0.5], [1.0], None, []], pa.list_(pa.float32())), [[0.5], [1.0], None, []]),
        (pa.array([["a"], ['"b"\n'], None, []], pa.list_(pa.string_view())), [["a"], ['"b"\n'], None, []]),
        (pa.array([[None], None, [], []], pa.list_(pa.null())), [[None], None, [], []]),
        (pa.array(structs), structs),
        (pa.array(deep), deep),
        (
            pa.array([[("b", 1), ("a", None)], [], None, [("x", 2)]], pa.map_(pa.string(), pa.int64())),
            [{"a": None, "b": 1}, {}, None, {"x": 2}],
        ),
        (pa.StructArray.from_arrays([texts], ["t"]), [{"t": "x"}, {"t": "y"}, {"t": None}, {"t": "x"}]),
        (pa.RunEndEncodedArray.from_arrays(ends, pa.array([[1], [2]])), [[1], [2], [2], [2]]),
        (pa.array([1, None, -3, 2]), [1, None, -3, 2]),
        (pa.array([0.5, None, float("nan"), 2.0]), [0.5, None, None, 2.0]),
        (pa.array([True, None, False, True]), [True, None, False, True]),
        (pa.nulls(4), [None] * 4),
    ]


@pytest.mark.parametrize("case", range(17))
def test_nested_arrays_are_read_as_what_they_hold(case):
    array, expected = nested_arrays()[case]
    pa = pyarrow()
    same(read(array), expected)
    same(read(array[1:]), expected[1:])
    same(read(pa.chunked_array([array, array[2:]])), expected + expected[2:])
    with Store():
        same(Note.insert_all(pa.table({"value": array})).values("value"), expected)


def test_nested_columns_of_polars_are_read():
    pl = polars()
    values: list[Any] = [{"a": 1, "b": ["x", None]}, {"a": None, "b": []}, None]
    same(read(pl.Series(values)), values)
    same(read(pl.Series([[1], None, []])), [[1], None, []])
    same(read(pl.Series([[1, 2], [3, 4]], dtype=pl.Array(pl.Int16, 2))), [[1, 2], [3, 4]])
    frame = pl.DataFrame({"value": [{"c": "x"}, {"c": "y"}]}, schema={"value": pl.Struct({"c": pl.Categorical})})
    same(Note.insert_all(frame).values("value"), [{"c": "x"}, {"c": "y"}])
    with Store():
        same(Note.insert_all(value=pl.Series([{"a": 1}, [2]], dtype=pl.Object)).values("value"), [{"a": 1}, [2]])


def test_what_nested_arrays_hold_that_json_cannot_say_is_refused():
    pa = pyarrow()
    days = pa.array([[1], [2]], pa.list_(pa.date32()))
    with pytest.raises(TypeError, match=r"Note\.value takes Json, not Date32 \(in \[\]\), which JSON has no word for"):
        Note.insert_all(value=days)
    raw = pa.array([{"a": {"b": b"x"}}])
    with pytest.raises(TypeError, match=r"Note\.value takes Json, not Binary \(in \.a\.b\)"):
        Note.insert_all(value=raw)
    for column in (
        pa.array([1], pa.date32()),
        pa.array([b"x"]),
        pa.array([1], pa.decimal128(3)),
        pa.array([1], pa.duration("s")),
    ):
        with pytest.raises(TypeError, match=r"Note\.value takes Json, not"):
            Note.insert_all(value=column)
    keys = pa.array([[(1, 2)]], pa.map_(pa.int64(), pa.int64()))
    with pytest.raises(TypeError, match=r"not Int64 \(in \.keys\)"):
        Note.insert_all(value=keys)
    for array, why in [
        (pa.array([[0.5], [float("nan")]]), r"row 1: Note\.value has NaN"),
        (pa.array([[1], [2**64 - 1]], pa.list_(pa.uint64())), r"row 1: Note\.value has a whole number over 64 bits"),
        (pa.array([[("a", 1)], [("a", 1), ("a", 2)]], pa.map_(pa.string(), pa.int64())), r'row 1: .*the key "a" twice'),
        (pa.StructArray.from_arrays([pa.array([1, 2]), pa.array([1, 2])], ["a", "a"]), r'row 0: .*the key "a" twice'),
    ]:
        with pytest.raises(FieldError, match=why):
            Note.insert_all(value=array)
    assert Note.all() == []


def test_broken_lists_are_an_error():
    pa = pyarrow()
    offsets = pa.py_buffer(np.array([0, 5, 2], np.int32))
    array = pa.Array.from_buffers(pa.list_(pa.int64()), 2, [None, offsets], children=[pa.array([1, 2])])
    with pytest.raises(FieldError, match=r"Note\.value.*broken"):
        Note.insert_all(value=array)
    text = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(np.array([0, 1], np.int32)), pa.py_buffer(b"\xff")]
    )
    with pytest.raises(FieldError, match=r"Note\.value"):
        Note.insert_all(value=pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), text))
    assert Note.all() == []


# Out again


def test_an_array_is_one_of_objects():
    made = Note.insert_all(value=[Json(value) for value in SAMPLES])
    array = made.column("value")
    assert array.dtype == object
    same(array.tolist(), SAMPLES)
    with pytest.raises(TypeError, match="assign another"):
        array[0].append(1)


def test_arrow_gives_texts_and_they_are_taken_again():
    pa, pl, pd = pyarrow(), polars(), pandas()
    made = Note.insert_all(value=[Json(value) for value in SAMPLES])
    table = pa.table(made)
    assert str(table["value"].type) == "large_string"
    same([None if text is None else json.loads(text) for text in table["value"].to_pylist()], SAMPLES)
    for data in (table, pl.DataFrame(made), pd.DataFrame.from_arrow(made), made):
        with Store():
            same(Note.insert_all(data).values("value"), SAMPLES)
    assert pl.DataFrame(made)["value"][3] == '{"":0,"a":{"b":[1,2.5,true,null,"x"]}}'
    assert str(pa.table(Note.all()[:0])["maybe"].type) == "large_string"


def test_duckdb_reads_it_as_json():
    duckdb = pytest.importorskip("duckdb")
    notes = Note.insert_all(value=['{"size": 3}', '{"size": 4}', "[1]"])  # noqa: F841 - named in the query
    found = duckdb.sql("select sum((value->>'size')::int) from notes").fetchall()
    assert found == [(7,)]
    back = duckdb.sql("select {'a': [1, 2]} as value, '[3]'::json as maybe")
    made = Note.insert_all(back)
    assert (made[0].value, made[0].maybe) == ({"a": [1, 2]}, [3])


def test_what_others_mark_as_json_is_read():
    pa, pl = pyarrow(), polars()
    if not hasattr(pa, "json_"):
        pytest.skip("this pyarrow has no type for JSON")
    array = pa.array(TEXTS).cast(pa.json_())
    same(read(array), VALUES_OF_TEXTS)
    with Store():
        same(Note.insert_all(pa.table({"value": array})).values("value"), VALUES_OF_TEXTS)
    with Store():
        same(Note.insert_all(pl.from_arrow(pa.table({"value": array}))).values("value"), VALUES_OF_TEXTS)


def test_columns_reach_parents_with_json_beside_their_key():
    pages = Page.insert_all(slug=["a", "b"], data=['{"x": 1}', None])
    assert pages.values("data") == [{"x": 1}, None]
    again = Page.insert_all({"slug": ["b", "c"], "data": [[1], [2]]}, on_conflict="update")
    assert again.values("data") == [[1], [2]]
    assert Page.all().values("data") == [{"x": 1}, [1], [2]]


@pytest.mark.parametrize("seed", range(20))
def test_lists_whose_offsets_are_anything_are_an_error_or_what_they_mean(seed):
    pa = pyarrow()
    random = Random(seed)
    children = [
        pa.array(range(10), pa.int64()),
        pa.array([f"t{number}" for number in range(10)]),
        pa.array([{"a": number} for number in range(10)]),
        pa.array([f"t{number % 3}" for number in range(10)]).dictionary_encode(),
        pa.array([[number] for number in range(10)]),
    ]
    for _ in range(20):
        of, width = random.choice([(pa.list_, np.int32), (pa.large_list, np.int64), (pa.list_view, np.int32)])
        length, child = random.randint(1, 5), random.choice(children)
        numbers = sorted(random.choices(range(11), k=length + 1))
        for _ in range(random.randrange(3)):
            numbers[random.randrange(len(numbers))] = random.choice([-1, 0, 11, 5, 2**31 - 1, 3])
        parts = [None, pa.py_buffer(np.array(numbers, width))]
        if of is pa.list_view:
            parts.append(pa.py_buffer(np.array(random.choices([0, 1, 3, -1, 11], k=length), width)))
        try:
            array = pa.Array.from_buffers(of(child.type), length, parts, children=[child])
        except pa.ArrowException:
            continue
        try:
            array.validate(full=True)
            meant = array.to_pylist()
        except (pa.ArrowException, IndexError):
            with Store(), pytest.raises(FieldError, match=r"Note\.value.*broken"):
                Note.insert_all(value=array)
        else:
            same(read(array), meant)
