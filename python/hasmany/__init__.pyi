# The public interface. Two forms here are chosen for the type checkers: `init` of has_many keeps
# collections out of the constructor, and Model shows no metaclass, because with one mypy stops
# checking the class keywords (`unique=`, `key=`, `table=`).

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Reversible, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from os import PathLike
from pathlib import Path
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    NamedTuple,
    Never,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    dataclass_transform,
    final,
    overload,
)

import numpy as np
import numpy.typing as npt
from typing_extensions import TypeVar as _TypeVar
from typing_extensions import disjoint_base

from .plot.short import Plots

__all__ = [
    "Change",
    "CollectionDescription",
    "CorruptStoreError",
    "DeletedError",
    "DuplicateError",
    "Expr",
    "FieldDescription",
    "FieldError",
    "ForeignStoreError",
    "HasManyError",
    "Json",
    "Like",
    "Many",
    "Matrix",
    "Measure",
    "Model",
    "ModelDescription",
    "NoCurrentStoreError",
    "NotFoundError",
    "OnConflict",
    "OnDelete",
    "OnMissing",
    "Page",
    "Ranking",
    "Rankings",
    "ReadOnlyError",
    "Record",
    "RestrictError",
    "Schema",
    "SchemaDescription",
    "SchemaError",
    "Scored",
    "Stats",
    "Store",
    "StoreClosedError",
    "StoreLockedError",
    "Table",
    "Tweet",
    "User",
    "__version__",
    "belongs_to",
    "between",
    "col",
    "evaluate",
    "field",
    "has_many",
    "has_one",
    "jsonable",
]

_D = TypeVar("_D")
_T = TypeVar("_T", bound=Record)  # invariant: a collection of patients does not accept a tweet
_S = TypeVar("_S", bound=Record)  # of another model
_M = _TypeVar("_M", bound=Record, default=Any)  # what is ranked, where that is known

__version__: str

OnDelete: TypeAlias = Literal["restrict", "cascade", "nullify"]
OnConflict: TypeAlias = Literal["error", "skip", "update"]
OnMissing: TypeAlias = Literal["error", "skip", "none", "create"]
Measure: TypeAlias = Literal["cosine", "jaccard", "overlap", "count"]

# The store

class _Transaction(AbstractContextManager[None], AbstractAsyncContextManager[None]):
    def __exit__(self, *exc: object) -> None: ...
    async def __aexit__(self, *exc: object) -> None: ...

@final
class Store:
    # Without a path the store is in memory; with one, in a SQLite file, which is created if it does not exist.
    def __new__(
        cls,
        path: str | PathLike[str] | None = None,
        *,
        durability: Literal["normal", "full"] = "normal",
        read_only: bool = False,
        timeout: float = 0.0,  # seconds to wait for a writer elsewhere
        progress: bool = False,  # a bar while the rows are read
    ) -> Self: ...  # a file that is open for writing here gives the store that is open
    @staticmethod
    def current() -> Store: ...
    @staticmethod
    def from_sqlite(
        path: str | PathLike[str], *, progress: bool = False
    ) -> Store: ...  # another program's file, in memory, with classes of its tables
    @staticmethod
    def from_parquet(
        place: str | PathLike[str], *, progress: bool = False
    ) -> Store: ...  # what to_parquet wrote, in memory, with classes of it
    @staticmethod
    def of(record: Record) -> Store: ...
    def use(self) -> Self: ...  # the default of the whole process, every thread
    def __enter__(self) -> Self: ...  # current inside the block
    def __exit__(self, *exc: object) -> None: ...  # gives back one opening; the last one closes the file
    def transaction(self) -> _Transaction: ...  # `with` or `async with`; the store is current inside
    # Returns a function that unsubscribes.
    def on_commit(self, callback: Callable[[Sequence[Change]], object]) -> Callable[[], None]: ...
    def close(self) -> None: ...  # may be called again
    def compact(self) -> None: ...  # frees memory; ids, order and results stay
    # CorruptStoreError where an index disagrees with the columns, or the file with memory.
    def check(self, *, progress: bool = False) -> None: ...
    def stats(self) -> Stats: ...
    # For read_only=True: reads what was committed since; returns whether anything was.
    def refresh(self, *, progress: bool = False) -> bool: ...
    def save(self, path: str | PathLike[str], *, progress: bool = False) -> None: ...  # a copy as a new file
    # A folder of Parquet files and a manifest; all of one moment, whole or nothing.
    def to_parquet(self, place: str | PathLike[str], *, progress: bool = False) -> None: ...
    def models(self) -> dict[str, type[Record]]: ...  # by name; classes are made for tables that nobody has declared
    # A networkx.MultiDiGraph of the records. Join rows and references are its edges.
    def to_networkx(self) -> Any: ...
    @property
    def path(self) -> Path | None: ...
    @property
    def schema(self) -> Schema: ...
    def __contains__(self, record: object, /) -> bool: ...  # a row of this store, and not deleted

