"""What tokens of pages say, and for how long they hold."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hasmany import Like, Many, Model, Store, Tweet, User, between, col, field
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ..file.files import run_python


class Grade(Enum):
    LOW = "a"
    HIGH = "b"


class Kept(Model):
    """A field of every type that has an order."""

    number: int | None = None
    real: float | None = None
    flag: bool | None = None
    text: str | None = None
    raw: bytes | None = None
    at: dt.datetime | None = None
    day: dt.date | None = None
    clock: dt.time | None = None
    span: dt.timedelta | None = None
    price: Decimal | None = field(default=None, scale=2)
    key: uuid.UUID | None = None
    grade: Grade | None = None
    of: Kept | None = None


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(-(2**63), 2**63 - 1),
    "real": st.floats(allow_nan=False),
    "flag": st.booleans(),
    "text": st.text(st.characters(codec="utf-8"), max_size=3) | st.text("aé", min_size=20, max_size=60),
    "raw": st.binary(max_size=3) | st.binary(min_size=46, max_size=60).map(lambda raw: bytes(46) + raw[46:]),
    "at": st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),
    "day": st.dates(),
    "clock": st.times(),
    "span": st.timedeltas(dt.timedelta(days=-1000), dt.timedelta(days=1000)),
    "price": st.decimals(-(10**20), 10**20, places=2, allow_nan=False),
    "key": st.uuids(),
    "grade": st.sampled_from(Grade),
}


@settings(max_examples=80, deadline=None)
@given(data=st.data(), name=st.sampled_from([*VALUES, "of", "id"]), falls=st.booleans(), reverse=st.booleans())
def test_keys_of_every_type_say_where_one_was(data, name, falls, reverse):
    with Store():
        if name in VALUES:
            rows = [Kept(**{name: value}) for value in data.draw(st.lists(st.none() | VALUES[name], max_size=9))]
        else:
            rows = [Kept() for _ in range(5)]
            for row in rows[1:]:
                row.of = data.draw(st.sampled_from(rows))
        make = lambda: Kept.all().order_by(col(name).desc() if falls else name)
        expected = list(make())[:: -1 if reverse else 1]
        seen, token = [], None
        while len(seen) < len(expected):
            page = make().page(1, token, reverse=reverse)
            seen += page.items
            token = page.next
            assert token is None or len(token) < 400
            if rows and data.draw(st.booleans()):  # a row that was seen goes: the token stays right
                gone = seen[-1]
                held = getattr(gone, name)
                if name in VALUES and not (isinstance(held, str | bytes) and len(held) > 12):
                    gone.delete()
                    seen[-1] = None
        assert token is None
        assert [row for row in seen if row] == [row for at, row in enumerate(expected) if seen[at]]


def test_what_begins_alike_is_seen_again_where_its_row_is_gone():
    texts = ["x" * 60 + letter for letter in "abcd"] + ["y"]
    with Store():
        rows = [Kept(text=text) for text in texts]
        make = lambda: Kept.all().order_by("text")
        token = make().page(2).next
        assert make().page(9, token).items == rows[2:]  # as long as the row is there, as it was
        rows[1].text = "x" * 60 + "bb"
        assert make().page(9, token).items == rows
        rows[1].text = texts[1]
        assert make().page(9, token).items == rows[2:]
        rows[1].delete()
        assert make().page(9, token).items == [rows[0], *rows[2:]]
        back = make().page(1, reverse=True).next
        assert make().page(9, back, reverse=True).items == [rows[3], rows[2], rows[0]]


EXPRESSIONS: dict[str, Callable[[], Many[Any]]] = {
    "all": Tweet.all,
    "inverse": lambda: User.find(1).tweets,
    "join": lambda: User.find(1).liked_tweets,
    "walk": lambda: User.find(1).tweets.through("likers"),
    "where": lambda: Tweet.where(user=User.find(1)),
    "by id": lambda: Tweet.where(user=1),
    "path": lambda: Tweet.where(**{"user.username": ["ann", None]}),
    "between": lambda: Tweet.where(message=between("a", None)),
    "expression": lambda: Tweet.where((col("likers").count() >= 0) & ~(col("user") == User.find(2))),
    "among": lambda: Tweet.where(col("likers").any(col("") == User.find(1)) | col("user").is_in(User.all())),
    "computed": lambda: Tweet.where(col("user").is_in(User.where(username="ann"))),
    "order": lambda: Tweet.all().order_by(col("message").desc(), col("likers").filter(User.all()).count()),
    "sets": lambda: (Tweet.where(user=2) | Tweet.all()) - Tweet.where(message="m3"),
    "a list": lambda: Tweet.all()[::2],
    "in a list": lambda: Tweet.all()[::-1].where(user=1),
    "through": lambda: Tweet.where(user=1).through("likers").through("liked_tweets").order_by("message"),
}


def fill() -> None:
    ann, ben = User("ann"), User("ben")
    for number in range(8):
        tweet = (ann if number % 4 else ben).post_tweet(f"m{number % 3}")
        ann.like_tweet(tweet)
        ben.like_tweet(tweet)


PROGRAM = """
import sys
from hasmany import Store
from python_tests.asking.test_tokens import EXPRESSIONS
with Store(sys.argv[1], read_only=True):
    for name, make in EXPRESSIONS.items():
        page = make().page(1)
        print(name, page.next, make().page(9, page.next).items.ids.tolist(), sep=";")
