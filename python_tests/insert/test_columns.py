"""`insert_all` creates many rows in one transaction: from columns, in input order, all or nothing."""

from types import MappingProxyType

import numpy as np
import pytest
from hasmany import DuplicateError, Like, Many, Model, SchemaError, Store, Tweet, User, field

from .clinic import NOON, Appointment, Doctor, Patient, Person, numbering, pairs

# ── the shape of the call ─────────────────────────────────────────────────────────────────────────


def test_columns_are_keywords():
    users = User.insert_all(username=["ann", "ben", "cid"])
    assert users.values("username") == ["ann", "ben", "cid"]
    assert users == User.all()


def test_columns_are_a_mapping():
    assert User.insert_all({"username": ["ann", "ben"]}).values("username") == ["ann", "ben"]


def test_any_mapping_will_do():
    assert User.insert_all(MappingProxyType({"username": ["ann"]})).values("username") == ["ann"]


def test_a_mapping_and_keywords_are_put_together(users, tweets):
    likes = Like.insert_all({"user": users[:2]}, tweet=tweets[:2])
    assert pairs(likes) == list(zip(users[:2], tweets[:2], strict=True))


def test_a_column_given_twice_is_a_type_error(store):
    with pytest.raises(TypeError, match="username"):
        User.insert_all({"username": ["ann"]}, username=["ben"])
    assert User.all() == []


def test_no_columns_at_all_is_a_type_error():
    for call in (lambda: User.insert_all(None), lambda: User.insert_all(), lambda: Person.insert_all(None)):
        with pytest.raises(TypeError):
            call()


def test_data_is_given_by_position():
    with pytest.raises(TypeError):
        User.insert_all(data={"username": ["ann"]})
    with pytest.raises(TypeError):
        User.insert_all({"username": ["ann"]}, {"username": ["ben"]})
    assert User.all() == []


def test_the_result_is_a_fixed_collection_of_the_created_rows(alice):
    made = User.insert_all(username=["ben", "cid"])
    assert isinstance(made, Many)
    assert alice not in made
    assert made == list(User.all())[1:]
    User("dee")
    assert len(made) == 2
    with pytest.raises(SchemaError):
        made.add(alice)
    made[0].delete()
    assert made.values("username") == ["cid"]


def test_rows_are_created_in_input_order_and_so_are_their_ids():
    names = [f"user {n}" for n in np.random.default_rng(1).permutation(500)]
    users = User.insert_all(username=names)
    assert users.ids.tolist() == list(range(1, 501))
    assert [user.username for user in users] == names
    assert User.all().values("username") == names


def test_ids_go_on_where_they_were(users):
    users[-1].delete()
    made = User.insert_all(username=["x", "y"])
    assert made.ids.tolist() == [5, 6]
    assert User("z").id == 7
    assert User.insert_all(username=["last"])[0].id == 8


def test_a_scalar_fills_all_rows(alice, users):
    tweets = Tweet.insert_all(message=["one", "two", "three"], user=alice)
    assert tweets.values("user") == [alice] * 3
    visits = Appointment.insert_all(
        doctor=Doctor("House"),
        patient=Patient.insert_all(name=["Ann", "Ben"]),
        at=NOON,
        reason="flu",
        number=7,
        referrer=None,
    )
    assert [(v.at, v.reason, v.number, v.referrer) for v in visits] == [(NOON, "flu", 7, None)] * 2


def test_a_numpy_scalar_fills_all_rows(alice):
    assert Tweet.insert_all(message=["one", "two"], user=np.int64(alice.id)).values("user") == [alice, alice]
    assert Tweet.insert_all(message=np.str_("x"), user=[alice, alice]).values("message") == ["x", "x"]


def test_an_id_fills_all_rows(users):
    assert Tweet.insert_all(message=["one", "two"], user=3).values("user") == [users[2]] * 2


def test_scalars_alone_create_one_row(alice):
    assert User.insert_all(username="ann").values("username") == ["ann"]
    (tweet,) = Tweet.insert_all({"message": "hi"}, user=alice)
    assert (tweet.message, tweet.user, alice.tweets) == ("hi", alice, [tweet])


def test_a_scalar_beside_an_empty_column_creates_nothing(alice):
    assert Tweet.insert_all(message=[], user=alice) == []
    assert Tweet.all() == []


