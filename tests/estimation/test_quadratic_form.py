"""The tail of weighted sums of squares, beside laws that have a closed form."""

import numpy as np
import pytest
from scipy import stats

from skmine.estimation.quadratic_form import compute_tail


def compute_tail_of_pairs(t, weights):
    """Each weight twice: a sum of exponential variables with means 2 w, whose tail is a sum of exponentials."""
    rates = 1 / (2 * np.asarray(weights))
    others = [np.prod([r / (r - rate) for r in rates if r != rate]) for rate in rates]
    return sum(other * np.exp(-rate * t) for other, rate in zip(others, rates, strict=True))


@pytest.mark.parametrize("weights", [[1, 0.5, 0.25], [3, 0.1], [1, 0.9, 0.8, 0.01]])
def test_pairs_of_weights(weights):
    t = np.array([0.5, 2, 5, 10, 30, 60])
    truth = compute_tail_of_pairs(t, weights)
    found = compute_tail(t, np.repeat(weights, 2))
    assert found[truth < 0.9] == pytest.approx(truth[truth < 0.9], rel=1e-3)
    assert found == pytest.approx(truth, rel=0.02)


@pytest.mark.parametrize("m", [1, 2, 7, 100])
def test_equal_weights_are_chi_square(m):
    t = stats.chi2.isf([0.9, 0.5, 0.05, 1e-6, 1e-12, 1e-100], m)
    assert compute_tail(3 * t, np.full(m, 3.0)) == pytest.approx(stats.chi2.sf(t, m), rel=1e-6)
    # Beside a weight that adds next to nothing, the path of integration has to find the same.
    assert compute_tail(t[1:], [*np.ones(m), 1e-7]) == pytest.approx(stats.chi2.sf(t[1:], m), rel=2e-3)


def test_draws_of_the_weights_that_are_used():
    weights = 1 / np.outer(np.arange(1, 13), np.arange(1, 13)).ravel()
    drawn = np.square(np.random.default_rng(0).normal(size=(40_000, 144))) @ weights
    for p in (0.5, 0.05, 0.005):
        below = (compute_tail(drawn, weights) < p).sum()
        assert stats.binomtest(int(below), len(drawn), p).pvalue > 0.001


def test_what_cannot_be_less_is_certain():
    assert compute_tail([0.0], [1.0, 1.0]) == pytest.approx(1.0)
    assert compute_tail([0.0], [1.0, 0.5, 0.1]) == pytest.approx(1.0, abs=0.02)
