"""How the loss is trained: maximised or minimised, alone, compiled, saved, and with which generator."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from skmine.nn import MutualInfoLoss
from tests.nn.given import ARCHITECTURES, X, Y, evaluate_formula, make_loss, seeded


@pytest.mark.parametrize("bound", ["mine", "infonce", "js"])
def test_minimize_reverses_the_gradient_of_the_rows_and_not_of_the_critic(bound):
    x = torch.randn(8, 2, requires_grad=True)
    y = torch.randn(8, 2)
    up = MutualInfoLoss(2, 2, bound, hidden_layer_sizes=(8,), generator=seeded())
    down = MutualInfoLoss(2, 2, bound, hidden_layer_sizes=(8,), minimize=True, generator=seeded())
    plain = torch.autograd.grad(-up(x, y), [x, *up.parameters()])
    reversed_ = torch.autograd.grad(down(x, y), [x, *down.parameters()])
    torch.testing.assert_close(reversed_[0], -plain[0])  # x moves to lower the value
    for a, b in zip(reversed_[1:], plain[1:], strict=True):  # the critic still moves to raise it
        torch.testing.assert_close(a, b)


def state_of_critic(loss):
    return copy.deepcopy(loss.critic.state_dict())


def test_training_the_critic_alone_changes_the_critic_and_not_the_encoder():
    encoder = nn.Linear(3, 1)
    loss = MutualInfoLoss(1, 1, hidden_layer_sizes=(8,), generator=seeded())
    optimizer = torch.optim.SGD(loss.parameters(), 0.1)
    before, x, y = state_of_critic(loss), torch.randn(16, 3), torch.randn(16, 1)
    start = loss.eval()(encoder(x), y).item()
    value = loss.train().train_critic(optimizer, encoder(x), y, n_steps=2)
    assert value.shape == ()
    assert not value.requires_grad
    assert all(p.grad is None for p in [*encoder.parameters(), *loss.parameters()])
    assert all(not torch.equal(before[name], now) for name, now in loss.critic.state_dict().items())
    assert start < value.item() < loss.eval()(encoder(x), y).item()  # two steps up, the value is between them


def test_training_the_critic_alone_is_checked_and_works_inside_no_grad():
    loss = MutualInfoLoss(2, 3, hidden_layer_sizes=(4,))
    optimizer = torch.optim.SGD(loss.parameters(), 0.1)
    with pytest.raises(ValueError, match="n_steps must be an int of at least 1, got 0"):
        loss.train_critic(optimizer, X, Y, n_steps=0)
    before = state_of_critic(loss)
    with torch.no_grad():
        loss.train_critic(optimizer, X, Y)
    assert any(not torch.equal(before[name], now) for name, now in loss.critic.state_dict().items())


def test_a_loaded_loss_goes_on_like_the_saved_one():
    loss = MutualInfoLoss(2, 2, "mine", hidden_layer_sizes=(8,), generator=seeded())
    x, y = torch.randn(2, 8, 2)
    loss(x, y)
    again = MutualInfoLoss(2, 2, "mine", hidden_layer_sizes=(8,))
    again.load_state_dict(loss.state_dict())
    assert torch.isfinite(again.objective.log_average)
    for one in (loss, again):
        one(x, 2 * y)
    for (name, a), b in zip(loss.state_dict().items(), again.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_evaluation_gives_the_value_and_does_not_change_the_average():
    t = np.random.default_rng(0).normal(size=(6, 6))
    loss, x, y = make_loss(torch.from_numpy(t.copy()), "mine")
    assert loss.eval()(x, y).item() == pytest.approx(evaluate_formula(t, "mine"))  # before any training
    assert torch.isnan(loss.objective.log_average)
    loss.train()(x, y)
    before = loss.objective.log_average.clone()
    with torch.no_grad():
        loss.critic.module.values.mul_(500)  # far from the average
    value = loss.eval()(x, y)
    value.backward()
    assert value.item() == pytest.approx(evaluate_formula(500 * t, "mine"))
    assert torch.isfinite(loss.critic.module.values.grad).all()
    assert torch.equal(loss.objective.log_average, before)


def test_an_infinite_batch_does_not_change_the_average():
    loss, x, y = make_loss(torch.zeros(4, 4), "mine")
    loss(x, y)
    with torch.no_grad():
        loss.critic.module.values.fill_(math.inf)
    loss(x, y)
    assert loss.objective.log_average.item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        *({"architecture": name} for name in ARCHITECTURES),
        {"n_negatives": 4},
        {"minimize": True, "bound": "smile"},
        {"n_classes": 3},
        {"n_classes": 3, "bound": "infonce"},
        {"architecture": nn.Bilinear(2, 2, 1)},
    ],
    ids=str,
)
def test_a_compiled_loss_gives_the_same_value(options):
    """Traced as one graph; the usual backend needs a C++ compiler, which not every machine has."""
    loss = MutualInfoLoss(2, 2, hidden_layer_sizes=(8,), **options)
    twin = copy.deepcopy(loss)
    compiled = torch.compile(twin, backend="eager", fullgraph=True)
    given = [torch.arange(16) % 3] if "n_classes" in options else []
    for seed in range(2):
        x, y = torch.randn(2, 16, 2)
        values = []
        for one in (compiled, loss):
            torch.manual_seed(seed)
            values.append(one(x, y, *given))
        torch.testing.assert_close(*values)


def test_a_compiled_loss_draws_its_partners_from_the_global_generator():
    loss = MutualInfoLoss(2, 2, n_negatives=4, hidden_layer_sizes=(8,), generator=seeded())
    compiled = torch.compile(copy.copy(loss), backend="eager", fullgraph=True)
    x, y = torch.randn(2, 16, 2)
    torch.manual_seed(5)
    found = compiled(x, y)
    loss.generator = None
    torch.manual_seed(5)
    torch.testing.assert_close(found, loss(x, y))
    assert not torch.isclose(found, loss(x, y))  # other partners, another value


def test_batches_of_a_loader_couple_two_views():
    """Three lines of code find the information of a normal pair: -1/2 log(1 - .81) = .83."""
    torch.manual_seed(0)
    x = torch.randn(4096, 1)
    y = 0.9 * x + math.sqrt(0.19) * torch.randn(4096, 1)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=128, shuffle=True)
    mi = MutualInfoLoss(1, 1, n_negatives=16, hidden_layer_sizes=(32, 32))
    optimizer = torch.optim.Adam(mi.parameters(), 3e-3)
    values = []
    for _ in range(8):
        for batch in loader:
            loss = -mi(*batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(-loss.item())
    # A batch's value has a standard deviation of about .1, the mean of 64 batches .013: four of them, and what is not
    # learned yet.
    assert np.mean(values[-64:]) == pytest.approx(0.83, abs=0.1)


def test_the_default_device_does_not_matter():
    with torch.device("meta"):
        loss = MutualInfoLoss(2, 3, "mine", "separable", n_negatives=2, generator=seeded())
    assert {v.device.type for v in loss.state_dict().values()} == {"cpu"}
    with torch.device("meta"):
        assert loss._draw_partners(4, 2).device.type == "cpu"


def test_without_a_generator_the_global_one_draws_the_weights():
    first, second = [], []
    for out in (first, second):
        torch.manual_seed(3)
        out += MutualInfoLoss(2, 2).parameters()
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], next(MutualInfoLoss(2, 2).parameters()))


def test_one_compiled_loss_takes_labels_of_any_number():
    # After other sizes a compiler takes sizes as symbols, which are compared, not looked up.
    for size in ((8, 12), (16,), (9, 31)):
        loss = torch.compile(
            MutualInfoLoss(2, 2, n_classes=3, hidden_layer_sizes=(8,)), backend="eager", fullgraph=True
        )
        for n in size:
            assert torch.isfinite(loss(torch.randn(n, 2), torch.randn(n, 2), torch.arange(n) % 3))