class Change(NamedTuple):
    kind: Literal["create", "set", "delete"]
    record: Record
    field: str | None  # of a "set"
    old: Any  # of a "set" the value before, of a "delete" the row as a dict
    new: Any  # of a "set" the value after, of a "create" the row as a dict

@final
class Stats:
    @property
    def rows(self) -> dict[str, int]: ...  # per model
    @property
    def bytes(self) -> dict[str, int]: ...  # per model and index
    @property
    def bytes_total(self) -> int: ...
    @property
    def changed_elsewhere(self) -> bool | None: ...  # a file, since it was last closed; None: not known

@final
class Schema:
    @property
    def models(self) -> tuple[type[Record], ...]: ...
    def to_mermaid(self) -> str: ...
    def describe(self) -> SchemaDescription: ...  # JSON-able; binds nothing
    def to_python(self) -> str: ...  # the text of a module that declares it

class SchemaDescription(TypedDict):
    models: list[ModelDescription]  # those of the store, then those that only collections lead over

class ModelDescription(TypedDict):
    name: str  # of its class; with its table where two have one name
    table: str
    is_declared: bool  # False: only the file knows it
    in_store: bool
    fields: list[FieldDescription]
    unique: list[list[str]]  # single fields, too
    key: list[str]  # of a model with key=
    collections: list[CollectionDescription]

class FieldDescription(TypedDict):
    name: str
    type: str  # "int", "str", "Decimal(2)", ..., the name of an enum; "reference"
    values: list[str] | list[int] | None  # of an enum
    to: str | None  # of a reference: the name of the model
    on_delete: OnDelete | None  # of a reference
    optional: bool
    unique: bool
    index: bool  # whether rows are kept in its order
    required: bool
    default: Any
    default_factory: str | None
    kw_only: bool

class CollectionDescription(TypedDict):
    name: str
    of: str
    through: str | None
    source: str | None
    by: str | None
    one: bool  # has_one(): the one row of a unique reference
    where: str | None  # as it was written
    order_by: list[str]
    hops: list[list[str]] | None  # ["down" or "up", the model that has the reference, the reference]
    unique_pair: bool  # down and up over a join model whose pair is unique
    problem: str | None  # why there are no hops

# Declaring models

_Was: TypeAlias = str | tuple[str, ...] | None  # what it was called, in older files

