"""Columns become codes."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skmine.data.coding import assign_category_nodes, assign_quantile_nodes, fit_coding, place_edges
from skmine.data.conversion import make_column


def codes(values, budget=64, discrete=None):
    column = make_column(np.asarray(values) if not isinstance(values, (pd.Series, pl.Series)) else values, "a")
    coding = fit_coding(column, budget, discrete=discrete)
    return coding, coding.encode(column)


def kind(values, discrete=None):
    raw = np.asarray(values) if not isinstance(values, (pd.Series, pl.Series)) else values
    return make_column(raw, "a").kind(discrete)


@pytest.mark.parametrize("n_nodes", [2, 16, 64, 128])
def test_node_edges_are_the_arcsine_quantiles(n_nodes):
    edges = place_edges(n_nodes)
    # u = (1 - cos t) / 2 has t = arccos(1 - 2 u), spaced evenly between 0 and pi
    np.testing.assert_allclose(np.arccos(1 - 2 * edges), np.pi * np.arange(1, n_nodes) / n_nodes)


@pytest.mark.parametrize("n_nodes", [16, 48, 128])
def test_continuous_nodes_hold_their_arcsine_shares(n_nodes):
    n = 20_000
    counts = np.bincount(assign_quantile_nodes(np.ones(n, int), n_nodes))
    expected = n * np.diff(np.r_[0, place_edges(n_nodes), 1])
    assert len(counts) == n_nodes
    assert np.abs(counts - expected).max() <= 1  # mid-ranks: one row on either side of an edge


def test_few_values_have_a_node_each():
    values = [3, 1, 2, 1, 3] * 20
    _, found = codes(values)
    assert kind(values) == "discrete"
    assert found[:5].tolist() == [2, 0, 1, 0, 2]


@pytest.mark.parametrize("budget", [16, 48, 128])
def test_heavy_values_are_alone(budget):
    rng = np.random.default_rng(0)
    x = np.where(rng.random(5000) < 0.3, 0.0, rng.normal(size=5000))
    x[rng.random(5000) < 0.1] = 1.5
    coding, found = codes(x, budget)
    assert coding.n_nodes <= budget
    assert np.array_equal(np.unique(found), np.arange(coding.n_nodes))  # no gaps
    for value in (0.0, 1.5):
        (node,) = np.unique(found[x == value])
        assert (x[found == node] == value).all()
    order = np.argsort(x, kind="stable")
    assert (np.diff(found[order]) >= 0).all()  # codes follow the order of the values


@pytest.mark.parametrize(
    "transform", [np.exp, np.cbrt, lambda v: 1e6 * v - 3, np.arctan, lambda v: v.astype(np.float32).astype(float) * 2]
)
def test_increasing_transforms_change_no_code(transform):
    x = np.random.default_rng(1).normal(size=3000).astype(np.float32).astype(float)
    x[::5] = x[0]
    for budget in (48, 128):
        assert np.array_equal(codes(x, budget)[1], codes(transform(x), budget)[1])


def test_missing_values_are_a_node_of_their_own():
    x = np.random.default_rng(2).normal(size=1000)
    x[::4] = np.nan
    coding, found = codes(x, 48)
    assert coding.n_nodes <= 48
    assert (found[::4] == coding.missing).all()
    assert not (np.delete(found, np.s_[::4]) == coding.missing).any()


def test_categories_and_pooling():
    values = ["a"] * 50 + ["b"] * 30 + ["rare1", "rare2", "rare2"]
    coding, found = codes(values)
    assert kind(values) == "categorical"
    assert found[0] != found[60]
    assert len({*found[80:]}) == 1  # rare ones share a node
    assert coding.n_nodes == 3


def test_many_categories_fit_the_budget():
    nodes = assign_category_nodes(np.r_[np.full(100, 9), 50], 16)
    assert nodes.max() == 15
    assert (nodes == nodes[-1]).sum() == 1  # the most frequent one keeps a node
    assert assign_category_nodes(np.array([3, 3]), 16).tolist() == [0, 1]  # a small sample keeps its classes
    assert assign_category_nodes(np.ones(40, int), 16).tolist() == [0] * 40  # an identifier is one node


def test_new_rows_use_the_learned_edges():
    x = np.arange(1000.0)
    coding = fit_coding(make_column(x, "a"), 16)
    new = make_column(np.array([-5.0, 0.0, 999.0, 2000.0, np.nan]), "a")
    found = coding.encode(new)
    assert found[:2].tolist() == [0, 0]
    assert found[2:4].tolist() == [15, 15]
    assert 0 <= found[4] < 16
    column = make_column(np.array(["a"] * 50 + ["b"] * 50 + ["c"], dtype=object), "a")
    coding = fit_coding(column, 16)
    unknown = coding.encode(make_column(np.array(["b", "never seen", None], dtype=object), "a"))
    assert unknown.tolist() == [1, 2, 2]  # the pooled node
    with pytest.raises(ValueError, match="'n' holds categories such as 'q' but held numbers in fit"):
        fit_coding(make_column(x, "n"), 16).encode(make_column(np.array(["q"], object), "n"))


DATES = [datetime.date(2020, 1, 1), datetime.date(2020, 1, 2), None, datetime.date(2020, 1, 2)] * 10
SAME = {  # the same column in many dresses
    "float": np.array([1.0, 2.0, np.nan, 2.0] * 10),
    "object": np.array([1, 2.0, None, 2] * 10, dtype=object),
    "pandas Int64": pd.Series([1, 2, None, 2] * 10, dtype="Int64"),
    "pandas object NA": pd.Series([1, 2, pd.NA, 2] * 10, dtype=object),
    "pandas ordered": pd.Series(pd.Categorical(["lo", "hi", None, "hi"] * 10, ["lo", "hi"], ordered=True)),
    "pandas date": pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-02"] * 10)),
    "pandas zoned date": pd.Series(
        pd.to_datetime(["2020-01-01", "2020-01-02", None, "2020-01-02"] * 10)
    ).dt.tz_localize("Europe/Paris"),
    "pandas timedelta": pd.Series(pd.to_timedelta([1, 2, None, 2] * 10, unit="D")),
    "numpy date": np.array(["2020-01-01", "2020-01-02", "NaT", "2020-01-02"] * 10, dtype="datetime64[D]"),
    "python date": pd.Series(DATES),
    "pandas boolean": pd.Series([False, True, None, True] * 10, dtype="boolean"),
    "object bool": np.array([False, True, None, True] * 10, dtype=object),
    "strings": pd.Series(["a", "b", None, "b"] * 10),
    "object strings": np.array(["a", "b", None, "b"] * 10, dtype=object),
    "categorical": pd.Series(pd.Categorical(["a", "b", None, "b"] * 10)),
    "mixed": np.array([1, "b", None, "b"] * 10, dtype=object),
    "polars int": pl.Series([1, 2, None, 2] * 10),
    "polars float": pl.Series([1.0, 2.0, None, 2.0] * 10),
    "polars bool": pl.Series([False, True, None, True] * 10),
    "polars string": pl.Series(["a", "b", None, "b"] * 10),
    "polars categorical": pl.Series(["a", "b", None, "b"] * 10, dtype=pl.Categorical),
    "polars enum": pl.Series(["a", "b", None, "b"] * 10, dtype=pl.Enum(["a", "b"])),
    "polars date": pl.Series(DATES),
}


@pytest.mark.parametrize("dress", SAME)
def test_every_dress_of_a_column_gives_the_same_codes(dress):
    coding, found = codes(SAME[dress])
    assert found.tolist() == [0, 1, 2, 1] * 10
    assert coding.n_nodes == 3
    assert coding.missing == 2


def test_fixed_width_strings_and_bytes():
    assert codes(np.array(["x", "yy"] * 10))[1].tolist() == [0, 1] * 10
    assert codes(np.array([b"x", b"yy"] * 10))[1].tolist() == [0, 1] * 10


def test_unhashable_labels_are_told_apart_by_how_they_print():
    values = np.empty(20, dtype=object)
    values[:] = [{"a": 1}, {"b": 2}] * 10
    assert codes(values)[1].tolist() == [0, 1] * 10


def test_discrete_override():
    x = np.repeat(np.arange(30), 10)
    coding, _ = codes(x, 64, discrete=True)
    assert coding.n_nodes == 30
    assert kind(x, discrete=True) == "categorical"
    assert kind(x) == "discrete"
    assert kind(x, discrete=False) == "continuous"
    assert kind(np.ones(20)) == "constant"
    with pytest.raises(ValueError, match="'a' is marked as continuous but holds categories"):
        codes(["u", "v"], discrete=False)


def test_infinite_and_complex_are_refused():
    with pytest.raises(ValueError, match="'a' contains infinity"):
        codes([1.0, np.inf])
    with pytest.raises(ValueError, match="Complex data not supported"):
        codes([1j, 2j])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.repeat(np.arange(5_000), 5), "discrete"),  # by their ties, however many values there are
        (np.repeat(np.arange(5_000.0), 5)[:-1], "continuous"),
        (np.repeat(np.arange(10), 2), "discrete"),  # few values need less
        (np.repeat(np.arange(11), 2), "continuous"),
        (np.repeat([True, False], 30), "discrete"),
        (pd.Series(pd.date_range("2024-01-01", periods=30)).repeat(5), "discrete"),
        (pd.Series(["u", "v"] * 10), "categorical"),
        (pd.Series([np.nan, 1.0] * 10), "discrete"),
        (np.full(10, np.nan), "constant"),
    ],
    ids=[
        "integers",
        "one row short",
        "few values",
        "eleven values",
        "booleans",
        "dates",
        "labels",
        "missing",
        "no values",
    ],
)
def test_a_kind_follows_from_type_and_ties(values, expected):
    assert kind(values) == expected


def test_new_rows_tell_true_from_one():
    labels = np.array([True, 1, "x"] * 10, dtype=object)
    coding = fit_coding(make_column(labels, "a"), 8)
    codes = coding.encode(make_column(labels[::-1].copy(), "a"))
    assert len(set(codes.tolist())) == 3
    assert np.array_equal(codes[::-1], coding.encode(make_column(labels, "a")))
