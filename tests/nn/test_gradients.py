"""MINE's adaptive clipping against its formula, and reversed gradients."""

import pytest
import torch
from torch import nn

from skmine.nn import backward_clipped, reversed_gradient


@pytest.mark.parametrize(("length", "scale"), [(0.5, 1.0), (2.0, 1.0), (8.0, 0.25)])
def test_the_couplings_gradient_is_no_longer_than_the_tasks(length, scale):
    w, u = nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2))
    task = (w * torch.tensor([2.0, 0.0, 0.0])).sum()
    coupling = length * (w[1] * 0.6 + u[0] * 0.8)  # its gradient has this length
    found = backward_clipped(task, coupling, [w, u])
    assert found == pytest.approx(scale)
    torch.testing.assert_close(w.grad, torch.tensor([2.0, 0.6 * length * scale, 0.0]))
    torch.testing.assert_close(u.grad, torch.tensor([0.8 * length * scale, 0.0]))


def test_the_critic_gets_no_gradient():
    w, critic = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    backward_clipped(w.sum(), (w * critic).sum(), [w])
    assert critic.grad is None


def test_a_coupling_without_gradient_leaves_the_tasks():
    w = nn.Parameter(torch.ones(2))
    assert backward_clipped(w.sum(), 0 * w.sum(), [w]) == 1.0
    torch.testing.assert_close(w.grad, torch.ones(2))


def test_frozen_parameters_are_skipped_and_each_gradient_is_a_tensor_of_its_own():
    w, u, frozen = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1), False)
    backward_clipped((w + u).sum(), 0 * w.sum(), [w, u, frozen])
    assert frozen.grad is None
    nn.utils.clip_grad_norm_([w, u], 0.2, foreach=False)  # in place, each once
    torch.testing.assert_close(torch.cat([w.grad, u.grad]).norm(), torch.tensor(0.2), rtol=1e-4, atol=0)


def test_losses_that_cannot_be_clipped_are_refused():
    w = nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="parameters must contain at least one"):
        backward_clipped(w.sum(), w.sum(), [])
    with pytest.raises(ValueError, match="coupling must be a loss computed from the parameters"):
        backward_clipped(w.sum(), torch.zeros(()), [w])
    with pytest.raises(ValueError, match="coupling must have a finite gradient"):
        backward_clipped(w.sum(), w.sum() * float("nan"), [w])
    assert w.grad is None


def test_only_the_gradient_is_reversed():
    x = torch.randn(4, requires_grad=True)
    y = reversed_gradient(x)
    assert torch.equal(x, y)
    y.square().sum().backward()
    torch.testing.assert_close(x.grad, -2 * x.detach())
