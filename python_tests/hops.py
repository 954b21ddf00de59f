"""Whether the hops that `Schema.describe()` tells are those over which the engine walks."""

from typing import Any

from hasmany import Record, Store

MOST = 300  # rows of a model, above which a walk by hand would take too long
ROWS = 3


def assert_hops_hold(store: Store) -> int:
    """Walks the hops of every collection of every model by hand, from its first rows, and compares; returns how many it compared."""
    description = store.schema.describe()
    here = [model for model in description["models"] if model["in_store"] and model["is_declared"]]
    classes = dict(zip((model["name"] for model in here), store.schema.models, strict=True))
    if any(count > MOST for count in store.stats().rows.values()):
        return 0
    compared = 0
    with store.transaction():
        for model in here:
            for collection in model["collections"]:
                hops = collection["hops"]
                if hops is None or has_terms(model["collections"], collection):
                    continue
                for row in classes[model["name"]].all()[:ROWS]:
                    found = getattr(row, collection["name"])
                    found = [] if found is None else [found] if collection["one"] else list(found)
                    assert found == walked(row, hops, classes), (
                        model["name"],
                        collection,
                    )
                    compared += 1
    return compared


def has_terms(collections: Any, collection: Any) -> bool:
    """Whether a collection has a condition or an order, or one that it goes through: python_tests/terms reads these."""
    if collection["where"] is not None or collection["order_by"]:
        return True
    through = next((each for each in collections if each["name"] == collection["through"]), None)
    return through is not None and has_terms(collections, through)


def walked(start: Record, hops: list[list[str]], classes: dict[str, type[Record]]) -> list[Any]:
    rows: list[Any] = [start]
    for way, model, reference in hops:
        if way == "up":
            rows = [up for row in rows if (up := getattr(row, reference)) is not None]
        elif model in classes:
            rows = [down for row in rows for down in classes[model].where(**{reference: row})]
        else:
            rows = []  # nothing of it is in the store
    return list(dict.fromkeys(rows))