@overload
def field(
    *, default: _D, unique: bool = False, index: bool = False, scale: int | None = None, was: _Was = None
) -> _D: ...
@overload
def field(
    *,
    default_factory: Callable[[], _D],
    unique: bool = False,
    index: bool = False,  # rows are kept in its order
    scale: int | None = None,
    was: _Was = None,
) -> _D: ...
@overload
def field(*, unique: bool = False, index: bool = False, scale: int | None = None, was: _Was = None) -> Any: ...
@overload
def belongs_to(*, on_delete: Literal["restrict", "cascade"] = "restrict", was: _Was = None) -> Any: ...
@overload
def belongs_to(*, on_delete: OnDelete = "restrict", default: None, was: _Was = None) -> None: ...
@overload
def belongs_to(*, on_delete: Literal["nullify"], was: _Was = None) -> None: ...
def has_many(
    *,
    through: str | None = None,  # a collection of this model, possibly a through itself
    source: str | None = None,  # the name to follow on what `through` leads to
    by: str | None = None,  # which reference of the child, where several lead here
    # Only those for which this holds; of what it goes through: where={"tracks.position": 1}. `add` and `create` give new rows
    # what a mapping says.
    where: Mapping[str, Any] | Expr | None = None,
    order_by: str
    | Expr
    | tuple[str | Expr, ...]
    | None = None,  # in place of age; of what it goes through: "tracks.position"
    init: Literal[False] = False,  # read by type checkers only
) -> Many[Any]: ...
def has_one(
    *,
    by: str | None = None,  # which unique reference of the other model, where several lead here
    init: Literal[False] = False,  # read by type checkers only
) -> Any: ...  # `profile: "Profile | None" = has_one()`: a record or None; read only

# The type of fields that hold JSON, `tags: Json`: to type checkers any value, as json.loads gives it. Called, it marks
# one value where a list would be several: where(tags=Json(["a", "b"])). By way of another alias, because no checker but
# mypy lets one of Any itself be called.
_Said: TypeAlias = Annotated[_D, "JSON"]
Json: TypeAlias = _Said[Any]

@disjoint_base
class Record:
    @property
    def id(self) -> int: ...  # 1, 2, 3 ... per model; never reused
    @classmethod
    def all(cls) -> Many[Self]: ...
    @classmethod
    def find(cls, id: Any = ..., /, **fields: Any) -> Self: ...  # or a key; NotFoundError if there is none
    @classmethod
    def find_by(cls, **fields: Any) -> Self | None: ...
    @classmethod
    def find_or_create(cls, *, defaults: Mapping[str, Any] | None = None, **fields: Any) -> Self: ...
    # All must hold. A field, or a path over references (`**{"user.username": "ann"}`), may be given a value, None, a list
    # or collection (any of them), or between(...); a reference also ids, or keys where its model has one.
    @classmethod
    def where(cls, *conditions: Expr, **fields: Any) -> Many[Self]: ...
    # Columns by name, a table, rows (mappings), or the path of a CSV or Parquet file; "id" holds ids of one's own; columns of
    # `data` that are no field are refused, or left out with extra="ignore". A reference takes a collection, records, or keys where its
    # model has a key, else ids; or, named "doctor.name", a unique key.
    @classmethod
    def insert_all(
        cls,
        data: Any = None,
        /,
        *,
        key: str | tuple[str, ...] | None = None,
        on_conflict: OnConflict = "error",
        on_missing: OnMissing | Mapping[str, OnMissing] = "error",
        create_missing: bool = False,
        extra: Literal["error", "ignore"] = "error",
        unit: Literal["s", "ms", "us", "ns"] | None = None,
        progress: bool = False,
        **columns: Any,
    ) -> Many[Self]: ...
    # By unique keys in bulk, columns as in insert_all: ids, 0 where there is no row; the rows, each once.
    @classmethod
    def ids_of(cls, **columns: Any) -> npt.NDArray[np.int64]: ...
    @classmethod
    def find_all(cls, **columns: Any) -> Many[Self]: ...
    # The rows as a scipy.sparse.csr_array: `rows` and `columns` name references, `values` a field to sum.
    @classmethod
    def matrix(cls, rows: str, columns: str, values: str | None = None) -> Matrix: ...
    # The rows as a bipartite networkx.Graph: `first` and `second` name references, the records are the nodes.
    @classmethod
    def to_networkx(cls, first: str, second: str) -> Any: ...
    @classmethod
    def projection(cls, through: str, least: int = 1) -> Table: ...  # of all(): pairs by how many they share
    # id, then the fields, references as ids or keys; or these columns, as of Many.select.
    def to_dict(self, *columns: str | Expr) -> dict[str, Any]: ...
    def update(self, **fields: Any) -> Self: ...
    def delete(self) -> dict[str, int]: ...  # the number of deleted rows per model
    # Other records that share members of this collection, most similar first.
    # `shrink`: added below the line of each measure but "count"; 0 gives the plain ones.
    def similar(
        self,
        through: str,
        k: int = 10,
        *,
        measure: Measure = "cosine",
        shrink: float = 10.0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
    ) -> Ranking[Self]: ...
    # Members that this record does not have, by walks over the links. `damping`: exponents of popularity, of what it
    # has and of what is found; "auto" and None: as its own walks say. Longer walks than `max_links` are sampled.
    # A checker knows of which model they are where `within` says so.
    @overload
    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[_S],
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[_S]: ...
    @overload
    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[Any] | None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[Any]: ...
    # In a pydantic model, and in FastAPI: takes records, goes out as to_dict() says.
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any: ...
    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, _memo: Any, /) -> Self: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

