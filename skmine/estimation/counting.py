"""Codes -> the counts that a chunk of pairs is scored by.

Design notes. A counter is all that scoring knows of the rows: it hands out chunks of pairs, and a chunk counts itself,
in a worker: the folds' training and test rows, and the one-way steps for p-values. `RowCounter` counts coded rows that
are in memory; counts add up, so others only have to add those of batches. What moves by whole groups of rows needs the
rows themselves: `RowCells` keeps them where groups were given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.data.counts import count_pairs
from skmine.data.ladder import Ladder
from skmine.estimation.folds import Fold, Step, keep_rows
from skmine.estimation.merging import NodeOrder
from skmine.estimation.plan import Plan


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
    tested, steps : list of ndarray
        Index of the rows that each fold tests, and each step.
    """

    codes: list[NDArray[np.unsignedinteger]]
    target: NDArray[np.unsignedinteger]
    groups: NDArray[np.int64]
    tested: list[NDArray[np.int64]]
    steps: list[NDArray[np.int64]]

    @cached_property
    def all_tested(self) -> NDArray[np.int64]:
        """Index of the rows that any fold tests, in their order."""
        return np.sort(np.concatenate(self.tested))


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
    n_before, n_tested : int
        Rows of the critic, and rows that are tested.
    """

    fold: int
    before: Tensor | None
    test: Tensor
    n_before: int
    n_tested: int


@dataclass(frozen=True)
class Counts:
    """What d pairs of one shape are scored by.

    Attributes
    ----------
    train, test : Tensor of shape (K, d, G, H)
    n_tested : list of int
        Rows that each fold tests.
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
    n_tested: list[int]
    steps: Sequence[StepCounts] = ()
    orders: Sequence[NodeOrder] = ()
    target_order: NodeOrder = field(default_factory=NodeOrder)
    cells: RowCells | None = None

    @cached_property
    def whole(self) -> NDArray[np.float64]:
        """Counts of all rows, (d, G, H)."""
        counts: NDArray[np.float64] = (self.train[0] + self.test[0]).double().cpu().numpy()
        return counts

    @cached_property
    def tested(self) -> NDArray[np.float64]:
        """Counts of the rows that any fold tests, (d, G, H): p-values look at no others."""
        counts: NDArray[np.float64] = self.test.double().sum(0).cpu().numpy()
        return counts


class Chunk(Protocol):
    """Pairs of one shape and their target, which can be sent to a worker."""

    @property
    def orders(self) -> Sequence[NodeOrder]:
        """What may be merged among the nodes of each column."""

    @property
    def target_order(self) -> NodeOrder:
        """The same of the target."""

    def count(self, device: torch.device, *, with_steps: bool) -> Counts:
        """Count the parts of every fold on a device, and the one-way steps if p-values are wanted."""


class Counter(Protocol):
    """Whoever counts the pairs of a ladder's columns and a target."""

    @property
    def n_tested(self) -> int:
        """Rows that the folds test, all together."""

    def prepare(self, columns: Sequence[int], x_at: int, y_at: int) -> None:
        """Hear which pairs will be asked for, at these places of both ladders."""

    def take(
        self, columns: Sequence[int], places: tuple[int, int], shape: tuple[int, int], merged: NDArray[np.int64] | None
    ) -> Chunk:
        """Pairs at places of both ladders; the target's nodes merged by number, if such are given."""

    def count_nodes(self, column: int | None) -> NDArray[np.int64]:
        """Rows of each node of a column, or of the target, on the coarsest grid."""

    def on_classes(self, kept: NDArray[np.bool_]) -> "Counter":
        """The same for the rows of some of the target's nodes on the coarsest grid."""


def count_pairs_on_device(
    codes: Sequence[NDArray[np.integer[Any]]],
    target: NDArray[np.integer[Any]],
    parts: Sequence[NDArray[np.int64]],
    shape: tuple[int, int],
    device: torch.device,
) -> Tensor:
    """The same counts as `data.counts.count_pairs`, made on an accelerator: integers, whose order decides nothing."""

    def send(numbers: NDArray[np.integer[Any]]) -> Tensor:
        return torch.from_numpy(numbers.astype(np.int64)).to(device)

    g, h = shape
    of_target, rows = send(target), [send(part) for part in parts]
    out = torch.empty((len(parts), len(codes), g, h), dtype=torch.float32, device=device)
    for j, column in enumerate(codes):
        cells = send(column) * h + of_target
        for k, part in enumerate(rows):
            out[k, j] = torch.bincount(cells[part], minlength=g * h).reshape(g, h)
    return out


