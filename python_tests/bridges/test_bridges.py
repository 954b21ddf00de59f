"""To other libraries: join rows as a sparse matrix of scipy, a whole store as a graph of networkx."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Many, Model, SchemaError, Store, Tweet, User, belongs_to, has_many
from hypothesis import given, settings
from hypothesis import strategies as st

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


class Artist(Model):
    name: str
    songs: Many["Song"] = has_many(by="artist")


class Genre(Model):
    name: str
    songs: Many["Song"] = has_many()


class Song(Model):
    """A join row whose second reference may be none, with a third reference that is another join row's."""

    artist: Artist
    genre: Genre | None = belongs_to(default=None)
    title: str = "untitled"
    plays: int = 0
    rating: float = 1.0
    live: bool = False


class Person(Model):
    name: str
    follows: Many["Follow"] = has_many(by="follower")


class Follow(Model, unique=("follower", "followed")):
    follower: Person
    followed: Person
    since: datetime | None = None


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


# ── matrix ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def songs() -> list[Song]:
    pytest.importorskip("scipy")
    ann, ben, _ = Artist("Ann"), Artist("Ben"), Artist("Cid")
    rock, _, jazz = Genre("rock"), Genre("folk"), Genre("jazz")
    return [
        Song(ben, rock, "a", 5, 0.5),
        Song(ann, jazz, "b", 7, 0.25),
        Song(ben, rock, "c", -2, 0.5),
        Song(ann, None, "d", 100, 9.0),
        Song(ann, rock, "e", 1, 2.0),
    ]


def test_a_matrix_counts_the_rows_of_each_pair(songs):
    scipy = pytest.importorskip("scipy")
    result = Song.matrix(rows="artist", columns="genre")
    assert isinstance(result, tuple)
    assert result._fields == ("matrix", "rows", "columns")
    matrix, rows, columns = result
    assert isinstance(matrix, scipy.sparse.csr_array)
    assert matrix.shape == (3, 3)
    assert matrix.toarray().tolist() == [[1, 0, 1], [2, 0, 0], [0, 0, 0]]
    assert matrix.dtype == np.float64
    assert (rows, columns) == (Artist.all(), Genre.all())
    assert rows.values("name") == ["Ann", "Ben", "Cid"]


def test_rows_and_columns_may_change_places(songs):
    other = Song.matrix(rows="genre", columns="artist")
    assert other.matrix.toarray().tolist() == Song.matrix(rows="artist", columns="genre").matrix.toarray().T.tolist()
    assert (other.rows, other.columns) == (Genre.all(), Artist.all())


def test_the_collections_of_a_matrix_are_fixed(songs):
    result = Song.matrix(rows="artist", columns="genre")
    Artist("Dee")
    assert isinstance(result.rows, Many)
    assert len(result.rows) == result.matrix.shape[0] == 3


def test_a_matrix_sums_a_field(songs):
    plays = Song.matrix(rows="artist", columns="genre", values="plays").matrix
    assert plays.toarray().tolist() == [[1, 0, 7], [3, 0, 0], [0, 0, 0]]
    assert plays.dtype == np.float64
    ratings = Song.matrix(rows="artist", columns="genre", values="rating").matrix
    assert ratings.toarray().tolist() == [[2.0, 0, 0.25], [1.0, 0, 0], [0, 0, 0]]
    assert ratings.dtype == np.float64


def test_a_matrix_is_in_canonical_form(songs):
    matrix = Song.matrix(rows="artist", columns="genre").matrix
    assert matrix.has_canonical_format
    assert matrix.nnz == 3
    assert (matrix @ np.ones(3)).tolist() == [2, 2, 0]
    matrix.check_format(full_check=True)


def test_a_matrix_leaves_out_deleted_rows_and_parents(songs):
    songs[0].delete()
    for song in Song.where(genre=Genre.find(3)):
        song.delete()
    Genre.find(3).delete()
    result = Song.matrix(rows="artist", columns="genre")
    assert result.columns.values("name") == ["rock", "folk"]
    assert result.matrix.toarray().tolist() == [[1, 0], [1, 0], [0, 0]]