def between(low: Any, high: Any) -> Any: ...  # low <= value < high; None is an open end

# Asking

# What is asked of each member of a collection: made by `col`, combined, never changed, of no store unless a record or a
# collection stands in it, printed as it was written. None equals None and nothing else; <, <=, >, >= with None do not hold.
@final
class Expr:
    # Of many: those for which a condition holds, whose paths start at the member; or those that are in a collection.
    def filter(self, condition: Expr | Many[Any], /) -> Expr: ...
    def count(self) -> Expr: ...  # members; of a field its values that are not None
    def sum(self) -> Expr: ...  # this and those below leave None out; of none 0
    def mean(self) -> Expr: ...  # of none None, as min and max
    def min(self) -> Expr: ...
    def max(self) -> Expr: ...
    def first(self) -> Expr: ...  # in the collection's order, None included
    def last(self) -> Expr: ...
    def list(self) -> Expr: ...  # all of them, None included; for select, values and to_dicts
    def n_unique(self) -> Expr: ...  # different values, None left out
    def any(self, condition: Expr | None = None, /) -> Expr: ...  # of none False
    def all(self, condition: Expr | None = None, /) -> Expr: ...  # of none True
    def contains(self, item: Any, /) -> Expr: ...  # a collection a record, a text a text
    def is_in(self, values: Iterable[Any], /) -> Expr: ...
    def between(self, low: Any, high: Any, /) -> Expr: ...  # low <= x < high; None is an open end
    def is_none(self) -> Expr: ...
    def if_none(self, value: Any, /) -> Expr: ...
    def startswith(self, text: Any, /) -> Expr: ...
    def endswith(self, text: Any, /) -> Expr: ...
    def lower(self) -> Expr: ...
    def round(self, digits: int = 0, /) -> Expr: ...
    def abs(self) -> Expr: ...
    def year(self) -> Expr: ...  # of a datetime (in UTC) or date, as those below
    def month(self) -> Expr: ...
    def day(self) -> Expr: ...
    def weekday(self) -> Expr: ...  # 0 for Monday
    def alias(self, name: str, /) -> Expr: ...  # the name of its column; comes last
    def desc(self) -> Expr: ...  # in order_by: the largest first; comes last
    def __eq__(self, other: Any, /) -> Expr: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
    def __ne__(self, other: Any, /) -> Expr: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
    def __lt__(self, other: Any, /) -> Expr: ...
    def __le__(self, other: Any, /) -> Expr: ...
    def __gt__(self, other: Any, /) -> Expr: ...
    def __ge__(self, other: Any, /) -> Expr: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]
    def __add__(self, other: Any, /) -> Expr: ...
    def __radd__(self, other: Any, /) -> Expr: ...
    def __sub__(self, other: Any, /) -> Expr: ...
    def __rsub__(self, other: Any, /) -> Expr: ...
    def __mul__(self, other: Any, /) -> Expr: ...
    def __rmul__(self, other: Any, /) -> Expr: ...
    def __truediv__(self, other: Any, /) -> Expr: ...
    def __rtruediv__(self, other: Any, /) -> Expr: ...
    def __and__(self, other: Any, /) -> Expr: ...
    def __rand__(self, other: Any, /) -> Expr: ...
    def __or__(self, other: Any, /) -> Expr: ...
    def __ror__(self, other: Any, /) -> Expr: ...
    def __invert__(self) -> Expr: ...
    def __bool__(self) -> Never: ...  # TypeError: write & | ~
    def __contains__(self, item: Any, /) -> Never: ...  # TypeError: write contains() or is_in()
    __array_ufunc__: ClassVar[None]

