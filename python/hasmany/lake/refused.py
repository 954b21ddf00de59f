"""What collections in memory have and selections of a lake have not."""

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
}
"""What collections in memory have and selections have not, and what to write."""
