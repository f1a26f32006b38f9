"""Maps that keep MI are one to one: increasing, or undone."""

import numpy as np
import pytest
from scipy import stats

from skmine.synthetic import (
    Sampler,
    additive_table,
    asinh,
    bimodal,
    half_cube,
    independent_table,
    normal_dense,
    normal_pair,
    normal_sparse,
    rotated,
    spiral,
    swiss_roll,
    transformed,
    uniform_margins,
    wiggly,
    with_missing,
    with_noise_columns,
)
from tests.synthetic.checks import N, assert_mean_is, rows


def given(x, y):
    """A law of one draw."""
    return Sampler("given", lambda rng, n: (x, y), 0.0)


def drawn(sampler):
    return sampler.draw(np.random.default_rng(0), 0)


@pytest.mark.parametrize("transform", [half_cube, asinh, wiggly, uniform_margins, bimodal])
def test_maps_of_a_column_increase_strictly(transform):
    grid = np.linspace(-5, 5, 10_001)
    for side in drawn(transform(given(grid, grid))):
        assert (np.diff(side) > 0).all()
    table = np.c_[grid, grid[::-1]]
    x, _ = drawn(transform(given(table, table)))
    assert x[:, 1] == pytest.approx(x[::-1, 0])


@pytest.mark.parametrize(
    "transform", [half_cube, asinh, wiggly, uniform_margins, bimodal, spiral, rotated], ids=lambda t: t.__name__
)
def test_mi_stays_and_the_name_says_what_was_done(transform):
    sampler = normal_sparse(3, 2, 2.0)
    assert transform(sampler).mi == sampler.mi
    assert transform(sampler).name.endswith(f"-{sampler.name}")
    x, y = rows(transform(sampler), n=7)
    assert x.shape == y.shape == (7, 3)
    again = transformed("same", transform(sampler), lambda v: v)
    assert (rows(again, n=7)[0] == x).all()


def test_formulas():
    grid = np.array([-4.0, 0.0, 9.0])
    assert drawn(half_cube(given(grid, grid)))[0] == pytest.approx([-8, 0, 27])
    assert drawn(asinh(given(np.sinh(grid), grid)))[0] == pytest.approx(grid)
    assert drawn(uniform_margins(given(grid[1:2], grid)))[0] == pytest.approx(0.5)


def test_margins_become_uniform():
    for side in rows(uniform_margins(normal_sparse(2, 2, 2.0)), n=20_000):
        assert stats.kstest(side[:, 0], "uniform").pvalue > 1e-3


def bimodal_cdf(v, left, right, weight):
    return weight * stats.norm.cdf(v, left) + (1 - weight) * stats.norm.cdf(v, right)


def test_margins_become_bimodal():
    x, y = rows(bimodal(normal_pair(0.75)), n=20_000)
    assert stats.kstest(x, bimodal_cdf, (0, 5, 0.3)).pvalue > 1e-3
    assert stats.kstest(y, bimodal_cdf, (-1, 3, 0.5)).pvalue > 1e-3


def test_swiss_roll_unrolls():
    sampler = uniform_margins(normal_pair(0.75))
    (x, y), (rolled, same) = rows(sampler, n=1_000), rows(swiss_roll(sampler), n=1_000)
    assert rolled.shape == (1_000, 2)
    assert (y == same).all()
    assert (21 * np.hypot(*rolled.T) / (1.5 * np.pi) - 1) / 2 == pytest.approx(x)
    assert drawn(swiss_roll(given(np.array([[0.5]]), y)))[0] == pytest.approx(np.array([[-3 * np.pi / 21, 0]]))
    with pytest.raises(ValueError, match="too many values"):
        rows(swiss_roll(uniform_margins(normal_dense(2, 0.5))), n=10)


