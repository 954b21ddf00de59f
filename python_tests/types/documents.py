"""Models with fields of Json, and random values for them."""

import json
from typing import Any

from hasmany import Json, Many, Model, field, has_many
from hypothesis import strategies as st


class Note(Model):
    value: Json
    maybe: Json = None


class Page(Model):
    slug: str = field(unique=True)
    data: Json = field(default_factory=dict)
    marks: Many["Mark"] = has_many()
    words: Many["Word"] = has_many(through="marks")


class Word(Model):
    text: str


class Mark(Model):
    page: Page
    word: Word
    style: Json = None


def form(value: Any) -> str:
    """The naive way: as the field stores it, where no key has a character that is escaped and floats are short."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def shapes(value: Any) -> Any:
    """The value with the types of all in it, which == does not look at."""
    if isinstance(value, dict):
        return {key: shapes(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shapes(each) for each in value]
    return type(value), value


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)

FEW = st.recursive(
    st.sampled_from([None, True, 1, 1.0, 0, 0.0, False, "", "a", "1"]),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("ab"), inner, max_size=2)),
    max_leaves=3,
)
"""Values that are often equal, or nearly."""

SAMPLES: list[Any] = [
    ["a", "b"],
    [],
    {},
    {"a": {"b": [1, 2.5, True, None, "x"]}, "": 0},
    "text",
    "",
    "null",
    "5",
    'a "quoted" text\n\twith \\ and \x00 and \x1f and é and 😀 and \u2028',
    0,
    -1,
    2**63 - 1,
    -(2**63),
    0.5,
    -0.0,
    1e16,
    1e-7,
    5e-324,
    1.7976931348623157e308,
    True,
    False,
    None,
    [[[[[]]]]],
    [{"a": []}, {"a": {}}],
]
