"""python-igraph: an undirected `Graph`, its edges added as one array; a new edge rebuilds its index of edges."""

from collections import Counter
from heapq import nlargest
from itertools import chain
from typing import Any

import igraph
import numpy as np

from peers import Ids


class Peer:
    packages = ("igraph",)

    def __init__(self, users: int, tweets: int) -> None:
        self.users = range(users + 1)
        self.tweets = range(users, users + tweets + 1)
        self.graph: Any = igraph.Graph(users + tweets + 1)  # vertex 0 stays alone: ids begin at 1
        self.graph.vs["name"] = [f"user{id}" for id in self.users] + [f"tweet{id}" for id in range(1, tweets + 1)]

    def build(self, users: Ids, tweets: Ids) -> None:
        self.graph.add_edges(np.column_stack([users, tweets + self.tweets[0]]))
        self.graph.simplify()  # a like that is there twice stays once

    more = build

    def like(self, users: list[int], tweets: list[int]) -> None:
        graph = self.graph
        for user, tweet in zip(users, tweets, strict=True):
            if not graph.are_adjacent(user, tweet):
                graph.add_edges([(user, tweet)])

    def unlike(self, users: list[int], tweets: list[int]) -> None:
        graph = self.graph
        for user, tweet in zip(users, tweets, strict=True):
            graph.delete_edges([(user, tweet)])

    def contains(self, users: list[int], tweets: list[int]) -> list[bool]:
        graph = self.graph
        return [graph.are_adjacent(user, tweet) for user, tweet in zip(users, tweets, strict=True)]

    def count(self, tweets: list[int]) -> list[int]:
        graph = self.graph
        return [graph.degree(tweet) for tweet in tweets]

    def members(self, tweets: list[int]) -> None:
        graph = self.graph
        for tweet in tweets:
            for _user in graph.neighbors(tweet):
                pass

    def arrays(self, users: list[int]) -> list[Ids]:
        graph = self.graph
        return [np.array(graph.neighbors(user), dtype=np.int64) for user in users]

    def usernames(self, tweet: int) -> list[str]:
        names: list[str] = self.graph.vs[self.graph.neighbors(tweet)]["name"]
        return names

    def both(self, tweet: int, other: int) -> set[int]:
        return set(self.graph.neighbors(tweet)).intersection(self.graph.neighbors(other))

    def overlap(self, tweet: int, other: int) -> int:
        return len(self.both(tweet, other))

    def top(self, k: int) -> list[tuple[int, int]]:
        tweets = self.tweets[1:]
        return nlargest(k, zip(tweets, self.graph.degree(tweets), strict=True), key=lambda pair: pair[1])

    def colikes(self, tweet: int, k: int) -> list[tuple[int, int]]:
        graph = self.graph
        shared = Counter(chain.from_iterable(graph.neighborhood(graph.neighbors(tweet), mindist=1)))
        del shared[tweet]
        return shared.most_common(k)
