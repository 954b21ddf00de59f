"""a bipartite `Graph`: users are nodes 1 to n, tweets the numbers that follow, likes the edges."""

from collections import Counter
from heapq import nlargest
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np

from peers import Ids


class Peer:
    packages = ("networkx",)

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(users, users + tweets + 1)
        self.graph: Any = nx.Graph()
        self.graph.add_nodes_from(((id, {"username": f"user{id}"}) for id in self.users[1:]), bipartite=0)
        self.graph.add_nodes_from(self.tweets[1:], bipartite=1)

    def build(self, users: Ids, tweets: Ids) -> None:
        nodes = (tweets + self.tweets[0]).tolist()
        self.graph.add_edges_from(zip(users.tolist(), nodes, strict=True))

    more = build

    def like(self, users: list[int], tweets: list[int]) -> None:
        graph = self.graph
        for user, tweet in zip(users, tweets, strict=True):
            graph.add_edge(user, tweet)

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        graph = self.graph
        for user, tweet in zip(users, tweets, strict=True):
            graph.remove_edge(user, tweet)

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        graph = self.graph
        return [graph.has_edge(user, tweet) for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        graph = self.graph
        return [len(graph[tweet]) for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        graph = self.graph
        for tweet in tweets:
            for _user in graph.neighbors(tweet):
                pass

    def arrays(self, users: list[int]) -> list[Ids]:
        graph = self.graph
        return [np.fromiter(graph.neighbors(user), np.int64) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        nodes = self.graph.nodes
        return [nodes[user]["username"] for user in self.graph.neighbors(tweet)]

    def both(self, tweet: int, other: int) -> set[int]:
        users: set[int] = nx.common_neighbors(self.graph, tweet, other)
        return users

    def overlap(self, tweet: int, other: int) -> int:
        return len(nx.common_neighbors(self.graph, tweet, other))

    def top(self, k: int) -> list[tuple[int, int]]:
        return nlargest(k, self.graph.degree(self.tweets[1:]), key=lambda pair: pair[1])

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        neighbors = self.graph.neighbors
        shared = Counter(chain.from_iterable(map(neighbors, neighbors(tweet))))
        del shared[tweet]
        return shared.most_common(k)
