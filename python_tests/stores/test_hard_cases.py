"""Cases in which it once went wrong, or nearly did."""

import functools
import gc
import threading
import weakref

import pytest
from hasmany import DuplicateError, Many, Model, SchemaError, Store, User, field, has_many


class Loud:
    """A mixin without `__slots__`: its instances have a dict and weak references."""

    @functools.cached_property
    def loud(self) -> str:
        return self.name.upper()  # type: ignore[attr-defined]


class Singer(Loud, Model):
    name: str


class Pupil(Model):
    name: str = field(unique=True)
    lessons: Many["Lesson"] = has_many()
    teachers: Many["Teacher"] = has_many(through="lessons")


class Teacher(Model):
    name: str
    lessons: Many["Lesson"] = has_many()
    pupils: Many["Pupil"] = has_many(through="lessons")


class Lesson(Model):
    teacher: Teacher
    pupil: Pupil
    topic: str


def test_a_loop_never_hands_out_a_record_that_has_memories_of_another_row():
    names = "abcdef"
    for name in names:
        Singer(name)
    assert [singer.loud for singer in Singer.all()] == list(names.upper())
    assert len({weakref.ref(singer) for singer in list(Singer.all())}) == len(names)


def test_threads_that_share_an_iterator_beside_a_writer_do_not_wait_for_each_other_for_ever(store):
    users = [User(f"u{number}") for number in range(3000)]
    walk, seen, done = iter(User.all()), [], threading.Event()

    def read():
        seen.extend(user.id for user in walk)

    def write():
        with store:
            while not done.is_set():
                User.all().update_all(username="x")

    readers = [threading.Thread(target=read) for _ in range(3)]
    writer = threading.Thread(target=write)
    for thread in (*readers, writer):
        thread.start()
    for thread in readers:
        thread.join(60)
        assert not thread.is_alive()
    done.set()
    writer.join(60)
    assert sorted(seen) == [user.id for user in users]


def test_a_linked_member_needs_nothing_of_a_join_row():
    teacher, pupil = Teacher("t"), Pupil("p")
    lesson = Lesson(teacher, pupil, "sums")
    teacher.pupils.add(pupil)
    teacher.pupils.replace([pupil])
    assert teacher.lessons == [lesson]
    with pytest.raises(TypeError, match="topic"):
        teacher.pupils.add(Pupil("q"))
    for wrong in (lambda: teacher.pupils.add(bogus=1), lambda: teacher.pupils.replace([], bogus=1)):
        with pytest.raises(SchemaError, match="bogus"):
            wrong()
    assert teacher.pupils == [pupil]


