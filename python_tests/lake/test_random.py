"""Random questions of random rows: a lake says what memory says."""

import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hasmany import Store
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ..asking import cinema
from ..asking.questions import VALUES, conditions, many, singles
from ..asking.test_random import MODELS, filled, worlds
from .conftest import ENGINES

pytest.importorskip("ibis", reason="hasmany.lake needs ibis")

SETTINGS = settings(
    max_examples=12 if ENGINES == ["duckdb"] else 4,  # clusters take their time
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.reuse, Phase.generate],  # each example writes files and opens an engine: to shrink one takes too long
)


def same(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-12)
    return type(one) is type(two) and one == two


def both(data: Any, folder: str, engine: str) -> tuple[Store, Any]:
    """The rows in the current store, and as a lake."""
    from hasmany.lake import Lake

    filled(data)
    store = Store.current()
    store.to_parquet(Path(folder, "export"))
    return store, Lake(Path(folder, "export"), models=[getattr(cinema, name) for name in MODELS], engine=engine)


@SETTINGS
@given(draws=st.data())
def test_values_lists_and_conditions(engine, draws):
    data = draws.draw(worlds())
    with Store(), TemporaryDirectory() as folder:
        _, lake = both(data, folder, engine)
        with lake:
            for _ in range(4):
                name = draws.draw(st.sampled_from(MODELS))
                model = getattr(cinema, name)
                ids = {row["id"]: row for row in model.all().to_dicts()}
                kind = draws.draw(st.sampled_from([int, float, str]))
                value = draws.draw(singles(name, kind, 2))
                listed = draws.draw(many(name, draws.draw(st.sampled_from([None, *VALUES])), 1))
                columns = {"x": value.expr} | ({} if listed is None else {"y": listed.expr.list()})
                wanted = {row["id"]: row for row in model.all().select("id", **columns).to_dicts()}
                got = {row["id"]: row for row in lake[model].select("id", **columns).to_dicts()}
                assert got.keys() == wanted.keys() == ids.keys()
                for id, row in wanted.items():
                    assert same(got[id]["x"], row["x"]), (value.expr, got[id], row)
                    assert got[id].get("y") == row.get("y"), (columns, got[id], row)
                condition = draws.draw(conditions(name, 2))
                rows = model.where(condition.expr)
                chosen = lake[model].where(condition.expr)
                assert sorted(chosen.values("id")) == rows.ids.tolist(), condition.expr
                others = lake[model].where(~condition.expr)
                assert sorted(others.values("id")) == model.where(~condition.expr).ids.tolist(), condition.expr
                # Of some rows as of all.
                some = {row["id"]: row for row in chosen.select("id", **columns).to_dicts()}
                for id, row in some.items():
                    assert same(row["x"], wanted[id]["x"]), (value.expr, row, wanted[id])
                    assert row.get("y") == wanted[id].get("y")
                assert sorted((lake[model] - chosen).column("id").tolist()) == sorted(others.values("id"))


@SETTINGS
@given(draws=st.data())
def test_orders_and_ranks(engine, draws):
    data = draws.draw(worlds())
    with Store(), TemporaryDirectory() as folder:
        _, lake = both(data, folder, engine)
        with lake:
            for _ in range(3):
                name = draws.draw(st.sampled_from(MODELS))
                model = getattr(cinema, name)
                kinds = draws.draw(st.lists(st.sampled_from([int, float, str]), min_size=1, max_size=2))
                keys = [draws.draw(singles(name, kind, 1)).expr for kind in kinds]
                keys = [key.desc() if draws.draw(st.booleans()) else key for key in keys]
                reverse = draws.draw(st.booleans())
                wanted = model.all().order_by(*keys, reverse=reverse).ids.tolist()
                assert lake[model].order_by(*keys, reverse=reverse).values("id") == wanted, keys
                number, k = (
                    draws.draw(singles(name, draws.draw(st.sampled_from([int, float])), 1)),
                    draws.draw(st.integers(0, 4)),
                )
                ranking = [(scored.record.id, scored.score) for scored in model.all().top(k, by=number.expr)]
                table = lake[model].top(k, by=number.expr).to_dicts()
                assert [row["rank"] for row in table] == list(range(1, len(ranking) + 1))
                assert [row["id"] for row in table] == [id for id, _ in ranking], number.expr
                assert all(same(row["score"], score) for row, (_, score) in zip(table, ranking, strict=True))


@SETTINGS
@given(draws=st.data())
def test_ways_and_sets(engine, draws):
    data = draws.draw(worlds())
    ways = {
        "Country": ["studios"],
        "Studio": ["films", "ratings", "country"],
        "Film": ["ratings", "fans", "studio"],
        "Person": ["ratings", "films", "follows", "following", "suggested"],
        "Rating": ["person", "film"],
        "Follow": ["who", "whom"],
    }
    with Store(), TemporaryDirectory() as folder:
        _, lake = both(data, folder, engine)
        with lake:
            for _ in range(3):
                name = draws.draw(st.sampled_from(MODELS))
                model = getattr(cinema, name)
                one, two = (draws.draw(conditions(name, 1)).expr for _ in range(2))
                a, b = model.where(one), model.where(two)
                x, y = lake[model].where(one), lake[model].where(two)
                for wanted, got in ((a & b, x & y), (a | b, x | y), (a - b, x - y), (a ^ b, x ^ y)):
                    assert sorted(got.values("id")) == sorted(wanted.ids.tolist())
                    assert len(got) == len(wanted)
                assert x.overlap(y) == a.overlap(b)
                way = draws.draw(st.sampled_from(ways[name]))
                assert sorted(x.through(way).values("id")) == sorted(a.through(way).ids.tolist())
