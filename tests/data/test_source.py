"""Whatever users have becomes columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from skmine.data.naming import discrete_flags
from skmine.data.source import Table, as_column, take_target, target_columns
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
    with pytest.raises(ValueError, match="X must have one or two dimensions, got a ndarray of shape"):
        Table(np.zeros((2, 2, 2)))


def test_discrete_flags():
    names = ["a", "b", "c"]
    assert discrete_flags("auto", names) == [None] * 3
    assert discrete_flags(True, names) == [True] * 3
    assert discrete_flags([True, False, False], names) == [True, False, False]
    assert discrete_flags([0, -1], names) == [True, False, True]
    assert discrete_flags(["b"], names) == [False, True, False]
    for bad, message in (
        ([True], "mask of shape"),
        ([3], "index 3"),
        (["d"], "'d'"),
        ([[0]], "one dimension"),
        ([2, -7], "index -7"),
        ("some", "'auto'"),
    ):
        with pytest.raises(ValueError, match=message):
            discrete_flags(bad, names)


def test_targets_are_checked():
    n = 20
    with pytest.raises(ValueError, match="Target 'y' has 1 missing value"):
        target_columns(np.r_[np.nan, np.arange(n)])
    with pytest.raises(ValueError, match="one class or value only"):
        target_columns(np.ones(n))
    with pytest.raises(ValueError, match="looks like an identifier"):
        target_columns([f"row{i}" for i in range(n)])
    with pytest.raises(ValueError, match="looks like an identifier"):
        target_columns(pd.Series([f"row{i}" for i in range(n)], dtype="category"))
    with pytest.warns(IdentifierWarning, match="different integers"):
        target_columns(np.arange(n))
    with pytest.raises(ValueError, match="Target 'b' has one class"):
        target_columns(pd.DataFrame({"a": np.arange(n) % 2, "b": 1}))
    assert [c.name for c in target_columns(np.random.default_rng(0).normal(size=(n, 2)))] == ["y[:, 0]", "y[:, 1]"]
    with pytest.raises(ValueError, match="Column 'y' contains infinity"):
        target_columns(np.r_[np.inf, np.arange(n)])
    with pytest.raises(ValueError, match="Target 'price' has one class"):
        target_columns(pd.Series(np.ones(n), name="price"))


def test_masked_arrays_and_arrow_tables_are_read():
    import pyarrow

    masked = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, True], [False, False]])
    assert Table(masked).column(1).missing.tolist() == [True, False]
    table = pyarrow.table({"a": [1, 2], "b": ["u", "v"]})
    assert Table(table).names == ["a", "b"]
    assert take_target(table, "b")[1].tolist() == ["u", "v"]


def test_integers_that_floats_cannot_tell_apart_are_refused():
    small = as_column(2**60 + 1024 * np.arange(4), "a")  # apart enough
    assert len(np.unique(small.values)) == 4
    for values in (2**60 + np.arange(4), pd.Series(2**60 + np.arange(4), dtype="Int64")):
        with pytest.raises(ValueError, match="'a' holds integers beyond 2"):
            as_column(values, "a")
    with pytest.raises(ValueError, match="'a' holds integers too large"):
        as_column(np.array([10**400, 1], dtype=object), "a")


def test_dates_of_mixed_zones_and_periods():
    import datetime as dt

    aware = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
    mixed = as_column(np.array([aware, dt.datetime(2024, 1, 2), None], dtype=object), "a")
    assert np.diff(mixed.values[:2]) > 0
    assert mixed.missing.tolist() == [False, False, True]
    months = as_column(pd.Series(pd.period_range("2024-01", periods=3, freq="M")), "a")
    assert months.categories is None
    assert (np.diff(months.values) > 0).all()


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