def test_find_or_create_in_many_threads_makes_one_row(store):
    barrier, found = threading.Barrier(4), []

    def work():
        with store:
            for number in range(200):
                barrier.wait()
                found.append(Pupil.find_or_create(name=f"p{number}"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(Pupil.all()) == 200
    assert len(found) == 800


def test_delete_all_deletes_those_who_are_members_then(store):
    ann, ben = User("ann"), User("ben")
    tweet = ann.post_tweet("hi")
    moved, started = threading.Event(), threading.Event()

    def delete():
        started.set()
        ann.tweets.delete_all()

    with store.transaction():
        thread = threading.Thread(target=delete)
        thread.start()
        started.wait(60)
        tweet.user = ben
        moved.set()
    thread.join(60)
    assert ben.tweets == [tweet]


def test_blocks_end_from_the_inside_out(store):
    outer, inner = store.transaction(), store.transaction()
    outer.__enter__()
    inner.__enter__()
    User("ann")
    with pytest.raises(RuntimeError):
        outer.__exit__(None, None, None)
    inner.__exit__(None, None, None)
    outer.__exit__(None, None, None)
    assert User.all().values("username") == ["ann"]


def test_a_block_that_its_thread_left_open_is_ended_by_whoever_closes_it(store):
    def work():
        with store.transaction():
            User("lost")
            yield

    generators = []

    def leave():
        with store:
            generator = work()
            next(generator)
            generators.append(generator)

    thread = threading.Thread(target=leave)
    thread.start()
    thread.join(60)
    generators.pop().close()
    User("ann")
    assert User.all().values("username") == ["ann"]


def test_a_store_that_nobody_has_goes_whatever_its_observers_hold():
    class Garbage:
        pass

    kept = []
    for hold in (
        lambda store, garbage: [store, garbage],
        lambda store, garbage: [iter(User.all()), garbage],
        lambda store, garbage: [store.transaction(), store.schema, garbage],
        lambda store, garbage: [User("x"), User.all(), garbage],
    ):
        garbage = Garbage()
        kept.append(weakref.ref(garbage))
        with Store() as store:
            User("a")
            held = hold(store, garbage)
            stop = store.on_commit(lambda changes, held=held: held)
            held.append(stop)
        del store, held, stop, garbage, hold
    gc.collect()
    assert [reference() for reference in kept] == [None] * len(kept)


def test_models_of_one_name_are_told_apart():
    first = type(Model)("Dog", (Model,), {"__annotations__": {"name": str}, "__module__": "kennel_one"})
    second = type(Model)(
        "Dog", (Model,), {"__annotations__": {"name": str}, "__module__": "kennel_two"}, table="other_dogs"
    )
    dog, other = first("rex"), second("bo")
    assert Store.current().stats().rows == {"Dog (dogs)": 1, "Dog (other_dogs)": 1}
    assert (dog.delete(), other.delete()) == ({"Dog (dogs)": 1}, {"Dog (other_dogs)": 1})


def test_reserved_names_and_keys_in_a_body():
    with pytest.raises(SchemaError, match="id"):

        class Wrong(Model):
            id = 5

    class Mixed(Model, unique=(("a", "b"), "c", ("b", "a"))):
        a: int
        b: int
        c: int

    row = Mixed(1, 2, 3)
    for other in ((1, 2, 4), (5, 6, 3)):
        with pytest.raises(DuplicateError) as caught:
            Mixed(*other)
        assert caught.value.existing == row


def test_a_deleted_record_says_so_before_anything_else():
    user = User("x")
    user.delete()
    for use in (lambda: setattr(user, "username", 5), lambda: user.update(bogus=1), lambda: user.update(username=5)):
        with pytest.raises(LookupError):
            use()


def test_ids_and_seeds_of_any_size():
    users = [User(name) for name in "abc"]
    with pytest.raises(LookupError):
        User.find(2**70)
    assert User.all().sample(2, seed=2**70) == User.all().sample(2, seed=2**70)
    assert set(User.all().sample(3, seed=-1)) == set(users)


def test_comparing_a_large_fixed_collection_with_a_set_is_not_quadratic():
    for number in range(20_000):
        User(str(number))
    fixed = User.where(id=list(range(1, 20_001)))
    everyone = set(fixed)
    assert fixed == everyone
    assert fixed <= everyone
    assert not fixed < everyone
    assert not fixed.isdisjoint(list(everyone))


def test_transactions_of_several_threads_beside_long_reads_go_on(store):
    users, done = [User(str(number)) for number in range(3000)], threading.Event()

    def transact():
        for _ in range(300):
            with store.transaction():
                users[0].username = "x"

    def read():
        with store:
            while not done.is_set():
                assert len(User.where(username="zz")) == 0

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=transact) for _ in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
        assert not thread.is_alive()
    done.set()
    reader.join(60)
    assert not reader.is_alive()


def test_an_inherited_constructor_is_refused():
    class Mixin:
        def __init__(self) -> None:
            raise AssertionError

    with pytest.raises(SchemaError, match="__init__"):

        class Wrong(Mixin, Model):
            name: str


@pytest.mark.parametrize("keywords", [{"unique": 5}, {"unique": (5,)}, {"table": 5}, {"table": ""}])
def test_class_keywords_of_the_wrong_kind(keywords):
    with pytest.raises(SchemaError):

        class Wrong(Model, **keywords):
            name: str


@pytest.mark.parametrize("k", [10**30, -(10**30)])
def test_numbers_beyond_all_collections(k):
    User("a")
    with pytest.raises(ValueError):
        User.all().sample(k)
    if k > 0:
        assert User.all().page(k).items == User.all()
    else:
        with pytest.raises(ValueError):
            User.all().page(k)


def test_a_dead_class_leaves_nothing_behind():
    from hasmany import model

    gc.collect()
    before = len(model._models)
    for number in range(50):
        type(Model)(f"Brief{number}", (Model,), {"__annotations__": {"name": str}, "__module__": __name__})
    gc.collect()
    assert len(model._models) <= before + 1
