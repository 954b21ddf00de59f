"""Classes change, files stay: what a class gained is added, what it lost is kept, what cannot be is said."""

import sqlite3
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hasmany import DuplicateError, Model, RestrictError, SchemaError, Store, User, belongs_to

from .files import assert_sound, columns, digest, raw, rows, tables

Declare = Callable[..., Any]


@pytest.fixture
def declare(new_module) -> Declare:
    """Runs class bodies in a module of their own, as another version of a program would; gives the module."""

    def run(source: str) -> ModuleType:
        module = new_module()
        exec("from datetime import *\n" + textwrap.dedent(source), module.__dict__)  # noqa: S102
        return module

    return run


PERSON = """
    class Person(Model):
        name: str
        age: int = 30
        nickname: str | None = None
"""

PETS = """
    class Person(Model):
        name: str
        pets: Many["Pet"] = has_many()

    class Pet(Model):
        name: str
        owner: Person = belongs_to(on_delete={on_delete!r})
"""


@pytest.fixture
def people(path, declare) -> Path:
    """Ann, 41, called A; Ben, 30."""
    with Store(path):
        person = declare(PERSON).Person
        person("Ann", 41, "A")
        person("Ben")
    return path


def indexes(path: Path, table: str) -> list[bool]:
    """For each index of a table, whether it is unique."""
    return [bool(unique) for _, _, unique, *_ in rows(path, f"pragma index_list({table})")]


# ── gained ────────────────────────────────────────────────────────────────────────────────────────


def test_a_field_the_class_gained_is_added_with_its_default(people, declare):
    wider = PERSON + "        email: str | None = None\n        score: float = 1.5\n"
    with Store(people) as store:
        person = declare(wider).Person
        assert columns(person, "name", "age", "email", "score") == [
            (1, "Ann", 41, None, 1.5),
            (2, "Ben", 30, None, 1.5),
        ]
        person.find(2).score = 2.5
        person("Cem", email="c@d.e", score=7)
        store.check()
    assert rows(people, "select name, age, nickname, email, score from persons") == [
        ("Ann", 41, "A", None, 1.5),
        ("Ben", 30, None, None, 2.5),
        ("Cem", 30, None, "c@d.e", 7.0),
    ]
    with Store(people):
        assert declare(wider).Person.all().values("score") == [1.5, 2.5, 7.0]
    assert_sound(people)


def test_a_field_may_be_gained_in_any_place(people, declare):
    with Store(people):
        person = declare("class Person(Model):\n    age: int\n    code: bytes = b'x'\n    name: str = ''\n").Person
        assert columns(person, "name", "age", "code") == [(1, "Ann", 41, b"x"), (2, "Ben", 30, b"x")]
        assert person(5, b"y", "Cem").age == 5
    assert rows(people, "select name, age, code from persons where id = 3") == [("Cem", 5, b"y")]


def test_a_default_factory_gives_the_rows_that_are_there_a_value(people, declare):
    with Store(people):
        person = declare(PERSON + "        tag: str = field(default_factory=lambda: 'made')\n").Person
        assert person.all().values("tag") == ["made", "made"]
    assert rows(people, "select distinct tag from persons") == [("made",)]


def test_a_required_field_is_gained_only_where_there_are_no_rows(people, declare):
    wider = "class Person(Model):\n    name: str\n    height: int\n"
    before = tables(people)
    with Store(people):
        with pytest.raises(SchemaError, match="height"):
            declare(wider).Person.all()
        declare(PERSON).Person.all().delete_all()
    with Store(people):
        assert declare(wider).Person("Cem", 180).id == 3
    assert before["persons"]
    assert rows(people, "select id, name, height from persons") == [(3, "Cem", 180)]


def test_a_reference_the_class_gained_is_added_with_its_key_and_its_index(people, declare):
    with Store(people):
        person = declare(
            PERSON + "        friend: 'Person | None' = belongs_to(on_delete='nullify', default=None)\n"
        ).Person
        ann, ben = person.all()
        assert (ann.friend, ben.friend) == (None, None)
        ann.friend = ben
        ben.delete()
        assert ann.friend is None
        ann.friend = ann
    (key,) = rows(people, "pragma foreign_key_list(persons)")
    assert (key[2], key[3], key[6]) == ("persons", "friend_id", "SET NULL")
    assert indexes(people, "persons") == [False]
    assert rows(people, "select id, friend_id from persons") == [(1, 1)]
    assert_sound(people)


