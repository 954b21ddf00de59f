"""What collections that cannot be written refuse, and what a refusal says."""

from typing import Any

import pytest

WRITERS = [
    lambda collection, record: collection.add(record),
    lambda collection, record: collection.create("Eve"),
    lambda collection, record: collection.remove(record),
    lambda collection, record: collection.replace([record]),
    lambda collection, record: collection.clear(),
]


def raises_type_error(use: Any) -> str:
    with pytest.raises(TypeError) as caught:
        use()
    return str(caught.value)
