"""Join models as sparse matrices: what scipy is handed, and how other libraries take it."""

import sys
from datetime import date
from typing import Any

import numpy as np
import pytest
from hasmany import Like, Matrix, Model, SchemaError, Store, User, belongs_to

sparse = pytest.importorskip("scipy.sparse")


class Shop(Model):
    name: str


class Customer(Model):
    name: str


class Purchase(Model):
    customer: Customer
    shop: Shop | None = belongs_to(default=None)
    cents: int | None = None
    weight: float = 0.0
    returned: bool = False
    on: date | None = None


@pytest.fixture
def purchases() -> list[Purchase]:
    ann, ben = Customer("Ann"), Customer("Ben")
    bakery, butcher = Shop("Bakery"), Shop("Butcher")
    return [
        Purchase(ben, butcher, 2**53, 0.1),
        Purchase(ann, butcher, 250, 0.2, returned=True),
        Purchase(ann, bakery, None, 0.5),
        Purchase(ann, butcher, -250, 0.1, returned=True),
        Purchase(ben, None, 7, 9.0),
    ]


def purchased(values: str | None = None) -> Any:
    return Purchase.matrix("customer", "shop", values).matrix


def test_entries_are_counts_in_float64(purchases):
    result = Purchase.matrix(rows="customer", columns="shop")
    assert isinstance(result, Matrix)
    assert isinstance(result.matrix, sparse.csr_array)
    assert result.matrix.toarray().tolist() == [[1, 2], [0, 1]]
    assert result.matrix.dtype == np.float64
    assert (result.rows, result.columns) == (Customer.all(), Shop.all())


def test_indices_are_small_sorted_and_without_repeats(purchases):
    matrix = purchased()
    assert (matrix.indices.dtype, matrix.indptr.dtype) == (np.int32, np.int32)
    assert matrix.indices.tolist() == [0, 1, 1]
    assert matrix.indptr.tolist() == [0, 2, 3]
    fresh = sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
    assert fresh.has_canonical_format
    assert fresh.has_sorted_indices


def test_a_field_of_any_numbers_is_summed(purchases):
    assert purchased("cents").toarray().tolist() == [[0, 0], [0, 2**53]]
    assert purchased("weight").toarray().tolist() == [[0.5, 0.2 + 0.1], [0, 0.1]]
    assert purchased("returned").toarray().tolist() == [[0, 2], [0, 0]]


def test_a_pair_whose_sum_is_zero_is_stored(purchases):
    assert purchased("cents").nnz == purchased().nnz == 3


def test_a_name_that_does_not_fit_says_which_would(purchases):
    with pytest.raises(SchemaError, match=r"no reference 'shpo' \(did you mean 'shop'\?\)"):
        Purchase.matrix("customer", "shpo")
    with pytest.raises(SchemaError, match="no reference 'cents'; it has customer, shop"):
        Purchase.matrix("cents", "shop")
    with pytest.raises(SchemaError, match=r"did you mean 'cents'"):
        purchased("cent")
    with pytest.raises(SchemaError, match=r"Purchase\.on is no int, float or bool"):
        purchased("on")
    with pytest.raises(SchemaError, match="Shop has no reference 'name'"):
        Shop.matrix("name", "name")
    with pytest.raises(TypeError):
        Purchase.matrix("customer")


def test_a_matrix_is_of_the_current_store(purchases):
    with Store():
        User("alice")
        assert Like.matrix("user", "tweet").matrix.shape == (1, 0)
    assert purchased().shape == (2, 2)


def test_a_matrix_stays_as_it_was(purchases):
    result = Purchase.matrix("customer", "shop")
    purchases[2].delete()
    purchases[0].customer.name = "Bea"
    assert result.matrix.sum() == 4
    assert result.rows.values("name") == ["Ann", "Bea"]


def test_without_scipy_it_says_what_to_install(purchases, monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match="pip install scipy"):
        purchased()


def test_what_it_is_for():
    """Tweets liked together, by the arithmetic of sparse matrices."""
    users = [User(name) for name in "abc"]
    tweets = [users[0].post_tweet(text) for text in "xyz"]
    for user, tweet in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 1), (2, 2)]:
        users[user].like_tweet(tweets[tweet])
    likes = Like.matrix("user", "tweet")
    together = (likes.matrix.T @ likes.matrix).toarray()
    for at, one in enumerate(likes.columns):
        assert together[at].tolist() == [one.likers.overlap(other.likers) for other in likes.columns]
