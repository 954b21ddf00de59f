"""A whole store as a graph of networkx: rows are nodes, join rows are edges."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Model, Store, Tweet, User, belongs_to

from .join_rows import NOON, Artist, Follow, Genre, Person, Song

networkx = pytest.importorskip("networkx")


class Doctor(Model):
    name: str


class Patient(Model):
    name: str
    doctor: Doctor | None = belongs_to(default=None)


class Visit(Model):
    """Two references, but other rows refer to it."""

    doctor: Doctor
    patient: Patient
    cost: int = 0


class Invoice(Model):
    visit: Visit
    number: int


class Referral(Model):
    """Three references."""

    patient: Patient
    sender: Doctor
    receiver: Doctor


def nodes(graph: Any) -> dict[Any, dict[str, Any]]:
    return dict(graph.nodes(data=True))


def edges(graph: Any) -> Counter[Any]:
    return Counter((a, b, frozenset(data.items())) for a, b, data in graph.edges(data=True))


def edge(a: Any, b: Any, **data: Any) -> tuple[Any, Any, frozenset[Any]]:
    return a, b, frozenset(data.items())


def test_the_seed_world_is_a_graph(store):
    alice, bob = User("alice"), User("bob")
    tweet = alice.post_tweet("hi")
    bob.like_tweet(tweet), alice.like_tweet(tweet)
    graph = store.to_networkx()
    assert type(graph) is networkx.MultiDiGraph
    assert set(graph.nodes) == {alice, bob, tweet}
    assert graph.nodes[alice].items() >= {"model": "User", "id": 1, "username": "alice"}.items()
    assert graph.nodes[tweet].items() >= {"model": "Tweet", "id": 1, "message": "hi"}.items()
    assert edges(graph) == Counter(
        [
            edge(tweet, alice, reference="user"),
            edge(bob, tweet, model="Like", id=1),
            edge(alice, tweet, model="Like", id=2),
        ]
    )


def test_a_node_is_the_record_itself(store):
    alice = User("alice")
    graph = store.to_networkx()
    (node,) = graph.nodes
    assert isinstance(node, User)
    assert node == alice
    assert alice in graph


def test_a_join_row_is_an_edge_with_its_fields(store):
    ann, rock = Artist("Ann"), Genre("rock")
    first, second = Song(ann, rock, "a", 3, 0.5, True), Song(ann, rock, "b")
    graph = store.to_networkx()
    assert set(graph.nodes) == {ann, rock}
    assert edges(graph) == Counter(
        [
            edge(ann, rock, model="Song", id=first.id, title="a", plays=3, rating=0.5, live=True),
            edge(ann, rock, model="Song", id=second.id, title="b", plays=0, rating=1.0, live=False),
        ]
    )


def test_a_join_row_with_an_open_end_is_a_node(store):
    ann = Artist("Ann")
    song = Song(ann, None, "alone")
    graph = store.to_networkx()
    assert set(graph.nodes) == {ann, song}
    assert graph.nodes[song].items() >= {"model": "Song", "id": 1, "title": "alone", "plays": 0}.items()
    assert edges(graph) == Counter([edge(song, ann, reference="artist")])


def test_a_join_row_between_rows_of_one_model_is_an_edge(store):
    ann, ben = Person("Ann"), Person("Ben")
    Follow(ann, ben, NOON), Follow(ben, ben)
    graph = store.to_networkx()
    assert edges(graph) == Counter(
        [edge(ann, ben, model="Follow", id=1, since=NOON), edge(ben, ben, model="Follow", id=2, since=None)]
    )


def test_a_row_that_others_refer_to_is_a_node(store):
    house = Doctor("House")
    ann = Patient("Ann", house)
    visit = Visit(house, ann, 3)
    invoice = Invoice(visit, 7)
    graph = store.to_networkx()
    assert set(graph.nodes) == {house, ann, visit, invoice}
    assert edges(graph) == Counter(
        [
            edge(ann, house, reference="doctor"),
            edge(visit, house, reference="doctor"),
            edge(visit, ann, reference="patient"),
            edge(invoice, visit, reference="visit"),
        ]
    )


def test_a_row_with_three_references_is_a_node(store):
    house, wilson, ann = Doctor("House"), Doctor("Wilson"), Patient("Ann")
    referral = Referral(ann, house, wilson)
    graph = store.to_networkx()
    assert referral in graph
    assert edges(graph) == Counter(
        [
            edge(referral, ann, reference="patient"),
            edge(referral, house, reference="sender"),
            edge(referral, wilson, reference="receiver"),
        ]
    )


def test_a_reference_that_is_none_is_no_edge(store):
    ann = Patient("Ann")
    graph = store.to_networkx()
    assert (set(graph.nodes), graph.number_of_edges()) == ({ann}, 0)


def test_an_empty_store_is_an_empty_graph(store):
    graph = store.to_networkx()
    assert type(graph) is networkx.MultiDiGraph
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (0, 0)


def test_a_graph_is_what_the_store_was(store):
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    graph = store.to_networkx()
    alice.like_tweet(tweet)
    alice.username = "alicia"
    assert graph.number_of_edges() == 1
    assert graph.nodes[alice]["username"] == "alice"


def test_a_graph_leaves_out_what_was_deleted(store):
    alice, bob = User("alice"), User("bob")
    alice.like_tweet(bob.post_tweet("hi"))
    bob.delete()
    graph = store.to_networkx()
    assert (set(graph.nodes), graph.number_of_edges()) == ({alice}, 0)


def test_a_graph_is_of_its_own_store(store):
    with Store() as other:
        bob = User("bob")
    alice = User("alice")
    assert set(other.to_networkx().nodes) == {bob}
    assert set(store.to_networkx().nodes) == {alice}


def test_the_algorithms_of_networkx_run_on_it(store):
    people = Person.insert_all(name=[f"person {n}" for n in range(10)])
    Follow.insert_all(follower=people[:9], followed=people[1:])
    graph = store.to_networkx()
    assert networkx.shortest_path(graph, people[0], people[9]) == list(people)
    assert networkx.number_weakly_connected_components(graph) == 1
    assert [record for record in networkx.topological_sort(graph)] == list(people)


def test_every_row_is_one_node_or_one_edge(store):
    rng = np.random.default_rng(11)
    users = User.insert_all(username=[str(n) for n in range(30)])
    tweets = Tweet.insert_all(message="x", user=rng.integers(1, 31, 40))
    pairs = np.unique(np.stack([rng.integers(1, 31, 200), rng.integers(1, 41, 200)]), axis=1)
    likes = Like.insert_all(user=pairs[0], tweet=pairs[1])
    tweets[3].delete()
    users[4].delete()
    graph = store.to_networkx()
    assert set(graph.nodes) == {*User.all(), *Tweet.all()}
    assert nodes(graph).keys() == {*User.all(), *Tweet.all()}
    posted = [edge(tweet, tweet.user, reference="user") for tweet in Tweet.all()]
    liked = [edge(like.user, like.tweet, model="Like", id=like.id) for like in likes]
    assert edges(graph) == Counter(posted + liked)
    for tweet in Tweet.all():
        assert {user for user in graph.predecessors(tweet) if isinstance(user, User)} == set(tweet.likers)
