"""Films, who rates them, and who follows whom: references that may be None, pairs with and without repeats, a nested through."""

from datetime import date, datetime
from decimal import Decimal

from hasmany import Many, Model, field, has_many


class Country(Model):
    name: str = field(unique=True)
    studios: Many["Studio"] = has_many()


class Studio(Model):
    name: str | None = None
    country: Country | None = None
    films: Many["Film"] = has_many()
    ratings: Many["Rating"] = has_many(through="films")


class Film(Model):
    title: str | None = None
    year: int | None = None
    price: Decimal | None = field(default=None, scale=2)
    studio: Studio | None = None
    ratings: Many["Rating"] = has_many()
    fans: Many["Person"] = has_many(through="ratings", source="person")


class Person(Model):
    name: str
    age: int | None = None
    height: float | None = None
    born: date | None = None
    ratings: Many["Rating"] = has_many()
    films: Many[Film] = has_many(through="ratings")
    follows: Many["Follow"] = has_many(by="who")
    following: Many["Person"] = has_many(through="follows", source="whom")
    suggested: Many[Film] = has_many(through="following", source="films")


class Rating(Model):
    person: Person
    film: Film | None = None
    stars: int | None = None
    weight: float | None = None
    at: datetime | None = None
    public: bool | None = None


class Follow(Model, unique=("who", "whom")):
    who: Person
    whom: Person
