"""`Store.models()`: classes of tables that nobody declared; `Schema.to_python()`: the module that declares them."""

import gc
import sqlite3
import weakref

import pytest
from hasmany import Like, Model, SchemaError, Store, StoreClosedError, Tweet, User

from .files import assert_sound, digest, forked, tables

SCHOOL = """
from datetime import date
from hasmany import Many, Model, User, belongs_to, field, has_many
class Learner(Model):
    name: str = field(unique=True)
    born: date | None = None
    head: "Learner | None" = belongs_to(on_delete="nullify", default=None)
class Lecture(Model, table="talks"):
    title: str
    by: User | None = None
class Attendance(Model, unique=("learner", "lecture")):
    learner: Learner = belongs_to(on_delete="cascade")
    lecture: Lecture
    mark: float = 1.0
"""


@pytest.fixture
def school(path):
    """Made by a program that is gone."""

    def make():
        space = {"__name__": "gone"}
        exec(SCHOOL, space)  # noqa: S102
        with Store(path):
            ann = space["Learner"]("Ann")
            ben = space["Learner"]("Ben", head=ann)
            talk = space["Lecture"]("Rust", User("alice"))
            space["Attendance"](ann, talk, 2.5), space["Attendance"](ben, talk)

    forked(make)
    return path


def test_tables_that_nobody_declared_have_classes(school):
    with Store(school) as store:
        models = store.models()
        assert list(models) == ["Learner", "User", "Tweet", "Like", "Lecture", "Attendance"]
        assert (models["User"], models["Tweet"], models["Like"]) == (User, Tweet, Like)  # the seed world, as it is
        ben = models["Learner"].find(name="Ben")
        assert ben.head.name == "Ann" and ben.born is None
        assert models["Attendance"].all().values("mark") == [2.5, 1.0]
        assert models["Lecture"].find(1).by.username == "alice"
        assert set(store.schema.models) == set(models.values())
        store.check()


def test_references_between_them_have_collections_and_joins_lead_through(school):
    with Store(school) as store:
        models = store.models()
        ann, ben = models["Learner"].all()
        (talk,) = models["Lecture"].all()
        assert ann.learners == [ben]
        assert talk.learners == [ann, ben] and ann.lectures == [talk]
        talk.learners.remove(ben)
        assert ben.attendances == []
        hops = {each["name"]: each["hops"] for each in store.schema.describe()["models"][4]["collections"]}
        assert hops["learners"] == [["down", "Attendance", "lecture"], ["up", "Attendance", "learner"]]
    assert_sound(school)


def test_they_belong_to_their_store_and_use_it_always(school, store):
    with Store(school) as file:
        learner = file.models()["Learner"]
    again = Store(school)
    learner = again.models()["Learner"]
    assert Store.current() is store
    assert learner("Cem").id == 3 and len(learner.all()) == 3
    assert Store.of(learner.find(3)) is again
    learner.insert_all(name=["Dot"])
    assert learner.where(name=["Dot", "Ann"]).values("name") == ["Ann", "Dot"]
    assert store.stats().rows == {}
    again.close()
    with pytest.raises(StoreClosedError):
        learner("Eve")


def test_each_store_has_a_module_of_its_own(school):
    with Store(school, read_only=True) as one, Store(school, read_only=True) as two:
        first, second = one.models()["Learner"], two.models()["Learner"]
        assert first is not second and first.__module__ != second.__module__
        assert first.__name__ == second.__name__ == "Learner"
        assert one.models()["Learner"] is first


def test_what_the_program_declares_stays_its_own(path, declare):
    with Store(path):
        module = declare("class Owner(Model):\n    name: str\nclass Pet(Model):\n    owner: Owner\n")
        module.Pet(module.Owner("x"))
    with Store(path) as store:
        owner = declare("class Owner(Model):\n    name: str\n").Owner
        owner("y")
        models = store.models()
        assert models["Owner"] is owner
        assert type(models["Pet"].find(1).owner) is owner
        with pytest.raises(SchemaError, match="pets"):
            declare("class Owner(Model):\n    name: str\nclass Pet(Model):\n    owner: Owner\n").Pet.all()


def test_a_store_in_memory_gives_the_classes_that_were_used(store):
    User("x")
    assert store.models() == {"User": User, "Tweet": Tweet, "Like": Like}
    assert Store().models() == {}


def test_looking_changes_no_file(school, declare):
    with Store(school):
        declare("class Learner(Model):\n    name: str = field(unique=True)\n").Learner.all()
    before = digest(school)
    for read_only in (True, False):
        with Store(school, read_only=read_only) as store:
            with pytest.warns(UserWarning, match="rest in its table"):
                learner = store.models()["Learner"]
            assert learner.all().values("name") == ["Ann", "Ben"]
            assert not hasattr(learner, "born")
    assert digest(school) == before


