"""Who is a partner of whom: groups, positives, negatives, for every bound and every critic."""

import math

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from torch import nn

from skmine.core.bounds import OBJECTIVES
from skmine.nn import MutualInfoLoss
from tests.nn.given import ARCHITECTURES, GivenValues, X, Y, index_rows, make_loss, seeded


def evaluate_bound(t, joint, marginal, name):
    """A bound of some pairs of t (n, m), as it is written, pair by pair in numpy."""
    joint, marginal = np.asarray(joint), np.asarray(marginal)
    paired = joint.any(1) & marginal.any(1)
    joint, marginal = joint & paired[:, None], marginal & paired[:, None]
    pairs = list(zip(*np.nonzero(joint), strict=True))
    weight = np.array([1 / paired.sum() / joint[i].sum() for i, _ in pairs])
    others = list(zip(*np.nonzero(marginal), strict=True))
    other_weight = np.array([1 / paired.sum() / marginal[i].sum() for i, _ in others])
    own, far = np.array([t[p] for p in pairs]), np.array([t[p] for p in others])
    log_mean = lambda v: logsumexp(v, b=other_weight)  # noqa: E731
    softplus = lambda v: np.logaddexp(0, v)  # noqa: E731
    if name == "infonce":
        terms = []
        for i, p in pairs:
            row, column = t[i][marginal[i]], t[:, p][marginal[:, p]]
            terms.append(
                t[i, p]
                - 0.5 * (logsumexp([t[i, p], *row]) - math.log(1 + len(row)))
                - 0.5 * (logsumexp([t[i, p], *column]) - math.log(1 + len(column)))
            )
        return weight @ np.array(terms)
    return {
        "dv": weight @ own - log_mean(far),
        "mine": weight @ own - log_mean(far),
        "nwj": weight @ own - np.exp(log_mean(far - 1)),
        "js": -weight @ softplus(-own) - other_weight @ softplus(far),
        "smile": weight @ own - log_mean(far.clip(-5, 5)),
    }[name]


GROUPS = torch.tensor([0, 0, 1, 2, 1, 3])
DIFFERENT = GROUPS[:, None] != GROUPS
VALUES = 2 * torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_rows_of_a_group_are_no_marginal_partners(bound):
    loss, x, y = make_loss(VALUES.clone(), bound)
    expected = evaluate_bound(VALUES.numpy(), np.eye(6, dtype=bool), DIFFERENT, bound)
    assert loss(x, y, groups=GROUPS).item() == pytest.approx(expected, abs=1e-12)
    assert loss(x, y, groups=(GROUPS, GROUPS)).item() == pytest.approx(expected, abs=1e-12)
    # With a group for each row nothing is left out.
    assert loss(x, y, groups=torch.arange(6)).item() == pytest.approx(loss(x, y).item(), abs=1e-12)


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_several_positives_share_a_rows_weight(bound):
    positives = torch.rand(6, 6, generator=seeded()) < 0.4
    loss, x, y = make_loss(VALUES.clone(), bound)
    expected = evaluate_bound(VALUES.numpy(), positives, ~positives, bound)
    assert loss(x, y, positives=positives).item() == pytest.approx(expected, abs=1e-12)
    of_group = evaluate_bound(VALUES.numpy(), ~DIFFERENT, DIFFERENT, bound)
    assert loss(x, y, groups=GROUPS, positives="group").item() == pytest.approx(of_group, abs=1e-12)
    itself = ~DIFFERENT & ~torch.eye(6, dtype=torch.bool)  # as in supervised contrast: neither positive nor negative
    expected = evaluate_bound(VALUES.numpy(), itself, DIFFERENT, bound)
    assert loss(x, y, groups=GROUPS, positives=itself).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_negatives_are_partners_of_marginal_pairs_only(bound):
    t = torch.randn(3, 6, generator=seeded(), dtype=torch.float64)
    loss = MutualInfoLoss(1, 1, bound, GivenValues(t))
    x, y = index_rows(3), index_rows(6)
    joint = np.eye(3, 6, dtype=bool)
    found = loss(x, y[:3], negatives=y[3:])
    assert found.item() == pytest.approx(evaluate_bound(t.numpy(), joint, ~joint, bound), abs=1e-12)
    # Negatives with a group of their own: the first is of row 1's image.
    of_y = torch.tensor([0, 1, 2, 1, 7, 8])
    found = loss(x, y[:3], groups=(torch.arange(3), of_y), negatives=y[3:])
    marginal = ~joint
    marginal[1, 3] = False
    assert found.item() == pytest.approx(evaluate_bound(t.numpy(), joint, marginal, bound), abs=1e-12)


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_sides_of_different_lengths_need_positives(bound):
    """Locations of an image beside one vector per image, as in local Deep InfoMax."""
    t = torch.randn(6, 3, generator=seeded(), dtype=torch.float64)
    loss = MutualInfoLoss(1, 1, bound, GivenValues(t))
    image = torch.arange(6) // 2
    joint = image[:, None] == torch.arange(3)
    expected = evaluate_bound(t.numpy(), joint, ~joint, bound)
    assert loss(index_rows(6), index_rows(3), positives=joint).item() == pytest.approx(expected, abs=1e-12)
    found = loss(index_rows(6), index_rows(3), groups=(image, torch.arange(3)), positives="group")
    assert found.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("bound", OBJECTIVES)
