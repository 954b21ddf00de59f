"""Declarations where they once went wrong, or nearly did."""

import gc

import pytest
from hasmany import DuplicateError, Model, SchemaError, Store


def test_models_of_one_name_are_told_apart():
    first = type(Model)("Dog", (Model,), {"__annotations__": {"name": str}, "__module__": "kennel_one"})
    second = type(Model)(
        "Dog", (Model,), {"__annotations__": {"name": str}, "__module__": "kennel_two"}, table="other_dogs"
    )
    dog, other = first("rex"), second("bo")
    assert Store.current().stats().rows == {"Dog (dogs)": 1, "Dog (other_dogs)": 1}
    assert (dog.delete(), other.delete()) == ({"Dog (dogs)": 1}, {"Dog (other_dogs)": 1})


def test_reserved_names_and_keys_in_a_body():
    with pytest.raises(SchemaError, match="id"):

        class Wrong(Model):
            id = 5

    class Mixed(Model, unique=(("a", "b"), "c", ("b", "a"))):
        a: int
        b: int
        c: int

    row = Mixed(1, 2, 3)
    for other in ((1, 2, 4), (5, 6, 3)):
        with pytest.raises(DuplicateError) as caught:
            Mixed(*other)
        assert caught.value.existing == row


def test_an_inherited_constructor_is_refused():
    class Mixin:
        def __init__(self) -> None:
            raise AssertionError

    with pytest.raises(SchemaError, match="__init__"):

        class Wrong(Mixin, Model):
            name: str


@pytest.mark.parametrize("keywords", [{"unique": 5}, {"unique": (5,)}, {"table": 5}, {"table": ""}])
def test_class_keywords_of_the_wrong_kind(keywords):
    with pytest.raises(SchemaError):

        class Wrong(Model, **keywords):
            name: str


def test_a_dead_class_leaves_nothing_behind():
    from hasmany import living

    gc.collect()
    before = len(living.names())
    for number in range(50):
        type(Model)(f"Brief{number}", (Model,), {"__annotations__": {"name": str}, "__module__": __name__})
    gc.collect()
    assert len(living.names()) <= before + 1
