"""The parts of an encoder that is trained with its critics: whitening, standardising, and who moves when."""

import numpy as np
import pytest
import torch
from torch import nn

from skmine.nn import MutualInfoLoss, coupled
from skmine.nn.coupled import Coupled, Coupling, make_whitening_layer, standardise, train_encoder
from tests.nn.given import seeded

COUPLING = Coupling(
    n_components=2,
    hidden_layer_sizes=(8,),
    minimize_weight=1.0,
    bound="infonce",
    minimize_bound="infonce",
    critic_steps=coupled.TURNS,
    architecture="separable",
    activation="silu",
    learning_rate_init=3e-3,
    weight_decay=0.0,
    batch_size=64,
    max_iter=5,
)


def test_whitened_columns_are_uncorrelated_with_variance_1():
    x = torch.randn(500, 3) @ torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 3.0]])
    layer = make_whitening_layer(x)
    torch.testing.assert_close(torch.cov(layer(x).T), torch.eye(3), atol=0.01, rtol=0)
    assert not any(p.requires_grad for p in layer.parameters())  # it stays as it is
    copies = torch.cat([x, x], 1)
    assert torch.isfinite(make_whitening_layer(copies)(copies)).all()
    assert make_whitening_layer(x[:, :1])(x[:, :1]).var() == pytest.approx(1, abs=0.01)


def test_a_standardised_batch_has_mean_0_and_variance_1():
    z = standardise(5 + 3 * torch.randn(64, 2))
    torch.testing.assert_close(z.mean(0), torch.zeros(2), atol=1e-5, rtol=0)
    torch.testing.assert_close(z.var(0, correction=0), torch.ones(2), atol=1e-5, rtol=0)
    assert standardise(torch.ones(4, 1)).abs().max() == 0  # a constant stays finite


@pytest.mark.parametrize("moves", [True, False])
def test_gradients_reach_the_encoder_on_request(moves):
    encoder = nn.Linear(3, 2)
    module = Coupled(encoder, MutualInfoLoss(2, 1), MutualInfoLoss(2, 1, minimize=True))
    kept, shed = module(torch.randn(16, 3), torch.randn(16, 1), torch.randn(16, 1), train_encoder=moves)
    (shed - kept).backward()
    assert (encoder.weight.grad is not None) == moves
    assert all(p.grad is not None for p in (*module.keeps.parameters(), *module.sheds.parameters()))


@pytest.mark.parametrize("nuisance", [False, True])
def test_the_encoder_moves_in_one_of_several_steps_where_something_is_shed(nuisance, monkeypatch):
    moved = []
    forward = Coupled.forward

    def listen(self, x, y, s, *, train_encoder):
        moved.append(train_encoder)
        return forward(self, x, y, s, train_encoder=train_encoder)

    monkeypatch.setattr(Coupled, "forward", listen)
    x, y = torch.randn(100, 3), torch.randn(100, 1)
    s = torch.randn(100, 1) if nuisance else None
    _, history = train_encoder(x, y, s, COUPLING, seeded(), torch.device("cpu"))
    turn = [False] * (coupled.TURNS - 1) + [True] if nuisance else [True]
    assert moved == turn * COUPLING.max_iter
    assert len(history) == COUPLING.max_iter
    assert all((shed != 0) == nuisance for _, shed in history)
    assert np.isfinite(history).all()


def test_an_encoder_that_diverges_says_what_to_do():
    module = Coupled(nn.Linear(3, 2), MutualInfoLoss(2, 1), None)
    with pytest.raises(ValueError, match="diverged; pass a smaller learning_rate_init"):
        module(torch.full((4, 3), torch.inf), torch.randn(4, 1), None, train_encoder=True)
