"""Labels and missing values: the truth by a second way."""

import itertools

import numpy as np
import pytest
from scipy import integrate, stats

from skmine.synthetic import (
    binary_entropy,
    missing_at_random,
    mixed_uniform,
    normal_classes,
    normal_pair,
    parity,
    table_mi,
)
from tests.synthetic.checks import N, assert_mean_is, rows


def test_parity():
    cells = list(itertools.product([0, 1], repeat=3))
    joint = np.array([[0.9 if sum(bits) % 2 == odd else 0.1 for odd in (0, 1)] for bits in cells]) / 8
    sampler = parity(3, 0.1)
    assert sampler.mi == pytest.approx(table_mi(joint))
    x, y = rows(sampler)
    counts = np.zeros((8, 2))
    np.add.at(counts, (x @ [4, 2, 1], y[:, 0]), 1)
    assert stats.chisquare(counts.ravel(), N * joint.ravel()).pvalue > 1e-3
    # Two of three columns, y summed over the third: nothing.
    assert table_mi(joint.reshape(4, 2, 2).sum(1)) == pytest.approx(0, abs=1e-12)
    assert binary_entropy(0.5) == pytest.approx(np.log(2))


def test_normal_classes():
    # In all columns, where the derivation looks at their mean only.
    sampler = normal_classes(3, 4, 1.5)
    x, y = rows(sampler)
    logpdf = np.array([stats.norm.logpdf(x, 1.5 * k / np.sqrt(3)).sum(1) for k in range(4)])
    given = np.take_along_axis(logpdf, y.T, 0)[0]
    assert_mean_is(given - np.log(np.exp(logpdf).mean(0)), sampler.mi)
    assert normal_classes(2, 5, 20.0).mi == pytest.approx(np.log(5), abs=1e-6)
    assert normal_classes(2, 5, 0.0).mi == pytest.approx(0, abs=1e-9)


def test_mixed_uniform():
    sampler = mixed_uniform(5)
    x, y = rows(sampler)
    assert ((y >= x) & (y <= x + 2)).all()
    of_y = np.where((y < 1) | (y > 5), 1 / 10, 1 / 5)
    assert_mean_is(np.log(1 / 2) - np.log(of_y), sampler.mi)
    assert mixed_uniform(1).mi == 0


def test_missing_at_random():
    correlation, intercept, slope = 0.75, -0.5, 1.0
    sampler = missing_at_random(correlation, intercept, slope)
    x, y = rows(sampler)
    missing = np.isnan(y)
    probability = stats.norm.cdf(intercept + slope * x)
    # The share that is missing, and the density of a Y that is seen, as integrals over X.
    grid = np.linspace(-8, 8, 801)
    kept = stats.norm.pdf(grid) * stats.norm.sf(intercept + slope * grid)
    share = 1 - integrate.trapezoid(kept, grid)
    assert abs(missing.mean() - share) < 4 * np.sqrt(share * (1 - share) / N)
    spread = np.sqrt(1 - correlation**2)
    seen = np.array([integrate.trapezoid(kept * stats.norm.pdf(v, correlation * grid, spread), grid) for v in grid])
    log_ratio = np.log(probability / share)
    # p(y, seen | x) / p(y, seen)
    value = y[~missing]
    log_ratio[~missing] = (
        np.log1p(-probability[~missing])
        + stats.norm.logpdf(value, correlation * x[~missing], spread)
        - np.log(np.interp(value, grid, seen))
    )
    assert_mean_is(log_ratio, sampler.mi)


def test_missing_at_random_at_its_ends():
    mi = normal_pair(0.75).mi
    # Independent of X; never; and nothing but the missingness.
    assert missing_at_random(0.75, -0.5, 0.0).mi == pytest.approx(stats.norm.cdf(0.5) * mi, abs=1e-8)
    assert missing_at_random(0.75, -20.0, 1.0).mi == pytest.approx(mi, abs=1e-8)
    assert missing_at_random(0.0, 0.0, 300.0).mi == pytest.approx(np.log(2), abs=1e-2)
