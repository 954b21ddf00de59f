"""A library: who has lent what, which loans are open, and one card a member."""

from hasmany import Many, Model, belongs_to, col, field, has_many, has_one


class Member(Model):
    name: str
    card: "Card | None" = has_one()
    loans: Many["Loan"] = has_many()
    open_loans: Many["Loan"] = has_many(where={"ended": None})
    best_loans: Many["Loan"] = has_many(order_by=(col("stars").desc(), "film.title"))
    films: Many["Film"] = has_many(through="loans")
    open_films: Many["Film"] = has_many(through="open_loans")
    rock: Many["Film"] = has_many(through="loans", source="film", where={"genre": "rock"})
    good: Many["Film"] = has_many(through="loans", source="film", where=col("loans.stars") >= 3)
    liked: Many["Film"] = has_many(through="loans", source="film", where={"loans.stars": [4, 5], "loans.ended": None})
    ranked: Many["Film"] = has_many(through="loans", source="film", order_by="loans.stars")
    by_title: Many["Film"] = has_many(through="loans", source="film", order_by=col("title").desc())
    best_films: Many["Film"] = has_many(through="best_loans", source="film")
    best_by_genre: Many["Film"] = has_many(through="best_loans", source="film", order_by="genre")
    fellows: Many["Member"] = has_many(through="open_films", source="members")
    close: Many["Member"] = has_many(through="open_films", source="open_members", where={"open_films.genre": "rock"})


class Film(Model):
    title: str | None = None
    genre: str | None = None
    loans: Many["Loan"] = has_many()
    members: Many[Member] = has_many(through="loans")
    open_members: Many[Member] = has_many(through="loans", source="member", where={"loans.ended": None})
    popular: Many["Loan"] = has_many(where=col("member.open_loans").count() >= 2)


class Loan(Model):
    member: Member = belongs_to(on_delete="cascade")
    film: Film | None = belongs_to(default=None, on_delete="nullify")
    ended: int | None = None
    stars: int | None = None


class Card(Model):
    number: int
    member: Member | None = field(default=None, unique=True)


class Reader(Model):
    """As `Member`, with at most one rental of a film."""

    name: str
    rentals: Many["Rental"] = has_many()
    active: Many["Rental"] = has_many(where={"ended": None})
    books: Many["Book"] = has_many(through="rentals")
    active_books: Many["Book"] = has_many(through="active", source="book")
    late: Many["Book"] = has_many(through="rentals", source="book", where={"rentals.late": True, "rentals.ended": None})
    late_novels: Many["Book"] = has_many(
        through="rentals", source="book", where={"kind": "novel", "rentals.late": True}
    )
    old: Many["Book"] = has_many(through="rentals", source="book", where=col("rentals.ended") < 2000)
    by_end: Many["Rental"] = has_many(where={"late": False}, order_by=("ended", col("book.title").desc()))
    by_title: Many["Book"] = has_many(through="rentals", source="book", order_by="title")
    last_ended: Many["Book"] = has_many(
        through="rentals", source="book", where={"rentals.late": False}, order_by=col("rentals.ended").desc()
    )


class Book(Model):
    title: str
    kind: str | None = None
    rentals: Many["Rental"] = has_many()
    active_readers: Many[Reader] = has_many(through="rentals", source="reader", where={"rentals.ended": None})


class Rental(Model, unique=("reader", "book")):
    reader: Reader
    book: Book
    ended: int | None = None
    late: bool = False
