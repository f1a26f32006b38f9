"""Upper bounds, for what is minimised: values by their formulas, gradients of the rows and of the critic."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from torch import nn

from skmine.nn import MutualInfoLoss
from tests.nn.given import make_loss, seeded

RHO = 0.8
TRUTH = -0.5 * math.log(1 - RHO**2)


class TrueConditional(nn.Module):
    """log p(y | x) of a normal pair, the slope being a parameter."""

    def __init__(self):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(RHO, dtype=torch.float64))

    def forward(self, x, y):
        return -0.5 * (y - self.slope * x)[:, 0] ** 2 / (1 - RHO**2) - 0.5 * math.log(2 * math.pi * (1 - RHO**2))


def draw_pairs(n, generator):
    x = torch.randn(n, 1, generator=generator, dtype=torch.float64)
    return x, RHO * x + math.sqrt(1 - RHO**2) * torch.randn(n, 1, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("bound", ["club", "loo"])
def test_values_are_the_formulas(bound):
    t = np.random.default_rng(0).normal(size=(6, 6))
    groups = np.array([0, 0, 1, 2, 3, 3])
    for other in (~np.eye(6, dtype=bool), groups[:, None] != groups):
        loss, x, y = make_loss(torch.from_numpy(t.copy()), bound, minimize=True)
        rows = {} if other.sum() == 30 else {"groups": torch.from_numpy(groups)}
        marginal = np.mean([t[i, other[i]].mean() for i in range(6)])
        over_x = [logsumexp(t[other[:, j], j]) - math.log(other[:, j].sum()) for j in range(6)]
        expected = {"club": np.diag(t).mean() - marginal, "loo": (np.diag(t) - over_x).mean()}[bound]
        assert loss(x, y, **rows).item() == pytest.approx(expected, abs=1e-12)


def test_with_the_true_conditional_they_are_above_the_information():
    """CLUB's mean is rho^2 / (1 - rho^2), the sum of both divergences; leave-one-out's is between it and the truth."""
    draw = seeded()
    found = {}
    for bound in ("club", "loo"):
        loss = MutualInfoLoss(1, 1, bound, TrueConditional(), minimize=True)
        values = np.array([loss(*draw_pairs(64, draw)).item() for _ in range(200)])
        found[bound] = values.mean(), values.std() / math.sqrt(len(values))
    club, error = found["club"]
    assert club == pytest.approx(RHO**2 / (1 - RHO**2), abs=4 * error)
    loo, error = found["loo"]
    assert TRUTH - 4 * error < loo < club


@pytest.mark.parametrize("bound", ["club", "loo"])
def test_the_rows_follow_the_value_and_the_critic_the_likelihood(bound):
    loss = MutualInfoLoss(1, 1, bound, TrueConditional(), minimize=True)
    x, y = (v.requires_grad_() for v in draw_pairs(8, seeded()))
    loss(x, y).backward()
    slope = loss.critic.module.slope
    pairs = loss.critic.module(x, y).mean()
    (expected,) = torch.autograd.grad(-pairs, slope)
    torch.testing.assert_close(slope.grad, expected)  # descending raises the likelihood

    def value(a, b):
        t = loss.critic.evaluate_pairs(a[:, None], b[None])
        off = t.masked_fill(torch.eye(8, dtype=torch.bool), -math.inf)
        if bound == "loo":
            return (t.diagonal() - torch.logsumexp(off, 0) + math.log(7)).mean()
        return t.diagonal().mean() - t[~torch.eye(8, dtype=torch.bool)].mean()

    for found, wanted in zip((x.grad, y.grad), torch.autograd.grad(value(x, y), (x, y)), strict=True):
        torch.testing.assert_close(found, wanted)  # descending lowers the value


@pytest.mark.parametrize("bound", ["club", "loo"])
def test_a_trained_model_of_a_normal_pair(bound):
    torch.manual_seed(0)
    loss = MutualInfoLoss(1, 1, bound, minimize=True, hidden_layer_sizes=(16,), generator=seeded())
    optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
    draw = seeded()
    values = []
    for _ in range(400):
        x, y = draw_pairs(128, draw)
        values.append(float(loss.train_critic(optimizer, x.float(), y.float())))
    # A batch of 128 has a standard deviation of about .25, 100 of them .025; and what is not learned yet.
    if bound == "club":
        assert np.mean(values[-100:]) == pytest.approx(RHO**2 / (1 - RHO**2), rel=0.1)
    else:
        assert np.mean(values[-100:]) == pytest.approx(TRUTH, abs=0.1)


def test_classes_have_a_model_of_their_own():
    """Four classes that x tells exactly: all bounds are at least log 4 for a perfect model, and CLUB is far above."""
    torch.manual_seed(0)
    loss = MutualInfoLoss(4, 4, "loo", "categorical", minimize=True, hidden_layer_sizes=(16,), generator=seeded())
    optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
    for _ in range(200):
        y = torch.eye(4)[torch.randint(4, (64,))]
        value = loss.train_critic(optimizer, 3 * y, y)
    # Leave-one-out: log(63 / number of the class's other rows), about log 4 plus 1.5 / 16.
    assert float(value) == pytest.approx(math.log(4), abs=0.3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bound": "club"}, "pass minimize=True"),
        ({"bound": "loo", "minimize": True, "n_negatives": 3}, "n_negatives=3 cannot be combined with bound='loo'"),
        ({"bound": "club", "minimize": True, "architecture": "joint"}, "architecture must be one of gaussian"),
        ({"bound": "dv", "architecture": "gaussian"}, "architecture must be one of joint"),
    ],
)
def test_upper_bounds_that_cannot_be_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        MutualInfoLoss(2, 1, **options)


@pytest.mark.parametrize("bound", ["club", "loo"])
def test_upper_bounds_take_classes_negatives_and_chunks(bound):
    rows = torch.randn(6, 2, dtype=torch.float64), torch.randn(6, 1, dtype=torch.float64)
    options = {"minimize": True, "n_classes": 2, "hidden_layer_sizes": (8,)}
    labels = torch.tensor([0, 1, 0, 1, 0, 1])
    values = [
        MutualInfoLoss(2, 1, bound, chunk_size=size, generator=seeded(), **options).double()(*rows, labels)
        for size in (None, 4)
    ]
    torch.testing.assert_close(*values)
    plain = MutualInfoLoss(2, 1, bound, minimize=True, generator=seeded()).double()
    more = plain(*rows, negatives=10 + torch.randn(3, 1, dtype=torch.float64))
    assert (more > plain(*rows)) == (bound == "club")  # leave-one-out compares with other rows of x only
