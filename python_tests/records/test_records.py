"""A record is a handle: (store, model, id). It holds no data, and never shows another row than its own."""

import copy
import pickle

import pytest
from hasmany import Model, Record, Store, Tweet, User

from .notes import Note

# ── equality, hash, order, truth ──────────────────────────────────────────────────────────────────


def test_two_handles_to_one_row_are_equal_and_hash_alike(alice):
    again = User.find(alice.id)
    assert again == alice
    assert (again != alice) is False
    assert hash(again) == hash(alice)
    assert {alice, again} == {alice}


def test_different_rows_are_not_equal(alice):
    assert alice != User("alice")


def test_rows_of_different_models_are_not_equal(alice):
    tweet = alice.post_tweet("hi")
    assert alice.id == tweet.id == 1
    assert alice != tweet


def test_rows_of_different_stores_are_not_equal(alice):
    with Store():
        other = User("alice")
    assert other.id == alice.id
    assert other != alice


@pytest.mark.parametrize("other", [1, "alice", None, object(), (1,)])
def test_a_record_equals_nothing_but_a_record(alice, other):
    assert alice != other
    assert (alice == other) is False


def test_a_record_is_a_key(alice):
    ages = {alice: 30}
    assert ages[User.find_by(username="alice")] == 30


def test_the_hash_does_not_change_with_the_fields(alice):
    before = hash(alice)
    alice.username = "alicia"
    assert hash(alice) == before


def test_records_are_always_true(alice, deleted):
    assert bool(alice) is True
    assert bool(deleted) is True
    assert bool(Note("")) is True


def test_records_are_not_orderable(alice):
    bob = User("bob")
    for compare in (
        lambda: alice < bob,
        lambda: alice <= bob,
        lambda: alice > bob,
        lambda: alice >= bob,
        lambda: sorted([bob, alice]),
    ):
        with pytest.raises(TypeError):
            compare()


def test_every_model_is_a_record(alice):
    assert isinstance(alice, Record)
    assert isinstance(Note("x"), Record)
    assert isinstance(Note("x"), Model)


# ── ids ───────────────────────────────────────────────────────────────────────────────────────────


def test_ids_count_from_one_in_each_model(alice):
    tweets = [alice.post_tweet(str(n)) for n in range(3)]
    assert (alice.id, User("bob").id) == (1, 2)
    assert [tweet.id for tweet in tweets] == [1, 2, 3]
    assert Note("x").id == 1


def test_an_id_is_an_int(alice):
    assert type(alice.id) is int


def test_an_id_cannot_be_set(alice):
    with pytest.raises(AttributeError):
        alice.id = 7
    assert alice.id == 1


def test_an_id_is_never_used_again_after_a_delete(alice):
    alice.delete()
    assert User("bob").id == 2
    User.all().delete_all()
    assert User("carol").id == 3


def test_an_id_is_never_used_again_after_a_rollback(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        undone = User("undone")
        raise ZeroDivisionError
    after = User("after")
    assert after.id > undone.id
    assert after != undone


def test_ids_grow_with_creation():
    ids = []
    for n in range(50):
        user = User(str(n))
        ids.append(user.id)
        if n % 3 == 0:
            user.delete()
    assert ids == sorted(set(ids))


# ── reading and setting ───────────────────────────────────────────────────────────────────────────


def test_setting_an_attribute_sets_the_field_of_the_row(alice):
    alice.username = "alicia"
    assert User.find(1).username == "alicia"


def test_update_sets_several_fields_and_gives_the_record():
    note = Note("x")
    assert note.update(text="y", stars=3) == note
    assert (note.text, note.stars) == ("y", 3)


def test_update_with_nothing_changes_nothing(alice):
    assert alice.update() == alice
    assert alice.username == "alice"


def test_a_misspelt_attribute_is_an_attribute_error_on_reading(alice):
    with pytest.raises(AttributeError, match="usrname"):
        _ = alice.usrname
    assert not hasattr(alice, "usrname")
    note = Note("x")
    with pytest.raises(AttributeError, match="starz"):
        _ = note.starz


def test_a_misspelt_attribute_is_an_attribute_error_on_setting(alice):
    with pytest.raises(AttributeError, match="username"):
        alice.usrname = "x"
    note = Note("x")
    with pytest.raises(AttributeError, match="starz"):
        note.starz = 3
    assert (note.text, note.stars) == ("x", 0)


def test_a_derived_attribute_cannot_be_set(alice):
    tweet = alice.post_tweet("hi")
    with pytest.raises(AttributeError):
        tweet.username = "bob"
    assert tweet.username == "alice"


def test_a_model_may_have_methods_properties_and_constants():
    note = Note("hey")
    assert note.loud == "HEY"
    assert note.shout() == "HEY!"
    assert note.MOST_STARS == 5


def test_the_representation_shows_the_fields():
    assert repr(User("al'ice")) == """User(1, username="al'ice")"""
    assert repr(Note("x", stars=2)) == "Note(1, text='x', stars=2, code=None)"


# ── copying ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copy_is_a_handle_to_the_same_row(alice, duplicate):
    note = Note("x")
    assert duplicate(alice) == alice
    assert duplicate(note) == note
    assert duplicate([alice]) == [alice]
    duplicate(alice).username = "alicia"
    assert alice.username == "alicia"
    assert (len(User.all()), len(Note.all())) == (1, 1)


def test_pickling_a_record_says_to_pass_the_id(alice):
    for record in (alice, Note("x")):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            with pytest.raises(TypeError, match=r"\.id"):
                pickle.dumps(record, protocol)


# ── construction ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "construct",
    [
        lambda: User(),
        lambda: User("a", "b"),
        lambda: User("a", username="b"),
        lambda: Tweet("a"),
        lambda: Note(),
        lambda: Note("a", 1, None, "d"),
        lambda: Note("a", text="b"),
        lambda: Note(stars=1),
    ],
)
def test_wrong_arguments_are_a_type_error_and_make_no_row(construct):
    with pytest.raises(TypeError):
        construct()
    assert (len(User.all()), len(Tweet.all()), len(Note.all())) == (0, 0, 0)


def test_what_has_a_default_may_be_left_out_or_given_by_place_or_name():
    assert Note("a").stars == 0
    assert Note("a", 3).stars == 3
    assert Note("a", stars=4).stars == 4
    assert Note(code="c", text="a").code == "c"
