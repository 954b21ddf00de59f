"""A schema in a cell: Mermaid for those who draw it, an image for the others."""

from typing import Any
from xml.etree import ElementTree

import pytest
from hasmany import Many, Model, Store, has_many
from hasmany.show.diagram import Box
from hasmany.show.layers import Layers

from .cinema import Card, Copy, Rating

SVG = "{http://www.w3.org/2000/svg}"


def drawn(store: Store) -> Any:
    return ElementTree.fromstring(store.schema._repr_svg_())


def texts(picture: Any) -> list[str]:
    return [each.text for each in picture.iter(f"{SVG}text")]


@pytest.fixture
def cinema(store) -> Store:
    for model in (Rating, Card, Copy):
        model.all()
    return store


def test_a_bundle_has_mermaid_an_image_and_text_and_no_html(cinema):
    schema = cinema.schema
    bundle = schema._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/vnd.mermaid", "image/svg+xml", "text/plain"}
    assert bundle["text/vnd.mermaid"] == schema.to_mermaid()
    assert bundle["text/plain"] == str(schema)
    assert not hasattr(schema, "_repr_html_")


def test_mermaid_has_keys_collections_and_what_both_are_besides(cinema):
    assert cinema.schema.to_mermaid().splitlines() == [
        "erDiagram",
        "    Rating {",
        "        int id PK",
        '        int person FK "unique with film"',
        '        int film FK "unique with person"',
        "        int stars",
        '        datetime at "or None"',
        "    }",
        "    Film {",
        "        int id PK",
        "        str title",
        "        int year",
        '        int budget "or None"',
        "        Many[Rating] ratings",
        '        Many[Person] fans "through ratings"',
        "    }",
        "    Person {",
        "        int id PK",
        "        str email UK",
        "        str name",
        "        Many[Rating] ratings",
        '        Many[Film] seen "through ratings"',
        "        Card card",
        "    }",
        "    Card {",
        "        int id PK",
        "        str number",
        "        int person FK, UK",
        "    }",
        "    Copy {",
        "        int id PK",
        '        int edition FK "or None"',
        "        Decimal(2) price",
        '        int rating FK "or None"',
        "    }",
        "    Edition {",
        "        int id PK",
        '        str title "unique with year"',
        '        int year "unique with title"',
        "    }",
        "    Person ||--o{ Rating : person",
        "    Film ||--o{ Rating : film",
        "    Person ||--o| Card : person",
        "    Edition |o--o{ Copy : edition",
        "    Rating |o--o{ Copy : rating",
    ]


def test_mermaid_gets_no_word_of_its_own_as_a_name(store):
    class Class(Model):
        uk: bool
        ended: bool = False
        rows: Many["Row"] = has_many(where={"PK": 1}, order_by="to")

    class Row(Model):
        to: Class
        PK: int

    Row.all()
    drawn = store.schema.to_mermaid()
    assert '    "Class" {' in drawn and '    "Class" ||--o{ Row : "to"' in drawn
    assert '        bool uk_ "uk"' in drawn and '        int PK_ "PK"' in drawn
    assert '        Many[Row] rows "where #123;#39;PK#39;#58; 1#125; by col#40;#34;to#34;#41;"' in drawn


def test_ipython_sends_no_html_beside_it(cinema):
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(cinema.schema)
    assert set(data) == {"text/vnd.mermaid", "image/svg+xml", "text/plain"}


def test_the_picture_has_every_model_field_and_collection(cinema):
    words = texts(drawn(cinema))
    for word in ("Person", "Film", "Rating", "Edition", "Copy", "email", "stars", "fans", "[Person]", "datetime?"):
        assert word in words


def test_the_picture_has_an_arrow_a_reference_dashed_where_it_may_be_none(cinema):
    arrows = [each for each in drawn(cinema).iter(f"{SVG}path") if each.get("class") == "line"]
    assert len(arrows) == 5
    assert sum(each.get("stroke-dasharray") is not None for each in arrows) == 2


