"""Critics: networks that score pairs, T(x, y) = log p(x, y) / p(x) p(y) up to constants.

`GridCritic` reads a table of counts of two columns; `PartitionCritic` scores rows of a table against
the nodes of one column; `PairCritic` scores rows of two tables against each other.
"""

from skmine.core.networks.grid import (
    LARGEST_SCORE,
    GridCritic,
    load_grid_critic,
    load_weights,
    plugged_in,
    save_weights,
)
from skmine.core.networks.pair import ACTIVATIONS, PairCritic, Side
from skmine.core.networks.partition import PartitionCritic

__all__ = [
    "ACTIVATIONS",
    "LARGEST_SCORE",
    "GridCritic",
    "PairCritic",
    "PartitionCritic",
    "Side",
    "load_grid_critic",
    "load_weights",
    "plugged_in",
    "save_weights",
]
