"""What rankings in a lake cost, and which way they are computed for that."""

from typing import Literal, NamedTuple, TypeAlias

from ..errors import SchemaError
from ..ranked import Question

Way: TypeAlias = Literal["memory", "sql", "tasks"]
""""memory": the links are read into a store in memory, which ranks. "sql": the lake's engine does. "tasks": as "memory", in
the tasks of a cluster, each for some of the owners."""

BYTES_A_LINK = 24
"""Of a store of links while it is asked: 13 to 16 it keeps, 8 are lists that a batch of owners makes and drops."""
BYTES_A_WEIGHT = 64
"""Besides, where links have weights, or some do not count: the number, and the lists of what was chosen while they are made."""
BYTES_A_ROW = 32
"""Of an owner or a member: its id, where its links begin, what threads sum up for it."""
LINKS_A_PAIR = {"similar": 4, "recommend": 200}
"""By SQL a pair takes the time in which so many links are read into a store; from each pair walks go on."""
BYTES_A_PAIR = {"similar": 48, "recommend": 1024}
"""And this memory, to group it and what it leads to."""


class Cost(NamedTuple):
    """What rankings cost: what was counted, and how they would be computed."""

    owners: int
    """Those who are asked."""
    links: int
    """All links of the collection that count, each pair once."""
    pairs: int
    """Pairs of links that meet in a member, of those who are asked; of all owners the sum of the members' squared degrees. As many
    SQL joins and groups."""
    bytes: int
    """Memory that the links need in a store, about."""
    memory_limit: int
    """Bytes that there are for them."""
    way: Way | None
    """How: see `Way`. None: it is refused."""


class Counted(NamedTuple):
    """What rankings are computed of."""

    owners: int
    """Those who are asked."""
    links: int
    """Those that count."""
    rows: int
    """Owners and members."""
    pairs: int
    """As of `Cost`."""
    read: int
    """Links that a store would have, of which maybe not all count."""


def estimated(asked: Question, counted: Counted, limit: int) -> Cost:
    """Of a question, and of what was counted for it."""
    owners, links, rows, pairs, read = counted
    bytes_a_link = BYTES_A_LINK + (BYTES_A_WEIGHT if asked.has_weights else 0)
    cost = Cost(owners, links, pairs, read * bytes_a_link + rows * BYTES_A_ROW, limit, None)
    is_sampled = asked.options.get("max_links") is not None
    way: Way | None
    if cost.bytes > limit:
        way = "sql" if is_sampled or pairs * BYTES_A_PAIR[asked.ask] <= limit else None
    else:
        # Only in memory are the links drawn that memory draws.
        way = "sql" if pairs * LINKS_A_PAIR[asked.ask] < read and not is_sampled else "memory"
    return cost._replace(way=way)


class _Refused(SchemaError, MemoryError):
    """What cannot be had in this memory."""


_Refused.__name__ = _Refused.__qualname__ = SchemaError.__name__
_Refused.__module__ = SchemaError.__module__


def refused(ask: str, cost: Cost) -> SchemaError:
    """Says how large it is, and what can be done."""
    sampled = "sample with max_links=..., " if ask == "recommend" else ""
    return _Refused(
        f"{ask}: the {cost.links:,} links need about {cost.bytes:,} bytes in memory, and memory_limit is {cost.memory_limit:,}; by SQL "
        f"{cost.pairs:,} pairs would be grouped for {cost.owners:,} owners. Ask fewer owners, as in lake[Model].where(...), {sampled}"
        'open the lake with a larger memory_limit=, or say way="sql", which goes to temp_directory and takes its time'
    )
