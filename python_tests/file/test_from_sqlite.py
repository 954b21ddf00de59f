"""`Store.from_sqlite`: other programs' files."""

import os
import sqlite3
import warnings
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from hasmany import CorruptStoreError, DuplicateError, SchemaError, Store, User

from ..places import SHARED
from .files import beside, digest

CHINOOK = SHARED / "data" / "chinook" / "Chinook_Sqlite.sqlite"

NORTHWIND = """
create table Categories (CategoryID integer primary key autoincrement, CategoryName text, Picture blob);
create table Customers (CustomerID text, CompanyName text, primary key (CustomerID));
create table Employees (EmployeeID integer primary key, LastName text not null, BirthDate date, ReportsTo integer
    references Employees (EmployeeID));
create table Territories (TerritoryID text not null primary key, TerritoryDescription text not null);
create table EmployeeTerritories (EmployeeID integer not null, TerritoryID text not null,
    primary key (EmployeeID, TerritoryID), foreign key (EmployeeID) references Employees (EmployeeID),
    foreign key (TerritoryID) references Territories (TerritoryID));
create table Orders (OrderID integer primary key, CustomerID text, EmployeeID integer, OrderDate datetime,
    Freight numeric default 0, "Ship Name" text, foreign key (CustomerID) references Customers (CustomerID),
    foreign key (EmployeeID) references Employees (EmployeeID));
create table Products (ProductID integer primary key, ProductName text not null, UnitPrice numeric, CategoryID integer
    references Categories, Discontinued boolean not null default 0);
create table "Order Details" (OrderID integer not null, ProductID integer not null, UnitPrice real not null,
    Quantity integer not null default 1, primary key (OrderID, ProductID),
    foreign key (OrderID) references Orders (OrderID), foreign key (ProductID) references Products (ProductID));
create view "Cheap Products" as select * from Products where UnitPrice < 10;
insert into Categories values (1, 'Beverages', x'ff00'), (2, 'Condiments', null);
insert into Customers values ('ALFKI', 'Alfreds'), ('ANATR', 'Ana');
insert into Employees values (5, 'Buchanan', '1955-03-04', 2), (2, 'Fuller', '1952-02-19', null);
insert into Territories values ('01581', 'Westboro'), ('01730', 'Bedford');
insert into EmployeeTerritories values (5, '01581'), (5, '01730'), (2, '01730');
insert into Orders values (10248, 'ANATR', 5, '1996-07-04 00:00:00', 32.38, 'Vins'), (10249, null, 2, '1996-07-05 12:30:00', 11, null);
insert into Products values (11, 'Queso', 21, 2, 0), (42, 'Chai', 18.5, 1, 1);
insert into "Order Details" values (10248, 11, 14.5, 12), (10248, 42, 9.8, 10), (10249, 11, 18.6, 9);
"""

LAHMAN = """
create table People (playerID text primary key, nameFirst text, birthYear integer, debut text, weight integer);
create table TeamsFranchises (franchID varchar(3) primary key, active varchar(2)) without rowid;
create table Teams (yearID integer, lgID text, teamID text, franchID varchar(3), W integer, attendance integer,
    primary key (yearID, lgID, teamID), foreign key (franchID) references TeamsFranchises (franchID)) without rowid;
create table Batting (playerID text not null, yearID integer not null, stint integer not null, teamID text, lgID text,
    "2B" integer, "3B" integer, HR integer, primary key (playerID, yearID, stint),
    foreign key (playerID) references People (playerID),
    foreign key (yearID, lgID, teamID) references Teams (yearID, lgID, teamID));
insert into People values ('aaronha01', 'Hank', 1934, '1954-04-13', 180), ('ruthba01', 'Babe', '', '', null);
insert into TeamsFranchises values ('ATL', 'Y'), ('NYY', 'Y');
insert into Teams values (1954, 'NL', 'ML1', 'ATL', 89, 2131388), (1920, 'AL', 'NYA', 'NYY', 95, 1289422);
insert into Batting values ('aaronha01', 1954, 1, 'ML1', 'NL', 27, 6, 13), ('ruthba01', 1920, 1, 'NYA', 'AL', 36, 9, 54),
    ('ruthba01', 1935, 1, null, null, null, 0, 6);
"""