@dataclass(frozen=True)
class RowChunk:
    """Columns of one padded shape and their target, as codes."""

    codes: list[NDArray[np.unsignedinteger]]
    target: NDArray[np.unsignedinteger]
    shape: tuple[int, int]
    folds: Sequence[Fold]
    groups: NDArray[np.int64] | None = None
    orders: Sequence[NodeOrder] = ()
    target_order: NodeOrder = field(default_factory=NodeOrder)

    def count(self, device: torch.device, *, with_steps: bool) -> Counts:
        """Count the parts of every fold."""
        tested = [fold.test for fold in self.folds]
        steps = self._list_steps() if with_steps else []
        cells = None
        if self.groups is not None:
            cells = RowCells(self.codes, self.target, self.groups, tested, [step.test for _, step in steps])
        return Counts(
            train=self._count([fold.train for fold in self.folds], device),
            test=self._count(tested, device),
            n_tested=[len(rows) for rows in tested],
            steps=self._count_steps(steps, device),
            orders=self.orders,
            target_order=self.target_order,
            cells=cells,
        )

    def _count(self, parts: Sequence[NDArray[np.int64]], device: torch.device) -> Tensor:
        """Counts of the parts of the rows, (parts, d, G, H)."""
        if device.type == "cuda":
            return count_pairs_on_device(self.codes, self.target, parts, self.shape, device)
        return torch.from_numpy(count_pairs(self.codes, self.target, parts, self.shape))

    def _list_steps(self) -> list[tuple[int, Step]]:
        """The steps whose critic has rows, and whose they are."""
        return [(i, step) for i, fold in enumerate(self.folds) for step in fold.steps if len(step.before)]

    def _count_steps(self, steps: Sequence[tuple[int, Step]], device: torch.device) -> list[StepCounts]:
        out = []
        tests = self._count([step.test for _, step in steps], device) if steps else ()
        for (i, step), test in zip(steps, tests, strict=True):
            before = None if len(step.before) == len(self.folds[i].train) else self._count([step.before], device)[0]
            out.append(StepCounts(i, before, test, len(step.before), len(step.test)))
        return out


@dataclass(frozen=True)
class RowCounter:
    """Rows in memory, as codes.

    Attributes
    ----------
    ladder : Ladder
    target : Ladder
        Of one column.
    folds : sequence of Fold
    groups : ndarray of shape (n,) or None
    """

    ladder: Ladder
    target: Ladder
    folds: Sequence[Fold]
    groups: NDArray[np.int64] | None = None

    @classmethod
    def of_plan(cls, ladder: Ladder, target: Ladder, plan: Plan) -> "RowCounter":
        return cls(ladder, target, plan.folds, plan.groups)

    @property
    def n_tested(self) -> int:
        return sum(len(fold.test) for fold in self.folds)

    def prepare(self, columns: Sequence[int], x_at: int, y_at: int) -> None:
        """Nothing to do: each chunk counts its own rows."""

    def take(
        self,
        columns: Sequence[int],
        places: tuple[int, int],
        shape: tuple[int, int],
        merged: NDArray[np.int64] | None = None,
    ) -> RowChunk:
        grid, goal = self.ladder.at(places[0]), self.target.at(places[1])
        target, order = goal.codes[0], NodeOrder.read(goal.codings[0], complete=goal.complete[0])
        if merged is not None:
            target, order = merged[target], NodeOrder()
        orders = [NodeOrder.read(grid.codings[j], complete=grid.complete[j]) for j in columns]
        return RowChunk([grid.codes[j] for j in columns], target, shape, self.folds, self.groups, orders, order)

    def count_nodes(self, column: int | None) -> NDArray[np.int64]:
        side, j = (self.target, 0) if column is None else (self.ladder, column)
        return np.bincount(side.grids[0].codes[j])

    def on_classes(self, kept: NDArray[np.bool_]) -> "RowCounter":
        return replace(self, folds=keep_rows(self.folds, kept[self.target.grids[0].codes[0]]))
