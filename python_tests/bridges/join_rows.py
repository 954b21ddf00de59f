"""Join rows: songs, of an artist and a genre; who follows whom."""

from datetime import UTC, datetime

from hasmany import Many, Model, belongs_to, has_many

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Artist(Model):
    name: str
    songs: Many["Song"] = has_many(by="artist")


class Genre(Model):
    name: str
    songs: Many["Song"] = has_many()


class Song(Model):
    """A join row whose second reference may be none, with a third reference that is another join row's."""

    artist: Artist
    genre: Genre | None = belongs_to(default=None)
    title: str = "untitled"
    plays: int = 0
    rating: float = 1.0
    live: bool = False


class Person(Model):
    name: str
    follows: Many["Follow"] = has_many(by="follower")


class Follow(Model, unique=("follower", "followed")):
    follower: Person
    followed: Person
    since: datetime | None = None
