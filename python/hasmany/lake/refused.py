"""What collections in memory have and selections of a lake have not."""

from typing import TYPE_CHECKING, Never

from ..errors import SchemaError


class Refused(SchemaError, AttributeError):
    """So `hasattr` is told the truth."""


Refused.__name__ = Refused.__qualname__ = SchemaError.__name__
Refused.__module__ = SchemaError.__module__


WAYS = {
    **dict.fromkeys(("find", "find_by", "first", "last"), "write .where(...).to_dicts()"),
    **dict.fromkeys(("index", "page", "sample"), "a lake's rows have no order; write .order_by(...) and .to_dicts()"),
    **dict.fromkeys(
        ("add", "create", "remove", "replace", "clear", "delete_all", "update_all"),
        "a lake is read only; write where its rows come from, or in what load() gives",
    ),
    "why": "load() a part, and ask there",
    "ids": 'write .column("id")',
    "count": "write len(...)",
    **dict.fromkeys(("projection", "projection_matrix", "matrix"), "they are asked of what load() gives"),
    **dict.fromkeys(("also", "tune"), "load() the links, and ask there"),
}
"""What collections in memory have and selections have not, and what to write."""


class NoRecords:
    """Words of collections in memory that are asked of records, and refused."""

    __slots__ = ()

    def __iter__(self) -> Never:
        raise SchemaError(
            "there are no records in a lake to walk through; write .values(...), .to_dicts() or load() a part"
        )

    def __getitem__(self, _at: object) -> Never:
        raise SchemaError(
            "a lake's rows have no places; write .order_by(...).values(...), .top(k, by=...) or load() a part"
        )

    def __contains__(self, _record: object) -> Never:
        raise SchemaError("there are no records in a lake; write .where(id=...) and len(), or ask .column('id')")

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Never:
            if name in WAYS:
                raise Refused(f"{name}() is not asked of a lake: {WAYS[name]}")
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
