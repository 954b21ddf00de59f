"""What was looked up before a model was redefined never reads or writes anything else afterwards."""

import threading
from types import ModuleType

import pytest
from hasmany import Many, Model, SchemaError, Store, User

CLINIC = """
from hasmany import Many, Model, has_many

class Doctor(Model):
    name: str
    {first}
    {second}

class Patient(Model):
    name: str

class Visit(Model):
    doctor: Doctor
    patient: Patient
"""
VISITS = 'visits: Many["Visit"] = has_many()'
PATIENTS = 'patients: Many["Patient"] = has_many(through="visits")'


@pytest.fixture
def clinic():
    module = ModuleType("clinic_cells")
    exec(CLINIC.format(first=VISITS, second=PATIENTS), module.__dict__)  # noqa: S102
    return module


def run_again(module):
    exec(CLINIC.format(first=PATIENTS, second=VISITS), module.__dict__)  # noqa: S102


def test_a_collection_kept_across_a_redefinition_refuses_instead_of_reading_other_rows(clinic, store):
    doctor, other = clinic.Doctor("a"), clinic.Doctor("b")
    for each in (doctor, other):
        clinic.Visit(each, clinic.Patient(each.name))
    kept = [doctor.visits, doctor.patients, doctor.visits.through("patient")]
    run_again(clinic)
    for many in kept:
        for use in (
            len,
            list,
            lambda many: many.values("id"),
            lambda many: many.delete_all(),
            lambda many: many.page(1),
        ):
            with pytest.raises(SchemaError, match="redefined"):
                use(many)
        assert "redefined" in repr(many)
    assert len(clinic.Visit.all()) == len(clinic.Patient.all()) == 2
    assert doctor.visits.values("doctor") == [doctor]
    assert doctor.patients.values("name") == ["a"]
    store.check()


def test_all_and_fixed_collections_go_on(clinic):
    doctor = clinic.Doctor("a")
    everyone, fixed, records = clinic.Doctor.all(), clinic.Doctor.where(name="a"), iter(clinic.Doctor.all())
    run_again(clinic)
    assert everyone == [doctor] == fixed == list(records)
    assert fixed.values("name") == ["a"]


def test_bases_that_do_not_fit_leave_the_class_and_the_rows_as_they_were(store):
    module = ModuleType("bases_cells")
    module.Model = Model
    exec("class Dog(Model):\n    name: str\n    age: int = 1\n", module.__dict__)  # noqa: S102
    dog = module.Dog("rex", 3)
    module.Odd = type("Odd", (dict,), {})
    with pytest.raises(TypeError):
        exec("class Dog(Model, Odd):\n    age: int = 1\n    name: str = ''\n", module.__dict__)  # noqa: S102
    assert (dog.name, dog.age) == ("rex", 3)
    store.check()


def test_a_closed_store_with_rows_does_not_stand_in_the_way(clinic):
    with Store() as closed:
        doctor = clinic.Doctor("a")
    closed.close()
    run_again(clinic)
    assert doctor.name == "a"


def test_a_model_can_be_redefined_while_other_threads_write(clinic, store):
    doctor, done, failures = clinic.Doctor("a"), threading.Event(), []

    def write():
        while not done.is_set():
            try:
                with store:
                    patient = clinic.Patient("p")
                    doctor.patients.add(patient)
                    assert patient in doctor.patients
            except SchemaError:
                pass  # the one that the redefinition fell into
            except BaseException as failure:
                failures.append(failure)
                raise

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        first, second = (VISITS, PATIENTS) if number % 2 else (PATIENTS, VISITS)
        exec(CLINIC.format(first=first, second=second), clinic.__dict__)  # noqa: S102
    done.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not failures
    store.check()


def test_only_models_can_be_bound_to_a_store():
    class Base:
        def __init_subclass__(cls, **keywords):
            pass

    with pytest.raises(SchemaError, match="no subclass of Model"):

        class Impostor(Base, metaclass=type(Model)):
            user: User


def test_many_is_generic_at_run_time():
    assert Many[User].__origin__ is Many


def test_the_seed_world_goes_on_while_others_are_redefined(clinic, store):
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hello")
    bob.like_tweet(tweet)
    clinic.Doctor("a")
    run_again(clinic)
    assert alice.tweets == [tweet]
    assert bob.liked_tweets == [tweet]
    assert tweet.likers == [bob]
    assert len(bob.likes) == len(tweet.likes) == 1
    assert bob.recommend("liked_tweets").records == []
