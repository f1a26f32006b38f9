"""Scores on a grid against the formulas over rows, and the permutation law against permutations."""

import itertools

import numpy as np
import pytest
import torch

from skmine.core.scores import (
    infonce_on_grid,
    permutation_moments_on_grid,
    pointwise_on_grid,
    projection_on_grid,
    score_rows,
    variance_on_grid,
)
from tests.core.gaussian import gaussian_values


def draw(seed, n=40, g=5, h=4):
    """Rows as pairs of nodes, their counts, and arbitrary critic values."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, g, n), rng.integers(0, h, n)
    counts = np.bincount(a * h + b, minlength=g * h).reshape(g, h)
    return a, b, torch.tensor(counts, dtype=torch.float64), torch.tensor(rng.normal(size=(g, h)))


@pytest.mark.parametrize("seed", range(3))
def test_score_is_infonce_over_all_pairs_of_rows(seed):
    a, b, counts, critic = draw(seed)
    t = critic.numpy()[a][:, b]  # (n, n): T of every pair of rows
    s = np.diag(t) - 0.5 * np.log(np.exp(t).mean(1)) - 0.5 * np.log(np.exp(t).mean(0))
    np.testing.assert_allclose(pointwise_on_grid(critic, counts).numpy()[a, b], s)
    np.testing.assert_allclose(infonce_on_grid(critic, counts).item(), s.mean())


def test_score_never_exceeds_log_n_or_the_entropies():
    counts = torch.eye(6, dtype=torch.float64)
    for scale in (1.0, 5.0, 30.0):
        score = infonce_on_grid(scale * torch.eye(6, dtype=torch.float64), counts).item()
        assert score <= np.log(6)
    assert score == pytest.approx(np.log(6), abs=1e-9)


def test_score_of_the_true_critic_is_mi_in_the_limit():
    rng = np.random.default_rng(0)
    joint = rng.dirichlet(np.ones(12)).reshape(3, 4)
    product = joint.sum(1, keepdims=True) * joint.sum(0)
    mi = (joint * np.log(joint / product)).sum()
    score = infonce_on_grid(torch.tensor(np.log(joint / product)), torch.tensor(joint * 1e6))
    assert score.item() == pytest.approx(mi, abs=1e-12)


def test_scores_are_the_same_in_a_batch_and_with_empty_nodes():
    _, _, counts, critic = draw(0)
    padded_counts, padded_critic = torch.zeros(2, 16, 16).double(), torch.randn(2, 16, 16).double()
    padded_counts[:, :5, :4], padded_critic[:, :5, :4] = counts, critic
    for function in (infonce_on_grid, permutation_moments_on_grid):
        one, many = function(critic, counts), function(padded_critic, padded_counts)
        for u, v in zip(*(o if isinstance(o, tuple) else (o,) for o in (one, many)), strict=True):
            torch.testing.assert_close(u.expand(2), v)


def test_projection_is_the_influence_of_a_row():
    # The score is a smooth function of the cells' proportions. Its derivative in the direction of one more row in a
    # cell is the projection of that cell, minus its mean.
    a, b, counts, critic = draw(1)
    psi = projection_on_grid(critic, counts)
    n, eps = counts.sum(), 1e-5
    mean = (counts * psi).sum() / n
    for cell in {*zip(a.tolist(), b.tolist(), strict=True)}:

        def score(t, cell=cell):
            moved = counts / n * (1 - t)
            moved[cell] += t
            return infonce_on_grid(critic, moved)

        derivative = (score(eps) - score(-eps)) / (2 * eps)
        assert derivative.item() == pytest.approx((psi[cell] - mean).item(), abs=1e-6)


def test_variance_on_grid_is_over_rows():
    a, b, counts, critic = draw(2)
    np.testing.assert_allclose(variance_on_grid(critic, counts).item(), critic.numpy()[a, b].var())


def test_permutation_moments_are_those_of_all_permutations():
    a, b, counts, critic = draw(3, n=7, g=3, h=3)
    t = critic.numpy()
    sums = np.array([t[a, b[list(p)]].sum() for p in itertools.permutations(range(7))])
    statistic, variance, third = (m.item() for m in permutation_moments_on_grid(critic, counts))
    assert statistic == pytest.approx(t[a, b].sum() - sums.mean())
    assert variance == pytest.approx(sums.var())
    assert third == pytest.approx(((sums - sums.mean()) ** 3).mean())


def test_rows_and_grid_agree():
    rng = np.random.default_rng(0)
    critic = torch.from_numpy(rng.normal(size=(5, 4)))
    a, b = rng.integers(0, 5, 400), rng.integers(0, 4, 400)
    counts = torch.zeros(5, 4, dtype=torch.float64)
    for i, j in zip(a, b, strict=True):
        counts[i, j] += 1
    own = torch.from_numpy(b)
    found = score_rows(critic[a], own, counts.sum(0) / 400)
    assert float(found.pointwise.mean()) == pytest.approx(float(infonce_on_grid(critic, counts)))
    assert float(found.projection.var(correction=0)) == pytest.approx(
        float(variance_on_grid(projection_on_grid(critic, counts), counts))
    )
    statistic, variance, third = permutation_moments_on_grid(critic, counts)
    assert float(found.centred.sum()) == pytest.approx(float(statistic))
    assert found.variance == pytest.approx(float(variance))
    assert found.third_moment == pytest.approx(float(third))
    # The rows' own partners instead of the nodes: the same again.
    pairs = score_rows(critic[a][:, b], torch.arange(400), torch.full((400,), 1 / 400, dtype=torch.float64))
    assert torch.allclose(pairs.pointwise, found.pointwise)
    assert torch.allclose(pairs.projection, found.projection)
    assert pairs.third_moment == pytest.approx(found.third_moment)


def test_standard_error_is_the_spread_over_draws():
    draws = [gaussian_values(200, 0.8, seed) for seed in range(200)]
    found = [score_rows(s, torch.arange(200), torch.full((200,), 1 / 200, dtype=torch.float64)) for s in draws]
    means = np.array([float(f.pointwise.mean()) for f in found])
    errors = np.array([float(f.projection.std()) / np.sqrt(200) for f in found])
    # The standard deviation of 200 draws has a relative standard error of 1 in 20; four of them.
    assert errors.mean() == pytest.approx(means.std(), rel=0.2)
    assert means.mean() == pytest.approx(-0.5 * np.log(1 - 0.64), abs=4 * means.std() / np.sqrt(200) + 0.01)
