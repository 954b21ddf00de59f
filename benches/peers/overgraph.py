"""OverGraph: nodes and unique edges in a temporary directory, as it has no mode in memory, with its own durability."""

from collections import Counter
from heapq import nlargest
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from overgraph import OverGraph

from peers import Ids

BATCH = 10_000


class Peer:
    packages = ("overgraph",)

    def __init__(self, users: int, tweets: int) -> None:
        self.directory = TemporaryDirectory(prefix="overgraph-")
        self.graph: Any = OverGraph.open(self.directory.name, edge_uniqueness=True)
        self.users = [0, *self._nodes("User", users)]
        self.tweets = [0, *self._nodes("Tweet", tweets)]

    def _nodes(self, label: str, count: int) -> list[int]:
        keys = (f"{label.lower()}{id}" for id in range(1, count + 1))
        nodes: list[int] = self.graph.batch_upsert_nodes([{"labels": [label], "key": key} for key in keys])
        return nodes

    def build(self, users: Ids, tweets: Ids) -> None:
        for start in range(0, len(users), BATCH):
            some = slice(start, start + BATCH)
            pairs = zip(users[some].tolist(), tweets[some].tolist(), strict=True)
            self.graph.batch_upsert_edges(
                [{"from_id": self.users[user], "to_id": self.tweets[tweet], "label": "LIKES"} for user, tweet in pairs]
            )

    more = build

    def like(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self.graph.upsert_edge(user, tweet, "LIKES")

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self.graph.delete_edge(self.graph.get_edge_by_triple(user, tweet, "LIKES").id)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        get = self.graph.get_edge_by_triple
        return [get(user, tweet, "LIKES") is not None for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        return [self.graph.degree(tweet, direction="incoming") for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        for tweet in tweets:
            for _entry in self.graph.neighbors(tweet, direction="incoming"):
                pass

    def arrays(self, users: list[int]) -> list[Ids]:
        neighbors = self.graph.neighbors
        return [np.array([entry.node_id for entry in neighbors(user)], dtype=np.int64) for user in users]

    def _likers(self, tweet: int) -> list[int]:
        return [entry.node_id for entry in self.graph.neighbors(tweet, direction="incoming")]

    def usernames(self, tweet: int) -> list[str]:
        return [user.key for user in self.graph.get_nodes(self._likers(tweet))]

    def both(self, tweet: int, other: int) -> set[int]:
        return set(self._likers(tweet)).intersection(self._likers(other))

    def overlap(self, tweet: int, other: int) -> int:
        return len(self.both(tweet, other))

    def top(self, k: int) -> list[tuple[int, int]]:
        degrees = self.graph.degrees(self.tweets[1:], direction="incoming")
        return nlargest(k, degrees.items(), key=lambda pair: pair[1])

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        liked = self.graph.neighbors_batch(self._likers(tweet)).values()
        shared = Counter(entry.node_id for entries in liked for entry in entries)
        del shared[tweet]
        return shared.most_common(k)
