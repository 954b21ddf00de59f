"""What is asked of rows that were ordered by what is elsewhere: beside memory, of references that the order has joined already."""

import pytest
from hasmany import Many, Model, col, has_many
from hasmany.lake import Lake


class Singer(Model):
    name: str
    teacher: "Singer | None" = None
    takes: Many["Take"] = has_many(by="singer")


class Tune(Model):
    title: str
    takes: Many["Take"] = has_many(by="tune")


class Take(Model):
    singer: Singer
    tune: Tune
    after: Tune | None = None
    guest: Singer | None = None
    seconds: int = 0


@pytest.fixture(params=["folder", "tables"])
def lake(request, engine, store, tmp_path):
    """Takes in memory, and a lake of them."""
    Singer("ann", Singer("bea", Singer("cat")))
    Tune.insert_all(title=["Waves", "Seal", "Emma"])
    Take.insert_all(
        singer=[1, 2, 3, 1, 2],
        tune=[1, 2, 3, 2, 1],
        after=[2, None, 1, 3, 3],
        guest=[2, 3, None, 1, 1],
        seconds=[5, 3, 9, 3, 7],
    )
    if request.param == "folder":
        store.to_parquet(tmp_path / "export")
        with Lake(tmp_path / "export", models=[Singer, Tune, Take], engine=engine) as lake:
            yield lake
        return
    ibis = pytest.importorskip("ibis")
    pa = pytest.importorskip("pyarrow")
    tables = {model: ibis.memtable(pa.table(model.all())) for model in (Singer, Tune, Take)}
    with Lake(tables=tables, engine=engine) as lake:
        yield lake


ORDERS = ["tune.title", "after.title", "guest.teacher.name", col("tune.takes").count(), col("tune.title").lower()]
ASKED = [
    "tune.title",
    "after.title",
    "guest.name",
    "singer.teacher.teacher.name",
    col("tune.takes.after.title").first(),
    col("tune.takes").count(),
    col("after.title").if_none("") == col("tune.title"),
]


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_order_and_what_is_asked_of_it(lake, order, asked):
    far, near = lake[Take].order_by(order), Take.all().order_by(order)
    assert far.values("id", asked) == near.values("id", asked)
    assert far.column(asked).tolist() == near.column(asked).tolist()
    assert far.order_by(asked).values("id") == near.order_by(asked).values("id")
    assert far.order_by(asked, order).values(asked) == near.order_by(asked, order).values(asked)


CONDITIONS = [
    col("tune.title") == "Seal",
    col("after.title") != "Emma",
    col("singer.teacher.name") == col("guest.name"),
    col("tune.takes").any(col("seconds") > 5),
    col("tune.takes").count() > 1,
]


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_order_and_conditions(lake, order, condition):
    far, near = lake[Take].order_by(order), Take.all().order_by(order)
    assert far.where(condition).values("id", "tune.title") == near.where(condition).values("id", "tune.title")
    kept, wanted = far - lake[Take].where(condition), near - Take.where(condition)
    assert kept.values("id", "after.title") == wanted.values("id", "after.title")
    again = far.where(condition).order_by("singer.name").where(~condition | (col("tune.title") == "Seal"))
    wanted = near.where(condition).order_by("singer.name").where(~condition | (col("tune.title") == "Seal"))
    assert again.values("tune.title") == wanted.values("tune.title")
    assert sorted(far.where(condition).through("tune").values("title")) == sorted(
        near.where(condition).through("tune").values("title")
    )


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_an_order_in_an_expression_and_in_ranks(lake, order):
    far, near = lake[Take].order_by(order), Take.all().order_by(order)
    assert sorted(lake[Tune].where(col("takes").is_in(far).any()).values("id")) == [1, 2, 3]
    asked = far.where(col("tune.title") == "Seal")
    wanted = near.where(col("tune.title") == "Seal")
    got = lake[Singer].order_by("id").select(n=col("takes").filter(asked).count())
    assert got.to_dicts() == Singer.all().select(n=col("takes").filter(wanted).count()).to_dicts()
    by = col("tune.takes").count()
    ranked = [(each.record.id, each.score) for each in near.top(3, by=by)]
    assert [(row["id"], row["score"]) for row in far.top(3, by=by).to_dicts()] == ranked


def test_an_order_over_ones_own_model(lake):
    far, near = lake[Singer].order_by("teacher.name"), Singer.all().order_by("teacher.name")
    asked = ("name", "teacher.name", "teacher.teacher.name")
    assert far.values(*asked) == near.values(*asked)
    assert far.where(col("teacher.teacher.name") == "cat").values(*asked) == [("ann", "bea", "cat")]


def test_the_rows_are_the_models_own(lake):
    assert [*lake[Take].order_by("tune.title").expr.columns] == [
        "id",
        "singer_id",
        "tune_id",
        "after_id",
        "guest_id",
        "seconds",
    ]
