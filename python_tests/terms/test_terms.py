"""Declaring conditions and orders: values of every kind, mistakes, circles, what a schema says, pages, stores, threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import Any

import pytest
from hasmany import Json, Many, Model, SchemaError, Store, belongs_to, between, col, field, has_many

from .library import Book, Card, Film, Loan, Member, Reader, Rental

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Kind(Enum):
    NEW = "new"
    OLD = "old"


class Maker(Model, key="code"):
    code: str


class Shop(Model):
    name: str
    items: Many["Item"] = has_many(by="shop")
    of_enum: Many["Item"] = has_many(by="shop", where={"kind": Kind.NEW})
    of_decimal: Many["Item"] = has_many(by="shop", where={"price": Decimal("1.50")})
    of_date: Many["Item"] = has_many(by="shop", where={"at": NOON})
    of_json: Many["Item"] = has_many(by="shop", where={"tags": Json(["a"])})
    of_float: Many["Item"] = has_many(by="shop", where={"weight": 2})
    of_list: Many["Item"] = has_many(by="shop", where={"count": [1, None]})
    of_range: Many["Item"] = has_many(by="shop", where={"count": between(2, 4)})
    of_key: Many["Item"] = has_many(by="shop", where={"maker": "m"})
    of_keys: Many["Item"] = has_many(by="shop", where={"maker": ["m", "n"]})
    of_id: Many["Item"] = has_many(by="shop", where={"rival": 1})
    of_path: Many["Item"] = has_many(by="shop", where={"maker.code": "m", "rival": None})
    of_none: Many["Item"] = has_many(by="shop", where={"maker": None})
    big: Many["Item"] = has_many(by="shop", where=col("count") * col("count") > 10)
    ordered: Many["Item"] = has_many(by="shop", order_by=(col("kind").desc(), "count"))
    by_sum: Many["Item"] = has_many(by="shop", order_by=col("count") * 1000)


class Item(Model):
    shop: Shop
    kind: Kind | None = None
    price: Decimal | None = field(default=None, scale=2)
    at: datetime | None = None
    tags: Json = None
    weight: float | None = None
    count: int | None = None
    maker: Maker | None = None
    rival: Shop | None = belongs_to(default=None)
    twins: Many["Item"] = has_many(by="twin")
    twin: "Item | None" = None


@pytest.fixture
def shop(store) -> Shop:
    shop, maker, other = Shop("s"), Maker("m"), Maker("n")
    Item(shop, Kind.NEW, Decimal("1.50"), NOON, ["a"], 2.0, 1, maker)
    Item(shop, Kind.OLD, Decimal("1.51"), None, ["b"], 2.5, 3, other, shop)
    Item(shop, None, None, None, None, None, None, None)
    Item(shop, Kind.NEW, None, None, "a", None, 4, maker, shop)
    return shop


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("of_enum", [1, 4]),
        ("of_decimal", [1]),
        ("of_date", [1]),
        ("of_json", [1]),
        ("of_float", [1]),
        ("of_list", [1, 3]),
        ("of_range", [2]),
        ("of_key", [1, 4]),
        ("of_keys", [1, 2, 4]),
        ("of_id", [2, 4]),
        ("of_path", [1]),
        ("of_none", [3]),
        ("big", [4]),
        ("ordered", [2, 1, 4, 3]),
        ("by_sum", [1, 2, 4, 3]),
    ],
)
def test_values_of_every_kind(shop, name, ids):
    assert getattr(shop, name).ids.tolist() == ids
    assert Shop.all().values(col(name).count()) == [len(ids)]


def test_keys_are_looked_up_when_they_are_asked(store):
    shop, maker = Shop("s"), Maker("x")
    item = Item(shop, maker=maker)
    assert shop.of_key == []
    maker.code = "m"
    assert shop.of_key == [item]
    maker.code = "y"
    Item(shop, maker=Maker("m"))
    assert shop.of_key.ids.tolist() == [2]


def test_a_number_that_is_too_large_is_an_error(shop):
    Item(shop, count=2**62)
    for read in (
        lambda: list(shop.big),
        lambda: len(shop.big),
        lambda: list(shop.by_sum),
        lambda: Shop.all().values(col("big").count()),
        lambda: Shop.all().top(by="big"),
        lambda: Item.find(5) in shop.big,
    ):
        with pytest.raises(OverflowError, match="64 bits"):
            read()
    assert shop.of_range.ids.tolist() == [2]


def declared(**collections: Any) -> type[Any]:
    """A model with these collections of `Part`, and others over them."""

    class Box(Model):
        name: str
        parts: Many["Part"] = has_many()
        __annotations__.update({name: 'Many["Part"]' for name in collections})
        locals().update(collections)

    class Part(Model):
        box: Box
        size: int | None = None
        note: str | None = None

    return Box


@pytest.mark.parametrize(
    ("many", "message"),
    [
        (
            lambda: has_many(where={"sise": 1}),
            r"Box.x: Part has no field or collection 'sise' \(did you mean 'size'\?\)",
        ),
        (
            lambda: has_many(where={"box.nam": 1}),
            r"Box.x: .*'nam' \(step 2 of 2 of 'box.nam'\) \(did you mean 'name'\?\)",
        ),
        (lambda: has_many(where=col("size")), r"Box.x: .*no condition"),
        (lambda: has_many(where={"size": "a"}), r"Box.x: .*int and str do not compare"),
        (lambda: has_many(where={"box": "a"}), r"Box.x: .*do not compare"),
        (lambda: has_many(where=col("box.parts").count() > 1), None),
        (lambda: has_many(where=col("box.x").count() > 1), r"asked for by its own condition"),
        (lambda: has_many(order_by=col("box.x.size").sum()), r"asked for by its own condition or order"),
        (lambda: has_many(order_by="box.parts"), r"many values"),
        (lambda: has_many(order_by="nowhere"), r"Box.x: Part has no field"),
        (
            lambda: has_many(through="parts", source="box", where={"parts.sise": 1}),
            r"Box.x: .*'sise'.* begins with parts",
        ),
        (lambda: has_many(through="parts", source="box", order_by="parts.sise"), r"Box.x: .*did you mean 'size'"),
    ],
)
def test_mistakes_are_told_when_the_collection_is_first_used(store, many, message):
    box = declared(x=many())("b")
    if message is None:
        assert box.x == []
    else:
        for _ in range(2):
            with pytest.raises(SchemaError, match=message):
                _ = box.x
    assert box.parts == []


def test_circles_of_two_are_found(store):
    class Left(Model):
        rights: Many["Right"] = has_many(where=col("lefts").count() > 0)

    class Right(Model):
        left: Left
        lefts: Many["Pair"] = has_many(where=col("left.rights").count() > 0)

    class Pair(Model):
        right: Right
        left: Left

    with pytest.raises(SchemaError, match=r"asked for by its own condition"):
        _ = Left().rights


def test_conditions_in_conditions_have_an_end(store):
    names = [f"c{at}" for at in range(9)]
    conditions = {name: has_many(where=col(f"box.{below}").count() >= 0) for below, name in pairwise(names)}
    box = declared(c0=has_many(where={"size": None}), **conditions)("b")
    assert box.c3 == []
    with pytest.raises(SchemaError, match="more than 4 in each other"):
        _ = box.c4


@pytest.mark.parametrize(
    "given",
    [
        {"where": 3},
        {"where": "ended"},
        {"where": ["ended"]},
        {"where": {}},
        {"where": {3: 4}},
        {"where": {"a b": 4}},
        {"where": {"a": object()}},
        {"where": {"a": col("b")}},
        {"where": col("a").desc()},
        {"order_by": 3},
        {"order_by": ()},
        {"order_by": ""},
        {"order_by": "-a"},
        {"order_by": ("a", 3)},
        {"order_by": {"a"}},
        {"order_by": lambda row: row},
    ],
)
def test_what_says_nothing_is_refused_at_once(given):
    with pytest.raises((SchemaError, TypeError)):
        has_many(**given)


def test_a_class_is_of_no_store(store):
    member = Member("m")
    for where in ({"member": member}, {"member": Member.all()}, {"member": [member]}, col("member") == member):
        with pytest.raises(TypeError, match="of a store"):
            has_many(where=where)


def test_what_is_said_of_both_ends_of_several_is_refused(store):
    class Root(Model):
        name: str
        stems: Many["Stem"] = has_many()
        leaves: Many["Leaf"] = has_many(
            through="stems", source="leaves", where=(col("stems.name") == "a") | (col("name") == "b")
        )
        both: Many["Leaf"] = has_many(through="stems", source="leaves", order_by=("stems.name", "name"))
        fine: Many["Leaf"] = has_many(
            through="stems", source="leaves", where={"stems.name": "a", "name": "b"}, order_by=col("stems.name").desc()
        )

    class Stem(Model):
        name: str
        root: Root
        leaves: Many["Leaf"] = has_many(order_by="name")

    class Leaf(Model):
        name: str
        stem: Stem

    root = Root("r")
    one, two = Stem("a", root), Stem("b", root)
    leaves = [Leaf(name, stem) for stem in (one, two) for name in "cb"]
    with pytest.raises(SchemaError, match="write one condition for each"):
        _ = root.leaves
    with pytest.raises(SchemaError, match="not of both"):
        _ = root.both
    assert root.fine == [leaves[1]]
    # Each list in its order, one after the other.
    assert Root.all().values(col("stems.leaves.name").list()) == [["b", "c", "b", "c"]]
    assert root.stems.through("leaves").values("name") == ["b", "c", "b", "c"]


def test_pages_follow_the_order(store):
    member = Member("m")
    films = [Film(title) for title in "cabed"]
    for film in films:
        Loan(member, film)
    first = member.by_title.page(2)
    assert first.items.values("title") == ["e", "d"]
    Loan(member, Film("z"))
    second = member.by_title.page(2, first.next)
    assert second.items.values("title") == ["c", "b"]
    last = member.by_title.page(2, second.next)
    assert (last.items.values("title"), last.next) == (["a"], None)
    assert member.by_title.page(2, reverse=True).items.values("title") == ["a", "b"]
    films[0].loans.delete_all()
    assert member.by_title.page(9, first.next).items.values("title") == ["b", "a"]
    films[2].delete()  # the last one of the page
    assert member.by_title.page(2, second.next).items.values("title") == ["a"]
    films[1].title = "cc"
    assert member.by_title.page(9, first.next).items.values("title") == ["cc"]
    with pytest.raises(ValueError, match="another collection"):
        member.films.page(2, first.next)


def test_pages_of_what_meets_a_condition(store):
    reader = Reader("r")
    for at in range(6):
        Rental(reader, Book(f"b{at}"), None if at % 2 else at)
    first = reader.active_books.page(2)
    assert first.items.values("title") == ["b1", "b3"]
    reader.active_books.page(2, first.next)
    Rental.find(2).ended = 3
    assert reader.active_books.page(2, first.next).items.values("title") == ["b5"]


def test_windows_are_those_of_the_list(store):
    member, reader = Member("m"), Reader("r")
    for title in "cabed":
        Loan(member, Film(title))
    for at in range(200):
        Rental(reader, Book(f"b{at}"), None if at % 2 else at)
    for many in member.by_title, reader.active, reader.active_books:
        members = list(many)
        assert (many[0], many[-1], many[2:4], many[::-2]) == (members[0], members[-1], members[2:4], members[::-2])
        assert (next(iter(many)), next(reversed(many))) == (members[0], members[-1])
        assert set(many.sample(3)) <= set(members)
    walk = iter(reader.active)
    before = [next(walk), *reader.active[1:]]
    reader.active[50].ended = 3
    assert [before[0], *walk] == before


def test_pages_of_what_is_computed_of_them(store):
    member, reader = Member("m"), Reader("r")
    for title in "cabed":
        Loan(member, Film(title))
    for at in range(6):
        Rental(reader, Book(f"b{at}"), None if at % 2 else at)
    by_title = lambda: member.by_title.where(col("title") != "c")
    first = by_title().page(2)
    assert (first.items.values("title"), by_title().page(9, first.next).items.values("title")) == (
        ["e", "d"],
        ["b", "a"],
    )
    Loan(member, Film("z"))
    Loan(member, Film("aa"))
    assert by_title().page(9, first.next).items.values("title") == ["b", "aa", "a"]
    part = member.by_title[1:4]
    first = part.page(2)
    member.by_title[0].loans.delete_all()
    assert part.page(2, first.next).items == part[2:]
    with pytest.raises(ValueError, match="another collection"):
        member.by_title[1:4].page(2, first.next)
    active = lambda: reader.active_books.where(col("title") != "b9").order_by("title", reverse=True)
    first = active().page(1)
    Rental(reader, Book("b4.5"))
    assert (first.items.values("title"), active().page(9, first.next).items.values("title")) == (
        ["b5"],
        ["b4.5", "b3", "b1"],
    )
    with pytest.raises(ValueError, match="another collection"):
        reader.active.page(9, reader.rentals.page(1).next)


def test_a_schema_says_it(shop, store):
    described = {each["name"]: each for each in store.schema.describe()["models"][0]["collections"]}
    assert described["of_none"]["where"] == "{'maker': None}"
    assert described["big"]["where"] == 'col("count") * col("count") > 10'
    assert described["ordered"]["order_by"] == ['col("kind").desc()', 'col("count")']
    assert "ordered: many Item by col" in str(store.schema)
    text = store.schema.to_python()
    assert "where=col('count') * col('count') > 10" in text
    assert "# of_enum: " in text
    assert "order_by=(col('kind').desc(), col('count'))" in text


def test_what_was_written_is_declared_again(store, tmp_path):
    reader, book = Reader("r"), Book("b")
    Rental(reader, book, ended=1), Rental(reader, Book("c"), late=True)
    member = Member("m")
    Loan(member, Film("a"), stars=1), Loan(member, Film("b"), stars=5)
    Card(1, member)
    store.to_parquet(tmp_path / "folder")
    again = Store.from_parquet(tmp_path / "folder")
    classes: dict[str, Any] = again.models()
    assert classes["Reader"].all().values(col("active_books.title").list()) == [["c"]]
    assert classes["Reader"].all().values(col("old.title").list()) == [["b"]]
    assert classes["Member"].find(1).best_films.values("title") == ["b", "a"]
    assert classes["Member"].all().values("card.number") == [1]
    namespace: dict[str, Any] = {"__name__": "written"}
    exec(store.schema.to_python(), namespace)  # noqa: S102 - the text is ours
    with Store():
        reader = namespace["Reader"]("r")
        reader.late.add(namespace["Book"]("b"))
        assert reader.active_books.values("title") == ["b"]


def test_redefining_changes_the_condition(store):
    class Bin(Model):
        name: str
        full: Many["Thing"] = has_many(where={"size": 1})

    class Thing(Model):
        bin: Bin
        size: int = 0

    of = Bin("b")
    Thing(of, 1), Thing(of, 2)
    assert of.full.ids.tolist() == [1]

    class Bin(Model):  # type: ignore[no-redef]
        name: str
        full: Many["Thing"] = has_many(where={"size": 2}, order_by="size")

    assert of.full.ids.tolist() == [2]


def test_abstract_bases_bring_their_terms(store):
    class Counted(Model, abstract=True):
        many: Many["Part"] = has_many(by="whole", where={"size": 1})

    class Whole(Counted):
        name: str

    class Part(Model):
        whole: Whole
        size: int = 0

    whole = Whole("w")
    Part(whole, 1), Part(whole, 0)
    assert whole.many.ids.tolist() == [1]


def test_a_file_knows_nothing_of_it(tmp_path):
    for _ in range(2):
        with Store(tmp_path / "readers.db"):
            reader = Reader("r")
            reader.active_books.create("b")
            assert [len(one.active_books) for one in Reader.all()] == [1] * len(Reader.all())


def test_threads_read_while_others_write(store):
    reader = Reader("r")
    books = [Book(str(at)) for at in range(50)]

    def write(part: int) -> None:
        for book in books[part::2]:
            reader.active_books.add(book)
            if book.id % 3 == 0:
                book.rentals[0].update(ended=1)

    def read(_: int) -> bool:
        found = reader.active_books.values("title")
        return len(found) == len(set(found))

    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write, part) for part in range(2)]
        assert all(pool.map(read, range(100)))
        for writer in writers:
            writer.result()
    assert set(reader.active_books) == {book for book in books if book.id % 3}
    store.check()


class Place(Model, key=("row", "number")):
    row: str
    number: int


class Hall(Model):
    name: str
    taken: Many["Ticket"] = has_many(where=col("place") == ("a", 1))
    front: Many["Ticket"] = has_many(where={"place.row": "a", "place.number": 1})


class Ticket(Model):
    hall: Hall
    place: Place


def test_no_row_is_looked_up_for_a_class(store):
    hall, place = Hall("h"), Place("b", 1)
    ticket = Ticket(hall, place)
    with pytest.raises(SchemaError, match="compare the fields of Place"):
        _ = hall.taken
    assert hall.front == []
    place.row = "a"
    assert hall.front == [ticket]
