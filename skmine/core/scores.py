"""Scores of a critic in nats, as reported: one formula, one pure function.

A critic T(x, y) scores pairs. What skmine reports is InfoNCE over a whole held-out fold, both
directions averaged (van den Oord et al. 2018; Poole et al. 2019, eq. 12):

    s_i = T_ii - 1/2 log (1/n) sum_j exp T_ij - 1/2 log (1/n) sum_j exp T_ji

Its mean is at most I(X; Y) in expectation and at most log n, whatever the critic says. On a grid
of nodes every sum over rows is a sum over nodes, weighted by the margins of the counts that are
scored: margins of other rows would leak into the score. Tables and critics are (..., G, H), one
table a critic; rows of the sample are its counts. Where one side is a table, its rows are scored
one by one against weighted partners (`RowScores`).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

# Reported: counts against counts ---------------------------------------------------------------------


def normalisers_on_grid(critic: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of exp T over the partners of each node: (..., G, 1) for rows, (..., 1, H) for columns."""
    rows, columns = margins(counts)
    weight = critic.exp()
    return (weight * columns).sum(-1, keepdim=True), (weight * rows).sum(-2, keepdim=True)


def margins(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Shares of the rows (..., G, 1) and of the columns (..., 1, H) of a table."""
    n = counts.sum((-2, -1), keepdim=True)
    return counts.sum(-1, keepdim=True) / n, counts.sum(-2, keepdim=True) / n


def pointwise_on_grid(critic: Tensor, counts: Tensor) -> Tensor:
    """Pointwise InfoNCE of every cell in nats, (..., G, H)."""
    given_row, given_column = normalisers_on_grid(critic, counts)
    return critic - 0.5 * (given_row.log() + given_column.log())


def infonce_on_grid(critic: Tensor, counts: Tensor) -> Tensor:
    """InfoNCE over all pairs of the counted rows in nats: (..., G, H) twice -> (...)."""
    return _mean(pointwise_on_grid(critic, counts), counts)


def projection_on_grid(critic: Tensor, counts: Tensor) -> Tensor:
    """Hajek projection of the score onto one row, for every cell, in nats (..., G, H).

    The score is a function of all rows: a row also stands in the normalisers of the others. Its
    projection, s_i - (r_i + c_i) / 2 with r_i = mean_j exp T_ij / C_j and c_i = mean_j exp T_ji /
    R_j (R and C the two normalisers), has the score's standard error: the root of its variance
    over the rows, divided by n.
    """
    rows, columns = margins(counts)
    given_row, given_column = normalisers_on_grid(critic, counts)
    weight = critic.exp()
    r = (weight * columns / given_column).sum(-1, keepdim=True)
    c = (weight * rows / given_row).sum(-2, keepdim=True)
    return critic - 0.5 * (given_row.log() + given_column.log() + r + c)


def variance_on_grid(values: Tensor, counts: Tensor) -> Tensor:
    """Variance over the counted rows of a value a cell, (..., G, H) twice -> (...)."""
    centred = values - _mean(values, counts)[..., None, None]
    return _mean(centred**2, counts)


def double_centred_on_grid(critic: Tensor, counts: Tensor) -> Tensor:
    """T less its means over either side's margin: what the pairing of the rows can change."""
    rows, columns = margins(counts)
    centred = critic - (critic * columns).sum(-1, keepdim=True)
    return centred - (centred * rows).sum(-2, keepdim=True)


def permutation_moments_on_grid(critic: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Sum of T over the rows against its law under permutations of one side.

    With T fixed and a = T double-centred, sum_i a(x_i, y_pi(i)) over uniform permutations pi has
    mean 0, variance sum_ij a_ij^2 / (n - 1) and third moment n sum_ij a_ij^3 / ((n - 1)(n - 2))
    (Hoeffding 1951, Ann. Math. Stat. 22, 558-566). On a grid both cost one table.

    Returns
    -------
    statistic, variance, third_moment : Tensor of shape (...)
    """
    n = counts.sum((-2, -1))
    rows, columns = margins(counts)
    a = double_centred_on_grid(critic, counts)
    pairs = rows * columns
    variance = n**2 * (pairs * a**2).sum((-2, -1)) / (n - 1).clamp(min=1)
    third = n**3 * (pairs * a**3).sum((-2, -1)) / ((n - 1) * (n - 2)).clamp(min=1)
    return (counts * a).sum((-2, -1)), variance, third


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    return (counts * values).sum((-2, -1)) / counts.sum((-2, -1))


# Reported: rows against weighted partners --------------------------------------------------------------


@dataclass(frozen=True)
class RowScores:
    """What rows say under a critic that never saw them; tensors of shape (n,), nats.

    Attributes
    ----------
    pointwise : s_i, whose mean is the score
    projection : Hajek projection of the score onto each row, whose spread is its standard error
    centred : T of each row and its own partner, double-centred; their sum has a known permutation law
    variance, third_moment : of that sum, over permutations
    """

    pointwise: Tensor
    projection: Tensor
    centred: Tensor
    variance: float
    third_moment: float


def normalisers_of_rows(scores: Tensor, log_weight: Tensor) -> tuple[Tensor, Tensor]:
    """Log means of exp T (n, m): over each row's weighted partners (n,), and over the rows of each partner (m,)."""
    return torch.logsumexp(scores + log_weight, 1), torch.logsumexp(scores, 0) - math.log(len(scores))


def score_nodes(scores: Tensor, own: Tensor) -> RowScores:
    """`score_rows` against the nodes of one coded column, weighted by their shares of the rows scored."""
    return score_rows(scores, own, torch.bincount(own, minlength=scores.shape[1]) / len(own))


def score_rows(scores: Tensor, own: Tensor, weight: Tensor) -> RowScores:
    """InfoNCE of rows against weighted partners, both directions, and its permutation law.

    The partners are nodes of one column, weighted by their shares of the rows scored, or the rows'
    own partners, 1 / n each. The formulas are those of `pointwise_on_grid`, `projection_on_grid`
    and `permutation_moments_on_grid`, row by row.

    Parameters
    ----------
    scores : Tensor of shape (n, m)
        T of every row and every partner.
    own : Tensor of shape (n,)
        Number of each row's own partner.
    weight : Tensor of shape (m,)
        Weights of the partners; their sum is 1.
    """
    n = len(scores)
    given_row, given_partner = normalisers_of_rows(scores, weight.log())
    itself = scores.gather(1, own[:, None])[:, 0]
    pointwise = itself - 0.5 * (given_row + given_partner[own])
    r = torch.exp(scores - given_partner) @ weight
    c = torch.exp(scores - given_row[:, None]).mean(0)[own]
    of_row, of_partner = scores @ weight, scores.mean(0)
    centred = scores - of_row[:, None] - (of_partner - of_partner @ weight)
    square = centred.square()
    variance = n * float((square @ weight).double().sum()) / max(n - 1, 1)
    third = n**2 * float(((square * centred) @ weight).double().sum()) / max((n - 1) * (n - 2), 1)
    return RowScores(pointwise, pointwise - 0.5 * (r + c), centred.gather(1, own[:, None])[:, 0], variance, third)
