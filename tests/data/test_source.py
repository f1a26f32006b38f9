"""Whatever users have becomes columns."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from skmine.data.conversion import make_column
from skmine.data.naming import resolve_discrete
from skmine.data.source import Source, take_target
from skmine.data.target import read_target
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
        read = Source(table)
        assert read.n_rows == 3
        assert [c.values.tolist() for c in read] == data.T.tolist()
    assert Source(pl.DataFrame(data, schema=["u", "v"])).names == ["u", "v"]
    assert Source(data).names == ["x0", "x1"]
    assert Source(pd.Series([1, 2], name="s")).names == ["s"]


def test_bad_tables_are_refused():
    with pytest.raises(ValueError, match="X is empty: 0 rows and 2 columns"):
        Source(np.empty((0, 2)))
    with pytest.raises(ValueError, match="more than one column named 'a'"):
        Source(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(ValueError, match="X must have one or two dimensions, got a ndarray of shape"):
        Source(np.zeros((2, 2, 2)))


def test_resolve_discrete():
    names = ["a", "b", "c"]
    assert resolve_discrete("auto", names) == [None] * 3
    assert resolve_discrete(True, names) == [True] * 3
    assert resolve_discrete([True, False, False], names) == [True, False, False]
    assert resolve_discrete([0, -1], names) == [True, False, True]
    assert resolve_discrete(["b"], names) == [False, True, False]
    for bad, message in (
        ([True], "mask of shape"),
        ([3], "index 3"),
        (["d"], "'d'"),
        ([[0]], "one dimension"),
        ([2, -7], "index -7"),
        ("some", "'auto'"),
    ):
        with pytest.raises(ValueError, match=message):
            resolve_discrete(bad, names)


def test_targets_are_checked():
    n = 20
    with pytest.raises(ValueError, match="Target 'y' has 1 missing value"):
        read_target(np.r_[np.nan, np.arange(n)], n + 1)
    with pytest.raises(ValueError, match="one class or value only"):
        read_target(np.ones(n), n)
    with pytest.raises(ValueError, match="looks like an identifier"):
        read_target([f"row{i}" for i in range(n)], n)
    with pytest.raises(ValueError, match="looks like an identifier"):
        read_target(pd.Series([f"row{i}" for i in range(n)], dtype="category"), n)
    with pytest.warns(IdentifierWarning, match="different integers"):
        read_target(np.arange(n), n)
    with pytest.raises(ValueError, match="Target 'b' has one class"):
        read_target(pd.DataFrame({"a": np.arange(n) % 2, "b": 1}), n)
    two = read_target(np.random.default_rng(0).normal(size=(n, 2)), n)
    assert [c.name for c in two.columns] == ["y[:, 0]", "y[:, 1]"]
    with pytest.raises(ValueError, match="Column 'y' contains infinity"):
        read_target(np.r_[np.inf, np.arange(n)], n)
    with pytest.raises(ValueError, match="Target 'price' has one class"):
        read_target(pd.Series(np.ones(n), name="price"), n)


def test_masked_arrays_and_arrow_tables_are_read():
    import pyarrow

    masked = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[False, True], [False, False]])
    assert Source(masked).column(1).missing.tolist() == [True, False]
    table = pyarrow.table({"a": [1, 2], "b": ["u", "v"]})
    assert Source(table).names == ["a", "b"]
    assert take_target(table, "b")[1].tolist() == ["u", "v"]


def test_dates_of_mixed_zones_and_periods():
    import datetime as dt

    aware = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)
    mixed = make_column(np.array([aware, dt.datetime(2024, 1, 2), None], dtype=object), "a")
    assert np.diff(mixed.values[:2]) > 0
    assert mixed.missing.tolist() == [False, False, True]
    months = make_column(pd.Series(pd.period_range("2024-01", periods=3, freq="M")), "a")
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


def every_container():
    """A table of numbers and labels in everything that holds one, and its two columns."""
    import pyarrow

    frame = pd.DataFrame({"a": [3.0, 1.0, 2.0, 1.0, 5.0], "b": ["u", "v", "u", "w", "v"]})
    objects = frame.to_numpy(dtype=object)
    return {
        "pandas": frame,
        "polars": pl.from_pandas(frame),
        "arrow": pyarrow.Table.from_pandas(frame),
        "record batch": pyarrow.RecordBatch.from_pandas(frame),
        "array": objects,
    }


@pytest.mark.parametrize("name", every_container())
def test_batches_hold_every_row_once_and_in_order(name):
    whole = Source(every_container()[name])
    batches = list(whole.batches(2))
    assert [batch.n_rows for batch in batches] == [2, 2, 1]
    assert all(batch.names == whole.names for batch in batches)
    first = np.concatenate([batch.column(0).values for batch in batches])
    assert first.tolist() == whole.column(0).values.tolist() == [3, 1, 2, 1, 5]
    labels = [batch.column(1).categories[v] for batch in batches for v in batch.column(1).values]
    assert labels == ["u", "v", "u", "w", "v"]


def test_batches_of_a_sparse_matrix():
    matrix = sparse.random_array((7, 3), density=0.5, rng=np.random.default_rng(0))
    read = np.concatenate([np.column_stack([c.values for c in batch]) for batch in Source(matrix).batches(3)])
    assert np.array_equal(read, matrix.toarray())


def test_what_pandas_stored_as_an_index_is_no_column_of_an_arrow_table():
    import pyarrow

    table = pyarrow.Table.from_pandas(pd.DataFrame({"key": ["p", "q"], "a": [3.0, 4.0]}).set_index("key"))
    assert table.column_names == ["a", "key"]
    assert Source(table).names == ["a"]
    assert Source(table).column(0).values.tolist() == [3, 4]


def test_a_table_is_read_column_by_column(monkeypatch):
    # Each column is converted once, and once more only if it scores as high as the target itself would.
    from skmine import rank_columns
    from skmine.data import source

    converted = []
    monkeypatch.setattr(source, "make_column", lambda raw, name: converted.append(name) or make_column(raw, name))
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd"))
    rank_columns(X, X["a"].to_numpy() + rng.normal(size=200), random_state=0)
    assert sorted(converted) == ["a", "a", "b", "c", "d", "y"]


def test_a_column_is_coded_once_for_each_number_of_nodes():
    from skmine.data.coding import fit_coding

    column = make_column(np.random.default_rng(0).normal(size=100), "a")
    assert fit_coding(column, 32) is fit_coding(column, 32)
    assert fit_coding(column, 32) is not fit_coding(column, 16)
    assert fit_coding(column, 32, discrete=True) is not fit_coding(column, 32)
