"""Scores on a grid against the formulas over rows, and the permutation law against permutations."""

import itertools

import numpy as np
import pytest
import torch

from skmine.core.bounds import OBJECTIVES, Objective, donsker_varadhan, mine
from skmine.core.scores import (
    infonce_on_grid,
    permutation_moments_on_grid,
    pointwise_on_grid,
    projection_on_grid,
    score_rows,
    variance_on_grid,
)


def draw(seed, n=40, g=5, h=4):
    """Rows as node pairs, their table, and an arbitrary critic."""
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


def test_scores_do_not_mind_batches_or_empty_nodes():
    _, _, counts, critic = draw(0)
    padded_counts, padded_critic = torch.zeros(2, 16, 16).double(), torch.randn(2, 16, 16).double()
    padded_counts[:, :5, :4], padded_critic[:, :5, :4] = counts, critic
    for function in (infonce_on_grid, permutation_moments_on_grid):
        one, many = function(critic, counts), function(padded_critic, padded_counts)
        for u, v in zip(*(o if isinstance(o, tuple) else (o,) for o in (one, many)), strict=True):
            torch.testing.assert_close(u.expand(2), v)


def test_projection_is_the_influence_of_a_row():
    # The score is a smooth function of the cell shares: its derivative in the direction of one
    # more row of a cell is the projection of that cell, less its mean.
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


# Rows against weighted partners, and what is trained on


def gaussian_scores(n, rho, seed=0):
    """Optimal critic of n rows of a normal pair: all pairs, (n, n)."""
    rng = np.random.default_rng(seed)
    x, e = rng.normal(size=(2, n))
    y = rho * x + np.sqrt(1 - rho**2) * e
    a, b = x[:, None], y[None]
    ratio = -0.5 * np.log(1 - rho**2) - (rho**2 * (a**2 + b**2) - 2 * rho * a * b) / (2 * (1 - rho**2))
    return torch.from_numpy(ratio)


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
    # Each row with its own partner among the rows is the same once more.
    pairs = score_rows(critic[a][:, b], torch.arange(400), torch.full((400,), 1 / 400, dtype=torch.float64))
    assert torch.allclose(pairs.pointwise, found.pointwise)
    assert torch.allclose(pairs.projection, found.projection)
    assert pairs.third_moment == pytest.approx(found.third_moment)


def test_standard_error_is_the_spread_over_draws():
    draws = [gaussian_scores(200, 0.8, seed) for seed in range(200)]
    found = [score_rows(s, torch.arange(200), torch.full((200,), 1 / 200, dtype=torch.float64)) for s in draws]
    means = np.array([float(f.pointwise.mean()) for f in found])
    errors = np.array([float(f.projection.std()) / np.sqrt(200) for f in found])
    # The spread of 200 draws is known to one part in 20, one standard error.
    assert errors.mean() == pytest.approx(means.std(), rel=0.2)
    assert means.mean() == pytest.approx(-0.5 * np.log(1 - 0.64), abs=4 * means.std() / np.sqrt(200) + 0.01)


def blocks_of(scores, size):
    n = len(scores) // size
    return torch.stack([scores[i * size : (i + 1) * size, i * size : (i + 1) * size] for i in range(n)])


@pytest.mark.parametrize("name", ["dv", "mine", "nwj", "smile", "infonce"])
def test_objectives_of_the_best_critic_are_the_information(name):
    scores = blocks_of(gaussian_scores(6000, 0.7), 60)
    truth = -0.5 * np.log(1 - 0.49)
    scores = scores + 1 if name == "nwj" else scores  # its best critic is log ratio + 1
    # 6,000 rows tell .34 to about .01; blocks of 60 cost InfoNCE as much again.
    assert float(Objective(name).evaluate_batches(scores)) == pytest.approx(truth, abs=0.05)


def test_jensen_shannon_is_largest_at_the_log_ratio():
    scores = blocks_of(gaussian_scores(6000, 0.7), 60)
    best = Objective("js").evaluate_batches(scores)
    for other in (0.5 * scores, 1.5 * scores, scores + 0.7, scores - 0.7):
        assert Objective("js").evaluate_batches(other) < best


@pytest.mark.parametrize("name", OBJECTIVES)
def test_nodes_and_blocks_agree_on_constant_critics(name):
    constant = 0.0 if name != "nwj" else 1.0
    expected = float(Objective(name).evaluate_batches(torch.full((3, 8, 8), constant)))
    margin = torch.tensor([0.2, 0.3, 0.5])
    found = Objective(name).evaluate_nodes(torch.full((24, 3), constant), torch.arange(24) % 3, margin.log())
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_mine_reports_donsker_varadhan_and_corrects_its_gradient():
    """With the exact mean of exp T in place of the batch's, gradients are unbiased (Belghazi et al. 2018, sec. 3.2)."""
    joint = torch.tensor([1.0, 2.0], requires_grad=True)
    marginal = torch.tensor([0.5, -0.5, 3.0], requires_grad=True)
    log_average = torch.tensor(2.0)
    value = mine(joint, marginal, log_average)
    assert float(value.detach()) == pytest.approx(float(donsker_varadhan(joint, marginal).detach()))
    value.backward()
    assert torch.allclose(marginal.grad, -marginal.detach().exp() / 3 / log_average.exp())
    assert torch.allclose(joint.grad, torch.full((2,), 0.5))


def test_the_moving_average_stays_finite_and_moves():
    objective = Objective("mine", ema_weight=0.25)
    first = objective.evaluate_batches(torch.full((1, 4, 4), 200.0))  # exp(200) is beyond float32
    assert torch.isfinite(first)
    assert float(objective.log_average) == pytest.approx(200)
    objective.evaluate_batches(torch.full((1, 4, 4), 0.0))
    assert float(objective.log_average) == pytest.approx(200 + np.log(0.75), abs=1e-4)
