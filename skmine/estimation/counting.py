"""Codes -> the counts that a chunk of pairs is scored by.

Design notes. This is all that a producer of counts has to do: counts of the folds' training and test rows, and
of the one-way steps for p-values. Counts add up. What moves by whole groups of rows needs the rows themselves:
`RowCells` keeps them where groups were given.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.data.counts import count_pairs
from skmine.estimation.folds import Fold, Step
from skmine.estimation.merging import NodeOrder


@dataclass(frozen=True)
class Chunk:
    """Columns of one padded shape and their target, as codes."""

    codes: list[NDArray[np.unsignedinteger]]
    target: NDArray[np.unsignedinteger]
    shape: tuple[int, int]
    orders: Sequence[NodeOrder] = ()
    target_order: NodeOrder = field(default_factory=NodeOrder)

    def count(self, parts: Sequence[NDArray[np.int64]]) -> Tensor:
        """Counts of the parts of the rows, (parts, d, G, H)."""
        return torch.from_numpy(count_pairs(self.codes, self.target, parts, self.shape))


@dataclass(frozen=True)
class RowCells:
    """The cells of rows, for what moves by whole groups of rows.

    Attributes
    ----------
    codes : list of ndarray of shape (n,)
        Node of each row, one array per column.
    target : ndarray of shape (n,)
    groups : ndarray of shape (n,)
        Group number of each row.
    """

    codes: list[NDArray[np.unsignedinteger]]
    target: NDArray[np.unsignedinteger]
    groups: NDArray[np.int64]


@dataclass(frozen=True)
class StepCounts:
    """Counts of a one-way step of each of d pairs.

    Attributes
    ----------
    fold : int
        Index of the fold whose step it is.
    before : Tensor of shape (d, G, H) or None
        Rows of the step's critic; None where those are the fold's training rows.
    test : Tensor of shape (d, G, H)
    n_before : int
    rows : ndarray
        Index of the rows that are tested.
    """

    fold: int
    before: Tensor | None
    test: Tensor
    n_before: int
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """What d pairs of one shape are scored by.

    Attributes
    ----------
    train, test : Tensor of shape (K, d, G, H)
    test_rows : list of ndarray
        Index of the rows that each fold tests.
    steps : sequence of StepCounts
        Of the one-way steps, if p-values are wanted.
    orders : sequence of NodeOrder
        What may be merged among the nodes of each column, for the exact laws of sparse pairs; without them
        every pair has the usual law.
    target_order : NodeOrder
        The same of the target.
    cells : RowCells or None
        Where groups of rows move together.
    """

    train: Tensor
    test: Tensor
    test_rows: list[NDArray[np.int64]]
    steps: Sequence[StepCounts] = ()
    orders: Sequence[NodeOrder] = ()
    target_order: NodeOrder = field(default_factory=NodeOrder)
    cells: RowCells | None = None

    @cached_property
    def whole(self) -> NDArray[np.float64]:
        """Counts of all rows, (d, G, H)."""
        counts: NDArray[np.float64] = (self.train[0] + self.test[0]).double().cpu().numpy()
        return counts


def count_chunk(chunk: Chunk, folds: Sequence[Fold], groups: NDArray[np.int64] | None, *, with_steps: bool) -> Counts:
    """Count a chunk of pairs on the parts of every fold.

    Parameters
    ----------
    chunk : Chunk
    folds : sequence of Fold
    groups : ndarray of shape (n,) or None
    with_steps : bool
        Whether p-values are wanted.
    """
    return Counts(
        train=chunk.count([fold.train for fold in folds]),
        test=chunk.count([fold.test for fold in folds]),
        test_rows=[fold.test for fold in folds],
        steps=_count_steps(chunk.count, folds) if with_steps else (),
        orders=chunk.orders,
        target_order=chunk.target_order,
        cells=None if groups is None else RowCells(chunk.codes, chunk.target, groups),
    )


def _count_steps(count: Callable[[Sequence[NDArray[np.int64]]], Tensor], folds: Sequence[Fold]) -> list[StepCounts]:
    """Counts of the steps whose critic has rows."""
    informed: list[tuple[int, Step]] = [
        (i, step) for i, fold in enumerate(folds) for step in fold.steps if len(step.before)
    ]
    if not informed:
        return []
    tests = count([step.test for _, step in informed])
    out = []
    for (i, step), test in zip(informed, tests, strict=True):
        before = None if len(step.before) == len(folds[i].train) else count([step.before])[0]
        out.append(StepCounts(i, before, test, len(step.before), step.test))
    return out
