"""Thirty questions of a music shop, asked in columns and in SQL: the answers are the same."""

import math
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hasmany import Expr, Many, Model, col, field, has_many

from ...places import needs
from .shop import FILE

pytestmark = needs(FILE, "the Chinook database")


class Artist(Model):
    name: str | None = None
    albums: Many["Album"] = has_many()
    tracks: Many["Track"] = has_many(through="albums")


class Album(Model):
    title: str
    artist: Artist
    tracks: Many["Track"] = has_many()


class Track(Model):
    name: str
    milliseconds: int
    price: Decimal = field(scale=2)
    album: Album | None = None
    composer: str | None = None
    entries: Many["Entry"] = has_many()
    lines: Many["Line"] = has_many()


class Playlist(Model):
    name: str
    entries: Many["Entry"] = has_many()
    tracks: Many[Track] = has_many(through="entries")


class Entry(Model, unique=("playlist", "track")):
    playlist: Playlist
    track: Track


class Employee(Model):
    name: str
    boss: "Employee | None" = None
    reports: Many["Employee"] = has_many()
    customers: Many["Customer"] = has_many()


class Customer(Model):
    name: str
    country: str
    state: str | None = None
    employee: Employee | None = None
    invoices: Many["Invoice"] = has_many()
    lines: Many["Line"] = has_many(through="invoices")


class Invoice(Model):
    customer: Customer
    at: datetime
    total: Decimal = field(scale=2)
    lines: Many["Line"] = has_many()


class Line(Model):
    invoice: Invoice
    track: Track
    price: Decimal = field(scale=2)
    quantity: int


TABLES: list[tuple[type[Model], str]] = [
    (Artist, "select ArtistId id, Name name from Artist"),
    (Album, "select AlbumId id, Title title, ArtistId artist from Album"),
    (Track, ("select TrackId id, Name name, Milliseconds milliseconds, cast(UnitPrice as text) price, AlbumId album, "
            "Composer composer from Track")),
    (Playlist, "select PlaylistId id, Name name from Playlist"),
    (Entry, "select PlaylistId playlist, TrackId track from PlaylistTrack"),
    (Employee, "select EmployeeId id, LastName name, ReportsTo boss from Employee"),
    (Customer, "select CustomerId id, LastName name, Country country, State state, SupportRepId employee from Customer"),
    (Invoice, "select InvoiceId id, CustomerId customer, InvoiceDate at, cast(Total as text) total from Invoice"),
    (Line, ("select InvoiceLineId id, InvoiceId invoice, TrackId track, cast(UnitPrice as text) price, Quantity quantity "
           "from InvoiceLine")),
]  # fmt: skip


@pytest.fixture(autouse=True)
def filled(store, sql: sqlite3.Connection) -> None:
    for model, select in TABLES:
        rows = sql.execute(f"{select} order by 1")
        names = [name for name, *_ in rows.description]
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        if model is Invoice:
            columns["at"] = [datetime.fromisoformat(at).replace(tzinfo=UTC) for at in columns["at"]]
        model.insert_all(columns)


ARTIST = "from Album join Track using (AlbumId) where ArtistId = Artist.ArtistId"
LINES = "from Invoice join InvoiceLine using (InvoiceId) where CustomerId = Customer.CustomerId"
SEEN = "from PlaylistTrack join Track using (TrackId) where PlaylistId = Playlist.PlaylistId"
SOLD = "from InvoiceLine where TrackId = Track.TrackId"

