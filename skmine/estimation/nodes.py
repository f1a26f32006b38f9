"""A coded column as a critic reads it."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from skmine.data.coding import Coding, fit_coding
from skmine.data.column import Column
from skmine.data.group import ColumnGroup
from skmine.estimation.recipe import Rows

#: An ordered column with this many nodes or fewer is taken as labels: cosines of so few places say nothing more.
FEW_NODES = 16

#: Fewest and most nodes of the column of a partition, and what their number is a multiple of.
FEWEST_NODES = 32
MOST_NODES = 192
NODE_STEP = 16

#: Nodes up to which a partition has two for each root of its rows; beyond, one: at n = 10,000 so many are enough for
#: normal and Swiss-roll targets (.2343 of .2350 and .407 of .413 nats).
NODES_BEFORE_SLOWER = 96


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
    def read(cls, coding: Coding, column: Column, discrete: bool | None) -> "Nodes":
        """The nodes of a column under its coding."""
        labels = bool(discrete) or column.categories is not None
        return cls(coding.encode(column), coding.n_nodes, not labels and coding.n_nodes > FEW_NODES)

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


def choose_node_count(n_rows: int) -> int:
    """Nodes of the column of a partition: as many as its rows can tell apart."""
    root = math.sqrt(n_rows)
    wanted = min(2 * root, max(NODES_BEFORE_SLOWER, root))
    return int(np.clip(wanted, FEWEST_NODES, MOST_NODES)) // NODE_STEP * NODE_STEP


def code_target(target: ColumnGroup) -> tuple[Coding, Nodes]:
    """The coding and nodes of a group of one column, for a partition."""
    column, discrete = target.columns[0], target.flags[0]
    coding = fit_coding(column, choose_node_count(target.n_rows), discrete=discrete)
    return coding, Nodes.read(coding, column, discrete)
