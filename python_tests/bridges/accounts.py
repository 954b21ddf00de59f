"""Accounts with a field of many types, and what a web application shows of them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hasmany import Json, Many, Model, field, has_many

from ..types.world import Color

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Account(Model):
    name: str = field(unique=True)
    balance: Decimal = field(scale=2)
    opened: datetime = NOON
    color: Color | None = None
    photo: bytes = b"\x00\xff"
    notes: Json = field(default_factory=list)
    payments: Many["Payment"] = has_many()


class Currency(Model, key="code"):
    code: str


class Payment(Model):
    account: Account
    currency: Currency
    amount: int
    parent: "Payment | None" = None


class Stamped(Model, abstract=True, kw_only=True):
    at: datetime = NOON


class Entry(Stamped):
    text: str


ANN = {
    "id": 1,
    "name": "Ann",
    "balance": "12.50",
    "opened": "2026-03-01T09:00:00Z",
    "color": "red",
    "photo": "AP8=",
    "notes": ["vip"],
}

SCHEMA: dict[str, Any] = {
    "title": "Account",
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "balance": {"type": "string"},
        "opened": {"type": "string", "format": "date-time"},
        "color": {"anyOf": [{"title": "Color", "type": "string", "enum": ["blue", "green", "red"]}, {"type": "null"}]},
        "photo": {"type": "string", "contentEncoding": "base64"},
        "notes": {},
    },
    "required": ["id", "name", "balance", "opened", "color", "photo", "notes"],
}


def accounts() -> list[Account]:
    """Ann, who paid twice, and Bob."""
    ann, bob = Account("Ann", Decimal("12.5"), color=Color.RED, notes=["vip"]), Account("Bob", Decimal(0))
    euro = Currency("EUR")
    first = Payment(ann, euro, 5)
    Payment(ann, euro, 7, first)
    return [ann, bob]
