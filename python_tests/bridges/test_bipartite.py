"""A join model as a bipartite graph: records are the nodes, pairs the edges, and NetworkX's projections are right."""

from collections import Counter
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest
from hasmany import Like, Model, SchemaError, Store, Tweet, User, belongs_to
from hypothesis import given, settings
from hypothesis import strategies as st

from .join_rows import Artist, Follow, Genre, Song

networkx = pytest.importorskip("networkx")
bipartite = pytest.importorskip("networkx.algorithms.bipartite")

NOON = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class Reader(Model, key="name"):
    name: str
    bipartite: int = 7
    model: str = "mine"


class Paper(Model):
    title: str
    editor: Reader | None = None


class Loan(Model, unique=("reader", "paper")):
    reader: Reader
    paper: Paper
    by: User | None = None
    at: datetime = NOON
    weight: float = 0.5


class Visit(Model):
    reader: Reader
    paper: Paper
    weight: int = 1


def test_the_seed_world(alice):
    bob = User("bob")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    alice.liked_tweets.add(one)
    bob.liked_tweets.add(one)
    graph = Like.to_networkx("user", "tweet")
    assert type(graph) is networkx.Graph
    assert dict(graph.nodes(data=True)) == {
        alice: {"bipartite": 0, "model": "User", "id": 1, "username": "alice"},
        bob: {"bipartite": 0, "model": "User", "id": 2, "username": "bob"},
        one: {"bipartite": 1, "model": "Tweet", "id": 1, "message": "one", "user": 1},
        two: {"bipartite": 1, "model": "Tweet", "id": 2, "message": "two", "user": 1},
    }
    assert {frozenset((a, b)): data for a, b, data in graph.edges(data=True)} == {
        frozenset((alice, one)): {"id": 1},
        frozenset((bob, one)): {"id": 2},
    }
    assert bipartite.is_bipartite(graph)
    assert Like.to_networkx("tweet", "user").nodes[alice]["bipartite"] == 1


def test_fields_are_attributes(alice):
    ann = Reader("Ann")
    paper = Paper("One", ann)
    loan = Loan(ann, paper, alice)
    graph = Loan.to_networkx("reader", "paper")
    assert graph.edges[ann, paper] == {"id": loan.id, "by": alice.id, "at": NOON, "weight": 0.5}
    assert graph.nodes[paper] == {"bipartite": 1, "model": "Paper", "id": 1, "title": "One", "editor": "Ann"}
    # Names that say what a node is say that, whatever fields there are.
    assert graph.nodes[ann] == {"bipartite": 0, "model": "Reader", "id": 1, "name": "Ann"}


def test_rows_of_one_pair_are_one_edge():
    ann, rock, jazz = Artist("Ann"), Genre("rock"), Genre("jazz")
    Song(ann, rock, "a", 3), Song(ann, jazz, "b"), Song(ann, rock, "c"), Song(ann)
    graph = Song.to_networkx("artist", "genre")
    assert graph.number_of_edges() == 2
    edge = graph.edges[ann, rock]
    assert (edge["weight"], edge["id"], edge["title"], edge["plays"]) == (2, [1, 3], ["a", "c"], [3, 0])
    assert graph.edges[ann, jazz]["weight"] == 1
    assert graph.edges[ann, jazz]["title"] == ["b"]
    reader, paper = Reader("Ann"), Paper("One")
    Visit(reader, paper), Visit(reader, paper, 5)
    assert Visit.to_networkx("reader", "paper").edges[reader, paper] == {"weight": [1, 5], "id": [1, 2]}


def test_all_records_of_both_sides_are_nodes(alice):
    alice.post_tweet("lonely")
    graph = Like.to_networkx("user", "tweet")
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (2, 0)


def test_what_is_deleted_is_not_there(alice):
    bob, tweet = User("bob"), alice.post_tweet("one")
    bob.liked_tweets.add(tweet)
    alice.liked_tweets.add(tweet)
    bob.delete()
    graph = Like.to_networkx("user", "tweet")
    assert set(graph.nodes) == {alice, tweet}
    assert list(graph.edges(data=True)) == [(alice, tweet, {"id": 2})]


def test_it_is_a_copy(alice):
    tweet = alice.post_tweet("one")
    alice.liked_tweets.add(tweet)
    graph = Like.to_networkx("user", "tweet")
    alice.liked_tweets.clear()
    assert graph.has_edge(alice, tweet)


def test_names_that_are_no_references_and_sides_that_are_one():
    for names, words in (
        (("user", "twet"), "no reference 'twet'.*did you mean 'tweet'"),
        (("user", "user"), "both lead to User"),
        (("", "tweet"), "no reference"),
    ):
        with pytest.raises(SchemaError, match=words):
            Like.to_networkx(*names)
    with pytest.raises(SchemaError, match=r"Follow.follower and Follow.followed both lead to Person.*Follow.matrix\("):
        Follow.to_networkx("follower", "followed")
    with pytest.raises(TypeError):
        Like.to_networkx("user", 5)  # type: ignore[arg-type]


def test_both_graphs_have_the_same_nodes(alice, store):
    tweet = alice.post_tweet("one")
    alice.liked_tweets.add(tweet)
    whole, links = store.to_networkx(), Like.to_networkx("user", "tweet")
    assert set(whole.nodes) == set(links.nodes)
    assert networkx.compose(whole.to_undirected(as_view=False), networkx.MultiGraph(links)).number_of_nodes() == 2


class Place(Model):
    name: str


class Guest(Model):
    name: str


class Stay(Model):
    guest: Guest
    place: Place | None = belongs_to(default=None)
    nights: int = 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.one_of(st.none(), st.integers(0, 4))), max_size=25), st.data())
def test_projections_are_right(pairs, data):
    with Store():
        guests, places = [Guest(str(n)) for n in range(5)], [Place(str(n)) for n in range(5)]
        rows = [Stay(guests[a], None if b is None else places[b]) for a, b in pairs]
        for row in data.draw(st.lists(st.sampled_from(rows), unique=True)) if rows else []:
            row.delete()
        left = Counter((row.guest, row.place) for row in Stay.all() if row.place is not None)
        graph = Stay.to_networkx("guest", "place")
        assert {(a, b): edge["weight"] for a, b, edge in _from(graph, guests)} == left
        shared = {
            frozenset((one, other)): len({b for a, b in left if a == one} & {b for a, b in left if a == other})
            for one, other in combinations(guests, 2)
        }
        shared = {pair: weight for pair, weight in shared.items() if weight}
        projected: Any = bipartite.weighted_projected_graph(graph, guests)
        assert {frozenset((a, b)): weight for a, b, weight in projected.edges(data="weight")} == shared


def _from(graph: Any, guests: list[Any]) -> list[Any]:
    return [(guest, place, edge) for guest in guests for place, edge in graph.adj[guest].items()]


def test_a_model_that_joins_nothing_is_told(alice):
    with pytest.raises(SchemaError, match="no reference"):
        Tweet.to_networkx("user", "tweet")
