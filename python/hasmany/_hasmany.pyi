# Private: the native module under hasmany. Import from `hasmany`; anything here may change.
#
# The classes are described in __init__.pyi.

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from hasmany import CorruptStoreError as CorruptStoreError
from hasmany import DeletedError as DeletedError
from hasmany import DuplicateError as DuplicateError
from hasmany import Expr as Expr
from hasmany import FieldError as FieldError
from hasmany import ForeignStoreError as ForeignStoreError
from hasmany import HasManyError as HasManyError
from hasmany import Like as Like
from hasmany import Many as Many
from hasmany import NotFoundError as NotFoundError
from hasmany import Ranking as Ranking
from hasmany import Rankings as Rankings
from hasmany import ReadOnlyError as ReadOnlyError
from hasmany import Record as Record
from hasmany import RestrictError as RestrictError
from hasmany import Schema as Schema
from hasmany import SchemaError as SchemaError
from hasmany import Stats as Stats
from hasmany import Store as Store
from hasmany import StoreClosedError as StoreClosedError
from hasmany import StoreLockedError as StoreLockedError
from hasmany import Table as Table
from hasmany import Tweet as Tweet
from hasmany import User as User
from hasmany import __version__ as __version__
from hasmany import between as between
from hasmany import col as col

__debug_build__: bool  # built without optimisation: benchmarks refuse it
__profile__: str  # Cargo's profile it was built with

class Attribute:  # descriptor of a field, a reference or a collection
    def __init__(self, name: str, index: int, is_collection: bool, is_one: bool = False) -> None: ...
    def __set_name__(self, owner: type[Any], name: str) -> None: ...
    def __get__(self, record: Any, owner: type[Any] | None = None, /) -> Any: ...

class Terms: ...  # a collection's condition and order, as `terms` read them

# What has_many(where=..., order_by=...) says; None where neither is given.
def terms(condition: Any, order: Any, /) -> Terms | None: ...
def replace_default(store: Store | None) -> Store | None: ...  # what `use()` had said before
def replace_blocks(blocks: Any) -> Any: ...  # the blocks that this context is in, None for none
def count_waiting(change: int) -> None: ...  # tasks that wait for a transaction
def bind(store: Store, cls: type[Any]) -> None: ...  # now, not when it is first used there
def owned_classes_are(metaclass: type[Any]) -> None: ...  # the metaclass of classes that belong to a store
def class_came() -> None: ...  # a model was declared: what refers to what is looked at again

# The classes' new definitions, each in these stores, or nowhere.
def redefine(models: list[tuple[type[Any], list[Store]]]) -> None: ...
def check_value(model: str, field: str, of: Any, given: Any) -> None: ...  # raises as the constructor does

class Trimmed:  # a function whose SchemaErrors are raised as if by its caller
    def __init__(self, function: Callable[..., Any]) -> None: ...
    def __call__(self, *args: Any, **keywords: Any) -> Any: ...

# The model of a collection's members, or of a record, and then those that its references lead to. Of each: its name, the fields of
# its key, and its fields: name, type, whether it is unique by itself, and of a reference which of these it leads to.
def models_shown(
    of: Many[Any] | Record,
) -> list[tuple[str, list[str], list[tuple[str, str, bool, int | None]]]]: ...

# The collections of a record: name, whether it is a has_one, how many members where an index knows.
def counted(record: Record) -> list[tuple[str, bool, int | None]]: ...

# The fields and collections of a class, and the class that each leads to.
def names(cls: type[Any]) -> list[tuple[str, Literal["field", "one", "many"], type[Any] | None]]: ...

# The first rows, and how many there are, where that is known without computing all of them.
def table_head(table: Table, rows: int) -> tuple[list[list[Any]], int | None]: ...

# A table of lists of texts, arrays of int64 or of float64, where NaN is none.
def table_of(columns: dict[str, Any]) -> Table: ...

# Records, ids or keys of a collection's model as ids, 0 where there is none; the label is for errors.
def ids_of_records(many: Many[Any], column: Any, label: str) -> npt.NDArray[np.int64]: ...
def ranked_members(rankings: Rankings[Any]) -> Many[Any]: ...  # all records of the model that is ranked
def ranked_ids(rankings: Rankings[Any]) -> Table: ...  # owner, rank, member and score, as Arrow has them

# Of pairs of ids: whether the owner is asked, how many members it has, whether the member is one.
def tested(
    rankings: Rankings[Any], owners: npt.NDArray[np.int64], members: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64], npt.NDArray[np.bool_]]: ...

