"""Batches and arguments that cannot be used are refused in one sentence."""

import math

import numpy as np
import pytest
import torch

from skmine.nn import MutualInfoLoss
from tests.nn.given import X, Y, seeded


@pytest.mark.parametrize(
    ("x", "y", "kind", "words"),
    [
        (X[:1], Y[:1], ValueError, "at least 2 rows"),
        (X, Y[:3], ValueError, "the same number of rows, got 4 and 3"),
        (X.long(), Y, TypeError, "x must be a tensor of floats"),
        (X, Y.numpy(), TypeError, "y must be a tensor of floats"),
        (X, Y[:, :2], ValueError, r"y must have shape \(n, 3\)"),
        (X.double(), Y, TypeError, "x must be torch.float32, the dtype of the critic, got torch.float64"),
        (X, Y.half(), TypeError, "y must be torch.float32"),
        (X[:0], Y[:0], ValueError, "at least 2 rows"),
        (X[:, 0], Y, ValueError, r"x must have shape \(n, 2\)"),
        (torch.full_like(X, math.nan), Y, ValueError, "x must be finite"),
        (X, torch.full_like(Y, math.inf), ValueError, "y must be finite"),
    ],
)
def test_a_batch_that_cannot_be_used_is_refused(x, y, kind, words):
    loss = MutualInfoLoss(2, 3, hidden_layer_sizes=(4,))
    with pytest.raises(kind, match=words):
        loss(x, y)
    with pytest.raises(kind, match=words):
        loss.train_critic(torch.optim.SGD(loss.parameters()), x, y)
    assert torch.isnan(loss.objective.log_average)  # the refused batch is not part of the average


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (None, "n_classes=2, got no labels"),
        (torch.zeros(4), "labels must be ints"),
        (torch.zeros(3, dtype=torch.long), r"labels must be ints of shape \(4,\)"),
        (torch.tensor([0, 1, 2, 0]), "labels must be from 0 to n_classes - 1 = 1, got 0 to 2"),
    ],
)
def test_wrong_labels_are_refused(labels, words):
    with pytest.raises(ValueError, match=words):
        MutualInfoLoss(2, 3, n_classes=2)(X, Y, labels)


def test_labels_of_other_kinds():
    loss = MutualInfoLoss(2, 3, n_classes=2)
    for given in ([0, 1, 0, 1], np.array([0, 1, 0, 1])):
        with pytest.raises(TypeError, match="labels must be a tensor of ints"):
            loss(X, Y, given)
    values = [
        loss.eval()(X, Y, torch.tensor([0, 1, 0, 1], dtype=kind)) for kind in (torch.int64, torch.int8, torch.uint8)
    ]
    assert values[0] == values[1] == values[2]


def test_labels_without_a_pair_are_refused():
    with pytest.raises(ValueError, match="at least one class twice"):
        MutualInfoLoss(2, 3, n_classes=4)(X, Y, torch.arange(4))
    with pytest.raises(ValueError, match="got labels and n_classes=None"):
        MutualInfoLoss(2, 3)(X, Y, torch.arange(4))


def test_numpy_ints_and_one_width_are_sizes():
    found = MutualInfoLoss(np.int64(2), np.int64(3), hidden_layer_sizes=8, generator=seeded())
    expected = MutualInfoLoss(2, 3, hidden_layer_sizes=(8,), generator=seeded())
    assert found(X, Y) == expected(X, Y)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bound": "kl"}, "bound must be one of"),
        ({"architecture": "deep"}, "architecture must be one of"),
        ({"dim_x": 0}, "dim_x must be an int of at least 1, got 0"),
        ({"dim_y": 1.5}, "dim_y must be an int"),
        ({"n_negatives": 0}, "n_negatives must be an int of at least 1"),
        ({"n_classes": 1}, "n_classes must be an int of at least 2"),
        ({"n_classes": 2, "n_negatives": 4}, "n_negatives=4 cannot be combined with n_classes=2"),
        ({"hidden_layer_sizes": ()}, "hidden_layer_sizes must contain at least one width"),
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes must be an int of at least 1, got 0"),
        ({"activation": "step"}, "activation must be one of"),
        ({"rate": 1.0}, "rate must be between 0 and 1"),
        ({"rate": None}, "rate must be between 0 and 1"),
        ({"dim_x": None}, "dim_x must be an int"),
    ],
)
def test_wrong_arguments_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        MutualInfoLoss(**{"dim_x": 2, "dim_y": 3, **options})
