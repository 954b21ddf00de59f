"""The tables of models, and what a schema tells of them."""

import pytest
from hasmany import Model, SchemaError, Store

from .garden import Bed, Garden, Plant

# ── tables ────────────────────────────────────────────────────────────────────────────────────────


def test_two_models_with_one_table_do_not_share_a_store(declare):
    module = declare(
        """
        class One(Model, table="things"):
            name: str

        class Other(Model, table="things"):
            name: str
        """
    )
    one = module.One("x")
    with pytest.raises(SchemaError, match="things"):
        module.Other("y")
    assert module.One.all() == [one]
    with Store():
        assert module.Other("y").id == 1
        with pytest.raises(SchemaError, match="things"):
            module.One("x")


@pytest.mark.parametrize(
    ("name", "table"), [("Tree", "trees"), ("BlogPost", "blog_posts"), ("A", "as"), ("OldOakTree", "old_oak_trees")]
)
def test_the_default_table_is_snake_case_and_an_s(declare, name, table):
    module = declare(
        f"""
        class {name}(Model):
            name: str

        class Rival(Model, table={table!r}):
            name: str
        """
    )
    getattr(module, name)("x")
    with pytest.raises(SchemaError, match=table):
        module.Rival("y")


# ── the schema ────────────────────────────────────────────────────────────────────────────────────


def test_a_schema_names_its_models_and_their_fields(store):
    Bed(Garden("G"), Plant("fern"))
    assert {Garden, Bed, Plant} <= set(store.schema.models)
    text = str(store.schema)
    for word in ("Garden", "Bed", "Plant", "name", "garden", "beside"):
        assert word in text


def test_a_schema_is_drawn_as_a_diagram(store):
    Bed(Garden("G"), Plant("fern"))
    diagram = store.schema.to_mermaid()
    for word in ("Garden", "Bed", "Plant"):
        assert word in diagram


def test_a_descriptor_refuses_records_of_another_class():
    class Cat(Model):
        name: str

    class Mouse(Model):
        speed: int

    mouse = Mouse(3)
    with pytest.raises(TypeError, match="name is no field of this object"):
        Cat.name.__get__(mouse, Mouse)
    assert Mouse.speed.__get__(mouse, Mouse) == 3