def test_rows_that_others_refer_to_survive_a_new_column(path, declare):
    with Store(path):
        module = declare(PETS.format(on_delete="cascade"))
        ann = module.Person("Ann")
        module.Pet("Rex", ann)
        module.Pet("Fido", ann)
    with Store(path) as store:
        module = declare(
            PETS.format(on_delete="cascade").replace("name: str\n", "name: str\n        born: int = 1\n", 1)
        )
        (ann,) = module.Person.all()
        assert ann.pets.values("name") == ["Rex", "Fido"]
        assert ann.born == 1
        assert ann.delete() == {"Person": 1, "Pet": 2}
        store.check()
    assert tables(path) == {"persons": [], "pets": []}
    assert_sound(path)


# ── lost ──────────────────────────────────────────────────────────────────────────────────────────


NARROW = "class Person(Model):\n    name: str\n"


def test_a_field_the_class_lost_is_left_in_the_file_and_reported(people, declare):
    with Store(people) as store:
        person = declare(NARROW).Person
        assert columns(person, "name") == [(1, "Ann"), (2, "Ben")]
        for word in ("nickname", "age"):
            assert word in str(store.schema)
            assert not hasattr(person.find(1), word)
        person("Cem")
        person.find(1).name = "Anna"
        store.check()
    assert rows(people, "select name, nickname from persons") == [("Anna", "A"), ("Ben", None), ("Cem", None)]
    assert rows(people, "select age from persons limit 2") == [(41,), (30,)]
    with Store(people):
        person = declare("class Person(Model):\n    name: str\n    nickname: str | None = None\n").Person
        assert person.all().values("nickname") == ["A", None, None]
    assert_sound(people)


def test_a_reference_the_class_lost_is_left_in_the_file_and_honoured(path, declare):
    with Store(path):
        module = declare(PETS.format(on_delete="restrict"))
        module.Pet("Rex", module.Person("Ann"))
    with Store(path) as store:
        pet = declare("class Pet(Model):\n    name: str\n").Pet
        person = declare(NARROW).Person
        assert "owner" in str(store.schema)
        with pytest.raises(RestrictError):
            person.find(1).delete()
        pet("stray")
        pet.find(1).delete()
        assert person.find(1).delete() == {"Person": 1}
        store.check()
    assert rows(path, "select name, owner_id from pets") == [("stray", None)]
    assert_sound(path)


# ── changed ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("age: str = ''", "age"),
        ("age: float = 0.0", "age"),
        ("age: bool = False", "age"),
        ("nickname: bytes | None = None", "nickname"),
        ("nickname: datetime | None = None", "nickname"),
    ],
)
def test_a_changed_type_is_a_schema_error_that_says_how_to_go_on(people, declare, line, name):
    before = tables(people)
    with Store(people) as store:
        person = declare(f"class Person(Model):\n    name: str\n    {line}\n").Person
        for _ in range(2):
            with pytest.raises(SchemaError, match=name) as caught:
                person.all()
            assert "Person" in str(caught.value) or "persons" in str(caught.value)
            assert len(str(caught.value)) > 60
        User("goes on")
        store.check()
    assert tables(people)["persons"] == before["persons"]
    with Store(people):
        assert declare(PERSON).Person.all().values("name") == ["Ann", "Ben"]


def test_a_time_is_no_text_and_no_date(path, declare):
    forms = ("datetime", "str", "date")
    for number, form in enumerate(forms):
        file = path.with_name(f"{form}.db")
        with Store(file):
            declare(f"class Person(Model):\n    at: {form} | None = None\n").Person()
        for other in forms[:number] + forms[number + 1 :]:
            with Store(file), pytest.raises(SchemaError, match="at"):
                declare(f"class Person(Model):\n    at: {other} | None = None\n").Person.all()


def test_a_field_does_not_become_a_reference(path, declare):
    with Store(path):
        declare("class Person(Model):\n    owner_id: int\n").Person(1)
    with Store(path):
        User("alice")
        with pytest.raises(SchemaError, match="owner"):
            declare("class Person(Model):\n    owner: User\n").Person.all()
        assert declare("class Person(Model):\n    owner_id: int\n").Person.find(1).owner_id == 1


