"""What a lake is asked, beside memory: each operator with None, every type, rows, sets, orders; and what is refused."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import numpy as np
import pytest
from hasmany import (
    ForeignStoreError,
    Json,
    Many,
    Model,
    SchemaError,
    Store,
    Table,
    between,
    col,
    field,
    has_many,
)
from hasmany.lake import Lake

from ..asking.cinema import Country, Film, Follow, Person, Rating, Studio

CONDITIONS = [
    col("age") == None,
    col("age") != None,
    col("age") == 30,
    col("age") != 30,
    ~(col("age") > 25),
    ~(col("age") == 30) | (col("height") > 1.6),
    col("age").between(20, 30),
    col("age").between(None, 25),
    ~col("age").between(20, 30),
    col("age").is_in([20, None]),
    ~col("age").is_in([20]),
    col("age").is_in([]),
    col("age") > 25.5,
    col("age") == 30.0,
    col("age") != 20.5,
    col("age") < 1e300,
    col("age") > float("-inf"),
    col("age") < col("height") * 20,
    col("age") == col("height") * 20,
    col("name").contains("n") & ~col("name").startswith("B"),
    col("name").lower() == "eve",
    col("ratings").any(),
    col("ratings").all(col("stars") > 3),
    col("ratings.public").any(),
    ~col("ratings.public").all(),
    col("films.id").is_in([2]).any(),
    col("films").filter(col("year") > 1990).count() == 1,
    (col("ratings.stars") > col("age") / 10).any(),
    col("age") / 0 == None,
    col("born").year() == 1990,
    col("born") < date(2000, 1, 1),
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_conditions(lake, condition):
    assert sorted(lake[Person].where(condition).values("id")) == Person.where(condition).ids.tolist()
    assert sorted(lake[Person].where(~condition).values("id")) == Person.where(~condition).ids.tolist()


QUESTIONS = [
    (Film, col("ratings.stars").sum()),
    (Film, col("ratings.weight").mean()),
    (Film, col("price") + 1),
    (Film, col("price") * col("price")),
    (Film, col("price").round(0)),
    (Film, (col("year") * 1).round(-1)),
    (Film, col("price") - col("ratings").count()),
    (Film, col("studio.country.name")),
    (Film, col("studio.films.ratings").count()),
    (Film, col("fans.following.name").list()),
    (Film, col("ratings.at").max()),
    (Film, col("ratings.at").max().weekday()),
    (Film, (col("ratings.stars") * col("year")).max()),
    (Film, col("studio").is_none()),
    (Person, col("suggested.title").list()),
    (Person, col("films").n_unique()),
    (Person, col("films.title").first()),
    (Person, col("ratings.film").last()),
    (Person, (col("height") * 1.3).round(1)),
    (Person, col("height").if_none(0.0) / col("age")),
    (Person, -1 * col("age")),
    (Studio, col("ratings.stars").if_none(0).sum()),
    (Country, col("studios.films.fans").count()),
    (Rating, col("person.ratings.stars").sum()),
]


@pytest.mark.parametrize(("model", "asked"), QUESTIONS, ids=str)
def test_columns(lake, model, asked):
    wanted = model.all().select("id", x=asked).to_dicts()
    got = lake[model].order_by("id").select("id", x=asked)
    assert got.to_dicts() == wanted
    assert isinstance(got.table(), Table)
    assert got.column("x").dtype == model.all().column(asked).dtype if not str(asked).endswith("list()") else True


def test_fields_by_name(lake):
    for fields in (
        {"year": 1996},
        {"studio": 1},
        {"studio_id": 1},
        {"studio": [2, None]},
        {"studio.country.name": "DK"},
        {"year": None},
    ):
        assert sorted(lake[Film].where(**fields).values("id")) == Film.where(**fields).ids.tolist()
    assert lake[Film].where(year=between(1950, 1960)).values("title") == ["The Seventh Seal"]
    assert lake[Film].where(studio=99).values("id") == []


def test_selections_in_expressions(lake, cinema):
    ben, bens = lake[Person].where(name="Ben"), Person.where(name="Ben")
    for make in (
        lambda who: col("fans").filter(who).count() > 0,
        lambda who: col("fans").is_in(who).any(),
        lambda who: col("ratings.person").filter(who).count() == 0,
        lambda who: col("ratings").any(col("person").is_in(who)),
    ):
        assert sorted(lake[Film].where(make(ben)).values("id")) == Film.where(make(bens)).ids.tolist()
    with pytest.raises(SchemaError, match="collection has Person"):
        lake[Film].where(col("studio").is_in(ben))
    with pytest.raises(ForeignStoreError):
        lake[Film].where(col("fans").is_in(bens))
    with pytest.raises(ForeignStoreError):
        lake[Film].where(col("fans").contains(cinema.ann))
    with pytest.raises(ForeignStoreError):
        Film.where(col("fans").is_in(ben))


def test_ids_stand_for_records(lake):
    for condition in (
        col("studio") == 1,
        col("studio") != 1,
        col("studio.country") == 2,
        col("fans").contains(2),
        col("ratings.person").is_in([1, 3]).any(),
        (col("ratings.person").first() == 1),
    ):
        assert sorted(lake[Film].where(condition).values("id")) == Film.where(condition).ids.tolist(), condition


def test_arrow_dicts_and_arrays(lake):
    pa = pytest.importorskip("pyarrow")
    want, got = pa.table(Rating.all()), pa.table(lake[Rating].order_by("id"))
    assert got.to_pydict() == want.to_pydict()
    assert got.schema.types == want.schema.types
    assert lake[Rating].order_by("id").to_dicts() == Rating.all().to_dicts()
    assert lake[Rating].order_by("id").column("weight").dtype == np.float64
    assert lake[Film].order_by("id").values("title", "title")[0] == ("Breaking the Waves",) * 2


def test_orders_stay_where_they_can(lake):
    down = lake[Film].order_by(col("price").desc())
    assert down.values("id") == [1, 2, 3]
    assert down.where(col("year") > 0).values("id") == [1, 2]
    assert (down - lake[Film].where(id=1)).values("id") == [2, 3]
    assert down.expr.to_pyarrow()["id"].to_pylist() == [1, 2, 3]
    with pytest.raises(SchemaError, match="order what comes of it"):
        down | lake[Film]
    with pytest.raises(TypeError, match="one model"):
        lake[Film] & lake[Person]


def test_errors_are_those_of_memory(lake):
    for wrong in (
        col("titel") == 1,
        col("title") == 1,
        col("fans"),
        col("fans") > 1,
        col("title").sum() == 1,
        col("price") / 2 == 1,
        col("studio") == "x",
        col("title").first() == "a",
    ):
        with pytest.raises(SchemaError) as memory:
            Film.where(wrong)
        with pytest.raises(SchemaError) as far:
            lake[Film].where(wrong)
        assert str(far.value) == str(memory.value)
    for wrong in ({"titel": 1}, {"year__gt": 3}):
        with pytest.raises(SchemaError) as memory:
            Film.where(**wrong)
        with pytest.raises(SchemaError) as far:
            lake[Film].where(**wrong)
        assert str(far.value) == str(memory.value)
    with pytest.raises(SchemaError):
        lake[Film].through("title")
    with pytest.raises(SchemaError):
        lake[Film].top(by="title")
    with pytest.raises(TypeError, match="at least one key"):
        lake[Film].order_by()
    for k in (-1, "3", True):
        with pytest.raises((TypeError, ValueError)):
            lake[Film].top(k, by="fans")


@pytest.mark.parametrize(
    "name",
    [
        "find",
        "find_by",
        "first",
        "last",
        "index",
        "page",
        "sample",
        "add",
        "create",
        "remove",
        "replace",
        "clear",
        "delete_all",
        "update_all",
        "why",
        "ids",
    ],
)
def test_what_is_refused_says_what_to_write(lake, name):
    assert not hasattr(lake[Film], name)
    with pytest.raises(SchemaError, match=rf"{name}\(\) is not asked of a lake: "):
        getattr(lake[Film], name)()


def test_no_records(lake, cinema):
    with pytest.raises(SchemaError):
        list(lake[Film])
    with pytest.raises(SchemaError):
        lake[Film][0]
    with pytest.raises(SchemaError):
        cinema.waves in lake[Film]  # noqa: B015
    with pytest.raises(AttributeError):
        lake[Film].nonsense  # noqa: B018


def test_what_is_too_large_is_an_error(lake):
    for asked in (
        col("id") * 2**62 * 4,
        col("id") + (2**63 - 1),
        (col("ratings.stars") * (2**61)).sum(),
        (col("id") * 0 - (2**63 - 1) - 1).abs(),
    ):
        with pytest.raises(OverflowError):
            Film.all().select(x=asked)
        with pytest.raises(OverflowError):
            lake[Film].select(x=asked).table()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Thing(Model):
    at: datetime | None = None
    day: date | None = None
    hour: time | None = None
    long: timedelta | None = None
    raw: bytes | None = None
    mark: UUID | None = None
    colour: Colour | None = None
    price: Decimal | None = field(default=None, scale=3)
    said: Json = None
    real: float | None = None
    box: "Box | None" = None


class Box(Model, key="name"):
    name: str
    things: Many[Thing] = has_many()


class Shelf(Model, key=("box", "place")):
    box: Box
    place: int
    notes: Many["Note"] = has_many()


class Note(Model):
    shelf: Shelf


def test_every_type(tmp_path):
    with Store() as store:
        box = Box("oak")
        Thing(
            datetime(2024, 2, 29, 23, 59, 59, 999999, UTC),
            date(2024, 2, 29),
            time(1, 2, 3, 4),
            timedelta(days=-1, microseconds=3),
            b"\0\xff",
            UUID(int=2**127 + 5),
            Colour.RED,
            Decimal("-1.125"),
            {"a": [1, None, "é"]},
            -0.0,
            box,
        )
        Thing(datetime(1, 1, 1, tzinfo=UTC), date(9999, 12, 31), time(0), timedelta(1), b"", UUID(int=0), Colour.BLUE)
        Thing(real=float("inf"), price=Decimal("0.005"))
        Note(Shelf(box, 3))
        store.to_parquet(tmp_path / "export")
        with Lake(tmp_path / "export", models=[Thing, Box, Shelf, Note]) as lake:
            assert lake[Thing].order_by("id").to_dicts() == Thing.all().to_dicts()
            assert lake[Note].to_dicts() == Note.all().to_dicts() == [{"id": 1, "shelf.box": "oak", "shelf.place": 3}]
            one = Thing.all()[0]
            for name in ("at", "day", "hour", "long", "raw", "mark", "colour", "price", "real"):
                value = getattr(one, name)
                for condition in (col(name) == value, col(name) != value, col(name).is_in([value, None])):
                    assert sorted(lake[Thing].where(condition).values("id")) == Thing.where(condition).ids.tolist(), (
                        condition
                    )
                asked = [thing for thing in Thing.all().order_by(name).ids.tolist()]
                assert lake[Thing].order_by(name).values("id") == asked, name
            for name in ("at", "day", "hour", "long", "price", "mark"):
                value = getattr(one, name)
                assert (
                    sorted(lake[Thing].where(col(name) < value).values("id"))
                    == Thing.where(col(name) < value).ids.tolist()
                )
                assert lake[Box].select(x=col(f"things.{name}").min()).to_dicts() == [{"x": value}]
            assert lake[Thing].where(said=Json({"a": [1, None, "é"]})).values("id") == [1]
            assert lake[Thing].where(box="oak").values("id") == [1]
            assert lake[Note].where(**{"shelf.box": "oak"}).values("id") == [1]
            for tuples in (col("shelf") == ("oak", 3), col("shelf").is_in([("oak", 3)])):
                assert Note.where(tuples).ids.tolist() == [1]
                assert lake[Note].where(tuples).values("id") == [1]
            for asked in (
                col("price").round(2),
                col("price") * col("price"),
                col("long") + col("long"),
                col("long").abs(),
                col("at").year(),
                col("real") - col("real"),
                col("box.things.long").sum(),
            ):
                assert lake[Thing].order_by("id").select(x=asked).to_dicts() == Thing.all().select(x=asked).to_dicts()


def test_threads_ask_one_lake(lake, in_threads):
    def ask() -> list[int]:
        return [len(lake[Person].where(col("age") > at)) for at in range(15, 35)]

    assert in_threads(ask, ask, ask) == [ask()] * 3
    assert len(lake[Follow]) == 3
