"""OverGraph: nodes and unique edges; its mode `immediate` is `full`, its default `group_commit` is `less`."""

from pathlib import Path
from typing import Any

from overgraph import OverGraph
from peers import Ids

BATCH = 10_000
MODES = {"full": "immediate", "less": "group_commit"}


class Peer:
    packages = ("overgraph",)
    durabilities = tuple(MODES)

    @staticmethod
    def create(path: Path, users: int, tweets: int) -> None:
        with OverGraph.open(str(path), edge_uniqueness=True) as graph:
            for label, count in (("User", users), ("Tweet", tweets)):
                graph.batch_upsert_nodes([{"labels": [label], "key": str(id)} for id in range(1, count + 1)])

    def __init__(self, path: Path, durability: str) -> None:
        self.graph: Any = OverGraph.open(str(path), edge_uniqueness=True, wal_sync_mode=MODES[durability])
        self.users = [0, *sorted(self.graph.nodes_by_labels("User"))]
        self.tweets = [0, *sorted(self.graph.nodes_by_labels("Tweet"))]

    def like(self, users: list[int], tweets: list[int]) -> None:
        for user, tweet in zip(users, tweets, strict=True):
            self.graph.upsert_edge(user, tweet, "LIKES")

    def batch(self, users: Ids, tweets: Ids) -> None:
        for start in range(0, len(users), BATCH):
            some = slice(start, start + BATCH)
            pairs = zip(users[some].tolist(), tweets[some].tolist(), strict=True)
            self.graph.batch_upsert_edges(
                [{"from_id": self.users[user], "to_id": self.tweets[tweet], "label": "LIKES"} for user, tweet in pairs]
            )

    def close(self) -> None:
        self.graph.close()

    @staticmethod
    def likes(path: Path) -> list[tuple[int, int]]:
        with OverGraph.open(str(path), edge_uniqueness=True) as graph:
            numbers = {node.id: int(node.key) for node in graph.get_nodes_by_labels("User")}
            numbers |= {node.id: int(node.key) for node in graph.get_nodes_by_labels("Tweet")}
            edges = sorted(graph.get_edges_by_label("LIKES"), key=lambda edge: edge.id)
            return [(numbers[edge.from_id], numbers[edge.to_id]) for edge in edges]
