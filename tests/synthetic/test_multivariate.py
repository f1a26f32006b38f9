"""Several columns: the truth by a second way, and the values that the benchmark's authors publish."""

import numpy as np
import pytest
from scipy import stats

from skmine.synthetic import (
    additive_table,
    correlated_gaussians,
    correlated_gaussians_with_mi,
    independent_blocks,
    independent_table,
    normal_dense,
    normal_pair,
    normal_sparse,
    normal_table,
    student_dense,
    student_identity,
    student_pair,
    student_table,
)
from tests.synthetic.checks import assert_mean_is, rows


def uneven_covariance(dim):
    """Of no special form, unequal variances included."""
    root = np.random.default_rng(5).normal(size=(dim, dim))
    return root @ root.T + 0.5 * np.eye(dim)


def log_ratio(law, matrix, dim_x, x, y, **parameters):
    """Of a law of scipy.stats closed under taking columns."""
    whole, of_x, of_y = matrix, matrix[:dim_x, :dim_x], matrix[dim_x:, dim_x:]
    logpdf = [law(np.zeros(len(m)), m, **parameters).logpdf for m in (whole, of_x, of_y)]
    return logpdf[0](np.c_[x, y]) - logpdf[1](x) - logpdf[2](y)


def test_normal_table():
    covariance = uneven_covariance(5)
    sampler = normal_table("uneven", covariance, 3)
    x, y = rows(sampler)
    assert x.shape[1] == 3
    assert_mean_is(log_ratio(stats.multivariate_normal, covariance, 3, x, y), sampler.mi)
    assert normal_table("pair", [[1, 0.6], [0.6, 1]], 1).mi == pytest.approx(normal_pair(0.6).mi)


def test_normal_table_is_drawn_with_its_covariance():
    covariance = uneven_covariance(4)
    x, y = rows(normal_table("uneven", covariance, 2))
    # var of a sample covariance: (s_ii s_jj + s_ij^2) / n.
    error = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / len(x))
    assert (np.abs(np.cov(np.c_[x, y].T) - covariance) < 5 * error).all()


@pytest.mark.parametrize(
    ("sampler", "mi"),
    [
        # A dense block of k has eigenvalues 1 + (k - 1) r once and 1 - r else.
        (normal_dense(3, 0.5), 0.5 * np.log((0.5**2 * 2) ** 2 / (0.5**5 * 3.5))),
        (normal_dense(2, 0.5), 0.2938933),
        (normal_dense(5, 0.5), 0.5928118),
        (normal_dense(50, 0.5), 1.6242654),
        (normal_sparse(5, 2, 2.0), -np.log(1 - 0.8**2)),
        (normal_sparse(25, 2, 2.0), 1.0216512),
        (correlated_gaussians(20, -0.5), -10 * np.log(0.75)),
        (correlated_gaussians_with_mi(20, 4.0), 4.0),
        (student_identity(1, 1), 0.2241714),
        (student_identity(2, 1), 0.4319456),
        (student_identity(2, 2), 0.1931472),
        (student_identity(3, 2), 0.2909219),
        (student_identity(5, 2), 0.4481507),
        (student_dense(1, 0.5, 1.5), student_pair(0.5, 1.5).mi),
        (student_dense(3, 0.5, 1e7), normal_dense(3, 0.5).mi),
        (additive_table(3, 0.1), 3 * (0.1 - np.log(0.2))),
        (independent_table(3, 2), 0),
        (independent_blocks(4, 0.5), 0),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_known_values(sampler, mi):
    assert sampler.mi == pytest.approx(mi, abs=1e-6)


def test_student_table():
    dispersion = uneven_covariance(5)
    sampler = student_table("uneven", dispersion, 3, 1.5)
    x, y = rows(sampler)
    assert_mean_is(log_ratio(stats.multivariate_t, dispersion, 3, x, y, df=1.5), sampler.mi)


def test_additive_table():
    sampler = additive_table(3, 0.2)
    x, y = rows(sampler)
    assert (np.abs(x - y) <= 0.2).all()
    height = np.minimum(1, np.minimum(x + 0.2, 1.2 - x) / 0.4)
    assert_mean_is(-(np.log(0.4) + np.log(height)).sum(1), sampler.mi)


def test_blocks_are_linked_within_and_not_across():
    x, y = rows(independent_blocks(3, 0.5))
    correlation = np.corrcoef(np.c_[x, y].T)
    assert np.abs(correlation[:3, 3:]).max() < 5 / np.sqrt(len(x))
    assert correlation[0, 1] == pytest.approx(0.5, abs=0.01)
