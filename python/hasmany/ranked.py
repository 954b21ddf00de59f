"""Rankings of some owners by the engine, over links that were read from elsewhere: what a lake's own process calls, and each task
of a cluster. It needs nothing but pyarrow.

`Links` is a store in memory of pairs of an owner and a member, and its `rankings` answer one slice of owners after the other;
`ranked` is both for Parquet files of pairs, which a process reads once."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import Any, Literal

import numpy as np

from ._hasmany import Many, bind, col, lake_members, lake_rows, lake_store, parquet_load, parquet_part, parquet_tables
from .batches import batches
from .errors import CorruptStoreError
from .parquet import Stream
from .ranked_models import models


@dataclass(frozen=True)
class Question:
    """What is asked of owners: plain data, which goes to other processes."""

    ask: Literal["similar", "recommend"]
    k: int
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The keywords of `Many.similar` or `Many.recommend`, but those that are said below, and `progress`."""
    within: Any = None
    """An Arrow array of the members that alone are recommended; None for all."""
    is_own: bool = False
    """Whether members are of the owners' model."""
    is_weighed: bool = False
    """Whether links count as much as their weights say."""
    is_narrowed: bool = False
    """Whether links without a weight do not count: they only say what an owner has."""

    @property
    def has_weights(self) -> bool:
        """Whether it is asked of links that have weights."""
        return self.is_weighed or self.is_narrowed


class Links:
    """Pairs of an owner and a member, as a store in memory.

    Owners and members are known by ids or by texts. Ids stay what they are, so what is drawn with a seed is what is drawn in
    memory. Texts, and ids below 1, are numbered in their order, so that of equal scores the lesser comes first.
    """

    def __init__(
        self, owners: Any, members: Any, pairs: Iterable[Any], *, is_own: bool = False, has_weights: bool = False
    ) -> None:
        """`owners` and `members` are Arrow arrays, ascending and each once; with `is_own` they are one. `pairs` are record batches
        of `owner` and `member`, and with `has_weights` of `weight`, which may be null: each pair once, in the order of the links.
        O(pairs)."""
        self._owners = _Numbers(owners)
        self._members = self._owners if is_own else _Numbers(members)
        self._failed: BaseException | None = None
        self._store = lake_store()
        owner, member, link = models(is_own=is_own, is_weighed=has_weights)
        bind(self._store, link)
        serial, tables = parquet_tables(self._store)
        arrow = _arrow()
        ids = {"owners": self._owners, "members": self._members, "peers": self._owners}

        def files() -> Iterator[tuple[int, str, Any]]:
            for at, (table, _, _) in enumerate(tables):
                of = ids.get(table.removeprefix("weighed_"))
                schema = arrow.table(Stream(parquet_part(self._store, serial, at, 0, 0)[0])).schema
                rows = self._rows(schema, pairs) if of is None else [arrow.record_batch([of.numbers], schema=schema)]
                yield at, table, arrow.RecordBatchReader.from_batches(schema, rows)

        counted = {table: of.next for name, of in ids.items() for table in (name, f"weighed_{name}")}
        try:
            # Of the links as many may come as ids can be.
            parquet_load(self._store, [counted.get(table, 2**63 - 1) for table, _, _ in tables], files())
        except CorruptStoreError:
            # What went wrong where the pairs come from is that, and not a file's fault.
            if self._failed is not None:
                raise self._failed from None
            raise
        self._all_owners: Many[Any] = lake_members(self._store, owner)
        self._all_members: Many[Any] = lake_members(self._store, member)
        self._within: tuple[Any, Many[Any]] | None = None

    def _rows(self, schema: Any, pairs: Iterable[Any]) -> Iterator[Any]:
        """The pairs as rows, numbered as they come."""
        arrow, counted = _arrow(), 0
        try:
            for batch in pairs:
                rows = {
                    "id": arrow.array(np.arange(counted + 1, counted + batch.num_rows + 1)),
                    "owner_id": self._owners.of(batch.column("owner")),
                    "member_id": self._members.of(batch.column("member")),
                }
                if "weight" in schema.names:
                    rows["weight"] = batch.column("weight")
                counted += batch.num_rows
                yield arrow.record_batch([rows[name] for name in schema.names], schema=schema)
        except BaseException as error:
            self._failed = error
            raise

    def rankings(self, question: Question, owners: Any) -> Iterator[Any]:
        """The rankings of these owners, an Arrow array, in its order, as record batches of `owner`, `rank`, `member` and `score`. Those
        without links have none. Costs as `Many.similar` and `Many.recommend` do, on all cores."""
        arrow = _arrow()
        options = dict(question.options)
        if question.within is not None:
            options["within"] = self._only(question.within)
        if question.is_narrowed:
            options["where"] = col("weight") != None
        if question.is_weighed:
            options["weight"] = "weight"
        asked = lake_rows(self._all_owners, self._owners.found(owners))
        found = getattr(asked, question.ask)("members", question.k, **options)
        ranked = self._owners if question.ask == "similar" else self._members
        schema = arrow.schema(
            [
                arrow.field("owner", self._owners.type, nullable=False),
                arrow.field("rank", "int64", nullable=False),
                arrow.field("member", ranked.type, nullable=False),
                arrow.field("score", "float64", nullable=False),
            ]
        )
        for batch in batches(found):
            owner, rank, member, score = batch.columns
            yield arrow.record_batch([self._owners.named(owner), rank, ranked.named(member), score], schema=schema)

    def _only(self, names: Any) -> Many[Any]:
        """Members to recommend from: those of a question are looked up for its first slice of owners."""
        if self._within is None or self._within[0] is not names:
            self._within = names, lake_rows(self._all_members, self._members.found(names))
        return self._within[1]


