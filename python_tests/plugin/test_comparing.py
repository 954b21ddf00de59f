"""What a failed comparison of collections says."""

import pytest
from hasmany import Many, Model, Store, Tweet, User, field, has_many
from hasmany.comparing import explain

from .suites import run_suite


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)


class Appointment(Model):
    doctor: Doctor
    patient: Patient


@pytest.fixture
def names() -> list[Patient]:
    return [Patient(name) for name in ["Joe", "Ann", "Zoe"]]


@pytest.fixture
def patients(names) -> Many[Patient]:
    """Joe and Ann."""
    return Doctor("Meredith").patients.add(names[:2])


def said(left, right, verbosity=0) -> list[str]:
    lines = explain(left, right, verbosity)
    assert lines is not None and lines[0].startswith(f"{left!r} == {right!r:.200}")
    return lines[1:]


def test_members_of_one_side_only(patients, names):
    joe, ann, zoe = names
    assert said(patients, [joe, zoe]) == [
        "only on the left: Patient(2, name='Ann')",
        "only on the right: Patient(3, name='Zoe')",
    ]
    assert said([joe], patients) == ["only on the right: Patient(2, name='Ann')"]
    assert said(patients, {joe, ann, zoe}) == ["only on the right: Patient(3, name='Zoe')"]
    assert said(patients, Patient.all()) == ["only on the right: Patient(3, name='Zoe')"]


def test_another_order(patients, names):
    joe, ann, _zoe = names
    first, second = said(patients, [ann, joe])
    assert first.startswith("the same members in another order, from index 0 on: Patient(1, name='Joe') != Patient(2")
    assert "compare with a set" in second


def test_plain_values_in_place_of_records(patients):
    lines = said(patients, ["Joe", "Ann"])
    assert lines[-1] == "its members are records, not str; compare many.values(name) with plain values"


def test_records_that_are_no_members_by_their_nature(patients, names):
    joe, ann, zoe = names
    assert "Doctor(1, name='Meredith') is no Patient" in said(patients, [joe, Doctor.all()[0]])
    with Store():
        other = Patient("Joe")
    assert "Patient(1, name='Joe') is of another store" in said(patients, [other, ann])
    zoe.delete()
    assert "<Patient 3, deleted> is deleted" in said(patients, [joe, ann, zoe])
    assert (
        said(patients, [joe, ann, ann])[-1]
        == "Patient(2, name='Ann') is there twice, a collection has each member once"
    )


def test_what_a_collection_is_never_equal_to(patients, names):
    for other, name in [(iter(names), "list_iterator"), (None, "None"), (2, "int"), ({}, "dict")]:
        (line,) = said(patients, other)
        assert line == f"a collection is equal to a list, a tuple, a set or a collection, not to {name}"


def test_many_differences_are_counted(patients, names):
    more = [Patient(str(n)) for n in range(100)]
    assert said(patients, names[:2] + more)[-1] == "only on the right: 95 more, shown with -vv"
    assert len(said(patients, names[:2] + more, verbosity=1)) == 100


def test_rankings(alice):
    bob = User("bob")
    tweets = [alice.post_tweet(str(n)) for n in range(2)]
    bob.like_tweet(tweets[1])
    top = Tweet.all().top(by="likers")
    assert said(top, [(tweets[1], 1.0)]) == ["only on the left: " + repr(top[1])]
    assert said(top, {1}) == ["a ranking is equal to a list, a tuple or a ranking, not to set"]


def test_records(names):
    joe, ann, zoe = names
    assert said(joe, ann) == ["two rows, ids 1 and 2", "name: 'Joe' != 'Ann'"]
    zoe.delete()
    assert said(joe, zoe) == ["two rows, and <Patient 3, deleted> is deleted"]
    with Store():
        other = Patient("Joe")
    assert said(joe, other) == ["records of two stores are never equal"]
    assert said(joe, Doctor("Joe")) == ["records of two models are never equal"]


def test_what_is_none_of_ours_is_left_alone(names):
    assert explain([1], [2], 0) is None
    assert explain(names[0], 1, 0) is None


def test_a_collection_that_cannot_be_read_is_left_alone(patients):
    of = Doctor.all()[0]
    of.appointments.delete_all()
    of.delete()
    assert explain(patients, [1], 0) is None


def test_pytest_shows_it(tmp_path):
    done = run_suite(
        tmp_path,
        """
        def test_patients(store):
            joe, ann = Patient("Joe"), Patient("Ann")
            doctor = Doctor("Meredith")
            doctor.patients.add(joe)
            assert doctor.patients == [joe, ann]

        def test_order(store):
            joe, ann = Patient("Joe"), Patient("Ann")
            assert Patient.all() == (ann, joe)
        """,
    )
    assert done.returncode == 1
    assert (
        "assert <Many of 1 Patient: [Patient(1, name='Joe')]> == [Patient(1, name='Joe'), Patient(2, name='Ann')]"
        in (done.stdout)
    )
    assert "only on the right: Patient(2, name='Ann')" in done.stdout
    assert "the same members in another order, from index 0 on" in done.stdout
