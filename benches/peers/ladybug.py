"""LadybugDB, which continues Kuzu, in memory, asked in Cypher; likes are unique by `MERGE` only, not in bulk."""

from collections.abc import Iterable
from typing import Any

import ladybug
import numpy as np
import pyarrow as pa

from peers import Ids

SCHEMA = (
    "CREATE NODE TABLE User(id INT64 PRIMARY KEY, username STRING)",
    "CREATE NODE TABLE Tweet(id INT64 PRIMARY KEY)",
    "CREATE REL TABLE Likes(FROM User TO Tweet)",
)
LIKE = "MATCH (u:User {id: $user}), (t:Tweet {id: $tweet}) MERGE (u)-[:Likes]->(t)"
UNLIKE = "MATCH (:User {id: $user})-[l:Likes]->(:Tweet {id: $tweet}) DELETE l"
CONTAINS = "MATCH (:User {id: $user})-[:Likes]->(:Tweet {id: $tweet}) RETURN 1"
COUNT = "MATCH (:Tweet {id: $tweet})<-[:Likes]-(:User) RETURN count(*)"
LIKERS = "MATCH (:Tweet {id: $tweet})<-[:Likes]-(u:User) RETURN u.id"
LIKED = "MATCH (:User {id: $user})-[:Likes]->(t:Tweet) RETURN t.id"
USERNAMES = "MATCH (:Tweet {id: $tweet})<-[:Likes]-(u:User) RETURN u.username"
BOTH = "MATCH (:Tweet {id: $tweet})<-[:Likes]-(u:User)-[:Likes]->(:Tweet {id: $other}) RETURN u.id"
OVERLAP = "MATCH (:Tweet {id: $tweet})<-[:Likes]-(:User)-[:Likes]->(:Tweet {id: $other}) RETURN count(*)"
TOP = "MATCH (t:Tweet)<-[:Likes]-(:User) RETURN t.id, count(*) AS likers ORDER BY likers DESC LIMIT $k"
COLIKES = """
MATCH (t:Tweet {id: $tweet})<-[:Likes]-(:User)-[:Likes]->(o:Tweet) WHERE o.id <> t.id
RETURN o.id, count(*) AS shared ORDER BY shared DESC LIMIT $k
"""


class Peer:
    packages = ("ladybug", "pyarrow")

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.connection = ladybug.Connection(ladybug.Database(":memory:"))
        for statement in SCHEMA:
            self._ask(statement)
        names = [f"user{id}" for id in self.users[1:]]
        self._ask("COPY User FROM $rows", rows=pa.table({"id": np.arange(1, users + 1), "username": names}))
        self._ask("COPY Tweet FROM $rows", rows=pa.table({"id": np.arange(1, tweets + 1)}))

    def _ask(self, query: str, **parameters: Any) -> Any:
        return self.connection.execute(query, parameters)

    def build(self, users: Ids, tweets: Ids) -> None:
        self._ask("COPY Likes FROM $rows", rows=pa.table({"from": users, "to": tweets}))

    more = build

    def like(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self._ask(LIKE, user=user, tweet=tweet)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self._ask(UNLIKE, user=user, tweet=tweet)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        pairs = zip(users, tweets, strict=True)
        return [self._ask(CONTAINS, user=user, tweet=tweet).has_next() for user, tweet in pairs]

    def count(self, tweets: list[int]) -> list[int]:
        return [self._ask(COUNT, tweet=tweet).get_next()[0] for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        for tweet in tweets:
            for (_user,) in self._ask(LIKERS, tweet=tweet):
                pass

    def arrays(self, users: list[int]) -> list[Any]:
        return [column(self._ask(LIKED, user=user)) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        return [username for (username,) in self._ask(USERNAMES, tweet=tweet)]

    def both(self, tweet: int, other: int) -> Any:
        return column(self._ask(BOTH, tweet=tweet, other=other))

    def overlap(self, tweet: int, other: int) -> int:
        count: int = self._ask(OVERLAP, tweet=tweet, other=other).get_next()[0]
        return count

    def top(self, k: int) -> Iterable[Any]:
        rows: Iterable[Any] = self._ask(TOP, k=k).get_all()
        return rows

    def colikes(self, tweet: int, k: int) -> Iterable[Any]:
        rows: Iterable[Any] = self._ask(COLIKES, tweet=tweet, k=k).get_all()
        return rows


def column(result: Any) -> Any:
    return result.get_as_arrow(chunk_size=-1).column(0).to_numpy()
