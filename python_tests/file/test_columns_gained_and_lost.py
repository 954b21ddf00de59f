"""Classes change, files stay: what a class gained is added, what it lost is kept."""

import pytest
from hasmany import RestrictError, SchemaError, Store

from .files import assert_sound, columns, rows, tables
from .people import NARROW, PERSON, PETS, uniqueness

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
    assert uniqueness(people, "persons") == [False]
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
