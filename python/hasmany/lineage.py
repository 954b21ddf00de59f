"""Puts a class body and those of its abstract bases together, as dataclasses do: fields in reverse MRO, a redeclared one in its place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import annotation
from .definition import Body, DefinedCollection, DefinedField, Definition, body_of, check_keys, hint
from .errors import SchemaError

DEEPEST = 64
"""So many abstract bases a class may have."""


def define(body: Body, bases: Sequence[type]) -> Definition:
    """What a class of this body and these bases is. Raises SchemaError where they do not go together."""
    lineage = _order(bases)
    _check_depth(body.name, lineage)
    bodies = [of for base in reversed(lineage) if (of := body_of(base))] + [body]
    inherited = _owners(lineage)
    _check_defaults(body, inherited)
    owners = inherited | dict.fromkeys(body.declared, body)
    _check_clear(body, bodies, owners)
    _check_hidden(body, lineage, owners)
    if not body.abstract:
        _check_plain_bases(body, lineage, owners)
    # Copies: what a name means is looked up for each model.
    declared = [replace(of.declared[name]) for name, of in owners.items()]
    fields = [each for each in declared if isinstance(each, DefinedField)]
    _check_order(body, fields, owners)
    key: list[str] = next((of.key for of in reversed(bodies) if of.key), list[str]())
    keys = [key for of in bodies for key in of.unique]
    check_keys(body.name, fields, [*keys, key])
    _check_key(body.name, key, fields)
    return Definition(
        name=body.name,
        table=body.table,
        unique=_unique(body.name, keys, key, fields),
        key=key,
        fields=fields,
        collections=[each for each in declared if isinstance(each, DefinedCollection)],
        was=body.was,
        body=body,
    )


def _owners(lineage: Sequence[type]) -> dict[str, Body]:
    """The inherited names in order, each with the body that declares it, as dataclasses see it: each base brings all that it has."""
    brought: dict[type, dict[str, Body]] = {}
    owners: dict[str, Body] = {}
    for base in reversed(lineage):  # what a base inherits from stands after it
        if of := body_of(base):
            above: dict[str, Body] = {}
            for other in base.__mro__[:0:-1]:
                above |= brought.get(other, {})
            brought[base] = above | dict.fromkeys(of.declared, of)
            owners |= brought[base]
    return owners


def _check_depth(name: str, lineage: Sequence[type]) -> None:
    """What a class inherits is looked up in all of its abstract bases, for each class anew."""
    if (abstract := sum(body_of(base) is not None for base in lineage)) > DEEPEST:
        raise SchemaError(f"{name} has {abstract} abstract bases, theirs included; a class may have {DEEPEST}")


def _check_defaults(body: Body, inherited: Mapping[str, Body]) -> None:
    """A field that had a default has one where it is declared again: dataclasses keep the old one there, and type checkers do not."""
    for name in body.declared.keys() & inherited.keys():
        old, new = inherited[name].declared[name], body.declared[name]
        if isinstance(old, DefinedField) and isinstance(new, DefinedField) and new.required and not old.required:
            raise SchemaError(
                f"{body.name}.{name} has a default in {inherited[name].name}: write one here, too, or leave the line out"
            )


def _check_clear(body: Body, bodies: list[Body], owners: Mapping[str, Body]) -> None:
    """Dataclasses and the MRO agree on who declares a name. They do not where a diamond's far side declares it again."""
    for name, owner in owners.items():
        nearest = next(of for of in reversed(bodies) if name in of.declared)
        if nearest is not owner:
            raise SchemaError(
                f"{body.name}.{name} is declared by {owner.name} and {nearest.name}, and neither is the other's base here: "
                f"declare it in {body.name}"
            )


def _order(bases: Sequence[type]) -> list[type]:
    """The MRO of a class with these bases, without the class itself (C3, as Python makes it)."""
    chains = [list(base.__mro__) for base in bases] + [list(bases)]
    order: list[type] = []
    while chains := [chain for chain in chains if chain]:
        heads = (chain[0] for chain in chains)
        head = next((head for head in heads if not any(head in chain[1:] for chain in chains)), None)
        if head is None:
            names = ", ".join(base.__name__ for base in bases)
            raise TypeError(f"Cannot create a consistent method resolution order (MRO) for bases {names}")
        order.append(head)
        chains = [chain[1:] if chain[0] is head else chain for chain in chains]
    return order


def _check_hidden(body: Body, lineage: list[type], owners: Mapping[str, Body]) -> None:
    """Nothing that is no field stands before an inherited field of its name."""
    before: list[tuple[str, set[str], Body | None]] = [(body.name, body.names - set(body.declared), body)]
    for base in lineage:
        of = body_of(base)
        before.append((base.__name__, of.names - set(of.declared) if of else set(vars(base)), of))
    for name, owner in owners.items():
        for who, names, of in before:
            if of is owner:
                break
            if name in names:
                raise SchemaError(
                    f"{body.name}.{name} is a field of {owner.name} and something else in {who}: "
                    f"write its type again there ({name}: ... = ...) or rename it"
                )


def _check_plain_bases(body: Body, lineage: list[type], owners: Mapping[str, Body]) -> None:
    """A base that is no model annotates nothing that would not become a field, though it looks like one."""
    for base in lineage:
        if body_of(base):
            continue
        for name, written in annotation.of_class(base).items():
            if name in owners or name.startswith("__") or _is_class_variable(written):
                continue
            raise SchemaError(
                f"{body.name}: its base {base.__name__} annotates {name}, which would be no field. Write class "
                f"{base.__name__}(Model, abstract=True), or declare {name} in {body.name}, or make it a ClassVar"
            )


def _is_class_variable(written: Any) -> bool:
    try:
        return annotation.is_class_variable(annotation.read(written))
    except SchemaError:
        return False


def _check_order(body: Body, fields: list[DefinedField], owners: Mapping[str, Body]) -> None:
    """Required fields come first, as in a signature; those that are passed by name may stand anywhere."""
    optional = None
    for declared in fields:
        if declared.kw_only:
            continue
        if not declared.required:
            optional = optional or declared
        elif optional is not None:
            owner = owners[optional.name]
            keywords = "(Model, abstract=True, kw_only=True)" if owner.abstract else "(Model, kw_only=True)"
            raise SchemaError(
                f"{body.name}.{declared.name} is required and comes after {optional.name}, which is not: move it up, or "
                f"write class {owner.name}{keywords}, so that its fields are passed by name"
            )


def _check_key(name: str, key: list[str], fields: list[DefinedField]) -> None:
    """The fields of a key are there and always have a value."""
    by_name = {declared.name: declared for declared in fields}
    for part in key:
        if part not in by_name:
            raise SchemaError(f"{name}: key names {part!r}, which is no field{hint(part, by_name)}")
        if by_name[part].optional:
            raise SchemaError(
                f"{name}.{part} may be None and is part of the key, which every row has: take | None away"
            )


def _unique(name: str, keys: list[list[Any]], key: list[str], fields: list[DefinedField]) -> list[list[str]]:
    """The keys of the class keywords, then the unique fields and the model's own key, each set of fields once."""
    names = [declared.name for declared in fields]
    for part in (part for key in keys for part in key):
        if part not in names:
            raise SchemaError(f"{name}: unique names {part!r}, which is no field{hint(str(part), names)}")
    keys = keys + [[declared.name] for declared in fields if declared.unique] + ([key] if key else [])
    return list({frozenset(key): key for key in reversed(keys)}.values())[::-1]
