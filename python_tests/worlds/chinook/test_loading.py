"""Tables as SQL joins them, loaded in one call each: managers among employees, albums and artists behind tracks."""

import sqlite3

from hasmany import Model, Store

from ...insert.trees import rows_of
from ...places import needs
from .shop import FILE

pytestmark = needs(FILE, "the Chinook database")


class Employee(Model, key="email"):
    email: str
    name: str
    manager: "Employee | None" = None


class Artist(Model, key="name"):
    name: str


class Album(Model, key=("artist", "title")):
    artist: Artist
    title: str


class Track(Model):
    name: str
    album: Album


def columns(sql: sqlite3.Connection, query: str, *names: str) -> dict[str, list]:
    return dict(zip(names, map(list, zip(*sql.execute(query), strict=True)), strict=True))


def test_managers_are_employees_of_the_same_input(sql: sqlite3.Connection) -> None:
    query = """select e.Email, e.FirstName, m.Email from Employee e left join Employee m on m.EmployeeId = e.ReportsTo
        order by e.EmployeeId desc"""
    with Store():
        made = Employee.insert_all(columns(sql, query, "email", "name", "manager"))
        assert Employee.find("andrew@chinookcorp.com").manager is None
        assert rows_of(made, "name", "manager.name") == [
            ("Laura", "Michael"),
            ("Robert", "Michael"),
            ("Michael", "Andrew"),
            ("Steve", "Nancy"),
            ("Margaret", "Nancy"),
            ("Jane", "Nancy"),
            ("Nancy", "Andrew"),
            ("Andrew", None),
        ]
    query = "select EmployeeId, Email, FirstName, ReportsTo from Employee order by EmployeeId desc"
    with Store():
        made = Employee.insert_all(columns(sql, query, "id", "email", "name", "manager.id"))
        assert made.values("manager.name")[:3] == ["Michael", "Michael", "Andrew"]


def test_tracks_bring_their_albums_and_these_their_artists(sql: sqlite3.Connection) -> None:
    query = """select t.Name, a.Title, r.Name from Track t join Album a using (AlbumId) join Artist r using (ArtistId)
        order by t.TrackId"""
    given = columns(sql, query, "name", "album.title", "album.artist.name")
    with Store():
        made = Track.insert_all(given, create_missing=True)
        assert rows_of(made, "album.title", "album.artist.name") == list(
            zip(given["album.title"], given["album.artist.name"], strict=True)
        )
        albums = list(dict.fromkeys(zip(given["album.artist.name"], given["album.title"], strict=True)))
        assert rows_of(Album.all(), "artist.name", "title") == albums
        assert len(made) == 3503 and len(albums) == 347
