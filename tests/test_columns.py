"""Whatever users have becomes columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from skmine.columns import Table, discrete_flags, take_target, target_columns
from skmine.exceptions import IdentifierWarning


def test_tables_of_all_makes_read_the_same():
    data = np.array([[0.0, 1.0], [2.0, 0.0], [0.0, 3.0]])
    for table in (
        data,
        data.tolist(),
        pd.DataFrame(data, columns=["u", "v"]),
        pl.DataFrame(data, schema=["u", "v"]),
        sparse.csr_array(data),
        sparse.csc_matrix(data),
    ):
        read = Table(table)
        assert len(read) == 3
        assert [c.values.tolist() for c in read] == data.T.tolist()
    assert Table(pl.DataFrame(data, schema=["u", "v"])).names == ["u", "v"]
    assert Table(data).names == ["x0", "x1"]
    assert Table(pd.Series([1, 2], name="s")).names == ["s"]


def test_bad_tables_are_refused():
    with pytest.raises(ValueError, match="X is empty: 0 rows and 2 columns"):
        Table(np.empty((0, 2)))
    with pytest.raises(ValueError, match="more than one column named 'a'"):
        Table(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(ValueError, match="two dimensions"):
        Table(np.zeros((2, 2, 2)))


def test_discrete_flags():
    names = ["a", "b", "c"]
    assert discrete_flags("auto", names) == [None] * 3
    assert discrete_flags(True, names) == [True] * 3
    assert discrete_flags([True, False, False], names) == [True, False, False]
    assert discrete_flags([0, -1], names) == [True, False, True]
    assert discrete_flags(["b"], names) == [False, True, False]
    for bad, message in (([True], "mask of shape"), ([3], "index 3"), (["d"], "'d'"), ("some", "'auto'")):
        with pytest.raises(ValueError, match=message):
            discrete_flags(bad, names)


def test_targets_are_checked():
    n = 20
    with pytest.raises(ValueError, match="y has 1 missing value"):
        target_columns(np.r_[np.nan, np.arange(n)])
    with pytest.raises(ValueError, match="one class or value only"):
        target_columns(np.ones(n))
    with pytest.raises(ValueError, match="looks like an identifier"):
        target_columns([f"row{i}" for i in range(n)])
    with pytest.raises(ValueError, match="looks like an identifier"):
        target_columns(pd.Series([f"row{i}" for i in range(n)], dtype="category"))
    with pytest.warns(IdentifierWarning, match="different integers"):
        target_columns(np.arange(n))
    with pytest.raises(ValueError, match="Column 'b' of y has one class"):
        target_columns(pd.DataFrame({"a": np.arange(n) % 2, "b": 1}))
    assert [c.name for c in target_columns(np.random.default_rng(0).normal(size=(n, 2)))] == ["x0", "x1"]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_take_target(make):
    X, y = take_target(make({"a": [1, 2], "b": [3, 4]}), "b")
    assert list(X.columns) == ["a"]
    assert list(y) == [3, 4]
    with pytest.raises(ValueError, match="did you mean 'alpha'"):
        take_target(make({"alpha": [1], "beta": [2]}), "alhpa")
    with pytest.raises(ValueError, match="is the only column"):
        take_target(make({"a": [1]}), "a")


def test_take_target_needs_names():
    with pytest.raises(TypeError, match="without names"):
        take_target(np.eye(2), "a")
