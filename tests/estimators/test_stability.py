"""How often columns stand over resamples."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_selection import SelectKBest, f_regression

from skmine import MINEFeatureSelector, selection_stability


def data(n=400):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 4)), columns=list("abcd"))
    return X, X["c"] + rng.normal(size=n)


def test_what_is_there_always_stands():
    X, y = data()
    table = selection_stability(MINEFeatureSelector(), X, y, n_resamples=10, random_state=0)
    assert table.index[0] == "c"
    assert table["frequency"].iloc[0] == 1
    assert table["se"].iloc[0] == 0
    # A false discovery in one of twenty fits of four columns or so: 4 of 10 would have a chance below .001.
    assert table["frequency"].iloc[1:].max() <= 0.3
    assert 0.5 < table.attrs["stability"] <= 1


def test_any_selector_and_the_same_bits_whatever_the_workers():
    X, y = data()
    one, two = (
        selection_stability(SelectKBest(f_regression, k=1), X, y, n_resamples=6, random_state=0, n_jobs=n_jobs)
        for n_jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert one["frequency"].sum() == pytest.approx(1)
    assert one.attrs["stability"] == 1
    everything = selection_stability(SelectKBest(f_regression, k=4), X, y, n_resamples=2, random_state=0)
    assert np.isnan(everything.attrs["stability"])


def test_lots_have_no_stability():
    # Of four columns of noise, one is always kept: lots. The measure's standard deviation over 40 fits is about .1.
    X, _ = data()
    y = np.random.default_rng(1).normal(size=len(X))
    table = selection_stability(SelectKBest(f_regression, k=1), X, y, n_resamples=40, max_samples=0.05, random_state=0)
    assert abs(table.attrs["stability"]) < 0.3


def test_groups_are_drawn_whole():
    X, y = data()
    seen = []

    class Recorder(SelectKBest):
        def fit(self, X, y, groups):
            seen.append((len(X), np.bincount(groups)))
            return super().fit(X, y)

    groups = np.repeat(np.arange(20), 20)
    selection_stability(Recorder(f_regression, k=1), X, y, groups=groups, n_resamples=3, random_state=0)
    for n, counts in seen:
        assert n == 200
        assert set(counts[counts > 0]) == {20}


def test_bad_parameters_are_named():
    X, y = data()
    with pytest.raises(ValueError, match="'n_resamples' parameter of selection_stability must be"):
        selection_stability(MINEFeatureSelector(), X, y, n_resamples=1)
    with pytest.raises(ValueError, match="'selector' parameter of selection_stability must be"):
        selection_stability(object(), X, y)
