"""Columns as a network reads them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skmine.data.features import fit_features
from skmine.data.group import ColumnGroup
from skmine.data.source import Source


def features(frame):
    columns = list(Source(pd.DataFrame(frame)))
    fitted = fit_features(ColumnGroup(columns, [None] * len(columns)))
    return fitted, fitted.transform(columns)


def test_ordered_columns_become_normal_scores():
    v = np.random.default_rng(0).exponential(size=500)
    _, z = features({"v": v})
    assert np.allclose(z[:, 0], stats.norm.ppf((stats.rankdata(v) - 0.5) / 500), atol=1e-6)
    _, bent = features({"v": np.log(v)})
    assert np.array_equal(z, bent)
    _, turned = features({"v": -v})
    assert np.allclose(z, -turned, atol=1e-6)


def test_ties_share_a_mid_rank_and_missing_values_an_indicator():
    _, z = features({"v": [1.0, 1.0, 2.0, 3.0, np.nan, np.nan]})
    assert z.shape == (6, 2)
    assert np.allclose(z[:4, 0], stats.norm.ppf([0.25, 0.25, 0.625, 0.875]), atol=1e-6)
    assert z[4:, 0].tolist() == [0, 0]
    assert z[:, 1].tolist() == [0, 0, 0, 0, 1, 1]


def test_labels_become_indicators_and_constants_nothing():
    word = ["a"] * 10 + ["b"] * 20 + ["c"] * 30
    fitted, z = features({"word": word, "same": [1.0] * 60})
    assert z.shape == (60, 3)
    assert np.allclose(z.mean(0), 0, atol=1e-6)
    assert np.allclose(z.std(0), 1, atol=1e-6)
    new = fitted.transform(list(Source(pd.DataFrame({"word": ["b", "never seen"], "same": [2.0, 3.0]}))))
    assert new.shape == (2, 3)
    assert new[0].argmax() == 1


def test_new_rows_are_placed_among_the_old():
    fitted, _ = features({"v": np.arange(100.0)})
    new = fitted.transform(list(Source(pd.DataFrame({"v": [-5.0, 49.5, 200.0]}))))[:, 0]
    assert new == pytest.approx([stats.norm.ppf(0.005), 0, stats.norm.ppf(0.995)], abs=1e-6)
