"""Laws put together: MI adds up side by side, and nothing is left of it across draws."""

import numpy as np
import pytest

from skmine.synthetic import (
    additive_uniform,
    correlated_gaussians,
    discrete_table,
    normal_pair,
    normal_table,
    side_by_side,
    student_identity,
    unpaired,
)
from tests.synthetic.checks import N, rows


def test_side_by_side_is_one_normal_table():
    # Of normal laws, the whole is normal with a covariance in blocks.
    covariance = np.eye(5)
    covariance[0, 3] = covariance[3, 0] = 0.6
    covariance[1:3, 1:3], covariance[4, 1:3], covariance[1:3, 4] = [[1, 0.3], [0.3, 1]], [0.5, 0.2], [0.5, 0.2]
    inner = normal_table("inner", covariance[np.ix_([1, 2, 4], [1, 2, 4])], 2)
    both = side_by_side("both", normal_pair(0.6), inner)
    assert both.mi == pytest.approx(normal_table("whole", covariance, 3).mi, abs=1e-12)
    x, y = rows(both)
    assert x.shape == (N, 3)
    assert y.shape == (N, 2)
    # A sample covariance has variance (1 + rho^2) / n at most 2 / n.
    assert np.abs(np.cov(np.c_[x, y].T) - covariance).max() < 5 * np.sqrt(2 / N)


def test_side_by_side_draws_each_law_afresh():
    x, _ = rows(side_by_side("twice", *[additive_uniform(0.1)] * 2))
    assert abs(np.corrcoef(x.T)[0, 1]) < 4 / np.sqrt(N)
    assert correlated_gaussians(3, 0.5).mi == pytest.approx(3 * normal_pair(0.5).mi)


def test_side_by_side_keeps_codes():
    codes, _ = rows(side_by_side("codes", *[discrete_table("same", np.eye(3))] * 2), n=50)
    assert codes.dtype.kind == "i"


def test_unpaired_keeps_margins_and_nothing_else():
    linked = student_identity(2, 3)
    apart = unpaired(linked)
    assert apart.mi == 0
    x, y = rows(apart)
    assert (x == rows(linked)[0]).all()  # the first draw of the same seed
    size_x, size_y = (np.log((side**2).sum(1)) for side in (x, y))
    assert abs(np.corrcoef(size_x, size_y)[0, 1]) < 4 / np.sqrt(N)
