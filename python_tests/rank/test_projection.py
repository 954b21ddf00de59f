"""Pairs of owners by how many members they share: as a table, and as a matrix."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Record, SchemaError, Store, Table, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

from .likes import fill
from .people import Appointment, Doctor, Patient, Person


def naive(owners: Iterable[Record], through: str, least: int = 1) -> list[tuple[int, int, int]]:
    members = {owner.id: set(getattr(owner, through)) for owner in owners}
    shared = ((one, other, len(members[one] & members[other])) for one, other in combinations(sorted(members), 2))
    return [pair for pair in shared if pair[2] >= least]


def rows(table: Table) -> list[tuple[int, int, int]]:
    assert table.columns == ("owner", "other", "weight")
    return [tuple(row.values()) for row in table.to_dicts()]  # type: ignore[misc]


def test_each_pair_is_there_once_the_older_first():
    fill(20, 10, 60)
    table = User.projection("liked_tweets")
    assert rows(table) == rows(User.all().projection("liked_tweets")) == naive(User.all(), "liked_tweets")
    assert len(table) == len(rows(table)) > 50
    for name in table.columns:
        assert table.column(name).dtype == np.int64
    assert table.column("weight").tolist() == [weight for _, _, weight in rows(table)]


@pytest.mark.parametrize("least", [1, 2, 3, 8, 2**31, 2**70])
def test_least(least):
    fill(20, 10, 90)
    assert rows(User.projection("liked_tweets", least)) == naive(User.all(), "liked_tweets", least)
    assert rows(Tweet.projection("likers", least=least)) == naive(Tweet.all(), "likers", least)


def test_only_members_of_the_collection_are_paired():
    fill(20, 10, 90)
    some = User.where(id=[3, 17, 5, 9, 2])
    assert rows(some.projection("liked_tweets")) == naive(some, "liked_tweets")
    ordered = some.order_by("id", reverse=True)
    assert rows(ordered.projection("liked_tweets")) == naive(some, "liked_tweets")
    liked = User.find(3).liked_tweets
    assert rows(liked.projection("likers", least=2)) == naive(liked, "likers", 2)
    assert rows(some[:1].projection("liked_tweets")) == rows(some[:0].projection("liked_tweets")) == []


def test_what_is_refused():
    ann = User("ann")
    for least in (0, -1):
        with pytest.raises(ValueError, match="least is 1 or more"):
            User.projection("liked_tweets", least=least)
    for wrong in ("2", 2.0, True, np.True_):
        with pytest.raises(TypeError, match="least takes int, not"):
            User.projection("liked_tweets", least=wrong)  # type: ignore[arg-type]
    assert rows(User.projection("liked_tweets", least=np.int64(2))) == []
    assert User.all().projection_matrix("liked_tweets", np.uint8(1)).matrix.shape == (1, 1)
    with pytest.raises(SchemaError, match="did you mean 'liked_tweets'"):
        User.projection("liked_tweet")
    with pytest.raises(SchemaError, match="none is shared"):
        User.projection("tweets")
    ann.delete()
    assert rows(User.projection("liked_tweets")) == []


def test_repeated_and_broken_join_rows_count_once_and_never():
    doctors, patients = [Doctor(name) for name in "de"], [Patient(name) for name in "pq"]
    for doctor in doctors:
        for patient in (patients[0], None, patients[0], patients[1], None):
            Appointment(doctor, patient)
    Appointment(None, patients[0])
    assert rows(Doctor.projection("patients")) == [(1, 2, 2)]
    assert rows(Patient.projection("doctors")) == [(1, 2, 2)]


def test_who_follows_the_same():
    people = [Person(name) for name in "abcd"]
    a, b, c, d = people
    for follower, followed in ((a, c), (b, c), (a, d), (b, d), (c, d), (d, a)):
        follower.following.add(followed)
    assert rows(Person.projection("following")) == [(1, 2, 2), (1, 3, 1), (2, 3, 1)]
    assert rows(Person.projection("followers")) == [(3, 4, 2)]


def test_it_is_of_one_moment():
    fill(10, 5, 30)
    table = User.projection("liked_tweets")
    before = rows(table)
    Like.all().delete_all()
    assert rows(table) == before
    assert len(User.projection("liked_tweets")) == 0


def test_the_matrix_says_the_same():
    pytest.importorskip("scipy")
    fill(20, 10, 90)
    User.find(4).delete()
    for many in (User.all(), User.all().order_by("username", reverse=True), User.where(id=[9, 2, 5])):
        matrix, of_rows, of_columns = many.projection_matrix("liked_tweets", least=2)
        assert of_rows == of_columns == many
        assert (matrix.shape, matrix.dtype, matrix.format) == ((len(many),) * 2, np.float64, "csr")
        assert (matrix != matrix.T).nnz == 0
        places = {id: place for place, id in enumerate(of_rows.ids.tolist())}
        expected = np.zeros(matrix.shape)
        for one, other, weight in naive(many, "liked_tweets", 2):
            expected[places[one], places[other]] = expected[places[other], places[one]] = weight
        np.testing.assert_array_equal(matrix.toarray(), expected)
        assert matrix.has_sorted_indices


def test_the_matrix_is_that_of_the_links():
    pytest.importorskip("scipy")
    fill(40, 30, 400)
    links = Like.matrix("user", "tweet").matrix
    expected = (links @ links.T).toarray()
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(User.all().projection_matrix("liked_tweets").matrix.toarray(), expected)


def test_a_graph_is_made_of_it():
    networkx: Any = pytest.importorskip("networkx")
    fill(20, 10, 60)
    graph = networkx.Graph()
    graph.add_weighted_edges_from(rows(User.projection("liked_tweets")))
    projected = networkx.bipartite.weighted_projected_graph(Like.to_networkx("user", "tweet"), list(User.all()))
    assert {frozenset((a.id, b.id)): weight for a, b, weight in projected.edges(data="weight")} == {
        frozenset((a, b)): weight for a, b, weight in graph.edges(data="weight")
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 8)), max_size=120),
    st.integers(1, 4),
    st.lists(st.integers(0, 11), unique=True),
    st.lists(st.integers(0, 11), unique=True, max_size=3),
)
def test_random_links_are_counted_as_sets_are(pairs, least, some, gone):
    with Store() as store:
        doctors, patients = [Doctor(str(n)) for n in range(12)], [Patient(str(n)) for n in range(9)]
        for doctor, patient in pairs:
            Appointment(doctors[doctor], patients[patient])
        for place in gone:
            Appointment.where(doctor=doctors[place]).delete_all()
            doctors[place].delete()
        assert rows(Doctor.projection("patients", least=least)) == naive(Doctor.all(), "patients", least)
        asked = Doctor.where(name=[str(n) for n in some])
        assert rows(asked.projection("patients", least=least)) == naive(asked, "patients", least)
        store.check()