# "stars", "movie.title", "ratings.stars": many values from the first collection on; "" is the member itself.
def col(path: str, /) -> Expr: ...

# Columns that were computed from a collection, of one moment.
@final
class Table:
    @property
    def columns(self) -> tuple[str, ...]: ...
    def __len__(self) -> int: ...
    def column(self, name: str, /) -> npt.NDArray[Any]: ...
    def to_dicts(self) -> list[dict[str, Any]]: ...
    # An Arrow table, read by polars, pyarrow, pandas and DuckDB; lists are large_list.
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    # No array: TypeError that names `column`.
    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Never: ...

@dataclass_transform(field_specifiers=(field, belongs_to, has_many, has_one), eq_default=False)
class Model(Record):
    def __init_subclass__(
        cls,
        *,
        unique: tuple[str, ...] | tuple[tuple[str, ...], ...] = (),
        key: str | tuple[str, ...] | None = None,  # plain values in place of a record are its values, never ids
        table: str | None = None,
        was: _Was = None,  # what the class or its table was called, in older files
        abstract: bool = False,  # a base without rows
        kw_only: bool = False,  # the fields of this body are passed by name
    ) -> None: ...

# Collections

# Indexed like a sequence but not a Sequence: DataFrame libraries would read that as one column.
@final
class Many(Collection[_T], Reversible[_T], Generic[_T]):
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __len__(self) -> int: ...
    def __contains__(self, record: object, /) -> bool: ...
    def __iter__(self) -> Iterator[_T]: ...
    def __reversed__(self) -> Iterator[_T]: ...
    @overload
    def __getitem__(self, i: int, /) -> _T: ...
    @overload
    def __getitem__(self, i: slice, /) -> Many[_T]: ...
    def index(self, record: _T) -> int: ...
    def count(self, record: object) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...  # a list, tuple or Many in order; a set as sets
    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]
    # All four keep the order of the left side.
    def __and__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __rand__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __or__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __ror__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __sub__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __rsub__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __xor__(self, other: Iterable[_T], /) -> Many[_T]: ...
    def __rxor__(self, other: Iterable[_T], /) -> Many[_T]: ...
    # Subset and superset, as of sets.
    def __le__(self, other: Iterable[Any], /) -> bool: ...
    def __lt__(self, other: Iterable[Any], /) -> bool: ...
    def __ge__(self, other: Iterable[Any], /) -> bool: ...
    def __gt__(self, other: Iterable[Any], /) -> bool: ...
    def isdisjoint(self, other: Iterable[Any]) -> bool: ...
    def overlap(self, other: Many[Any]) -> int: ...  # the number of members in both
    @property
    def ids(self) -> npt.NDArray[np.int64]: ...  # shape (len,)
    # One value a member; of several fields tuples. "doctor.name" follows a reference. What a text names no checker can know,
    # but of the seed world, and of every id.
    @overload
    def values(self, field: Literal["id"], /) -> list[int]: ...
    @overload
    def values(self: Many[User], field: Literal["username"], /) -> list[str]: ...
    @overload
    def values(self: Many[Tweet], field: Literal["message", "user.username"], /) -> list[str]: ...
    @overload
    def values(
        self: Many[Like], field: Literal["user.username", "tweet.message", "tweet.user.username"], /
    ) -> list[str]: ...
    @overload
    def values(self: Many[Tweet], field: Literal["user"], /) -> list[User]: ...
    @overload
    def values(self: Many[Like], field: Literal["user", "tweet.user"], /) -> list[User]: ...
    @overload
    def values(self: Many[Like], field: Literal["tweet"], /) -> list[Tweet]: ...
    @overload
    def values(self, field: str | Expr, /) -> list[Any]: ...
    @overload
    def values(self, first: str | Expr, second: str | Expr, /) -> list[tuple[Any, Any]]: ...
    @overload
    def values(self, first: str | Expr, second: str | Expr, third: str | Expr, /) -> list[tuple[Any, Any, Any]]: ...
    @overload
    def values(
        self, first: str | Expr, second: str | Expr, third: str | Expr, /, *fields: str | Expr
    ) -> list[tuple[Any, ...]]: ...
    def column(self, field: str | Expr) -> npt.NDArray[Any]: ...  # the values as an array, references as ids
    # Names are paths, an expression as it is written without col(""), or what the keyword or alias says.
    def select(self, *columns: str | Expr, **named: str | Expr) -> Table: ...
    def to_dicts(self, *columns: str | Expr) -> list[dict[str, Any]]: ...  # without columns: id and all fields
    def find_by(self, **fields: Any) -> _T | None: ...
    def where(self, *conditions: Expr, **fields: Any) -> Many[_T]: ...
    def order_by(self, *keys: str | Expr, reverse: bool = False) -> Many[_T]: ...  # None always last
    # What the members lead to, each once; repeat: and what those lead to, and so on, nearest first, which are of this model.
    @overload
    def through(self, name: str, *, repeat: Literal[True]) -> Many[_T]: ...
    @overload
    def through(
        self: Many[User], name: Literal["tweets", "liked_tweets"], *, repeat: Literal[False] = False
    ) -> Many[Tweet]: ...
    @overload
    def through(
        self: Many[Tweet], name: Literal["likers", "user"], *, repeat: Literal[False] = False
    ) -> Many[User]: ...
    @overload
    def through(self: Many[Like], name: Literal["user"], *, repeat: Literal[False] = False) -> Many[User]: ...
    @overload
    def through(self: Many[Like], name: Literal["tweet"], *, repeat: Literal[False] = False) -> Many[Tweet]: ...
    @overload
    def through(self, name: str, *, repeat: bool = False) -> Many[Any]: ...
    # `after` is the `next` of the page before.
    def page(self, limit: int, after: str | None = None, *, reverse: bool = False) -> Page[_T]: ...
    def sample(self, k: int, *, seed: int | None = None) -> Many[_T]: ...  # without replacement
    # The members with the most of a collection, or for which a number is largest; those without one are left out.
    # `where` and `weight`, here and below: which join rows count, and how much.
    def top(
        self,
        k: int = 10,
        *,
        by: str | Expr,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
    ) -> Ranking[_T]: ...
    # What those who have these have besides; `through` is the members' collection of who has them.
    def also(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[Any] | None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[_T]: ...
    # What each member's own `similar` and `recommend` give, as one table.
    def similar(
        self,
        through: str,
        k: int = 10,
        *,
        measure: Measure = "cosine",
        shrink: float = 10.0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        progress: bool = False,
    ) -> Rankings[_T]: ...
    @overload
    def recommend(
        self: Many[User],
        through: Literal["liked_tweets"],
        k: int = 10,
        *,
        within: None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
        progress: bool = False,
    ) -> Rankings[Tweet]: ...
    @overload
    def recommend(
        self: Many[Tweet],
        through: Literal["likers"],
        k: int = 10,
        *,
        within: None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
        progress: bool = False,
    ) -> Rankings[User]: ...
    @overload
    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[_S],
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
        progress: bool = False,
    ) -> Rankings[_S]: ...
    @overload
    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[Any] | None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
        progress: bool = False,
    ) -> Rankings[Any]: ...
    @property
    def plot(self) -> Plots: ...  # pictures, as plot.degrees("likers"); they need matplotlib
    # The damping=(p, q) by which links that are left out, one of an owner, are recommended first.
    def tune(
        self,
        through: str,
        links: int = 1000,
        seed: int = 0,
        *,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
    ) -> tuple[float, float]: ...
    # Pairs of members by how many they share of a collection, each once: owner, other, weight.
    def projection(self, through: str, least: int = 1) -> Table: ...
    def projection_matrix(self, through: str, least: int = 1) -> Matrix: ...  # symmetric, len x len
    # Writers, for live collections. On a join path they create and delete join rows, on an
    # inverse they set and clear the reference. They take records and iterables of records, all or nothing.
    def add(self, *records: _T | Iterable[_T], **fields: Any) -> Self: ...  # fields: of the new join rows
    def create(self, *args: Any, **fields: Any) -> _T: ...  # a new member, linked
    # The first member with these fields, or a new one with them and `defaults`, linked.
    def find_or_create(self, *, defaults: Mapping[str, Any] | None = None, **fields: Any) -> _T: ...
    def remove(self, *records: _T | Iterable[_T]) -> Self: ...  # unlinks; the members stay
    def replace(self, *records: _T | Iterable[_T], **fields: Any) -> Self: ...  # kept links keep rows
    def clear(self) -> Self: ...
    # On any collection, fixed ones too: these reach the members themselves.
    def delete_all(self) -> dict[str, int]: ...
    # `columns`: a value a member each, all as one change, so that values may swap under a unique.
    def update_all(self, columns: Mapping[str, Any] | None = None, /, **fields: Any) -> int: ...
    # An Arrow table: id, then the fields, references as ids. Read by polars, pyarrow, pandas and DuckDB.
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    # No array: TypeError that names `ids`, `column` and `values`.
    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Never: ...
    __array_ufunc__: ClassVar[None]
    # In a pydantic model, and in FastAPI: takes collections, goes out as a list of dicts.
    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any: ...
    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any: ...