def test_groups_within_classes(bound):
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    loss, x, y = make_loss(VALUES.clone(), bound, n_classes=2)
    marginal = DIFFERENT & (labels[:, None] == labels)
    expected = evaluate_bound(VALUES.numpy(), np.eye(6, dtype=bool), marginal, bound)
    assert loss(x, y, labels, groups=GROUPS).item() == pytest.approx(expected, abs=1e-12)
    # More rows of y, with labels of theirs.
    more = MutualInfoLoss(1, 1, bound, GivenValues(VALUES[:4].clone()), n_classes=2)
    marginal = (labels[:4, None] == labels) & ~torch.eye(4, 6, dtype=torch.bool)
    found = more(index_rows(4), index_rows(4), (labels[:4], labels), negatives=index_rows(6)[4:])
    expected = evaluate_bound(VALUES[:4].numpy(), np.eye(4, 6, dtype=bool), marginal, bound)
    assert found.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "cosine", nn.Bilinear(2, 3, 1)], ids=str)
@pytest.mark.parametrize("bound", OBJECTIVES)
def test_every_architecture_takes_partners(bound, architecture):
    """Gradients reach only what is a partner: of two images, row 0 and 1, and of the negatives."""
    loss = MutualInfoLoss(2, 3, bound, architecture, hidden_layer_sizes=(8,), generator=seeded())
    x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()
    negatives = torch.randn(2, 3, requires_grad=True)
    loss(x, y, groups=torch.tensor([0, 0, 0, 0]), negatives=negatives).backward()
    assert all(torch.isfinite(v.grad).all() and v.grad.abs().sum() > 0 for v in (x, y, negatives))
    whole = loss.eval()(X, Y, groups=torch.tensor([0, 0, 1, 1]))
    drawn = MutualInfoLoss(2, 3, bound, architecture, hidden_layer_sizes=(8,), n_negatives=2, generator=seeded())
    if bound != "infonce":  # of drawn partners it has one direction
        drawn.load_state_dict(loss.state_dict())
        assert drawn.eval()(X, Y, groups=torch.tensor([0, 0, 1, 1])).item() == pytest.approx(whole.item(), abs=1e-5)


def test_few_partners_are_drawn_from_other_groups():
    t = torch.zeros(8, 8, dtype=torch.float64)
    groups = torch.arange(8) // 2
    t[groups[:, None] == groups] = 100.0  # a partner of the own group would show
    t.fill_diagonal_(0)
    loss, x, y = make_loss(t, "dv", n_negatives=2, generator=seeded())
    assert all(loss(x, y, groups=groups).item() == pytest.approx(0) for _ in range(5))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"groups": torch.zeros(4, dtype=torch.long)},
            "at least two rows of different groups .* got 4 rows of 1 group",
        ),
        ({"groups": torch.arange(3)}, r"groups must be ints of shape \(4,\)"),
        ({"groups": torch.rand(4)}, "groups must be ints"),
        ({"positives": torch.ones(4, 4, dtype=torch.bool)}, "positives must leave a row"),
        ({"positives": torch.zeros(4, 4, dtype=torch.bool)}, "positives must leave a row"),
        ({"positives": torch.eye(4)}, "positives must be a bool tensor"),
        ({"positives": "group"}, "together with groups"),
        ({"negatives": torch.randn(5, 2)}, r"negatives must have shape \(n, 3\), because dim_y=3"),
        ({"negatives": torch.full((5, 3), math.nan)}, "negatives must be finite"),
        ({"weight": -1.0}, "weight must be a finite number of at least 0"),
    ],
)
def test_partners_that_cannot_be_are_refused(given, words):
    loss = MutualInfoLoss(2, 3, hidden_layer_sizes=(4,))
    with pytest.raises(ValueError, match=words):
        loss(X, Y, **given)
    assert torch.isnan(loss.objective.log_average)


def test_other_mistakes_are_refused():
    loss = MutualInfoLoss(2, 3, hidden_layer_sizes=(4,), n_classes=2)
    labels = torch.tensor([0, 0, 1, 1])
    with pytest.raises(ValueError, match="at least two rows of one class of different groups"):
        loss(X, Y, labels, groups=torch.tensor([0, 0, 1, 1]))
    with pytest.raises(ValueError, match="labels must cover the negatives, got 4 for 6 rows"):
        loss(X, Y, labels, negatives=torch.randn(2, 3))
    with pytest.raises(TypeError, match="groups must be a tensor of ints"):
        MutualInfoLoss(2, 3)(X, Y, groups=[0, 0, 1, 1])
    with pytest.raises(ValueError, match="positives to say which rows belong together"):
        MutualInfoLoss(2, 3)(X, Y[:3])
    with pytest.raises(TypeError, match="for several views use ViewsLoss"):
        MutualInfoLoss(2, 3)([X, X], Y)
