"""Critics whose values are given, the bounds as they are written in papers, and a batch."""

import numpy as np
import torch
from scipy.special import logsumexp
from torch import nn

from skmine.nn import MutualInfoLoss

#: A batch that fits `MutualInfoLoss(2, 3)`.
X = torch.randn(4, 2, generator=torch.Generator().manual_seed(0))
Y = torch.randn(4, 3, generator=torch.Generator().manual_seed(1))

ARCHITECTURES = ("joint", "separable", "concat")


class GivenValues(nn.Module):
    """A critic whose values of all pairs are parameters: rows are their own indices."""

    def __init__(self, values):
        super().__init__()
        self.values = nn.Parameter(values)

    def forward(self, x, y):
        return self.values[x[:, 0].long(), y[:, 0].long()]


def index_rows(n):
    return torch.arange(n, dtype=torch.float64)[:, None]


def make_loss(values, bound, **options):
    """A loss whose critic has these values, and its batch."""
    n = len(values)
    return MutualInfoLoss(1, 1, bound, GivenValues(values), **options), index_rows(n), index_rows(n)


def evaluate_formula(t, name):
    """A bound of all pairs (n, n), as it is written, in numpy."""
    n = len(t)
    joint, marginal = np.diag(t), t[~np.eye(n, dtype=bool)]
    softplus = lambda v: np.logaddexp(0, v)  # noqa: E731
    log_mean = lambda v: logsumexp(v) - np.log(v.size)  # noqa: E731
    return {
        "dv": joint.mean() - log_mean(marginal),
        "mine": joint.mean() - log_mean(marginal),
        "nwj": joint.mean() - np.exp(marginal - 1).mean(),
        "js": -softplus(-joint).mean() - softplus(marginal).mean(),
        "smile": joint.mean() - log_mean(marginal.clip(-5, 5)),
        "infonce": (joint - 0.5 * (logsumexp(t, 1) + logsumexp(t, 0))).mean() + np.log(n),
    }[name]


def seeded():
    return torch.Generator().manual_seed(0)
