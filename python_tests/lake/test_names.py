"""Fields that are called as what stands beside them in a question could be."""

import pytest
from hasmany import Many, Model, NotFoundError, col, field, has_many
from hasmany.lake import Lake

from .test_rankings import same


class Ship(Model):
    order_0: str
    _0_order_0: int = 0
    c0: int = 0
    n0: int = 0
    own: int = 0
    visits: Many["Visit"] = has_many()
    ports: Many["Port"] = has_many(through="visits")


class Port(Model):
    owner: str
    found: int = field(unique=True)
    at: int = 0
    visits: Many["Visit"] = has_many()
    ships: Many[Ship] = has_many(through="visits")


class Visit(Model):
    ship: Ship
    port: Port
    weight: float = 1.0
    there: int = 0
    owner: int = 0
    link: int = 0
    before: "Visit | None" = None


@pytest.fixture(params=["folder", "tables"])
def lake(request, engine, store, tmp_path):
    """Rows in memory, and a lake of them."""
    Ship.insert_all(order_0=["Vega", "Argo", "Mira"], _0_order_0=[3, 1, 2], c0=[5, 6, 4], n0=[1, 1, 0], own=[0, 2, 1])
    Port.insert_all(owner=["Oslo", "Bari", "Cork"], at=[2, 1, 3], found=[7, 8, 9])
    ships, ports = [1, 1, 2, 2, 3, 3], [1, 2, 2, 3, 3, 1]
    Visit.insert_all(ship=ships, port=ports, weight=[2, 1, 5, 1, 3, 2], there=[1, 0, 1, 1, 0, 1], owner=range(6))
    Visit(Ship.find(3), Port.find(2), 4.0, 1, before=Visit.find(1))
    if request.param == "folder":
        store.to_parquet(tmp_path / "export")
        with Lake(tmp_path / "export", models=[Ship, Port, Visit], engine=engine) as lake:
            yield lake
        return
    ibis = pytest.importorskip("ibis")
    pa = pytest.importorskip("pyarrow")
    tables = {model: ibis.memtable(pa.table(model.all())) for model in (Ship, Port, Visit)}
    with Lake(tables=tables, engine=engine) as lake:
        yield lake


ASKED = {
    Ship: [
        "order_0",
        "_0_order_0",
        "c0",
        col("n0") + col("own"),
        col("ports.owner").list(),
        col("visits.weight").sum(),
    ],
    Port: [
        "owner",
        "at",
        "found",
        col("visits.owner").max(),
        col("ships.order_0").first(),
        col("ships._0_order_0").sum(),
    ],
    Visit: ["weight", "there", "ship.order_0", "ship._0_order_0", "port.owner", "before.port.owner", "before.there"],
}


@pytest.mark.parametrize("model", ASKED)
def test_columns_and_orders(lake, model):
    for order in ASKED[model]:
        if not str(order).endswith("list()"):
            columns = {f"x{at}": asked for at, asked in enumerate(ASKED[model])}
            far, near = lake[model].order_by(order), model.all().order_by(order)
            assert far.select(**columns).to_dicts() == near.select(**columns).to_dicts()


def test_ranks(lake):
    ranked = [(each.record.id, each.score) for each in Port.all().top(3, by="ships", weight="weight")]
    assert [(row["id"], row["score"]) for row in lake[Port].top(3, by="ships", weight="weight").to_dicts()] == ranked
    for asked in ({"weight": "weight"}, {"where": {"there": 1}}, {"weight": "weight", "where": col("there") == 1}):
        for way in ("memory", "sql"):
            same(lake[Ship].similar("ports", 2, way=way, **asked), Ship.all().similar("ports", 2, **asked))
            same(lake[Ship].recommend("ports", 2, way=way, **asked), Ship.all().recommend("ports", 2, **asked))


def test_references_that_lead_nowhere(engine):
    if engine != "duckdb":
        pytest.skip("of tables in memory")
    ibis = pytest.importorskip("ibis")
    ships = ibis.memtable({"id": [1], "order_0": ["Vega"], "_0_order_0": [0], "c0": [0], "n0": [0], "own": [0]})
    ports = ibis.memtable({"id": [1], "owner": ["Oslo"], "at": [0], "found": [3]})
    visits = ibis.memtable(
        {
            "id": [1, 2, 3],
            "ship_id": [1, 1, 2],
            "port_id": [1] * 3,
            "before_id": [9, 1, 3],
            "weight": [1.0] * 3,
            "there": [7, 8, 9],
            "owner": [0] * 3,
            "link": [0] * 3,
        }
    )
    tables = {Ship: ships, Port: ports, Visit: visits}
    with pytest.raises(NotFoundError, match="lead nowhere"):
        Lake(tables=tables)
    with pytest.warns(UserWarning, match="lead nowhere"):
        lake = Lake(tables=tables, dangling="warn")
    with lake:
        assert lake[Visit].order_by("id").values("id", "before", "there") == [(1, None, 7), (2, 1, 8)]
        assert lake[Visit].order_by("before.there").values("before.there") == [7, None]
