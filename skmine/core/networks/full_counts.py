"""From what the network says of counts to a critic: margins that agree, and the counts themselves where they are full.

Design notes. The network smooths; it does not know that a log density ratio averages to one on either side, nor what
more rows than it was trained on would say. Both are mended by the counts that it read.
"""

import torch
from torch import Tensor

from skmine.core.networks.encoder import LARGEST_CRITIC_VALUE

#: Times that either side's margins are matched. Two reach what more do, to a hundredth of what the first one gains.
SWEEPS = 2

#: Rows that every node is taken to have beside its own: one without rows may have some in a sample to come.
RAISED_BY = 0.5

#: Nats by which a node's critic values are shifted at most: a node of few rows shows little of what its values are. Of
#: 60 to 2,000 rows of 18 laws .2 nats lose least; many rows need no limit.
SHIFT_OF_ONE_ROW = 0.2
SHIFT_PER_ROW = 0.01

#: Rows of a cell that its share of Pearson's X^2 is divided by at least: a single row in a cell that was thought empty
#: shows no misfit.
LEAST_EXPECTED = 0.25

#: Largest side of counts that are replaced whole: the smallest side that counts are padded to.
SMALL_SIDE = 16

#: Rows per degree of freedom from which counts are full enough. Measured by the score on the exact law, 60 laws of k
#: labels against k, network and then plug-in: at 10 rows .332 and .335 for k = 6, .510 and .506 for k = 12, .605 and
#: .597 for k = 16; at 50 rows the plug-in is ahead for every k, by .003.
ROWS_PER_FREEDOM = 10

#: The same for larger counts of which every value has a node: there the plug-in was ahead for every number of labels.
ROWS_PER_FREEDOM_OF_LEVELS = 50

#: Limits of the plug-in's weight: above 0, so that weak tables still differ from each other; below 1, so that an
#: empty cell is not impossible. Arbitrary otherwise: full counts of dependent columns are far from both.
PLUG_IN_WEIGHTS = (0.01, 0.9999)


def _apply_plug_in(values: Tensor, counts: Tensor, complete: Tensor | None = None) -> Tensor:
    """The network's values for counts (B, G, H), replaced by the shrunken log ratio where counts are full.

    Labels against labels are a law without a shape. The network expects smooth laws and only blurs such counts; with
    `ROWS_PER_FREEDOM` rows per degree of freedom the counts themselves are accurate enough. Of more than `SMALL_SIDE`
    nodes that holds where every value has a node of its own (`complete`, (B,)) and there are more rows.
    """
    small = max(counts.shape[1:]) <= SMALL_SIDE
    if not small and complete is None:
        return values
    freedom = _count_freedom(counts)
    full = counts.sum((1, 2)) >= (ROWS_PER_FREEDOM if small else ROWS_PER_FREEDOM_OF_LEVELS) * freedom
    if not small and complete is not None:
        full &= complete
    return torch.where(full[:, None, None], shrunken_log_ratio(counts, freedom), values)


def shrunken_log_ratio(counts: Tensor, freedom: Tensor) -> Tensor:
    """log(w * N / E + 1 - w): the plug-in density ratio, shrunk towards independence.

    The weight w is James and Stein's (1961), 1 - freedom / X^2 with Pearson's X^2, which is about as large as the
    freedom under independence; it is kept within `PLUG_IN_WEIGHTS`.

    Parameters
    ----------
    counts : Tensor of shape (B, G, H)
    freedom : Tensor of shape (B,)
        (Occupied grid rows - 1) times (occupied grid columns - 1).

    Returns
    -------
    Tensor of shape (B, G, H)
        Nats.
    """
    n = counts.sum((1, 2), keepdim=True)
    expected = counts.sum(2, keepdim=True) * counts.sum(1, keepdim=True) / n
    ratio = torch.where(expected > 0, counts / expected, 1.0)
    chi_squared = (expected * (ratio - 1) ** 2).sum((1, 2)).clamp(min=1e-6)
    weight = (1 - freedom / chi_squared).clamp(*PLUG_IN_WEIGHTS)[:, None, None]
    return torch.log(weight * ratio + 1 - weight)


