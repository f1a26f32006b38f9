"""Scores become statements."""

import numpy as np
import pytest
from scipy import stats

from skmine.estimation.fitting_cost import (
    GRID_WEIGHTS,
    DebiasWeights,
    correct_bias,
    extrapolate_coding_loss,
    weigh_coding_loss,
)
from skmine.estimation.inference import (
    adjust_pvalues,
    combine_one_way,
    compute_lower_bound,
    compute_pvalues,
    correct_for_few_groups,
    pearson3_sf,
)


def test_pearson3_is_normal_without_skew_and_gamma_with_it():
    z = np.linspace(-3, 5, 9)
    np.testing.assert_allclose(pearson3_sf(z, 0.0), stats.norm.sf(z))
    np.testing.assert_allclose(pearson3_sf(z, 1e-3), stats.norm.sf(z), rtol=0.01, atol=1e-7)
    # mean 0, variance 1, skewness g: a gamma law of shape 4 / g^2, shifted and scaled
    g = 0.8
    shape = 4 / g**2
    np.testing.assert_allclose(pearson3_sf(z, g), stats.gamma.sf(z * np.sqrt(shape) + shape, shape))
    np.testing.assert_allclose(pearson3_sf(z, -g), stats.gamma.cdf(-z * np.sqrt(shape) + shape, shape))


def test_combination_weights_folds_and_their_skewness():
    z, skew, w = np.array([[1.0, 0.5], [2.0, -0.3]]), np.array([[0.2, 0.0], [0.4, 0.1]]), np.array([1.0, np.sqrt(2)])
    total = (w[:, None] * z).sum(0) / np.sqrt(3)
    combined = (w[:, None] ** 3 * skew).sum(0) / 3**1.5
    np.testing.assert_allclose(combine_one_way(z, skew, w), pearson3_sf(total, combined))


def test_one_way_steps_are_standardised_by_their_law():
    sums, variance, third = np.array([3.0, 2.0, 9.0]), np.array([4.0, 1.0, 0.0]), np.array([4.0, 0.5, 0.0])
    before, tested = [100, 200, 300], [50, 50, 50]
    p = compute_pvalues(sums, variance, third, before, tested)  # the last step cannot vary
    expected = combine_one_way([1.5, 2.0], [0.5, 0.5], np.sqrt([5000.0, 10000.0]))
    assert p == pytest.approx(expected, rel=1e-12)
    few = compute_pvalues(sums, variance, np.zeros(3), before, tested, [5, 8, 9])
    z = correct_for_few_groups([1.5, 2.0], [5, 8])
    assert few == pytest.approx(combine_one_way(z, [0, 0], np.sqrt([5000.0, 10000.0])), rel=1e-12)
    assert compute_pvalues([], [], [], [], []) == 1.0


def test_silent_folds_are_left_out():
    z = np.array([[np.nan, np.nan, 1.0], [2.0, np.nan, 1.0]])
    p = combine_one_way(z, np.zeros((2, 3)), np.array([1.0, 1.0]))
    np.testing.assert_allclose(p, [stats.norm.sf(2.0), 1.0, stats.norm.sf(np.sqrt(2))])


def test_combination_is_uniform_under_the_null():
    # 20,000 draws of two skewed null z-scores: the share below a is binomial around a.
    rng = np.random.default_rng(0)
    shape = 16.0
    z = (rng.gamma(shape, size=(2, 20_000)) - shape) / np.sqrt(shape)
    p = combine_one_way(z, np.full_like(z, 2 / np.sqrt(shape)), np.array([1.0, np.sqrt(2)]))
    for a in (0.05, 0.01):
        low, high = stats.binomtest(int((p < a).sum()), p.size).proportion_ci(0.999)
        assert low <= a <= high


def test_coding_loss_is_exact_where_the_loss_is_inverse_to_the_squared_nodes():
    mi, c = 1.7, 500.0
    for coarse, fine in ((48, 128), (128, 192)):
        found = extrapolate_coding_loss(mi - c / coarse**2, mi - c / fine**2, coarse, fine)
        assert found == pytest.approx(c / fine**2)
    assert extrapolate_coding_loss(0.5, 0.4, 48, 128) == 0
    assert correct_bias(1.0, 1.0, 0.1) == pytest.approx(1.1)


def test_coding_costs_more_behind_edges_and_where_nodes_have_few_rows():
    weights = DebiasWeights(0.0, 0.0, 1.0, coding=np.log(2), coding_by_spread=-np.log(2), coding_by_rows=-1.0)
    found = weigh_coding_loss(0.1, [0.0, 1.0, 1.0, 9.0, 1.0], [10.0, 10.0, 20.0, 10.0, 1.0], weights)
    np.testing.assert_allclose(found, [0.2, 0.1, 0.05, 0.1 * 2**-0.5, 0.1 * 10 / 6])
    assert weigh_coding_loss(0.1, 1.0, 10.0, DebiasWeights(0.0, 0.0, 1.0)) == 0.0


def test_the_estimate_lies_between_the_scores():
    held, training = np.array([-0.01, 0.0, 0.05, 0.5, 2.0]), np.array([0.02, 0.03, 0.1, 0.6, 2.1])
    found = correct_bias(held, training)
    assert (found > held).all()
    assert (found < training).all()
    shares = (found - held) / (training - held)
    assert (np.diff(shares) > -1e-9).all()  # the clearer the dependence, the more of the gap
    assert shares[0] == pytest.approx(GRID_WEIGHTS.at_null)
    np.testing.assert_array_equal(correct_bias([0.3, 0.0], [0.3, 0.0]), [0.3, 0.0])  # no gap, no correction
    np.testing.assert_array_equal(correct_bias(0.3, 0.2), 0.3)


def test_lower_bound():
    low = compute_lower_bound([0.5, 0.5, -0.1], [0.1, 0.1, 0.1], [0.001, 0.2, 0.2])
    np.testing.assert_allclose(low, [0.5 - 1.6448536 * 0.1, 0.0, -0.1 - 1.6448536 * 0.1])
    assert compute_lower_bound(0.5, 0.1, 0.0, level=0.99) < compute_lower_bound(0.5, 0.1, 0.0)
    np.testing.assert_allclose(
        compute_lower_bound(0.5, 0.1, 0.0, n_chosen_from=5), compute_lower_bound(0.5, 0.1, 0.0, level=0.99)
    )


def test_few_groups_have_students_tail():
    # Exactly t with G - 1 degrees of freedom for normal sums: uniform p-values, where the normal tail is not.
    rng = np.random.default_rng(0)
    for n_groups in (3, 8):
        c = rng.normal(size=(20_000, n_groups))
        z = correct_for_few_groups(c.sum(1) / np.sqrt((c**2).sum(1)), n_groups)
        for a in (0.05, 0.01):
            low, high = stats.binomtest(int((stats.norm.sf(z) < a).sum()), len(z)).proportion_ci(0.999)
            assert low <= a <= high
    np.testing.assert_allclose(correct_for_few_groups(np.array([-1.0, 0.5]), 10**7), [-1.0, 0.5], rtol=1e-3)
    assert np.isnan(correct_for_few_groups(1.0, 1))


def test_qvalues():
    p = np.array([0.01, 0.04, 0.03, 0.5])
    np.testing.assert_allclose(adjust_pvalues(p, "bh"), [0.04, 0.16 / 3, 0.16 / 3, 0.5])
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    np.testing.assert_allclose(
        adjust_pvalues(p, "by"), np.minimum(np.array([0.04, 0.16 / 3, 0.16 / 3, 0.5]) * harmonic, 1)
    )
