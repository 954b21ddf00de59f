"""A store as a graph of networkx: which rows are edges, and what happens to names that are taken."""

import sys

import pytest
from hasmany import Model, Store, User, belongs_to

pytest.importorskip("networkx")


class Department(Model):
    name: str


class Employee(Model):
    """Two references, but one is to its own model: others may refer to it."""

    name: str
    department: Department
    manager: "Employee | None" = belongs_to(default=None)


class Car(Model):
    model: str
    owner: Employee | None = belongs_to(default=None)


class Empty(Model):
    pass


class Twin(Model):
    one: Empty
    other: Empty


def test_a_row_of_a_model_that_refers_to_itself_is_a_node(store):
    sales = Department("sales")
    boss = Employee("Ann", sales)
    clerk = Employee("Ben", sales, boss)
    graph = store.to_networkx()
    assert list(graph.nodes) == [sales, boss, clerk]
    assert list(graph.edges(data="reference")) == [
        (boss, sales, "department"),
        (clerk, sales, "department"),
        (clerk, boss, "manager"),
    ]


def test_the_name_of_the_model_stands_before_a_field_of_that_name(store):
    car = Car("Golf")
    assert store.to_networkx().nodes[car] == {"model": "Car", "id": 1}


def test_rows_without_fields_are_nodes_and_edges(store):
    one = Empty()
    Twin(one, one), Twin(one, one)
    graph = store.to_networkx()
    assert dict(graph.nodes(data=True)) == {one: {"model": "Empty", "id": 1}}
    assert list(graph.edges(data=True)) == [
        (one, one, {"model": "Twin", "id": 1}),
        (one, one, {"model": "Twin", "id": 2}),
    ]


def test_a_closed_store_and_one_that_is_not_current_are_graphs(store):
    alice = User("alice")
    store.close()
    with Store():
        assert list(store.to_networkx()) == [alice]


def test_without_networkx_it_says_what_to_install(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ImportError, match="pip install networkx"):
        store.to_networkx()
