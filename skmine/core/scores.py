"""Scores of a critic in nats, as reported: one formula, one pure function.

A critic gives every pair (x, y) a value T(x, y). What skmine reports is InfoNCE over a whole held-out fold, the
mean of both directions (van den Oord et al. 2018; Poole et al. 2019, eq. 12):

    s_i = T_ii - 1/2 log (1/n) sum_j exp T_ij - 1/2 log (1/n) sum_j exp T_ji

The score is the mean of s_i. It is at most I(X; Y) in expectation and at most log n, whatever the critic is. On a
grid of nodes every sum over rows is a sum over nodes, weighted by the margins of the counts that are scored:
margins of other rows would leak into the score.

Functions `..._on_grid` take critic values and counts of shape (..., G, H); the rows of the sample are its counts.
`score_rows` takes critic values of single rows against weighted partners.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# Critic values on a grid, and counts -----------------------------------------------------------------


def normalisers_on_grid(values: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of exp T over the partners of each node: (..., G, 1) for rows, (..., 1, H) for columns."""
    rows, columns = margins(counts)
    weight = values.exp()
    return (weight * columns).sum(-1, keepdim=True), (weight * rows).sum(-2, keepdim=True)


def margins(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Proportions of the counts by grid row (..., G, 1) and by grid column (..., 1, H)."""
    n = counts.sum((-2, -1), keepdim=True)
    return counts.sum(-1, keepdim=True) / n, counts.sum(-2, keepdim=True) / n


def pointwise_on_grid(values: Tensor, counts: Tensor) -> Tensor:
    """Pointwise InfoNCE of every cell in nats, (..., G, H)."""
    given_row, given_column = normalisers_on_grid(values, counts)
    return values - 0.5 * (given_row.log() + given_column.log())


def infonce_on_grid(values: Tensor, counts: Tensor) -> Tensor:
    """InfoNCE over all pairs of the counted rows in nats: (..., G, H) twice -> (...)."""
    return _mean(pointwise_on_grid(values, counts), counts)


def projection_on_grid(values: Tensor, counts: Tensor) -> Tensor:
    """Hajek projection of the score onto one row, for every cell, in nats (..., G, H).

    The score is a function of all rows: a row is also part of the normalisers of the others. Its projection is
    s_i - (r_i + c_i) / 2 with r_i = mean_j exp T_ij / C_j and c_i = mean_j exp T_ji / R_j, where R and C are the
    two normalisers. The standard error of the score is the square root of the projection's variance over the
    rows, divided by n.
    """
    rows, columns = margins(counts)
    given_row, given_column = normalisers_on_grid(values, counts)
    weight = values.exp()
    r = (weight * columns / given_column).sum(-1, keepdim=True)
    c = (weight * rows / given_row).sum(-2, keepdim=True)
    return values - 0.5 * (given_row.log() + given_column.log() + r + c)


def variance_on_grid(of_cells: Tensor, counts: Tensor) -> Tensor:
    """Variance over the counted rows of a quantity with one value per cell, (..., G, H) twice -> (...)."""
    centred = of_cells - _mean(of_cells, counts)[..., None, None]
    return _mean(centred**2, counts)


def double_centre_on_grid(values: Tensor, counts: Tensor) -> Tensor:
    """T minus its means over either side's margin: the part that depends on how the rows are paired."""
    rows, columns = margins(counts)
    centred = values - (values * columns).sum(-1, keepdim=True)
    return centred - (centred * rows).sum(-2, keepdim=True)


def permutation_moments_on_grid(values: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sum of T over the rows, and the moments of this sum under permutations of one side.

    With T fixed and a = T double-centred, sum_i a(x_i, y_pi(i)) over uniform permutations pi has
    mean 0, variance sum_ij a_ij^2 / (n - 1) and third moment n sum_ij a_ij^3 / ((n - 1)(n - 2))
    (Hoeffding 1951, Ann. Math. Stat. 22, 558-566). On a grid each is one sum over the cells.

    Returns
    -------
    statistic, variance, third_moment : Tensor of shape (...)
    """
    n = counts.sum((-2, -1))
    rows, columns = margins(counts)
    a = double_centre_on_grid(values, counts)
    pairs = rows * columns
    variance = n**2 * (pairs * a**2).sum((-2, -1)) / (n - 1).clamp(min=1)
    third = n**3 * (pairs * a**3).sum((-2, -1)) / ((n - 1) * (n - 2)).clamp(min=1)
    return (counts * a).sum((-2, -1)), variance, third


def _mean(of_cells: Tensor, counts: Tensor) -> Tensor:
    return (counts * of_cells).sum((-2, -1)) / counts.sum((-2, -1))


# Critic values of rows against weighted partners -------------------------------------------------------


@dataclass(frozen=True)
class RowScores:
    """What each of n held-out rows adds to a critic's score, in nats, and the law of their sum under permutations.

    Attributes
    ----------
    pointwise : Tensor of shape (n,)
        s_i, whose mean is the score.
    projection : Tensor of shape (n,)
        Hajek projection of the score onto each row; its spread gives the standard error.
    centred : Tensor of shape (n,)
        T of each row and its own partner, double-centred.
    variance, third_moment : float
        Of the sum of `centred` over permutations of one side.
    halved : Tensor of shape (n,)
        s_i where each row is scored against half of the partners: by how much less, all partners are too few.
    """

    pointwise: Tensor
    projection: Tensor
    centred: Tensor
    variance: float
    third_moment: float
    halved: Tensor


def log_normalisers(values: Tensor, log_weight: Tensor) -> tuple[Tensor, Tensor]:
    """Log means of exp T (n, m): over each row's weighted partners (n,), and over the rows of each partner (m,)."""
    return torch.logsumexp(values + log_weight, 1), torch.logsumexp(values, 0) - math.log(len(values))


def score_nodes(values: Tensor, own: Tensor) -> RowScores:
    """`score_rows` against the nodes of one coded column, weighted by their proportions among the rows scored."""
    return score_rows(values, own, torch.bincount(own, minlength=values.shape[1]) / len(own))


def score_nodes_alone(values: Tensor, own: Tensor) -> Tensor:
    """The pointwise scores of `score_nodes`, and nothing else: (n,)."""
    weight = torch.bincount(own, minlength=values.shape[1]) / len(own)
    given_row, given_partner = log_normalisers(values, weight.log())
    return values.gather(1, own[:, None])[:, 0] - 0.5 * (given_row + given_partner[own])


def score_rows(values: Tensor, own: Tensor, weight: Tensor) -> RowScores:
    """InfoNCE of rows against weighted partners, both directions, and its law under permutations.

    The partners are the nodes of one column, weighted by their proportions among the rows scored, or the rows'
    own partners, with weight 1 / n each. The formulas are those of `pointwise_on_grid`, `projection_on_grid`
    and `permutation_moments_on_grid`, row by row.

    Parameters
    ----------
    values : Tensor of shape (n, m)
        T of every row and every partner.
    own : Tensor of shape (n,)
        Index of each row's own partner.
    weight : Tensor of shape (m,)
        Weights of the partners, which sum to 1.
    """
    n = len(values)
    given_row, given_partner = log_normalisers(values, weight.log())
    itself = values.gather(1, own[:, None])[:, 0]
    pointwise = itself - 0.5 * (given_row + given_partner[own])
    r = torch.exp(values - given_partner) @ weight
    c = torch.exp(values - given_row[:, None]).mean(0)[own]
    of_row, of_partner = values @ weight, values.mean(0)
    centred = values - of_row[:, None] - (of_partner - of_partner @ weight)
    halved = torch.empty_like(pointwise)
    for half in (slice(0, n // 2), slice(n // 2, n)):
        halved[half] = _score_half(values[half], own[half], weight, itself[half])
    square = centred.square()
    variance = n * float((square @ weight).double().sum()) / max(n - 1, 1)
    third = n**2 * float(((square * centred) @ weight).double().sum()) / max((n - 1) * (n - 2), 1)
    projection, centred = pointwise - 0.5 * (r + c), centred.gather(1, own[:, None])[:, 0]
    return RowScores(pointwise, projection, centred, variance, third, halved)


def _score_half(values: Tensor, own: Tensor, weight: Tensor, itself: Tensor) -> Tensor:
    """s_i of some of the rows against the partners of those rows alone."""
    if not len(values):
        return itself
    share = torch.bincount(own, minlength=len(weight)).to(values.dtype) / len(own)
    used = share > 0
    given_row, given_partner = log_normalisers(values[:, used], share[used].log())
    place = torch.cumsum(used, 0)[own] - 1
    return itself - 0.5 * (given_row + given_partner[place])