def test_an_absent_column_takes_its_default():
    house, ann, ben = Doctor("House"), Patient("Ann"), Patient("Ben")
    visits = Appointment.insert_all(doctor=[house, house], patient=[ann, ben])
    assert [(v.at, v.reason, v.referrer) for v in visits] == [(None, "check-up", None)] * 2


def test_a_default_factory_is_asked_once_for_every_row():
    house, patients = Doctor("House"), Patient.insert_all(name=["Ann", "Ben", "Cid"])
    first = next(numbering) + 1
    visits = Appointment.insert_all(doctor=house, patient=patients)
    assert visits.values("number") == [first, first + 1, first + 2]


def test_a_default_factory_is_not_asked_where_the_column_is_given():
    house, ann = Doctor("House"), Patient("Ann")
    first = next(numbering) + 1
    Appointment.insert_all(doctor=[house], patient=[ann], number=[0])
    assert next(numbering) == first


def test_a_default_factory_may_use_the_store(alice):
    class Draft(Model):
        text: str
        before: int = field(default_factory=lambda: len(User.all()))

    User("bob")
    assert Draft.insert_all(text=["a", "b"]).values("before") == [2, 2]


def test_a_default_factory_that_raises_is_raised_on(store):
    class Broken(Model):
        text: str
        number: int = field(default_factory=lambda: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        Broken.insert_all(text=["a", "b"])
    assert Broken.all() == []


def test_an_absent_required_column_is_a_type_error_as_of_the_constructor(users):
    for call in (lambda: Like.insert_all(user=users), lambda: Like(users[0])):
        with pytest.raises(TypeError) as caught:
            call()
        assert str(caught.value) == "Like needs tweet"
    assert Like.all() == []


@pytest.mark.parametrize(
    "empty",
    [
        lambda: User.insert_all(username=[]),
        lambda: User.insert_all({"username": []}),
        lambda: User.insert_all(username=np.array([], dtype=str)),
        lambda: Like.insert_all(user=[], tweet=[]),
        lambda: Like.insert_all(user=User.all(), tweet=Tweet.all()),
        lambda: Like.insert_all(user=np.array([], np.int64), tweet=np.array([], np.int64), on_conflict="skip"),
        lambda: Appointment.insert_all({"doctor": [], "patient.name": []}, create_missing=True),
    ],
)
def test_empty_input_creates_nothing_and_gives_an_empty_collection(heard, empty):
    made = empty()
    assert isinstance(made, Many)
    assert (len(made), list(made)) == (0, [])
    assert heard == []
    assert User("first").id == 1
    assert len(made) == 0


def test_one_class_at_a_time_on_every_kind_of_model(users):
    assert type(User.insert_all(username=["x"])[0]) is User
    assert type(Person.insert_all(name=["x"])[0]) is Person


# ── the current store ─────────────────────────────────────────────────────────────────────────────


def test_rows_go_to_the_current_store(store):
    with Store() as other:
        made = User.insert_all(username=["ann", "ben"])
        assert Store.of(made[0]) is other
    assert User.all() == []
    assert User.insert_all(username=["cid"])[0] in store


@pytest.mark.process_wide
def test_rows_go_to_the_store_in_use():
    mine = Store().use()
    assert Store.of(User.insert_all(username=["ann"])[0]) is mine
    assert len(User.all()) == 1


# ── progress ──────────────────────────────────────────────────────────────────────────────────────


def test_progress_shows_a_bar(capsys):
    pytest.importorskip("tqdm")
    users = User.insert_all(username=[f"user {n}" for n in range(2000)], progress=True)
    assert len(users) == 2000
    shown = capsys.readouterr()
    assert "/s]" in shown.err
    assert shown.out == ""


def test_without_progress_nothing_is_shown(capsys):
    User.insert_all(username=[f"user {n}" for n in range(2000)])
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "")


def test_progress_changes_no_result(users, tweets):
    pytest.importorskip("tqdm")
    likes = Like.insert_all(user=users, tweet=tweets, progress=True)
    assert pairs(likes) == list(zip(users, tweets, strict=True))
    with pytest.raises(DuplicateError, match=r"\brow 0\b"):
        Like.insert_all(user=users[:1], tweet=tweets[:1], progress=True)
    assert Like.insert_all(user=users, tweet=tweets, on_conflict="skip", progress=True) == []
