"""What is unique is there once: a field, a pair, a tuple. None is never a duplicate."""

from datetime import UTC, date, datetime

import pytest
from hasmany import DuplicateError, Like, Many, Model, User, belongs_to, field, has_many


class Guest(Model):
    name: str
    email: str | None = field(default=None, unique=True)
    visits: Many["Visit"] = has_many()
    events: Many["Event"] = has_many(through="visits")


class Event(Model):
    title: str
    visits: Many["Visit"] = has_many()
    guests: Many["Guest"] = has_many(through="visits")


class Visit(Model, unique=("guest", "event", "day")):
    guest: Guest
    event: Event
    day: int = 1


class Seat(Model, unique=(("hall", "number"), ("hall", "guest"))):
    hall: str
    number: int
    guest: Guest | None = belongs_to(default=None)


class Tag(Model, unique=("label",)):
    label: str


class Key(Model):
    whole: int | None = field(default=None, unique=True)
    flag: bool | None = field(default=None, unique=True)
    raw: bytes | None = field(default=None, unique=True)
    at: datetime | None = field(default=None, unique=True)
    day: date | None = field(default=None, unique=True)
    real: float | None = field(default=None, unique=True)


def test_a_unique_field_refuses_a_second_row_and_names_the_first():
    ann = Guest("Ann", "a@b.c")
    with pytest.raises(DuplicateError) as caught:
        Guest("Other", "a@b.c")
    assert caught.value.existing == ann
    assert "Guest" in str(caught.value)
    assert str(ann.id) in str(caught.value)
    assert Guest.all() == [ann]


def test_a_unique_field_refuses_to_be_set_to_what_is_there():
    ann, ben = Guest("Ann", "ann"), Guest("Ben", "ben")
    for write in (
        lambda: setattr(ben, "email", "ann"),
        lambda: ben.update(name="Benny", email="ann"),
    ):
        with pytest.raises(DuplicateError) as caught:
            write()
        assert caught.value.existing == ann
    assert (ben.name, ben.email) == ("Ben", "ben")


def test_setting_a_unique_field_to_its_own_value_is_no_duplicate():
    ann = Guest("Ann", "ann")
    ann.email = "ann"
    assert ann.update(email="ann", name="Anna") == ann
    assert Guest.find_by(email="ann") == ann


def test_none_is_never_a_duplicate():
    guests = [Guest("Ann"), Guest("Ben"), Guest("Cid", None)]
    assert Guest.where(email=None) == guests
    seats = [Seat("A", 1), Seat("A", 2)]
    assert Seat.where(guest=None) == seats


def test_a_value_is_free_again_when_its_row_is_gone_or_changed():
    ann = Guest("Ann", "one")
    ann.email = "two"
    ben = Guest("Ben", "one")
    ben.delete()
    cid = Guest("Cid", "one")
    ann.email = None
    dee = Guest("Dee", "two")
    assert Guest.find_by(email="one") == cid
    assert Guest.find_by(email="two") == dee


def test_a_rollback_frees_and_takes_values_again(store):
    ann = Guest("Ann", "ann")
    with pytest.raises(ZeroDivisionError), store.transaction():
        Guest("New", "new")
        ann.email = "moved"
        Guest("Thief", "ann")
        raise ZeroDivisionError
    with pytest.raises(DuplicateError) as caught:
        Guest("Thief", "ann")
    assert caught.value.existing == ann
    assert Guest.find_by(email="moved") is None
    assert Guest("New", "new") in Guest.all()


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("whole", 0, 1),
        ("flag", False, True),
        ("raw", b"\x00", b""),
        ("at", datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 1, microsecond=1, tzinfo=UTC)),
        ("day", date(2024, 5, 1), date(2024, 5, 2)),
        ("real", 0.5, 0.25),
    ],
)
def test_a_field_of_any_type_may_be_unique(name, value, other):
    first, second = Key(**{name: value}), Key(**{name: other})
    with pytest.raises(DuplicateError) as caught:
        Key(**{name: value})
    assert caught.value.existing == first
    assert Key.find_by(**{name: other}) == second