def test_a_matrix_of_a_model_with_itself():
    pytest.importorskip("scipy")
    ann, ben, cid = Person("Ann"), Person("Ben"), Person("Cid")
    for follower, followed in ((ann, ben), (cid, ben), (ben, ben), (ann, cid)):
        Follow(follower, followed)
    result = Follow.matrix(rows="follower", columns="followed")
    assert result.matrix.toarray().tolist() == [[0, 1, 1], [0, 1, 0], [0, 1, 0]]
    assert result.rows == result.columns == Person.all()


def test_a_matrix_of_one_reference_with_itself_counts_on_the_diagonal(songs):
    result = Song.matrix(rows="artist", columns="artist")
    assert result.matrix.toarray().tolist() == [[3, 0, 0], [0, 2, 0], [0, 0, 0]]


def test_a_matrix_of_the_seed_world():
    pytest.importorskip("scipy")
    alice, bob = User("alice"), User("bob")
    one, two = alice.post_tweet("one"), alice.post_tweet("two")
    bob.like_tweet(one), alice.like_tweet(two), bob.like_tweet(two)
    result = Like.matrix(rows="user", columns="tweet")
    assert result.matrix.toarray().tolist() == [[0, 1], [1, 1]]
    both = (result.matrix.T @ result.matrix).toarray()
    assert both[0, 1] == one.likers.overlap(two.likers) == 1
    assert result.rows[1] == bob
    assert Tweet.matrix(rows="user", columns="user").matrix.toarray().tolist() == [[2, 0], [0, 0]]


def test_an_empty_matrix():
    pytest.importorskip("scipy")
    result = Like.matrix(rows="user", columns="tweet")
    assert result.matrix.shape == (0, 0)
    assert (result.rows, result.columns) == ([], [])
    User("alice")
    assert Like.matrix(rows="user", columns="tweet").matrix.shape == (1, 0)
    assert Song.matrix(rows="artist", columns="genre", values="rating").matrix.shape == (0, 0)


def test_a_matrix_shows_what_its_transaction_did(store):
    pytest.importorskip("scipy")
    alice = User("alice")
    with pytest.raises(ZeroDivisionError), store.transaction():
        alice.like_tweet(alice.post_tweet("hi"))
        assert Like.matrix(rows="user", columns="tweet").matrix.toarray().tolist() == [[1]]
        raise ZeroDivisionError
    assert Like.matrix(rows="user", columns="tweet").matrix.shape == (1, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Song.matrix(rows="artst", columns="genre"), ["artst", "artist"]),
        (lambda: Song.matrix(rows="artist", columns="gnre"), ["gnre", "genre"]),
        (lambda: Song.matrix(rows="artist", columns="title"), ["title"]),
        (lambda: Song.matrix(rows="plays", columns="genre"), ["plays"]),
        (lambda: Song.matrix(rows="id", columns="genre"), ["id"]),
        (lambda: Song.matrix(rows="artist", columns="genre", values="plais"), ["plais", "plays"]),
        (lambda: Song.matrix(rows="artist", columns="genre", values="title"), ["title"]),
        (lambda: Song.matrix(rows="artist", columns="genre", values="artist"), ["artist"]),
        (lambda: Like.matrix(rows="usr", columns="tweet"), ["usr", "user"]),
        (lambda: User.matrix(rows="username", columns="username"), ["username"]),
    ],
)
def test_a_matrix_of_anything_else_is_a_schema_error(songs, call, words):
    with pytest.raises(SchemaError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


@settings(max_examples=60, deadline=None, database=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.none() | st.integers(1, 5), st.integers(-9, 9)), max_size=40),
    st.sets(st.integers(0, 39), max_size=10),
)
def test_a_matrix_is_a_count_and_a_sum_of_rows(rows, deleted):
    pytest.importorskip("scipy")
    with Store() as store:
        Artist.insert_all(name=[*"abcdef"])
        Genre.insert_all(name=[*"vwxyz"])
        made = Song.insert_all(
            artist=[row[0] for row in rows], genre=[row[1] for row in rows], plays=[row[2] for row in rows]
        )
        for song in [song for at, song in enumerate(made) if at in deleted]:
            song.delete()
        kept = [row for at, row in enumerate(rows) if at not in deleted and row[1] is not None]
        counts, sums = np.zeros((6, 5), int), np.zeros((6, 5), int)
        for artist, genre, plays in kept:
            counts[artist - 1, genre - 1] += 1
            sums[artist - 1, genre - 1] += plays
        for _ in range(2):
            result = Song.matrix(rows="artist", columns="genre")
            assert result.matrix.toarray().tolist() == counts.tolist()
            assert result.matrix.nnz == np.count_nonzero(counts)
            assert (
                Song.matrix(rows="artist", columns="genre", values="plays").matrix.toarray().tolist() == sums.tolist()
            )
            store.compact()


