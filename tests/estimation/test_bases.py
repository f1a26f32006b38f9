"""Bases: what needs no training, and that the right one is chosen."""

import numpy as np
import pytest
from scipy import stats

from skmine.core.bounds import infonce
from skmine.core.networks.pair import evaluate_pair_base
from skmine.data.features import Span
from skmine.estimation import bases
from skmine.estimation.bases import CodedSide
from skmine.synthetic import (
    draw_columns,
    noisy_target,
    normal_dense,
    normal_sparse,
    rotated,
    spiral,
    student_dense,
    student_identity,
    wild_rows,
    with_noise_columns,
)

ROWS = np.arange(3000)
FIT, VALIDATION, TEST = ROWS[:1600], ROWS[1600:2000], ROWS[2000:]


def numbers(sampler, seed=0):
    return [to_views(v) for v in sampler.draw(np.random.default_rng(seed), 3000)]


def noisy_product(noise):
    """The product of two heavy-tailed columns of four, with noise."""
    law = stats.t(2.5)
    return noisy_target("product", draw_columns(4, law), lambda x: x[:, 1] * x[:, 3], noise)


def to_views(values):
    """Normal scores, and beside them the values themselves."""
    ranks = stats.norm.ppf((stats.rankdata(values, axis=0) - 0.5) / len(values))
    return np.hstack([ranks, values]).astype(np.float32)


def find_spans(*tables):
    return tuple(tuple(Span(j, j + 1, False) for j in range(z.shape[1] // 2)) for z in tables)


def held_out(base, x, y):
    sides = base.make_side_x(x[TEST], x[TEST]), base.make_side_y(y[TEST], y[TEST])
    return float(infonce(evaluate_pair_base(*sides, base.lookups, base.power)))


@pytest.mark.parametrize(
    ("sampler", "name", "share"),
    [
        (normal_dense(4, 0.5), None, 0.85),
        (normal_sparse(5, 2, 2.0), "linear", 0.9),
        (student_identity(3, 2), None, 0.75),
        (rotated(student_dense(4, 0.5, 2)), "Student", 0.85),
        (wild_rows([0.8] * 3, 0.2, 5.0), "mixture", 0.85),
        (spiral(normal_sparse(3, 2, 2.0)), "radial", 0.85),
        (with_noise_columns(noisy_product(0.7), 1), "scaled products", 0.85),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_the_base_holds_most_of_a_law_without_training(sampler, name, share):
    x, y = numbers(sampler)
    base, _ = bases.choose_for_pairs(x, y, FIT, VALIDATION, find_spans(x, y))
    assert name is None or name in base.name
    # 1,000 rows tell about 1 nat to .03, one standard error.
    assert share * sampler.mi - 0.09 < held_out(base, x, y) < sampler.mi + 0.12


def test_independence_offers_nothing():
    x, y = map(to_views, np.random.default_rng(0).normal(size=(2, 3000, 3)))
    base, directions = bases.choose_for_pairs(x, y, FIT, VALIDATION, find_spans(x, y))
    assert abs(held_out(base, x, y)) < 0.02
    assert len(directions) <= 1  # Bartlett's test at .01, a handful of dictionaries


def test_canonical_pairs_are_those_of_the_law():
    rng = np.random.default_rng(1)
    n = 20_000
    x, y = rng.normal(size=(n, 4)), rng.normal(size=(n, 3))
    y[:, 0] = 0.9 * x[:, 1] + np.sqrt(0.19) * y[:, 0]
    y[:, 1] = 0.5 * x[:, 2] + np.sqrt(0.75) * y[:, 1]
    x, y = x @ rng.normal(size=(4, 4)), y @ rng.normal(size=(3, 3))
    a, b, r = bases.find_canonical_pairs(x - x.mean(0), y - y.mean(0))
    assert r == pytest.approx([0.9, 0.5], abs=4 / np.sqrt(n))
    u, v = (x - x.mean(0)) @ a, (y - y.mean(0)) @ b
    assert np.allclose(u.T @ u / n, np.eye(2), atol=1e-6)
    assert np.allclose(u.T @ v / n, np.diag(r), atol=1e-6)


def test_collinear_and_too_many_columns():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 2))
    twice = np.c_[x, x, x.sum(1)].astype(np.float32)
    y = (x[:, :1] + 0.5 * rng.normal(size=(300, 1))).astype(np.float32)
    wide = np.c_[twice, rng.normal(size=(300, 500))].astype(np.float32)
    y = to_views(y)
    for table in map(to_views, (twice, wide)):
        base, _ = bases.choose_for_pairs(table, y, np.arange(200), np.arange(200, 300), find_spans(table, y))
        side = base.make_side_x(table, table)
        assert np.isfinite(side.vectors.numpy()).all()


def test_nodes_have_their_base_too():
    x, y = numbers(normal_sparse(3, 2, 2.0))
    nodes = np.searchsorted(np.quantile(y[:, 0], np.arange(1, 32) / 32), y[:, 0])
    column = CodedSide(y[:, [0, 3]], nodes, 32)
    base, _ = bases.choose_for_nodes(x, column, FIT, VALIDATION, find_spans(x)[0])
    vectors, lookups = column.describe(base)
    assert vectors.shape[0] == 32
    assert lookups.shape[0] == len(base.grids)
    assert base.name != "none"
