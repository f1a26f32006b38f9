"""Values against formulas, and gradients against differences."""

import itertools
import math

import numpy as np
import pytest
import torch

from skmine.core.bounds import OBJECTIVES, Objective, mine
from skmine.core.pair_objective import PairBatch, PairObjective, Pairs
from skmine.nn import MutualInfoLoss
from tests.nn.given import ARCHITECTURES, evaluate_formula, make_loss, seeded


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_values_are_the_formulas(bound):
    t = 3 * np.random.default_rng(0).normal(size=(7, 7))
    loss, x, y = make_loss(torch.from_numpy(t), bound)
    assert loss(x, y).item() == pytest.approx(evaluate_formula(t, bound), abs=1e-12)
    with torch.no_grad():
        assert loss(x, y).item() == pytest.approx(evaluate_formula(t, bound), abs=1e-12)


@pytest.mark.parametrize("minimize", [False, True])
@pytest.mark.parametrize("bound", OBJECTIVES)
def test_the_value_does_not_depend_on_whether_it_is_minimised(bound, minimize):
    t = torch.randn(6, 6, dtype=torch.float64)
    loss, x, y = make_loss(t, bound, minimize=minimize)
    assert loss(x, y).item() == pytest.approx(evaluate_formula(t.numpy(), bound))


@pytest.mark.parametrize("bound", ["dv", "nwj", "js", "infonce"])
def test_gradients_are_those_of_the_values(bound):
    """All but "mine", which is corrected, and "smile", which is trained by "js"."""
    scores = torch.randn(5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: Objective(bound).evaluate_batches(t[None]), scores)
    allowed = torch.tensor([[True, True, False], [True, False, True], [False, False, True]])
    joint, marginal = (torch.randn(s, dtype=torch.float64, requires_grad=True) for s in ((3,), (3, 3)))

    def evaluate(j, m):
        """Rows and their partners, of which only some are allowed."""
        own = torch.tensor([[True, False, False, False]]).expand(3, 4)
        pairs = Pairs(own, torch.cat([own[:, 1:2], allowed], 1))
        values = torch.cat([j[:, None], m], 1)
        batch = PairBatch(lambda rows: values[rows], pairs, torch.float64, both_ways=False)
        return PairObjective(bound).evaluate(batch)

    assert torch.autograd.gradcheck(evaluate, (joint, marginal))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("bound", ["dv", "nwj", "js", "infonce"])
def test_gradients_reach_the_rows(bound, architecture):
    loss = MutualInfoLoss(2, 3, bound, architecture, hidden_layer_sizes=(8, 8), generator=seeded()).double()
    x, y = torch.randn(4, 2).double().requires_grad_(), torch.randn(4, 3).double().requires_grad_()
    assert torch.autograd.gradcheck(loss, (x, y))


def test_mine_is_the_gradient_of_its_surrogate():
    """With the average frozen, d/dT of E_joint T - E_marginal exp T / average (Belghazi et al. 2018, eq. 12)."""
    joint = torch.randn(4, dtype=torch.float64, requires_grad=True)
    marginal = torch.randn(9, dtype=torch.float64, requires_grad=True)
    average = torch.tensor(0.7, dtype=torch.float64)

    def surrogate(j, m):
        return j.mean() - m.exp().mean() / average.exp()

    assert torch.autograd.gradcheck(surrogate, (joint, marginal))
    expected = torch.autograd.grad(surrogate(joint, marginal), (joint, marginal))
    found = torch.autograd.grad(mine(joint, marginal, average), (joint, marginal))
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b)


def test_the_loss_follows_mines_formula_over_batches():
    t = torch.randn(5, 5, dtype=torch.float64)
    loss, x, y = make_loss(t.clone(), "mine", rate=0.25)
    off = ~torch.eye(5, dtype=torch.bool)
    average = t[off].exp().mean()
    for batch in range(3):
        with torch.no_grad():
            loss.critic.module.values.copy_(t + batch)
        average = 0.75 * average + 0.25 * (t[off] + batch).exp().mean()
        (gradient,) = torch.autograd.grad(loss(x, y), loss.critic.module.values)
        torch.testing.assert_close(gradient.diagonal(), torch.full((5,), 0.2).double())
        expected = -(t[off] + batch).exp() / 20 / average
        torch.testing.assert_close(
            gradient[off], expected, rtol=1e-5, atol=0
        )  # the average is kept in single precision


def test_mines_gradient_is_less_biased_on_small_batches():
    """E of a batch's gradient against that of all rows together.

    T = s u v on pairs of rho = .8; its derivative by s is known for all rows together: the plain
    Donsker-Varadhan gradient of batches of 8 is a ratio of means, whose mean is not the ratio of the means.
    """
    draw = torch.Generator().manual_seed(0)
    rho, n_batches, size = 0.8, 4000, 8
    u, e = torch.randn(2, n_batches, size, generator=draw, dtype=torch.float64)
    v = rho * u + math.sqrt(1 - rho**2) * e
    product = u[:, :, None] * v[:, None]  # (batches, 8, 8)
    s = torch.tensor(0.8, dtype=torch.float64, requires_grad=True)
    # All rows together: E exp(s u v) = (1 - s^2)^-1/2 of independent u, v, and so d log E / ds = s / (1 - s^2).
    truth = rho - 0.8 / (1 - 0.64)
    gradients = {"dv": [], "mine": []}
    for name, out in gradients.items():
        objective = Objective(name, ema_weight=0.01)
        for batch in product:
            (gradient,) = torch.autograd.grad(objective.evaluate_batches((s * batch)[None]), s)
            out.append(gradient.item())
    settled = {name: np.array(out[500:]) for name, out in gradients.items()}
    bias = {name: out.mean() - truth for name, out in settled.items()}
    error = {name: out.std() / math.sqrt(len(out)) for name, out in settled.items()}
    assert bias["dv"] > 10 * error["dv"]  # far from chance
    assert abs(bias["mine"]) < 0.5 * bias["dv"]


@pytest.mark.parametrize("bound", OBJECTIVES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_huge_values_stay_finite(bound, dtype):
    for sign in itertools.product((-1e4, 0.0, 1e4), repeat=2):
        scores = torch.full((6, 6), sign[0], dtype=dtype)
        scores.fill_diagonal_(sign[1])
        loss, x, y = make_loss(torch.zeros(6, 6, dtype=dtype), bound)
        loss(x, y)  # a moving average that is far from what comes
        with torch.no_grad():
            loss.critic.module.values.copy_(scores)
        value = loss(x, y)
        value.backward()
        assert torch.isfinite(value)
        assert torch.isfinite(loss.critic.module.values.grad).all()


def test_nwj_still_lowers_values_whose_exponential_would_overflow():
    scores = torch.full((4, 4), 200.0)
    loss, x, y = make_loss(scores, "nwj")
    loss(x, y).backward()
    assert (loss.critic.module.values.grad[~torch.eye(4, dtype=torch.bool)] < 0).all()


def test_smile_is_trained_by_jensen_shannon():
    t = torch.randn(5, 5, dtype=torch.float64)
    gradients = []
    for bound in ("smile", "js"):
        loss, x, y = make_loss(t.clone(), bound)
        gradients.append(torch.autograd.grad(loss(x, y), loss.critic.module.values)[0])
    torch.testing.assert_close(*gradients)
