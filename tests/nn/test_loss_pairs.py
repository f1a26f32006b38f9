"""Which pairs of a batch are marginal ones: all others, a few, or those of the same class."""

import math

import numpy as np
import pytest
import torch

from skmine.nn import MutualInfoLoss
from tests.nn.given import evaluate_formula, make_loss, seeded


def test_negatives_are_other_rows():
    loss = MutualInfoLoss(1, 1, "dv", n_negatives=3, generator=seeded())
    partners = loss._draw_partners(6, 3)
    assert torch.equal(partners[:, 0], torch.arange(6))
    assert all(len(set(row)) == 4 for row in partners.tolist())
    t = torch.arange(25, dtype=torch.float64).reshape(5, 5) / 10
    with_all = make_loss(t, "dv", n_negatives=4)
    assert with_all[0](*with_all[1:]).item() == pytest.approx(evaluate_formula(t.numpy(), "dv"))
    # Two others a row: of scores that are 1 for itself and 0 for all others, log(3 e / (e + 2)).
    few = make_loss(torch.eye(5, dtype=torch.float64), "infonce", n_negatives=2)
    assert few[0](*few[1:]).item() == pytest.approx(math.log(3 * math.e / (math.e + 2)))


def test_a_generator_of_its_own_draws_the_partners():
    x, y = torch.randn(16, 1), torch.randn(16, 1)
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)  # which must not matter
        loss = MutualInfoLoss(1, 1, "dv", hidden_layer_sizes=(8,), n_negatives=3, generator=seeded())
        found.append([loss(x, y).item() for _ in range(3)])
    assert found[0] == found[1]
    assert len(set(found[0])) == 3  # other partners each time


def test_with_labels_pairs_stay_within_a_class():
    t = np.random.default_rng(1).normal(size=(6, 6))
    labels = np.array([0, 1, 0, 1, 1, 2])  # the last one has no partner
    same = (labels[:, None] == labels) & ~np.eye(6, dtype=bool)
    weights = same / np.maximum(same.sum(1, keepdims=True), 1) / 5
    expected = np.diag(t)[:5].mean() - np.log((weights * np.exp(t)).sum())
    loss, x, y = make_loss(torch.from_numpy(t), "dv", n_classes=3)
    assert loss(x, y, torch.from_numpy(labels)).item() == pytest.approx(expected)


def test_given_their_common_cause_two_sides_share_nothing():
    """X and Y shift with the class and are independent within it: I(X; Y) > 0 = I(X; Y | class)."""
    found = {}
    for n_classes in (None, 2):
        torch.manual_seed(0)
        loss = MutualInfoLoss(1, 1, "infonce", "separable", hidden_layer_sizes=(16,), n_classes=n_classes)
        optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
        values = []
        for _ in range(200):
            labels = torch.randint(2, (128,))
            x, y = (5.0 * labels[:, None] + torch.randn(128, 1) for _ in range(2))
            values.append(float(loss.train_critic(optimizer, x, y, *([labels] if n_classes else []))))
        found[n_classes] = np.mean(values[-50:])
    # Cut in the middle, either side errs on .6 % and they differ on 1.2 % of the labels: log 2 - H(.012) = .63 or more.
    assert found[None] > 0.4
    assert abs(found[2]) < 0.05


def test_rows_without_a_partner_do_not_count():
    """X and Y are independent, and labels mostly rare: what rows without a partner say would be the label's."""
    torch.manual_seed(0)
    for bound in ("dv", "mine", "infonce"):
        loss = MutualInfoLoss(1, 1, bound, hidden_layer_sizes=(16,), n_classes=101, generator=seeded())
        optimizer = torch.optim.Adam(loss.parameters(), 1e-2)
        values = []
        for _ in range(60):
            labels = torch.where(torch.rand(64) < 0.5, 0, torch.randint(1, 101, (64,)))
            values.append(float(loss.train_critic(optimizer, *torch.randn(2, 64, 1), labels)))
        # A batch's value has an error of about .05, that of 20 of them .01; with those rows it is .2.
        assert abs(np.mean(values[-20:])) < 0.05


def test_images_are_flattened():
    x, y = torch.randn(6, 1, 4, 4), torch.randn(6, 3)
    loss = MutualInfoLoss(16, 3, "dv", hidden_layer_sizes=(8,), generator=seeded())
    assert torch.equal(loss(x, y), loss(x.flatten(1), y))
