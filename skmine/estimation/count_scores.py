"""Counts -> evidence, whoever counted: a reader makes critics of them, and these are scored.

Design notes. The critic of a fold is read from the counts of its training rows; the held-out counts are scored under
it, and for p-values those of the one-way steps under critics of the rows before. Pairs in which few rows decide have
exact laws (`sparse`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.networks import GridNetwork, finish_critic, load_grid_network
from skmine.core.scores import (
    double_centre_on_grid,
    infonce_on_grid,
    permutation_moments_on_grid,
    projection_on_grid,
    variance_on_grid,
)
from skmine.estimation import inference
from skmine.estimation.counting import Counts, RowCells
from skmine.estimation.evidence import Evidence
from skmine.estimation.random_tables import GroupedRows
from skmine.estimation.smooth import combine_with_smooth
from skmine.estimation.sparse import compute_sparse_pvalue, is_sparse


class CriticReader(Protocol):
    """How critics are read from the counts of d pairs, (d, G, H)."""

    def read(self, counts: Tensor) -> Tensor:
        """Critic values, which p-values are made of."""

    def finish(self, values: Tensor, counts: Tensor) -> Tensor:
        """The critic that is scored, from the values that were read from the counts."""


@dataclass(frozen=True)
class NetworkReader:
    """The pretrained network, with margins that agree; full counts are taken as they are.

    Attributes
    ----------
    network : GridNetwork
    complete : Tensor of shape (d,) or None
        Pairs of which every value has a node of its own.
    """

    network: GridNetwork
    complete: Tensor | None = None

    @classmethod
    def load(cls, complete: Sequence[bool], device: torch.device) -> "NetworkReader":
        """The shipped network on a device."""
        return cls(load_grid_network(device), torch.tensor(complete, device=device) if complete else None)

    def read(self, counts: Tensor) -> Tensor:
        """Critic values of the network."""
        values: Tensor = self.network(counts)
        return values

    def finish(self, values: Tensor, counts: Tensor) -> Tensor:
        """The values with margins that agree, those of full counts moved towards them."""
        return finish_critic(values, counts, self.complete)


def score_counts(counts: Counts, reader: CriticReader, device: torch.device) -> Evidence:
    """What counts say of d pairs, whoever counted, under the critics that a reader makes of them.

    Parameters
    ----------
    counts : Counts
    reader : CriticReader
    device : torch.device
    """
    with torch.inference_mode():
        train, test = counts.train.to(device), counts.test.to(device)
        two_way = [reader.read(of_fold) for of_fold in train]  # the critics of the folds, (d, G, H) each
        values = torch.stack([reader.finish(own, n) for own, n in zip(two_way, train, strict=True)])
        rows = np.array(counts.n_tested, float)[:, None]
        held_out, training = _to_numpy(infonce_on_grid(values, test)), _to_numpy(infonce_on_grid(values, train))
        projection = projection_on_grid(values, test)
        if counts.cells is None:
            variance = _to_numpy(variance_on_grid(projection, test)) * rows
        else:
            variance = _sum_by_groups(projection, counts.cells, counts.cells.tested)
        return Evidence(
            held_out=(rows * held_out).sum(0) / rows.sum(),
            training=training.mean(0),
            se=np.sqrt(variance.sum(0)) / rows.sum(),
            pvalue=_compute_pvalues(reader, two_way, counts, device),
        )


def _compute_pvalues(
    reader: CriticReader, two_way: list[Tensor], counts: Counts, device: torch.device
) -> NDArray[np.float64]:
    """P-values of the pairs, from critics of the rows before each one-way step.

    Critics as they are read, of full counts too, so that p-values follow one rule.
    """
    steps = counts.steps
    if not steps:
        return np.ones(counts.train.shape[1])
    test = torch.stack([step.test for step in steps]).to(device)
    values = torch.stack(
        [two_way[step.fold] if step.before is None else reader.read(step.before.to(device)) for step in steps]
    )  # (k, d, G, H)
    statistic, variance, third = map(_to_numpy, permutation_moments_on_grid(values, test))
    n_groups = None
    if counts.cells is not None:
        centred = double_centre_on_grid(values, test)
        rows = counts.cells.steps
        variance = _sum_by_groups(centred, counts.cells, rows, around_mean=False)
        third, n_groups = np.zeros_like(third), [len(np.unique(counts.cells.groups[tested])) for tested in rows]
    pvalues = inference.compute_pvalues(
        statistic, variance, third, [step.n_before for step in steps], [step.n_tested for step in steps], n_groups
    )
    return _replace_sparse(combine_with_smooth(pvalues, counts), counts)


def _replace_sparse(pvalues: NDArray[np.float64], counts: Counts) -> NDArray[np.float64]:
    """The p-values, of sparse pairs by exact laws on all rows that are tested."""
    cells, rows = counts.cells, None
    out = pvalues.copy()
    for j, order in enumerate(counts.orders):
        if is_sparse(counts.tested[j]):
            if cells is not None:
                at = cells.all_tested
                rows = GroupedRows(cells.codes[j][at], cells.target[at], cells.groups[at])
            out[j] = compute_sparse_pvalue(counts.tested[j], (order, counts.target_order), rows)
    return out


def _sum_by_groups(
    values: Tensor, cells: RowCells, parts: Sequence[NDArray[np.int64]], *, around_mean: bool = True
) -> NDArray[np.float64]:
    """Variance of the sum over a part's rows of a value per cell, rows of a group moving together: (K, d)."""
    of_cells = _to_numpy(values)  # (K, d, G, H)
    out = np.empty(of_cells.shape[:2])
    for i, rows in enumerate(parts):
        for j, column in enumerate(cells.codes):
            of_rows = of_cells[i, j, column[rows], cells.target[rows]]
            out[i, j] = inference.compute_sum_variance(of_rows, cells.groups[rows], around_mean=around_mean)
    return out


def _to_numpy(values: Tensor) -> NDArray[np.float64]:
    return values.double().cpu().numpy()
