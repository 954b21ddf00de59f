"""Films, who rates them, and models that are named by other things than a text."""

from datetime import datetime
from decimal import Decimal

from hasmany import Many, Model, field, has_many, has_one


class Person(Model):
    email: str = field(unique=True)
    name: str
    ratings: Many["Rating"] = has_many()
    seen: Many["Film"] = has_many(through="ratings")
    card: "Card | None" = has_one()


class Film(Model):
    title: str
    year: int
    budget: int | None = None
    ratings: Many["Rating"] = has_many()
    fans: Many["Person"] = has_many(through="ratings", source="person")


class Rating(Model, unique=("person", "film")):
    person: Person
    film: Film
    stars: int
    at: datetime | None = None


class Card(Model):
    number: str
    person: Person = field(unique=True)


class Edition(Model, key=("title", "year")):
    title: str
    year: int


class Copy(Model):
    edition: Edition | None = None
    price: Decimal = field(default=Decimal("0.00"), scale=2)
    rating: Rating | None = None
