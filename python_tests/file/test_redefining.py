"""A class is redefined while its file is open, as in a notebook."""

import textwrap
from typing import Any

import pytest
from hasmany import DuplicateError, Model, SchemaError, Store, belongs_to

from .files import assert_sound, columns, rows, tables
from .people import NARROW, PERSON, UNIQUE


@pytest.fixture
def notebook(new_module) -> Any:
    """Runs cells in one module; gives what the last one defined."""
    module = new_module()

    def run(source: str) -> Any:
        exec(textwrap.dedent(source), module.__dict__)  # noqa: S102
        return module.Person

    return run


def test_a_cell_that_runs_twice_changes_nothing(path, notebook):
    with Store(path):
        ann = notebook(PERSON)("Ann")
        before = tables(path), rows(path, "pragma schema_version")
        assert notebook(PERSON).all() == [ann]
        assert (tables(path), rows(path, "pragma schema_version")) == before


def test_a_class_that_is_redefined_changes_its_table(path, notebook):
    with Store(path) as store:
        person = notebook(PERSON)
        ann = person("Ann", 41)
        notebook(UNIQUE + "        email: str = 'none'\n")
        assert ann.email == "none"
        person("Ben", email="b@c.d")
        with pytest.raises(DuplicateError):
            person("Ann")
        assert rows(path, "select name, email from persons") == [("Ann", "none"), ("Ben", "b@c.d")]
        store.check()
    with Store(path):
        assert person.all().values("email") == ["none", "b@c.d"]
    assert_sound(path)


@pytest.mark.filterwarnings("ignore:Person")
def test_a_field_that_a_cell_took_out_stays_in_the_file(path, notebook):
    with Store(path) as store:
        person = notebook(PERSON)
        ann = person("Ann", 41, "A")
        notebook(NARROW)
        with pytest.raises(AttributeError):
            _ = ann.nickname
        person("Ben")
        store.check()
    assert rows(path, "select name, nickname from persons") == [("Ann", "A"), ("Ben", None)]
    with Store(path) as store:
        assert "nickname" in (person.all() is not None and str(store.schema))
    with Store(path):
        assert notebook(PERSON.replace("age: int = 30", "age: int | None = None")).find(1).nickname == "A"


def test_a_cell_that_does_not_fit_the_file_leaves_class_and_file_as_they_were(path, notebook):
    with Store(path) as store:
        person = notebook(PERSON)
        ann = person("Ann", 41)
        before = tables(path), rows(path, "pragma schema_version")
        for body in (
            PERSON.replace("age: int = 30", "age: str = ''"),
            PERSON.replace("name: str", "name: str\n        x: int"),
        ):
            with pytest.raises(SchemaError):
                notebook(body)
        assert (ann.name, ann.age) == ("Ann", 41)
        assert (tables(path), rows(path, "pragma schema_version")) == before
        assert person("Ben").id == 2
        store.check()


def test_a_class_redefined_while_no_file_is_open_changes_the_file_when_it_opens(path, notebook):
    with Store(path):
        notebook(PERSON)("Ann")
    person = notebook(PERSON + "        email: str = 'none'\n")
    with Store(path):
        assert columns(person, "name", "email") == [(1, "Ann", "none")]


def test_a_class_is_redefined_in_every_file_that_is_open(path, notebook):
    other = path.with_name("other.db")
    person = notebook(PERSON)
    with Store(path):
        person("Ann")
        with Store(other):
            person("Ann")
            with Store(path, read_only=True):
                notebook(PERSON + "        email: str = 'none'\n")
    for file in (path, other):
        assert rows(file, "select name, email from persons") == [("Ann", "none")]


def test_a_class_may_be_redefined_in_place_of_a_closed_store_s(people, declare):
    with Store(people) as store:
        person = declare(PERSON).Person
        ann = person.find(1)
    store.close()
    assert isinstance(ann, Model)
    assert ann.name == "Ann"


def test_a_reference_that_was_taken_out_is_just_numbers(path):
    """Nobody keeps it right any more, so it neither cascades nor can it make the file unreadable."""

    class Author(Model):
        name: str

    def post(**fields: object) -> type[Model]:
        body = {"__annotations__": {"title": str, **fields}, "__module__": __name__}
        if fields:
            body["author"] = belongs_to(on_delete="cascade")
        return type("Post", (Model,), body)

    with Store(path):
        post(author=Author)("x", Author("ann"))
    with Store(path) as store:
        assert post().all().values("title") == ["x"]
        assert "author_id" in str(store.schema)
    with Store(path) as store:
        assert Author.find(1).delete() == {"Author": 1}
        store.check()
    with Store(path) as store:
        assert post().all().values("title") == ["x"]
        store.check()
    assert rows(path, "select id, title, author_id from posts") == [(1, "x", 1)]


def test_a_reader_does_not_make_up_what_is_in_the_file(path):
    def note(**fields: object) -> type[Model]:
        return type(
            "Note",
            (Model,),
            {"__annotations__": {"title": str, **fields}, "__module__": __name__, "likes": 0}
            if fields
            else {"__annotations__": {"title": str}, "__module__": __name__},
        )

    with Store(path):
        note()("x")
    with Store(path, read_only=True) as reader:
        with Store(path):
            note(likes=int).all()[0].likes = 7
        assert reader.refresh()
        with reader:
            assert note(likes=int).all().values("likes") == [7]
    with Store(path, read_only=True), pytest.raises(SchemaError, match="likes"):
        note().all()
        note(likes=int)
