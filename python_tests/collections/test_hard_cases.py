"""Collections where they once went wrong, or nearly did."""

import functools
import threading
import weakref

import pytest
from hasmany import Many, Model, SchemaError, User, field, has_many


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