@pytest.fixture(autouse=True)
def no_warning():
    """Where a test does not say so, every row fits."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def made(tmp_path):
    """A file that another program made."""

    def make(sql):
        path = tmp_path / "other.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(sql)
        return path

    return make


def models(path):
    store = Store.from_sqlite(path)
    store.check()
    return store.models()


def described(store, name):
    (model,) = [model for model in store.schema.describe()["models"] if model["name"] == name]
    return model


def fields(store, name):
    return {each["name"]: each["type"] + ("?" if each["optional"] else "") for each in described(store, name)["fields"]}


# ── Northwind ─────────────────────────────────────────────────────────────────────────────────────


def test_northwind_names_types_and_keys(made):
    store = Store.from_sqlite(made(NORTHWIND))
    assert list(store.models()) == [
        *("Category", "Customer", "Employee", "Territory", "EmployeeTerritory", "Order", "Product", "OrderDetail")
    ]
    assert fields(store, "Order") == {
        "customer": "reference?",
        "employee": "reference?",
        "order_date": "datetime?",
        "freight": "float?",
        "ship_name": "str?",
    }
    assert fields(store, "Category") == {"category_name": "str?", "picture": "bytes?"}
    assert fields(store, "Product") == {
        "product_name": "str",
        "discontinued": "bool",
        "unit_price": "float?",
        "category": "reference?",
    }
    assert fields(store, "Employee") == {"last_name": "str", "birth_date": "date?", "reports_to": "reference?"}
    assert described(store, "Customer")["unique"] == [["customer_id"]]
    assert described(store, "OrderDetail")["unique"] == [["order", "product"]]
    keys = {name: described(store, name)["key"] for name in store.models()}
    assert {name: key for name, key in keys.items() if key} == {
        "Customer": ["customer_id"],
        "Territory": ["territory_id"],
        "EmployeeTerritory": ["employee", "territory"],
        "OrderDetail": ["order", "product"],
    }
    store.check()


def test_northwind_ids_references_and_collections(made):
    of = models(made(NORTHWIND))
    order = of["Order"].find(10248)
    assert order.customer.company_name == "Ana" and order.employee.last_name == "Buchanan"
    assert order.order_date == datetime(1996, 7, 4, tzinfo=UTC)
    assert order.products.values("product_name") == ["Queso", "Chai"]
    assert of["Product"].find(11).orders.ids.tolist() == [10248, 10249]
    assert of["Employee"].find(2).employees == [of["Employee"].find(5)]
    assert of["Employee"].find(5).territories.values("territory_id") == ["01581", "01730"]
    assert of["Category"].find(1).picture == b"\xff\0"
    assert of["Product"].all().values("unit_price") == [21.0, 18.5]
    assert of["Order"].find(10249).customer is None
    assert order.order_details[0].unit_price == 14.5
    assert of["Customer"].find("ANATR").orders == of["Order"].where(customer="ANATR") == [order]
    assert of["OrderDetail"].find((order, of["Product"].find(42))).quantity == 10
    with pytest.raises(DuplicateError):
        of["Customer"]("ALFKI")
    assert of["Order"]().id == 10250


def test_the_module_of_northwind_declares_the_same(made, new_module, tmp_path):
    store = Store.from_sqlite(made(NORTHWIND))
    module = new_module()
    text = store.schema.to_python()
    exec(text, module.__dict__)  # noqa: S102
    store.save(tmp_path / "mine.db")
    with Store(tmp_path / "mine.db") as mine:
        assert module.Order.find(10248).products.values("product_name") == ["Queso", "Chai"]
        for name in store.models():
            assert getattr(module, name).all().ids.tolist() == store.models()[name].all().ids.tolist()
            assert described(mine, name) == described(store, name)
        assert mine.schema.to_python() == text


# ── Lahman ────────────────────────────────────────────────────────────────────────────────────────


def test_lahman_composite_keys_text_dates_and_empty_text(made):
    store = Store.from_sqlite(made(LAHMAN))
    of = store.models()
    assert list(of) == ["Person", "TeamsFranchise", "Team", "Batting"]
    assert fields(store, "Batting") == {
        "player": "reference",
        "year_id": "int",
        "stint": "int",
        "team_": "reference?",  # in a file "team" would have the column of the field team_id
        "team_id": "str?",
        "lg_id": "str?",
        "x2b": "int?",
        "x3b": "int?",
        "hr": "int?",
    }
    ruth = of["Person"].find(player_id="ruthba01")
    assert (ruth.birth_year, ruth.debut, ruth.weight) == (None, None, None)
    assert of["Person"].find(player_id="aaronha01").debut == date(1954, 4, 13)
    first, last = ruth.battings
    assert (first.x2b, first.hr) == (36, 54) and last.x2b is None
    team = first.team_
    assert (team.team_id, team.year_id, team.franch.franch_id) == ("NYA", 1920, "NYY")
    assert ["player", "year_id", "stint"] in described(store, "Batting")["unique"]
    assert ["year_id", "lg_id", "team_id"] in described(store, "Team")["unique"]
    assert team.battings == [first]
    assert of["Team"].find((1920, "AL", "NYA")) == team
    assert of["Batting"].find(("ruthba01", 1935, 1)) == last
    store.check()


# ── Chinook ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not CHINOOK.exists(), reason=f"{CHINOOK} is not here")
def test_chinook():
    store = Store.from_sqlite(CHINOOK)
    of = store.models()
    with closing(sqlite3.connect(f"file:{CHINOOK}?mode=ro", uri=True)) as connection:
        for name, model in of.items():
            (count,) = connection.execute(f'select count(*) from "{name}"').fetchone()
            assert len(model.all()) == count
        pairs = connection.execute("select TrackId from PlaylistTrack where PlaylistId = 5 order by rowid").fetchall()
        (total,) = connection.execute("select sum(Total) from Invoice").fetchone()
    assert of["Playlist"].find(5).tracks.ids.tolist() == [track for (track,) in pairs]
    assert sum(of["Invoice"].all().values("total")) == pytest.approx(total)
    assert of["Track"].find(1).album.artist.name == "AC/DC"
    assert of["Employee"].find(1).employees.values("last_name") == ["Edwards", "Mitchell"]
    store.check()


# ── what is not sure, and what does not fit ───────────────────────────────────────────────────────


def test_types_are_what_all_values_are(made):
    store = Store.from_sqlite(
        made("""
        create table t (mixed integer, whole real, flag boolean, flags boolean, day text, days text, at text, zone text,
            big numeric, none int, empty, amount);
        insert into t values (1, 1, 0, 2, '2026-01-01', '2026-01-01', '2026-01-01 10:00', '2026-01-01T10:00:00+02:00',
            9007199254740993, null, null, 1);
        insert into t values ('n/a', 2, 1, 1, '2026-12-31', '2026-02-30', '2026-01-01', '2026-01-01T10:00:00.5Z', 1, null,
            null, 1.5);
        """)
    )
    assert fields(store, "T") == {
        "mixed": "str?",
        "whole": "float?",
        "flag": "bool?",
        "flags": "int?",
        "day": "date?",
        "days": "str?",
        "at": "datetime?",
        "zone": "datetime?",
        "big": "int?",
        "none": "int?",
        "empty": "str?",
        "amount": "float?",
    }
    first, second = store.models()["T"].all()
    assert (first.mixed, second.mixed, second.amount) == ("1", "n/a", 1.5)
    assert second.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert first.zone == datetime(2026, 1, 1, 8, tzinfo=UTC)


def test_rows_that_do_not_fit_are_counted_by_reason(made):
    path = made("""
        create table parents (id integer primary key, name text not null);
        create table children (parent_id integer not null references parents, other integer references parents);
        create table toys (owner integer not null references children (rowid2), id integer primary key);
        create table pets (keeper integer not null references kids, id integer primary key);
        create table kids (id integer primary key, parent integer not null references parents);
        insert into parents values (1, 'a'), (2, x'ff'), (3, 'c');
        insert into children values (1, 9), (9, 1), (8, null), (3, 3);
        insert into kids values (1, 1), (2, 9);
        insert into pets values (1, 1), (2, 2);
    """)
    with pytest.warns(UserWarning) as caught:
        store = Store.from_sqlite(path)
    (told,) = caught
    assert told.filename == __file__
    message = str(told.message)
    for part in (
        "1 of Parent (name is no str)",
        "2 of Child (parent leads nowhere)",
        "1 of Child (other leads nowhere: None now)",
        "1 of Kid (parent leads nowhere)",
        "1 of Pet (keeper leads nowhere)",
        "5 rows left out",
    ):
        assert part in message, message
    of = store.models()
    assert of["Child"].all().values("parent.name") == ["a", "c"]
    assert of["Child"].all().values("other.name") == [None, "c"]
    assert of["Pet"].all().ids.tolist() == [1]
    assert fields(store, "Toy") == {"owner": "int"}
    store.check()


def test_a_key_that_is_no_id_is_a_unique_field(made):
    store = Store.from_sqlite(
        made("""
        create table negative (n integer primary key, v text);
        create table part (code text primary key collate nocase, made_of text references part (code));
        create table link (a text references part (code), b text references part (code), unique (a, b));
        insert into negative values (-1, 'x'), (0, 'y');
        insert into part values ('A', null), ('b', 'a');
        insert into link values ('a', 'B'), (null, 'A');
        """)
    )
    of = store.models()
    assert of["Negative"].all().values("n") == [-1, 0] and of["Negative"].all().ids.tolist() == [1, 2]
    assert of["Part"].find(code="b").made_of.code == "A"
    assert of["Part"].find(code="A").links_by_a == [of["Link"].find(1)]
    assert of["Part"].find(code="A").bs.values("code") == ["b"]
    store.check()


def test_a_key_that_some_rows_lack_or_that_leads_back_is_no_key(made):
    store = Store.from_sqlite(
        made("""
        create table lacking (code text primary key, v int);
        create table mixed (code primary key, v int);
        create table chick (egg text primary key references egg (chick));
        create table egg (chick text primary key references chick (egg));
        create table nest (egg text primary key references egg (chick), v text);
        create table tower (base text primary key references tower (base), v text);
        create table number (n integer primary key, v text);
        insert into lacking values ('a', 1), (null, 2), (null, 3);
        insert into mixed values ('a', 1), (2, 2);
        insert into chick values ('x');
        insert into egg values ('x');
        insert into nest values ('x', 'y');
        insert into tower values ('t', 'z');
        insert into number values (-1, 'x'), (5, 'y');
        """)
    )
    of = store.models()
    keys = {name: described(store, name)["key"] for name in of}
    assert keys == {key: [] for key in of} | {"Nest": ["egg"], "Number": ["n"]}
    assert of["Number"].find(-1).v == "x" and of["Number"].find(id=2).n == 5
    assert of["Nest"].find(of["Egg"].all()[0]).v == "y"
    assert len(of["Lacking"].all()) == 3
    store.check()


def test_large_ids_are_ids(made):
    last = 2**63 - 1
    store = Store.from_sqlite(
        made(f"""
        create table tweets (id integer primary key, text text);
        create table replies (id integer primary key, tweet_id integer references tweets);
        insert into tweets values (1, 'a'), ({2**60 + 5}, 'b'), ({last}, 'c');
        insert into replies values (7, {last}), (8, {2**60 + 5});
        """)
    )
    assert store.models()["Tweet"].all().ids.tolist() == [1, 2**60 + 5, last]
    assert store.models()["Reply"].all().values("tweet.text") == ["c", "b"]
    store.check()


def test_names_that_python_or_records_have_already(made):
    store = Store.from_sqlite(
        made("""
        create table "class" ("all" int, "class" int, "Class_" int, "from" int, "1st" int, "ü" int, "--" int, "id" text);
        create table many (model int);
        create table models (many int references "class" (rowid));
        insert into "class" values (1, 2, 3, 4, 5, 6, 7, 'x');
        """)
    )
    assert list(store.models()) == ["Class", "Many_", "Model_"]
    assert list(fields(store, "Class")) == ["all_", "class_", "class_2", "from_", "x1st", "ü", "x", "id_"]
    assert store.models()["Class"].find(1).id_ == "x"
    space = {"__name__": "names"}
    exec(store.schema.to_python(), space)  # noqa: S102


def test_tables_without_columns_rows_or_a_key(made):
    store = Store.from_sqlite(
        made("""
        create table only (id integer primary key);
        create table empty (a text not null, b integer references only);
        create table bare (x, y);
        insert into only values (3);
        insert into bare values (1, 2), (1, 2);
        delete from bare where rowid = 1;
        """)
    )
    of = store.models()
    assert of["Only"].all().ids.tolist() == [3] and of["Bare"].all().ids.tolist() == [2]
    assert of["Empty"].all() == []
    assert of["Empty"]("a", of["Only"].find(3)).b.id == 3
    assert Store.from_sqlite(made("drop table only; drop table empty; drop table bare")).models() == {}


def test_a_file_of_a_store_and_what_is_no_file_are_refused(tmp_path):
    with Store(tmp_path / "mine.db"):
        User("a")
    with pytest.raises(SchemaError, match="is a store's file"):
        Store.from_sqlite(tmp_path / "mine.db")
    (tmp_path / "text").write_text("no database" * 20)
    with pytest.raises(CorruptStoreError, match="no SQLite file"):
        Store.from_sqlite(tmp_path / "text")
    with pytest.raises(FileNotFoundError):
        Store.from_sqlite(tmp_path / "missing.db")
    assert not (tmp_path / "missing.db").exists()
    with pytest.raises(OSError):
        Store.from_sqlite(tmp_path)


def test_the_file_stays_as_it_is(made):
    path = made(NORTHWIND + "pragma journal_mode = wal;")
    before, around = digest(path), beside(path)
    os.chmod(path, 0o444)
    Store.from_sqlite(path)
    assert (digest(path), beside(path)) == (before, around)


def test_it_is_nobodys_default(made, store):
    Store.from_sqlite(made(NORTHWIND))
    kept = Store.from_sqlite(made("select 1"))
    with Store() as inner:
        assert User("x") in inner
    assert Store.current() is store
    assert kept.path is None


def test_two_files_of_the_same_names_have_two_classes(made):
    path = made(NORTHWIND)
    one, two = Store.from_sqlite(path), Store.from_sqlite(path)
    first, second = one.models()["Order"], two.models()["Order"]
    assert first is not second
    first.find(10249).order_details.delete_all()
    assert first.find(10249).order_details == []
    assert len(second.find(10249).order_details) == 1
