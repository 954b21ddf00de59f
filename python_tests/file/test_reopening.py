"""Opened again, a store is what it was: both ends of every relation, their order, ids that are never given twice."""

from datetime import UTC, datetime
from random import Random

import pytest
from hasmany import DuplicateError, Store, Tweet, User

from .clinic import Appointment, Bookmark, Doctor, Node, Patient
from .files import assert_sound, columns, killed_after, raw, tables

# ── relations and order ───────────────────────────────────────────────────────────────────────────


def clinic() -> list[object]:
    """Everything that can be read, from both ends."""
    return [
        columns(Doctor, "name"),
        columns(Patient, "name"),
        columns(Appointment, "doctor", "patient", "at", "referrer"),
        [(d.appointments.ids.tolist(), d.referrals.ids.tolist(), d.patients.ids.tolist()) for d in Doctor.all()],
        [(p.appointments.ids.tolist(), p.doctors.ids.tolist(), p.referrers.ids.tolist()) for p in Patient.all()],
        [[patient in doctor.patients for patient in Patient.all()] for doctor in Doctor.all()],
        [Patient.find(name=name).id for name in Patient.all().values("name")],
        [Appointment.where(doctor=doctor).ids.tolist() for doctor in Doctor.all()],
        Appointment.where(referrer=None).ids.tolist(),
    ]


def test_both_ends_of_every_relation_are_there_in_their_order(path):
    random = Random(5)
    with Store(path) as store:
        doctors = [Doctor(name) for name in "abcde"]
        patients = [Patient(name) for name in "vwxyz"]
        for n in range(60):
            Appointment(random.choice(doctors), random.choice(patients), datetime(2026, 3, 1, n % 24, tzinfo=UTC))
        for appointment in list(Appointment.all()):
            if random.random() < 0.5:
                appointment.referrer = random.choice(doctors)
            if random.random() < 0.3:
                appointment.update(doctor=random.choice(doctors), patient=random.choice(patients))
            if random.random() < 0.2:
                appointment.delete()
        doctors[0].patients.replace(patients[::-1])
        patients[4].delete()
        before = clinic()
        store.check()
    for _ in range(2):
        with Store(path) as store:
            assert clinic() == before
            store.check()
    assert_sound(path)


def test_a_row_that_was_moved_takes_the_place_of_its_age_after_reopening_too(path):
    with Store(path):
        alice, bob = User("alice"), User("bob")
        first = alice.post_tweet("first")
        bob.post_tweet("second")
        first.user = bob
        assert bob.tweets.values("message") == ["first", "second"]
    with Store(path):
        assert User.find(2).tweets.values("message") == ["first", "second"]
        assert User.find(1).tweets == []


def test_liked_tweets_keep_the_order_of_the_likes(path):
    with Store(path):
        alice = User("alice")
        tweets = [alice.post_tweet(str(n)) for n in range(5)]
        for n in (3, 0, 4, 1):
            alice.like_tweet(tweets[n])
        alice.unlike_tweet(tweets[0])
        alice.like_tweet(tweets[0])
    with Store(path):
        assert User.find(1).liked_tweets.values("message") == ["3", "4", "1", "0"]


def test_trees_and_circles_are_there(path):
    with Store(path):
        root = Node("root")
        child = Node("child", root)
        root.update(parent=child, twin=root)
        Node("alone", twin=child)
    with Store(path) as store:
        root, child, alone = Node.all()
        assert (root.parent, root.twin, child.parent, alone.twin) == (child, root, root, child)
        assert root.children == [child]
        assert child.delete() == {"Node": 2}
        assert alone.twin is None
        store.check()
    assert tables(path)["nodes"] == [(3, "alone", None, None)]


