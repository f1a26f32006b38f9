"""A critic kept ahead, weights that rise from 0, and a look at fresh rows."""

import copy
import math
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from skmine.exceptions import NotPartedWarning
from skmine.nn import GuardedLoss, MutualInfoLoss
from skmine.nn.guarded import measure_fresh
from tests.nn.given import seeded


def draw_pair(n, rho, generator):
    x, e = torch.randn(2, n, 1, generator=generator)
    return x, rho * x + math.sqrt(1 - rho**2) * e


def make_guarded(bound="infonce", **options):
    loss = MutualInfoLoss(1, 1, bound, "separable", hidden_layer_sizes=(16,), minimize=True, generator=seeded())
    return GuardedLoss(loss, **options)


def test_the_critic_is_trained_before_each_answer_and_by_nothing_else():
    guarded = make_guarded(n_steps=3)
    before = copy.deepcopy(guarded.loss.state_dict())
    x, y = draw_pair(32, 0.9, seeded())
    x.requires_grad_()
    value = guarded(x, y, weight=0.0)
    value.backward()
    assert value == 0
    assert (x.grad == 0).all()  # the weight is 0 for the rows,
    trained = guarded.loss.state_dict()
    assert any(not torch.equal(before[k], trained[k]) for k in before)  # and the critic is trained
    assert all(p.grad is None and p.requires_grad for p in guarded.loss.parameters())
    # The same critic steps as by hand.
    twin = MutualInfoLoss(1, 1, "infonce", "separable", hidden_layer_sizes=(16,), minimize=True, generator=seeded())
    twin.train_critic(torch.optim.Adam(twin.parameters(), 3e-3), x.detach(), y, n_steps=3)
    assert all(torch.equal(a, b) for a, b in zip(twin.parameters(), guarded.loss.parameters(), strict=True))


def test_the_critics_gradient_is_clipped_where_asked():
    rows = draw_pair(32, 0.9, seeded())
    steps = {}
    for largest in (1e-12, 1.0, math.inf):
        guarded = make_guarded(n_steps=1, largest_gradient=largest)
        before = [p.detach().clone() for p in guarded.loss.parameters()]
        guarded(*rows)
        after = [p.detach() for p in guarded.loss.parameters()]
        steps[largest] = max((a - b).abs().max().item() for a, b in zip(before, after, strict=True))
    # Adam's first step is its learning rate for any gradient, but for one far below its epsilon of 1e-8.
    assert steps[1e-12] < 1e-6
    assert steps[1.0] == pytest.approx(3e-3, rel=1e-3)
    assert steps[math.inf] == pytest.approx(3e-3, rel=1e-3)


@pytest.mark.parametrize("minimize", [False, True])
@pytest.mark.parametrize("weight", [0.0, 0.5, torch.tensor(2.0)], ids=str)
def test_a_weight_scales_the_rows_gradient_and_not_the_critics(weight, minimize):
    x, y = draw_pair(16, 0.5, seeded())
    found = []
    for w in (1.0, weight):
        rows = x.clone().requires_grad_()
        loss = MutualInfoLoss(1, 1, "dv", hidden_layer_sizes=(8,), minimize=minimize, generator=seeded())
        value = loss(rows, y, weight=w)
        found.append([value.detach(), *torch.autograd.grad(value, [rows, *loss.parameters()])])
    for part in (0, 1):
        torch.testing.assert_close(found[1][part], weight * found[0][part])
    for a, b in zip(found[0][2:], found[1][2:], strict=True):
        torch.testing.assert_close(a, b)


def test_fresh_rows_show_what_a_critic_that_fell_behind_does_not():
    guarded = make_guarded("js")
    guarded.said = torch.tensor(-2 * math.log(2))  # parted, it says
    rows = draw_pair(1200, 0.9, seeded())
    with pytest.warns(NotPartedWarning, match="on fresh rows, of which the critic says -?0.00: they are not"):
        found = guarded.check(*rows)
    truth = -0.5 * math.log(1 - 0.81)
    # A lower bound on average: 1,200 rows show it to within .04, and cost the critic that half of them trained as much.
    assert truth - 0.15 < found < truth + 0.08


@pytest.mark.parametrize("seed", range(2))
def test_independent_rows_are_parted_and_global_generators_left_alone(seed):
    guarded = make_guarded()
    state = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = guarded.check(*draw_pair(800, 0.0, torch.Generator().manual_seed(seed)), seed=seed, n_steps=100)
    assert abs(found) < 0.05
    assert torch.equal(torch.get_rng_state(), state)


def test_a_critic_that_says_the_same_is_no_reason_to_warn():
    guarded = make_guarded()
    guarded.said = torch.tensor(0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        guarded.check(*draw_pair(800, 0.9, seeded()), n_steps=100)


def test_rows_of_a_group_are_in_one_half():
    """Twenty images of forty rows whose two sides know the image alone: a critic cannot know new images by heart."""
    draw = seeded()
    image = torch.arange(20).repeat_interleave(40)
    x, y = (torch.randn(20, 4, generator=draw)[image] for _ in range(2))
    apart, _ = measure_fresh(x, y, groups=image, n_steps=150)
    mixed, _ = measure_fresh(x, y, n_steps=150)
    assert mixed > 1  # the same images in both halves, known by heart
    assert apart < 0.5 * mixed


def test_what_cannot_be_guarded_is_refused():
    with pytest.raises(ValueError, match="minimize=True"):
        GuardedLoss(MutualInfoLoss(1, 1))
    with pytest.raises(ValueError, match="n_steps must be an int"):
        make_guarded(n_steps=0)
    with pytest.raises(ValueError, match="learning_rate must be a positive number"):
        make_guarded(learning_rate=0)
    with pytest.raises(ValueError, match="largest_gradient must be positive"):
        make_guarded(largest_gradient=0)
    with pytest.raises(ValueError, match="at least 16 rows"):
        make_guarded().check(*draw_pair(4, 0.5, seeded()))


def test_guarded_minimising_sheds_a_planted_nuisance():
    """Two components of (s + v, s - v, v): the one free of v is s, and holds all that the task needs."""
    draw = seeded()
    encoder = nn.Linear(3, 1)
    nn.init.constant_(encoder.weight, 0.3)
    optimizer = torch.optim.Adam(encoder.parameters(), 1e-2)
    guarded = make_guarded(n_steps=3)
    for _ in range(250):
        s, v = torch.randn(2, 128, 1, generator=draw)
        z = encoder(torch.cat([s + v, s - v, v], 1))
        loss = (z - s - v).square().mean() + 50 * guarded((z - z.mean()) / z.std(), v)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    s, v = torch.randn(2, 4000, 1, generator=draw)
    z = encoder(torch.cat([s + v, s - v, v], 1)).detach()
    r_s, r_v = (np.corrcoef(z[:, 0], t[:, 0])[0, 1] for t in (s, v))
    assert -0.5 * math.log(1 - r_v**2) < 0.02  # of the .35 that the task alone would keep
    assert r_s**2 > 0.95
