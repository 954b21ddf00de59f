"""Random work on two worlds, held after every step against dicts and lists, from both ends."""

from copy import deepcopy
from typing import Any

import pytest
from hasmany import (
    DeletedError,
    DuplicateError,
    Like,
    Many,
    Model,
    Record,
    RestrictError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

SETTINGS = settings(max_examples=120, stateful_step_count=50, deadline=None, database=None)

numbers = st.integers(0, 1000)  # a row is picked by a number, modulo how many there are
names = st.sampled_from(["a", "b", "c", "d"])
several = st.lists(numbers, max_size=4)

Rows = dict[int, dict[str, Any]]  # id -> field -> value; a reference is an id, or None


class Doctor(Model):
    name: str
    appointments: Many["Appointment"] = has_many(by="doctor")
    referrals: Many["Appointment"] = has_many(by="referrer")
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many["Appointment"] = has_many()
    doctors: Many["Doctor"] = has_many(through="appointments", source="doctor")
    referrers: Many["Doctor"] = has_many(through="appointments", source="referrer")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: int = 0
    referrer: Doctor | None = belongs_to(on_delete="nullify", default=None)


def once(ids: list[int]) -> list[int]:
    """Each at its first place."""
    return list(dict.fromkeys(ids))


class World(RuleBasedStateMachine):
    """A store beside a naive copy of it: a dict of rows for each model."""

    models: tuple[type[Record], ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.store = Store()
        self.store.__enter__()
        self.rows: dict[type[Record], Rows] = {model: {} for model in self.models}
        self.handles: dict[type[Record], dict[int, Record]] = {model: {} for model in self.models}
        self.open: list[tuple[Any, Any]] = []  # transactions, each with the rows as they were before it

    def teardown(self) -> None:
        while self.open:
            self.leave(ZeroDivisionError())
        self.store.__exit__(None, None, None)

    # the naive copy

    def made(self, record: Record, **fields: Any) -> None:
        """A row was created: its id is larger than every id before it."""
        model = type(record)
        assert record.id > max(self.handles[model], default=0)
        self.rows[model][record.id] = fields
        self.handles[model][record.id] = record

    def pick(self, model: type[Record], number: int) -> Any:
        ids = sorted(self.rows[model])
        return self.handles[model][ids[number % len(ids)]]

    def pick_several(self, model: type[Record], picked: list[int]) -> list[Any]:
        return [self.pick(model, number) for number in picked] if self.rows[model] else []

    def ids(self, model: type[Record], **fields: Any) -> list[int]:
        """The rows with these fields, oldest first."""
        return [key for key, row in sorted(self.rows[model].items()) if fields.items() <= row.items()]

    def leave(self, error: BaseException | None) -> None:
        transaction, before = self.open.pop()
        if error is None:
            transaction.__exit__(None, None, None)
        else:
            assert not transaction.__exit__(type(error), error, None)
            self.rows = before

    # what every world does

    @precondition(lambda self: len(self.open) < 3)
    @rule()
    def begin(self) -> None:
        transaction = self.store.transaction()
        transaction.__enter__()
        self.open.append((transaction, deepcopy(self.rows)))

    @precondition(lambda self: self.open)
    @rule()
    def commit(self) -> None:
        self.leave(None)

    @precondition(lambda self: self.open)
    @rule()
    def roll_back(self) -> None:
        self.leave(ZeroDivisionError())

    @precondition(lambda self: not self.open)
    @rule()
    def pack(self) -> None:
        self.store.compact()

    @invariant()
    def the_store_agrees_with_itself(self) -> None:
        self.store.check()

    @invariant()
    def every_row_is_there_and_no_other(self) -> None:
        for model, rows in self.rows.items():
            assert model.all().ids.tolist() == sorted(rows)
            assert len(model.all()) == len(rows)
            assert [record.id for record in model.all()] == sorted(rows)

    @invariant()
    def every_handle_shows_its_own_row_or_raises(self) -> None:
        for model, handles in self.handles.items():
            for key, handle in handles.items():
                assert (handle in self.store) == (key in self.rows[model])
                if key in self.rows[model]:
                    for name, value in self.rows[model][key].items():
                        assert plain(getattr(handle, name)) == value
                else:
                    with pytest.raises(DeletedError):
                        _ = handle.no_such_name

    def same(self, collection: Many[Any], model: type[Record], expected: list[int]) -> None:
        """The collection holds these rows of the model in this order, whichever way it is asked."""
        assert collection.ids.tolist() == expected
        assert [record.id for record in collection] == expected
        assert [record.id for record in reversed(collection)] == expected[::-1]
        assert len(collection) == len(expected)
        for key, record in self.handles[model].items():
            assert (record in collection) == (key in expected)


def plain(value: Any) -> Any:
    return value.id if isinstance(value, Record) else value


def has_rows(*models: type[Record]) -> Any:
    return precondition(lambda self: all(self.rows[model] for model in models))


class SeedWorld(World):
    """Users, tweets and likes; a pair is liked once; a delete cascades."""

    models = (User, Tweet, Like)

    def like_of(self, user: User, tweet: Tweet) -> int | None:
        return next(iter(self.ids(Like, user=user.id, tweet=tweet.id)), None)

    def drop_tweets(self, ids: list[int]) -> int:
        """Forgets the tweets and their likes; gives the number of likes."""
        likes = [key for tweet in ids for key in self.ids(Like, tweet=tweet)]
        self.drop(Tweet, ids)
        self.drop(Like, likes)
        return len(likes)

    def drop(self, model: type[Record], ids: list[int]) -> None:
        for key in ids:
            del self.rows[model][key]

    # rules

    @initialize(likes=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8))
    def begin_with_some_rows(self, likes: list[tuple[int, int]]) -> None:
        for place, name in enumerate("abc"):
            self.create_user(name)
            self.post(place, name)
        for user, tweet in likes:
            self.like(user, tweet)

    @rule(name=names)
    def create_user(self, name: str) -> None:
        self.made(User(name), username=name)

    @has_rows(User)
    @rule(user=numbers, text=names)
    def post(self, user: int, text: str) -> None:
        author = self.pick(User, user)
        self.made(author.post_tweet(text), message=text, user=author.id)

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def like(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        like = liker.like_tweet(liked)
        if there is None:
            self.made(like, user=liker.id, tweet=liked.id)
        else:
            assert like == self.handles[Like][there]

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def create_like(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        if there is None:
            self.made(Like(liker, liked), user=liker.id, tweet=liked.id)
        else:
            with pytest.raises(DuplicateError) as caught:
                Like(liker, liked)
            assert caught.value.existing == self.handles[Like][there]

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def unlike(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        assert liker.unlike_tweet(liked) is (there is not None)
        if there is not None:
            self.drop(Like, [there])

    @has_rows(Like)
    @rule(like=numbers)
    def delete_like(self, like: int) -> None:
        gone = self.pick(Like, like)
        assert gone.delete() == {"Like": 1}
        self.drop(Like, [gone.id])

    @has_rows(Tweet)
    @rule(tweet=numbers)
    def delete_tweet(self, tweet: int) -> None:
        gone = self.pick(Tweet, tweet)
        counts = gone.delete()
        assert counted(counts) == counted({"Tweet": 1, "Like": self.drop_tweets([gone.id])})

    @has_rows(User)
    @rule(user=numbers)
    def delete_user(self, user: int) -> None:
        gone = self.pick(User, user)
        counts = gone.delete()
        tweets = self.ids(Tweet, user=gone.id)
        likes = self.drop_tweets(tweets)
        own = self.ids(Like, user=gone.id)
        self.drop(Like, own)
        self.drop(User, [gone.id])
        assert counted(counts) == counted({"User": 1, "Tweet": len(tweets), "Like": likes + len(own)})

    @has_rows(User)
    @rule(user=numbers, name=names)
    def rename(self, user: int, name: str) -> None:
        renamed = self.pick(User, user)
        renamed.username = name
        self.rows[User][renamed.id]["username"] = name

    @has_rows(User, Tweet)
    @rule(tweet=numbers, user=numbers, text=names)
    def move_tweet(self, tweet: int, user: int, text: str) -> None:
        moved, author = self.pick(Tweet, tweet), self.pick(User, user)
        moved.update(user=author, message=text)
        self.rows[Tweet][moved.id].update(user=author.id, message=text)

    @has_rows(User, Tweet, Like)
    @rule(like=numbers, user=numbers, tweet=numbers)
    def move_like(self, like: int, user: int, tweet: int) -> None:
        moved, liker, liked = self.pick(Like, like), self.pick(User, user), self.pick(Tweet, tweet)
        there = self.like_of(liker, liked)
        if there in (None, moved.id):
            moved.update(user=liker, tweet=liked)
            self.rows[Like][moved.id].update(user=liker.id, tweet=liked.id)
        else:
            with pytest.raises(DuplicateError) as caught:
                moved.update(user=liker, tweet=liked)
            assert caught.value.existing == self.handles[Like][there]

    @has_rows(User)
    @rule(user=numbers, tweets=several)
    def like_several(self, user: int, tweets: list[int]) -> None:
        liker, liked = self.pick(User, user), self.pick_several(Tweet, tweets)
        new = once([tweet.id for tweet in liked if self.like_of(liker, tweet) is None])
        liker.liked_tweets.add(*liked)
        self.made_likes(liker, new)

    @has_rows(User)
    @rule(user=numbers, tweets=several)
    def like_exactly(self, user: int, tweets: list[int]) -> None:
        liker, liked = self.pick(User, user), self.pick_several(Tweet, tweets)
        wanted = once([tweet.id for tweet in liked])
        new = [tweet.id for tweet in liked if self.like_of(liker, tweet) is None]
        liker.liked_tweets.replace(liked)
        self.drop(Like, [key for key in self.ids(Like, user=liker.id) if self.rows[Like][key]["tweet"] not in wanted])
        self.made_likes(liker, once(new))

    def made_likes(self, liker: User, tweets: list[int]) -> None:
        """The newest likes of the user are these, in this order."""
        likes = list(liker.likes)[len(liker.likes) - len(tweets) :]
        for like, tweet in zip(likes, tweets, strict=True):
            self.made(like, user=liker.id, tweet=tweet)

    @has_rows(Tweet)
    @rule(tweet=numbers)
    def clear_likers(self, tweet: int) -> None:
        cleared = self.pick(Tweet, tweet)
        cleared.likers.clear()
        self.drop(Like, self.ids(Like, tweet=cleared.id))

    @has_rows(User, Tweet)
    @rule(user=numbers, tweet=numbers)
    def fail_half_way(self, user: int, tweet: int) -> None:
        liker, liked = self.pick(User, user), self.pick(Tweet, tweet)
        with pytest.raises(TypeError):
            liker.liked_tweets.add(liked, liker)
        with pytest.raises(TypeError):
            liker.liked_tweets.replace([liked, liker])
        with pytest.raises(TypeError):
            liked.update(message="changed", user=liked)

    # both ends

    @invariant()
    def users_see_their_rows(self) -> None:
        for key in self.rows[User]:
            user = self.handles[User][key]
            likes = self.ids(Like, user=key)
            self.same(user.tweets, Tweet, self.ids(Tweet, user=key))
            self.same(user.likes, Like, likes)
            self.same(user.liked_tweets, Tweet, [self.rows[Like][like]["tweet"] for like in likes])

    @invariant()
    def tweets_see_their_rows(self) -> None:
        for key in self.rows[Tweet]:
            tweet = self.handles[Tweet][key]
            likes = self.ids(Like, tweet=key)
            self.same(tweet.likes, Like, likes)
            self.same(tweet.likers, User, [self.rows[Like][like]["user"] for like in likes])
            assert tweet.username == self.rows[User][self.rows[Tweet][key]["user"]]["username"]

    @invariant()
    def pairs_are_found_by_their_index(self) -> None:
        for user in self.rows[User]:
            for tweet in self.rows[Tweet]:
                liker, liked = self.handles[User][user], self.handles[Tweet][tweet]
                assert plain(Like.find_by(user=liker, tweet=liked)) == self.like_of(liker, liked)

    @invariant()
    def fields_are_found_by_a_scan(self) -> None:
        for name in "abcd":
            assert User.where(username=name).ids.tolist() == self.ids(User, username=name)


class Clinic(World):
    """Doctors, patients and appointments; a pair may have several; a delete restricts, cascades or nullifies."""

    models = (Doctor, Patient, Appointment)

    @initialize(meetings=st.lists(st.tuples(numbers, numbers, st.none() | numbers), min_size=2, max_size=8))
    def begin_with_some_rows(self, meetings: list[tuple[int, int, int | None]]) -> None:
        for name in "abc":
            self.create_doctor(name)
            self.create_patient(name)
        for at, (doctor, patient, referrer) in enumerate(meetings):
            self.meet(doctor, patient, at, referrer)

    @rule(name=names)
    def create_doctor(self, name: str) -> None:
        self.made(Doctor(name), name=name)

    @rule(name=names)
    def create_patient(self, name: str) -> None:
        there = self.ids(Patient, name=name)
        if there:
            with pytest.raises(DuplicateError) as caught:
                Patient(name)
            assert caught.value.existing == self.handles[Patient][there[0]]
        else:
            self.made(Patient(name), name=name)

    @has_rows(Patient)
    @rule(patient=numbers, name=names)
    def rename_patient(self, patient: int, name: str) -> None:
        renamed = self.pick(Patient, patient)
        if self.ids(Patient, name=name) in ([], [renamed.id]):
            renamed.name = name
            self.rows[Patient][renamed.id]["name"] = name
        else:
            with pytest.raises(DuplicateError):
                renamed.name = name

    @has_rows(Doctor, Patient)
    @rule(doctor=numbers, patient=numbers, at=numbers, referrer=st.none() | numbers)
    def meet(self, doctor: int, patient: int, at: int, referrer: int | None) -> None:
        seen_by, seen = self.pick(Doctor, doctor), self.pick(Patient, patient)
        by = None if referrer is None else self.pick(Doctor, referrer)
        made = Appointment(seen_by, seen, at, by)
        self.made(made, doctor=seen_by.id, patient=seen.id, at=at, referrer=plain(by))

    @has_rows(Doctor, Appointment)
    @rule(appointment=numbers, doctor=numbers)
    def move_to_doctor(self, appointment: int, doctor: int) -> None:
        moved, target = self.pick(Appointment, appointment), self.pick(Doctor, doctor)
        moved.doctor = target
        self.rows[Appointment][moved.id]["doctor"] = target.id

    @has_rows(Patient, Appointment)
    @rule(appointment=numbers, patient=numbers, at=numbers)
    def move_to_patient(self, appointment: int, patient: int, at: int) -> None:
        moved, target = self.pick(Appointment, appointment), self.pick(Patient, patient)
        moved.update(patient=target, at=at)
        self.rows[Appointment][moved.id].update(patient=target.id, at=at)

    @has_rows(Doctor, Appointment)
    @rule(appointment=numbers, referrer=st.none() | numbers)
    def refer(self, appointment: int, referrer: int | None) -> None:
        changed = self.pick(Appointment, appointment)
        by = None if referrer is None else self.pick(Doctor, referrer)
        changed.referrer = by
        self.rows[Appointment][changed.id]["referrer"] = plain(by)

    @has_rows(Appointment)
    @rule(appointment=numbers)
    def delete_appointment(self, appointment: int) -> None:
        gone = self.pick(Appointment, appointment)
        assert gone.delete() == {"Appointment": 1}
        del self.rows[Appointment][gone.id]

    @has_rows(Patient)
    @rule(patient=numbers)
    def delete_patient(self, patient: int) -> None:
        gone = self.pick(Patient, patient)
        counts, along = gone.delete(), self.ids(Appointment, patient=gone.id)
        assert counted(counts) == counted({"Patient": 1, "Appointment": len(along)})
        del self.rows[Patient][gone.id]
        for key in along:
            del self.rows[Appointment][key]

    @has_rows(Doctor)
    @rule(doctor=numbers)
    def delete_doctor(self, doctor: int) -> None:
        gone = self.pick(Doctor, doctor)
        blocked = self.ids(Appointment, doctor=gone.id)
        if blocked:
            with pytest.raises(RestrictError) as caught:
                gone.delete()
            assert caught.value.blockers == {"Appointment": len(blocked)}
        else:
            assert gone.delete() == {"Doctor": 1}
            del self.rows[Doctor][gone.id]
            for key in self.ids(Appointment, referrer=gone.id):
                self.rows[Appointment][key]["referrer"] = None

    @has_rows(Doctor)
    @rule(doctor=numbers, patients=several, at=numbers)
    def add_patients(self, doctor: int, patients: list[int], at: int) -> None:
        seen_by, added = self.pick(Doctor, doctor), self.pick_several(Patient, patients)
        new = [key for key in once([patient.id for patient in added]) if key not in self.patients_of(seen_by.id)]
        seen_by.patients.add(*added, at=at)
        self.made_appointments(seen_by, new, at)

    @has_rows(Doctor)
    @rule(doctor=numbers, patients=several, at=numbers)
    def replace_patients(self, doctor: int, patients: list[int], at: int) -> None:
        seen_by, wanted = self.pick(Doctor, doctor), self.pick_several(Patient, patients)
        keys = once([patient.id for patient in wanted])
        new = [key for key in keys if key not in self.patients_of(seen_by.id)]
        seen_by.patients.replace(wanted, at=at)
        for key in self.ids(Appointment, doctor=seen_by.id):
            if self.rows[Appointment][key]["patient"] not in keys:
                del self.rows[Appointment][key]
        self.made_appointments(seen_by, new, at)

    @has_rows(Doctor)
    @rule(doctor=numbers, patients=several)
    def remove_patients(self, doctor: int, patients: list[int]) -> None:
        seen_by, removed = self.pick(Doctor, doctor), self.pick_several(Patient, patients)
        seen_by.patients.remove(*removed)
        for patient in removed:
            for key in self.ids(Appointment, doctor=seen_by.id, patient=patient.id):
                del self.rows[Appointment][key]

    @has_rows(Doctor)
    @rule(doctor=numbers)
    def clear_referrals(self, doctor: int) -> None:
        by = self.pick(Doctor, doctor)
        by.referrals.clear()
        for key in self.ids(Appointment, referrer=by.id):
            self.rows[Appointment][key]["referrer"] = None

    @has_rows(Doctor)
    @rule(doctor=numbers, appointments=several)
    def replace_referrals(self, doctor: int, appointments: list[int]) -> None:
        by, referred = self.pick(Doctor, doctor), self.pick_several(Appointment, appointments)
        by.referrals.replace(referred)
        for key in self.ids(Appointment, referrer=by.id):
            self.rows[Appointment][key]["referrer"] = None
        for appointment in referred:
            self.rows[Appointment][appointment.id]["referrer"] = by.id

    def patients_of(self, doctor: int) -> list[int]:
        return once([self.rows[Appointment][key]["patient"] for key in self.ids(Appointment, doctor=doctor)])

    def made_appointments(self, doctor: Doctor, patients: list[int], at: int) -> None:
        """The newest appointments of the doctor are with these patients, in this order."""
        newest = list(doctor.appointments)[len(doctor.appointments) - len(patients) :]
        for appointment, patient in zip(newest, patients, strict=True):
            self.made(appointment, doctor=doctor.id, patient=patient, at=at, referrer=None)

    # both ends

    @invariant()
    def doctors_see_their_rows(self) -> None:
        for key in self.rows[Doctor]:
            doctor = self.handles[Doctor][key]
            self.same(doctor.appointments, Appointment, self.ids(Appointment, doctor=key))
            self.same(doctor.referrals, Appointment, self.ids(Appointment, referrer=key))
            self.same(doctor.patients, Patient, self.patients_of(key))

    @invariant()
    def patients_see_their_rows(self) -> None:
        for key in self.rows[Patient]:
            patient, rows = self.handles[Patient][key], self.rows[Appointment]
            visits = self.ids(Appointment, patient=key)
            referrers = [rows[visit]["referrer"] for visit in visits if rows[visit]["referrer"] is not None]
            self.same(patient.appointments, Appointment, visits)
            self.same(patient.doctors, Doctor, once([rows[visit]["doctor"] for visit in visits]))
            self.same(patient.referrers, Doctor, once(referrers))

    @invariant()
    def names_are_found_by_their_index(self) -> None:
        for name in "abcd":
            assert [plain(Patient.find_by(name=name))] == (self.ids(Patient, name=name) or [None])

    @invariant()
    def rows_are_found_by_their_reference(self) -> None:
        assert Appointment.where(referrer=None).ids.tolist() == self.ids(Appointment, referrer=None)
        for key, doctor in self.handles[Doctor].items():
            if key in self.rows[Doctor]:
                assert Appointment.where(doctor=doctor).ids.tolist() == self.ids(Appointment, doctor=key)


def counted(counts: dict[str, int]) -> dict[str, int]:
    """Without the models of which nothing went."""
    return {name: count for name, count in counts.items() if count}


TestSeedWorld = SeedWorld.TestCase
TestSeedWorld.settings = SETTINGS
TestClinic = Clinic.TestCase
TestClinic.settings = SETTINGS
