"""The critic of two tables: T(x, y) = base(x, y) + head(act(f(x) + g(y))).

Design notes. Both sides are encoded once a row; only their sum, an activation and one dot product
are left for each pair, so that all pairs of a fold can be scored. The head starts at 0: the critic
starts as its base and can only leave it for something better. The base is what can be said without
training, of two forms that cost next to nothing a pair: an inner product (Gaussian canonical pairs)
and looked-up tables (the pretrained grid critic of two derived columns).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from skmine.core.networks.encoder import ACTIVATIONS, LARGEST_CRITIC_VALUE, Encoder, linear


@dataclass(frozen=True)
class Side:
    """Rows of one side: what the network reads, and what the base reads.

    Attributes
    ----------
    inputs : Tensor of shape (..., n, p) or, once encoded, (..., n, h)
    vectors : Tensor of shape (..., n, k), float64
        The sides' inner products are part of the base. Near-equal sides make large terms cancel.
    codes : Tensor of shape (..., n, m), int64
        Rows (columns, on the other side) of the base's tables.
    """

    inputs: Tensor
    vectors: Tensor
    codes: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, rows: Tensor | slice) -> "Side":
        return Side(self.inputs[rows], self.vectors[rows], self.codes[rows])

    def to(self, device: torch.device) -> "Side":
        return Side(self.inputs.to(device), self.vectors.to(device), self.codes.to(device))


class PairNetwork(nn.Module):
    """Scores rows of one table against rows of another.

    Parameters
    ----------
    n_inputs : (int, int)
        Inputs of either side.
    hidden_layer_sizes : sequence of int
        Widths of either side's encoder. The last is where the sides meet.
    activation : {"silu", "relu", "gelu", "tanh"}
    lookups : Tensor of shape (m, G, H)
        The base's tables.
    generator : torch.Generator
        Draws the initial weights.
    """

    def __init__(
        self,
        n_inputs: tuple[int, int],
        hidden_layer_sizes: Sequence[int],
        activation: str,
        lookups: Tensor,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        self.encode_x = Encoder(n_inputs[0], hidden_layer_sizes, activation, generator)
        self.encode_y = Encoder(n_inputs[1], hidden_layer_sizes, activation, generator)
        self.activation = ACTIVATIONS[activation]()
        self.head = linear(hidden_layer_sizes[-1], 1, None)
        self.gate = nn.Parameter(torch.ones(()))
        self.lookups: Tensor
        self.register_buffer("lookups", lookups)

    def encode(self, x: Side, y: Side) -> tuple[Side, Side]:
        """Both sides with their inputs encoded."""
        return (
            Side(self.encode_x(x.inputs), x.vectors, x.codes),
            Side(self.encode_y(y.inputs), y.vectors, y.codes),
        )

    def evaluate_pairs(self, x: Side, y: Side) -> Tensor:
        """T of all pairs of encoded rows: (..., n) and (..., m) of them -> (..., n, m)."""
        met = self.activation(x.inputs.unsqueeze(-2) + y.inputs.unsqueeze(-3))  # (..., n, m, h)
        corrected = self.head(met).squeeze(-1)
        return (corrected + self.gate * evaluate_pair_base(x, y, self.lookups)).clamp(
            -LARGEST_CRITIC_VALUE, LARGEST_CRITIC_VALUE
        )

    def forward(self, x: Side, y: Side) -> Tensor:
        return self.evaluate_pairs(*self.encode(x, y))


def evaluate_pair_base(x: Side, y: Side, lookups: Tensor) -> Tensor:
    """The base of all pairs, (..., n, m)."""
    total = (x.vectors @ y.vectors.transpose(-1, -2)).clamp(-2 * LARGEST_CRITIC_VALUE, 2 * LARGEST_CRITIC_VALUE).float()
    for k, lookup in enumerate(lookups):
        total = total + lookup[x.codes[..., :, None, k], y.codes[..., None, :, k]]
    return total
