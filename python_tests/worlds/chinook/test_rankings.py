"""Rankings on real rows, against the same questions asked in SQL: playlists of tracks, artists by genres."""

import sqlite3

import pytest
from hasmany import Many, Model, Store, has_many

from ...places import needs
from .shop import FILE, TRACKS, Artist, Genre, Song

pytestmark = needs(FILE, "the Chinook database")

MOST_LISTED = """
    SELECT TrackId, count(*) FROM PlaylistTrack GROUP BY TrackId ORDER BY count(*) DESC, TrackId LIMIT 30
"""
SHARED_TRACKS = """
    SELECT other.PlaylistId, count(*) FROM PlaylistTrack AS own JOIN PlaylistTrack AS other USING (TrackId)
    WHERE own.PlaylistId = ? AND other.PlaylistId <> own.PlaylistId GROUP BY 1 ORDER BY 2 DESC, 1
"""
SHARED_GENRES = """
    WITH Has AS (SELECT DISTINCT ArtistId, GenreId FROM Track JOIN Album USING (AlbumId))
    SELECT other.ArtistId, count(*) FROM Has AS own JOIN Has AS other USING (GenreId)
    WHERE own.ArtistId = ? AND other.ArtistId <> own.ArtistId GROUP BY 1 ORDER BY 2 DESC, 1
"""


class Playlist(Model):
    name: str
    entries: Many["Entry"] = has_many()
    tracks: Many["Track"] = has_many(through="entries")


class Track(Model):
    title: str
    entries: Many["Entry"] = has_many()
    playlists: Many["Playlist"] = has_many(through="entries")


class Entry(Model, unique=("playlist", "track"), table="entries"):
    playlist: Playlist
    track: Track


def numbered(model: type[Model], sql: sqlite3.Connection, table: str, column: str, field: str) -> None:
    """A row for each of the table's, with the same ids, which count on from 1 without a gap there."""
    rows = sql.execute(f"SELECT {table}Id, {column} FROM {table} ORDER BY 1").fetchall()
    assert [key for key, _ in rows] == list(range(1, len(rows) + 1))
    model.insert_all({field: [name for _, name in rows]})


@pytest.fixture
def playlists(store: Store, sql: sqlite3.Connection) -> None:
    numbered(Playlist, sql, "Playlist", "Name", "name")
    numbered(Track, sql, "Track", "Name", "title")
    entries = sql.execute("SELECT PlaylistId, TrackId FROM PlaylistTrack").fetchall()
    Entry.insert_all(playlist=[entry[0] for entry in entries], track=[entry[1] for entry in entries])


@pytest.fixture
def artists(store: Store, sql: sqlite3.Connection) -> None:
    numbered(Artist, sql, "Artist", "Name", "name")
    numbered(Genre, sql, "Genre", "Name", "name")
    titles, makers, kinds = zip(*sql.execute(TRACKS), strict=True)
    Song.insert_all(title=titles, artist=makers, genre=kinds)


def test_the_tracks_on_most_playlists(playlists, sql):
    found = [(track.id, count) for track, count in Track.all().top(30, by="playlists")]
    assert found == sql.execute(MOST_LISTED).fetchall()


def test_playlists_that_share_most_tracks(playlists, sql):
    for playlist in Playlist.all():
        found = [(other.id, shared) for other, shared in playlist.similar("tracks", 100, measure="count")]
        assert found == sql.execute(SHARED_TRACKS, [playlist.id]).fetchall()


def test_what_a_playlist_lacks_is_recommended_with_reasons(playlists):
    for playlist in Playlist.all():
        found = playlist.recommend("tracks", 25)
        assert found.records.isdisjoint(playlist.tracks)
        for track in found.records:
            assert found.why(track) <= playlist.tracks


def test_a_genre_counts_once_however_many_songs_of_it_there_are(artists, sql):
    for artist in Artist.all():
        found = [(other.id, shared) for other, shared in artist.similar("genres", 300, measure="count")]
        assert found == sql.execute(SHARED_GENRES, [artist.id]).fetchall()
