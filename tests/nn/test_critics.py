"""What holds for every architecture, and for a module of the caller's."""

import numpy as np
import pytest
import torch
from torch import nn

from skmine.nn import MutualInfoLoss
from tests.nn.given import ARCHITECTURES, X, Y, evaluate_formula, seeded


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_pair_has_the_same_value_among_all_pairs_and_among_a_few(architecture):
    """All pairs at once, or a few partners per row."""
    loss = MutualInfoLoss(2, 3, "dv", architecture, hidden_layer_sizes=(8, 6), generator=seeded()).double()
    x, y = torch.randn(5, 2).double(), torch.randn(5, 3).double()
    encoded = loss.critic.encode(x, y)
    every = loss.critic.evaluate_pairs(encoded[0][:, None], encoded[1][None])
    partners = torch.tensor([[0, 1], [1, 4], [2, 2], [3, 0], [4, 3]])
    few = loss.critic.evaluate_pairs(encoded[0][:, None], encoded[1][partners])
    torch.testing.assert_close(every.gather(1, partners), few)
    # A pair's value does not depend on the other rows.
    first_two = loss.critic.evaluate_pairs(encoded[0][:2, None], encoded[1][None, :2])
    torch.testing.assert_close(first_two, every[:2, :2])


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_critic_that_starts_far_outside_comes_back(architecture):
    loss = MutualInfoLoss(3, 3, "mine", architecture, generator=seeded())
    x = (1e4 * torch.randn(32, 3)).requires_grad_()
    value = loss(x, 1e4 * torch.randn(32, 3))
    value.backward()
    assert torch.isfinite(value)
    assert all(p.grad.abs().sum() > 0 for name, p in loss.named_parameters() if "offset" not in name)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_finite(architecture, dtype):
    loss = MutualInfoLoss(4, 4, "mine", architecture, generator=seeded())
    x = (300 * torch.randn(64, 4)).requires_grad_()
    with torch.autocast("cpu", dtype):
        value = loss(x, 300 * torch.randn(64, 4))
    value.backward()
    assert value.dtype == torch.float32
    assert torch.isfinite(value)
    assert torch.isfinite(x.grad).all()
    assert (x.grad != 0).float().mean() > 0.9


def test_a_module_of_the_caller_is_evaluated_on_all_pairs():
    class Distance(nn.Module):
        def forward(self, x, y):
            return -(x - y).square().sum(1, keepdim=True)

    x, y = torch.randn(2, 5, 3, dtype=torch.float64)
    t = -np.square(x.numpy()[:, None] - y.numpy()[None]).sum(2)
    assert MutualInfoLoss(3, 3, "infonce", Distance())(x, y).item() == pytest.approx(evaluate_formula(t, "infonce"))


@pytest.mark.parametrize("shape", [(16, 2), (15,), ()])
def test_a_critic_of_the_wrong_shape_is_refused(shape):
    class Wrong(nn.Module):
        def forward(self, x, y):
            return torch.zeros(shape)

    with pytest.raises(ValueError, match=r"values of shape \(16,\) or \(16, 1\), got"):
        MutualInfoLoss(2, 3, "dv", Wrong())(X, Y)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_on_a_gpu(architecture):
    loss = MutualInfoLoss(2, 2, "mine", architecture, n_negatives=4).cuda()
    x, y = torch.randn(2, 32, 2, device="cuda")
    for _ in range(2):
        value = loss(x, y)
    assert value.device.type == "cuda"
    assert torch.isfinite(value)