def test_a_reference_to_another_model_is_a_schema_error(path, declare):
    with Store(path):
        module = declare(PETS.format(on_delete="restrict"))
        module.Pet("Rex", module.Person("Ann"))
    with Store(path), pytest.raises(SchemaError, match="owner"):
        declare("class Pet(Model):\n    name: str\n    owner: User\n").Pet.all()


def test_a_required_field_may_become_optional(people, declare):
    with Store(people):
        person = declare(PERSON.replace("age: int = 30", "age: int | None = None")).Person
        person.find(1).age = None
        person("Cem")
    assert rows(people, "select age from persons") == [(None,), (30,), (None,)]


def test_an_optional_field_becomes_required_where_no_row_has_none(people, declare):
    needed = PERSON.replace("str | None = None", "str = 'x'")
    with Store(people):
        with pytest.raises(SchemaError, match="nickname"):
            declare(needed).Person.all()
        declare(PERSON).Person.find(2).nickname = "B"
    with Store(people):
        person = declare(needed).Person
        assert person.all().values("nickname") == ["A", "B"]
    with pytest.raises(sqlite3.IntegrityError), raw(people) as connection:
        connection.execute("update persons set nickname = null")


UNIQUE = PERSON.replace("name: str\n", "name: str = field(unique=True)\n")


def test_unique_may_be_added_where_it_holds(people, declare):
    with Store(people):
        person = declare(UNIQUE).Person
        assert person.find(name="Ben").id == 2
        with pytest.raises(DuplicateError):
            person("Ann")
    assert indexes(people, "persons") == [True]
    with pytest.raises(sqlite3.IntegrityError), raw(people) as connection:
        connection.execute("insert into persons (name, age) values ('Ann', 1)")


def test_unique_cannot_be_added_where_it_does_not_hold(people, declare):
    with Store(people):
        declare(PERSON).Person("Ann")
    with Store(people):
        with pytest.raises(SchemaError, match="name"):
            declare(UNIQUE).Person.all()
        declare(PERSON).Person.find(3).delete()
    with Store(people):
        assert declare(UNIQUE).Person.find(name="Ann").id == 1


def test_unique_may_be_dropped(people, declare):
    with Store(people):
        declare(UNIQUE).Person.all()
    with Store(people) as store:
        person = declare(PERSON).Person
        person("Ann")
        store.check()
    assert [name for (name,) in rows(people, "select name from persons")] == ["Ann", "Ben", "Ann"]
    assert indexes(people, "persons") == []


def test_a_unique_tuple_may_be_changed(path, declare):
    def visits(unique: str) -> Any:
        return declare(f"class Visit(Model, unique={unique}):\n    user: User\n    day: int\n    hour: int = 0\n").Visit

    with Store(path):
        visits("('user', 'day')")(User("alice"), 1)
    with Store(path):
        visit = visits("('user', 'day', 'hour')")
        visit(User.find(1), 1, 5)
        with pytest.raises(DuplicateError):
            visit(User.find(1), 1, 5)
    with Store(path):
        with pytest.raises(SchemaError, match="day"):
            visits("('user', 'day')").all()
        assert len(visits("()").all()) == 2
    assert_sound(path)


@pytest.mark.parametrize(
    ("before", "after", "action"), [("restrict", "cascade", "CASCADE"), ("cascade", "restrict", "")]
)
def test_on_delete_may_be_changed(path, declare, before, after, action):
    with Store(path):
        module = declare(PETS.format(on_delete=before))
        module.Pet("Rex", module.Person("Ann"))
    for _ in range(2):
        with Store(path) as store:
            module = declare(PETS.format(on_delete=after))
            assert len(module.Pet.all()) == 1
            if after == "restrict":
                with pytest.raises(RestrictError):
                    module.Person.find(1).delete()
            else:
                with pytest.raises(ZeroDivisionError), store.transaction():
                    assert module.Person.find(1).delete() == {"Person": 1, "Pet": 1}
                    raise ZeroDivisionError
            store.check()
    ((*_, on_delete, _),) = rows(path, "pragma foreign_key_list(pets)")
    assert action in on_delete
    assert (on_delete == "CASCADE") == (after == "cascade")
    assert_sound(path)


