"""What cannot work is a SchemaError."""

import pytest
from hasmany import HasManyError, SchemaError

DOCTORS = """
        class Doctor(Model):
            name: str
            appointments: Many["Appointment"] = has_many()
            patients: Many["Patient"] = has_many(through={through!r}, source={source!r})

        class Patient(Model):
            name: str

        class Appointment(Model):
            doctor: Doctor
            patient: Patient

        len(Doctor("House").patients)
"""


@pytest.mark.parametrize("source", [None, "patient"])
def test_the_pattern_of_the_following_tests_is_right(declare, source):
    declare(DOCTORS.format(through="appointments", source=source))


@pytest.mark.parametrize("name", ["id", "all", "find", "find_by", "find_or_create", "where", "update", "delete"])
def test_a_reserved_name_is_no_field(declare, name):
    for annotation in ("str", "int | None = None"):
        with pytest.raises(SchemaError, match=name):
            declare(
                f"""
                class Thing(Model):
                    {name}: {annotation}
                """
            )


def test_a_reserved_name_is_no_collection_and_no_reference(declare):
    for line in ("find: Many['Thing'] = has_many()", "all: User"):
        with pytest.raises(SchemaError):
            declare(
                f"""
                class Thing(Model):
                    {line}
                """
            )


@pytest.mark.parametrize("name", ["__init__", "__new__"])
def test_a_body_has_no_constructor(declare, name):
    with pytest.raises(SchemaError, match=name):
        declare(
            f"""
            class Thing(Model):
                name: str

                def {name}(self, *args):
                    pass
            """
        )


def test_a_concrete_model_is_no_base(declare):
    with pytest.raises(SchemaError, match="Animal"):
        declare(
            """
            class Animal(Model):
                name: str

            class Dog(Animal):
                tricks: int = 0
            """
        )


@pytest.mark.parametrize(
    "body",
    [
        "first: int = 0\n    second: str",
        "first: str | None = None\n    second: User",
        "first: int = field(default=0)\n    second: str = field(unique=True)",
        "first: int = field(default_factory=int)\n    second: User = belongs_to(on_delete='cascade')",
        "first: User | None = belongs_to(default=None)\n    second: int",
    ],
)
def test_a_required_field_does_not_follow_an_optional_one(declare, body):
    with pytest.raises(SchemaError, match="second"):
        declare(f"class Thing(Model):\n    {body}")


def test_a_collection_may_stand_anywhere_in_a_body(declare):
    module = declare(
        """
        class Box(Model):
            things: Many["Thing"] = has_many()
            name: str

        class Thing(Model):
            box: Box
        """
    )
    assert module.Box("b").things == []


def test_only_an_optional_reference_can_be_nullified(declare):
    with pytest.raises(SchemaError, match="user"):
        declare(
            """
            class Thing(Model):
                user: User = belongs_to(on_delete="nullify")

            Thing(User("alice"))
            """
        )


@pytest.mark.parametrize("unique", ["('name', 'sise')", "(('name',), ('sise', 'name'))", "('sise',)"])
def test_a_unique_tuple_names_fields(declare, unique):
    with pytest.raises(SchemaError, match="size"):
        declare(
            f"""
            class Thing(Model, unique={unique}):
                name: str
                size: int = 0

            Thing("x")
            """
        )


@pytest.mark.parametrize("annotation", ["complex", "list[int]", "object", "dict", "int | str", "'Missing'", "None"])
def test_a_field_has_one_of_the_types_or_a_model(declare, annotation):
    with pytest.raises(SchemaError, match="odd"):
        declare(
            f"""
            class Thing(Model):
                odd: {annotation}

            Thing(None)
            """
        )


def test_belongs_to_stands_at_a_reference_and_has_many_at_a_collection(declare):
    for line in ("odd: str = belongs_to()", "odd: str = has_many()", "odd: User = has_many()"):
        with pytest.raises(SchemaError, match="odd"):
            declare(
                f"""
                class Thing(Model):
                    {line}

                Thing("x").odd
                """
            )


@pytest.mark.parametrize(
    ("through", "source", "word"),
    [
        ("apointments", None, "appointments"),
        ("name", None, "name"),
        ("patients", None, "patients"),
        ("appointments", "pacient", "patient"),
    ],
)
def test_a_path_of_wrong_names_is_refused(declare, through, source, word):
    with pytest.raises(SchemaError, match=rf"\b{word}\b"):
        declare(DOCTORS.format(through=through, source=source))


def test_paths_that_go_through_each_other_are_refused(declare):
    with pytest.raises(SchemaError):
        declare(
            """
            class Thing(Model):
                ones: Many["Thing"] = has_many(through="others")
                others: Many["Thing"] = has_many(through="ones")

            Thing().ones
            """
        )


def test_a_collection_needs_a_reference_back(declare):
    with pytest.raises(SchemaError, match="Wheel"):
        declare(
            """
            class Car(Model):
                wheels: Many["Wheel"] = has_many()

            class Wheel(Model):
                size: int

            Car().wheels
            """
        )


@pytest.mark.parametrize(
    ("by", "word"), [("", r"\bby\b"), ("by='origen'", "origin"), ("by='length'", "length"), ("by='crew'", "crew")]
)
def test_a_collection_over_one_of_several_references_says_by_which(declare, by, word):
    with pytest.raises(SchemaError, match=word):
        declare(
            f"""
            class City(Model):
                flights: Many["Flight"] = has_many({by})

            class Crew(Model):
                name: str

            class Flight(Model):
                origin: City
                target: City
                crew: Crew
                length: int = 0

            City().flights
            """
        )


def test_a_path_that_could_go_two_ways_says_by_which_source(declare):
    with pytest.raises(SchemaError, match="source"):
        declare(
            """
            class Team(Model):
                games: Many["Game"] = has_many(by="team")
                people: Many["Person"] = has_many(through="games")

            class Person(Model):
                name: str

            class Game(Model):
                team: Team
                umpire: Person
                scorer: Person

            Team().people
            """
        )


def test_a_collection_holds_what_its_annotation_says(declare):
    with pytest.raises(SchemaError):
        declare(DOCTORS.format(through="appointments", source="doctor"))


def test_a_refused_class_can_be_declared_right(declare):
    module = declare("pass")
    with pytest.raises(SchemaError):
        declare("class Thing(Model):\n    id: int\n", module)
    declare("class Thing(Model):\n    name: str\n", module)
    assert module.Thing("x").name == "x"


def test_a_schema_error_is_a_type_error():
    assert issubclass(SchemaError, TypeError)
    assert issubclass(SchemaError, HasManyError)