QUESTIONS: list[tuple[type[Model], Expr, str]] = [
    (Artist, col("albums").count(), "select count(*) from Album where ArtistId = Artist.ArtistId"),
    (Artist, col("tracks").count(), f"select count(*) {ARTIST}"),
    (Artist, col("tracks.milliseconds").mean(), f"select avg(Milliseconds) {ARTIST}"),
    (Artist, col("tracks.milliseconds").sum(), f"select coalesce(sum(Milliseconds), 0) {ARTIST}"),
    (Artist, col("tracks.composer").n_unique(), f"select count(distinct Composer) {ARTIST}"),
    (Artist, col("tracks.composer").count(), f"select count(Composer) {ARTIST}"),
    (Artist, col("tracks.composer").max(), f"select max(Composer) {ARTIST}"),
    (Artist, col("tracks.price").sum(), f"select coalesce(sum(UnitPrice), 0) {ARTIST}"),
    (Artist, col("tracks").any(col("milliseconds") > 600_000), f"select count(*) > 0 {ARTIST} and Milliseconds > 600000"),
    (Artist, col("tracks").all(col("composer").is_none()), f"select count(*) = 0 {ARTIST} and Composer is not null"),
    (Artist, col("albums.tracks").filter(col("name").contains("Love")).count(),
     f"select count(*) {ARTIST} and instr(Name, 'Love') > 0"),
    (Artist, col("name").lower().startswith("a"), "select lower(Name) like 'a%'"),
    (Artist, col("albums.title").first(), "select Title from Album where ArtistId = Artist.ArtistId order by AlbumId limit 1"),
    (Artist, col("tracks.name").last(), f"select Track.Name {ARTIST} order by AlbumId desc, TrackId desc limit 1"),
    (Track, col("lines.quantity").sum(), f"select coalesce(sum(Quantity), 0) {SOLD}"),
    (Track, col("entries").count() * col("lines").count(),
     f"select (select count(*) from PlaylistTrack where TrackId = Track.TrackId) * (select count(*) {SOLD})"),
    (Track, col("album.artist.name"), "select Artist.Name from Album join Artist using (ArtistId) where AlbumId = Track.AlbumId"),
    (Track, col("milliseconds") / 1000 > col("album.tracks.milliseconds").mean() / 1000,
     "select Milliseconds > (select avg(Milliseconds) from Track other where other.AlbumId = Track.AlbumId)"),
    (Track, col("composer").if_none("?"), "select coalesce(Composer, '?')"),
    (Track, (col("milliseconds") / 60_000).round(1), "select round(Milliseconds / 60000.0, 1)"),
    (Playlist, col("tracks").count(), f"select count(*) {SEEN}"),
    (Playlist, col("tracks.milliseconds").max(), f"select max(Milliseconds) {SEEN}"),
    (Playlist, col("tracks.album.artist").n_unique(),
     f"select count(distinct (select ArtistId from Album where AlbumId = Track.AlbumId)) {SEEN}"),
    (Customer, (col("lines.price") * col("lines.quantity")).sum(),
     f"select coalesce(sum(UnitPrice * Quantity), 0) {LINES}"),
    (Customer, col("invoices.total").sum(),
     "select coalesce(sum(Total), 0) from Invoice where CustomerId = Customer.CustomerId"),
    (Customer, col("invoices.total").filter(col("at").year() == 2010).sum(),
     "select coalesce(sum(Total), 0) from Invoice where CustomerId = Customer.CustomerId and strftime('%Y', InvoiceDate) = '2010'"),
    (Customer, col("lines.track.album").n_unique(),
     f"select count(distinct (select AlbumId from Track where TrackId = InvoiceLine.TrackId)) {LINES}"),
    (Customer, (col("country") == "USA") & (col("state") != None),
     "select Country = 'USA' and State is not null"),
    (Employee, col("reports").count(), "select count(*) from Employee other where ReportsTo = Employee.EmployeeId"),
    (Employee, col("customers.invoices.total").sum(),
     "select coalesce(sum(Total), 0) from Customer join Invoice using (CustomerId) where SupportRepId = Employee.EmployeeId"),
    (Employee, col("boss.boss.name"),
     ("select top.LastName from Employee boss join Employee top on boss.ReportsTo = top.EmployeeId "
     "where boss.EmployeeId = Employee.ReportsTo")),
    (Invoice, col("lines.track.milliseconds").min(),
     "select min(Milliseconds) from InvoiceLine join Track using (TrackId) where InvoiceId = Invoice.InvoiceId"),
]  # fmt: skip


def same(one: Any, two: Any) -> bool:
    if isinstance(one, bool):
        return one == bool(two)
    if isinstance(one, (float, Decimal)):
        return math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-9)
    return one == two


@pytest.mark.parametrize(("model", "expr", "question"), QUESTIONS, ids=[repr(expr) for _, expr, _ in QUESTIONS])
def test_a_question(sql: sqlite3.Connection, model, expr, question):
    table = model.__name__
    wanted = [value for (value,) in sql.execute(f"select ({question}) from {table} order by {table}Id")]
    got = [row["x"] for row in model.all().select(x=expr).to_dicts()]
    assert len(got) == len(wanted) > 0
    assert all(map(same, got, wanted)), next((pair for pair in zip(got, wanted, strict=True) if not same(*pair)), None)


def test_two_aggregates_over_two_relations_do_not_multiply(sql: sqlite3.Connection):
    found = Track.all().select(listed=col("entries").count(), sold=col("lines.quantity").sum())
    wanted = sql.execute(f"""
        select (select count(*) from PlaylistTrack where TrackId = Track.TrackId),
               (select coalesce(sum(Quantity), 0) {SOLD}) from Track order by TrackId
    """).fetchall()
    assert [(row["listed"], row["sold"]) for row in found.to_dicts()] == wanted
    assert max(listed * sold for listed, sold in wanted) > 5


def test_conditions_and_orders(sql: sqlite3.Connection):
    busy = Customer.where((col("invoices").count() >= 7) & (col("country").is_in(["USA", "Brazil"])))
    wanted = sql.execute("""
        select LastName from Customer where Country in ('USA', 'Brazil')
        and (select count(*) from Invoice where CustomerId = Customer.CustomerId) >= 7 order by CustomerId
    """).fetchall()
    assert [(name,) for name in busy.values("name")] == wanted
    ordered = Artist.all().order_by(col("tracks.milliseconds").sum().desc(), "name")[:20]
    wanted = sql.execute(f"""
        select Name from Artist order by (select sum(Milliseconds) {ARTIST}) desc, Name collate binary limit 20
    """).fetchall()
    assert [(name,) for name in ordered.values("name")] == wanted
