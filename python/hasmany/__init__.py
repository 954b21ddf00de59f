"""Declare models and how they relate; keep each relationship once; read it from both ends at array speed.

>>> from hasmany import Tweet, User
>>> alice, bob = User("alice"), User("bob")
>>> tweet = alice.post_tweet("Hello, world")
>>> like = bob.like_tweet(tweet)
>>> like.user == bob, like.tweet == tweet
(True, True)
>>> bob in tweet.likers, tweet in bob.liked_tweets
(True, True)
"""

import atexit
import os
from typing import Any, Literal

from . import _hasmany
from ._hasmany import (
    Expr,
    Like,
    Many,
    Ranking,
    Rankings,
    Record,
    Schema,
    Stats,
    Store,
    Table,
    Tweet,
    User,
    __version__,
    between,
    col,
)
from .declared import belongs_to, field, has_many, has_one
from .described import CollectionDescription, FieldDescription, ModelDescription, SchemaDescription
from .errors import (
    CorruptStoreError,
    DeletedError,
    DuplicateError,
    FieldError,
    ForeignStoreError,
    HasManyError,
    NoCurrentStoreError,
    NotFoundError,
    ReadOnlyError,
    RestrictError,
    SchemaError,
    StoreClosedError,
    StoreLockedError,
)
from .evaluating import evaluate
from .frozen import Json
from .jsons import jsonable
from .model import Model
from .tuples import Change, Matrix, Page, Scored

atexit.register(_hasmany.close_files)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_hasmany.before_fork,
        after_in_parent=_hasmany.after_fork,
        after_in_child=_hasmany.after_fork_in_child,
    )

OnDelete = Literal["restrict", "cascade", "nullify"]
OnConflict = Literal["error", "skip", "update"]
OnMissing = Literal["error", "skip", "none", "create"]
Measure = Literal["cosine", "jaccard", "overlap", "count"]

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


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext hasmany` does: names of fields and collections are completed in `values("`, `by="`, `where(` and the like."""
    from .completing import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """What `%unload_ext hasmany` does."""
    from .completing import unload

    unload(shell)


def __dir__() -> list[str]:
    """What users may use: neither modules of the package nor what this one imports."""
    return list(__all__)