def finish_critic(values: Tensor, counts: Tensor, complete: Tensor | None = None) -> Tensor:
    """Critic values from the network's, given the counts that it read.

    Parameters
    ----------
    values, counts : Tensor of shape (B, G, H)
    complete : Tensor of shape (B,) or None
        Pairs of which every value has a node of its own.

    Returns
    -------
    Tensor of shape (B, G, H)
        Nats.
    """
    return _apply_plug_in(_move_to_counts(match_margins(values, counts), counts), counts, complete)


def match_margins(values: Tensor, counts: Tensor) -> Tensor:
    """Critic values shifted by row and by column so that exp(T) averages to 1 in each, as a density ratio does.

    Sinkhorn's (1967) iteration, on (B, G, H), with margins that know nodes without rows, and shifts that few rows keep
    small. On counts of 10,000 rows it takes back a tenth (normal pairs, weak) to a half (strong links, edges) of what
    the network's critics lose; of 60 to 2,000 rows of 18 laws a tenth on average.
    """
    of_row, most_of_row = _read_margin(counts.sum(2, keepdim=True), 1)
    of_column, most_of_column = _read_margin(counts.sum(1, keepdim=True), 2)
    values = values - torch.logsumexp(values + of_row + of_column, (1, 2), keepdim=True)
    by_row, by_column = torch.zeros_like(of_row), torch.zeros_like(of_column)
    for _ in range(SWEEPS):
        by_row = -torch.logsumexp(values + by_column + of_column, 2, keepdim=True)
        by_row = torch.clamp(by_row, -most_of_row, most_of_row)
        by_column = -torch.logsumexp(values + by_row + of_row, 1, keepdim=True)
        by_column = torch.clamp(by_column, -most_of_column, most_of_column)
    return (values + by_row + by_column).clamp(-LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE)


def _read_margin(rows: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Logarithms of the nodes' probabilities, none beyond the last node that has rows; and the largest shifts."""
    in_use = rows.flip(dim).cumsum(dim).flip(dim) > 0
    raised = torch.where(in_use, rows + RAISED_BY, 0.0)
    most = SHIFT_OF_ONE_ROW + SHIFT_PER_ROW * rows
    return torch.log(raised / raised.sum(dim, keepdim=True)), most


def _move_to_counts(values: Tensor, counts: Tensor) -> Tensor:
    """Log density ratios moved towards those of full counts, as far as these surely differ.

    What the network expects of a cell takes the place of independence in `shrunken_log_ratio`: the weight of the counts
    is 1 - freedom / X^2, with the X^2 of the counts around what it expects.
    """
    freedom = _count_freedom(counts)
    n = counts.sum((1, 2), keepdim=True)
    full = n[:, 0, 0] >= ROWS_PER_FREEDOM * freedom
    if not full.any():
        return values
    expected = counts.sum(2, keepdim=True) * (counts.sum(1, keepdim=True) / n) * values.exp()
    chi_squared = ((counts - expected) ** 2 / expected.clamp(min=LEAST_EXPECTED)).sum((1, 2)).clamp(min=1e-6)
    weight = (1 - freedom / chi_squared).clamp(0.0, PLUG_IN_WEIGHTS[1])[:, None, None]
    ratio = torch.where(expected > 0, counts / torch.where(expected > 0, expected, 1.0), 1.0)  # gradients stay finite
    moved = values + torch.log(weight * ratio + 1 - weight)
    return torch.where(full[:, None, None], moved, values)


def _count_freedom(counts: Tensor) -> Tensor:
    """(Occupied grid rows - 1) times (occupied grid columns - 1), (B,)."""
    return ((counts.sum(2) > 0).sum(1) - 1) * ((counts.sum(1) > 0).sum(1) - 1)
