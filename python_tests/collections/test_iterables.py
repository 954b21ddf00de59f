"""Records in lists, collections and generators: what `add`, `remove` and `replace` take, all or nothing."""

from collections import deque
from typing import Any

import pytest
from hasmany import DeletedError, DuplicateError, ForeignStoreError, Store, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

from .clinic import Appointment, Doctor, Dog, Kennel, Patient, pairs

FORMS = {
    "alone": lambda records: records,
    "list": lambda records: [records],
    "tuple": lambda records: [tuple(records)],
    "generator": lambda records: [(record for record in records)],
    "deque": lambda records: [deque(records)],
    "dict's keys": lambda records: [dict.fromkeys(records).keys()],
    "collection": lambda records: [Patient.all()[:0] | records],
    "mixed": lambda records: [records[0], records[1:], iter(())],
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_links_in_the_order_given(house, patients, form):
    ann, ben, cid, _ = patients
    given = FORMS[form]([cid, ann, ben])
    assert house.patients.add(*given) == [cid, ann, ben]
    assert house.appointments.values("patient.name") == ["Cid", "Ann", "Ben"]


@pytest.mark.parametrize("form", FORMS)
def test_each_form_unlinks_and_replaces(house, patients, form):
    ann, ben, cid, dee = patients
    house.patients.add(patients)
    assert house.patients.remove(*FORMS[form]([dee, ann])) == [ben, cid]
    assert house.patients.replace(*FORMS[form]([ann, cid])) == [cid, ann]


def test_an_inverse_takes_them_too():
    kennel, dogs = Kennel("Home"), [Dog(name) for name in "abc"]
    kennel.dogs.add(dog for dog in dogs)
    assert kennel.dogs == dogs
    kennel.dogs.remove(kennel.dogs.where(name=["a", "c"]))
    assert kennel.dogs == [dogs[1]]
    assert kennel.dogs.replace(Dog.where(name=["a", "b"])) == dogs[:2]


def test_the_seed_world_takes_them_too(alice, tweets):
    bob = User("bob")
    bob.liked_tweets.add(alice.liked_tweets).add(tweets)
    assert bob.liked_tweets == tweets
    bob.liked_tweets.remove(bob.liked_tweets)
    assert not bob.liked_tweets


def test_a_set_has_no_order_and_is_taken(house, patients):
    assert house.patients.add(set(patients)) == set(patients)


def test_what_is_given_twice_is_linked_once(house, patients):
    ann, ben = patients[:2]
    house.patients.add([ann, ben, ann], ann, (ben,))
    assert pairs() == [(1, house.id, ann.id, None), (2, house.id, ben.id, None)]


def test_fields_land_on_each_row(house, patients):
    house.patients.add(patients[:2], patients[2], reason="flu")
    assert house.appointments.values("reason") == ["flu"] * 3


def test_of_nothing_nothing_happens(house, patients):
    house.patients.add(patients)
    for empty in ((), [], iter(()), Patient.all()[:0], {}.keys()):
        house.patients.add(empty).remove(empty)
    assert house.patients == patients
    assert house.patients.replace([]) == []


def test_replace_takes_a_single_record(house, patients):
    house.patients.add(patients)
    assert house.patients.replace(patients[2]) == [patients[2]]
    with pytest.raises(TypeError, match=r"clear\(\) unlinks all"):
        house.patients.replace()
    assert house.patients == [patients[2]]


def broken(records: list[Any]) -> Any:
    yield from records
    raise ZeroDivisionError


@pytest.mark.parametrize("write", ["add", "remove", "replace"])
def test_all_or_nothing(house, patients, write):
    ann, ben, cid, dee = patients
    house.patients.add(ann, ben)
    gone = Patient("Gone")
    gone.delete()
    before = pairs()
    wrongs: list[tuple[Any, type[Exception]]] = [
        ([cid, 3], TypeError),
        ([cid, house], TypeError),
        ([ann, None], TypeError),
        ([[ann]], TypeError),
        (broken([ann, cid]), ZeroDivisionError),
        (Doctor.all(), TypeError),
        (Doctor.all()[:0], TypeError),
        ("Ann", TypeError),
        (b"Ann", TypeError),
        ({ann: "flu"}, TypeError),
        (Patient, TypeError),
        (5, TypeError),
        (None, TypeError),
    ]
    if write != "remove":
        wrongs.append(([cid, gone], DeletedError))
    for wrong, error in wrongs:
        with pytest.raises(error):
            getattr(house.patients, write)(dee, wrong)
        assert pairs() == before


def test_records_of_another_store_are_told(house, patients):
    with Store():
        stranger = Patient("Ann")
        strangers = Patient.all()
    for wrong in ([patients[0], stranger], strangers):
        with pytest.raises(ForeignStoreError):
            house.patients.add(wrong)
    assert pairs() == []


def test_one_pair_with_other_fields_refuses_all_of_them(house, patients):
    ann, ben, cid, _ = patients
    Appointment(house, ben, "cold")
    before = pairs()
    with pytest.raises(DuplicateError, match="reason"):
        house.patients.add([ann, ben, cid], reason="flu")
    assert pairs() == before


def test_messages_name_the_types(house):
    for wrong, words in (
        ("Ann", "not str"),
        ([5], r"not int; the record of an id is Patient.find\(5\)"),
        ({}, "not dict"),
    ):
        with pytest.raises(TypeError, match=f"Patient.*{words}"):
            house.patients.add(wrong)


def test_a_generator_may_write_and_ask(house, patients):
    def meeting() -> Any:
        for name in ("Eve", "Fay"):
            yield Patient(name)
        yield from Patient.where(name="Ann")

    assert house.patients.add(meeting()).values("name") == ["Eve", "Fay", "Ann"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "remove", "replace"]),
            st.lists(st.one_of(st.integers(0, 5), st.lists(st.integers(0, 5), max_size=4)), min_size=1, max_size=4),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_random_writes_are_those_of_a_list(steps):
    with Store() as store:
        author = User("ann")
        tweets = [author.post_tweet(str(n)) for n in range(6)]
        kept: list[int] = []
        for write, shape, lazily in steps:
            flat = [n for each in shape for n in (each if isinstance(each, list) else [each])]
            wanted = list(dict.fromkeys(flat))
            if write == "add":
                kept += [n for n in wanted if n not in kept]
            elif write == "remove":
                kept = [n for n in kept if n not in wanted]
            else:
                kept = [n for n in kept if n in wanted] + [n for n in wanted if n not in kept]
            given = [
                (tweets[n] for n in each)
                if lazily and isinstance(each, list)
                else [tweets[n] for n in each]
                if isinstance(each, list)
                else tweets[each]
                for each in shape
            ]
            getattr(author.liked_tweets, write)(*given)
            assert author.liked_tweets == [tweets[n] for n in kept]
        assert len(Tweet.all()) == 6
        store.check()
