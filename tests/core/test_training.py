"""The training loop learns, averages and resumes."""

import pytest
import torch
from torch import nn

from skmine.core.training import Training


def problem():
    torch.manual_seed(0)
    x = torch.randn(256, 3)
    return x, x @ torch.tensor([1.0, -2.0, 0.5])


def run(n_steps, stop=None, state=None):
    x, y = problem()
    torch.manual_seed(1)
    training = Training(nn.Linear(3, 1), n_steps=n_steps, learning_rate=0.05, weight_decay=0.0)
    if state is not None:
        training.load_state_dict(state)

    def objective(critic, step):
        rows = torch.randint(256, (32,), generator=torch.Generator().manual_seed(step))
        return ((critic(x[rows]).squeeze(1) - y[rows]) ** 2).mean()

    losses = []
    for loss in training.steps(objective):
        losses.append(loss)
        if training.step == stop:
            break
    return training, losses


def test_it_finds_least_squares():
    training, losses = run(600)
    assert len(losses) == 600
    # A noiseless linear target has loss 0 at its weights; the learning rate ends near zero.
    torch.testing.assert_close(training.average.weight[0], torch.tensor([1.0, -2.0, 0.5]), atol=0.02, rtol=0)
    assert not training.average.weight.requires_grad


def test_a_resumed_run_is_the_same_run():
    whole, _ = run(60)
    half, _ = run(60, stop=25)
    resumed, losses = run(60, state=half.state_dict())
    assert len(losses) == 35
    assert torch.equal(whole.average.weight, resumed.average.weight)


def test_the_learning_rate_rises_stays_and_falls():
    training, _ = run(1000, stop=1)
    rates = [training.learning_rate_at(s) for s in range(1000)]
    assert rates[0] < rates[5] < rates[11]
    assert rates[100] == pytest.approx(rates[299])
    assert rates[299] > rates[600] > rates[999]
    assert rates[999] < 0.01 * rates[100]


def test_it_learns_inside_no_grad():
    with torch.no_grad():
        training, losses = run(30)
    assert losses[-1] < losses[0]
    assert torch.equal(training.average.weight, run(30)[0].average.weight)


def test_one_large_gradient_is_clipped():
    training = Training(nn.Linear(1, 1), n_steps=10, learning_rate=0.1, weight_decay=0.0, largest_gradient=0.5)
    norms = []
    for _ in training.steps(lambda critic, step: 1e6 * critic.weight.sum()):
        norms.append(torch.cat([p.grad.flatten() for p in training.critic.parameters() if p.grad is not None]).norm())
    assert torch.stack(norms).max() <= 0.5 + 1e-6


def test_the_average_weighs_the_past_by_its_decay_and_less_at_the_start():
    training = Training(nn.Linear(1, 1), n_steps=60, learning_rate=0.1, weight_decay=0.0, ema_decay=0.6)
    expected = training.average.weight.clone()
    for step, _ in enumerate(training.steps(lambda critic, step: critic.weight.sum()), start=1):
        past = min(0.6, step / (step + 20))  # .6 from step 30 on
        expected = past * expected + (1 - past) * training.critic.weight.detach()
        torch.testing.assert_close(training.average.weight, expected)
