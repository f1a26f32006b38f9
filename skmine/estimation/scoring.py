"""Fitted critics of tables, and the scores of rows under them.

Design notes. What is all pairs of a part's rows is worked out for at most `ROWS_AT_ONCE` rows at a
time; larger parts are cut into random blocks, so time grows with the rows and memory does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.core.networks import PairNetwork, PartitionNetwork, Side
from skmine.core.networks.pair import evaluate_pair_base
from skmine.core.networks.partition import evaluate_node_base
from skmine.core.scores import RowScores, score_nodes, score_rows
from skmine.data.coding import Coding, Column
from skmine.data.features import Part
from skmine.estimation.bases import Base, Direction

Array = NDArray[np.float32]
Rows = NDArray[np.int64]

#: Rows whose pairs are in memory at once, and tiles in which a network scores them.
ROWS_AT_ONCE, TILE = 4096, 64
#: Canonical variates among a network's inputs; beside them, the columns themselves are scaled down.
MOST_VARIATES, BESIDE_VARIATES = 8, 0.1


#: An ordered column with so many nodes or fewer is taken as labels.
FEW_NODES = 16


@dataclass(frozen=True)
class Nodes:
    """A coded column.

    Attributes
    ----------
    codes : ndarray of shape (n,)
    n_nodes : int
    ordered : bool
        Whether the nodes are an order's, or labels.
    """

    codes: NDArray[np.int64]
    n_nodes: int
    ordered: bool

    @classmethod
    def of(cls, coding: Coding, column: Column) -> "Nodes":
        """The nodes of a column under its coding."""
        ordered = coding.kind != "categorical" and coding.n_nodes > FEW_NODES
        return cls(coding.encode(column), coding.n_nodes, ordered)

    def log_margin(self, rows: Rows) -> Tensor:
        """Log shares of the nodes among some rows, (n_nodes,)."""
        counts = torch.bincount(torch.from_numpy(self.codes[rows]), minlength=self.n_nodes)
        return (counts / len(rows)).clamp(min=1e-12).log()

    def places(self) -> Tensor | None:
        """Mid-ranks of ordered nodes."""
        if not self.ordered:
            return None
        share = np.bincount(self.codes, minlength=self.n_nodes) / len(self.codes)
        return torch.from_numpy(np.cumsum(share) - share / 2).float()


@dataclass(frozen=True)
class Tables:
    """Rows of both sides as numbers, (n, p) and (n, q), and where their columns are.

    `nodes` where the second side is one coded column.
    """

    x: Array
    y: Array
    parts: tuple[Sequence[Part], Sequence[Part]]
    nodes: Nodes | None = None


@dataclass(frozen=True)
class Inputs:
    """What a network reads of a side: canonical variates, the columns, their radius."""

    direction: Direction | None

    def __call__(self, z: Array) -> Array:
        length = np.log1p((z.astype(np.float64) ** 2).sum(1, keepdims=True))
        if self.direction is None:
            return np.concatenate([z, length], axis=1, dtype=np.float32)
        variates = self.direction(z)[:, :MOST_VARIATES]
        return np.concatenate([variates, BESIDE_VARIATES * z, length], axis=1, dtype=np.float32)


@dataclass
class FittedCritic:
    """A critic of one part of the rows, ready for other rows.

    Attributes
    ----------
    base : Base
    inputs : (Inputs, Inputs)
    network : PairNetwork, PartitionNetwork or None
        None: the base alone scored best on the validation rows.
    of_nodes : (vectors, tables) or None
        The base of the coded column's nodes, if the second side is one.
    fit : ndarray
        The rows it was fitted on, validation rows left out.
    n_iter : int
        The step that was chosen.
    curve : list of dict
        Step, objective on the batches since the last row, validation score.
    """

    base: Base
    inputs: tuple[Inputs, Inputs]
    network: PairNetwork | PartitionNetwork | None
    of_nodes: tuple[Tensor, Tensor] | None
    fit: Rows
    n_iter: int
    curve: list[dict[str, float]] = field(default_factory=list)

    def matrix(self, x: Array, y: Array) -> Tensor:
        """T of all rows of x and all rows of y, or all nodes: (n, m) float32."""
        side_x = self.base.side_x(x, self.inputs[0](x))
        with torch.inference_mode():
            if self.of_nodes is not None:
                assert not isinstance(self.network, PairNetwork)
                return node_matrix(self.network, side_x, *self.of_nodes)
            assert not isinstance(self.network, PartitionNetwork)
            return pair_matrix(self.network, side_x, self.base.side_y(y, self.inputs[1](y)), self.base.tables)

    def score(self, tables: Tables, rows: Rows, most: int = ROWS_AT_ONCE) -> RowScores:
        """The rows' scores, in blocks of at most `most`."""
        return score_in_blocks([self], tables, rows, most)


def node_matrix(network: PartitionNetwork | None, x: Side, vectors: Tensor, tables: Tensor) -> Tensor:
    """T of rows and all nodes."""
    if network is None:
        return evaluate_node_base(x, vectors, tables)
    device = network.lookups.device
    scores: Tensor = network(x.to(device))
    return scores.cpu()


def pair_matrix(network: PairNetwork | None, x: Side, y: Side, tables: Tensor) -> Tensor:
    """T of all pairs of rows, in tiles that stay in a core's cache."""
    if network is None:
        return evaluate_pair_base(x, y, tables)
    device = network.lookups.device
    x, y = network.encode(x.to(device), y.to(device))
    tile = TILE if device.type == "cpu" else 16 * TILE
    out = torch.empty(len(x), len(y))
    for i in range(0, len(x), tile):
        for j in range(0, len(y), tile):
            out[i : i + tile, j : j + tile] = network.evaluate_pairs(x[i : i + tile], y[j : j + tile])
    return out


def score_in_blocks(critics: Sequence[FittedCritic], tables: Tables, rows: Rows, most: int = ROWS_AT_ONCE) -> RowScores:
    """Scores of rows under the mean of several critics, in blocks of at most `most` rows."""
    n_blocks = -(-len(rows) // most)
    # Which rows share a block must not follow their order, which may be one of time.
    order = np.random.default_rng(len(rows)).permutation(len(rows)) if n_blocks > 1 else np.arange(len(rows))
    parts = []
    for place in np.array_split(order, n_blocks):
        block = rows[place]
        x, y = tables.x[block], tables.y[block]
        scores = critics[0].matrix(x, y)
        for critic in critics[1:]:
            scores = scores + critic.matrix(x, y)
        scores = scores / len(critics)
        if tables.nodes is None:
            parts.append(score_rows(scores, torch.arange(len(block)), torch.full((len(block),), 1 / len(block))))
        else:
            parts.append(score_nodes(scores, torch.from_numpy(tables.nodes.codes[block])))
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))

    def joined(name: str) -> Tensor:
        return torch.cat([getattr(part, name) for part in parts])[back]

    return RowScores(
        joined("pointwise"),
        joined("projection"),
        joined("centred"),
        sum(p.variance for p in parts),
        sum(p.third_moment for p in parts),
    )