def test_deletes_of_other_stores_do_not_meet_them(school, path):
    with Store(school) as store, store:
        store.models()
        store.save(path.with_name("copy.db"))
    with Store(path.with_name("copy.db")):
        from hasmany import RestrictError

        with pytest.raises(RestrictError):
            User.find(1).delete()


def test_tables_of_one_name_are_told_apart(path, declare):
    def make():
        from hasmany import Model

        with Store(path):
            type("Twin", (Model,), {"__annotations__": {"n": int}, "__module__": "a"}, table="one")(1)
            type("Twin", (Model,), {"__annotations__": {"n": int}, "__module__": "b"}, table="two")(2)

    forked(make)
    with Store(path) as store:
        models = store.models()
        assert {name: of.all().values("n") for name, of in models.items()} == {"Twin (one)": [1], "Twin (two)": [2]}
    with sqlite3.connect(path) as connection:
        assert connection.execute("select class from hasmany_models").fetchall() == [("Twin",), ("Twin",)]


def test_a_store_and_its_classes_go_together(school):
    store = Store(school)
    classes = list(store.models().values())
    gone = weakref.ref(store)
    del store
    gc.collect()
    assert gone() is not None and classes[-1].all()
    del classes
    gc.collect()
    assert gone() is None
    Store(school).close()


def test_a_closed_store_refuses(path):
    store = Store(path)
    store.close()
    with pytest.raises(StoreClosedError):
        store.models()


# ── to_python ─────────────────────────────────────────────────────────────────────────────────────


def ran(text, new_module):
    module = new_module()
    exec(text, module.__dict__)  # noqa: S102
    return module


def without(description):
    """What a module cannot say: whether models are in the store, functions without names."""
    return [{**model, "in_store": True, "is_declared": True} for model in description["models"]]


def test_the_module_of_a_file_whose_program_is_gone_opens_it(school, new_module):
    with Store(school) as store:
        store.models()
        text, described = store.schema.to_python(), store.schema.describe()
    before = tables(school)
    module = ran(text, new_module)
    with Store(school) as store:
        User.all(), module.Learner.all(), module.Lecture.all(), module.Attendance.all()
        assert without(store.schema.describe()) == without(described)
        assert module.Lecture.find(1).learners.values("name") == ["Ann", "Ben"]
    assert tables(school) == before


ALL = """
class Every(Model, unique=("whole", "text"), table="all of it"):
    whole: int
    text: str = field(default="it's \\"x\\"", unique=True)
    real: float = float("inf")
    flag: bool = True
    raw: bytes = b"\\x00'"
    day: date = date(2026, 3, 1)
    at: datetime | None = datetime(2026, 3, 1, 9, tzinfo=timezone.utc)
    made: list_of = field(default_factory=int)
    user: User | None = belongs_to(on_delete="nullify", default=None)
    up: "Every | None" = field(default=None, unique=True)
    ups: Many["Every"] = has_many(by="up")
    rows: Many["Every"] = has_many(through="ups", source="ups")
"""


def test_the_module_says_all_that_the_schema_does(store, declare, new_module):
    source = ALL.replace("list_of", "int")
    declare(source).Every(1)
    text, described = store.schema.to_python(), store.schema.describe()
    with Store() as other:
        module = ran(text, new_module)
        module.Every(1)
        assert without(other.schema.describe()) == without(described)
        assert other.schema.to_python() == text


def test_a_class_with_the_name_of_something_of_ours(store, declare, new_module):
    declare(
        "import hasmany\nclass Many(Model):\n    many: int = 0\n    n: int = hasmany.field(default=1, unique=True)\n    owner: User | None = None\n"
    ).Many()
    text, described = store.schema.to_python(), store.schema.describe()
    with Store() as other:
        ran(text, new_module).Many()
        assert without(other.schema.describe()) == without(described)


def test_factories_without_a_name_are_a_comment(store, declare):
    declare("class Thing(Model, kw_only=True):\n    n: int = field(default_factory=lambda: 1)\n    m: int\n").Thing(m=1)
    assert "n: int  # its default_factory was made_for_a_test_" in store.schema.to_python()
    assert "kw_only=True" in store.schema.to_python()


def test_a_module_of_nothing():
    assert Store().schema.to_python() == "from __future__ import annotations\n"


def test_a_field_named_as_a_type_hides_none(store, declare, new_module):
    declare("class Event(Model):\n    date: 'date | None' = None\n    other: 'date | None' = None\n").Event()
    with Store():
        assert ran(store.schema.to_python(), new_module).Event().other is None


def test_a_model_that_refers_to_a_made_one_is_made_too(school):
    assert isinstance(Model, type)
    with Store(school) as store:
        store.models()
        assert "class Attendance(Model, unique=('learner', 'lecture')):" in store.schema.to_python()
