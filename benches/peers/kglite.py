"""KGLite, a knowledge graph in memory with an engine in Rust, asked in Cypher; likes are unique by `MERGE`, in bulk as well."""

from typing import Any

import kglite
import numpy as np
import pandas as pd

from peers import Ids

LIKE = "MATCH (u:User {id: $user}), (t:Tweet {id: $tweet}) MERGE (u)-[:LIKES]->(t)"
UNLIKE = "MATCH (:User {id: $user})-[l:LIKES]->(:Tweet {id: $tweet}) DELETE l"
CONTAINS = "MATCH (:User {id: $user})-[:LIKES]->(:Tweet {id: $tweet}) RETURN 1 AS one"
COUNT = "MATCH (:Tweet {id: $tweet})<-[:LIKES]-(:User) RETURN count(*) AS likers"
LIKERS = "MATCH (:Tweet {id: $tweet})<-[:LIKES]-(u:User) RETURN u.id AS id"
LIKED = "MATCH (:User {id: $user})-[:LIKES]->(t:Tweet) RETURN t.id AS id"
USERNAMES = "MATCH (:Tweet {id: $tweet})<-[:LIKES]-(u:User) RETURN u.username AS username"
BOTH = "MATCH (:Tweet {id: $tweet})<-[:LIKES]-(u:User)-[:LIKES]->(:Tweet {id: $other}) RETURN u.id AS id"
OVERLAP = "MATCH (:Tweet {id: $tweet})<-[:LIKES]-(:User)-[:LIKES]->(:Tweet {id: $other}) RETURN count(*) AS likers"
TOP = "MATCH (t:Tweet)<-[:LIKES]-(:User) RETURN t.id AS id, count(*) AS likers ORDER BY likers DESC LIMIT $k"
COLIKES = """
MATCH (t:Tweet {id: $tweet})<-[:LIKES]-(:User)-[:LIKES]->(o:Tweet) WHERE o.id <> $tweet
RETURN o.id AS id, count(*) AS shared ORDER BY shared DESC LIMIT $k
"""


class Peer:
    packages = ("kglite", "pandas")

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(tweets + 1)
        self.graph: Any = kglite.KnowledgeGraph()
        names = [f"user{id}" for id in self.users[1:]]
        self.graph.add_nodes(pd.DataFrame({"id": np.arange(1, users + 1), "username": names}), "User", "id")
        self.graph.add_nodes(pd.DataFrame({"id": np.arange(1, tweets + 1)}), "Tweet", "id")

    def _ask(self, query: str, **parameters: Any) -> Any:
        return self.graph.cypher(query, params=parameters)

    def build(self, users: Ids, tweets: Ids) -> None:
        likes = pd.DataFrame({"user": users, "tweet": tweets})
        self.graph.add_relationships(likes, "LIKES", "User", "user", "Tweet", "tweet")

    more = build

    def like(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self._ask(LIKE, user=user, tweet=tweet)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self._ask(UNLIKE, user=user, tweet=tweet)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        return [len(self._ask(CONTAINS, user=user, tweet=tweet)) > 0 for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        return [self._ask(COUNT, tweet=tweet)[0]["likers"] for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        for tweet in tweets:
            for _user in self._ask(LIKERS, tweet=tweet):
                pass

    def arrays(self, users: list[int]) -> list[Any]:
        return [np.array([row["id"] for row in self._ask(LIKED, user=user)]) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        return [row["username"] for row in self._ask(USERNAMES, tweet=tweet)]

    def both(self, tweet: int, other: int) -> Any:
        return [row["id"] for row in self._ask(BOTH, tweet=tweet, other=other)]

    def overlap(self, tweet: int, other: int) -> int:
        count: int = self._ask(OVERLAP, tweet=tweet, other=other)[0]["likers"]
        return count

    def top(self, k: int) -> list[Any]:
        return [(row["id"], row["likers"]) for row in self._ask(TOP, k=k)]

    def colikes(self, tweet: int, k: int) -> list[Any]:
        return [(row["id"], row["shared"]) for row in self._ask(COLIKES, tweet=tweet, k=k)]
