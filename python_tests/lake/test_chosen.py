"""`where=`, `weight=` and `known=` of rankings in a lake: the same as in memory, whichever way they are computed."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hasmany import FieldError, Many, Model, SchemaError, Store, col, has_many
from hasmany.lake import Lake
from hasmany.ranked import Question, ranked
from hypothesis import given
from hypothesis import strategies as st

from ..rank.test_chosen import Book, Fan, Film, Loan, Rating, Reader, filled, rated
from .test_rankings import SETTINGS, WAYS, rows, same

ibis = pytest.importorskip("ibis")

FILMS = [Fan, Film, Rating]
BOOKS = [Reader, Book, Loan]
LINKS = st.lists(st.tuples(st.integers(1, 7), st.integers(1, 6), st.integers(1, 5)), max_size=40)
MEASURES = st.sampled_from(["cosine", "jaccard", "overlap", "count"])
DAMPING = st.sampled_from(["auto", (0.8, 0.2), (1.0, 0.0), (0.5, 1.0)])


class Walker(Model):
    name: str
    walks: Many["Walk"] = has_many(by="walker")
    met: Many["Walker"] = has_many(through="walks", source="other")


class Walk(Model, unique=("walker", "other")):
    walker: Walker
    other: Walker
    length: float | None = None


def exported(folder: str | Path, models: list[Any]) -> Lake:
    """The current store as a lake."""
    assert all(len(model.all()) >= 0 for model in models)
    place = Path(folder, f"export {len(os.listdir(folder))}")
    Store.current().to_parquet(place)
    return Lake(place, models=models)


def compared(lake: Lake, owner: Any, through: str, draws: Any, conditions: Any, weights: Any) -> None:
    """Some questions of a lake beside the same in memory."""
    for way in WAYS:
        given_to = {"where": draws.draw(conditions), "weight": draws.draw(weights)}
        how = {name: value for name, value in given_to.items() if value is not None}
        some, k = col("id").is_in(draws.draw(st.sets(st.integers(1, 8), max_size=5))), draws.draw(st.integers(0, 4))
        alike = {"measure": draws.draw(MEASURES), "shrink": draws.draw(st.sampled_from([0.0, 10.0])), **how}
        same(lake[owner].similar(through, k, way=way, **alike), owner.all().similar(through, k, **alike))
        walked = {"damping": draws.draw(DAMPING), "known": draws.draw(st.booleans()), **how}
        same(lake[owner].recommend(through, k, way=way, **walked), owner.all().recommend(through, k, **walked))
        same(
            lake[owner].where(some).recommend(through, k, way=way, **walked),
            owner.where(some).recommend(through, k, **walked),
        )
        wanted = owner.where(some).top(5, by=through, **how)
        found = lake[owner].where(some).top(5, by=through, **how).to_dicts()
        assert [row["id"] for row in found] == wanted.records.ids.tolist()
        assert [row["score"] for row in found] == pytest.approx(wanted.scores.tolist(), rel=1e-12)


@SETTINGS
@given(st.data(), LINKS)
def test_unique_pairs(draws, links):
    conditions = st.none() | st.builds(lambda least: col("stars") >= least, st.integers(1, 6))
    weights = st.none() | st.sampled_from(["stars", col("stars") * 0.5, "price"])
    with Store(), TemporaryDirectory() as folder:
        filled(rated(links))
        with exported(folder, FILMS) as lake:
            owner, through = draws.draw(st.sampled_from([(Fan, "films"), (Fan, "good"), (Film, "fans")]))
            compared(lake, owner, through, draws, conditions | st.just({"stars": 3}), weights)


@SETTINGS
@given(
    st.data(),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 6), st.floats(1e-3, 1e3)), max_size=30),
)
def test_pairs_that_repeat_weigh_what_their_rows_do_together(draws, loans):
    conditions = st.none() | st.builds(lambda least: col("days") >= least, st.floats(0, 500))
    with Store(), TemporaryDirectory() as folder:
        Reader.insert_all(name=["x"] * 7)
        Book.insert_all(title=["x"] * 6)
        if loans:
            readers, books, days = zip(*loans, strict=True)
            Loan.insert_all(reader=[at or None for at in readers], book=[at or None for at in books], days=days)
        with exported(folder, BOOKS) as lake:
            compared(lake, Reader, "books", draws, conditions, st.none() | st.just("days"))


@SETTINGS
@given(st.data(), st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8), st.floats(0.1, 9)), max_size=30))
def test_members_of_their_own_model(draws, walks):
    with Store(), TemporaryDirectory() as folder:
        Walker.insert_all(name=["x"] * 8)
        for (one, other), length in {(one, other): length for one, other, length in walks}.items():
            Walk(Walker.find(one), Walker.find(other), length=length)
        with exported(folder, [Walker, Walk]) as lake:
            longer = st.none() | st.builds(lambda least: col("length") >= least, st.floats(0, 9))
            compared(lake, Walker, "met", draws, longer, st.none() | st.just("length"))


def test_the_least_and_the_largest_weights(tmp_path):
    Reader.insert_all(name=["x"] * 7)
    Book.insert_all(title=["x"] * 6)
    draw = np.random.default_rng(3)
    pairs = np.unique(draw.integers(0, 42, 30))
    days = draw.choice([1e-18, 1e-9, 1.0, 1e9, 1e18], len(pairs))
    Loan.insert_all(reader=pairs // 6 + 1, book=pairs % 6 + 1, days=days)
    with exported(tmp_path, BOOKS) as lake:
        for way in WAYS:
            for damping in ("auto", (1, 1)):
                how = {"weight": "days", "damping": damping}
                same(lake[Reader].recommend("books", way=way, **how), Reader.all().recommend("books", **how))
            # Where scores are too small to be numbers they are still no error.
            how = {"weight": "days", "damping": (4, 4)}
            found, wanted = (
                rows(asked)
                for asked in (lake[Reader].recommend("books", way=way, **how), Reader.all().recommend("books", **how))
            )
            assert [row[:2] for row in found] == [row[:2] for row in wanted]
            same(lake[Reader].similar("books", way=way, weight="days"), Reader.all().similar("books", weight="days"))


# ── one world ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lake(tmp_path) -> Any:
    filled([(1, 1, 5), (1, 2, 1), (2, 1, 4), (2, 3, 5), (3, 2, 5), (3, 4, 5), (3, 1, 1)])
    with exported(tmp_path, FILMS) as lake:
        yield lake


@pytest.mark.parametrize("way", WAYS)
def test_what_an_owner_has_by_any_link_is_left_out(lake, way):
    fan = lake[Fan].where(id=1)
    assert fan.recommend("films", where=col("stars") < 3, way=way).to_dicts() == []
    found = fan.recommend("films", where=col("stars") > 2, way=way)
    assert 2 not in found.column("member")
    assert (
        found.column("member").tolist() == Fan.find(1).recommend("films", where=col("stars") > 2).records.ids.tolist()
    )
    known = fan.recommend("films", where=col("stars") > 2, known=True, way=way)
    assert set(known.column("member").tolist()) == {1, 3}


def test_conditions_over_several_steps_and_of_the_lake(lake):
    for way in WAYS:
        for where in ({"fan.name": "fan 1"}, col("film.title").is_in(["film 0", "film 1"]), {"stars": [1, 4, 5]}):
            same(
                lake[Fan].similar("films", shrink=0, where=where, way=way),
                Fan.all().similar("films", shrink=0, where=where),
            )
        found = lake[Fan].similar("films", shrink=0, where=col("film").is_in(lake[Film].where(id=[1, 2])), way=way)
        same(found, Fan.all().similar("films", shrink=0, where=col("film").is_in(Film.where(id=[1, 2]))))
        assert rows(lake[Fan].similar("films", where={}, way=way)) == rows(Fan.all().similar("films"))


def test_tops(lake):
    for by, how in (
        ("fans", {"where": col("stars") > 3}),
        ("fans", {"weight": "stars"}),
        ("ratings", {"weight": col("price") * 2}),
        ("ratings", {"where": col("fan.name") == "fan 2"}),
        ("ratings", {"where": {"stars": 5}, "weight": "stars"}),
    ):
        wanted = Film.all().top(4, by=by, **how)
        found = lake[Film].top(4, by=by, **how).to_dicts()
        assert [(row["id"], row["score"]) for row in found] == [(film.id, score) for film, score in wanted]
    assert lake[Film].top(0, by="fans", weight="stars").to_dicts() == []


def test_how_they_go_out(lake, tmp_path):
    found = lake[Fan].recommend("films", where=col("stars") > 2, weight="stars", known=True)
    wanted = Fan.all().recommend("films", where=col("stars") > 2, weight="stars", known=True)
    assert found.select("owner.name", "title").to_dicts() == wanted.select("owner.name", "title").to_dicts()
    found.to_parquet(tmp_path / "ranked.parquet")
    assert pq.read_table(tmp_path / "ranked.parquet")["member"].to_pylist() == [row[2] for row in rows(wanted)]
    assert len(found) == 7


def test_the_cost_counts_what_counts_and_what_is_read(lake):
    whole = lake[Fan].recommend("films").cost()
    some = lake[Fan].recommend("films", where=col("stars") > 2).cost()
    assert (whole.links, some.links) == (7, 5)
    assert some.pairs == 4 + 1 + 1 + 1
    # What counts not is read to be left out, and beside each link is whether it counts.
    assert some.bytes > whole.bytes > lake[Fan].similar("films", where=col("stars") > 2).cost().bytes


# ── what is wrong ─────────────────────────────────────────────────────────────────────────────────

WRONG = ["stars", col("stars") - 5, col("stars") * 0.0, col("stars") / 0, col("stars") * 1e300]


@pytest.mark.parametrize("weight", WRONG)
def test_a_weight_is_a_number_above_0(tmp_path, weight):
    filled([(1, 1, 5), (1, 2, 1), (2, 1, 4)])
    Rating.insert_all(fan=[7], film=[6], stars=[None])
    first = {"stars": 4}.get(str(weight), 1)
    with exported(tmp_path, FILMS) as lake:
        for way in WAYS:
            for ask in ("similar", "recommend"):
                found = getattr(lake[Fan], ask)("films", weight=weight, way=way)
                for read in (pa.table, lambda found: found.select("rank").table()):
                    with pytest.raises(FieldError, match=f"in Rating {first}, and a weight is a number above 0"):
                        read(found)
            with pytest.raises(FieldError, match="a weight is a number above 0"):
                _ = lake[Fan].similar("films", weight=weight).expr
        for by in ("fans", "ratings"):
            with pytest.raises(FieldError, match="a weight is a number above 0"):
                lake[Film].top(by=by, weight=weight)


def test_the_message_is_that_of_memory(tmp_path):
    filled([(1, 1, 5), (2, 1, 4)])
    Rating.insert_all(fan=[7], film=[6], stars=[None])
    with exported(tmp_path, FILMS) as lake:
        for weight in ("stars", col("stars") - 4, col("stars") - 6.5):
            with pytest.raises(FieldError) as memory:
                Fan.find(1).similar("films", weight=weight)
            with pytest.raises(FieldError) as found:
                lake[Fan].similar("films", weight=weight).to_dicts()
            assert str(found.value) == str(memory.value)
        # Rows that do not count need none.
        how = {"weight": "stars", "where": col("stars") > 0, "measure": "count"}
        assert rows(lake[Fan].similar("films", **how)) == rows(Fan.all().similar("films", **how))


@pytest.mark.parametrize(
    "how",
    [
        {"where": col("starz") > 3},
        {"where": {"starz": 3}},
        {"where": "stars"},
        {"where": col("stars")},
        {"where": col("ratings").count() > 1},
        {"weight": "starz"},
        {"weight": "film.title"},
        {"weight": 3},
    ],
)
def test_errors_are_those_of_memory_and_at_once(lake, how):
    for ask in (
        lambda many: many.similar("films", **how),
        lambda many: many.recommend("films", **how),
        lambda many: many.top(by="films", **how),
        lambda many: many.top(by=col("films").count(), **how),
    ):
        with pytest.raises((SchemaError, TypeError, ValueError)) as memory:
            ask(Fan.all())
        with pytest.raises(type(memory.value)) as found:
            ask(lake[Fan])
        assert str(found.value) == str(memory.value)


def test_what_is_of_another_lake_is_refused(lake, tmp_path):
    with exported(tmp_path, FILMS) as other, pytest.raises(ValueError, match="store"):
        lake[Fan].recommend("films", where=col("film").is_in(other[Film]))
    with pytest.raises(SchemaError, match="no links to walk"):
        lake[Fan].similar("ratings", where=col("stars") > 3)


# ── as a task of a cluster has them ───────────────────────────────────────────────────────────────


def test_slices_of_a_file_of_pairs_with_weights(lake, tmp_path):
    counted = pa.table(Rating.all().select(owner="fan", member="film", weight="stars"))
    stars = counted["weight"].to_pylist()
    weights = pa.array([float(star) if star > 2 else None for star in stars])
    pq.write_table(counted.set_column(2, "weight", weights), tmp_path / "pairs.parquet")
    for is_weighed in (True, False):
        question = Question("recommend", 4, {"known": False}, is_weighed=is_weighed, is_narrowed=True)
        found = [
            batch
            for owners in ([1, 2], [3, 7])
            for batch in ranked(tmp_path / "pairs.parquet", question, pa.array(owners))
        ]
        how = {"weight": "stars"} if is_weighed else {}
        wanted = Fan.all().recommend("films", 4, where=col("stars") > 2, **how)
        assert rows(pa.Table.from_batches(found)) == rows(wanted)


def test_somebody_elses_tables_with_keys():
    class Guest(Model, key="name"):
        name: str
        stays: Many["Stay"] = has_many()
        inns: Many["Inn"] = has_many(through="stays")

    class Inn(Model, key="name"):
        name: str
        stays: Many["Stay"] = has_many()

    class Stay(Model, key="code"):
        code: str
        guest: Guest
        inn: Inn
        nights: float | None

    def of(*stays: tuple[str, str, str, float | None]) -> Lake:
        codes, guests, inns, nights = map(list, zip(*stays, strict=True))
        return Lake(
            tables={
                Guest: ibis.memtable({"name": ["ann", "bea"]}),
                Inn: ibis.memtable({"name": ["x", "y", "z"]}),
                Stay: ibis.memtable(
                    pa.table({"code": codes, "guest": guests, "inn": inns, "nights": pa.array(nights, "float64")})
                ),
            }
        )

    lake = of(("a", "ann", "x", 2.0), ("b", "bea", "x", 1.0), ("c", "bea", "y", 3.0), ("d", "bea", "z", 4.0))
    for way in WAYS:
        found = lake[Guest].recommend("inns", weight="nights", damping=(1, 0), way=way)
        # Of the three nights at x one is bea's, of whose eight four are at z and three at y; ann stays two at x.
        assert [(row[0], row[2], pytest.approx(row[3])) for row in rows(found)] == [
            ("ann", "z", 2 / 3 * 4 / 8),
            ("ann", "y", 2 / 3 * 3 / 8),
        ]
        only = lake[Guest].recommend("inns", where=col("nights") < 4, way=way)
        assert [row[:3] for row in rows(only)] == [("ann", 1, "y")]
    wrong = of(("b", "ann", "x", None), ("a", "ann", "y", float("nan")))
    with pytest.raises(FieldError, match=r"Stay\.nights is None in Stay a, and a weight"):
        wrong[Guest].similar("inns", weight="nights").to_dicts()