# What Record.matrix is made of: entries, the column of each, where each row begins; the shape; the records that rows
# and columns stand for.
def compressed_rows(
    model: type[Any], rows: str, columns: str, values: str | None
) -> tuple[
    tuple[npt.NDArray[np.float64], npt.NDArray[np.integer], npt.NDArray[np.integer]],
    tuple[int, int],
    Many[Any],
    Many[Any],
]: ...

# What Many.projection_matrix is made of: the places of both of each pair, how many they share; the members.
def projected(
    many: Many[Any], through: str, least: int | None = None
) -> tuple[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]], Many[Any]]: ...

# What Many.tune tried: owners and members of the links that it left out, the p, the q, the mean of each pair, a row a p.
def tuned(
    many: Many[Any],
    through: str,
    links: int | None = None,
    seed: int | None = None,
    *,
    where: Expr | Mapping[str, Any] | None = None,
    weight: str | Expr | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[float], list[float], npt.NDArray[np.float64]]: ...

# What Record.to_networkx is made of. Both sides: the model's name, its records by id, their dicts. The join rows: the ids of
# both ends, what they say besides, whether no pair has two.
def join_rows(
    cls: type[Any], first: str, second: str
) -> tuple[
    tuple[str, dict[int, Record], list[dict[str, Any]]],
    tuple[str, dict[int, Record], list[dict[str, Any]]],
    tuple[list[int], list[int], Table, bool],
]: ...
def class_of(many: Many[Any]) -> type[Any]: ...  # of its members

# What to_dict() of a class's records has: each column's name, type, the values of an enum, whether it may be None.
def shape(cls: type[Any]) -> list[tuple[str, str, list[str] | list[int] | None, bool]]: ...
def panics() -> int: ...  # how many there were in this process; tests look that there are none

# Called at exit and around a fork.
def close_files() -> None: ...
def before_fork() -> None: ...
def after_fork() -> None: ...
def after_fork_in_child() -> None: ...

# All rows, model by model: the model's name, whether a reference leads to it, its records by id, its fields as lists of
# values, its references as the place of the model they lead to and a list of ids, 0 for None.
def snapshot(
    store: Store,
) -> list[tuple[str, bool, dict[int, Record], dict[str, list[Any]], dict[str, tuple[int, list[int]]]]]: ...

# Says how many rows the call that this thread works for looks at, for a bar that is watched.
def expect_rows(rows: int) -> None: ...

# What `Store.from_sqlite` asks of another program's file.
def foreign_rows(store: Store, path: Any, sql: str) -> list[list[Any]]: ...
def foreign_profile(store: Store, path: Any, sql: str) -> list[dict[str, int]]: ...
def foreign_load(
    store: Store, path: Any, before: list[str], selects: list[str]
) -> list[tuple[int, str, bool, int]]: ...

# What `Store.to_parquet` and `from_parquet` ask of the engine.
def parquet_tables(store: Store) -> tuple[int, list[tuple[str, int, int]]]: ...
def parquet_part(store: Store, serial: int, model: int, first: int, most: int) -> tuple[Any, int | None]: ...
def parquet_load(store: Store, next_ids: list[int], files: Iterable[tuple[int, str, Any]]) -> None: ...

# What `hasmany.lake` asks of the engine. Plans are tuples: a step's name, what its values are, and its parts.
class LakeQuestion:
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def plans(self) -> list[tuple[str, Any]]: ...  # ("one", plan) or ("list", plural)
    def table(self, given: Any) -> Table: ...  # of an Arrow stream with these columns

def lake_store() -> Store: ...  # in memory, and not among those that could be meant
def lake_members(store: Store, cls: type[Any]) -> Many[Any]: ...
def lake_condition(many: Many[Any], given: tuple[Any, ...], fields: dict[str, Any]) -> tuple[Any, ...] | None: ...
def lake_keys(many: Many[Any], keys: tuple[Any, ...], reverse: bool) -> list[tuple[tuple[Any, ...], bool]]: ...
def lake_number(many: Many[Any], by: Any) -> tuple[Any, ...]: ...
def lake_way(many: Many[Any], name: str) -> tuple[Any, ...]: ...  # hops, whether they meet nothing twice, the table
def lake_columns(many: Many[Any], given: tuple[Any, ...], named: dict[str, Any], method: str) -> LakeQuestion: ...

# Each plan of what rankings are asked is ("rank", None), ("score", None), or "owner" or "member" and what that one is asked.
def lake_ranked(rankings: Rankings, given: tuple[Any, ...], named: dict[str, Any]) -> LakeQuestion: ...
def lake_rankings(
    rankings: Rankings, owner_key: str | None, member_key: str | None
) -> LakeQuestion: ...  # of themselves
def lake_rows(many: Many[Any], ids: list[int]) -> Many[Any]: ...  # those of these ids, in their order
