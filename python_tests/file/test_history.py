"""Names and types change with the program; files from before, and programs from before, are told apart."""

import warnings

import pytest
from hasmany import DuplicateError, SchemaError, Store, User

from .files import assert_sound, digest, raw, rows, tables

PRODUCT = """
    class Product(Model):
        name: str = field(unique=True)
        price: int = 1
        owner: User | None = belongs_to(on_delete="nullify", default=None)
"""
ITEM = """
    class Item(Model, was="Product"):
        name: str = field(unique=True)
        price: int = 1
        owner: User | None = belongs_to(on_delete="nullify", default=None)
"""
COST = PRODUCT.replace("price: int = 1", 'cost: int = field(default=1, was="price")')
LINE = """
    class Line(Model):
        product: Product
        number: int = 1
"""


@pytest.fixture
def products(path, declare):
    """Two products, the first of alice's, and a line of it."""
    with Store(path):
        module = declare(PRODUCT + LINE)
        first = module.Product("tea", 3, User("alice"))
        module.Product("jam", 4)
        module.Line(first)
    return path


@pytest.fixture(autouse=True)
def no_warning():
    """Where a test does not say so, nothing is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# ── fields ────────────────────────────────────────────────────────────────────────────────────────


def test_a_renamed_field_takes_over_what_an_older_file_calls_otherwise(products, declare):
    for _ in range(2):
        with Store(products) as store:
            product = declare(COST).Product
            assert product.all().values("cost") == [3, 4]
            store.check()
    assert rows(products, "select name, cost, owner_id from products") == [("tea", 3, 1), ("jam", 4, None)]
    with Store(products) as store:
        assert declare(COST.replace(', was="price"', "")).Product.find(name="jam").cost == 4
        assert store.stats().changed_elsewhere is False
    assert_sound(products)


def test_any_of_several_former_names_counts(products, declare):
    both = COST.replace('"price"', '("worth", "price")')
    with Store(products):
        assert declare(both).Product.all().values("cost") == [3, 4]


def test_a_former_name_counts_only_while_the_file_lacks_the_new_one(products, declare):
    with Store(products):
        declare(PRODUCT + "        cost: int = 7\n").Product.all()
    with Store(products), pytest.warns(UserWarning, match=r"price \(int, in 2 rows\)"):
        assert declare(COST).Product.all().values("cost") == [7, 7]


def test_a_renamed_reference_goes_on(products, declare):
    renamed = PRODUCT.replace("owner: User | None = belongs_to(", 'keeper: User | None = belongs_to(was="owner", ')
    with Store(products) as store:
        product = declare(renamed).Product
        assert product.find(name="tea").keeper == User.find(1)
        store.check()
        User.find(1).delete()
        assert product.all().values("keeper") == [None, None]
    assert [name for _, name, *_ in rows(products, "pragma table_info(products)")] == [
        "id",
        "name",
        "price",
        "keeper_id",
    ]
    assert_sound(products)


def test_a_reference_may_say_its_former_name_with_field(products, declare):
    renamed = PRODUCT.replace(
        'owner: User | None = belongs_to(on_delete="nullify", default=None)',
        'keeper: User | None = field(default=None, was="owner")',
    )
    with Store(products):
        assert declare(renamed).Product.all().values("keeper.username") == ["alice", None]


def test_a_key_keeps_its_renamed_field(path, declare):
    visit = "class Visit(Model, unique=('user', 'day')):\n    user: User\n    day: int\n"
    with Store(path):
        declare(visit).Visit(User("alice"), 1)
    renamed = "class Visit(Model, unique=('guest', 'on')):\n    guest: User = belongs_to(was='user')\n    on: int = field(was='day')\n"
    with Store(path) as store:
        visits = declare(renamed).Visit
        with pytest.raises(DuplicateError):
            visits(User.find(1), 1)
        store.check()
    assert_sound(path)


def test_a_field_with_a_factory_keeps_its_values_under_a_new_name(path, declare):
    with Store(path):
        declare("class Thing(Model):\n    number: int = field(default_factory=lambda: 5)\n").Thing()
    with Store(path):
        thing = declare(
            "class Thing(Model):\n    code: int = field(default_factory=lambda: 1 / 0, was='number')\n"
        ).Thing
        assert thing.find(1).code == 5


def test_what_others_made_follows_a_renaming(products, declare):
    with raw(products) as connection:
        connection.execute("create view dear as select name, price from products where price > 3")
        connection.execute("create index by_price on products (price)")
        connection.execute("create table log (what)")
        connection.execute("create trigger told after insert on products begin insert into log values (new.price); end")
    with Store(products):
        item = declare(ITEM.replace("price: int = 1", 'cost: int = field(default=1, was="price")')).Item
        item("new", 9)
    assert rows(products, "select * from dear") == [("jam", 4), ("new", 9)]
    assert rows(products, "select * from log") == [(9,)]
    assert [name for _, _, name in rows(products, "pragma index_info(by_price)")] == ["cost"]
    assert_sound(products)


def test_redefining_a_class_takes_a_former_name(store, declare):
    module = declare(PRODUCT)
    module.Product("tea", 3)
    exec(  # noqa: S102
        "class Product(Model):\n    name: str = field(unique=True)\n    cost: float = field(default=1.0, was='price')\n    owner: User | None = None",
        module.__dict__,
    )
    assert module.Product.all().values("cost") == [3.0]
    store.check()


@pytest.mark.parametrize("given", ["1", "''", "('a', 2)", "['']"])
def test_former_names_are_names(declare, given):
    for source in (
        f"class A(Model, was={given}):\n    n: int\n",
        f"class A(Model):\n    n: int = field(was={given})\n",
    ):
        with pytest.raises(SchemaError, match="was is a name or a tuple of names"):
            declare(source)
    with pytest.raises(SchemaError, match="was= belongs to its models"):
        declare("class A(Model, abstract=True, was='B'):\n    n: int\n")


def test_two_fields_do_not_take_up_one(products, declare):
    before = digest(products)
    twice = PRODUCT + '        cost: int = field(default=1, was="price")\n'
    with Store(products), pytest.raises(SchemaError, match="both take up what is there as price"):
        declare(twice).Product.all()
    with Store(products), pytest.raises(SchemaError, match="both name and price"):
        declare("class Product(Model):\n    label: str = field(was=('name', 'price'))\n").Product.all()
    assert digest(products) == before


def test_a_renamed_field_of_another_type_is_a_schema_error(products, declare):
    before = digest(products)
    with Store(products), pytest.raises(SchemaError, match=r"cost does not fit.*they hold int"):
        declare(COST.replace("cost: int = field(default=1", "cost: str = field(default=''")).Product.all()
    assert digest(products) == before


# ── classes ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("was", ["Product", "products", ("Ware", "Product")])
def test_a_renamed_class_takes_over_the_table_of_the_old_one(products, declare, was):
    source = ITEM.replace('"Product"', repr(was))
    line = LINE.replace("product: Product", 'item: Item = belongs_to(was="product")')
    for _ in range(2):
        with Store(products) as store:
            module = declare(source + line)
            assert module.Line.find(1).item.name == "tea"
            assert module.Item.all().values("price") == [3, 4]
            store.check()
    assert "products" not in tables(products)
    assert rows(products, "select * from lines") == [(1, 1, 1)]
    assert {to for _, _, to, *_ in rows(products, "pragma foreign_key_list(lines)")} == {"items"}
    with Store(products) as store:
        assert store.stats().changed_elsewhere is False
        assert module.Item("third").id == 3
    assert_sound(products)


def test_a_class_renamed_while_tables_that_refer_to_it_have_no_class(products, declare):
    with Store(products) as store:
        item = declare(ITEM).Item
        assert item.find(1).price == 3
        store.check()
    with Store(products):
        line = declare(ITEM + LINE.replace("product: Product", "product: Item")).Line
        assert line.find(1).product.name == "tea"
    assert_sound(products)


def test_a_class_may_keep_its_table_under_a_new_name(products, declare):
    with Store(products):
        item = declare(ITEM.replace('was="Product"', 'table="products", was="Product"')).Item
        assert item.all().values("price") == [3, 4]
    assert "products" in tables(products)


def test_a_renamed_class_says_what_a_delete_does_before_it_was_used(products, declare):
    source = PRODUCT + LINE.replace("class Line(Model)", 'class Row(Model, was="Line")').replace(
        "product: Product", 'product: Product = belongs_to(on_delete="cascade")'
    )
    with Store(products):
        module = declare(source)
        assert module.Product.find(1).delete() == {"Product": 1, "Row": 1}
    assert tables(products)["rows"] == []


def test_a_former_class_that_could_be_two_is_a_schema_error(path, declare):
    with Store(path):
        declare("class Product(Model, table='wares'):\n    n: int\n").Product(1)
        declare("class Ware(Model, table='Product'):\n    n: int\n").Ware(1)
    before = digest(path)
    with Store(path), pytest.raises(SchemaError, match="both have what it was called"):
        declare("class Item(Model, was='Product'):\n    n: int\n").Item.all()
    assert digest(path) == before


def test_a_former_class_that_the_program_still_has_is_a_schema_error(products, declare):
    both = PRODUCT + ITEM
    with Store(products):
        module = declare(both)
        assert len(module.Product.all()) == 2
        with pytest.raises(SchemaError, match="Item was Product"):
            module.Item.all()
    with Store(products), pytest.raises(SchemaError, match="both take over"):
        declare(both + "    class Pair(Model):\n        a: Product\n        b: Item\n").Pair.all()


# ── programs from before ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("read_only", [False, True])
def test_a_program_from_before_a_field_was_renamed_is_refused_and_changes_nothing(products, declare, read_only):
    with Store(products):
        declare(COST).Product.all()
    before = digest(products)
    with Store(products, read_only=read_only), pytest.raises(SchemaError, match=r"Product\.price is called cost"):
        declare(PRODUCT).Product.all()
    assert digest(products) == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_program_from_before_a_class_was_renamed_is_refused_and_changes_nothing(products, declare, read_only):
    with Store(products):
        declare(ITEM).Item.all()
    before = digest(products)
    with Store(products, read_only=read_only), pytest.raises(SchemaError, match="its table products is called items"):
        declare(PRODUCT).Product.all()
    assert digest(products) == before


def test_names_are_remembered_over_several_renamings(products, declare):
    worth = COST.replace("cost", "worth").replace('"price"', '"cost"')
    with Store(products):
        declare(COST).Product.all()
    with Store(products):
        assert declare(worth).Product.all().values("worth") == [3, 4]
    for old in (PRODUCT, COST):
        with Store(products), pytest.raises(SchemaError, match="is called worth"):
            declare(old).Product.all()
    assert set(rows(products, "select * from hasmany_was")) == {
        ("products", "worth", "cost"),
        ("products", "worth", "price"),
    }


def test_a_name_that_is_back_is_no_former_one(products, declare):
    with Store(products):
        declare(COST).Product.all()
    with Store(products):
        back = PRODUCT.replace("price: int = 1", 'price: int = field(default=1, was="cost")')
        assert declare(back).Product.all().values("price") == [3, 4]
    with Store(products):
        assert declare(PRODUCT).Product.all().values("price") == [3, 4]
    with Store(products), pytest.raises(SchemaError, match="cost is called price"):
        declare("class Product(Model):\n    name: str = field(unique=True)\n    cost: int = 1\n").Product.all()


def test_an_old_name_may_be_given_to_another_field_and_class(products, declare):
    with Store(products):
        declare(COST).Product.all()
    with Store(products):
        assert declare(COST + "        price: str = 'new'\n").Product.all().values("price") == ["new", "new"]
    with Store(products):
        item = declare(ITEM.replace("price: int = 1", "price: str = ''\n        cost: int = 0")).Item
        assert item.all().values("cost") == [3, 4]
        again = declare("class Product(Model):\n    what: str\n").Product
        again("x")
    assert rows(products, "select * from products") == [(1, "x")]


def test_a_field_that_was_renamed_and_taken_out_comes_back(products, declare):
    narrow = "class Product(Model):\n    name: str = field(unique=True)\n"
    with Store(products):
        declare(COST).Product.all()
    with Store(products), pytest.warns(UserWarning, match="rest in its table"):
        declare(narrow).Product("new")
    with Store(products):
        product = declare(COST).Product
        assert product.all().values("cost") == [3, 4, 1]
    with Store(products), pytest.raises(SchemaError, match="is called cost"):
        declare(PRODUCT).Product.all()


VALUES = {
    "int": (1, 2),
    "float": (1.5, -2.5),
    "bool": (True, False),
    "str": ("x", "ü"),
    "bytes": (b"\0x", b""),
    "date": ("date(2026, 3, 1)", "date(1, 1, 1)"),
    "datetime": ("datetime(2026, 3, 1, tzinfo=timezone.utc)", "datetime(1970, 1, 1, tzinfo=timezone.utc)"),
    "User": (None, None),
}


@pytest.mark.parametrize("of", VALUES)
@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("renamed", [False, True])
def test_a_field_of_every_type_vanishes_and_comes_back(path, declare, of, optional, renamed):
    """Under its name, or under another."""
    narrow = "class Thing(Model):\n    n: int\n"
    kind = f"{of} | None" if optional else of
    wide = f"{narrow}    kept: {kind}\n"
    with Store(path):
        module = declare(wide)
        given = (
            [User("a"), User("b")]
            if of == "User"
            else [eval(str(v), module.__dict__) if of.startswith("date") else v for v in VALUES[of]]
        )
        for number, value in enumerate(given):
            module.Thing(number, value)
        if optional:
            module.Thing(2, None)
    with Store(path), pytest.warns(UserWarning, match=r"in 2 rows"):
        declare(narrow).Thing.all()
    again = wide.replace("kept: ", "held: ").rstrip() + " = field(was='kept')\n" if renamed else wide
    with Store(path) as store:
        thing = declare(again).Thing
        held = [getattr(each, "held" if renamed else "kept") for each in thing.all()]
        expected = [None if each is None else each.username for each in held] if of == "User" else held
        assert expected[:2] == (["a", "b"] if of == "User" else given)
        assert held[2:] == ([None] if optional else [])
        store.check()
    assert_sound(path)


# ── int and float ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["float", "float | None"])
def test_int_widens_to_float_and_back_where_all_are_whole(products, declare, kind):
    wide = PRODUCT.replace("price: int", f"price: {kind}")
    with Store(products) as store:
        product = declare(wide).Product
        assert product.all().values("price") == [3.0, 4.0]
        assert all(type(price) is float for price in product.all().values("price"))
        product("new", 2.0)
        store.check()
    assert rows(products, "select price, typeof(price) from products") == [(3.0, "real"), (4.0, "real"), (2.0, "real")]
    with Store(products):  # the program from before
        assert declare(PRODUCT).Product.all().values("price") == [3, 4, 2]
    with Store(products):
        product = declare(wide).Product
        product.find(1).price = 2.5
    before = digest(products)
    with Store(products), pytest.raises(SchemaError, match=r"Product 1 holds 2\.5, which no int is exactly"):
        declare(PRODUCT).Product.all()
    assert digest(products) == before
    assert_sound(products)


def test_an_int_that_no_float_is_exactly_does_not_widen(path, declare):
    with Store(path):
        thing = declare("class Thing(Model):\n    n: int\n").Thing
        thing.insert_all(n=[2**53, -(2**53)])
    with Store(path):
        thing = declare("class Thing(Model):\n    n: float = field(was='x')\n").Thing
        assert thing.all().values("n") == [2.0**53, -(2.0**53)]
    with Store(path):
        declare("class Thing(Model):\n    n: int\n").Thing(2**53 + 1)
    with Store(path), pytest.raises(SchemaError, match="Thing 3 holds 9007199254740993, which no float is exactly"):
        declare("class Thing(Model):\n    n: float\n").Thing.all()


def test_int_widens_under_a_new_name_and_where_it_was_taken_out(products, declare):
    with Store(products), pytest.warns(UserWarning, match="price"):
        declare("class Product(Model):\n    name: str = field(unique=True)\n    owner: User | None = None\n").Product(
            "new"
        )
    cost = PRODUCT.replace("price: int = 1", 'cost: float = field(default=0.5, was="price")')
    with Store(products) as store:
        assert declare(cost).Product.all().values("cost") == [3.0, 4.0, 0.5]
        store.check()
    assert_sound(products)


# ── readers ───────────────────────────────────────────────────────────────────────────────────────


def test_a_reader_may_call_things_otherwise_than_the_file(products, declare):
    before = digest(products)
    source = ITEM.replace("price: int = 1", 'cost: float = field(default=1.0, was="price")')
    with Store(products, read_only=True) as reader:
        assert declare(source).Item.all().values("cost") == [3.0, 4.0]
        reader.check()
        assert reader.refresh() is False
        assert digest(products) == before
        with Store(products) as writer, writer:
            declare(PRODUCT).Product("new")
        with pytest.raises(SchemaError, match="open the file again"):
            reader.refresh()
    with Store(products, read_only=True):
        assert len(declare(source).Item.all()) == 3


# ── what rests in a file ──────────────────────────────────────────────────────────────────────────


def test_opening_says_once_which_values_the_class_does_not_have(products, declare):
    narrow = "class Product(Model):\n    name: str = field(unique=True)\n"
    for read_only, owner in ((True, "owner (User"), (False, "owner (User"), (False, "owner_id (int")):
        with Store(products, read_only=read_only):
            product = declare(narrow).Product
            with pytest.warns(UserWarning) as caught:
                product.all()
            (told,) = caught
            assert "price (int, in 2 rows)" in str(told.message)
            assert f"{owner}, in 1 row)" in str(told.message)
            assert "Product has no field for values that rest in its table 'products'" in str(told.message)
            assert "was=" in str(told.message)
            assert told.filename == __file__
            product.all(), product.find(1)


def test_a_column_without_values_is_not_told(path, declare):
    with Store(path):
        declare("class Thing(Model):\n    n: int\n    note: str | None = None\n").Thing(1)
    with Store(path):
        declare("class Thing(Model):\n    n: int\n").Thing(2)


def test_columns_of_others_are_not_told(products, declare):
    with raw(products) as connection:
        connection.execute("alter table products add column extra text default 'x'")
    with Store(products):
        declare(PRODUCT).Product.all()


def test_a_warning_that_is_an_error_leaves_the_class_bound(products, declare):
    with Store(products) as store:
        product = declare("class Product(Model):\n    name: str = field(unique=True)\n").Product
        with pytest.raises(UserWarning):
            product.all()
        assert product.all().values("name") == ["tea", "jam"]
        store.check()


# ── versions in between ───────────────────────────────────────────────────────────────────────────


def test_versions_of_a_program_open_each_others_files_as_far_as_rows_fit(path, declare):
    first = "class Note(Model):\n    text: str\n    stars: int = 0\n"
    second = "class Note(Model):\n    text: str\n    stars: float = 0.0\n    tag: str | None = None\n"
    third = "class Note(Model, unique=('text', 'tag')):\n    text: str\n    tag: str | None = None\n    by: User | None = None\n"
    versions = [first, second, third]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(12):
            with Store(path) as store:
                note = declare(versions[(number * 5 + number // 3) % 3]).Note
                note(f"t{number}")
                assert note.all().values("text") == [f"t{n}" for n in range(number + 1)]
                store.check()
            assert_sound(path)
