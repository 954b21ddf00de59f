"""What hasmany's stores in files are measured beside: one module a library, each with one class `Peer`.

    python -m files writes sqlite3 DIRECTORY     # from benches/; what durable.py starts, once a peer and round

`Peer.create(path, users, tweets)` makes a file that holds so many users and tweets and no likes. `Peer(path,
durability)` opens it; `users[id]` and `tweets[id]` are then what its own users would hold in their hands. Its methods
are the rows of the table. A method that is not there is a "-" in the table.

| method | does |
|---|---|
| `like(users, tweets)` | one like after another, each of them safe in the file when its turn ends |
| `loop(users, tweets)` | one like after another in one transaction |
| `batch(users, tweets)` | all likes from two arrays of ids, at once, in one transaction |
| `bulk(users, tweets)` | the same into a table without likes; where it is not there, `batch` is taken |
| `copy(path)` | all that is in the file as another file |
| `close()` | everything is in the file itself |
| `likes(path)` | the likes of a file that is closed: pairs of the number of a user and a tweet, in order of liking |
| `read(path)` | opens a file of hasmany's and reads all of its likes into memory; leaves nothing open |

`durability` is "normal" (kept when the process is killed, perhaps not when the machine is), "full" (kept then, too)
or "less" (perhaps lost with the process). Those that a peer has are in its `durabilities`.

The first line of a module's docstring stands below the table.
"""

from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from peers import Ids

NAMES = ("hasmany", "sqlite3", "sqlite3_fast", "sqlalchemy", "django", "pandas", "duckdb", "overgraph")


class Peer(Protocol):
    """What every peer has that writes; the rest as above."""

    durabilities: tuple[str, ...]

    def __init__(self, path: Path, durability: str) -> None: ...

    @staticmethod
    def create(path: Path, users: int, tweets: int) -> None: ...

    def batch(self, users: Ids, tweets: Ids) -> None: ...

    def close(self) -> None: ...


def load(name: str) -> Any:
    """The class of a peer. ImportError where its library is not installed."""
    return import_module(f"files.{name}").Peer