def test_one_moment_in_two_zones_is_a_duplicate():
    Key(at=datetime.fromisoformat("2024-05-01T12:00:00+00:00"))
    with pytest.raises(DuplicateError):
        Key(at=datetime.fromisoformat("2024-05-01T14:00:00+02:00"))


def test_unique_strings_are_compared_exactly():
    names = ["ann", "Ann", "ann ", "", "\x00", "a\x00", "e\u0301", "\u00e9"]
    guests = [Guest(name, name) for name in names]
    assert [Guest.find_by(email=name) for name in names] == guests


def test_a_unique_tuple_refuses_a_second_row_and_names_the_first():
    ann, gala = Guest("Ann"), Event("Gala")
    visit = Visit(ann, gala, 1)
    second = Visit(ann, gala, 2)
    with pytest.raises(DuplicateError) as caught:
        Visit(ann, gala, 2)
    assert caught.value.existing == second
    with pytest.raises(DuplicateError) as caught:
        second.day = 1
    assert caught.value.existing == visit
    assert second.day == 2


def test_a_unique_tuple_of_one_field_is_a_unique_field():
    tag = Tag("x")
    with pytest.raises(DuplicateError) as caught:
        Tag("x")
    assert caught.value.existing == tag


def test_a_model_may_have_several_unique_tuples():
    ann, ben = Guest("Ann"), Guest("Ben")
    first = Seat("A", 1, ann)
    for duplicate in (lambda: Seat("A", 1, ben), lambda: Seat("A", 2, ann)):
        with pytest.raises(DuplicateError) as caught:
            duplicate()
        assert caught.value.existing == first
    assert Seat("B", 1, ann) == Seat.find_by(hall="B", number=1)


def test_update_looks_at_the_row_as_it_will_be():
    ann, ben, gala, ball = Guest("Ann"), Guest("Ben"), Event("Gala"), Event("Ball")
    moving = Visit(ann, gala)
    Visit(ben, gala)
    Visit(ann, ball)
    moving.update(guest=ben, event=ball)
    assert (moving.guest, moving.event) == (ben, ball)
    assert ben.events == [ball, gala]


def test_add_looks_at_the_pair_where_the_join_model_is_unique_by_more():
    ann, gala = Guest("Ann"), Event("Gala")
    visit = Visit(ann, gala, 1)
    ann.events.add(gala, day=1)
    gala.guests.add(ann)
    assert Visit.all() == [visit]
    ann.events.add(gala, day=2)
    again = Visit.find(day=2)
    assert ann.visits == [visit, again]
    assert ann.events == [gala]


def test_find_by_reads_a_unique_tuple():
    ann, gala, ball = Guest("Ann"), Event("Gala"), Event("Ball")
    visit = Visit(ann, gala, 2)
    assert Visit.find_by(guest=ann, event=gala, day=2) == visit
    assert Visit.find_by(day=2, event=gala, guest=ann) == visit
    assert Visit.find_by(guest=ann, event=gala, day=1) is None
    assert Visit.find_by(guest=ann, event=ball, day=2) is None


def test_a_like_is_unique_by_user_and_tweet():
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    first, second = Like(alice, tweet), Like(bob, tweet)
    with pytest.raises(DuplicateError) as caught:
        second.user = alice
    assert caught.value.existing == first
    assert tweet.likers == [alice, bob]


def test_a_row_whose_fields_pass_anothers_key_one_by_one_does_not_take_its_place(store):
    # The index grows now and then, also while both have one key.
    one, two = User("one"), User("two")
    for _ in range(500):
        tweet, other = one.post_tweet("a tweet"), one.post_tweet("another")
        moved, stays = one.like_tweet(tweet), two.like_tweet(tweet)
        moved.update(user=two, tweet=other)  # a second like of the tweet by two, for a moment
        assert Like.find_by(user=two, tweet=tweet) == stays
        assert Like.find_by(user=two, tweet=other) == moved
    store.check()
