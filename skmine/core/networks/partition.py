"""The critic of a table and one column: rows against the column's nodes, exact in its product term.

Design notes. T(x, g) = base(x, g) + encoder(x) . v(g) + c. Nodes of an ordered column have features
(cosines of their place among the ranks), which a small network turns into v(g), so that neighbours
are told apart only where the rows say so; labels have a vector each. The inner product starts at 0:
the critic starts as its base, looked-up tables of derived columns against the nodes.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from skmine.core.networks.encoder import ACTIVATIONS, LARGEST_CRITIC_VALUE, Encoder, linear
from skmine.core.networks.pair import Side

#: Cosines a node of an ordered column is described by.
N_COSINES = 16


def node_features(places: Tensor) -> Tensor:
    """Cosines of the nodes' places (G,) in (0, 1): (G, N_COSINES)."""
    waves = torch.arange(1, N_COSINES + 1, device=places.device)
    return torch.cos(math.pi * waves * places[:, None]) * math.sqrt(2)


class PartitionNetwork(nn.Module):
    """Scores rows of a table against the nodes of one column.

    Parameters
    ----------
    n_inputs : int
    hidden_layer_sizes : sequence of int
    activation : {"silu", "relu", "gelu", "tanh"}
    vectors : Tensor of shape (H, k), float64
        Inner products of these with the rows' vectors are part of the base.
    lookups : Tensor of shape (m, G, H)
        The base's tables: derived columns of the table against the H nodes.
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
        self.meet = linear(width, width, None)
        self.activation = self.encoder.activation
        self.offset, self.gate = nn.Parameter(torch.zeros(())), nn.Parameter(torch.ones(()))
        self.vectors: Tensor
        self.register_buffer("vectors", vectors)
        self.lookups: Tensor
        self.register_buffer("lookups", lookups)
        self.features: Tensor
        if places is None:
            self.register_buffer("features", torch.eye(len(vectors)))
            self.nodes: nn.Module = linear(len(vectors), width, generator)
        else:
            self.register_buffer("features", node_features(places))
            self.nodes = nn.Sequential(
                linear(N_COSINES, width, generator), ACTIVATIONS[activation](), linear(width, width, generator)
            )

    def forward(self, x: Side) -> Tensor:
        """T of rows (n,) and all nodes: (n, H)."""
        vectors = self.nodes(self.features)  # (H, h)
        corrected = self.meet(self.activation(self.encoder(x.inputs))) @ vectors.T / math.sqrt(vectors.shape[1])
        return (corrected + self.offset + self.gate * evaluate_node_base(x, self.vectors, self.lookups)).clamp(
            -LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE
        )


def evaluate_node_base(x: Side, vectors: Tensor, lookups: Tensor) -> Tensor:
    """The base of rows and all nodes, (n, H)."""
    total = (x.vectors @ vectors.T).clamp(-2 * LARGEST_CRITIC_VALUE, 2 * LARGEST_CRITIC_VALUE).float()
    for k, lookup in enumerate(lookups):
        total = total + lookup[x.codes[:, k]]
    return total
