"""Somebody else's tables as the rows of models: names, types, keys that are text; and what must hold of them."""

from typing import Any

import pytest
from hasmany import DuplicateError, FieldError, Many, Model, NotFoundError, SchemaError, col, has_many
from hasmany.lake import Lake

ibis = pytest.importorskip("ibis")


class Account(Model, key="handle"):
    handle: str
    age: int | None = None
    follows: Many["Following"] = has_many(by="who")
    following: Many["Account"] = has_many(through="follows", source="whom")


class Following(Model, unique=("who", "whom")):
    who: Account
    whom: Account
    since: float | None = None


class Shop(Model):
    name: str
    sales: Many["Sale"] = has_many()


class Sale(Model):
    price: int
    shop: Shop | None = None


ACCOUNTS = {"handle": ["ann", "bea", "cat"], "age": [30, None, 20]}
FOLLOWS = {
    "id": [1, 2, 3],
    "who": ["ann", "ann", "bea"],
    "to": ["bea", "cat", "cat"],
    "since": [1.0, float("nan"), None],
}


def table(columns: dict[str, list[Any]], **types: str) -> Any:
    pa = pytest.importorskip("pyarrow")
    made = pa.table(columns)
    for name, of in types.items():
        at = made.schema.get_field_index(name)
        made = made.set_column(at, name, made[name].cast(of))
    return ibis.memtable(made)


def accounts(follows: dict[str, list[Any]] = FOLLOWS, **options: Any) -> Lake:
    tables = {Account: table(ACCOUNTS), Following: table(follows)}
    return Lake(tables=tables, columns={Following: {"whom": "to"}}, **options)


def test_keys_may_be_text():
    lake = accounts()
    assert sorted(lake[Account].where(handle="ann").through("following").values("handle")) == ["bea", "cat"]
    counted = (
        lake[Account].order_by("handle").select("handle", n=col("following").count(), top=col("follows.since").max())
    )
    assert counted.to_dicts() == [
        {"handle": "ann", "n": 2, "top": 1.0},
        {"handle": "bea", "n": 1, "top": None},
        {"handle": "cat", "n": 0, "top": None},
    ]
    assert sorted(lake[Following].where(who="ann").values("whom")) == ["bea", "cat"]
    assert lake[Following].where(col("whom.age") == 20).order_by("who").to_dicts("who", "whom") == [
        {"who": "ann", "whom": "cat"},
        {"who": "bea", "whom": "cat"},
    ]
    assert lake[Account].top(2, by="following").to_dicts()[0] == {"rank": 1, "id": "ann", "score": 2.0}
    assert sorted(lake[Account].where(col("following.handle").is_in(["bea"]).any()).values("handle")) == ["ann"]
    with pytest.raises(SchemaError, match="no id in this lake"):
        lake[Account].values("id")
    with pytest.raises(SchemaError, match=r"no ids to keep.*insert_all"):
        lake.load(Account=lake[Account])


def test_ids_and_other_names():
    lake = Lake(
        tables={
            Shop: table({"number": [7, 9], "label": ["a", "b"]}, number="int32"),
            Sale: table({"id": [1, 2, 3], "shop_id": [7, None, 9], "price": [3, 4, 5]}),
        },
        columns={Shop: {"id": "number", "name": "label"}},
    )
    assert lake[Shop].order_by("name").select("id", n=col("sales.price").sum()).to_dicts() == [
        {"id": 7, "n": 3},
        {"id": 9, "n": 5},
    ]
    assert lake[Sale].where(shop=None).values("id") == [2]
    assert lake[Sale].where(shop=9).values("price") == [5]


def shops(**sales: Any) -> dict[type[Any], Any]:
    return {
        Shop: table({"id": [1, 2], "name": ["a", "b"]}),
        Sale: table({"id": [1, 2, 3], "shop_id": [1, 2, 2], "price": [3, 4, 5]} | sales),
    }


@pytest.mark.parametrize(
    ("sales", "error", "message"),
    [
        ({"price": ["3", "4", "5"]}, SchemaError, "Sale.price, column 'price', is string, and the field is int"),
        ({"price": [3.0, 4.0, 5.0]}, SchemaError, "float64"),
        ({"shop_id": [1.0, 2.0, 2.0]}, SchemaError, "a reference's column has ids"),
        ({"shop_id": ["1", "2", "2"]}, SchemaError, "ids of Shop is int64"),
        ({"id": ["1", "2", "3"]}, SchemaError, "ids are string"),
        ({"id": [1, 1, 3]}, DuplicateError, r"1 values of \(id\)"),
        ({"id": [1, None, 3]}, FieldError, "Sale.id is null in 1 rows"),
        ({"price": [None, 4, None]}, FieldError, "Sale.price is null in 2 rows"),
        ({"shop_id": [1, 5, 6]}, NotFoundError, "2 of Sale.shop"),
    ],
)
def test_what_must_hold(sales, error, message):
    with pytest.raises(error, match=message):
        Lake(tables=shops(**sales))


def test_what_leads_nowhere_is_counted_and_left_out():
    with pytest.warns(UserWarning, match=r"2 of Sale\.shop"):
        lake = Lake(tables=shops(shop_id=[1, 5, 6]), dangling="warn")
    assert lake[Sale].order_by("id").values("shop") == [1, None, None]
    gone = {**FOLLOWS, "to": ["bea", "nobody", "cat"]}
    with pytest.raises(NotFoundError, match=r"1 of Following\.whom"):
        accounts(gone)
    with pytest.warns(UserWarning, match=r"1 of Following\.whom"):
        lake = accounts(gone, dangling="warn")
    assert sorted(lake[Following].values("id")) == [1, 3]


def test_pairs_that_are_there_twice():
    twice = {**FOLLOWS, "who": ["ann", "ann", "ann"], "to": ["bea", "bea", "cat"]}
    with pytest.raises(DuplicateError, match=r"1 values of \(who, whom\)"):
        accounts(twice)


def test_tables_and_models_that_do_not_fit():
    tables = shops()
    with pytest.raises(SchemaError, match="Shop has no table"):
        Lake(tables={Sale: tables[Sale]})
    with pytest.raises(TypeError, match="expression of ibis"):
        Lake(tables={Shop: {"id": [1]}})
    with pytest.raises(SchemaError, match="no field 'cost'"):
        Lake(tables=tables, columns={Sale: {"cost": "price"}})
    with pytest.raises(SchemaError, match="no column 'amount'"):
        Lake(tables=tables, columns={Sale: {"price": "amount"}})
    with pytest.raises(SchemaError, match="no column id"):
        Lake(tables={Shop: table({"name": ["a"]}), Sale: tables[Sale]})
    with pytest.raises(SchemaError, match="of which there is no table"):
        Lake(tables=tables, columns={Account: {"handle": "name"}})


def test_empty_tables():
    pa = pytest.importorskip("pyarrow")
    empty = pa.schema({"id": pa.int64(), "name": pa.string()}).empty_table()
    sales = pa.schema({"id": pa.int64(), "shop_id": pa.int64(), "price": pa.int64()}).empty_table()
    lake = Lake(tables={Shop: ibis.memtable(empty), Sale: ibis.memtable(sales)})
    assert lake[Shop].select("name", n=col("sales").count()).to_dicts() == []
    assert len(lake[Sale]) == 0