# ── to_networkx ───────────────────────────────────────────────────────────────────────────────────


def nodes(graph: Any) -> dict[Any, dict[str, Any]]:
    return dict(graph.nodes(data=True))


def edges(graph: Any) -> Counter[Any]:
    return Counter((a, b, frozenset(data.items())) for a, b, data in graph.edges(data=True))


def edge(a: Any, b: Any, **data: Any) -> tuple[Any, Any, frozenset[Any]]:
    return a, b, frozenset(data.items())


def test_the_seed_world_is_a_graph(store):
    networkx = pytest.importorskip("networkx")
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
    pytest.importorskip("networkx")
    alice = User("alice")
    graph = store.to_networkx()
    (node,) = graph.nodes
    assert isinstance(node, User)
    assert node == alice
    assert alice in graph


def test_a_join_row_is_an_edge_with_its_fields(store):
    pytest.importorskip("networkx")
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
    pytest.importorskip("networkx")
    ann = Artist("Ann")
    song = Song(ann, None, "alone")
    graph = store.to_networkx()
    assert set(graph.nodes) == {ann, song}
    assert graph.nodes[song].items() >= {"model": "Song", "id": 1, "title": "alone", "plays": 0}.items()
    assert edges(graph) == Counter([edge(song, ann, reference="artist")])


def test_a_join_row_between_rows_of_one_model_is_an_edge(store):
    pytest.importorskip("networkx")
    ann, ben = Person("Ann"), Person("Ben")
    Follow(ann, ben, NOON), Follow(ben, ben)
    graph = store.to_networkx()
    assert edges(graph) == Counter(
        [edge(ann, ben, model="Follow", id=1, since=NOON), edge(ben, ben, model="Follow", id=2, since=None)]
    )


def test_a_row_that_others_refer_to_is_a_node(store):
    pytest.importorskip("networkx")
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
    pytest.importorskip("networkx")
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
    pytest.importorskip("networkx")
    ann = Patient("Ann")
    graph = store.to_networkx()
    assert (set(graph.nodes), graph.number_of_edges()) == ({ann}, 0)


def test_an_empty_store_is_an_empty_graph(store):
    networkx = pytest.importorskip("networkx")
    graph = store.to_networkx()
    assert type(graph) is networkx.MultiDiGraph
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (0, 0)


def test_a_graph_is_what_the_store_was(store):
    pytest.importorskip("networkx")
    alice = User("alice")
    tweet = alice.post_tweet("hi")
    graph = store.to_networkx()
    alice.like_tweet(tweet)
    alice.username = "alicia"
    assert graph.number_of_edges() == 1
    assert graph.nodes[alice]["username"] == "alice"


def test_a_graph_leaves_out_what_was_deleted(store):
    pytest.importorskip("networkx")
    alice, bob = User("alice"), User("bob")
    alice.like_tweet(bob.post_tweet("hi"))
    bob.delete()
    graph = store.to_networkx()
    assert (set(graph.nodes), graph.number_of_edges()) == ({alice}, 0)


def test_a_graph_is_of_its_own_store(store):
    pytest.importorskip("networkx")
    with Store() as other:
        bob = User("bob")
    alice = User("alice")
    assert set(other.to_networkx().nodes) == {bob}
    assert set(store.to_networkx().nodes) == {alice}


def test_the_algorithms_of_networkx_run_on_it(store):
    networkx = pytest.importorskip("networkx")
    people = Person.insert_all(name=[f"person {n}" for n in range(10)])
    Follow.insert_all(follower=people[:9], followed=people[1:])
    graph = store.to_networkx()
    assert networkx.shortest_path(graph, people[0], people[9]) == list(people)
    assert networkx.number_weakly_connected_components(graph) == 1
    assert [record for record in networkx.topological_sort(graph)] == list(people)


def test_every_row_is_one_node_or_one_edge(store):
    pytest.importorskip("networkx")
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
