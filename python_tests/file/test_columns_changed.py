"""Classes change, files stay: a change is taken over where the rows allow it, and refused with a reason elsewhere."""

import sqlite3
from typing import Any

import pytest
from hasmany import DuplicateError, RestrictError, SchemaError, Store, User

from .files import assert_sound, columns, digest, raw, rows, tables
from .people import NARROW, PERSON, PETS, UNIQUE, uniqueness


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("age: str = ''", "age"),
        ("age: date = date(2026, 3, 1)", "age"),
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


def test_unique_may_be_added_where_it_holds(people, declare):
    with Store(people):
        person = declare(UNIQUE).Person
        assert person.find(name="Ben").id == 2
        with pytest.raises(DuplicateError):
            person("Ann")
    assert uniqueness(people, "persons") == [True]
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
    assert uniqueness(people, "persons") == []


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