"""


def test_tokens_hold_in_other_processes_and_other_stores_of_the_file(tmp_path: Path):
    path = tmp_path / "tokens.db"
    with Store(path):
        fill()
        tokens = {name: make().page(1).next for name, make in EXPRESSIONS.items()}
        rest = {name: make().page(9, tokens[name]).items.ids.tolist() for name, make in EXPRESSIONS.items()}
    done = run_python(PROGRAM, path)
    assert done.returncode == 0, done.stderr
    lines = [line.split(";") for line in done.stdout.splitlines()]
    assert [(name, token, eval(ids)) for name, token, ids in lines] == [
        (name, str(tokens[name]), rest[name]) for name in EXPRESSIONS
    ]
    of = {name: token.split(".")[0] for name, token, _ in lines}
    assert of["where"] == of["by id"]  # one question, asked in two ways
    assert len(set(of.values())) == len(of) - 1
    with Store(path):
        for name, make in EXPRESSIONS.items():
            if tokens[name]:
                assert make().page(9, tokens[name]).items.ids.tolist() == rest[name]


def test_a_token_says_values_and_ids():
    with Store():
        fill()
        token = Tweet.all().order_by("message", col("likers").count().desc()).page(4).next
        assert token
        assert token.split(".")[1:] == ["tm1", "i2", "2"]
        token = (Tweet.where(user=1) | Tweet.all()).page(7).next
        assert token
        assert token.split(".")[1:] == ["1", "1"]


def test_what_it_was_computed_of_may_go():
    with Store():
        fill()
        liked = User.find(1).liked_tweets.where(col("id") > 0)
        first = liked.page(2)
        User.find(1).liked_tweets.clear()
        assert liked.page(9).items == liked
        assert liked.page(9, first.next).items  # no member has its link any more, so none is left out
        User.find(2).delete()
        with pytest.raises(ValueError, match="malformed or of another"):
            User.find(1).tweets.page(1, first.next)


def test_of_all_owners_together_a_member_stands_after_its_own():
    with Store():
        ann, ben = User("ann"), User("ben")
        tweets = [ann.post_tweet("one"), ben.post_tweet("two"), ann.post_tweet("three")]
        make = lambda: User.all().through("tweets").where(col("id") > 0)
        old, first = make(), make().page(1)
        tweets[2].user = ben
        assert make().page(9, first.next).items == tweets[1:]
        page = old.page(2)
        assert page.items == [tweets[0], tweets[2]]
        assert old.page(2, page.next).items == [tweets[1]]


def test_rows_that_come_and_go_between_an_order_and_its_page_do_no_harm():
    with Store():
        ann = User("ann")
        tweets = [ann.post_tweet(text) for text in "dabc"]
        make = lambda: ann.tweets.order_by("message", col("likers").count())
        order = make()
        late = ann.post_tweet("aa")
        tweets[3].delete()
        page = order.page(2)
        assert page.items == [tweets[1], tweets[2]]
        assert make().page(9, page.next).items == [tweets[0]]
        assert late in make().page(9).items
        order = make()
        tweets[1].message = "z"  # moves past the end of the page, so only this list says where it was
        page = order.page(2)
        assert page.items == [tweets[1], late]
        assert order.page(9, page.next).items == [tweets[2], tweets[0]]
        with pytest.raises(ValueError, match="malformed or of another"):
            make().page(9, page.next)


def test_many_in_each_other_are_a_list():
    with Store():
        fill()
        many: Many[Tweet] = Tweet.all()
        for _ in range(2000):
            many = many | Tweet.all()
        seen, token = [], None
        while True:
            page = many.page(3, token)
            seen += page.items
            token = page.next
            if not token:
                break
            Tweet.find(page.items[-1].id).likers.clear()
        assert seen == many


def test_a_page_of_a_collection_of_before_a_redefinition():
    with Store():

        class Row(Model):
            name: str

        rows = [Row(name) for name in "cab"]
        found = Row.where(col("name") > "a").order_by("name")
        token = found.page(1).next
        other = {
            "__module__": __name__,
            "__qualname__": Row.__qualname__,
            "__annotations__": {"name": str, "more": int | None},
        }
        again = type(Row)("Row", (Model,), {**other, "more": None})
        assert again.all().values("name", "more") == [("c", None), ("a", None), ("b", None)]
        assert found.page(1, token).items == [rows[0]]
        page = found.page(1)
        assert page.items == [rows[2]]
        assert found.page(1, page.next).items == [rows[0]]


def test_pages_are_of_rows_of_that_store_only():
    with Store():
        fill()
        token = Like.all().page(1).next
    with Store():
        fill()
        assert Like.all().page(1, token).items.ids.tolist() == [2]  # the same question to other rows


YEARS = st.integers(0, 60)


class Dated(Model):
    year: int
    hidden: bool = False


def held_pages(limits: list[int], changes: dict[int, list[tuple[int, int | None]]], *, reverse: bool) -> list[int]:
    """The ids on the pages of a list that is held while rows of it get other years, or are hidden, between them."""
    held, found, token = Dated.where(hidden=False).order_by("year"), [], None
    for at, limit in enumerate(limits):
        page = held.page(limit, token, reverse=reverse)
        found += page.items.ids.tolist()
        if (token := page.next) is None:
            break
        for row, year in changes.get(at, []):
            record = Dated.find(row)
            if year is None:
                record.hidden = True
            else:
                record.year = year
    return found


@settings(max_examples=300, deadline=None)
@given(
    st.lists(YEARS, min_size=1, max_size=9),
    st.lists(st.integers(1, 3), min_size=12, max_size=12),
    st.dictionaries(st.integers(0, 5), st.lists(st.tuples(st.integers(1, 9), st.none() | YEARS), max_size=3)),
    st.booleans(),
)
@example([10, 20, 30, 40, 50], [1] * 12, {0: [(1, 5), (4, 15)]}, False)
@example([10, 20, 30, 40, 50], [2] * 12, {0: [(2, 35)]}, False)
def test_pages_of_a_held_list_show_what_stays_once(years, limits, changes, reverse):
    with Store():
        Dated.insert_all(year=years)
        changes = {at: [(row, year) for row, year in some if row <= len(years)] for at, some in changes.items()}
        moved = {row for some in changes.values() for row, _ in some}
        found = held_pages(limits, changes, reverse=reverse)
        stayed = [row for row in found if row not in moved]
        ordered = sorted(range(1, len(years) + 1), key=lambda row: (years[row - 1], row), reverse=reverse)
        assert stayed == [row for row in ordered if row not in moved]
