"""Counts of the pieces of a table's folds, which add up over batches, and what pairs are scored by.

Design notes. Folds and their one-way steps are made of pieces, and a row's place says which piece it is in
(`hash_folds`). So all counts of a pair follow from one table for each piece, and no row has to stay in memory.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.data.batches import Batch
from skmine.data.refinement import Refinement
from skmine.estimation.counting import Counts, StepCounts
from skmine.estimation.hash_folds import HashKFold
from skmine.estimation.merging import NodeOrder


@dataclass(frozen=True)
class Pieces:
    """How a table is cut: folds by hash, and the pieces of each."""

    folds: HashKFold
    n_pieces: int

    def __len__(self) -> int:
        return self.folds.n_splits * self.n_pieces

    def number(self, positions: NDArray[np.uint64], part: int = 0) -> NDArray[np.int64]:
        """Which piece each row stands in, by its place."""
        return self.folds.number_pieces(positions, self.n_pieces, part)


@dataclass(frozen=True)
class PieceChunk:
    """Pairs of one shape, by their counts on each piece.

    Attributes
    ----------
    tables : list of ndarray of shape (pieces, g, h)
        Of each pair; g and h are at most the sides of the shape.
    shape : (G, H)
    n_folds : int
    orders, target_order : as in `counting.Counts`
    """

    tables: list[NDArray[np.int64]]
    shape: tuple[int, int]
    n_folds: int
    orders: Sequence[NodeOrder] = ()
    target_order: NodeOrder = field(default_factory=NodeOrder)

    def count(self, device: torch.device, *, with_steps: bool) -> Counts:
        """Counts of the folds' parts, from those of the pieces."""
        pieces = np.zeros((len(self.tables[0]), len(self.tables), *self.shape), np.int64)
        for j, table in enumerate(self.tables):
            pieces[:, j, : table.shape[1], : table.shape[2]] = table
        of_folds = pieces.reshape(self.n_folds, -1, *pieces.shape[1:])
        test = of_folds.sum(1)
        rows = pieces[:, 0].sum((1, 2))
        return Counts(
            train=_to_tensor(test.sum(0) - test).to(device),
            test=_to_tensor(test).to(device),
            n_tested=rows.reshape(self.n_folds, -1).sum(1).tolist(),
            steps=self._count_steps(pieces, rows) if with_steps else (),
            orders=self.orders,
            target_order=self.target_order,
        )

    def _count_steps(self, pieces: NDArray[np.int64], rows: NDArray[np.int64]) -> list[StepCounts]:
        """The steps whose critic has rows: each piece in turn, after all before it."""
        n_pieces = len(pieces) // self.n_folds
        before, n_before = pieces.cumsum(0) - pieces, (rows.cumsum() - rows).tolist()
        n_trained = rows.sum() - rows.reshape(self.n_folds, -1).sum(1)
        return [
            StepCounts(
                fold=k // n_pieces,
                before=None if n_before[k] == n_trained[k // n_pieces] else _to_tensor(before[k]),
                test=_to_tensor(pieces[k]),
                n_before=n_before[k],
                n_tested=int(rows[k]),
            )
            for k in range(len(pieces))
            if n_before[k]
        ]


def _to_tensor(counts: NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(counts.astype(np.float32))


@dataclass(frozen=True)
class MergedNodes:
    """Nodes of a column that pairs are counted on: each of one or more that it is coded on.

    Attributes
    ----------
    name : str
        The column's.
    of_node : ndarray of shape (nodes,) or None
        The node here of each node there; None where they are the same.
    n_nodes : int
    """

    name: str
    of_node: NDArray[np.int64] | None
    n_nodes: int

    @classmethod
    def of(cls, name: str, of_node: NDArray[np.int64]) -> "MergedNodes":
        n_nodes = int(of_node.max()) + 1
        same = n_nodes == len(of_node) and np.array_equal(of_node, np.arange(n_nodes))
        return cls(name, None if same else of_node, n_nodes)

    def merge(self, codes: Mapping[str, NDArray[np.int64]]) -> NDArray[np.int64]:
        """Nodes of rows, given those that they are coded on."""
        own = codes[self.name]
        return own if self.of_node is None else self.of_node[own]


def count_pairs_on_pieces(
    batches: Iterable[Batch],
    columns: Mapping[str, Refinement],
    pairs: Sequence[tuple[MergedNodes, MergedNodes]],
    pieces: Pieces,
    texts: frozenset[str],
) -> list[NDArray[np.int64]]:
    """Count pairs of columns on every piece.

    Parameters
    ----------
    batches : iterable of Batch
    columns : mapping of str to Refinement
        Nodes that each column is coded on.
    pairs : sequence of (MergedNodes, MergedNodes)
        Nodes that two columns are counted on.
    pieces : Pieces
    texts : frozenset of str
        Columns whose texts are labels, whatever they say.

    Returns
    -------
    list of ndarray of shape (pieces, g, h)
        Of each pair.
    """
    out = [np.zeros(len(pieces) * x.n_nodes * y.n_nodes, np.int64) for x, y in pairs]
    sides = {id(side): side for pair in pairs for side in pair}  # many pairs share one
    for batch in batches:
        codes = {name: nodes.encode(batch.column(name, as_text=name in texts)) for name, nodes in columns.items()}
        merged = {key: side.merge(codes) for key, side in sides.items()}
        piece = pieces.number(batch.positions, batch.part)
        for counts, (x, y) in zip(out, pairs, strict=True):
            cells = piece * x.n_nodes
            cells += merged[id(x)]
            cells *= y.n_nodes
            cells += merged[id(y)]
            add_cells(counts, cells)
    return [counts.reshape(len(pieces), x.n_nodes, y.n_nodes) for counts, (x, y) in zip(out, pairs, strict=True)]


def add_tables(one: list[NDArray[np.int64]], other: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Counts of the rows of both."""
    return [of_one + of_other for of_one, of_other in zip(one, other, strict=True)]


def add_cells(counts: NDArray[np.int64], cells: NDArray[np.int64]) -> None:
    """Add the rows' cells to counts: where there are far more cells than rows, the cells alone that have any."""
    if len(counts) > 8 * len(cells):
        np.add.at(counts, cells, 1)
    else:
        counts += np.bincount(cells, minlength=len(counts))


def coarsen(table: NDArray[np.int64], x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts (pieces, g, h) on coarser nodes, given the node that each node becomes."""
    g, h = int(x.max()) + 1, int(y.max()) + 1
    cells = (x[:, None] * h + y).ravel()
    coarse = np.stack([np.bincount(cells, of_piece.ravel(), g * h) for of_piece in table])
    return coarse.astype(np.int64).reshape(-1, g, h)
