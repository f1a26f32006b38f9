"""Networks that are critics, T(x, y) = log p(x, y) / p(x) p(y) up to constants.

`GridNetwork` reads the counts of two columns. `PartitionNetwork` evaluates rows against the nodes of one column,
`PairNetwork` evaluates rows of two sides against each other.
"""

from skmine.core.networks.encoder import ACTIVATIONS, LARGEST_CRITIC_VALUE, Encoder, make_linear
from skmine.core.networks.full_counts import finish_critic
from skmine.core.networks.grid import GridNetwork, load_grid_network, load_weights, save_weights
from skmine.core.networks.pair import PairNetwork, Side
from skmine.core.networks.partition import PartitionNetwork

__all__ = [
    "ACTIVATIONS",
    "LARGEST_CRITIC_VALUE",
    "Encoder",
    "GridNetwork",
    "PairNetwork",
    "PartitionNetwork",
    "Side",
    "finish_critic",
    "load_grid_network",
    "load_weights",
    "make_linear",
    "save_weights",
]