class Page(NamedTuple, Generic[_T]):
    items: Many[_T]
    next: str | None  # None on the last page

class Scored(NamedTuple, Generic[_T]):
    record: _T
    score: float

# Best first; with equal scores the older record first. Fixed, but without what was deleted since.
@final
class Ranking(Collection[Scored[_T]], Reversible[Scored[_T]], Generic[_T]):
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __len__(self) -> int: ...
    def __contains__(self, scored: object, /) -> bool: ...
    def __iter__(self) -> Iterator[Scored[_T]]: ...
    def __reversed__(self) -> Iterator[Scored[_T]]: ...
    @overload
    def __getitem__(self, i: int, /) -> Scored[_T]: ...
    @overload
    def __getitem__(self, i: slice, /) -> Ranking[_T]: ...
    def __eq__(self, other: object, /) -> bool: ...  # a list, tuple or Ranking, in order
    __hash__: ClassVar[None]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleMethodOverride]
    # Of a recommendation: up to three of the asker's own members that led there, strongest first.
    def why(self, record: _T) -> Many[_T]: ...
    @property
    def records(self) -> Many[_T]: ...
    @property
    def scores(self) -> npt.NDArray[np.float64]: ...  # shape (len,)
    @property
    def sampled(self) -> bool: ...  # whether the scores are estimates
    # "rank", "score", and what Many.select takes, asked of the records. "ranking.score" and "ranking.member.score" where a
    # record has a score itself.
    def select(self, *columns: str | Expr, **named: str | Expr) -> Table: ...
    # An Arrow table: rank, id, score.
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    # No array: TypeError that names `scores` and `records`.
    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Never: ...

