"""What a class body assigns to its annotated names: `field()`, `belongs_to()`, `has_many()` and `has_one()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ._hasmany import Expr, Terms, terms
from .errors import SchemaError

NOTHING: Any = object()
"""Stands for an argument or a value that was not given; None is one that was."""


@dataclass(frozen=True, eq=False)
class FieldOptions:
    """What `field()` returns."""

    default: Any = NOTHING
    factory: Callable[[], Any] | None = None
    unique: bool = False
    index: bool = False
    scale: int | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class BelongsTo:
    """What `belongs_to()` returns."""

    on_delete: str = "restrict"
    default: Any = NOTHING
    was: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class HasMany:
    """What `has_many()` returns."""

    through: str | None
    source: str | None
    by: str | None
    terms: Terms | None


@dataclass(frozen=True, eq=False)
class HasOne:
    """What `has_one()` returns."""

    by: str | None


def names(what: str, given: Any) -> tuple[str, ...]:
    """Former names, one or a tuple of them; none for None. Raises SchemaError for anything else."""
    if given is None:
        return ()
    said = given if type(given) in (tuple, list) else (given,)
    if not all(type(name) is str and name for name in said):
        raise SchemaError(f"{what} is a name or a tuple of names, not {given!r}")
    return tuple(said)


def field(
    *,
    default: Any = NOTHING,
    default_factory: Callable[[], Any] = NOTHING,
    unique: bool = False,
    index: bool = False,
    scale: int | None = None,
    was: str | tuple[str, ...] | None = None,
) -> Any:
    """Declares more about a field than its type: a default, a function that makes one for each row, that no two rows have the same
    value, that rows are kept in its order, what it was called, or, of a Decimal, how many digits it has after the point (of at most 38 in all); nothing is ever rounded.

    `index=True` keeps rows in the order of the field, for `order_by(name)` and for conditions like `where(price=between(5, 10))`,
    of all rows and of each collection of a record with many members: `order_by(name)[:20]` costs twenty rows then, and a condition
    what it finds. Each order is made when first asked for, 4 to 6 bytes a row, and every change of a row costs a microsecond or two
    more for each that its row is in. A field that rises with age, as times mostly do, needs none: rows lie in its order. A file knows
    nothing of it, so it may come and go. With `unique=True` it is for order and ranges; equality needs none then.

    `was`, a name or several, is for files that were written before the field was renamed (and for redefining a class in a
    notebook): where what is there has no field of the new name, the one of the old name goes on as this. The file has the new name
    from then on, and a version of the program that knows only the old one gets a `SchemaError` and changes nothing. An int field
    may become a float one at the same time, or without, where every value is exactly one, and a float field an int one.

    A factory is called once for each row that needs a value: also for rows that are there when the field is new, on
    redefinition, reopening and `refresh()`. None is never a duplicate. Raises `SchemaError` where both a default and a
    factory are given, and for an index of a reference, whose rows are listed anyway, or of Json, which has no order.

    >>> from hasmany import Model, Store, field
    >>> class Tag(Model):
    ...     name: str = field(unique=True)
    ...     color: str = field(default="grey")
    >>> with Store():
    ...     Tag("red", color="red"), Tag("dull")
    (Tag(1, name='red', color='red'), Tag(2, name='dull', color='grey'))
    """
    if default is not NOTHING and default_factory is not NOTHING:
        raise SchemaError("a field takes a default or a default_factory, not both")
    if scale is not None and (type(scale) is not int or not 0 <= scale <= 38):
        raise SchemaError(f"scale is a number of digits from 0 to 38, not {scale!r}")
    if type(index) is not bool:
        raise SchemaError(f"index is True or False, not {index!r}")
    factory = None if default_factory is NOTHING else default_factory
    return FieldOptions(default, factory, unique, index, scale, names("was", was))


def belongs_to(
    *,
    on_delete: Literal["restrict", "cascade", "nullify"] = "restrict",
    default: Any = NOTHING,
    was: str | tuple[str, ...] | None = None,
) -> Any:
    """Declares more about a reference than its model: what happens to this row when the row it refers to is deleted.

    "restrict" forbids the delete, "cascade" deletes this row too, "nullify" (of an optional reference) sets it to None.
    The only default is None. `was` is what the reference was called, as of `field`.

    >>> from hasmany import Model, Store, belongs_to
    >>> class Owner(Model):
    ...     name: str
    >>> class Dog(Model):
    ...     owner: Owner = belongs_to(on_delete="cascade")
    >>> with Store():
    ...     owner = Owner("ann")
    ...     dog = Dog(owner)
    ...     owner.delete()
    {'Owner': 1, 'Dog': 1}
    """
    if on_delete not in ("restrict", "cascade", "nullify"):
        raise SchemaError(f"on_delete is 'restrict', 'cascade' or 'nullify', not {on_delete!r}")
    if default is not NOTHING and default is not None:
        raise SchemaError("the only default of a reference is None")
    return BelongsTo(on_delete, default, names("was", was))


def has_many(
    *,
    through: str | None = None,
    source: str | None = None,
    by: str | None = None,
    where: Mapping[str, Any] | Expr | None = None,
    order_by: str | Expr | tuple[str | Expr, ...] | None = None,
    init: Literal[False] = False,
) -> Any:
    """A collection: the rows of another model that refer to this one, or, `through` another collection, what those lead to.

    `through`: a collection of this model, itself possibly a through. `source`: the name to follow on its members; when not given: the
    collection's own name, its singular, the one reference that does not lead back, the one collection. `by`: which reference
    of the child, where it has several to this model. `init` is read by type checkers only. What does not fit is a
    `SchemaError` when the collection is first used; so is a way through more than 64 collections, or over more than 64 references.

    `where`: only those for which this holds: names and values as in `Record.where`, all of which must hold, or an expression (see
    `col`). Paths start at the member. In a through, a path that begins with the name of the collection it goes through is of what
    that has: `where={"tracks.position": 1}`. A through of a collection with a condition has that, too, and so has everything that
    is asked of it, counted or ranked by it. It has no records in it: a class is of no store.

    `order_by`: the order of the collection in place of age, a key or a tuple of keys, as in `Many.order_by`; None last, ties by age.
    In a through the keys may be of what it goes through, `order_by="tracks.position"`, and a member stands at the first place that
    the order gives it.

    Written through: `add` and `create` give new rows what a mapping says their own fields to equal, and refuse what would not be
    a member then; where `where` is an expression they are a `SchemaError`. `remove`, `replace` and `clear` unlink only what the
    collection has. Where a unique pair is linked by a row that does not meet the condition, `add` is a `DuplicateError`: nothing is
    revived silently.

    >>> from hasmany import Many, Model, Store, has_many
    >>> class Singer(Model):
    ...     name: str
    ...     songs: Many["Song"] = has_many()
    ...     hits: Many["Song"] = has_many(where={"is_hit": True}, order_by="title")
    >>> class Song(Model):
    ...     title: str
    ...     singer: Singer
    ...     is_hit: bool = False
    >>> with Store():
    ...     singer = Singer("nina")
    ...     _ = Song("one", singer), singer.songs.create("two"), singer.hits.create("three"), singer.hits.create("four")
    ...     singer.songs.values("title"), singer.hits.values("title")
    (['one', 'two', 'three', 'four'], ['four', 'three'])
    """
    return HasMany(through, source, by, terms(where, order_by))


def has_one(*, by: str | None = None, init: Literal[False] = False) -> Any:
    """The other side of a unique reference: the one row that refers to this one by it, or None.

    `by`: which reference, where the model has several to this one. `init` is read by type checkers only. It is read only: set the
    reference. In paths it is one step to one row: `col("profile.bio")`, `where(profile=None)`. O(1). A reference that is not unique
    is a `SchemaError` when it is first used.

    >>> from hasmany import Model, Store, field, has_one
    >>> class Member(Model):
    ...     name: str
    ...     card: "Card | None" = has_one()
    >>> class Card(Model):
    ...     number: int
    ...     member: Member = field(unique=True)
    >>> with Store():
    ...     ann, bob = Member("ann"), Member("bob")
    ...     card = Card(7, ann)
    ...     ann.card == card, bob.card, Member.all().values("card.number"), Member.where(card=None).values("name")
    (True, None, [7, None], ['bob'])
    """
    return HasOne(by)
