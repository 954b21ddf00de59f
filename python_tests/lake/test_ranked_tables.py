"""Rankings of somebody else's tables: keys that are text, ids that are no ids of a store, pairs that repeat."""

import pyarrow as pa
import pytest
from hasmany import Many, Model, SchemaError, Store, has_many
from hasmany.lake import Lake
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .test_rankings import WAYS, rows, same

ibis = pytest.importorskip("ibis")


class Reader(Model, key="handle"):
    handle: str
    loans: Many["Loan"] = has_many()
    books: Many["Book"] = has_many(through="loans")


class Book(Model, key="title"):
    title: str
    pages: int
    loans: Many["Loan"] = has_many()
    readers: Many[Reader] = has_many(through="loans")


class Loan(Model):
    reader: Reader | None
    book: Book


class Guest(Model):
    name: str
    stays: Many["Stay"] = has_many()
    inns: Many["Inn"] = has_many(through="stays")


class Inn(Model):
    name: str
    stays: Many["Stay"] = has_many()
    guests: Many[Guest] = has_many(through="stays")


class Stay(Model):
    guest: Guest
    inn: Inn


HANDLES = sorted(["Zoë", "ann", "bea", "cät", "dan", "eve", "Äne", "日本"])
TITLES = [f"Book {at:02}" for at in range(12)]
loans = st.lists(st.tuples(st.none() | st.sampled_from(HANDLES), st.sampled_from(TITLES)), min_size=1, max_size=60)


def library(loans: list[tuple[str | None, str]]) -> Lake:
    readers, books = zip(*loans, strict=True)
    return Lake(
        tables={
            Reader: ibis.memtable(pa.table({"handle": HANDLES[::-1]})),
            Book: ibis.memtable(pa.table({"title": TITLES, "pages": range(12)})),
            Loan: ibis.memtable(
                pa.table({"id": range(len(loans)), "reader": pa.array(readers, "string"), "book_id": books})
            ),
        },
    )


def fill(loans: list[tuple[str | None, str]]) -> None:
    """The same in the current store, in the order of keys."""
    Reader.insert_all(handle=HANDLES)
    Book.insert_all(title=TITLES, pages=range(12))
    readers, books = zip(*loans, strict=True)
    Loan.insert_all(reader=readers, book=books)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(loans, st.sampled_from(["cosine", "jaccard", "overlap", "count"]), st.sampled_from(["auto", (0.8, 0.2)]))
def test_text_keys(loans, measure, damping):
    with Store():
        fill(loans)
        lake = library(loans)
        for way in WAYS:
            for found, memory in (
                (
                    lake[Reader].similar("books", 4, measure=measure, way=way),
                    Reader.all().similar("books", 4, measure=measure),
                ),
                (
                    lake[Book].recommend("readers", damping=damping, way=way),
                    Book.all().recommend("readers", damping=damping),
                ),
            ):
                # What goes out are keys.
                wanted = memory.select("owner", "rank", "member", "score")
                same(found, wanted)
                assert found.table().columns == ("owner", "rank", "member", "score")


def test_what_is_asked_of_text_keys():
    lake = library([("ann", TITLES[0]), ("ann", TITLES[0]), ("bea", TITLES[0]), ("bea", TITLES[1]), (None, TITLES[1])])
    for way in [None, *WAYS]:
        found = lake[Reader].recommend("books", way=way, within=lake[Book].where(pages=1))
        assert [row[:3] for row in rows(found)] == [("ann", 1, "Book 01")]
        assert pa.table(found).schema.types[0] == pa.string()
        assert found.select("owner.handle", "pages", "member", "rank").to_dicts() == [
            {"owner.handle": "ann", "pages": 1, "member": "Book 01", "rank": 1}
        ]
        assert found.cost().links == 3
        with pytest.raises(SchemaError, match="no id in this lake"):
            found.select("owner.id").table()


@pytest.mark.parametrize("way", WAYS)
def test_ids_that_begin_below_one(way):
    guests, inns, stays = [-5, 0, 7], [0, 10**15], [(-5, 0), (0, 0), (0, 10**15), (7, 10**15), (7, 10**15)]
    lake = Lake(
        tables={
            Guest: ibis.memtable({"id": guests, "name": ["a", "b", "c"]}),
            Inn: ibis.memtable({"id": inns, "name": ["x", "y"]}),
            Stay: ibis.memtable({"id": range(5), "guest": [one for one, _ in stays], "inn": [one for _, one in stays]}),
        }
    )
    found = lake[Guest].similar("inns", measure="count", way=way)
    assert rows(found) == [(-5, 1, 0, 1.0), (0, 1, -5, 1.0), (0, 2, 7, 1.0), (7, 1, 0, 1.0)]
    assert [row[:3] for row in rows(lake[Guest].recommend("inns", way=way))] == [(-5, 1, 10**15), (7, 1, 0)]
    assert found.select("owner.name", "name").to_dicts()[0] == {"owner.name": "a", "name": "b"}
    assert rows(lake[Guest].where(id=-5).similar("inns", measure="count", way=way)) == [(-5, 1, 0, 1.0)]
