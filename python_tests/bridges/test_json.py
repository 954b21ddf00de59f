"""`json.dumps(..., default=jsonable)`: every type that a store holds, as JSON."""

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import hasmany
import numpy as np
import pytest
from hasmany import Json, Model, Tweet, User, field, jsonable
from hypothesis import given
from hypothesis import strategies as st

from ..types.world import KINDS, Color, Kind, Level, Size

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Everything(Model):
    text: str
    whole: int
    real: float
    flag: bool
    raw: bytes
    at: datetime
    day: date
    clock: time
    length: timedelta
    number: UUID
    price: Decimal = field(scale=2)
    color: Color = Color.RED
    size: Size = Size.SMALL
    level: Level = Level.LOW
    user: User | None = None
    maybe: Decimal | None = field(default=None, scale=2)
    tags: Json = field(default_factory=lambda: {"a": [1, None]})


@pytest.fixture
def everything(alice) -> Everything:
    return Everything(
        "a",
        1,
        0.5,
        True,
        b"\x00\xff",
        NOON,
        date(2026, 3, 1),
        time(9, 30),
        timedelta(days=1, hours=2),
        UUID(int=5),
        Decimal("-0.50"),
        user=alice,
    )


WANTED = {
    "id": 1,
    "text": "a",
    "whole": 1,
    "real": 0.5,
    "flag": True,
    "raw": "AP8=",
    "at": "2026-03-01T09:00:00Z",
    "day": "2026-03-01",
    "clock": "09:30:00",
    "length": "P1DT2H",
    "number": "00000000-0000-0000-0000-000000000005",
    "price": "-0.50",
    "color": "red",
    "size": "s",
    "level": -1,
    "user": 1,
    "maybe": None,
    "tags": {"a": [1, None]},
}


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=jsonable))


def test_a_record_with_a_field_of_every_type(everything):
    assert through_json(everything) == WANTED
    assert list(through_json(everything)) == list(WANTED)
    assert through_json({"rows": [everything, None], "n": 1}) == {"rows": [WANTED, None], "n": 1}


def test_collections_are_lists_of_dicts(everything):
    assert through_json(Everything.all()) == [WANTED]
    assert through_json(Everything.all()[:0]) == []
    assert through_json(Everything.all().to_dicts("price", "user.username")) == [
        {"price": "-0.50", "user.username": "alice"}
    ]


def test_pages_rankings_and_tables(alice):
    bob, tweets = User("bob"), [alice.post_tweet(text) for text in ("one", "two")]
    alice.liked_tweets.add(tweets)
    bob.liked_tweets.add(tweets[0])
    ranking = bob.recommend("liked_tweets")
    (scored,) = ranking
    assert through_json(ranking) == [{"record": tweets[1].to_dict(), "score": scored.score}]
    assert through_json(Tweet.all().page(1)) == [[tweets[0].to_dict()], Tweet.all().page(1).next]
    assert through_json(User.projection("liked_tweets")) == [{"owner": 1, "other": 2, "weight": 1}]


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_arrays_of_every_type(kind: Kind):
    """As a column of the rows would be, one by one."""
    for value in kind.values:
        kind.model(value)
    column = kind.model.all().column("value")
    assert through_json(column) == [through_json(value) for value in kind.values]
    assert through_json(kind.model.all().column("maybe")) == [None] * len(kind.values)
    assert [through_json(scalar) for scalar in column] == through_json(column)


def test_numpy_s_numbers_and_times(alice):
    alice.post_tweet("x")
    assert through_json(Tweet.all().ids) == [1]
    assert through_json(np.float32(0.5)) == 0.5
    assert through_json([np.int8(3), np.bool_(True), np.str_("a")]) == [3, True, "a"]
    assert through_json(np.array([[1, 2], [3, 4]])) == [[1, 2], [3, 4]]
    assert through_json(np.array([0.5, np.nan])) == [0.5, None]
    times = np.array(["2026-03-01T09:00", "NaT"], "datetime64[us]")
    assert through_json(times) == ["2026-03-01T09:00:00Z", None]
    assert through_json(times[0]) == "2026-03-01T09:00:00Z"
    assert through_json(times.astype("datetime64[D]")) == ["2026-03-01", None]
    assert through_json(np.array([90], "timedelta64[m]")) == ["PT1H30M"]
    assert through_json(np.timedelta64("NaT", "us")) is None
    for array in (times.astype("datetime64[ns]"), np.array([1j]), np.array([1], "timedelta64[M]"), np.array([b"x"])):
        with pytest.raises(TypeError, match="nothing that jsonable makes JSON of"):
            jsonable(array)


def test_other_objects_are_refused():
    for wrong in (object(), {1}, jsonable, Model, range(3)):
        with pytest.raises(TypeError, match="nothing that jsonable makes JSON of"):
            json.dumps({"a": wrong}, default=jsonable)


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(days=400), "P400D"),
        (timedelta(days=-1), "-P1D"),
        (timedelta(seconds=-1.5), "-PT1.5S"),
        (timedelta(microseconds=1), "PT0.000001S"),
        (timedelta(hours=25, minutes=1, seconds=10), "P1DT1H1M10S"),
    ],
)
def test_durations(length, text):
    assert jsonable(length) == text


@given(st.timedeltas())
def test_pydantic_reads_the_durations(length):
    pydantic = pytest.importorskip("pydantic")
    most = timedelta(days=999_999_999)
    assert abs(length) > most or pydantic.TypeAdapter(timedelta).validate_python(jsonable(length)) == length


@given(st.one_of(st.datetimes(timezones=st.just(UTC)), st.dates(), st.times(), st.uuids()))
def test_texts_are_those_of_pydantic(value):
    pydantic = pytest.importorskip("pydantic")
    assert json.dumps(jsonable(value)) == pydantic.TypeAdapter(type(value)).dump_json(value).decode()


def test_other_zones_are_kept():
    assert jsonable(datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-01T09:00:00+02:00"


def test_json_is_json():
    assert through_json(Json({"a": [1]})) == {"a": [1]}
    everything_tags = Everything.all().column("tags")
    assert through_json(everything_tags) == []


def test_it_is_public():
    assert "jsonable" in hasmany.__all__