class _Numbers:
    """The ids that rows have in a store, for what they are called outside."""

    def __init__(self, names: Any) -> None:
        self._names = names
        arrow = _arrow()
        is_id = arrow.types.is_integer(names.type) and (len(names) == 0 or names[0].as_py() > 0)
        self.type = arrow.int64() if is_id else names.type
        self._are_ids = is_id
        self.numbers: Any = names.cast("int64") if is_id else arrow.array(np.arange(1, len(names) + 1))
        self.next: int = self.numbers[-1].as_py() + 1 if len(names) else 1

    def of(self, names: Any) -> Any:
        """Their ids; of none that is not there null."""
        if self._are_ids:
            return names.cast("int64")
        compute = import_module("pyarrow.compute")
        places = compute.index_in(names.cast(self._names.type), value_set=self._names)
        return compute.add(places.cast("int64"), 1)

    def found(self, names: Any) -> list[int]:
        """The ids of those that are there, in their order."""
        ids: list[int] = self.of(names).drop_null().to_pylist()
        return ids

    def named(self, ids: Any) -> Any:
        """What rows are called."""
        return ids if self._are_ids else self._names.take(import_module("pyarrow.compute").subtract(ids, 1))


# ── pairs in files ────────────────────────────────────────────────────────────────────────────────


def ranked(path: str | os.PathLike[str], question: Question, owners: Any) -> Iterator[Any]:
    """The rankings of a slice of owners, an Arrow array, over the pairs in Parquet files: see `Links.rankings`. A process reads the
    last path once, so what is written there must not change; pairs that are other ones go to another path."""
    yield from _opened(os.fspath(path), question.is_own, question.has_weights).rankings(question, owners)


@lru_cache(maxsize=1)
def _opened(path: str, is_own: bool, has_weights: bool) -> Links:
    return read(path, is_own=is_own, has_weights=has_weights)


def read(path: str | os.PathLike[str], *, is_own: bool = False, has_weights: bool = False) -> Links:
    """The links of a Parquet file, or of a folder of such, with the columns `owner` and `member`, and maybe `weight`: each pair once."""
    source = import_module("pyarrow.dataset").dataset(os.fspath(path), format="parquet")

    def column(name: str) -> Iterator[Any]:
        return (batch.column(name) for batch in source.to_batches(columns=[name]))

    def both() -> Iterator[Any]:
        yield from column("owner")
        yield from column("member")

    owners = _ascending(both if is_own else lambda: column("owner"), source.schema.field("owner").type)
    members = owners if is_own else _ascending(lambda: column("member"), source.schema.field("member").type)
    columns = ["owner", "member", *(["weight"] if has_weights else [])]
    return Links(owners, members, source.to_batches(columns=columns), is_own=is_own, has_weights=has_weights)


_MOST = 1 << 20


def _ascending(arrays: Callable[[], Iterator[Any]], of: Any) -> Any:
    """The different values, in little more memory than they need."""
    arrow, compute = _arrow(), import_module("pyarrow.compute")
    kept: list[Any] = [arrow.array([], of)]
    held, most = 0, _MOST
    for array in arrays():
        kept.append(compute.unique(array))
        held += len(kept[-1])
        if held > most:
            kept = [compute.unique(arrow.concat_arrays(kept))]
            held = len(kept[0])
            most = max(2 * held, _MOST)
    values = compute.unique(arrow.concat_arrays(kept))
    return values.take(compute.sort_indices(values))


def _arrow() -> Any:
    return import_module("pyarrow")
