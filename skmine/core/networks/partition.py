"""The network of several columns against one: rows against the column's nodes, exact in its product term.

Design notes. T(x, g) = base(x, g) + encoder(x) . v(g) + c. The nodes of an ordered column have features, cosines of
their place among the ranks, which a small network turns into v(g): neighbouring nodes differ only where the rows
demand it. Each label has a vector of its own. The inner product starts at 0: the critic starts as its base, values of
derived columns and the nodes that are looked up.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skmine.core.networks.encoder import ACTIVATIONS, LARGEST_CRITIC_VALUE, Encoder, make_linear
from skmine.core.networks.pair import Side

#: Cosines that describe a node of an ordered column. Arbitrary between 4 and 16, and 32 are too many: held-out nats
#: without a base (3,000 rows, three draws) with 4, 8, 16, 32 are .96 .98 .93 .81 for a product of two columns, 1.14
#: 1.13 1.05 .91 for a wave, .34 .34 .33 .29 for a spread that depends on two columns.
N_COSINES = 16


def node_features(places: Tensor) -> Tensor:
    """Cosines of the nodes' places (G,) in (0, 1): (G, N_COSINES)."""
    waves = torch.arange(1, N_COSINES + 1, device=places.device)
    return torch.cos(math.pi * waves * places[:, None]) * math.sqrt(2)


class PartitionNetwork(nn.Module):
    """Evaluates rows against the nodes of one column.

    Parameters
    ----------
    n_inputs : int
    hidden_layer_sizes : sequence of int
    activation : {"silu", "relu", "gelu", "tanh"}
    vectors : Tensor of shape (H, k), float64
        Their inner products with the rows' vectors are part of the base.
    lookups : Tensor of shape (m, G, H)
        The base's look-ups: derived columns against the H nodes.
    places : Tensor of shape (H,) or None
        Mid-ranks in (0, 1) of an ordered column's nodes; None for labels.
    generator : torch.Generator
        Draws the initial weights.
    """

    def __init__(
        self,
        n_inputs: int,
        hidden_layer_sizes: Sequence[int],
        activation: str,
        vectors: Tensor,
        lookups: Tensor,
        places: Tensor | None,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        width = hidden_layer_sizes[-1]
        self.encoder = Encoder(n_inputs, hidden_layer_sizes, activation, generator)
        self.project = make_linear(width, width, None)
        self.activation = self.encoder.activation
        self.offset, self.gate = nn.Parameter(torch.zeros(())), nn.Parameter(torch.ones(()))
        self.vectors: Tensor
        self.register_buffer("vectors", vectors)
        self.lookups: Tensor
        self.register_buffer("lookups", lookups)
        self.features: Tensor
        if places is None:
            self.register_buffer("features", torch.eye(len(vectors)))
            self.nodes: nn.Module = make_linear(len(vectors), width, generator)
        else:
            self.register_buffer("features", node_features(places))
            self.nodes = nn.Sequential(
                make_linear(N_COSINES, width, generator),
                ACTIVATIONS[activation](),
                make_linear(width, width, generator),
            )

    def forward(self, x: Side) -> Tensor:
        """T of rows (n,) and all nodes: (n, H)."""
        return self.decode(self.encoder(x.inputs), self.gate * evaluate_node_base(x, self.vectors, self.lookups))

    def decode(self, encoded: Tensor, base: Tensor | float = 0.0) -> Tensor:
        """T from encoded rows (n, h), and what a base adds to it: (n, H)."""
        vectors = self.nodes(self.features)  # (H, h)
        correction = self.project(self.activation(encoded)) @ vectors.T / math.sqrt(vectors.shape[1])
        return (correction + self.offset + base).clamp(-LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE)


def evaluate_node_base(x: Side, vectors: Tensor, lookups: Tensor) -> Tensor:
    """The base of rows and all nodes, (n, H)."""
    total = (x.vectors @ vectors.T).clamp(-2 * LARGEST_CRITIC_VALUE, 2 * LARGEST_CRITIC_VALUE).float()
    for k, lookup in enumerate(lookups):
        total = total + lookup[x.codes[:, k]]
    return total
