"""Bounds from exact densities: their formulas, linear layers whose information is known, gradients, errors."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from skmine.core import known_noise
from skmine.core.pair_objective import PairBatch, PairObjective, Pairs
from skmine.nn import known_conditional_bounds, noisy_information
from tests.nn.given import seeded

SLOPES = torch.tensor([[1.0, 0.5], [0.0, 1.0], [0.3, -0.7]])
SIGMA = torch.tensor([0.4, 0.8])


def find_truth():
    """1/2 log det(1 + cov / noise) of x @ SLOPES with standard normal x."""
    scaled = (SLOPES / SIGMA).double()
    return 0.5 * torch.logdet(torch.eye(2).double() + scaled.T @ scaled).item()


def test_bounds_are_the_formulas_and_the_lower_one_is_capped():
    t = np.random.default_rng(0).normal(size=(6, 6)) * 3
    bounds = known_conditional_bounds(torch.from_numpy(t))
    off = np.where(np.eye(6, dtype=bool), -np.inf, t)
    assert bounds.lower.item() == pytest.approx((np.diag(t) - logsumexp(t, 1)).mean() + math.log(6))
    assert bounds.upper.item() == pytest.approx((np.diag(t) - logsumexp(off, 1)).mean() + math.log(5))
    far = known_conditional_bounds(1000 * torch.eye(6, dtype=torch.float64))
    assert far.lower.item() == pytest.approx(math.log(6))
    assert far.upper.item() == pytest.approx(1000)


def test_the_leave_one_out_bound_of_the_losses_is_the_same():
    values = torch.randn(7, 7, generator=seeded(), dtype=torch.float64)
    eye = torch.eye(7, dtype=torch.bool)
    batch = PairBatch(lambda rows: values.T[rows], Pairs(eye, ~eye), torch.float64)
    upper, _ = PairObjective("loo").evaluate_upper(batch)
    torch.testing.assert_close(known_conditional_bounds(values).upper, upper)


def test_a_linear_layer_is_between_its_bounds_which_meet():
    draw, truth = seeded(), find_truth()
    widths = {}
    for n, n_batches in ((64, 100), (2000, 4)):
        found = [
            noisy_information(torch.randn(n, 3, generator=draw) @ SLOPES, SIGMA, generator=draw)
            for _ in range(n_batches)
        ]
        lower, upper = (np.array([float(getattr(b, side)) for b in found]) for side in ("lower", "upper"))
        # A row's log ratio has a standard deviation of at most 1 for each of two columns (at information without end).
        error = math.sqrt(2 / (n * n_batches))
        assert lower.mean() < truth + 3 * error
        assert upper.mean() > truth - 3 * error
        widths[n] = upper.mean() - lower.mean()
    # Both errors fall as 1 / n, and of 2,000 rows they are small.
    assert 0 < widths[2000] < 0.1 * widths[64]
    assert widths[2000] < 0.05


def test_small_noise_meets_the_cap():
    mean = torch.arange(10.0)[:, None]
    bounds = noisy_information(mean + 1e6, 1e-3, generator=seeded())
    assert bounds.lower.item() == pytest.approx(math.log(10), abs=1e-9)
    # The nearest row is one unit away, 1,000 standard deviations.
    assert bounds.upper.item() == pytest.approx(0.5e6, rel=0.01)


def test_labels_are_known_to_what_they_hold():
    """Two classes at +-1 with a spread of .5 and noise of .5: the truth by numerical integration."""
    draw = seeded()
    labels = torch.arange(3000) % 2
    mean = (2.0 * labels - 1)[:, None] + 0.5 * torch.randn(3000, 1, generator=draw)
    bounds = noisy_information(mean, 0.5, labels, n_draws=4, generator=draw)
    t = np.linspace(-7, 7, 20001)
    of_class = [np.exp(-((t - m) ** 2)) / math.sqrt(math.pi) for m in (-1, 1)]  # variance .5
    both = (of_class[0] + of_class[1]) / 2
    truth = sum(0.5 * np.trapezoid(p * np.log(p / both), t) for p in of_class)
    # A row's log ratio varies between -4 and log 2, by about .4.
    error = 0.4 / math.sqrt(3000)
    assert bounds.lower < truth + 3 * error
    assert bounds.upper > truth - 3 * error
    assert 0 < bounds.upper - bounds.lower < 0.05
    shuffled = noisy_information(mean, 0.5, labels[torch.randperm(3000, generator=draw)], generator=draw)
    assert shuffled.lower < 0 < shuffled.upper + 3 * error


def test_chunks_precision_and_shapes_do_not_matter(monkeypatch):
    mean = torch.randn(20, 2, 3, generator=seeded(), dtype=torch.float64)
    sigma = 0.5 + torch.rand(20, 2, 3, generator=seeded(), dtype=torch.float64)
    labels = torch.arange(20) % 3
    for given in (None, labels):
        whole = noisy_information(mean, sigma, given, n_draws=2, generator=seeded())
        with monkeypatch.context() as patch:
            patch.setattr(known_noise, "LARGEST_CHUNK", 60)
            parts = noisy_information(mean.flatten(1), sigma.flatten(1), given, n_draws=2, generator=seeded())
        torch.testing.assert_close((whole.lower, whole.upper), (parts.lower, parts.upper))
    # By the densities as torch.distributions has them.
    one = noisy_information(mean.flatten(1), sigma.flatten(1), generator=seeded())
    noise = torch.randn(20, 6, generator=seeded(), dtype=torch.float64)
    t = mean.flatten(1) + sigma.flatten(1) * noise
    law = torch.distributions.Normal(mean.flatten(1), sigma.flatten(1))
    other = known_conditional_bounds(law.log_prob(t[:, None]).sum(-1))
    torch.testing.assert_close((one.lower, one.upper), (other.lower, other.upper))


def test_the_gradients_are_right():
    mean = torch.randn(5, 2, generator=seeded(), dtype=torch.float64).requires_grad_()
    sigma = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)

    def both(mean, sigma):
        bounds = noisy_information(mean, sigma, generator=seeded())
        return bounds.lower, bounds.upper

    assert torch.autograd.gradcheck(both, (mean, sigma))


def test_the_global_generator_is_left_alone_where_another_draws():
    state = torch.get_rng_state()
    noisy_information(torch.eye(4), 1.0, generator=seeded())
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((np.eye(3), 1.0), TypeError, "mean must be a tensor of floats, got ndarray"),
        ((torch.arange(3)[:, None], 1.0), TypeError, "mean must be a tensor of floats, got a tensor of torch.int64"),
        ((torch.ones(3), 1.0), ValueError, r"mean must have shape \(n, ...\).* got \(3,\)"),
        ((torch.ones(1, 2), 1.0), ValueError, "at least two rows"),
        ((torch.full((3, 1), math.nan), 1.0), ValueError, "mean must be finite"),
        ((torch.eye(3), 0.0), ValueError, "sigma must be positive and finite, got 0 to 0"),
        ((torch.eye(3), math.nan), ValueError, "sigma must be positive and finite"),
        ((torch.eye(3), torch.ones(2)), ValueError, r"broadcast to mean's shape \(3, 3\), got \(2,\)"),
        ((torch.eye(3), 1.0, torch.zeros(2)), ValueError, r"labels must be a tensor of shape \(3,\).* got \(2,\)"),
        ((torch.eye(3), 1.0, torch.tensor([0, 0, 4])), ValueError, "two rows of each class, got one of 4"),
    ],
)
def test_what_cannot_be_bounded_is_refused(arguments, kind, message):
    with pytest.raises(kind, match=message):
        noisy_information(*arguments)


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (torch.eye(3).long(), TypeError, "log_density must be a tensor of floats"),
        (torch.ones(2, 3), ValueError, r"log_density must have shape \(n, n\).* got \(2, 3\)"),
        (torch.ones(1, 1), ValueError, "at least two rows"),
        (torch.tensor([[0.0, math.nan], [0.0, 0.0]]), ValueError, "below infinity"),
        (torch.tensor([[-math.inf, 0.0], [0.0, 0.0]]), ValueError, "finite on its diagonal"),
    ],
)
def test_densities_that_cannot_be_are_refused(values, kind, message):
    with pytest.raises(kind, match=message):
        known_conditional_bounds(values)


def test_draws_must_be_one_or_more():
    with pytest.raises(ValueError, match="n_draws must be an int"):
        noisy_information(torch.eye(3), 1.0, n_draws=0)
