"""The ids of references are whole numbers, in columns of any width."""

from typing import Any

import numpy as np
import pytest
from hasmany import Tweet, User

from ...libraries import pandas, polars, pyarrow
from .kinds import EPOCH, INTEGERS, MISFIT, strided


def id_columns() -> list[Any]:
    ids = [3, 1, 2]
    columns: list[Any] = [np.array(ids, name) for name in (*INTEGERS, "float32", "float64")]
    columns += [np.array(ids, object), [3.0, 1, np.int8(2)], strided(np.array(ids))]
    pa, pl, pd = pyarrow(), polars(), pandas()
    columns += [pa.array(ids, name) for name in (*INTEGERS, "float32", "float64")]
    columns += [pa.chunked_array([ids[:1], ids[1:]]), pa.array([0, *ids]).slice(1)]
    columns += [pl.Series(ids, dtype=of) for of in (pl.Int8, pl.UInt32, pl.Int64, pl.Float64)]
    columns += [pd.Series(ids, dtype=of) for of in ("int16", "Int64", "float64", "uint32[pyarrow]")]
    return columns


def test_ids_may_be_numbers_of_any_width():
    users = User.insert_all(username=["a", "b", "c"])
    for column in id_columns():
        tweets = Tweet.insert_all(message="x", user=column)
        assert tweets.values("user") == [users[2], users[0], users[1]], repr(column)


def test_ids_are_no_bools_and_no_strings():
    User.insert_all(username=["a", "b"])
    pa, pl, pd = pyarrow(), polars(), pandas()
    for values in ([True, True], ["1", "2"], [b"1", b"2"], [EPOCH, EPOCH]):
        for column in (values, np.array(values), pa.array(values), pl.Series(values), pd.Series(values)):
            with pytest.raises(TypeError, match=r"Tweet\.user"):
                Tweet.insert_all(message="x", user=column)
    assert Tweet.all() == []


def test_ids_are_whole():
    User.insert_all(username=["a", "b"])
    for column in ([1, 1.5], np.array([1, 1.5]), pyarrow().array([1, 1.5])):
        with pytest.raises(MISFIT, match=r"\brow 1\b"):
            Tweet.insert_all(message="x", user=column)
    assert Tweet.all() == []
