"""One column each: the truth by a second way, the mean log density ratio of a law's own rows."""

import numpy as np
import pytest
from scipy import special, stats

from skmine.synthetic import (
    additive_uniform,
    circle,
    constant,
    discrete_table,
    noisy_function,
    normal_pair,
    sign_flip,
    student_pair,
)
from tests.synthetic.checks import N, assert_mean_is, rows


def test_normal_pair_and_its_quadrature_agree():
    x, y = rows(normal_pair(0.6))
    ratio = stats.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]]).logpdf(np.c_[x, y])
    assert_mean_is(ratio - stats.norm.logpdf(x) - stats.norm.logpdf(y), normal_pair(0.6).mi)
    same = noisy_function("line", lambda v: 0.6 * v, constant(0.8))
    assert same.mi == pytest.approx(normal_pair(0.6).mi, abs=1e-6)


def test_student_pair():
    sampler = student_pair(0.5, 1.5)
    x, y = rows(sampler)
    joint = stats.multivariate_t(shape=[[1, 0.5], [0.5, 1]], df=1.5).logpdf(np.c_[x, y])
    assert_mean_is(joint - stats.t(1.5).logpdf(x) - stats.t(1.5).logpdf(y), sampler.mi)
    assert student_pair(0.5, 1e6).mi == pytest.approx(normal_pair(0.5).mi, abs=1e-3)


def test_sign_flip():
    sampler = sign_flip(0.3)
    x, y = rows(sampler)
    assert abs(np.corrcoef(x, y)[0, 1]) < 4 / np.sqrt(N)
    given = (stats.norm.pdf(x, y, 0.3) + stats.norm.pdf(x, -y, 0.3)) / 2
    assert_mean_is(np.log(given) - stats.norm.logpdf(x, 0, np.sqrt(1.09)), sampler.mi)


def test_circle():
    sampler = circle(0.2)
    x, y = rows(sampler)
    r, s2 = np.hypot(x, y), 0.04
    joint = np.log(special.ive(0, r / s2)) - (r - 1) ** 2 / (2 * s2) - np.log(2 * np.pi * s2)
    angle = (np.arange(400) + 0.5) * np.pi / 400
    grid = np.linspace(-3, 3, 6001)
    one = stats.norm.pdf(grid[:, None], np.cos(angle), 0.2).mean(1)
    assert_mean_is(joint - np.log(np.interp(x, grid, one)) - np.log(np.interp(y, grid, one)), sampler.mi)


def test_long_tailed_noise_is_integrated_to_its_ends():
    # X = Y + E / 2 with Cauchy noise: h(X) - h(E / 2), X's density a Voigt profile.
    sampler = noisy_function("voigt", lambda v: v, constant(0.5), stats.cauchy())
    x, y = rows(sampler)
    ratio = stats.cauchy.logpdf(x, y, 0.5) - np.log(special.voigt_profile(x, 1.0, 0.5))
    assert_mean_is(ratio, sampler.mi)


def test_additive_uniform_and_tables():
    sampler = additive_uniform(0.1)
    x, _ = rows(sampler)
    height = np.minimum(1, np.minimum(x + 0.1, 1.1 - x) / 0.2)
    assert_mean_is(-np.log(0.2) - np.log(height), sampler.mi)
    assert discrete_table("xor", [[1, 0], [0, 1]]).mi == pytest.approx(np.log(2))
    assert discrete_table("product", np.outer([1, 2], [3, 1, 4])).mi == pytest.approx(0, abs=1e-12)
