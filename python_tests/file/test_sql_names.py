"""Names that SQL has trouble with work, or are refused."""

import pytest
from hasmany import Like, Model, Store, User, belongs_to, field

from .files import assert_sound


class Order(Model, table="order"):
    """Words of SQL."""

    select: int
    group: str = field(unique=True)
    values_: bytes = b""
    index: "Order | None" = None


class Quoted(Model, table='it\'s "quoted" [here] `too`; -- no comment'):
    name: str
    parent: "Quoted | None" = belongs_to(on_delete="cascade", default=None)


class Größe(Model):
    breite_in_mm: int = field(unique=True)
    nächste: "Größe | None" = belongs_to(on_delete="nullify", default=None)


def test_words_of_sql_and_quotes_are_names_like_others(path):
    for number in (1, 2):
        with Store(path) as store:
            order = Order(number, f"group {number}", b"x", Order.find_by(select=number - 1))
            quoted = Quoted("a", Quoted.find_by(id=number - 1) if number > 1 else None)
            size = Größe(number, Größe.find_by(breite_in_mm=number - 1))
            order.select, quoted.name = number, "b"
            assert size.id == number
            store.check()
    with Store(path):
        assert Order.all().values("index") == [None, Order.find(1)]
        assert Quoted.all().values("parent") == [None, Quoted.find(1)]
        assert Größe.all().values("nächste") == [None, Größe.find(1)]
        assert Quoted.find(1).delete() == {"Quoted": 2}
    assert_sound(path)


class Sub(Model, table="a_b"):
    name: str = field(unique=True)
    c: User
    d: User | None = None


class Top(Model, table="a"):
    b_name: str = field(unique=True)
    b_c: User
    b_d_id: User | None = None


class IndexName(Model, table="likes_tweet_id"):
    name: str


def test_names_of_indexes_do_not_collide(path):
    with Store(path) as store:
        alice = User("alice")
        Sub("x", alice)
        Top("x", alice)
        alice.like_tweet(alice.post_tweet("hi"))
        IndexName("x")
        store.check()
    with Store(path):
        assert [len(model.all()) for model in (Sub, Top, Like, IndexName)] == [1, 1, 1, 1]
    assert_sound(path)


class RowId(Model):
    rowid: int
    oid: str
    _rowid_: int = 0


class Shadow(Model):
    """A reference and a field that would have one column."""

    user: User
    user_id: int


class Cases(Model):
    """Two fields that are one to SQL."""

    name: str
    Name: str


class Reserved(Model, table="sqlite_things"):
    name: str


class Taken(Model, table="hasmany_models"):
    name: str


class Empty(Model):
    """No fields."""


@pytest.mark.parametrize(
    ("model", "make"),
    [
        (RowId, lambda: RowId(7, "x")),
        (Shadow, lambda: Shadow(User("alice"), 7)),
        (Cases, lambda: Cases("x", "y")),
        (Reserved, lambda: Reserved("x")),
        (Taken, lambda: Taken("x")),
        (Empty, lambda: Empty()),
    ],
)
def test_names_that_sql_has_no_place_for_work_or_are_refused(path, model, make):
    """Refused by a SchemaError at the first use, with nothing written; never with an error of SQLite's."""
    with Store(path) as store:
        User("first")
        try:
            made = repr(make())
        except TypeError as error:
            assert type(error).__name__ == "SchemaError"
            made = ""
        User("last")
        store.check()
    with Store(path):
        assert User.all().values("username")[-1] == "last"
        if made:
            assert repr(model.find(1)) == made
    assert_sound(path)
