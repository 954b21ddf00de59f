"""`insert_all` does what a loop over the constructor does, on random columns, whole or with errors in them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from math import isnan
from typing import Any

import numpy as np
import pytest
from hasmany import (
    DeletedError,
    DuplicateError,
    FieldError,
    Like,
    Many,
    Model,
    NotFoundError,
    Store,
    Tweet,
    User,
    belongs_to,
    field,
    has_many,
)
from hypothesis import given, settings
from hypothesis import strategies as st

SETTINGS = settings(max_examples=150, deadline=None, database=None)
NAN = float("nan")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Owner(Model):
    name: str = field(unique=True)
    marks: Many["Mark"] = has_many(by="owner")
    items: Many["Item"] = has_many(through="marks")


class Item(Model):
    title: str = field(unique=True)
    marks: Many["Mark"] = has_many()
    owners: Many["Owner"] = has_many(through="marks", source="owner")


class Mark(Model, unique=("owner", "item")):
    owner: Owner
    item: Item = belongs_to(on_delete="cascade")
    score: int | None = None
    tag: str | None = field(default=None, unique=True)
    giver: Owner | None = belongs_to(default=None)


class Sample(Model):
    """A field of every type."""

    whole: int | None
    real: float | None
    flag: bool | None
    text: str | None
    raw: bytes | None
    at: datetime | None
    day: date | None


# ── columns with errors in them ───────────────────────────────────────────────────────────────────

LIVE, GONE, NEVER = [1, 2, 4, 5], 3, [0, -1, 6, 99, 2**40]

good_ids = st.sampled_from(LIVE)
good_rows = st.fixed_dictionaries(
    {
        "owner": good_ids,
        "item": good_ids,
        "score": st.sampled_from([None, 0, 1, -(2**63), 2**63 - 1, 2.0, NAN]),
        "tag": st.none() | st.sampled_from(["", "a", "b", "c", "d", "e", "f"]),
        "giver": st.none() | good_ids | st.just(NAN),
    }
)
bad_cells = st.one_of(
    st.tuples(st.sampled_from(["owner", "item", "giver"]), st.sampled_from([GONE, *NEVER, 1.5, True, "1"])),
    st.tuples(st.sampled_from(["owner", "item"]), st.sampled_from([None, NAN])),
    st.tuples(st.just("score"), st.sampled_from([1.5, 2**63, "1", True, float("inf")])),
    st.tuples(st.just("tag"), st.sampled_from([1, b"a", "\ud800", True])),
)


@st.composite
def calls(draw: Any) -> list[dict[str, Any]]:
    """The rows of one call; in every third of them a few cells are wrong."""
    rows = draw(st.lists(good_rows, max_size=10))
    if rows and draw(st.integers(0, 2)) == 0:
        for place, (name, value) in draw(st.lists(st.tuples(st.integers(0, len(rows) - 1), bad_cells), max_size=2)):
            rows[place] = {**rows[place], name: value}
    return rows


def new_world() -> Store:
    """Owners and items 1, 2, 4 and 5; those with the id 3 were deleted, and their place is packed away."""
    with Store() as store:
        for n in range(1, 6):
            Owner(f"owner {n}")
            Item(f"item {n}")
        Owner.find(GONE).delete()
        Item.find(GONE).delete()
        store.compact()
    return store


def dump() -> list[Any]:
    """What is in the store, from both ends; the ids of marks are left out, as errors may use some up."""
    return [
        Mark.all().column("owner").tolist(),
        Mark.all().column("item").tolist(),
        [(mark.score, mark.tag, mark.giver and mark.giver.id) for mark in Mark.all()],
        [(owner.items.ids.tolist(), len(owner.items), owner.marks.values("tag")) for owner in Owner.all()],
        [(item.owners.ids.tolist(), len(item.owners), item.marks.values("tag")) for item in Item.all()],
        [[owner in item.owners for owner in Owner.all()] for item in Item.all()],
        [[place(Mark.find_by(owner=owner, item=item)) for owner in Owner.all()] for item in Item.all()],
        [place(Mark.find_by(tag=tag)) for tag in ["", *"abcdef"]],
        [[place(mark) for mark in Mark.where(giver=owner)] for owner in Owner.all()],
    ]


def place(mark: Mark | None) -> int | None:
    return None if mark is None else Mark.all().index(mark)


def kindly(row: dict[str, Any]) -> dict[str, Any]:
    """A row as columns read it: NaN is None, whole floats are ints."""
    read = {}
    for name, value in row.items():
        if isinstance(value, float):
            value = None if isnan(value) else int(value) if value.is_integer() else value
        read[name] = value
    return read


def faults(row: dict[str, Any]) -> set[type[Exception]]:
    """What may be said against a row by itself."""
    said: set[type[Exception]] = set()
    row = kindly(row)
    for name in ("owner", "item", "giver"):
        value = row[name]
        if value is None:
            said |= set() if name == "giver" else {FieldError, TypeError}
        elif type(value) is float:
            said |= {FieldError, TypeError}
        elif type(value) is not int:
            said |= {TypeError}
        elif value == GONE:
            said |= {DeletedError}
        elif value not in LIVE:
            said |= {NotFoundError}
    score, tag = row["score"], row["tag"]
    if type(score) is float:
        said |= {FieldError, TypeError}
    elif type(score) is int and not -(2**63) <= score < 2**63:
        said |= {FieldError}
    elif not isinstance(score, int | None) or score is True:
        said |= {TypeError}
    if tag == "\ud800":
        said |= {FieldError}
    elif not isinstance(tag, str | None):
        said |= {TypeError}
    return said


def clashes(rows: list[dict[str, Any]]) -> dict[int, list[Mark | None]]:
    """The rows that repeat a pair or a tag: of the store (with the rows that are there), of an earlier row (with none)."""
    found: dict[int, list[Mark | None]] = {}
    pairs: set[Any] = set()
    tags: set[Any] = set()
    for at, row in enumerate(map(kindly, rows)):
        pair, tag = (row["owner"], row["item"]), row["tag"]
        there: list[Mark | None] = [mark for mark in Mark.all() if (mark.owner.id, mark.item.id) == pair]
        there += [mark for mark in Mark.all() if mark.tag is not None and mark.tag == tag]
        if pair in pairs or (tag is not None and tag in tags):
            there.append(None)
        if there:
            found[at] = there
        pairs.add(pair)
        tags.add(tag)
    return found


def create(row: dict[str, Any]) -> Mark:
    """The naive way: the constructor."""
    row = kindly(row)
    for name, model in (("owner", Owner), ("item", Item), ("giver", Owner)):
        row[name] = None if row[name] is None else model.find(row[name])
    return Mark(**row)


def by_loop(rows: list[dict[str, Any]], skip: bool) -> list[int]:
    """Creates the rows one by one, in one transaction; gives the places of those that were created."""
    made = []
    with Store.current().transaction():
        for at, row in enumerate(rows):
            try:
                create(row)
            except DuplicateError:
                if not skip:
                    raise
            else:
                made.append(at)
    return made


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in ("owner", "item", "score", "tag", "giver")}


def check_error(error: Exception, rows: list[dict[str, Any]], skip: bool) -> None:
    """The error is one that its row deserves."""
    match = re.search(r"\brow (\d+)\b", str(error))
    assert match, str(error)
    at = int(match[1])
    twice = {} if skip else clashes(rows)
    if isinstance(error, DuplicateError):
        assert error.existing in twice.get(at, [])
    else:
        assert any(type(error) is fault for fault in faults(rows[at])), (error, rows[at])


def test_the_faults_of_these_tests_are_faults(store):
    good = {"owner": 1, "item": 1, "score": 2.0, "tag": "a", "giver": NAN}
    assert faults(good) == set()
    assert kindly(good) == {"owner": 1, "item": 1, "score": 2, "tag": "a", "giver": None}
    assert faults({**good, "owner": GONE, "tag": 1}) == {DeletedError, TypeError}


@SETTINGS
@given(
    st.lists(
        st.tuples(calls(), st.booleans(), st.sampled_from(["", "delete", "compact", "undo"]), st.integers(0, 100)),
        min_size=1,
        max_size=4,
    )
)
def test_rows_with_and_without_errors(steps):
    mine, naive = new_world(), new_world()
    for rows, skip, then, number in steps:
        conflict = "skip" if skip else "error"
        with mine:
            before = dump()
            deserved = any(map(faults, rows)) or (not skip and clashes(rows))
            try:
                made = Mark.insert_all(columns(rows), on_conflict=conflict)
            except Exception as error:  # noqa: BLE001 - which one is checked
                assert deserved, error
                check_error(error, rows, skip)
                assert dump() == before
            else:
                assert not deserved
                with naive:
                    expected = by_loop(rows, skip)
                    wanted = [kindly(rows[at]) for at in expected]
                assert [(mark.owner.id, mark.item.id, mark.score, mark.tag) for mark in made] == [
                    (row["owner"], row["item"], row["score"], row["tag"]) for row in wanted
                ]
                assert made.ids.tolist() == sorted(made.ids.tolist())
                assert made == list(Mark.all())[len(Mark.all()) - len(made) :]
            mine.check()
        for store in (mine, naive):
            with store:
                act(store, then, number)
        with naive:
            after = dump()
        with mine:
            assert dump() == after
            mine.check()


def act(store: Store, then: str, number: int) -> None:
    """The same in both stores, between two calls."""
    marks = list(Mark.all())
    if then == "delete":
        for mark in marks[number % 3 :: 2]:
            mark.delete()
    elif then == "compact":
        store.compact()
    elif then == "undo":
        with pytest.raises(ZeroDivisionError), store.transaction():
            for mark in marks[::2]:
                mark.delete()
            free = [(o, i) for o in LIVE for i in LIVE if not Mark.find_by(owner=Owner.find(o), item=Item.find(i))]
            Mark.insert_all(owner=[o for o, _ in free], item=[i for _, i in free])
            raise ZeroDivisionError


# ── pairs ─────────────────────────────────────────────────────────────────────────────────────────

SIZES = st.sampled_from([1, 2, 5, 40])


@SETTINGS
@given(SIZES, SIZES, st.lists(st.integers(0, 400), min_size=1, max_size=4), st.integers(0, 2**32), st.data())
def test_likes_in_bulk_are_likes_one_by_one(users, tweets, sizes, seed, data):
    """Against a dict, from both ends; with some likes made and some taken back between the calls."""
    rng = np.random.default_rng(seed)
    with Store() as store:
        people = User.insert_all(username=[str(n) for n in range(users)])
        posts = Tweet.insert_all(message=[str(n) for n in range(tweets)], user=rng.integers(1, users + 1, tweets))
        links: dict[tuple[int, int], None] = {}
        for size in sizes:
            pairs = np.stack([rng.integers(1, users + 1, size), rng.integers(1, tweets + 1, size)])
            rows = list(map(tuple, pairs.T.tolist()))
            new = list(dict.fromkeys(pair for pair in rows if pair not in links))
            if len(new) == len(rows):
                made = Like.insert_all(user=pairs[0], tweet=pairs[1])
            else:
                with pytest.raises(DuplicateError) as caught:
                    Like.insert_all(user=pairs[0], tweet=pairs[1])
                assert caught.value.existing is None or (
                    (caught.value.existing.user.id, caught.value.existing.tweet.id) in links
                )
                made = Like.insert_all(user=pairs[0], tweet=pairs[1], on_conflict="skip")
            assert list(zip(made.column("user").tolist(), made.column("tweet").tolist(), strict=True)) == new
            links.update(dict.fromkeys(new))
            for user, tweet in list(links)[:: data.draw(st.sampled_from([1, 2, 7, 1000]))]:
                assert people[user - 1].unlike_tweet(posts[tweet - 1])
                del links[user, tweet]
            if data.draw(st.booleans()):
                store.compact()
            store.check()
            same_likes(people, posts, list(links))


def same_likes(people: Many[User], posts: Many[Tweet], links: list[tuple[int, int]]) -> None:
    likers: dict[int, list[int]] = {}
    liked: dict[int, list[int]] = {}
    for user, tweet in links:
        likers.setdefault(tweet, []).append(user)
        liked.setdefault(user, []).append(tweet)
    for post in posts:
        assert post.likers.ids.tolist() == likers.get(post.id, [])
        assert len(post.likers) == len(likers.get(post.id, []))
    for user in people:
        assert user.liked_tweets.ids.tolist() == liked.get(user.id, [])
    assert len(Like.all()) == len(links)
    held = set(links)
    for post in posts[:5]:
        assert [user in post.likers for user in people] == [(user.id, post.id) in held for user in people]


def test_thousands_of_pairs_of_which_a_few_parents_have_most(store):
    """Long lists, short lists and empty ones; twice into the same store, with deletes between."""
    rng = np.random.default_rng(7)
    people = User.insert_all(username=[f"user {n}" for n in range(3000)])
    posts = Tweet.insert_all(message=[f"tweet {n}" for n in range(2000)], user=people[0])
    links: dict[tuple[int, int], None] = {}
    for step in range(3):
        users = (3000 * rng.random(30_000) ** 3).astype(np.int64) + 1
        tweets = (2000 * rng.random(30_000) ** 5).astype(np.int64) + 1
        rows = list(zip(users.tolist(), tweets.tolist(), strict=True))
        new = list(dict.fromkeys(pair for pair in rows if pair not in links))
        assert len(new) < len(rows)
        if step == 1:
            users, tweets = np.array(new).T
            made = Like.insert_all(user=users, tweet=tweets)
        else:
            made = Like.insert_all(user=users, tweet=tweets, on_conflict="skip")
        assert list(zip(made.column("user").tolist(), made.column("tweet").tolist(), strict=True)) == new
        links.update(dict.fromkeys(new))
        for user, tweet in list(links)[:: 40 * (step + 1)]:
            assert people[user - 1].unlike_tweet(posts[tweet - 1])
            del links[user, tweet]
        if step == 1:
            store.compact()
        store.check()
        same_likes(people, posts, list(links))


# ── natural keys ──────────────────────────────────────────────────────────────────────────────────

KEYS = [*"abcdefgh", "", "\u00e9"]


@SETTINGS
@given(st.lists(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS)), max_size=20), min_size=1, max_size=3))
def test_natural_keys_are_found_or_created_as_a_loop_would(steps):
    mine, naive = Store(), Store()
    for rows in steps:
        with naive:
            for owner, item in rows:
                pair = {"owner": Owner.find_or_create(name=owner), "item": Item.find_or_create(title=item)}
                if Mark.find_by(**pair) is None:
                    Mark(**pair)
            expected = [Owner.all().values("name"), Item.all().values("title"), dump()]
        with mine:
            given_keys = {"owner.name": [owner for owner, _ in rows], "item.title": [item for _, item in rows]}
            known = set(zip(Mark.all().values("owner.name"), Mark.all().values("item.title"), strict=True))
            made = Mark.insert_all(given_keys, create_missing=True, on_conflict="skip")
            new = [pair for pair in dict.fromkeys(rows) if pair not in known]
            assert list(zip(made.values("owner.name"), made.values("item.title"), strict=True)) == new
            assert [Owner.all().values("name"), Item.all().values("title"), dump()] == expected
            mine.check()


@SETTINGS
@given(st.lists(st.sampled_from(KEYS), max_size=5, unique=True), st.lists(st.sampled_from(KEYS), max_size=12))
def test_natural_keys_that_are_not_there_are_named(there, wanted):
    with Store() as store:
        owners = {name: Owner(name) for name in there}
        items = [Item(str(n)) for n in range(len(wanted))]
        missing = [at for at, name in enumerate(wanted) if name not in owners]
        if missing:
            with pytest.raises(NotFoundError) as caught:
                Mark.insert_all({"owner.name": wanted, "item": items})
            match = re.search(r"\brow (\d+)\b", str(caught.value))
            assert match is not None
            assert int(match[1]) in missing
            assert Mark.all() == []
        else:
            made = Mark.insert_all({"owner.name": wanted, "item": items})
            assert made.values("owner") == [owners[name] for name in wanted]
        store.check()


# ── values of every type ──────────────────────────────────────────────────────────────────────────

values = st.fixed_dictionaries(
    {
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "real": st.none() | st.floats(allow_nan=False),
        "flag": st.none() | st.booleans(),
        "text": st.none() | st.text(max_size=20),
        "raw": st.none() | st.binary(max_size=20),
        "at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "day": st.none() | st.dates(),
    }
)
TYPES = {"whole": "int64", "real": "float64", "flag": "bool", "text": "string", "raw": "binary", "day": "date32"}


def as_objects(name: str, column: list[Any]) -> Any:
    array = np.empty(len(column), object)
    array[:] = column
    return array


def as_arrow(name: str, column: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    of = pa.timestamp("us", "UTC") if name == "at" else getattr(pa, TYPES[name] + "_" * (TYPES[name] == "bool"))()
    return pa.array(column, of)


def as_views(name: str, column: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    views = {"text": pa.string_view(), "raw": pa.binary_view()}
    return pa.array(column, views[name]) if name in views else as_arrow(name, column)


def as_chunks(name: str, column: list[Any]) -> Any:
    pa = pytest.importorskip("pyarrow")
    whole = as_arrow(name, [None, *column])
    half = len(whole) // 2
    return pa.chunked_array([whole[1:half], whole[max(half, 1) :]], whole.type)


def as_polars(name: str, column: list[Any]) -> Any:
    pl = pytest.importorskip("polars")
    types = {"float64": pl.Float64, "int64": pl.Int64, "bool": pl.Boolean, "string": pl.String, "binary": pl.Binary}
    of = {"at": pl.Datetime("us", "UTC"), "day": pl.Date}.get(name) or types[TYPES[name]]
    return pl.Series(column, dtype=of)


CARRIERS: list[Callable[[str, list[Any]], Any]] = [
    lambda name, column: column,
    as_objects,
    as_arrow,
    as_views,
    as_chunks,
    as_polars,
]


@SETTINGS
@given(st.lists(values, max_size=12), st.permutations(range(len(CARRIERS))))
def test_values_of_every_type_in_every_carrier(rows, order):
    with Store() as store:
        loop = [Sample(**row) for row in rows]
        given_columns = {
            name: CARRIERS[order[place % len(CARRIERS)]](name, [row[name] for row in rows])
            for place, name in enumerate(("whole", "real", "flag", "text", "raw", "at", "day"))
        }
        made = Sample.insert_all(given_columns)
        assert made == list(Sample.all())[len(loop) :]
        for one, other, row in zip(loop, made, rows, strict=True):
            for name, value in row.items():
                assert getattr(one, name) == getattr(other, name) == value
                assert type(getattr(other, name)) is type(value)
        store.check()


@SETTINGS
@given(st.lists(values, max_size=12))
def test_rows_copied_through_arrow_are_the_same(rows):
    pa = pytest.importorskip("pyarrow")
    with Store() as store:
        first = Sample.insert_all({name: [row[name] for row in rows] for name in rows[0]}) if rows else Sample.all()[:0]
        second = Sample.insert_all(first)
        third = Sample.insert_all(pa.table(first).drop_columns("id"))
        for name in (*TYPES, "at"):
            assert first.values(name) == second.values(name) == third.values(name) == [row[name] for row in rows]
        store.check()