# A ranking for each of many records. Computed when it is read.
@final
class Rankings(Generic[_M]):
    def __class_getitem__(cls, key: Any) -> Any: ...
    def __len__(self) -> int: ...  # owners
    def __getitem__(self, record: Any, /) -> Ranking[_M]: ...
    def __contains__(self, record: Any, /) -> bool: ...  # among the owners
    def __iter__(self) -> Iterator[Any]: ...  # pyarrow's record batches, each computed when it is come to
    # As of a Ranking; "owner.name" is asked of those whose rankings they are. Computed while it is read.
    def select(self, *columns: str | Expr, **named: str | Expr) -> Table: ...
    # An Arrow table: owner, rank (from 1), member, score.
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    # No array: TypeError that says to read a table.
    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Never: ...

# Recall, NDCG, hit rate and MRR of `owners.recommend(through, k, **options)`, by links that were held out.
def evaluate(
    owners: Many[Any],
    through: str,
    test: Mapping[Any, Iterable[Any]] | tuple[Any, Any],  # or two columns, of owners and of members
    k: int = 20,
    **options: Any,
) -> Table: ...

# For json.dumps(..., default=jsonable): records, collections, tables, rankings, every type of field, NumPy's.
def jsonable(value: Any) -> Any: ...

class Matrix(NamedTuple):
    matrix: Any  # a scipy.sparse.csr_array of float64, shape (len(rows), len(columns))
    rows: Many[Any]  # what its rows stand for
    columns: Many[Any]

