"""Join rows as a sparse matrix of SciPy: a count, or the sum of a field, for each pair."""

import numpy as np
import pytest
from hasmany import Like, Many, SchemaError, Store, Tweet, User
from hypothesis import given, settings
from hypothesis import strategies as st

from .join_rows import Artist, Follow, Genre, Person, Song


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