def test_a_long_chain_is_deleted_and_stays_deleted(path):
    with Store(path):
        Node.insert_all(name="x", parent=[None])
        Node.insert_all(name=["y"] * 500, parent=1)
        for node in list(Node.all())[1:]:
            node.parent = Node.find(node.id - 1)
        assert Node.find(1).delete() == {"Node": 501}
        assert Node("new").id == 502
    with Store(path):
        assert columns(Node, "name") == [(502, "new")]


def test_unique_keys_are_found_and_refused_as_before(path):
    with Store(path):
        alice = User("alice")
        tweet = alice.post_tweet("hi")
        Bookmark(alice, tweet)
        Patient("Joe")
    with Store(path):
        alice, tweet, mark = User.find(1), Tweet.find(1), Bookmark.find(1)
        assert Bookmark.find_by(user=alice, tweet=tweet) == mark
        with pytest.raises(DuplicateError) as caught:
            Bookmark(alice, tweet)
        assert caught.value.existing == mark
        with pytest.raises(DuplicateError):
            Patient("Joe")
        like = alice.like_tweet(tweet)
        assert alice.like_tweet(tweet) == like


# ── ids ───────────────────────────────────────────────────────────────────────────────────────────


def test_ids_of_deleted_rows_are_not_given_again(path):
    with Store(path):
        users = [User(str(n)) for n in range(3)]
        users[2].delete()
        users[0].delete()
    with Store(path):
        assert User.all().ids.tolist() == [2]
        assert User("new").id == 4
        User.all().delete_all()
    with Store(path):
        assert User.all() == []
    with Store(path):
        assert User("newer").id == 5


def test_ids_that_a_cascade_took_are_not_given_again(path):
    with Store(path):
        alice = User("alice")
        alice.like_tweet(alice.post_tweet("hi"))
        alice.delete()
    with Store(path):
        bob = User("bob")
        tweet = bob.post_tweet("ho")
        assert (bob.id, tweet.id, bob.like_tweet(tweet).id) == (2, 2, 2)


def test_ids_of_rows_that_came_and_went_in_one_transaction_are_not_given_again(path):
    with Store(path) as store, store.transaction():
        User("brief").delete()
        User.insert_all(username=["x", "y"]).delete_all()
    with Store(path):
        assert User("alice").id == 4


def roll_back(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        User("undone")
        User.insert_all(username=["undone", "too"])
        raise ZeroDivisionError


def test_ids_of_a_rolled_back_transaction_are_not_given_again(path):
    with Store(path) as store:
        roll_back(store)
    with Store(path) as store:
        assert User("alice").id == 4
        with store.transaction():
            roll_back(store)
            User("bob")
        roll_back(store)
    with Store(path):
        assert columns(User, "username") == [(4, "alice"), (8, "bob")]
        assert User("carol").id == 12


def test_ids_of_a_rolled_back_transaction_are_not_given_again_after_a_kill(path):
    def work() -> None:
        store = Store(path).__enter__()
        User("alice")
        roll_back(store)

    killed_after(work)
    with Store(path):
        assert columns(User, "username") == [(1, "alice")]
        assert User("bob").id == 5


def test_ids_of_refused_rows_are_not_given_again_or_never_were(path):
    with Store(path):
        Patient("Joe")
        for _ in range(3):
            with pytest.raises(DuplicateError):
                Patient("Joe")
            with pytest.raises(DuplicateError):
                Patient.insert_all(name=["Ann", "Joe"])
        ann = Patient("Ann").id
    with Store(path):
        assert Patient("Ben").id == ann + 1


def test_large_ids_go_on(path):
    with Store(path):
        User("alice")
    with raw(path) as connection:
        connection.execute("insert into users values (1000000, 'far')")
    with Store(path) as store:
        assert columns(User, "username") == [(1, "alice"), (1_000_000, "far")]
        far = User.find(1_000_000)
        tweet = far.post_tweet("hi")
        assert tweet.likers.add(far, User.find(1)) == [far, User.find(1)]
        assert User("next").id == 1_000_001
        store.check()
