"""The public interface as programs use it: both type checkers must accept every line.

Never run, only checked (see check.py). `assert_type` says what a checker must infer.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, assert_type

import hasmany
import numpy as np
import numpy.typing as npt
from hasmany import (
    Change,
    CorruptStoreError,
    DeletedError,
    DuplicateError,
    FieldError,
    ForeignStoreError,
    HasManyError,
    Json,
    Like,
    Many,
    Matrix,
    Measure,
    Model,
    NotFoundError,
    OnDelete,
    Page,
    Ranking,
    Rankings,
    ReadOnlyError,
    Record,
    RestrictError,
    Schema,
    SchemaError,
    Scored,
    Stats,
    Store,
    StoreClosedError,
    StoreLockedError,
    Table,
    Tweet,
    User,
    belongs_to,
    between,
    col,
    field,
    has_many,
    has_one,
    jsonable,
)

RecordT = TypeVar("RecordT", bound=Record)

# Declarations


class Doctor(Model):
    name: str
    appointments: Many[Appointment] = has_many()
    patients: Many[Patient] = has_many(through="appointments")


class Patient(Model):
    name: str = field(unique=True)
    appointments: Many[Appointment] = has_many()
    doctors: Many[Doctor] = has_many(through="appointments")


class Appointment(Model):
    doctor: Doctor
    patient: Patient = belongs_to(on_delete="cascade")
    at: dt.datetime | None = None


class Person(Model, table="people"):
    email: str = field(unique=True)
    born: dt.date | None = None
    height: float | None = field(default=None)
    age: int = field(default=0)
    joined: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    photo: bytes = b""
    admin: bool = False
    mentor: Person | None = belongs_to(on_delete="nullify", default=None)
    mentees: Many[Person] = has_many(by="mentor")
    followings: Many[Follow] = has_many(by="follower")
    following: Many[Person] = has_many(through="followings", source="followee")
    second_degree: Many[Person] = has_many(through="following", source="following")


class Follow(Model, unique=("follower", "followee")):
    follower: Person = belongs_to(on_delete="cascade")
    followee: Person = belongs_to(on_delete="restrict")


class Stamped(Model, abstract=True, kw_only=True):
    created: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    notes: Many[Note] = has_many()


class Titled(Stamped, abstract=True, unique=("title",)):
    title: str
    subtitle: str = ""


class Article(Titled):
    words: int = 0
    subtitle: str = "none"


class Note(Stamped, kw_only=True):
    urgent: bool = False
    article: Article


class Bookmark(Model, unique=(("user", "tweet"), ("user", "place"))):
    user: User
    tweet: Tweet
    place: int


def constructors() -> None:
    doctor = assert_type(Doctor("Ada"), Doctor)
    patient = assert_type(Patient(name="Ben"), Patient)
    now = dt.datetime.now(dt.UTC)
    Appointment(doctor, patient)
    Appointment(doctor, patient, now)
    Appointment(patient=patient, doctor=doctor, at=None)
    Person("a@example.org")
    ada = Person("b@example.org", dt.date(1815, 12, 10), 1.6, age=36, admin=True, photo=b"\x89")
    Person(email="c@example.org", height=2, mentor=ada)  # an int fits a float field
    Follow(ada, followee=ada)
    user = User("alice")
    Bookmark(user, Tweet("hello", user), 1)


def abstract_bases(article: Article) -> None:
    Article("Moss")
    Article("Moss", "a plant", 3, created=dt.datetime.now(dt.UTC))
    Article(words=3, title="Moss")
    Note(article=article)
    assert_type(article.created, dt.datetime)
    assert_type(article.title, str)
    assert_type(article.notes, Many[Note])
    assert_type(Article.find(title="Moss"), Article)
    stamped: Stamped = article
    assert_type(stamped.created, dt.datetime)


def fields(appointment: Appointment, person: Person) -> None:
    assert_type(appointment.id, int)
    assert_type(appointment.doctor, Doctor)
    assert_type(appointment.doctor.name, str)
    assert_type(appointment.at, dt.datetime | None)
    appointment.doctor = Doctor("Eve")
    appointment.at = None
    assert_type(person.born, dt.date | None)
    assert_type(person.height, float | None)
    assert_type(person.age, int)
    assert_type(person.joined, dt.datetime)
    assert_type(person.photo, bytes)
    assert_type(person.admin, bool)
    assert_type(person.mentor, Person | None)
    person.age += 1
    person.height = 2
    if person.mentor is not None:
        assert_type(person.mentor.email, str)
    person.mentor = None


def records(doctor: Doctor) -> None:
    assert_type(Doctor.all(), Many[Doctor])
    assert_type(Doctor.find(1), Doctor)
    assert_type(Doctor.find(name="Ada"), Doctor)
    assert_type(Doctor.find_or_create(name="Ada"), Doctor)
    assert_type(Doctor.find_or_create(name="Ada", defaults={"name": "Ada"}), Doctor)
    assert_type(Doctor.find_by(name="Ada"), Doctor | None)
    assert_type(Doctor.where(name="Ada"), Many[Doctor])
    assert_type(Doctor.where(name=["Ada", "Eve"], id=between(10, None)), Many[Doctor])
    assert_type(Appointment.where(doctor=doctor, at=None), Many[Appointment])
    assert_type(Appointment.where(doctor=Doctor.where(name="Ada")), Many[Appointment])
    assert_type(doctor.update(name="Eve"), Doctor)
    assert_type(doctor.delete(), dict[str, int])
    assert_type(doctor == Doctor.find(2), bool)
    assert_type({doctor: doctor.name}, dict[Doctor, str])
    record: Record = doctor
    assert_type(record.id, int)
    if (found := Doctor.find_by(name="Ada")) is not None:
        assert_type(found.name, str)


# Collections


def reading(doctor: Doctor, patient: Patient) -> None:
    assert_type(doctor.patients, Many[Patient])
    assert_type(patient.doctors, Many[Doctor])
    assert_type(doctor.appointments, Many[Appointment])
    for appointment in doctor.appointments:
        assert_type(appointment, Appointment)
        assert_type(appointment.patient.name, str)
    assert_type([each.name for each in doctor.patients], list[str])
    assert_type(list(doctor.patients), list[Patient])
    assert_type(reversed(doctor.patients), Iterator[Patient])
    assert_type(len(doctor.patients), int)
    assert_type(bool(doctor.patients), bool)
    assert_type(patient in doctor.patients, bool)
    assert_type("anything" in doctor.patients, bool)
    assert_type(doctor.patients[0], Patient)
    assert_type(doctor.patients[-1].doctors[0].name, str)
    assert_type(doctor.patients[1:5], Many[Patient])
    assert_type(doctor.patients.index(patient), int)
    assert_type(doctor.patients.count(patient), int)
    assert_type(doctor.patients == [patient], bool)
    assert_type(doctor.patients.ids, npt.NDArray[np.int64])
    assert_type(doctor.patients.values("name"), list[Any])
    assert_type(doctor.patients.values("id"), list[int])
    assert_type(doctor.patients.values(col("name")), list[Any])
    assert_type(doctor.patients.values("id", "name"), list[tuple[Any, Any]])
    assert_type(doctor.patients.values("id", "name", col("doctors").count()), list[tuple[Any, Any, Any]])
    assert_type(doctor.patients.values("id", "name", "id", "name"), list[tuple[Any, ...]])
    assert_type(doctor.appointments.values("patient.name"), list[Any])
    assert_type(doctor.appointments.column("at"), npt.NDArray[Any])
    assert_type(doctor.patients.find_by(name="Ben"), Patient | None)
    assert_type(doctor.patients.where(name="Ben"), Many[Patient])
    assert_type(doctor.appointments.order_by("at", reverse=True), Many[Appointment])
    assert_type(doctor.patients.sample(2, seed=1), Many[Patient])
    nested: Many[Doctor] = doctor.patients.through("doctors")
    assert_type(nested.through("patients"), Many[Any])
    assert_type(nested.through("colleagues", repeat=True), Many[Doctor])


def set_algebra(one: Doctor, other: Doctor, patient: Patient) -> None:
    assert_type(one.patients & other.patients, Many[Patient])
    assert_type(one.patients | other.patients, Many[Patient])
    assert_type(one.patients - [patient], Many[Patient])
    assert_type(one.patients ^ {patient}, Many[Patient])
    assert_type((one.patients & other.patients).order_by("name")[:3], Many[Patient])
    assert_type(one.patients <= other.patients, bool)
    assert_type(one.patients < [patient], bool)
    assert_type(one.patients >= other.patients, bool)
    assert_type(one.patients > {patient}, bool)
    assert_type(one.patients.isdisjoint(other.patients), bool)
    assert_type(one.patients.overlap(other.patients), int)


def pages(doctor: Doctor) -> None:
    doctor.patients.plot.degrees("doctors")
    Appointment.all().plot.over_time("at", every="month")
    page = doctor.patients.page(20)
    assert_type(page, Page[Patient])
    assert_type(page.items, Many[Patient])
    assert_type(page.next, str | None)
    items, following = doctor.patients.page(20, page.next, reverse=True)
    assert_type(items, Many[Patient])
    assert_type(following, str | None)


def rankings(doctor: Doctor, user: User, tweet: Tweet) -> None:
    found = doctor.similar("patients", 5, measure="jaccard", shrink=0)
    assert_type(found, Ranking[Doctor])
    assert_type(found[0], Scored[Doctor])
    assert_type(found[1:], Ranking[Doctor])
    assert_type(found.records, Many[Doctor])
    assert_type(found.sampled, bool)
    print(found.scores.mean(), found == [], found[0] in found, list(reversed(found)))
    for record, score in found:
        assert_type(record, Doctor)
        assert_type(score, float)
    assert_type(Tweet.all().top(10, by="likers"), Ranking[Tweet])
    assert_type(user.similar("liked_tweets"), Ranking[User])
    recommended = user.recommend("liked_tweets", within=Tweet.all(), damping=(1, 0), max_links=10**6, seed=3)
    assert_type(recommended, Ranking[Tweet])
    assert_type(recommended.why(tweet), Many[Tweet])
    assert_type(user.liked_tweets.also("likers", 5, damping=None), Ranking[Tweet])
    assert_type(user.recommend("liked_tweets", recent=True), Ranking[Tweet])
    assert_type(doctor.recommend("patients"), Ranking[Any])
    assert_type(doctor.recommend("patients", 5, within=doctor.patients), Ranking[Patient])
    assert_type(doctor.recommend("patients", within=None), Ranking[Any])
    measure: Measure = "overlap"
    many = assert_type(User.all().similar("liked_tweets", measure=measure, progress=True), Rankings[User])
    assert_type(many[user], Ranking[User])
    bare: Rankings = Doctor.all().recommend("patients")
    assert_type(bare[doctor], Ranking[Any])
    assert_type(Doctor.all().recommend("patients", within=Patient.all())[doctor], Ranking[Patient])
    assert_type(found.select("score", "name", fans=col("patients").count()), Table)
    assert_type(many.select("owner.username", "rank", place="ranking.rank"), Table)
    assert_type(User.all().through("following", repeat=True), Many[User])
    assert_type(User.all().recommend("liked_tweets", 20, within=user.tweets), Rankings[Tweet])
    assert_type(User.all().recommend("liked_tweets", damping="auto"), Rankings[Tweet])
    assert_type(user.recommend("liked_tweets", damping=None), Ranking[Tweet])
    assert_type(tweet.recommend("likers"), Ranking[User])
    assert_type(user.recommend("bookmarked"), Ranking[Any])
    assert_type(User.all().similar("liked_tweets", shrink=2.5), Rankings[User])
    print(len(many), many.__arrow_c_stream__())


def other_libraries(doctor: Doctor, store: Store) -> None:
    visits = Appointment.matrix("doctor", "patient", values="cost")
    assert_type(visits, Matrix)
    matrix, rows, columns = Like.matrix(rows="user", columns="tweet")
    assert_type(rows, Many[Any])
    print(matrix.shape, rows.ids, columns.ids, doctor.patients.__arrow_c_stream__())
    print(store.to_networkx().nodes, Like.to_networkx("user", "tweet").edges)
    assert_type(User.projection("liked_tweets", least=2), Table)
    assert_type(User.all().projection("liked_tweets").column("weight"), npt.NDArray[Any])
    assert_type(User.all().projection_matrix("liked_tweets"), Matrix)
    assert_type(Like.all().to_dicts("id", "user.username"), list[dict[str, Any]])
    print(json.dumps(Like.all(), default=jsonable), Like.all()[0].to_dict())


def writing(doctor: Doctor, patient: Patient) -> None:
    assert_type(doctor.patients.add(patient), Many[Patient])
    doctor.patients.add(patient, Patient("Cem"), at=None).remove(patient).clear()
    assert_type(doctor.patients.create("Dan", at=None), Patient)
    assert_type(doctor.appointments.create(patient=patient), Appointment)
    assert_type(doctor.patients.replace([patient]), Many[Patient])
    assert_type(doctor.patients.add([patient], doctor.patients[:2], (each for each in doctor.patients)), Many[Patient])
    assert_type(doctor.patients.remove(doctor.patients).replace(patient, [patient]), Many[Patient])
    assert_type(doctor.patients.replace(sorted(doctor.patients, key=name_of)), Many[Patient])
    assert_type(doctor.patients.where(name="Ben").update_all(name="Bob"), int)
    assert_type(doctor.appointments[:2].delete_all(), dict[str, int])


def name_of(patient: Patient) -> str:
    return patient.name


def relations_between_people(person: Person) -> None:
    assert_type(person.mentees, Many[Person])
    assert_type(person.followings, Many[Follow])
    assert_type(person.following[0].following, Many[Person])
    assert_type(person.second_degree - person.following, Many[Person])
    person.mentees.add(Person("d@example.org"))


# The seed world


def tweets() -> None:
    alice, bob = User("alice"), User(username="bob")
    tweet = assert_type(alice.post_tweet("Hello, world"), Tweet)
    assert_type(Tweet("again", user=alice), Tweet)
    like = assert_type(bob.like_tweet(tweet), Like)
    assert_type(Like(user=alice, tweet=tweet), Like)
    assert_type(like.user.username, str)
    assert_type(like.tweet.message, str)
    assert_type(tweet.username, str)
    assert_type(tweet.user, User)
    assert_type(alice.tweets, Many[Tweet])
    assert_type(alice.likes, Many[Like])
    assert_type(bob.liked_tweets, Many[Tweet])
    assert_type(tweet.likes, Many[Like])
    assert_type(tweet.likers, Many[User])
    assert_type(tweet.likers.values("username"), list[str])
    assert_type(alice.tweets.values("user"), list[User])
    assert_type(tweet.likes.values("user.username"), list[str])
    assert_type(alice.likes.values("tweet"), list[Tweet])
    assert_type(alice.tweets.values("message", "user"), list[tuple[Any, Any]])
    assert_type(alice.tweets.through("likers"), Many[User])
    assert_type(alice.tweets.through("likers").through("liked_tweets"), Many[Tweet])
    assert_type(alice.likes.through("tweet"), Many[Tweet])
    assert_type(tweet.likers.through("bookmarks"), Many[Any])
    assert_type(bob.unlike_tweet(tweet), bool)
    assert_type(User.find_by(username="alice"), User | None)
    alice.username = "alicia"
    tweet.message = "Hello"
    tweet.user = bob
    tweet.likers.add(alice)


# The store


async def tasks(store: Store, doctor: Doctor) -> None:
    async with store.transaction() as nothing:
        assert_type(nothing, None)
        doctor.name = "Eve"


def stores(path: Path, doctor: Doctor) -> None:
    with Store() as store:
        assert_type(store, Store)
    store = Store("likes.db", durability="full", read_only=True)
    assert_type(Store(path).use(), Store)
    assert_type(Store.current(), Store)
    assert_type(Store.of(doctor), Store)
    assert_type(store.path, Path | None)
    assert_type(doctor in store, bool)
    with store.transaction() as nothing:
        assert_type(nothing, None)
        doctor.name = "Eve"
    Store(path, timeout=2.5)
    store.compact()
    store.check()
    store.close()


def observers(store: Store) -> None:
    def listen(changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind == "set":
                assert_type(change.field, str | None)
            assert_type(change.record, Record)
        kind, record, name, old, new = changes[0]
        print(kind, record.id, name, old, new)

    unsubscribe = assert_type(store.on_commit(listen), Callable[[], None])
    unsubscribe()
    seen: list[Sequence[Change]] = []
    store.on_commit(seen.append)


def inspection(store: Store) -> None:
    stats = assert_type(store.stats(), Stats)
    assert_type(stats.rows, dict[str, int])
    assert_type(stats.bytes, dict[str, int])
    assert_type(stats.bytes_total, int)
    schema = assert_type(store.schema, Schema)
    assert_type(schema.models, tuple[type[Record], ...])
    assert_type(schema.to_mermaid(), str)
    policy: OnDelete = "nullify"
    print(policy, schema, hasmany.__name__)


def errors(user: User, tweet: Tweet) -> None:
    try:
        Like(user, tweet)
    except DuplicateError as error:
        assert_type(error.existing, Any)
    try:
        user.delete()
    except RestrictError as error:
        assert_type(error.blockers, dict[str, int])
    as_builtins: dict[type[HasManyError], type[Exception]] = {
        SchemaError: TypeError,
        FieldError: ValueError,
        ForeignStoreError: ValueError,
        NotFoundError: LookupError,
        DeletedError: LookupError,
        ReadOnlyError: RuntimeError,
        StoreClosedError: RuntimeError,
        StoreLockedError: OSError,
        CorruptStoreError: OSError,
    }
    type_error: TypeError = SchemaError()
    value_errors: list[ValueError] = [
        FieldError(),
        DuplicateError(),
        RestrictError(),
        ForeignStoreError(),
    ]
    lookup_errors: list[LookupError] = [NotFoundError(), DeletedError()]
    runtime_errors: list[RuntimeError] = [ReadOnlyError(), StoreClosedError()]
    os_errors: list[OSError] = [StoreLockedError(), CorruptStoreError()]
    print(as_builtins, type_error, value_errors, lookup_errors, runtime_errors, os_errors)


# Code that knows no model


def newest(records: Many[Doctor] | Many[Patient]) -> str:
    return records[-1].name


def first(records: Many[RecordT]) -> RecordT:
    return records[0]


def generic(doctor: Doctor) -> None:
    assert_type(first(doctor.patients), Patient)
    assert_type(newest(doctor.patients), str)


# Types of fields beyond those of SQL


class Colour(enum.Enum):
    RED = "red"


class Part(Model):
    code: uuid.UUID
    colour: Colour
    price: decimal.Decimal = field(scale=2)
    opens: dt.time = dt.time(9)
    takes: dt.timedelta = field(default=dt.timedelta(0))
    rebate: decimal.Decimal | None = field(default=None, scale=4)


part = Part(uuid.uuid4(), Colour.RED, price=decimal.Decimal("1.50"))
assert_type(part.code, uuid.UUID)
assert_type(part.colour, Colour)
assert_type(part.price, decimal.Decimal)
assert_type(part.opens, dt.time)
assert_type(part.takes, dt.timedelta)
assert_type(part.rebate, decimal.Decimal | None)
assert_type(Part.insert_all({"takes": [90]}, unit="s"), Many[Part])


class Memo(Model):
    tags: Json
    data: Json = field(default_factory=dict)
    extra: Json = None
    more: Json = field(default=["a"])


memo = Memo(["a", {"b": [1, 2.5, True, None]}], {"a": 1}, more="text")
memo.tags = {"a": 1}
memo.tags = [1, "a"]
memo.tags = "a"
memo.tags = 0.5
memo.tags = None
memo.tags = [*memo.tags, "new"]
size: int = memo.data["size"]
for tag in memo.tags:
    print(tag)
Memo.where(tags=Json(["a", "b"]))
Memo.find_by(tags=Json({"a": 1}))
Memo.where(tags=[Json("a"), Json(None)])
assert_type(Memo.insert_all(tags=[Json("5"), {"a": 1}]), Many[Memo])


# Relations with a condition or an order, and has_one


class Keeper(Model):
    name: str
    badge: Badge | None = has_one()
    keys: Many[Key] = has_many()
    lost: Many[Key] = has_many(where={"found": None, "number": [1, 2]}, order_by="number")
    high: Many[Key] = has_many(where=col("number") > 3, order_by=("found", col("number").desc()))


class Badge(Model):
    number: int
    keeper: Keeper = field(unique=True)


class Key(Model):
    number: int
    keeper: Keeper
    found: int | None = None


def has_one_is_a_record_or_none(keeper: Keeper) -> None:
    assert_type(keeper.badge, Badge | None)
    assert_type(keeper.lost, Many[Key])
    if keeper.badge is not None:
        assert_type(keeper.badge.number, int)
    Keeper("name")
    Keeper(name="name")
