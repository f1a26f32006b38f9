"""What is left of columns once others have said what they can."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skmine import mutual_info
from skmine.data.group import read_group
from skmine.data.source import Source
from skmine.estimation.partial import partial_out


def read(table):
    return read_group(Source(table))


def is_unchanged(group, left):
    """Whether the very same columns are there."""
    return all(a is b for a, b in zip(group.columns, left.group.columns, strict=True))


def draw_confounded(n, d, seed=0):
    """A sum of many columns, and three columns: one that follows it, its own noise, one that follows it backwards."""
    rng = np.random.default_rng(seed)
    z, own = rng.normal(size=(n, d)), rng.normal(size=n)
    confounder = z.sum(1) / np.sqrt(d)
    return z, 3 * confounder + own, own, -2 * confounder + rng.normal(size=n)


@pytest.mark.parametrize("groups", [None, np.arange(500) // 5])
def test_what_others_do_not_know_is_left(groups):
    z, x, own, _ = draw_confounded(500, 60)
    found = partial_out(read(x), read(z), groups)
    left = found.group.columns[0].values
    # A regression of 450 rows on 60 columns leaves the noise, and errors of 60 / (450 - 60) of its variance.
    assert np.corrcoef(left, own)[0, 1] ** 2 == pytest.approx(1 / (1 + 60 / 390), abs=0.05)
    # By half of the rows, 225 less 60 to learn from, 60 / 165 - 60 / 390 of the noise; the truth is 1 + 60 / 390.
    assert 1.1 < found.inflation < 1.4


def test_curves_are_taken_off_as_well():
    rng = np.random.default_rng(0)
    z, own = rng.normal(size=(1500, 3)), rng.normal(size=1500)
    left = partial_out(read(z[:, 0] * z[:, 1] * 2 + own), read(z), None).group.columns[0].values
    assert np.corrcoef(left, own)[0, 1] ** 2 > 0.8  # with the product it is 1 / 5


def test_what_cannot_be_predicted_stays():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 2))
    table = pd.DataFrame(
        {"noise": rng.normal(size=400), "label": np.where(z[:, 0] > 0, "a", "b"), "count": (z[:, 0] > 1).astype(int)}
    )
    group = read(table)
    assert is_unchanged(group, partial_out(group, read(z), None))
    copy = read(z[:, :1])
    assert is_unchanged(copy, partial_out(copy, read(z), None))
    few, constant = read(z[:30, 0] + rng.normal(size=30)), read(np.ones(400))
    assert partial_out(few, read(z[:30]), None).group is few
    assert partial_out(copy, constant, None).group is copy


def test_missing_values_stay_missing():
    z, x, own, _ = draw_confounded(500, 5)
    x[::7] = np.nan
    left = partial_out(read(x), read(z), None).group.columns[0].values
    np.testing.assert_array_equal(np.isnan(left), np.isnan(x))
    assert np.corrcoef(left[~np.isnan(x)], own[~np.isnan(x)])[0, 1] > 0.95

    x[:460] = np.nan  # too few to predict from
    group = read(x)
    assert is_unchanged(group, partial_out(group, read(z), None))


@pytest.mark.slow
def test_many_confounders_feign_no_dependence():
    for seed in range(3):
        z, x, _, y = draw_confounded(500, 60, seed)
        found = mutual_info(x, y, z, random_state=0)
        assert found.pvalue > 0.05 / 3  # p was 1e-30
        assert found.confidence_interval()[0] <= 0.0


@pytest.mark.slow
def test_a_link_beside_many_confounders_is_read_right():
    z, x, own, y = draw_confounded(1_000, 60)
    found = mutual_info(x, y + 0.5 * own, z, random_state=0)
    low, high = found.confidence_interval()
    assert low <= 0.5 * np.log(1.25) <= high
    assert found.pvalue < 1e-4


def test_what_is_known_exactly_raises_no_warning():
    z = np.random.default_rng(0).normal(size=300)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        left = partial_out(read(2 * z + 1), read(z), None)
    assert np.isfinite(left.group.columns[0].values).all()