# What `%load_ext hasmany` and `%unload_ext hasmany` do: completion of names of fields and collections.
def load_ipython_extension(shell: Any) -> None: ...
def unload_ipython_extension(shell: Any) -> None: ...

# The seed world

@final
class User(Record):
    username: str
    @property
    def tweets(self) -> Many[Tweet]: ...  # posted, oldest first
    @property
    def likes(self) -> Many[Like]: ...
    @property
    def liked_tweets(self) -> Many[Tweet]: ...
    def __new__(cls, username: str) -> Self: ...
    def post_tweet(self, message: str) -> Tweet: ...
    def like_tweet(self, tweet: Tweet) -> Like: ...  # if liked already, the existing Like
    def unlike_tweet(self, tweet: Tweet) -> bool: ...  # whether there was a like
    @overload  # type: ignore[override]  # it takes whatever that of Record takes
    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[_S],
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[_S]: ...
    @overload
    def recommend(
        self,
        through: Literal["liked_tweets"],
        k: int = 10,
        *,
        within: None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[Tweet]: ...
    @overload
    def recommend(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[Any] | None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[Any]: ...

@final
class Tweet(Record):
    message: str
    user: User
    @property
    def username(self) -> str: ...  # of its user
    @property
    def likes(self) -> Many[Like]: ...
    @property
    def likers(self) -> Many[User]: ...
    def __new__(cls, message: str, user: User) -> Self: ...
    @overload  # type: ignore[override]  # it takes whatever that of Record takes
    def recommend(
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[_S],
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[_S]: ...
    @overload
    def recommend(
        self,
        through: Literal["likers"],
        k: int = 10,
        *,
        within: None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[User]: ...
    @overload
    def recommend(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        through: str,
        k: int = 10,
        *,
        within: Many[Any] | None = None,
        damping: tuple[float, float] | Literal["auto"] | None = "auto",
        max_links: int | None = None,
        seed: int = 0,
        where: Expr | Mapping[str, Any] | None = None,
        weight: str | Expr | None = None,
        recent: bool | str | Expr | None = None,
        known: bool = False,
    ) -> Ranking[Any]: ...

@final
class Like(Record):
    user: User
    tweet: Tweet
    def __new__(cls, user: User, tweet: Tweet) -> Self: ...  # DuplicateError if it exists already

# Errors. A value of the wrong Python type is a plain TypeError.

class HasManyError(Exception): ...
class SchemaError(HasManyError, TypeError): ...
class FieldError(HasManyError, ValueError): ...
class NotFoundError(HasManyError, LookupError): ...
class DeletedError(HasManyError, LookupError): ...

class DuplicateError(HasManyError, ValueError):
    existing: Any  # the record of the existing row
    def __init__(self, message: str = "", existing: Any = None) -> None: ...

class RestrictError(HasManyError, ValueError):
    blockers: dict[str, int]  # per model, the rows that still refer to it
    def __init__(self, message: str = "", blockers: Any = ()) -> None: ...

class ForeignStoreError(HasManyError, ValueError): ...
class ReadOnlyError(HasManyError, RuntimeError): ...
class NoCurrentStoreError(HasManyError, RuntimeError): ...
class StoreClosedError(HasManyError, RuntimeError): ...
class StoreLockedError(HasManyError, OSError): ...
class CorruptStoreError(HasManyError, OSError): ...
