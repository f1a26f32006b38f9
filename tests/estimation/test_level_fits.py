"""Trees and tilts: critics and estimates from the counts of levels."""

import numpy as np
import pytest
from scipy import special, stats

from skmine.data.coding import place_edges
from skmine.estimation.levels import fit_tree
from skmine.estimation.tilts import fit_tilts


def tabulate(level, node, shape):
    return np.bincount(level * shape[1] + node, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


@pytest.mark.parametrize(("alpha", "beta"), [(1, 1), (0.5, 2), (5, 5), (0.2, 0.2)])
@pytest.mark.parametrize("rows", [3, 10])
def test_a_tree_is_right_on_average_where_shares_are_beta(alpha, beta, rows):
    # I = h(mean share) - mean h(share); E h(p) = psi(a + b + 1) - (a psi(a + 1) + b psi(b + 1)) / (a + b).
    size = alpha + beta
    share = alpha / size
    inside = special.digamma(size + 1)
    inside -= (alpha * special.digamma(alpha + 1) + beta * special.digamma(beta + 1)) / size
    truth = special.entr(share) + special.entr(1 - share) - inside
    found = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        ones = rng.binomial(rows, rng.beta(alpha, beta, 400))
        found.append(fit_tree(np.stack([ones, rows - ones], axis=1).astype(float)).information)
    error = np.std(found) / np.sqrt(30)
    assert np.mean(found) == pytest.approx(truth, abs=4 * error + 0.02 * truth)


def test_a_tree_of_independent_counts_says_nothing_on_average():
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        fit = fit_tree(tabulate(rng.integers(0, 200, 4_000), rng.integers(0, 12, 4_000), (200, 12)))
        found.append(fit.information)
        assert np.abs(fit.values).mean() < 0.1
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(40)


def test_predicted_laws_sum_to_one_and_new_levels_have_the_common_law():
    rng = np.random.default_rng(0)
    counts = rng.poisson(rng.gamma(0.5, 2, (30, 16))).astype(float)
    counts[7] = 0  # a level that the training rows do not have
    common = counts.sum(0) / counts.sum()
    for fit in (fit_tree(counts), fit_tilts(counts)):
        np.testing.assert_allclose(np.exp(fit.values) @ common, 1, atol=1e-6)
        np.testing.assert_allclose(fit.values[7], 0, atol=1e-3)


def test_tilts_find_a_shift_and_a_spread():
    # Levels N(m, s) of a normal law: the tilted law of each is its own, and I is the mean divergence.
    rng, nodes = np.random.default_rng(0), 48
    mean, spread = rng.normal(size=30), np.exp(0.2 * rng.normal(size=30))
    level = rng.integers(0, 30, 60_000)
    y = mean[level] + spread[level] * rng.normal(size=60_000)
    node = np.searchsorted(place_edges(nodes), (stats.rankdata(y) - 0.5) / len(y))
    grid = np.linspace(-9, 9, 4_001)
    density = stats.norm.pdf(grid[:, None], mean, spread).mean(1)
    truth = np.trapezoid(special.entr(density), grid) - np.log(spread * np.sqrt(2 * np.pi * np.e)).mean()
    fit = fit_tilts(tabulate(level, node, (30, nodes)))
    assert fit.information == pytest.approx(truth, rel=0.03)


def test_missing_values_have_no_place_in_the_order():
    # y is missing for most rows of level 0: a tilt in the order of the nodes could not say so.
    rng = np.random.default_rng(0)
    level, node = rng.integers(0, 2, 10_000), rng.integers(0, 20, 10_000)
    node[(level == 0) & (rng.random(10_000) < 0.8)] = 20
    node[(level == 1) & (rng.random(10_000) < 0.2)] = 20
    counts = tabulate(level, node, (2, 21))
    truth = np.log(2) + (0.8 * np.log(0.8) + 0.2 * np.log(0.2))  # I of the level and of being missing
    assert fit_tilts(counts, last_is_missing=True).information == pytest.approx(truth, abs=0.01)
