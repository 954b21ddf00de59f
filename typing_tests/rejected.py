"""Mistakes a type checker must find: an error on each line marked so, and on no other.

Never run, only checked (see check.py).
"""

from collections.abc import Hashable
from datetime import datetime
from decimal import Decimal

from hasmany import Json, Like, Many, Model, Store, Tweet, User, belongs_to, field, has_many, has_one


class Doctor(Model):
    name: str
    beds: int = 0
    appointments: Many["Appointment"] = has_many()
    patients: Many["Patient"] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    doctors: Many[Doctor] = has_many(through="appointments")


class Appointment(Model, unique=("doctor", "patient")):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: datetime | None = None


# Declarations


class Holder(Model):
    name: str
    card: "Card | None" = has_one()
    cards: Many["Card"] = has_many(were={"number": 1})  # rejected
    sorted_cards: Many["Card"] = has_many(order_by=3)  # rejected


class Card(Model):
    number: int
    holder: Holder = field(unique=True)


Holder("ann", card=None)  # rejected
print(Holder("ann").card.number)  # rejected


class BadKeyword(Model, uniqe=("name",)):  # rejected
    name: str


class BadUnique(Model, unique="name"):  # rejected
    name: str


class BadDefault(Model):
    beds: int = field(default="three")  # rejected
    doctor: Doctor = belongs_to(on_delete="delete")  # rejected
    patients: Many[Patient] = has_many(throug="appointments")  # rejected
    numbers: Many[int] = has_many()  # rejected


class RequiredAfterOptional(Model):
    beds: int = 0
    name: str  # rejected


class Stamped(Model, abstract=True, kw_only=True):
    created: datetime = field(default_factory=datetime.now)


class Stamp(Model, abstract=True):
    created: int = 0


class Titled(Stamped):
    title: str
    words: int = 0


class RequiredAfterInherited(Stamp):
    name: str  # rejected


class BadFlag(Model, abstract="yes"):  # rejected
    name: str


def abstract_bases(now: datetime) -> None:
    Titled()  # rejected
    Titled("Moss", 3, now)  # rejected
    Titled(created=now)  # rejected
    Titled("Moss", created="now")  # rejected
    print(Titled("Moss").creatd)  # rejected


def constructors(doctor: Doctor, patient: Patient) -> None:
    Doctor()  # rejected
    Doctor(1)  # rejected
    Doctor("Ada", "three")  # rejected
    Doctor("Ada", 3, [])  # rejected
    Doctor(nme="Ada")  # rejected
    Doctor("Ada", patients=[patient])  # rejected
    Patient()  # rejected
    Appointment(doctor)  # rejected
    Appointment(patient, doctor)  # rejected
    Appointment(doctor, patient, "tomorrow")  # rejected
    Appointment(doctor=doctor, patient=None)  # rejected


def fields(doctor: Doctor, patient: Patient, appointment: Appointment) -> None:
    doctor.beds = "three"  # rejected
    doctor.name = None  # rejected
    doctor.nme = "Ada"  # rejected
    print(doctor.nme)  # rejected
    print(appointment.doctor.doctors)  # rejected
    print(appointment.at.year)  # rejected
    appointment.doctor = patient  # rejected
    doctor.id = 7  # rejected


def collections(doctor: Doctor, patient: Patient, tweet: Tweet) -> None:
    for each in doctor.patients:
        print(each.beds)  # rejected
    doctor.patients.add(tweet)  # rejected
    doctor.patients.remove(doctor)  # rejected
    doctor.patients.replace([tweet])  # rejected
    doctor.patients.index(tweet)  # rejected
    print(doctor.patients & patient.doctors)  # rejected
    print(doctor.patients - [tweet])  # rejected
    print(doctor.patients["Ben"])  # rejected
    print(doctor.patients.first)  # rejected
    print(doctor.patients.find_by(name="Ben").name)  # rejected
    print(doctor.patients.order_by("name", revers=True))  # rejected
    print(doctor.patients.page("20"))  # rejected
    doctor.patients.plot.degrees(3)  # rejected
    doctor.patients.plot.over_time("at", every="fortnight")  # rejected
    doctor.patients.plot.pie("at")  # rejected
    print(doctor.patients.page(20).itms)  # rejected
    key: Hashable = doctor.patients  # rejected
    wrong: Many[Doctor] = doctor.patients  # rejected
    print(key, wrong)


def tweets(user: User, tweet: Tweet) -> None:
    User()  # rejected
    User(7)  # rejected
    Tweet("hello")  # rejected
    Tweet("hello", "alice")  # rejected
    Like(user=tweet, tweet=user)  # rejected
    Like(tweet, user)  # rejected
    user.like_tweet(user)  # rejected
    user.like_tweet("hello")  # rejected
    user.post_tweet()  # rejected
    user.usernme = "bob"  # rejected
    user.username = 7  # rejected
    tweet.user = "alice"  # rejected
    tweet.username = "alice"  # rejected
    user.liked_tweets.add(user)  # rejected
    print(User.find_by(username="alice").username)  # rejected
    Like.matrix("user")  # rejected
    Like.matrix("user", tweet)  # rejected


def stores(store: Store) -> None:
    Store(7)  # rejected
    Store("likes.db", durability="none")  # rejected
    Store("likes.db", "full")  # rejected
    store.on_commit(print(store))  # rejected
    store.path = "likes.db"  # rejected


def rankings(doctor: Doctor, user: User, tweet: Tweet) -> None:
    doctor.similar("patients", measure="euclid")  # rejected
    doctor.similar(3)  # rejected
    user.recommend("liked_tweets", within=[tweet])  # rejected
    user.recommend("liked_tweets", damping=0.5)  # rejected
    user.recommend("liked_tweets", damping="none")  # rejected
    doctor.similar("patients", shrink="10")  # rejected
    Tweet.all().top(3)  # rejected
    user.similar("liked_tweets").why(tweet)  # rejected


class Priced(Model):
    price: Decimal = field(scale=2)


def types_of_fields(priced: Priced) -> None:
    Priced(1.5)  # rejected
    priced.price = "1.50"  # rejected
    Priced.insert_all(price=["1"], unit="minutes")  # rejected


class Note(Model):
    tags: Json
    text: str = ""


def documents(note: Note) -> None:
    Note()  # rejected
    Note([1], 2)  # rejected
    Note(tag=[1])  # rejected
    note.tag = [1]  # rejected
