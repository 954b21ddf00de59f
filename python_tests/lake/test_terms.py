"""Collections with a condition or an order, has_one, keys of several fields: a lake says what memory says, of folders with classes
and without, and of somebody's tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hasmany import (
    DuplicateError,
    FieldError,
    Many,
    Model,
    NotFoundError,
    SchemaError,
    Store,
    col,
    field,
    has_many,
    has_one,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..terms.library import Card, Film, Loan, Member
from ..terms.test_random import filled, films, loans

ibis = pytest.importorskip("ibis", reason="hasmany.lake needs ibis")
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

SETTINGS = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.reuse, Phase.generate],
)
MODELS = [Member, Film, Loan, Card]
COLLECTIONS: dict[type[Model], dict[str, type[Model]]] = {
    Member: {
        "loans": Loan,
        "open_loans": Loan,
        "best_loans": Loan,
        "films": Film,
        "open_films": Film,
        "rock": Film,
        "good": Film,
        "liked": Film,
        "ranked": Film,
        "by_title": Film,
        "best_films": Film,
        "fellows": Member,
        "close": Member,
    },
    Film: {"loans": Loan, "members": Member, "open_members": Member, "popular": Loan},
}
NUMBERS: dict[type[Model], str] = {Loan: "stars", Film: "id", Member: "card.number"}


@contextmanager
def lakes(*models: type[Model]) -> Iterator[list[tuple[Any, dict[type[Model], Any]]]]:
    """The rows of the current store as three lakes, each with what stands there for each model."""
    from hasmany.lake import Lake

    with TemporaryDirectory() as folder:
        place = Path(folder, "export")
        for model in models:
            len(model.all())  # one that was never used has no table
        Store.current().to_parquet(place)
        described = {model["name"]: model["table"] for model in Store.current().schema.describe()["models"]}
        tables = {model: ibis.memtable(pq.read_table(place / described[model.__name__])) for model in models}
        with Lake(place, models=list(models)) as one, Lake(place) as two, Lake(tables=tables) as three:
            yield [
                (one, {model: one[model] for model in models}),
                (two, {model: two[model.__name__] for model in models}),
                (three, {model: three[model] for model in models}),
            ]


def by_id(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in rows}


def asked(name: str, to: type[Model]) -> dict[str, Any]:
    """What is asked of a collection: its members, in order, and what is made of them."""
    many, number = col(name), col(f"{name}.{NUMBERS[to]}")
    columns = {
        "list": many.list(),
        "n": many.count(),
        "first": many.first(),
        "last": many.last(),
        "numbers": number.list(),
        "sum": number.sum(),
        "least": number.min(),
        "different": number.n_unique(),
        "big": many.filter(col(NUMBERS[to]) > 2).list(),
        "any": (number > 3).any(),
        "all": (number >= 2).all(),
    }
    if to is Loan:
        columns["titles"] = col(f"{name}.film.title").list()
        columns["open"] = col(f"{name}.member.open_films").list()
        columns["best"] = col(f"{name}.member.best_loans").count()
    return columns


@SETTINGS
@given(loans, films, st.sets(st.integers(0, 3)), st.data())
def test_collections_with_terms(data, of_films, with_cards, draws):
    with Store():
        filled(data, of_films)
        for at in with_cards:
            Card(at + 1, Member.all()[at])
        with lakes(*MODELS) as all_lakes:
            _, of = draws.draw(st.sampled_from(all_lakes))
            for _ in range(2):
                model = draws.draw(st.sampled_from([Member, Member, Film]))
                name = draws.draw(st.sampled_from(sorted(COLLECTIONS[model])))
                to = COLLECTIONS[model][name]
                some = {"name": ["m0", "m2"]} if model is Member else {"genre": "rock"}
                all_columns = asked(name, to)
                columns = {
                    key: all_columns[key] for key in draws.draw(st.sets(st.sampled_from([*all_columns]), min_size=4))
                }
                wanted = model.all().select("id", **columns).to_dicts()
                assert by_id(of[model].select("id", **columns).to_dicts()) == by_id(wanted), name
                # Of some rows as of all.
                here, there = model.where(**some), of[model].where(**some)
                wanted = here.select("id", **columns).to_dicts()
                assert by_id(there.select("id", **columns).to_dicts()) == by_id(wanted), name
                assert sorted(there.through(name).values("id")) == sorted(here.through(name).ids.tolist())
                best = [(one.record.id, one.score) for one in model.all().top(3, by=name)]
                assert [(row["id"], row["score"]) for row in of[model].top(3, by=name).to_dicts()] == best


def test_each_collection_once(library):
    for (_, of), (model, collections) in zip(library[:2], COLLECTIONS.items(), strict=True):
        for name, to in collections.items():
            columns = asked(name, to)
            assert of[model].order_by("id").select(**columns).to_dicts() == model.all().select(**columns).to_dicts()


SINGLES = [
    (Member, col("card.number")),
    (Member, col("card")),
    (Member, col("card.member.name")),
    (Member, col("loans.member.card.number").sum()),
    (Film, col("members.card.number").list()),
    (Film, col("members.card").list()),
    (Loan, col("member.card.number")),
    (Card, col("member.card.number") + col("number")),
    (Card, col("member.best_films").first()),
]
WHERES = [
    (Member, col("card") == None),
    (Member, col("card") == 1),
    (Member, col("card") != 1),
    (Member, col("card").is_in([1, 3, None])),
    (Member, col("card.number") > 5),
    (Member, col("card.member.card.number") == 7),
    (Loan, col("member.card") != None),
    (Film, (col("members.card.number") > 5).any()),
    (Film, col("members").filter(col("card.number") == 7).count() > 0),
    (Film, col("members.card").contains(1)),
]


@pytest.fixture
def library() -> Iterator[list[tuple[Any, dict[type[Model], Any]]]]:
    data = [(0, 0, None, 3), (0, 1, 2, 5), (1, 0, None, None), (2, None, None, 3), (0, 2, None, 3), (3, 1, 1, 1)]
    filled(data, [("a", "rock"), (None, "pop"), ("c", "rock"), ("b", None), ("e", "rock")])
    Card(7, Member.all()[0])
    Card(4, Member.all()[2])
    Card(9)
    with lakes(*MODELS) as all_lakes:
        yield all_lakes


@pytest.mark.parametrize(("model", "one"), SINGLES, ids=str)
def test_has_one(library, model, one):
    wanted = model.all().select("id", x=one).to_dicts()
    for _, of in library:
        assert of[model].order_by("id").select("id", x=one).to_dicts() == wanted


@pytest.mark.parametrize(("model", "condition"), WHERES, ids=str)
def test_conditions_on_has_one(library, model, condition):
    for _, of in library:
        assert sorted(of[model].where(condition).values("id")) == model.where(condition).ids.tolist()
        assert sorted(of[model].where(~condition).values("id")) == model.where(~condition).ids.tolist()


def test_ways_over_has_one(library):
    for _, of in library:
        assert sorted(of[Member].through("card").values("number")) == [4, 7]
        assert of[Member].order_by(col("card.number").desc()).values("id") == [1, 3, 2, 4]
        assert of[Member].top(3, by=col("card.number") * 2).to_dicts() == [
            {"rank": 1, "id": 1, "score": 14.0},
            {"rank": 2, "id": 3, "score": 8.0},
        ]


def test_ways_that_go_on_over_collections_with_terms(library):
    for _, of in library:
        some = of[Member].where(name=["m0", "m1"])
        here = Member.where(name=["m0", "m1"])
        for ways in (["open_loans", "film"], ["best_loans", "member"], ["rock", "open_members"], ["close", "card"]):
            there, wanted = some, here
            for way in ways:
                there, wanted = there.through(way), wanted.through(way)
            assert sorted(there.values("id")) == sorted(wanted.ids.tolist()), ways


def test_a_part_has_the_same_collections(library):
    for lake, of in library:
        some = of[Member].where(name=["m0", "m2"])
        part = lake.load(
            Member=some,
            Loan=some.through("loans"),
            Film=some.through("films"),
            Card=some.through("card"),
        )
        asked = [{"x": col(name).list(), "n": col("card.number")} for name in COLLECTIONS[Member]]
        # What is of other members, too, of which there are some only.
        asked = [columns for columns in asked if "fellows" not in str(columns) and "close" not in str(columns)]
        wanted = [Member.where(name=["m0", "m2"]).select(**columns).to_dicts() for columns in asked]
        members = part.models()["Member"]
        with part:
            assert members.all().ids.tolist() == [1, 3]
            assert [members.all().select(**columns).to_dicts() for columns in asked] == wanted
            part.check()


# ── keys of several fields ────────────────────────────────────────────────────────────────────────


class Crate(Model, key="name"):
    name: str
    slots: Many["Slot"] = has_many()
    notes: Many["Mark"] = has_many(through="slots", source="marks", order_by="text")


class Slot(Model, key=("crate", "place")):
    crate: Crate
    place: int
    marks: Many["Mark"] = has_many()
    tag: "Tag | None" = has_one()


class Mark(Model):
    text: str
    slot: Slot | None = None


class Tag(Model, key=("crate", "level")):
    crate: Crate
    level: int
    slot: Slot | None = field(default=None, unique=True)


class Seal(Model, key=("slot", "number")):
    slot: Slot
    number: int
    uses: Many["Use"] = has_many()


class Use(Model):
    seal: Seal | None = None


KEYED = [Crate, Slot, Mark, Tag, Seal, Use]
TUPLES = [
    (Mark, col("slot") == ("oak", 3)),
    (Mark, col("slot") != ("oak", 3)),
    (Mark, col("slot") == ("oak", 99)),
    (Mark, col("slot") == ("none", 3)),
    (Mark, col("slot") == ("oak", None)),
    (Mark, col("slot") == (None, None)),
    (Mark, col("slot").is_in([("oak", 3), ("elm", 1)])),
    (Mark, col("slot").is_in([("oak", 3), None])),
    (Mark, col("slot").is_in([])),
    (Mark, col("slot.tag") == ("oak", 7)),
    (Crate, col("slots").contains(("oak", 3))),
    (Crate, col("slots").is_in([("oak", 4), ("elm", 1)]).all()),
    (Crate, (col("slots") == ("elm", 1)).any()),
    (Crate, col("slots").first() == ("oak", 4)),
    (Crate, col("slots").filter(col("place") > 3).first() == ("oak", 4)),
    (Crate, col("notes.slot").contains(("oak", 3))),
    (Slot, col("tag") == ("oak", 7)),
    (Slot, col("tag") == None),
    (Use, col("seal") == (("oak", 3), 1)),
    (Use, col("seal") != (("oak", 3), 1)),
    (Use, col("seal").is_in([(("oak", 3), 1), (("elm", 1), 2)])),
    (Seal, col("slot") == ("oak", 3)),
    (Seal, col("slot.crate") == "oak"),
]


@pytest.fixture
def crates() -> Iterator[list[tuple[Any, dict[type[Model], Any]]]]:
    oak, elm, _ = Crate("oak"), Crate("elm"), Crate("ash")
    four, three, one = Slot(oak, 4), Slot(oak, 3), Slot(elm, 1)
    for text, slot in (("b", three), ("a", four), ("c", None), ("a", one), ("d", three)):
        Mark(text, slot)
    Tag(oak, 7, three)
    Tag(oak, 8)
    for seal in (Seal(three, 1), Seal(one, 2), Seal(three, 2), None):
        Use(seal)
    with lakes(*KEYED) as all_lakes:
        yield all_lakes


@pytest.mark.parametrize(("model", "condition"), TUPLES, ids=str)
def test_tuples_name_records(crates, model, condition):
    for _, of in crates:
        assert sorted(of[model].where(condition).values("id")) == model.where(condition).ids.tolist()
        assert sorted(of[model].where(~condition).values("id")) == model.where(~condition).ids.tolist()


def test_tuples_by_name(crates):
    for _, of in crates:
        for fields in ({"slot": ("oak", 3)}, {"slot": [("oak", 3), None]}, {"slot_id": None}, {"slot.crate": "oak"}):
            if "slot_id" in fields:
                with pytest.raises(SchemaError):
                    of[Mark].where(**fields)
                continue
            assert sorted(of[Mark].where(**fields).values("id")) == Mark.where(**fields).ids.tolist()
        for wrong in (("oak",), ("oak", "3"), "oak", 3, ("oak", 3, 1)):
            with pytest.raises((SchemaError, TypeError)):
                Mark.where(slot=wrong)
            with pytest.raises((SchemaError, TypeError)):
                of[Mark].where(slot=wrong)


def test_keys_of_several_fields_go_out_and_in(crates):
    for lake, of in crates:
        for model in KEYED:
            assert of[model].order_by("id").to_dicts() == model.all().to_dicts()
        assert (
            of[Crate].order_by("id").select("name", x=col("notes.text").list()).to_dicts()
            == Crate.all().select("name", x=col("notes.text").list()).to_dicts()
        )
        part = lake.load(**{model.__name__: of[model] for model in KEYED})
        with part:
            for model in KEYED:
                assert part.models()[model.__name__].all().to_dicts() == of[model].order_by("id").to_dicts()
            assert part.models()["Slot"].find(("oak", 3)).id == 2
            part.check()


def test_tables_without_ids_are_known_by_keys_of_several_fields():
    from hasmany.lake import Lake

    crates = pa.table({"name": ["oak", "elm", "ash"]})
    slots = pa.table({"box": ["oak", "oak", "elm"], "place": [4, 3, 1]})
    marks = pa.table(
        {"id": [5, 6, 7], "text": ["b", "a", "c"], "slot.crate": ["oak", "elm", None], "slot.place": [3, 1, None]}
    )
    seals = pa.table({"slot.crate": ["oak", "oak", "elm"], "slot.place": [3, 3, 1], "number": [1, 2, 2]})
    uses = pa.table({"id": [1, 2], "c": ["oak", None], "p": [3, None], "n": [2, None]})
    tags = pa.table({"crate": ["oak"], "level": [7], "slot.crate": ["oak"], "slot.place": [3]})
    given = dict(zip(KEYED, (crates, slots, marks, tags, seals, uses), strict=True))
    columns = {Slot: {"crate": "box"}, Use: {"seal": ("c", "p", "n")}}

    def opened(**changed: Any) -> Any:
        tables = {model: ibis.memtable(changed.get(model.__name__, table)) for model, table in given.items()}
        return Lake(tables=tables, columns=columns, **{key: changed[key] for key in ("dangling",) if key in changed})

    lake = opened()
    assert lake[Slot].order_by("crate", "place").to_dicts() == [
        {"crate": "elm", "place": 1},
        {"crate": "oak", "place": 3},
        {"crate": "oak", "place": 4},
    ]
    assert lake[Mark].where(slot=("oak", 3)).values("id") == [5]
    assert lake[Mark].where(col("slot") == None).values("id") == [7]
    assert lake[Mark].order_by("id").to_dicts("id", "slot.crate", "slot.place")[0] == {
        "id": 5,
        "slot.crate": "oak",
        "slot.place": 3,
    }
    assert lake[Use].where(seal=(("oak", 3), 2)).values("id") == [1]
    assert sorted(lake[Seal].values("slot.crate", "slot.place", "number", col("uses").count())) == [
        ("elm", 1, 2, 0),
        ("oak", 3, 1, 0),
        ("oak", 3, 2, 1),
    ]
    assert sorted(lake[Crate].values("name", col("notes.text").list(), col("slots.tag.level").sum())) == [
        ("ash", [], 0),
        ("elm", ["a"], 0),
        ("oak", ["b"], 7),
    ]
    assert sorted(lake[Crate].where(name="oak").through("slots").values("place")) == [3, 4]
    assert lake[Slot].top(1, by="marks").to_dicts() == [{"rank": 1, "crate": "elm", "place": 1, "score": 1.0}]
    with pytest.raises(SchemaError, match=r"Slot is known by crate, place here and has no ids to keep"):
        lake.load(Slot=lake[Slot])
    half = marks.set_column(3, "slot.place", pa.array([3, None, None]))
    with pytest.raises(FieldError, match=r"Mark\.slot: 1 keys are null in part"):
        opened(Mark=half)
    lost = marks.set_column(3, "slot.place", pa.array([3, 9, None]))
    with pytest.raises(NotFoundError, match=r"1 of Mark\.slot"):
        opened(Mark=lost)
    with pytest.warns(UserWarning, match=r"1 of Mark\.slot"):
        lake = opened(Mark=lost, dangling="warn")
    assert sorted(lake[Mark].where(slot=None).values("id")) == [6, 7]
    twice = pa.table({"box": ["oak", "oak", "elm", "oak"], "place": [4, 3, 1, 3]})
    with pytest.raises(DuplicateError, match=r"1 values of \(id\)|1 values of \(crate, place\)"):
        opened(Slot=twice)
    with pytest.raises(
        SchemaError, match=r"Use\.seal has 3 columns, seal\.slot\.crate, seal\.slot\.place, seal\.number"
    ):
        columns = {**columns, Use: {"seal": "c"}}
        opened()


# ── what is refused ───────────────────────────────────────────────────────────────────────────────


def test_steps_without_an_end_are_refused_with_the_way(library):
    for _, of in library:
        with pytest.raises(SchemaError, match=r"repeat=True.*load\(\)"):
            of[Member].through("fellows", repeat=True)


def test_a_class_that_says_more_is_unique_than_the_folder(tmp_path):
    class Cups(Model, table="cups"):
        number: int

    class Sure(Model, table="cups"):
        number: int = field(unique=True)

    from hasmany.lake import Lake

    with Store() as store:
        Cups(1), Cups(1)
        store.to_parquet(tmp_path / "export")
    with pytest.raises(SchemaError, match=r"\(number\) is unique, and in .* need not be"):
        Lake(tmp_path / "export", models=[Sure])