@pytest.mark.parametrize("dim", [2, 3, 6])
def test_a_spiral_is_undone(dim):
    sampler = normal_dense(dim, 0.5)
    turned = spiral(sampler)
    (x, y), (x_turned, y_turned) = rows(sampler, n=1_000), rows(turned, n=1_000)
    back = rows(spiral(turned, -1 / dim), n=1_000)
    assert back[0] == pytest.approx(x)
    assert back[1] == pytest.approx(y)
    assert (x_turned**2).sum(1) == pytest.approx((x**2).sum(1))
    # The planes: first and second column of X, second and third of Y; no other column moves.
    assert (x_turned[:, 2:] == x[:, 2:]).all()
    assert (np.abs(x_turned - x).max(0)[:2] > 0.1).all()
    moved = [0, 1] if dim == 2 else [1, 2]
    assert (np.delete(y_turned, moved, 1) == np.delete(y, moved, 1)).all()
    assert (np.abs(y_turned - y).max(0)[moved] > 0.1).all()


def test_spiral_rotates_by_its_speed_and_refuses_one_column():
    x, _ = drawn(spiral(given(np.array([[2.0, 0.0]]), np.eye(2)), speed=np.pi / 8))
    assert x == pytest.approx(np.array([[0.0, 2.0]]))
    still, _ = drawn(spiral(given(np.eye(3), np.eye(3)), speed=0.0))
    assert (still == np.eye(3)).all()
    with pytest.raises(ValueError, match="at least two columns on each side, got 1 in independent-2-1"):
        rows(spiral(independent_table(2, 1)), n=10)


def test_rotations_are_fixed_orthogonal_and_of_each_side():
    identity = np.eye(3)
    x, y = drawn(rotated(given(identity, identity)))
    assert x @ x.T == pytest.approx(identity)
    assert y @ y.T == pytest.approx(identity)
    assert np.abs(x - y).max() > 0.1
    assert np.abs(drawn(rotated(given(identity, identity), seed=1))[0] - x).max() > 0.1
    # The same rotation whatever is drawn.
    plain, turned = additive_table(3, 0.2), rotated(additive_table(3, 0.2))
    for seed in (0, 1):
        assert rows(turned, seed, 10)[0] == pytest.approx(rows(plain, seed, 10)[0] @ x)
    column = np.arange(4.0)[:, None]
    assert (drawn(rotated(given(column, identity)))[0] == column).all()


def test_noise_columns_come_last_and_are_noise():
    sampler = with_noise_columns(normal_pair(0.75), 2)
    assert sampler.mi == normal_pair(0.75).mi
    x, y = rows(sampler)
    correlation = np.corrcoef(np.c_[x, y].T) - np.eye(6)
    assert correlation[0, 3] == pytest.approx(0.75, abs=0.01)
    correlation[0, 3] = correlation[3, 0] = 0
    assert np.abs(correlation).max() < 5 / np.sqrt(N)


def test_missing_rows_leave_the_others_their_information():
    plain = normal_dense(2, 0.5)
    sampler = with_missing(plain, 0.1, 0.3)
    x, y = rows(sampler)
    for side, share in ((x, 0.1), (y, 0.3)):
        missing = np.isnan(side)
        assert (missing[:, 0] == missing[:, 1]).all()
        assert abs(missing.mean() - share) < 4 * np.sqrt(share * (1 - share) / N)
    both = ~np.isnan(x[:, 0]) & ~np.isnan(y[:, 0])
    law = stats.multivariate_normal(np.zeros(4), 0.5 + 0.5 * np.eye(4))
    margin = stats.multivariate_normal(np.zeros(2), 0.5 + 0.5 * np.eye(2))
    log_ratio = np.zeros(N)
    log_ratio[both] = law.logpdf(np.c_[x, y][both]) - margin.logpdf(x[both]) - margin.logpdf(y[both])
    assert_mean_is(log_ratio, sampler.mi)
    assert sampler.mi == pytest.approx(0.9 * 0.7 * plain.mi)
    whole, _ = rows(plain)
    assert (x[both] == whole[both]).all()
