"""Which models of a file are known, when, and what becomes of the rows of those that are not."""

from pathlib import Path

import pytest
from hasmany import Like, Model, RestrictError, SchemaError, Store, Tweet, User, belongs_to, field

from .clinic import Appointment, Bookmark, Doctor, Patient
from .files import assert_sound, columns, forked, tables

# ── which models are known, and when ──────────────────────────────────────────────────────────────


def test_seed_and_declared_models_share_a_file(path):
    with Store(path):
        Bookmark(User("alice"), User("bob").post_tweet("hi"))
        Doctor("House")
    with Store(path) as store:
        assert Bookmark.all().values("tweet.user.username") == ["bob"]
        assert store.stats().rows["Bookmark"] == 1
        assert User.find(2).delete() == {"User": 1, "Tweet": 1, "Bookmark": 1}
    with Store(path) as store:
        assert Bookmark.all() == []
        assert Doctor.find(1).name == "House"
        store.check()


@pytest.mark.parametrize("again", [False, True])
def test_models_may_be_declared_after_opening(path, again):
    if again:
        Store(path).close()
    with Store(path):

        class Later(Model):
            name: str
            user: User | None = None

        later = Later("x", User("alice"))
        assert later.id == 1
    with Store(path):
        assert Later.all().values("user.username") == ["alice"]


def test_a_reference_may_be_used_before_the_model_it_belongs_to(path):
    with Store(path):
        Appointment(Doctor("House"), Patient("Joe"))
    with Store(path):
        assert Appointment.find(1).patient.name == "Joe"
    with Store(path):
        assert Doctor.find(1).patients.values("name") == ["Joe"]
    with Store(path):
        assert Patient.find(name="Joe").doctors.values("name") == ["House"]


def test_the_schema_of_a_file_is_known_before_its_classes_are_used(path):
    with Store(path):
        Appointment(Doctor("House"), Patient("Joe"))
    with Store(path) as store:
        assert store.stats().rows == {"Doctor": 1, "Patient": 1, "Appointment": 1}
        for word in ("Appointment", "patient", "doctor", "name"):
            assert word in str(store.schema)
        assert "Appointment" in store.schema.to_mermaid()
        assert repr(store)
        store.check()


# ── models that this process has not declared ─────────────────────────────────────────────────────


FORGOTTEN = """
from hasmany import Many, Model, Store, User, belongs_to, field, has_many

class Pennant(Model):
    code: int = field(unique=True)
    user: User = belongs_to(on_delete={on_delete!r}{default})

class Tassel(Model):
    pennant: Pennant = belongs_to(on_delete={deeper!r})
"""


def forgotten(path: Path, on_delete: str, deeper: str = "cascade") -> None:
    """Two pennants of alice, one of bob, a tassel on the first; made by classes that are gone afterwards, and whose tables no other test has a class for."""
    source = FORGOTTEN.format(on_delete=on_delete, deeper=deeper, default="")
    if on_delete == "nullify":
        source = source.replace("user: User", "user: User | None")

    def make() -> None:
        space: dict[str, type[Model]] = {"__name__": "forgotten"}
        exec(source, space)  # noqa: S102
        with Store(path):
            alice, bob = User("alice"), User("bob")
            pennants = [space["Pennant"](n, user) for n, user in enumerate((alice, alice, bob))]
            space["Tassel"](pennants[0])

    forked(make)


def test_rows_of_undeclared_models_are_kept(path):
    forgotten(path, "restrict")
    before = tables(path)
    with Store(path) as store:
        User("carol")
        assert store.stats().rows["Pennant"] == 3
        store.compact()
        store.check()
    after = tables(path)
    assert after.pop("users") == [*before.pop("users"), (3, "carol")]
    for name in ("tweets", "likes"):
        assert after.pop(name, []) == before.pop(name, []) == []
    assert after == before


def test_an_undeclared_model_restricts(path):
    forgotten(path, "restrict")
    before = tables(path)
    with Store(path):
        with pytest.raises(RestrictError) as caught:
            User.find(1).delete()
        assert caught.value.blockers == {"Pennant": 2}
        assert "Pennant" in str(caught.value)
    assert tables(path)["pennants"] == before["pennants"]


def test_an_undeclared_model_cascades(path):
    forgotten(path, "cascade")
    with Store(path) as store:
        assert User.find(1).delete() == {"User": 1, "Pennant": 2, "Tassel": 1}
        store.check()
    after = tables(path)
    assert (after["pennants"], after["tassels"]) == ([(3, 2, 2)], [])
    assert_sound(path)


def test_an_undeclared_model_restricts_at_the_end_of_a_cascade(path):
    forgotten(path, "cascade", deeper="restrict")
    before = tables(path)
    with Store(path):
        with pytest.raises(RestrictError) as caught:
            User.find(1).delete()
        assert caught.value.blockers == {"Tassel": 1}
        assert User.find(2).delete() == {"User": 1, "Pennant": 1}
    assert tables(path)["pennants"] == before["pennants"][:2]


def test_an_undeclared_model_is_nullified(path):
    forgotten(path, "nullify")
    with Store(path):
        assert User.find(1).delete() == {"User": 1}
    after = tables(path)
    assert after["pennants"] == [(1, 0, None), (2, 1, None), (3, 2, 2)]
    assert after["tassels"] == [(1, 1)]
    assert_sound(path)


def test_a_class_that_comes_late_claims_its_table(path):
    forgotten(path, "cascade")
    with Store(path) as store:
        bob = User.find(2)

        class Pennant(Model):
            code: int = field(unique=True)
            user: User = belongs_to(on_delete="cascade")

        assert Pennant.find(code=2).user == bob
        assert Pennant(7, bob).id == 4
        store.check()
    assert tables(path)["pennants"][-1] == (4, 7, 2)


def test_a_table_has_one_class_at_a_time(path):
    class Stone(Model, table="things"):
        name: str

    class Paper(Model, table="things"):
        name: str

    for first, second in ((Stone, Paper), (Paper, Stone)):
        with Store(path):
            first(first.__name__)
            with pytest.raises(SchemaError, match="things"):
                second("x")
    assert tables(path) == {"things": [(1, "Stone"), (2, "Paper")]}


def test_rows_made_in_bulk_are_there(path):
    with Store(path) as store:
        User.insert_all(username=[str(n) for n in range(300)])
        Tweet.insert_all(message="x", user=[n % 300 + 1 for n in range(401)])
        Like.insert_all(user=[n % 300 + 1 for n in range(3000)], tweet=[n * 7 % 401 + 1 for n in range(3000)])
        before = [user.liked_tweets.ids.tolist() for user in User.all()], columns(Like, "user", "tweet")
        store.check()
    with Store(path) as store:
        assert ([user.liked_tweets.ids.tolist() for user in User.all()], columns(Like, "user", "tweet")) == before
        store.check()
        assert User.find(1).delete()["User"] == 1
        store.check()
    assert_sound(path)
