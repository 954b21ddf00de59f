"""Names of classes, fields and collections from those of tables and columns."""

import pytest
from hasmany.naming import class_name, field_name, free, plural, singular, snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("OrderDetails", "order_details"),
        ("order_details", "order_details"),
        ("Order Details", "order_details"),
        ("playerID", "player_id"),
        ("HTTPServer2Name", "http_server2_name"),
        ("2B", "x2b"),
        ("--", "x"),
        ("Straße", "straße"),
    ],
)
def test_fields_are_snake_case(name, expected):
    assert snake(name) == expected


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("category", "categories"),
        ("person", "people"),
        ("address", "addresses"),
        ("box", "boxes"),
        ("day", "days"),
        ("movie", "movies"),
        ("child", "children"),
        ("track", "tracks"),
        ("dish", "dishes"),
        ("status", "statuses"),
        ("series", "series"),
        ("house", "houses"),
    ],
)
def test_singular_and_plural(one, many):
    assert (singular(many), plural(one), plural(many)) == (one, many, many)
    assert plural(f"old_{one}") == f"old_{many}"


def test_classes_are_in_the_singular_and_differ():
    assert class_name("Order Details", []) == "OrderDetail"
    assert class_name("people", []) == "Person"
    assert class_name("2nd", []) == "X2nd"
    assert class_name("orders", ["Order"]) == "Order_"
    assert class_name("", []) == "Table"
    assert class_name("models", []) == "Model_"


def test_a_name_that_is_taken_gets_a_number():
    assert free("a", ["A", "a_"]) == "a_2"
    assert [field_name(name, ["x"]) for name in ("x", "all", "class", "None", "id")] == [
        "x_",
        "all_",
        "class_",
        "none",
        "id_",
    ]
