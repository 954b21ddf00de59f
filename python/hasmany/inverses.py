"""Collections for models that only tables tell of: the inverse of each reference, and both ways through each join model."""

from collections.abc import Iterable, Mapping

from .described import CollectionDescription, FieldDescription, ModelDescription
from .naming import RESERVED, free, plural, snake


def with_collections(models: Iterable[ModelDescription]) -> list[ModelDescription]:
    """These models with collections in place of those that they have."""
    fresh: list[ModelDescription] = [{**model, "collections": []} for model in models]
    by_name = {model["name"]: model for model in fresh}
    inverses: dict[tuple[str, str], str] = {}
    for child in fresh:
        for reference in _references(child):
            if (parent := by_name.get(reference["to"] or "")) is not None:
                inverses[child["name"], reference["name"]] = _add_inverse(parent, child, reference)
    for join in fresh:
        ends = _ends(join, fresh)
        for near, far in (ends, ends[::-1]) if ends else ():
            if (parent := by_name.get(near["to"] or "")) is not None and far["to"] in by_name:
                _add_through(parent, inverses[join["name"], near["name"]], far)
    return fresh


def _references(model: ModelDescription) -> list[FieldDescription]:
    return [each for each in model["fields"] if each["to"] is not None]


def _add_inverse(parent: ModelDescription, child: ModelDescription, reference: FieldDescription) -> str:
    several = [each for each in _references(child) if each["to"] == parent["name"]]
    name = plural(snake(child["name"].partition(" (")[0]))
    name = name if len(several) == 1 else f"{name}_by_{reference['name']}"
    return _add(parent, name, child["name"], by=reference["name"] if len(several) > 1 else None)


def _add_through(parent: ModelDescription, through: str, far: FieldDescription) -> None:
    _add(parent, plural(far["name"]), far["to"] or "", through=through, source=far["name"])


def _add(
    to: ModelDescription,
    name: str,
    of: str,
    *,
    through: str | None = None,
    source: str | None = None,
    by: str | None = None,
) -> str:
    taken = [each["name"] for each in to["fields"]] + [each["name"] for each in to["collections"]]
    name = free(name, [*taken, *RESERVED])
    collection: CollectionDescription = {
        "name": name,
        "of": of,
        "through": through,
        "source": source,
        "by": by,
        "one": False,
        "where": None,
        "order_by": [],
        "hops": None,
        "unique_pair": False,
        "problem": None,
    }
    to["collections"].append(collection)
    return name


def _ends(join: ModelDescription, models: list[ModelDescription]) -> list[FieldDescription] | None:
    """The two references of a join model: whose pair is unique, or which has nothing else and to which nothing refers."""
    references: Mapping[str, FieldDescription] = {each["name"]: each for each in _references(join)}
    for key in join["unique"]:
        if len(key) == 2 and all(name in references for name in key):
            return [each for each in references.values() if each["name"] in key]
    is_referred_to = any(each["to"] == join["name"] for model in models for each in _references(model))
    bare = len(join["fields"]) == len(references) == 2 and not is_referred_to
    return list(references.values()) if bare else None
