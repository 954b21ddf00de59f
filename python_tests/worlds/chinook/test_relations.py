"""Artists and genres through songs, on real rows, against the same questions asked in SQL."""

import sqlite3

import pytest

from ...places import needs
from .shop import FILE, TRACKS, Artist, Genre, Song

pytestmark = needs(FILE, "the Chinook database")

GENRES_OF_ARTIST = """
    SELECT Genre.Name FROM Track JOIN Album USING (AlbumId) JOIN Genre USING (GenreId)
    WHERE Album.ArtistId = ? GROUP BY GenreId ORDER BY min(TrackId)
"""
ARTISTS_OF_GENRE = """
    SELECT Artist.Name FROM Track JOIN Album USING (AlbumId) JOIN Artist USING (ArtistId)
    WHERE Track.GenreId = ? GROUP BY Artist.ArtistId ORDER BY min(TrackId)
"""
SONGS_OF_ARTIST = """
    SELECT Track.Name FROM Track JOIN Album USING (AlbumId) WHERE ArtistId = ? ORDER BY TrackId
"""


@pytest.fixture
def artists(sql: sqlite3.Connection) -> dict[int, Artist]:
    return {key: Artist(name) for key, name in sql.execute("SELECT ArtistId, Name FROM Artist ORDER BY ArtistId")}


@pytest.fixture
def genres(sql: sqlite3.Connection) -> dict[int, Genre]:
    return {key: Genre(name) for key, name in sql.execute("SELECT GenreId, Name FROM Genre ORDER BY GenreId")}


@pytest.fixture(autouse=True)
def songs(store, sql, artists, genres) -> list[Song]:
    return [Song(title, artists[artist], genres[genre]) for title, artist, genre in sql.execute(TRACKS)]


def asked(sql: sqlite3.Connection, question: str, *values: int) -> list[str]:
    return [name for (name,) in sql.execute(question, values)]


def test_every_row_is_there():
    assert (len(Artist.all()), len(Genre.all()), len(Song.all())) == (275, 25, 3503)


def test_the_genres_of_every_artist(sql, artists):
    for key, artist in artists.items():
        expected = asked(sql, GENRES_OF_ARTIST, key)
        assert artist.genres.values("name") == expected, artist
        assert len(artist.genres) == len(expected), artist


def test_the_artists_of_every_genre(sql, genres):
    for key, genre in genres.items():
        expected = asked(sql, ARTISTS_OF_GENRE, key)
        assert genre.artists.values("name") == expected, genre
        assert len(genre.artists) == len(expected), genre


def test_the_songs_of_every_artist(sql, artists):
    for key, artist in artists.items():
        assert artist.songs.values("title") == asked(sql, SONGS_OF_ARTIST, key), artist


def test_both_ends_agree_on_every_pair(artists, genres):
    for artist in artists.values():
        for genre in genres.values():
            assert (genre in artist.genres) == (artist in genre.artists)


def test_artists_without_albums_have_no_genres(sql, artists):
    without = asked(sql, "SELECT ArtistId FROM Artist WHERE ArtistId NOT IN (SELECT ArtistId FROM Album)")
    assert len(without) == 71
    assert all(artists[key].genres == [] for key in without)


def test_a_song_leads_to_its_artist_and_genre(songs):
    assert songs[0].title == "For Those About To Rock (We Salute You)"
    assert (songs[0].artist.name, songs[0].genre.name) == ("AC/DC", "Rock")


def test_a_moved_song_moves_its_artist_between_genres(artists, genres):
    accept = next(artist for artist in artists.values() if artist.name == "Accept")
    jazz = next(genre for genre in genres.values() if genre.name == "Jazz")
    assert accept.genres.values("name") == ["Rock"]
    accept.songs.update_all(genre=jazz)
    assert accept.genres == [jazz]
    assert accept in jazz.artists
    assert accept not in genres[1].artists
