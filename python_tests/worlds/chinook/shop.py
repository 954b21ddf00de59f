"""Artists and genres through songs."""

from hasmany import Many, Model, has_many

from ...places import SHARED

FILE = SHARED / "data/chinook/Chinook_Sqlite.sqlite"

TRACKS = """
    SELECT Track.Name, Album.ArtistId, Track.GenreId FROM Track JOIN Album USING (AlbumId) ORDER BY TrackId
"""


class Artist(Model):
    name: str
    songs: Many["Song"] = has_many()
    genres: Many["Genre"] = has_many(through="songs")


class Genre(Model):
    name: str
    songs: Many["Song"] = has_many()
    artists: Many["Artist"] = has_many(through="songs")


class Song(Model):
    """No unique pair: an artist has a genre as often as songs of it."""

    title: str
    artist: Artist
    genre: Genre
