"""Running a class cell again redefines its model in place."""

from collections.abc import Callable
from types import ModuleType

import pytest
from hasmany import Model, SchemaError

PERSON = """
class Person(Model):
    name: str
"""

PET = """
class Pet(Model):
    name: str
    owner: Person
"""

Run = Callable[[str], None]


@pytest.fixture
def notebook(new_module) -> ModuleType:
    """A module of its own for each test, as a notebook is one to its cells."""
    return new_module()


@pytest.fixture
def run(notebook) -> Run:
    """Runs a cell."""

    def run_cell(source: str) -> None:
        exec(compile(source, "<cell>", "exec"), notebook.__dict__)  # noqa: S102 - a cell is a source text

    return run_cell


def test_running_a_class_cell_again_gives_the_same_class(run, notebook):
    run(PERSON)
    first = notebook.Person
    run(PERSON)
    assert notebook.Person is first


def test_rows_stay_and_records_go_on(run, notebook):
    run(PERSON)
    ann = notebook.Person("Ann")
    run(PERSON)
    assert ann.name == "Ann"
    assert isinstance(ann, notebook.Person)
    assert notebook.Person.all() == [ann]
    assert notebook.Person("Ben").id == 2


def test_a_new_method_serves_the_records_that_are_there(run, notebook):
    run(PERSON)
    ann = notebook.Person("Ann")
    run(PERSON + "    def greet(self): return 'hi ' + self.name\n")
    assert ann.greet() == "hi Ann"
    run(PERSON + "    def greet(self): return 'ho ' + self.name\n")
    assert ann.greet() == "ho Ann"
    run(PERSON)
    assert not hasattr(ann, "greet")


def test_super_works_in_a_redefined_class(run, notebook):
    cell = PERSON + "    def __repr__(self): return '!' + super().__repr__()\n    def own(self): return __class__\n"
    run(cell)
    ann = notebook.Person("Ann")
    run(cell)
    assert repr(ann) == "!Person(1, name='Ann')"
    assert ann.own() is notebook.Person


def test_references_of_other_models_go_on(run, notebook):
    run(PERSON)
    run(PET)
    ann = notebook.Person("Ann")
    rex = notebook.Pet("rex", ann)
    run(PERSON)
    fido = notebook.Pet("fido", ann)
    assert rex.owner == fido.owner == ann
    assert notebook.Pet.where(owner=ann) == [rex, fido]
    assert isinstance(rex.owner, notebook.Person)


def test_running_every_cell_twice_changes_nothing(run, notebook):
    cells = [PERSON + "    pets: Many['Pet'] = has_many()\n", PET]
    for cell in cells:
        run(cell)
    ann = notebook.Person("Ann")
    rex = notebook.Pet("rex", ann)
    for cell in cells:
        run(cell)
    assert ann.pets == [rex]
    assert ann.pets.create("fido").owner == ann


def test_a_collection_can_be_added_and_taken_away(run, notebook):
    run(PERSON)
    run(PET)
    ann = notebook.Person("Ann")
    rex = notebook.Pet("rex", ann)
    run(PERSON + "    pets: Many['Pet'] = has_many()\n")
    assert ann.pets == [rex]
    run(PERSON)
    with pytest.raises(AttributeError):
        _ = ann.pets


def test_a_new_field_with_a_default_gives_it_to_the_rows_that_are_there(run, notebook):
    run(PERSON)
    ann = notebook.Person("Ann")
    run(PERSON + "    age: int = 30\n    email: str | None = None\n")
    assert (ann.name, ann.age, ann.email) == ("Ann", 30, None)
    ann.age = 31
    ben = notebook.Person("Ben", 7)
    assert notebook.Person.all().values("age") == [31, 7]
    assert notebook.Person.find_by(age=7) == ben


def test_a_lost_field_goes_with_a_warning(run, notebook):
    run(PERSON + "    age: int = 30\n")
    ann = notebook.Person("Ann", 3)
    with pytest.warns(UserWarning, match="Person: age and the values in it are gone"):
        run(PERSON)
    with pytest.raises(AttributeError):
        _ = ann.age
    assert ann.name == "Ann"
    with pytest.raises(TypeError):
        notebook.Person("Ben", 4)


def test_a_field_can_be_made_unique_and_the_index_is_right(run, notebook):
    run(PERSON)
    ann = notebook.Person("Ann")
    run("class Person(Model):\n    name: str = field(unique=True)\n")
    assert notebook.Person.find_by(name="Ann") == ann
    with pytest.raises(ValueError):
        notebook.Person("Ann")


def test_a_new_required_field_is_refused_where_rows_exist_and_the_old_class_stays(run, notebook):
    run(PERSON)
    ann, old = notebook.Person("Ann"), notebook.Person
    with pytest.raises(SchemaError, match="age"):
        run(PERSON + "    age: int\n")
    assert notebook.Person is old
    assert ann.name == "Ann"
    assert notebook.Person("Ben").name == "Ben"
    assert not hasattr(ann, "age")


def test_a_field_of_another_type_is_refused_where_rows_exist_and_the_old_class_stays(run, notebook):
    run(PERSON + "    age: int = 30\n")
    ann = notebook.Person("Ann", 3)
    with pytest.raises(SchemaError, match="age"):
        run(PERSON + "    age: str = ''\n    def greet(self): return 'hi'\n")
    assert ann.age == 3
    ann.age = 4
    assert notebook.Person("Ben", 5).age == 5
    assert not hasattr(ann, "greet")


def test_a_reference_to_another_model_is_refused_where_rows_exist(run, notebook):
    run(PERSON)
    run(PET)
    run("class Dog(Model):\n    pet: Pet\n")
    ann = notebook.Person("Ann")
    rex = notebook.Pet("rex", ann)
    dog = notebook.Dog(rex)
    with pytest.raises(SchemaError, match="pet"):
        run("class Dog(Model):\n    pet: Person\n")
    assert dog.pet == rex


def test_anything_can_be_redefined_where_there_are_no_rows(run, notebook):
    run(PERSON)
    run("class Person(Model):\n    code: int\n    name: bytes\n")
    person = notebook.Person(7, b"Ann")
    assert (person.code, person.name) == (7, b"Ann")


def test_a_class_made_twice_in_a_function_is_one_class():
    def make() -> type[Model]:
        class Visitor(Model):
            name: str

        return Visitor

    first = make()
    visitor = first("Ann")
    second = make()
    assert second is first
    assert isinstance(visitor, second)
