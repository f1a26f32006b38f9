"""What critics are trained on: the best critic reaches the information, and gradients are as stated."""

import numpy as np
import pytest
import torch

from skmine.core.bounds import OBJECTIVES, Objective, donsker_varadhan, mine
from tests.core.gaussian import gaussian_values


def cut_batches(values, size):
    n = len(values) // size
    return torch.stack([values[i * size : (i + 1) * size, i * size : (i + 1) * size] for i in range(n)])


@pytest.mark.parametrize("name", ["dv", "mine", "nwj", "smile", "infonce"])
def test_objectives_of_the_best_critic_are_the_information(name):
    values = cut_batches(gaussian_values(6000, 0.7), 60)
    truth = -0.5 * np.log(1 - 0.49)
    values = values + 1 if name == "nwj" else values  # its best critic is log ratio + 1
    # 6,000 rows give .34 to within about .01; batches of 60 cost InfoNCE as much again.
    assert float(Objective(name).evaluate_batches(values)) == pytest.approx(truth, abs=0.05)


def test_jensen_shannon_is_largest_at_the_log_ratio():
    values = cut_batches(gaussian_values(6000, 0.7), 60)
    best = Objective("js").evaluate_batches(values)
    for other in (0.5 * values, 1.5 * values, values + 0.7, values - 0.7):
        assert Objective("js").evaluate_batches(other) < best


@pytest.mark.parametrize("name", OBJECTIVES)
def test_nodes_and_batches_agree_on_constant_critics(name):
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


def test_donsker_varadhan_of_a_batch_is_above_the_information_on_average():
    """With the true log ratio: no bound of one batch, as the log of a mean over its pairs is too low on average."""
    rho, dim, size, n_batches = 0.9, 12, 128, 100
    truth = -0.5 * dim * np.log(1 - rho**2)
    draw = torch.Generator().manual_seed(0)
    found = []
    for _ in range(n_batches):
        x, e = torch.randn(2, size, dim, generator=draw, dtype=torch.float64)
        y = rho * x + np.sqrt(1 - rho**2) * e
        squares = (y - rho * x[:, None]).square().sum(-1) / (1 - rho**2)
        found.append(float(Objective("dv").evaluate_batches((truth - 0.5 * (squares - y.square().sum(-1)))[None])))
    assert np.mean(found) - 4 * np.std(found) / np.sqrt(n_batches) > truth