def test_the_same_class_changes_nothing_in_the_file(people, declare):
    before = digest(people)
    with Store(people):
        declare(PERSON).Person.all()
    with Store(people, read_only=True):
        declare(PERSON).Person.all()
    assert digest(people) == before


def test_what_others_made_for_a_table_survives_its_change(people, declare):
    with raw(people) as connection:
        connection.execute("create view adults as select name from persons where age > 40")
        connection.execute("create index by_age on persons (age)")
        connection.execute("create table log (what)")
        connection.execute("create trigger told after insert on persons begin insert into log values (new.name); end")
    with Store(people):
        declare(UNIQUE.replace("age: int = 30", "age: int | None = None") + "        email: str = 'none'\n").Person(
            "Cem"
        )
    assert rows(people, "select * from adults") == [("Ann",)]
    assert rows(people, "select * from log") == [("Cem",)]
    assert [name for _, _, name in rows(people, "pragma index_info(by_age)")] == ["age"]
    assert_sound(people)


def test_ids_go_on_after_a_change(people, declare):
    with Store(people):
        declare(PERSON).Person.find(2).delete()
    with Store(people):
        assert declare(UNIQUE + "        email: str = ''\n").Person("Cem").id == 3


def test_a_store_that_is_only_read_shows_what_the_class_gained_and_changes_nothing(people, declare):
    before = digest(people)
    with Store(people, read_only=True):
        person = declare(PERSON + "        email: str = 'none'\n").Person
        assert columns(person, "name", "email") == [(1, "Ann", "none"), (2, "Ben", "none")]
    with Store(people, read_only=True):
        assert declare(NARROW).Person.all().values("name") == ["Ann", "Ben"]
    with Store(people, read_only=True), pytest.raises(SchemaError, match="age"):
        declare(PERSON.replace("age: int = 30", "age: str = ''")).Person.all()
    assert digest(people) == before


def test_a_class_that_a_read_only_file_has_no_table_for_is_empty(people, declare):
    before = digest(people)
    with Store(people, read_only=True):
        assert declare("class Robot(Model):\n    name: str\n").Robot.all() == []
    assert digest(people) == before


def test_a_change_is_undone_with_the_transaction_around_it_or_stands(people, declare):
    """Whichever it is, memory and file agree."""
    with Store(people) as store:
        person = declare(PERSON + "        email: str = 'none'\n").Person
        with pytest.raises(ZeroDivisionError), store.transaction():
            person("Cem", email="x")
            raise ZeroDivisionError
        assert columns(person, "name", "email") == [(1, "Ann", "none"), (2, "Ben", "none")]
        person("Dee")
        store.check()
    assert rows(people, "select name, email from persons")[-1] == ("Dee", "none")
    assert_sound(people)


def test_a_model_that_is_first_used_in_a_transaction_that_fails_can_be_used_afterwards(path, declare):
    with Store(path) as store:
        module = declare(PETS.format(on_delete="cascade"))
        with pytest.raises(ZeroDivisionError), store.transaction():
            module.Pet("Rex", module.Person("Ann"))
            raise ZeroDivisionError
        assert module.Pet.all() == []
        module.Pet("Fido", module.Person("Ben"))
        store.check()
    with Store(path) as store:
        assert declare(PETS.format(on_delete="cascade")).Pet.all().values("owner.name") == ["Ben"]
        store.check()


# ── notebooks: a class is defined anew while its file is open ─────────────────────────────────────


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


def test_a_class_that_is_defined_anew_changes_its_table(path, notebook):
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


def test_a_class_defined_anew_while_no_file_is_open_changes_the_file_when_it_opens(path, notebook):
    with Store(path):
        notebook(PERSON)("Ann")
    person = notebook(PERSON + "        email: str = 'none'\n")
    with Store(path):
        assert columns(person, "name", "email") == [(1, "Ann", "none")]


def test_a_class_is_defined_anew_in_every_file_that_is_open(path, notebook):
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


def test_a_class_may_be_defined_anew_in_place_of_a_closed_store_s(people, declare):
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
