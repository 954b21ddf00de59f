"""an undirected `PyGraph`, its edges added as one list without what is there twice; `has_edge` before a new one."""

from collections import Counter
from heapq import nlargest
from itertools import chain
from typing import Any

import numpy as np
import rustworkx as rx

from peers import Ids


class Peer:
    packages = ("rustworkx",)

    def __init__(self, users: int, tweets: int) -> None:
        self.graph: Any = rx.PyGraph()
        self.graph.add_node(None)  # so that a user's node is numbered as the user
        self.graph.add_nodes_from([f"user{id}" for id in range(1, users + 1)])
        self.graph.add_nodes_from([f"tweet{id}" for id in range(1, tweets + 1)])
        self.users = range(users + 1)
        self.tweets = range(users, users + tweets + 1)

    def build(self, users: Ids, tweets: Ids) -> None:
        edges = np.unique(np.column_stack([users, tweets + self.tweets[0]]), axis=0)
        self.graph.add_edges_from_no_data(list(map(tuple, edges.tolist())))

    more = build

    def like(self, users: list[int], tweets: list[int]) -> None:
        graph = self.graph
        for user, tweet in zip(users, tweets, strict=True):
            if not graph.has_edge(user, tweet):
                graph.add_edge(user, tweet, None)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        graph = self.graph
        for user, tweet in zip(users, tweets, strict=True):
            graph.remove_edge(user, tweet)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        graph = self.graph
        return [graph.has_edge(user, tweet) for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        graph = self.graph
        return [graph.degree(tweet) for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        graph = self.graph
        for tweet in tweets:
            for _user in graph.neighbors(tweet):
                pass

    def arrays(self, users: list[int]) -> list[Any]:
        graph = self.graph
        return [np.asarray(graph.neighbors(user)) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        graph = self.graph
        return [graph[user] for user in graph.neighbors(tweet)]

    def both(self, tweet: int, other: int) -> Any:
        likers, others = (np.asarray(self.graph.neighbors(node)) for node in (tweet, other))
        return np.intersect1d(likers, others, assume_unique=True)

    def overlap(self, tweet: int, other: int) -> int:
        return len(self.both(tweet, other))

    def top(self, k: int) -> list[tuple[int, int]]:
        degree = self.graph.degree
        return nlargest(k, ((tweet, degree(tweet)) for tweet in self.tweets[1:]), key=lambda pair: pair[1])

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        neighbors = self.graph.neighbors
        shared = Counter(chain.from_iterable(map(neighbors, neighbors(tweet))))
        del shared[tweet]
        return shared.most_common(k)
