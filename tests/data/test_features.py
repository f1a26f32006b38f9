"""Columns as a network reads them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from skmine.data.conversion import make_column
from skmine.data.features import MOST_VALUES, fit_feature, fit_features
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


def test_quantiles_stand_for_values_that_are_forgotten():
    rng = np.random.default_rng(0)
    n = 50_000
    values = rng.standard_t(2, size=n)
    values[: n // 5] = 1.0  # a value that many rows share
    column = make_column(values, "x")
    kept = fit_feature(column)
    summary = kept.forget_values()
    assert len(summary.values) < 1.1 * MOST_VALUES < len(kept.values)
    new = make_column(np.concatenate([values, rng.standard_t(2, size=1000), [-1e300, 1e300]]), "x")
    before, after = kept.transform(new), summary.transform(new)
    # A straight line between two quantiles misses a rank by less than their distance, pi / K sqrt(r(1 - r)), and a row.
    was, now = (stats.norm.cdf(z[:, 0].astype(np.float64)) for z in (before, after))
    assert np.all(np.abs(now - was) < np.pi / MOST_VALUES * np.sqrt(was * (1 - was)) + 2 / n)
    assert np.all(after[: n // 5] == before[: n // 5])
    np.testing.assert_array_equal(kept.transform_scaled(new), summary.transform_scaled(new))
    assert np.all(np.diff(after[np.argsort(new.values), 0]) >= 0)


@pytest.mark.parametrize("dtype", [np.int64, object])
def test_quantiles_of_long_integers_keep_their_order(dtype):
    values = (2**60 + np.arange(3 * MOST_VALUES)).astype(dtype)
    column = make_column(values, "x")
    after = fit_feature(column).forget_values().transform(column)
    assert np.all(np.diff(after[:, 0]) > 0)


def test_labels_that_share_an_indicator_are_forgotten():
    labels = np.array(["often"] * 50 + ["also"] * 50 + [f"once {i}" for i in range(40)], object)
    column = make_column(labels, "x")
    kept = fit_feature(column)
    summary = kept.forget_values()
    assert set(summary.coding.categories) == {"often", "also"}
    new = make_column(np.array(["also", "once 3", "never seen", None, "often"], object), "x")
    np.testing.assert_array_equal(summary.transform(new), kept.transform(new))


def test_integers_beyond_floats_have_a_scale():
    values = np.array([-(10**400), *range(20), 10**400], object)
    column = make_column(values, "x")
    z = fit_feature(column).transform_scaled(column)
    assert np.isfinite(z).all()
    assert np.all(np.diff(z[:, 0]) >= 0)