def test_the_picture_runs_nothing_and_asks_for_nothing(cinema):
    tags = {each.tag.removeprefix(SVG) for each in drawn(cinema).iter()}
    assert tags == {"svg", "title", "style", "defs", "marker", "path", "rect", "text"}
    assert "http" not in cinema.schema._repr_svg_().replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_same_schema_is_the_same_picture(cinema):
    assert cinema.schema._repr_svg_() == cinema.schema._repr_svg_()


def test_boxes_neither_overlap_nor_leave_the_picture(cinema):
    picture = drawn(cinema)
    boxes = [
        [float(each.get(name)) for name in ("x", "y", "width", "height")]
        for each in picture.iter(f"{SVG}rect")
        if each.get("class") == "box"
    ]
    assert len(boxes) == 6
    for at, (x, y, width, height) in enumerate(boxes):
        assert x >= 0 and y >= 0
        assert x + width <= float(picture.get("width")) and y + height <= float(picture.get("height"))
        for other_x, other_y, other_width, other_height in boxes[:at]:
            apart = x >= other_x + other_width or other_x >= x + width
            assert apart or y >= other_y + other_height or other_y >= y + height


def test_an_empty_schema_says_so():
    assert texts(drawn(Store())) == ["No models yet"]


def test_models_that_refer_to_themselves_and_in_circles_are_drawn():
    class Employee(Model):
        name: str
        boss: "Employee | None" = None

    class Hen(Model):
        egg: "Egg | None" = None

    class Egg(Model):
        hen: Hen | None = None

    with Store() as store:
        for model in (Employee, Hen, Egg):
            model.all()
        arrows = [each for each in drawn(store).iter(f"{SVG}path") if each.get("class") == "line"]
    assert len(arrows) == 3


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", 'a"b&', "a\x01b\uffff", "漢字", "x" * 300])
def test_names_are_text(name):
    """Those of a file's models and fields may be anything."""
    field = {"name": name, "to": None, "type": "str", "optional": False}
    model: Any = {"name": name, "fields": [field], "collections": [], "unique": [], "key": []}
    words = texts(ElementTree.fromstring(f'<svg xmlns="http://www.w3.org/2000/svg">{Box(model).drawn()}</svg>'))
    shown = name.replace("\x01", "\N{REPLACEMENT CHARACTER}").replace("\uffff", "\N{REPLACEMENT CHARACTER}")
    assert words[0] == words[1] == (shown if len(shown) <= 40 else shown[:39] + "…")


def test_a_model_of_very_many_fields_is_cut():
    made = {f"field_{n}": int for n in range(60)}
    wide = type("Wide", (Model,), {"__annotations__": made, "__module__": __name__})
    with Store() as store:
        wide.all()
        words = texts(drawn(store))
    assert "and 37 more" in words and "field_22" in words and "field_23" not in words


# How boxes are laid out


def columns(boxes: int, lines: list[tuple[int, int]]) -> list[set[int]]:
    return [{node for node in column if node < boxes} for column in Layers(boxes, lines).columns]


def test_what_is_referred_to_stands_left():
    assert columns(4, [(2, 0), (2, 1), (3, 2)]) == [{0, 1}, {2}, {3}]
    assert columns(3, []) == [{0, 1, 2}]
    assert columns(0, []) == []


def test_a_line_over_several_columns_has_a_place_in_each():
    layers = Layers(3, [(1, 0), (2, 1), (2, 0)])
    assert [len(column) for column in layers.columns] == [1, 2, 1]
    assert layers.bends[0, 2] == [3]


def test_circles_are_cut_where_they_close():
    assert sum(len(column) for column in columns(3, [(0, 1), (1, 2), (2, 0)])) == 3
    assert len(columns(2, [(0, 1), (1, 0), (0, 0)])) == 2


def test_few_lines_cross():
    """Two pairs that were declared crosswise are put beside each other."""
    layers = Layers(4, [(2, 1), (3, 0)])
    left, right = layers.columns
    assert [left.index(1), left.index(0)] == [right.index(2), right.index(3)]


def test_a_long_chain_is_no_deep_recursion():
    assert len(columns(5000, [(at + 1, at) for at in range(4999)])) == 5000
