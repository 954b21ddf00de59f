"""Members, books, and who has which."""

from datetime import datetime

from hasmany import Many, Model, belongs_to, field, has_many


class Member(Model):
    name: str = field(unique=True)
    loans: Many["Loan"] = has_many()
    books: Many["Book"] = has_many(through="loans")


class Book(Model):
    title: str
    author: str
    copies: int = 1
    loans: Many["Loan"] = has_many()
    readers: Many["Member"] = has_many(through="loans")


class Loan(Model, unique=("member", "book")):
    member: Member = belongs_to(on_delete="cascade")
    book: Book  # a book that somebody has is not deleted
    since: datetime
